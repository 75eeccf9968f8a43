"""What a person should know of a document that was read all the same."""

from __future__ import annotations

from core.sentences import Sentences, Words


class ReadingWarning(Words):
    """What the reader of a document should know of it. Pages are numbers, shortened ("1, 3-5")."""

    NO_RECOGNITION = Sentences(
        en=(
            "the text of page {pages} stands in pictures; to have it read, install Tesseract (`{command}`), then have the document read again"
        ),
        es=(
            "el texto de la página {pages} está en imágenes; para que se lea, instala Tesseract (`{command}`) y haz que el documento se "
            "lea otra vez"
        ),
        ja="{pages}ページの文字は画像です。読み取るにはTesseractをインストールし(`{command}`)、文書を読み直してください",
    )
    NO_LANGUAGE = Sentences(
        en="the text of page {pages} was not recognised: Tesseract lacks its language data; install it: `{command}`",
        es="no se reconoció el texto de la página {pages}: a Tesseract le faltan los datos del idioma; instálalos: `{command}`",
        ja="{pages}ページの文字は認識できませんでした。Tesseractの言語データがありません。インストールしてください: `{command}`",
    )
    BEYOND_RECOGNISED = Sentences(
        en=(
            "the text of page {pages} was not recognised: at most {limit:,} pages of a document are, KAEDAMA_MAX_OCR_PAGES; raise it and "
            "add the document again"
        ),
        es=(
            "no se reconoció el texto de la página {pages}: se reconocen como máximo {limit:,} páginas de un documento, "
            "KAEDAMA_MAX_OCR_PAGES; súbelo y añade el documento otra vez"
        ),
        ja=(
            "{pages}ページの文字は認識していません。認識するのは1文書につき{limit:,}ページ(KAEDAMA_MAX_OCR_PAGES)までです。"
            "上限を上げて、文書を追加し直してください"
        ),
    )
    RECOGNITION_TIMED_OUT = Sentences(
        en="recognising the text of page {pages} took more than {limit_s:g} s, KAEDAMA_OCR_TIMEOUT_S; it stays a picture",
        es="reconocer el texto de la página {pages} llevó más de {limit_s:g} s, KAEDAMA_OCR_TIMEOUT_S; queda como imagen",
        ja="{pages}ページの文字認識は{limit_s:g}秒(KAEDAMA_OCR_TIMEOUT_S)を超えたため、画像のままです",
    )
    RECOGNITION_FAILED = Sentences(
        en="recognising the text of page {pages} failed; it stays a picture",
        es="falló el reconocimiento del texto de la página {pages}; queda como imagen",
        ja="{pages}ページの文字認識に失敗したため、画像のままです",
    )
    NOTHING_RECOGNISED = Sentences(
        en="no text was recognised in the picture of page {pages}",
        es="no se reconoció texto en la imagen de la página {pages}",
        ja="{pages}ページの画像からは文字を認識できませんでした",
    )
    RECOGNISED_POORLY = Sentences(
        en="the text of page {pages} was recognised with little certainty: compare it with the page",
        es="el texto de la página {pages} se reconoció con poca certeza: compáralo con la página",
        ja="{pages}ページの文字認識は確かではありません。ページと見比べてください",
    )
    ENCODING_GUESSED = Sentences(
        en="its character encoding is not certain; it was read as {encoding}: if words look wrong, name the encoding and read it again",
        es=(
            "su codificación de caracteres no es segura; se leyó como {encoding}: si las palabras salen mal, indica la codificación y "
            "léelo otra vez"
        ),
        ja="文字コードが確実ではなく、{encoding}として読みました。文字が化けていれば、文字コードを指定して読み直してください",
    )
    BYTES_UNREADABLE = Sentences(
        en="{count} characters are broken: their bytes are not valid in {encoding}",
        es="{count} caracteres están rotos: sus bytes no son válidos en {encoding}",
        ja="{encoding}として正しくないバイトがあり、{count}文字が読めません",
    )
    HIDDEN_TEXT = Sentences(
        en="{count} characters that no reader of it sees were left out",
        es="se omitieron {count} caracteres que ningún lector ve",
        ja="読む人の目に触れない{count}文字を除きました",
    )
    PART_OF_OTHER_KIND = Sentences(
        en="{part} was not read: it is {kind}",
        es="no se leyó {part}: es {kind}",
        ja="{part}は読んでいません: {kind}です",
    )
    PART_UNREADABLE = Sentences(
        en="{part} could not be read: {reason}",
        es="no se pudo leer {part}: {reason}",
        ja="{part}を読めませんでした: {reason}",
    )
    PARTS_BEYOND = Sentences(
        en="{count} more parts were not read: at most {limit} are",
        es="no se leyeron {count} partes más: se leen {limit} como máximo",
        ja="ほかに{count}個を読んでいません。上限は{limit}個です",
    )
    IN_PART = Sentences(en="{part}: {warning}", es="{part}: {warning}", ja="{part}: {warning}")
    MORE_WARNINGS = Sentences(
        en="{count} more parts have something of the kind",
        es="otras {count} partes tienen algo parecido",
        ja="ほかに{count}個にも同様のことがあります",
    )
    PART_NESTED = Sentences(
        en="{part} was not read: it is nested deeper than {limit} files, KAEDAMA_MAX_NESTING",
        es="no se leyó {part}: está anidado a más de {limit} archivos, KAEDAMA_MAX_NESTING",
        ja="{part}は読んでいません: 入れ子が{limit}段(KAEDAMA_MAX_NESTING)を超えています",
    )
    INSTRUCTIONS = Sentences(
        en=(
            "page {pages} has text that speaks to a language model and not to a reader: “{quote}”. Models are given it as quoted text; do not "
            "rely on an answer that does what it says"
        ),
        es=(
            "la página {pages} tiene texto que se dirige a un modelo de lenguaje y no a quien lee: «{quote}». Los modelos lo reciben como "
            "texto citado; no te fíes de una respuesta que haga lo que dice"
        ),
        ja=(
            "{pages}ページに、読み手ではなく言語モデルに向けた文章があります: 「{quote}」。モデルには引用として渡します。"
            "これに従ったような回答は信用しないでください"
        ),
    )
    INSTRUCTIONS_IN_TITLE = Sentences(
        en=(
            "its title speaks to a language model and not to a reader: “{quote}”. Models are given it as quoted text; do not rely on an answer "
            "that does what it says"
        ),
        es=(
            "su título se dirige a un modelo de lenguaje y no a quien lee: «{quote}». Los modelos lo reciben como texto citado; no te fíes de "
            "una respuesta que haga lo que dice"
        ),
        ja=(
            "タイトルが、読み手ではなく言語モデルに向けた文章です: 「{quote}」。モデルには引用として渡します。"
            "これに従ったような回答は信用しないでください"
        ),
    )
    MACROS = Sentences(en="macros are not read", es="no se leen las macros", ja="マクロは読み込みません")
    HIDDEN_SHEETS = Sentences(
        en="hidden sheets are left out: {names}. Show them in their program and add the file again to have them read",
        es="se omiten las hojas ocultas: {names}. Muéstralas en su programa y añade el archivo otra vez para que se lean",
        ja="非表示のシートは読み込みません: {names}。読み込むには、元のソフトで表示してから追加し直してください",
    )
    HIDDEN_SLIDES = Sentences(
        en="hidden slides are left out: {numbers}. Show them in their program and add the file again to have them read",
        es="se omiten las diapositivas ocultas: {numbers}. Muéstralas en su programa y añade el archivo otra vez para que se lean",
        ja="非表示のスライドは読み込みません: {numbers}。読み込むには、元のソフトで表示してから追加し直してください",
    )
    HIDDEN_ROWS = Sentences(
        en="hidden rows and columns of sheet {sheet} are left out: {names}",
        es="se omiten filas y columnas ocultas de la hoja {sheet}: {names}",
        ja="シート「{sheet}」の非表示の行と列は読み込みません: {names}",
    )
    NOT_COMPUTED = Sentences(
        en="formulas that were never computed, which have no value: {count} (first in {cell}). Open the file in its program and save it",
        es="fórmulas que nunca se calcularon y no tienen valor: {count} (la primera en {cell}). Abre el archivo en su programa y guárdalo",
        ja="計算されたことがなく値のない数式が{count}個あります(最初は{cell})。元のソフトで開いて保存してください",
    )
    DELETIONS = Sentences(
        en="text that tracked changes delete is left out ({count} characters)",
        es="se omite el texto que los cambios registrados eliminan ({count} caracteres)",
        ja="変更履歴で削除された文字は読み込みません({count}文字)",
    )
