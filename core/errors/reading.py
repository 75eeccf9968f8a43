"""What a person should know of a document that was read all the same, and why files in a folder are passed over."""

from __future__ import annotations

from core.sentences import Sentences, Words


class ReadingWarning(Words):
    """What the reader of a document should know of it. Pages are numbers, shortened ("1, 3-5")."""

    NO_RECOGNITION = Sentences(
        en=(
            "the text of page {pages} stands in pictures; to have it read, install Tesseract: {command}. Then add the document again"
        ),
        es=(
            "el texto de la página {pages} está en imágenes; para que se lea, instala Tesseract: {command}. Después añade el documento "
            "otra vez"
        ),
        ja="{pages}ページの文字は画像です。読み取るにはTesseractをインストールし({command})、文書を追加し直してください",
    )
    NO_LANGUAGE = Sentences(
        en="the text of page {pages} was not recognised: Tesseract lacks its language data; install it: {command}",
        es="no se reconoció el texto de la página {pages}: a Tesseract le faltan los datos del idioma; instálalos: {command}",
        ja="{pages}ページの文字は認識できませんでした。Tesseractの言語データがありません。インストールしてください: {command}",
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


class PassedOverReason(Words):
    """Why a file that was found in a folder is not read."""

    KIND = Sentences(
        en="files of its kind ({extension}) are not read",
        es="no se leen los archivos de su tipo ({extension})",
        ja="この種類({extension})のファイルは読み込みません",
    )
    LINK_OUT = Sentences(
        en="it is a link to something outside of the folder; add that itself to have it read",
        es="es un enlace a algo fuera de la carpeta; añádelo directamente para que se lea",
        ja="フォルダーの外へのリンクです。読み込むには、リンク先を直接追加してください",
    )
    NO_ANSWER = Sentences(
        en="nothing came of it for {limit_s:g} s, KAEDAMA_READ_TIMEOUT_S",
        es="no llegó nada de ahí en {limit_s:g} s, KAEDAMA_READ_TIMEOUT_S",
        ja="{limit_s:g}秒(KAEDAMA_READ_TIMEOUT_S)の間、応答がありませんでした",
    )
    FORBIDDEN = Sentences(
        en="it cannot be looked into ({detail})",
        es="no se puede mirar dentro ({detail})",
        ja="中を見ることができません({detail})",
    )
