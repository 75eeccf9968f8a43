"""The sentences of core/errors.py in Japanese and Spanish. English stays where the error is defined.

A translation uses exactly the fields of the English sentence; a test holds that for every class of the tree, so a new error cannot
reach a Japanese or Spanish reader untranslated.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.errors import KaedamaError
from ui.error_phrases import phrase
from ui.locale import LocalFormatter

# class name: (Japanese, Spanish)
ERRORS: Mapping[str, tuple[str, str]] = {
    "UnknownSetting": (
        "設定{name}はありません。{nearest}の間違いではありませんか? すべての設定はREADMEにあります。",
        "No existe el ajuste {name}. ¿Querías decir {nearest}? El README los enumera todos.",
    ),
    "InvalidSetting": ("設定{name}に{value!r}は使えません: {detail}。", "El ajuste {name} no puede ser {value!r}: {detail}."),
    "EmptyQuestion": (
        "質問が空です。文書について知りたいことを入力してください。",
        "La pregunta está vacía. Escribe qué te gustaría saber de tus documentos.",
    ),
    "QuestionTooLong": (
        "質問が{length:,}文字あります。上限は{limit:,}文字です。短くするか、長い文章は文書として追加してから質問してください。",
        (
            "La pregunta tiene {length:,} caracteres y se admiten {limit:,}. Acórtala, o añade el texto largo como documento y "
            "pregunta sobre él."
        ),
    ),
    "UnknownModelName": (
        "{name!r}というモデルはありません。使えるもの: {known}。`python -m rag models`で一覧できます。",
        "Ningún modelo se llama {name!r}. Conocidos aquí: {known}. `python -m rag models` los enumera.",
    ),
    "ConsentNeeded": (
        (
            "{name}は{place}で回答します。質問、これまでの会話、見つかった一節がこのコンピューターの外に出ます。まだ何も送信していません。"
            "先に許可するか、手元のモデルを選んでください。"
        ),
        (
            "{name} responde en {place}: la pregunta, la conversación y los pasajes hallados saldrían de este ordenador. No se ha enviado "
            "nada. Permítelo antes o elige un modelo en casa."
        ),
    ),
    "TooFewModels": (
        "比較には異なるモデルが2つ以上必要です。{chosen}のほかにもう1つ選んでください。",
        "Una comparación necesita dos modelos distintos o más. Elige otro además de {chosen}.",
    ),
    "LibraryLocked": (
        "ライブラリ{directory}は{owner}が使用中です。そちらを閉じるか、--libraryまたはKAEDAMA_LIBRARYで別の場所を選んでください。",
        (
            "La biblioteca {directory} está en uso por {owner}. Ciérralo antes, o elige otro directorio con --library o KAEDAMA_"
            "LIBRARY."
        ),
    ),
    "LibraryUnwritable": (
        "ライブラリ{directory}に書き込めません({detail})。権限と空き容量を確認するか、別の場所を選んでください。",
        "No se puede escribir en la biblioteca {directory} ({detail}). Revisa los permisos y el espacio libre, o elige otra.",
    ),
    "LibraryTooNew": (
        (
            "ライブラリ{directory}は新しいKaedamaで書かれています(形式{found}、この版が読めるのは{known}"
            "まで)。Kaedamaを更新するか、--libraryで別の場所を選んでください。"
        ),
        (
            "La biblioteca {directory} la escribió un Kaedama más reciente (formato {found}; este lee hasta {known}). Actualiza "
            "Kaedama, o elige otro directorio con --library."
        ),
    ),
    "LibraryDamaged": (
        (
            "ライブラリ{directory}の目録を読めません({detail}"
            ")。catalog.sqlite3の控えを戻すか、フォルダーを移してから文書を追加し直してください。"
        ),
        (
            "No se puede leer el catálogo de la biblioteca {directory} ({detail}). Restaura una copia de catalog.sqlite3, o "
            "aparta el directorio y añade los documentos de nuevo."
        ),
    ),
    "EmbedderMismatch": (
        (
            "ライブラリ{directory}は埋め込みモデル{found}で作られていますが、設定は{wanted}です。KAEDAMA_EMBEDDER={found}"
            "とするか、`python -m ingest --re-embed`を一度実行して{wanted}で作り直してください。"
        ),
        (
            "La biblioteca {directory} se hizo con el modelo de vectores {found}, pero está configurado {wanted}. Pon KAEDAMA_"
            "EMBEDDER={found}, o ejecuta una vez `python -m ingest --re-embed` para rehacerla con {wanted}."
        ),
    ),
    "UnknownSource": (
        "ノートブック{notebook}に文書{name}はありません。",
        "No hay ningún documento {name} en el cuaderno {notebook}.",
    ),
    "PathMissing": ("{name}が見つかりません。場所を確認してください。", "{name} no existe. Comprueba la ruta."),
    "FileEmpty": ("{name}は空で、読める内容がありません。", "{name} está vacío: no hay nada que leer."),
    "FileTooLarge": (
        "{name}は{size_mb:.1f} MBです。上限は{limit_mb:g} MBです。分割するか、KAEDAMA_MAX_FILE_MBを上げてください。",
        "{name} ocupa {size_mb:.1f} MB y se admiten {limit_mb:g} MB. Divídelo, o sube KAEDAMA_MAX_FILE_MB.",
    ),
    "FileUnreadable": (
        "{name}を読めません({detail})。権限を確認してください。",
        "No se puede leer {name} ({detail}). Revisa sus permisos.",
    ),
    "UnknownType": (
        "{name}は{found}で、Kaedamaでは読めません。PDF、HTML、Markdown、テキストのいずれかで保存してください。",
        "{name} es {found}, que Kaedama no lee. Lee PDF, HTML, Markdown y texto: guárdalo como uno de ellos.",
    ),
    "TypeMismatch": (
        "{name}の名前は{named}ですが、中身は{found}です。中身に合う名前に変えて、もう一度追加してください。",
        "{name} tiene nombre de {named}, pero su contenido es {found}. Dale el nombre que le toca y añádelo otra vez.",
    ),
    "Encrypted": (
        "{name}はパスワードで保護されています。PDFリーダーで開き、パスワードなしの写しを保存して追加してください。",
        "{name} está protegido con contraseña. Ábrelo en un lector de PDF, guarda una copia sin contraseña y añade la copia.",
    ),
    "NoText": (
        (
            "{name}の{pages}ページには文字がありません。おそらくスキャン画像です。先に文字認識をかけ(例: `ocrmypdf in.pdf "
            "out.pdf`)、その結果を追加してください。"
        ),
        (
            "{name} no contiene texto en su(s) {pages} página(s): probablemente es un escaneo. Pásale antes un reconocimiento "
            "de texto (por ejemplo `ocrmypdf in.pdf out.pdf`) y añade el resultado."
        ),
    ),
    "ParserFailed": (
        "{name}を{media_type}として読めませんでした: {detail}。壊れているかもしれません。元のソフトで保存し直してみてください。",
        "No se pudo leer {name} como {media_type}: {detail}. Puede estar dañado; prueba a guardarlo de nuevo desde su programa.",
    ),
    "ParserTimedOut": (
        "{name}は{limit_s:.0f}秒たっても読み終わらず、中断しました。分割するか、KAEDAMA_PARSE_TIMEOUT_Sを上げてください。",
        "{name} seguía leyéndose tras {limit_s:.0f} s y se abandonó. Divídelo, o sube KAEDAMA_PARSE_TIMEOUT_S.",
    ),
    "TooManyPages": (
        "{name}は{pages:,}ページあります。上限は{limit:,}ページです。分割するか、KAEDAMA_MAX_PAGESを上げてください。",
        "{name} tiene {pages:,} páginas y se admiten {limit:,}. Divídelo, o sube KAEDAMA_MAX_PAGES.",
    ),
    "TooMuchText": (
        (
            "{name}は展開すると{limit_mb:g} "
            "MBを超える文字になるため、中断しました。分割するか、KAEDAMA_MAX_TEXT_MBを上げてください。"
        ),
        "{name} se despliega en más de {limit_mb:g} MB de texto y se abandonó. Divídelo, o sube KAEDAMA_MAX_TEXT_MB.",
    ),
    "EmbedderMissing": (
        "埋め込みモデル{name}を読み込めません({detail})。KAEDAMA_EMBEDDERを確認するか、設定を消して同梱のモデルを使ってください。",
        "No se puede cargar el modelo de vectores {name} ({detail}). Revisa KAEDAMA_EMBEDDER, o quítalo para usar el incluido.",
    ),
    "EmbedderUnavailable": (
        "埋め込みモデル{name}が{url}で応答しません({detail})。サーバーを起動するか、KAEDAMA_EMBEDDERの設定を消してください。",
        "El modelo de vectores {name} no responde en {url} ({detail}). Arranca el servidor, o quita KAEDAMA_EMBEDDER.",
    ),
    "ModelUnavailable": (
        "{engine}が{url}で応答しません。起動して({start})もう一度質問するか、別のモデルを選んでください。",
        "{engine} no responde en {url}. Arráncalo ({start}) y pregunta otra vez, o elige otro modelo.",
    ),
    "ModelMissing": (
        "モデル{name}は入っていません。`{command}`で入れるか、別のモデルを選んでください。",
        "El modelo {name} no está instalado. Consíguelo con `{command}`, o elige otro modelo.",
    ),
    "ModelFileMissing": ("モデルファイル{path}がありません。{remedy}", "Falta el archivo de modelo {path}. {remedy}"),
    "ModelFileDamaged": (
        "モデルファイル{path}が壊れています({detail})。{remedy}",
        "El archivo de modelo {path} está dañado ({detail}). {remedy}",
    ),
    "ModelRefused": (
        "{name}は回答できませんでした: {detail}。もう一度質問するか、別のモデルを選んでください。",
        "{name} no pudo responder: {detail}. Pregunta otra vez, o elige otro modelo.",
    ),
    "ModelInterrupted": (
        "{name}の回答が途中で切れました({detail})。届いた分は残っています。続きはもう一度質問してください。",
        "La respuesta de {name} se cortó a la mitad ({detail}). Se conserva lo recibido; pregunta otra vez para el resto.",
    ),
    "ModelTimedOut": (
        (
            "{name}から{limit_s:.0f}秒間応答がありませんでした({phase})。混み合っているかもしれません。もう一度質問するか、"
            "{setting}を上げてください。"
        ),
        "{name} estuvo {limit_s:.0f} s sin responder ({phase}). Puede estar sobrecargado: pregunta otra vez, o sube {setting}.",
    ),
    "ContextOverflow": (
        (
            "質問と一節には{needed:,}トークン必要ですが、{name}が読めるのは{window:,}"
            "トークンまでです。一節を減らして質問してください(-k)。"
        ),
        "La pregunta y sus pasajes necesitan {needed:,} tokens, pero {name} admite {window:,}. Pregunta con menos pasajes (-k).",
    ),
    "ModelBusy": (
        "{name}は今混み合っています({detail})。しばらくしてもう一度質問するか、別のモデルを選んでください。",
        "{name} tiene ahora demasiado trabajo ({detail}). Pregunta otra vez en un minuto, o elige otro modelo.",
    ),
    "ModelQuota": (
        "{name}の利用枠を使い切りました。{delay_s:.0f}秒後にもう一度質問するか、別のモデルを選んでください。",
        "La cuota de {name} está agotada por ahora. Pregunta otra vez en {delay_s:.0f} s, o elige otro modelo.",
    ),
    "ModelBlocked": (
        (
            "{name}の安全フィルターが回答を止めました({reason})。質問を言い換えるか、該当する文書を外すか、手元のモデルを選んで"
            "ください。"
        ),
        (
            "El filtro de seguridad de {name} retuvo la respuesta ({reason}). Formula la pregunta de otro modo, quita el documento "
            "afectado, o elige un modelo local."
        ),
    ),
    "ModelCannotThink": (
        "{name}は回答の前に考えることができません。思考をオフにして、もう一度質問してください。",
        "{name} no puede razonar antes de responder. Desactiva el razonamiento y pregunta otra vez.",
    ),
    "ModelMemory": (
        "{name}はメモリーに収まりません({detail})。ほかのプログラムを閉じるか、小さいモデルを選んでください。",
        "{name} no cabe en la memoria ({detail}). Cierra otros programas, o elige un modelo más pequeño.",
    ),
    "ModelKeyMissing": (
        "{engine}にはキーが必要です。{setting}を設定してKaedamaを起動し直すか、別のモデルを選んでください。",
        "{engine} necesita una clave. Define {setting} y arranca Kaedama de nuevo, o elige otro modelo.",
    ),
    "ModelKeyRejected": (
        "{engine}がキーを受け付けません({detail})。{setting}を確認するか、別のモデルを選んでください。",
        "{engine} no acepta la clave ({detail}). Revisa {setting}, o elige otro modelo.",
    ),
    "ModelUnreachable": (
        "{engine}に{url}で接続できません。ネットワークとアドレスを確認するか、別のモデルを選んでください。",
        "No se puede llegar a {engine} en {url}. Revisa la conexión y la dirección, o elige otro modelo.",
    ),
    "ModelNotServed": (
        "{url}の{engine}に{name}というモデルはありません。`python -m rag models`で使えるものを確認してください。",
        "{engine} en {url} no tiene el modelo {name}. `python -m rag models` enumera los que se pueden usar; elige uno.",
    ),
    "ModelNotPublished": (
        "{name}というモデルは配布されていません。{where} で名前を確認して、もう一度試してください。",
        "No hay ningún modelo {name} para descargar. Busca su nombre en {where} y prueba otra vez.",
    ),
    "ModelGated": (
        (
            "{name}は存在しないか、許可された人だけに公開されています。名前を確認し、{url} で利用条件に同意してHF_TOKENを設定し、"
            "Kaedamaを起動し直してください。"
        ),
        (
            "{name} no existe, o solo está abierto a quien tiene permiso. Revisa el nombre; después acepta sus condiciones en {url}, "
            "define HF_TOKEN y arranca Kaedama de nuevo."
        ),
    ),
    "NoGgufFile": (
        "{name}には読み込めるファイルがありません: {detail}。ほかのファイルかリポジトリーを選んでください。",
        "No hay ningún archivo que cargar en {name}: {detail}. Elige otro de sus archivos, u otro repositorio.",
    ),
    "DownloadFailed": (
        "{name}をダウンロードできませんでした: {detail}。原因を取り除いて、もう一度試してください。届いた分は残っています。",
        "No se pudo descargar {name}: {detail}. Corrígelo y prueba otra vez; se conserva lo recibido.",
    ),
    "DownloadInterrupted": (
        "{name}のダウンロードが途中で切れました({detail})。届いた分は残っています。もう一度試すと続きから始まります。",
        "La descarga de {name} se cortó ({detail}). Se conserva lo recibido; prueba otra vez para seguir desde ahí.",
    ),
    "Defect": (
        "Kaedama自身の不具合です({detail})。届いた分は残っています。詳しくは端末の記録をご覧ください。",
        "Kaedama cometió un error propio ({detail}). Lo que había llegado se conserva; el registro de la terminal tiene los detalles.",
    ),
    "PortTaken": (
        "{host}のポート{port}は別のプログラムが使っています。それを止めるか、KAEDAMA_PORTで別のポートを選んでください。",
        "El puerto {port} de {host} lo ocupa otro programa. Deténlo, o elige otro puerto con KAEDAMA_PORT.",
    ),
}


def error_sentence(error: KaedamaError, language: str) -> str:
    """What went wrong and what to do, in the reader's language; English where a class has no translation."""
    translated = ERRORS.get(error.code)
    if language == "en" or translated is None:
        return str(error)
    fields = {name: _said(name, value, language) for name, value in error.fields.items()}
    return LocalFormatter(language).format(translated[0 if language == "ja" else 1], **fields)


def _said(field: str, value: object, language: str) -> object:
    """A field's value for a sentence: phrases are translated, names are not."""
    return phrase(value, language) if isinstance(value, str) and field != "name" else value
