"""One file cannot be read; others go on."""

from __future__ import annotations

from core.errors.base import KaedamaError
from core.sentences import Sentences, Words


class FileKind(Words):
    """What a file turned out to be."""

    PDF = Sentences(en="a PDF", es="un PDF", ja="PDF")
    HTML = Sentences(en="HTML", es="HTML", ja="HTML")
    MARKDOWN = Sentences(en="Markdown", es="Markdown", ja="Markdown")
    TEXT = Sentences(en="plain text", es="texto sin formato", ja="プレーンテキスト")
    MAIL = Sentences(en="a mail message (EML)", es="un mensaje de correo (EML)", ja="メール(EML)")
    NOTEBOOK = Sentences(en="a Jupyter notebook", es="un cuaderno de Jupyter", ja="Jupyterノートブック")
    SOURCE = Sentences(en="source code", es="código fuente", ja="ソースコード")
    BINARY = Sentences(en="binary data", es="datos binarios", ja="バイナリデータ")
    WORD = Sentences(en="a Word document", es="un documento de Word", ja="Word文書")
    EXCEL = Sentences(en="an Excel workbook", es="un libro de Excel", ja="Excelブック")
    POWERPOINT = Sentences(en="a PowerPoint presentation", es="una presentación de PowerPoint", ja="PowerPointのプレゼンテーション")
    OPEN_DOCUMENT = Sentences(en="an OpenDocument file", es="un archivo OpenDocument", ja="OpenDocumentファイル")
    OPEN_TEXT = Sentences(en="an OpenDocument text", es="un texto OpenDocument", ja="OpenDocument文書")
    OPEN_SHEET = Sentences(
        en="an OpenDocument spreadsheet", es="una hoja de cálculo OpenDocument", ja="OpenDocument表計算ドキュメント"
    )
    OPEN_SLIDES = Sentences(
        en="an OpenDocument presentation", es="una presentación OpenDocument", ja="OpenDocumentプレゼンテーション"
    )
    APPLE = Sentences(en="a document of {program}", es="un documento de {program}", ja="{program}の書類")
    DELIMITED = Sentences(en="delimited text (CSV)", es="texto delimitado (CSV)", ja="区切りテキスト(CSV)")
    OLD_WORD = Sentences(en="a Word document of the old kind", es="un documento de Word del tipo antiguo", ja="旧形式のWord文書")
    OLD_POWERPOINT = Sentences(
        en="a PowerPoint presentation of the old kind",
        es="una presentación de PowerPoint del tipo antiguo",
        ja="旧形式のPowerPointプレゼンテーション",
    )
    EPUB = Sentences(en="an EPUB book", es="un libro EPUB", ja="EPUBの電子書籍")
    OUTLOOK = Sentences(en="an Outlook message", es="un mensaje de Outlook", ja="Outlookのメッセージ")
    RTF = Sentences(en="rich text (RTF)", es="texto enriquecido (RTF)", ja="リッチテキスト(RTF)")
    ARCHIVE = Sentences(en="a ZIP archive", es="un archivo comprimido ZIP", ja="ZIPアーカイブ")
    PICTURE = Sentences(en="a picture ({media_type})", es="una imagen ({media_type})", ja="画像({media_type})")
    SVG = Sentences(en="a drawing (SVG)", es="un dibujo (SVG)", ja="図形(SVG)")
    OTHER = Sentences(en="a file of type {media_type}", es="un archivo de tipo {media_type}", ja="{media_type}形式のファイル")
    UNKNOWN_TEXT = Sentences(
        en="a text file of an unknown kind ({extension})",
        es="un archivo de texto de tipo desconocido ({extension})",
        ja="種類の分からないテキストファイル({extension})",
    )


class DocumentFault(Words):
    """Why a document cannot be read."""

    NO_ENCODING = Sentences(
        en="its character encoding cannot be told",
        es="no se puede saber su codificación",
        ja="文字コードを判別できません",
    )
    BROKEN = Sentences(
        en="its structure is broken, or it has no page",
        es="su estructura está rota o no tiene páginas",
        ja="構造が壊れているか、ページがありません",
    )
    STOPPED = Sentences(en="reading was stopped", es="se detuvo la lectura", ja="読み込みが中止されました")
    NONSENSE = Sentences(
        en="its parser answered nonsense",
        es="su analizador respondió sin sentido",
        ja="読み取り処理が異常な応答を返しました",
    )
    OVER_MEMORY = Sentences(
        en="reading it took more than {limit_mb} MB of memory, KAEDAMA_PARSE_MEMORY_MB, or ended abruptly",
        es="leerlo ocupó más de {limit_mb} MB de memoria, KAEDAMA_PARSE_MEMORY_MB, o terminó de golpe",
        ja="読み込みにメモリーを{limit_mb} MB(KAEDAMA_PARSE_MEMORY_MB)より多く使ったか、途中で終了しました",
    )
    SILENT = Sentences(
        en="nothing came of it for {limit_s:g} s, KAEDAMA_READ_TIMEOUT_S",
        es="no llegó nada de él en {limit_s:g} s, KAEDAMA_READ_TIMEOUT_S",
        ja="{limit_s:g}秒(KAEDAMA_READ_TIMEOUT_S)の間、何も読めませんでした",
    )
    NOT_REGULAR = Sentences(en="it is not a regular file", es="no es un archivo normal", ja="通常のファイルではありません")
    BLANK = Sentences(
        en="its pages are blank; check it in its own program, and save it anew if it shows text there",
        es="sus páginas están en blanco; compruébalo en su programa y guárdalo de nuevo si allí muestra texto",
        ja="ページは白紙です。元のソフトで開き、文字が見える場合は保存し直してください",
    )
    EMPTY = Sentences(en="it is empty", es="está vacío", ja="空です")
    ENCRYPTED = Sentences(en="it is protected by a password", es="está protegido con contraseña", ja="パスワードで保護されています")
    UNPACKS_TOO_MUCH = Sentences(
        en="it unpacks to more than KAEDAMA_MAX_UNPACKED_MB",
        es="se descomprime en más que KAEDAMA_MAX_UNPACKED_MB",
        ja="展開するとKAEDAMA_MAX_UNPACKED_MBを超えます",
    )
    NO_MEMBER = Sentences(
        en="none of its {count} files is of a kind that is read",
        es="ninguno de sus {count} archivos es de un tipo que se lea",
        ja="中の{count}個のファイルは、どれも読める種類ではありません",
    )
    REFUSED = Sentences(en="it cannot be used", es="no se puede usar", ja="利用できません")
    TOO_DEEP = Sentences(
        en="it is nested or packed too deeply ({kind})",
        es="está anidado o comprimido con demasiada profundidad ({kind})",
        ja="入れ子または圧縮が深すぎます({kind})",
    )


class DocumentError(KaedamaError):
    """One file cannot be read; others go on."""


class PathMissing(DocumentError):
    """A path that does not exist."""

    sentences = Sentences(
        en="{name} does not exist. Check the path.",
        es="{name} no existe. Comprueba la ruta.",
        ja="{name}が見つかりません。場所を確認してください。",
    )


class FileEmpty(DocumentError):
    """A file of 0 bytes, or of white space only."""

    sentences = Sentences(
        en="{name} is empty: there is nothing to read in it.",
        es="{name} está vacío: no hay nada que leer.",
        ja="{name}は空で、読める内容がありません。",
    )


class FileTooLarge(DocumentError):
    """A file over the size limit."""

    sentences = Sentences(
        en="{name} has {size_mb:.1f} MB; at most {limit_mb:g} MB are taken. Split it, or raise KAEDAMA_MAX_FILE_MB.",
        es="{name} ocupa {size_mb:.1f} MB y se admiten {limit_mb:g} MB. Divídelo, o sube KAEDAMA_MAX_FILE_MB.",
        ja="{name}は{size_mb:.1f} MBです。上限は{limit_mb:g} MBです。分割するか、KAEDAMA_MAX_FILE_MBを上げてください。",
    )


class FileUnreadable(DocumentError):
    """The operating system refuses to hand over the file."""

    sentences = Sentences(
        en="{name} cannot be read ({detail}). Check its permissions.",
        es="No se puede leer {name} ({detail}). Revisa sus permisos.",
        ja="{name}を読めません({detail})。権限を確認してください。",
    )


class UnknownType(DocumentError):
    """A file of a kind that no parser reads."""

    sentences = Sentences(
        en=(
            "{name} is {found}, which Kaedama does not read. Save it as something that it reads, such as PDF, DOCX, HTML or plain text, and "
            "add that."
        ),
        es=(
            "{name} es {found}, que Kaedama no lee. Guárdalo en un formato que lea, como PDF, DOCX, HTML o texto, y añade ese archivo."
        ),
        ja="{name}は{found}で、Kaedamaでは読めません。PDF、DOCX、HTML、テキストなど、読める形式で保存して追加してください。",
    )


class OldFormat(DocumentError):
    """A document of Office 97 to 2003 or of Apple's programs, which no library of a free licence reads."""

    sentences = Sentences(
        en="{name} is {found}. Open it in {programs}, save it as {extension} and add that.",
        es="{name} es {found}. Ábrelo en {programs}, guárdalo como {extension} y añade ese archivo.",
        ja="{name}は{found}です。{programs}で開き、{extension}形式で保存して追加してください。",
    )


class UnknownEncoding(DocumentError):
    """An encoding that the person named and that there is none of."""

    sentences = Sentences(
        en="{name} was not read: there is no character encoding called “{encoding}”. Name one such as utf-8, cp932, euc_jp or cp1252.",
        es=(
            "No se leyó {name}: no hay ninguna codificación de caracteres llamada «{encoding}». Indica una como utf-8, cp932, euc_jp o "
            "cp1252."
        ),
        ja="{name}は読んでいません: 「{encoding}」という文字コードはありません。utf-8、cp932、euc_jp、cp1252などを指定してください。",
    )


class TypeMismatch(DocumentError):
    """A file whose content is not what its name says."""

    sentences = Sentences(
        en="{name} is named like {named} but its content is {found}. Rename it to what it is, then add it again.",
        es="{name} tiene nombre de {named}, pero su contenido es {found}. Dale el nombre que le toca y añádelo otra vez.",
        ja="{name}の名前は{named}ですが、中身は{found}です。中身に合う名前に変えて、もう一度追加してください。",
    )


class Encrypted(DocumentError):
    """A document that opens with a password only; none was given."""

    sentences = Sentences(
        en="{name} is protected by a password. Give the password, or save a copy without one and add the copy.",
        es="{name} está protegido con contraseña. Indica la contraseña, o guarda una copia sin ella y añade la copia.",
        ja="{name}はパスワードで保護されています。パスワードを入力するか、パスワードなしの写しを保存して追加してください。",
    )


class WrongPassword(Encrypted):
    """A document that does not open with the password that was given."""

    sentences = Sentences(
        en="The password given for {name} is wrong. Check capitals and the keyboard's language, and give it again.",
        es="La contraseña indicada para {name} es incorrecta. Comprueba las mayúsculas y el idioma del teclado, e indícala otra vez.",
        ja="{name}のパスワードが違います。大文字と小文字、入力の言語を確かめて、もう一度入力してください。",
    )


class PasswordUnsupported(DocumentError):
    """A document that opens with a password or in its own program only: no library that is used here decrypts it."""

    sentences = Sentences(
        en=(
            "{name} is protected by a password, and files of its kind cannot be opened with one here. Open it in its own program, save a copy "
            "without password and add the copy."
        ),
        es=(
            "{name} está protegido con contraseña y aquí no se pueden abrir así los archivos de su tipo. Ábrelo en su propio programa, guarda "
            "una copia sin contraseña y añade la copia."
        ),
        ja=(
            "{name}はパスワードで保護されています。この種類のファイルはここではパスワードで開けません。元のソフトで開き、パスワードなしの"
            "写しを保存して追加してください。"
        ),
    )


class NoText(DocumentError):
    """A document on whose pages no text was found. `detail` is why, or what would help."""

    sentences = Sentences(
        en="No text was found in {name} (pages: {pages}): {detail}.",
        es="No se encontró texto en {name} (páginas: {pages}): {detail}.",
        ja="{name}({pages}ページ)には文字が見つかりませんでした。{detail}。",
    )


class ParserFailed(DocumentError):
    """The parser gave up or its process died."""

    sentences = Sentences(
        en="{name} could not be read as {media_type}: {detail}. It may be damaged; try to save it anew from its program.",
        es=(
            "No se pudo leer {name} como {media_type}: {detail}. Puede estar dañado; prueba a guardarlo de nuevo desde su programa."
        ),
        ja=(
            "{name}を{media_type}として読めませんでした: {detail}。壊れているかもしれません。元のソフトで保存し直してみてください。"
        ),
    )


class ParserTimedOut(DocumentError):
    """The parser took longer than the limit."""

    sentences = Sentences(
        en="{name} was still being read after {limit_s:g} s and was given up. Split it, or raise KAEDAMA_PARSE_TIMEOUT_S.",
        es="{name} seguía leyéndose tras {limit_s:g} s y se abandonó. Divídelo, o sube KAEDAMA_PARSE_TIMEOUT_S.",
        ja="{name}は{limit_s:g}秒たっても読み終わらず、中断しました。分割するか、KAEDAMA_PARSE_TIMEOUT_Sを上げてください。",
    )


class TooManyPages(DocumentError):
    """A document over the page limit."""

    sentences = Sentences(
        en="{name} has {pages:,} pages; at most {limit:,} are taken. Split it, or raise KAEDAMA_MAX_PAGES.",
        es="{name} tiene {pages:,} páginas y se admiten {limit:,}. Divídelo, o sube KAEDAMA_MAX_PAGES.",
        ja="{name}は{pages:,}ページあります。上限は{limit:,}ページです。分割するか、KAEDAMA_MAX_PAGESを上げてください。",
    )


class TooMuchText(DocumentError):
    """A document whose text is larger than the limit, as decompression bombs have it."""

    sentences = Sentences(
        en="{name} unfolds to more than {limit_mb:g} MB of text and was given up. Split it, or raise KAEDAMA_MAX_TEXT_MB.",
        es="{name} se despliega en más de {limit_mb:g} MB de texto y se abandonó. Divídelo, o sube KAEDAMA_MAX_TEXT_MB.",
        ja=(
            "{name}は展開すると{limit_mb:g} MBを超える文字になるため、中断しました。分割するか、"
            "KAEDAMA_MAX_TEXT_MBを上げてください。"
        ),
    )


class UnpacksTooMuch(DocumentError):
    """An archive or office file that unpacks to more than is taken."""

    sentences = Sentences(
        en=(
            "{name} unpacks to more than {limit_mb:g} MB, to more than {members} files or to far more than its size, and was not unpacked. "
            "Split it, or raise KAEDAMA_MAX_UNPACKED_MB."
        ),
        es=(
            "{name} se descomprime en más de {limit_mb:g} MB, en más de {members} archivos o en mucho más que su tamaño, y no se "
            "descomprimió. Divídelo, o sube KAEDAMA_MAX_UNPACKED_MB."
        ),
        ja=(
            "{name}は展開すると{limit_mb:g} MBまたは{members}ファイルを超えるか、元の大きさに比べて大きくなりすぎるため、展開しませんでした。"
            "分割するか、KAEDAMA_MAX_UNPACKED_MBを上げてください。"
        ),
    )


class NestedTooDeep(DocumentError):
    """A file inside of files, deeper than is read."""

    sentences = Sentences(
        en="{name} holds files inside of files more than {limit} deep. Unpack it and add what is in it, or raise KAEDAMA_MAX_NESTING.",
        es=(
            "{name} contiene archivos dentro de archivos a más de {limit} niveles. Descomprímelo y añade su contenido, o sube "
            "KAEDAMA_MAX_NESTING."
        ),
        ja=(
            "{name}はファイルの中のファイルが{limit}段より深くなっています。展開して中身を追加するか、KAEDAMA_MAX_NESTINGを上げてください。"
        ),
    )


class PictureTooLarge(DocumentError):
    """A picture of more pixels than are decoded."""

    sentences = Sentences(
        en="{name} has {size_mpx:.1f} megapixels; at most {limit_mpx:g} are taken. Save it smaller, or raise KAEDAMA_MAX_PICTURE_MPX.",
        es=(
            "{name} tiene {size_mpx:.1f} megapíxeles y se admiten {limit_mpx:g}. Guárdalo más pequeño, o sube KAEDAMA_MAX_PICTURE_MPX."
        ),
        ja=(
            "{name}は{size_mpx:.1f}メガピクセルです。上限は{limit_mpx:g}です。小さくして保存するか、KAEDAMA_MAX_PICTURE_MPXを上げてください。"
        ),
    )


class PageMissing(DocumentError):
    """A page that a document does not have, or that has no picture."""

    sentences = Sentences(
        en="{name} has no page {page} that can be shown as a picture. Open the file in its own program.",
        es="{name} no tiene una página {page} que se pueda mostrar como imagen. Abre el archivo en su propio programa.",
        ja="{name}には画像として表示できる{page}ページがありません。元のソフトで開いてください。",
    )
