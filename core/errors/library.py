"""The library directory cannot be used."""

from __future__ import annotations

from core.errors.base import KaedamaError
from core.sentences import Sentences, Words


class Owner(Words):
    """Who has a library open."""

    PROCESS = Sentences(
        en="process {pid} ({program}, on {host}, since {since})",
        es="el proceso {pid} ({program}, en {host}, desde {since})",
        ja="プロセス{pid}({program}、{host}、{since}から)",
    )
    UNKNOWN = Sentences(en="another process", es="otro proceso", ja="別のプロセス")


class Signature(Words):
    """An embedder, as it is compared with the one of a library."""

    NEW_PROMPTS = Sentences(
        en="{signature} (new prompts)",
        es="{signature} (instrucciones nuevas)",
        ja="{signature}(新しいプロンプト)",
    )
    NUMBERS = Sentences(
        en="{signature} (vectors of {numbers} numbers)",
        es="{signature} (vectores de {numbers} números)",
        ja="{signature}({numbers}次元のベクトル)",
    )


class CatalogFault(Words):
    """What is wrong in a catalog that SQLite itself can read."""

    VECTOR_SIZE = Sentences(
        en="a vector has the wrong size", es="un vector tiene un tamaño equivocado", ja="ベクトルの大きさが違います"
    )
    VECTOR_MISSING = Sentences(en="a passage has no vector", es="un pasaje no tiene vector", ja="ベクトルのない抜粋があります")
    NO_JSON = Sentences(en="a list in it is no JSON", es="una lista no es JSON", ja="リストがJSONではありません")


class LibraryError(KaedamaError):
    """The library directory cannot be used."""


class LibraryLocked(LibraryError):
    """Another process owns the directory."""

    sentences = Sentences(
        en=(
            "The library {directory} is in use by {owner}. Close that first, or choose another directory with --library or "
            "KAEDAMA_LIBRARY."
        ),
        es=(
            "La biblioteca {directory} está en uso por {owner}. Ciérralo antes, o elige otro directorio con --library o "
            "KAEDAMA_LIBRARY."
        ),
        ja=(
            "ライブラリ{directory}は{owner}が使用中です。そちらを閉じるか、"
            "--libraryまたはKAEDAMA_LIBRARYで別の場所を選んでください。"
        ),
    )


class LibraryUnwritable(LibraryError):
    """The directory cannot be written."""

    sentences = Sentences(
        en="The library {directory} cannot be written ({detail}). Check its permissions and the free space, or choose another.",
        es=("No se puede escribir en la biblioteca {directory} ({detail}). Revisa los permisos y el espacio libre, o elige otra."),
        ja="ライブラリ{directory}に書き込めません({detail})。権限と空き容量を確認するか、別の場所を選んでください。",
    )


class LibraryTooNew(LibraryError):
    """The catalog was written by a later version."""

    sentences = Sentences(
        en=(
            "The library {directory} was written by a newer Kaedama (format {found}, this one reads up to {known}). Update "
            "Kaedama, or choose another directory with --library."
        ),
        es=(
            "La biblioteca {directory} la escribió un Kaedama más reciente (formato {found}; este lee hasta {known}). "
            "Actualiza Kaedama, o elige otro directorio con --library."
        ),
        ja=(
            "ライブラリ{directory}は新しいKaedamaで書かれています(形式{found}、この版が読めるのは{known}まで)。"
            "Kaedamaを更新するか、--libraryで別の場所を選んでください。"
        ),
    )


class LibraryDamaged(LibraryError):
    """The catalog is not a readable database, or contradicts itself."""

    sentences = Sentences(
        en=(
            "The catalog of the library {directory} cannot be read ({detail}). `python -m rag doctor --repair` makes its indexes anew and "
            "says what else is damaged; put back a backup with `python -m rag restore FILE --replace`, or move the directory away and add "
            "the documents again."
        ),
        es=(
            "No se puede leer el catálogo de la biblioteca {directory} ({detail}). `python -m rag doctor --repair` rehace sus índices y "
            "dice qué más está dañado; restaura una copia con `python -m rag restore FILE --replace`, o aparta el directorio y añade los "
            "documentos de nuevo."
        ),
        ja=(
            "ライブラリ{directory}の目録を読めません({detail})。`python -m rag doctor --repair`で索引を作り直し、ほかの損傷も確認できます。"
            "`python -m rag restore FILE --replace`で控えを戻すか、フォルダーを移してから文書を追加し直してください。"
        ),
    )


class EmbedderMismatch(LibraryError):
    """The library's vectors come from another embedder."""

    sentences = Sentences(
        en=(
            "The library {directory} was made with the embedder {found}, but {wanted} is configured. Set "
            "KAEDAMA_EMBEDDER={found}, or run `python -m ingest --re-embed` once to embed it again with {wanted}."
        ),
        es=(
            "La biblioteca {directory} se hizo con el modelo de vectores {found}, pero está configurado {wanted}. Pon "
            "KAEDAMA_EMBEDDER={found}, o ejecuta una vez `python -m ingest --re-embed` para rehacerla con {wanted}."
        ),
        ja=(
            "ライブラリ{directory}は埋め込みモデル{found}で作られていますが、設定は{wanted}です。"
            "KAEDAMA_EMBEDDER={found}とするか、`python -m ingest --re-embed`を一度実行して{wanted}で作り直してください。"
        ),
    )


class UnknownSource(LibraryError):
    """A document that is not, or no longer, in the library."""

    sentences = Sentences(
        en="There is no document {name} in the notebook {notebook}.",
        es="No hay ningún documento {name} en el cuaderno {notebook}.",
        ja="ノートブック{notebook}に文書{name}はありません。",
    )


class UnknownNotebook(LibraryError):
    """A notebook that is not, or no longer, in the library."""

    sentences = Sentences(
        en="There is no notebook {name}. It may have been deleted; `python -m rag notebooks` lists those that are there.",
        es="No hay ningún cuaderno {name}. Puede que se haya eliminado; `python -m rag notebooks` enumera los que hay.",
        ja="ノートブック{name}はありません。削除された可能性があります。`python -m rag notebooks`で一覧できます。",
    )


class UnknownConversation(LibraryError):
    """A conversation that is not, or no longer, in the library."""

    sentences = Sentences(
        en="There is no conversation {id}. It may have been deleted; `python -m rag history` lists those that are there.",
        es="No hay ninguna conversación {id}. Puede que se haya eliminado; `python -m rag history` enumera las que hay.",
        ja="会話{id}はありません。削除された可能性があります。`python -m rag history`で一覧できます。",
    )


class UnknownTurn(LibraryError):
    """A turn that is not, or no longer, in a conversation."""

    sentences = Sentences(
        en="There is no question number {id:.0f} in the conversation. It may have been deleted; open the conversation again.",
        es="No hay ninguna pregunta número {id:.0f} en la conversación. Puede que se haya eliminado; abre la conversación de nuevo.",
        ja="この会話に質問番号{id:.0f}はありません。削除された可能性があります。会話を開き直してください。",
    )


class IndexUnusable(LibraryError):
    """The dense index cannot be read or written; everything in it can be made again from the catalog."""

    sentences = Sentences(
        en=(
            "The search index {directory} cannot be used ({detail}). Check the free space; where there is enough, "
            "`python -m rag doctor --repair` makes it anew from the catalog, without reading any document again."
        ),
        es=(
            "No se puede usar el índice de búsqueda {directory} ({detail}). Revisa el espacio libre; si es suficiente, "
            "`python -m rag doctor --repair` lo rehace a partir del catálogo, sin volver a leer ningún documento."
        ),
        ja=(
            "検索インデックス{directory}を使えません({detail})。空き容量を確認してください。足りている場合は"
            "`python -m rag doctor --repair`で、文書を読み直すことなく目録から作り直せます。"
        ),
    )


class ChromaUnavailable(LibraryError):
    """The Chroma server that should hold the vector index does not answer as it should."""

    sentences = Sentences(
        en=(
            "The Chroma server at {url} cannot be used ({detail}). Start it (`chroma run --host H --port P --path DIR`), or unset "
            "KAEDAMA_CHROMA_URL: the index is then made in the library from the catalog."
        ),
        es=(
            "No se puede usar el servidor Chroma en {url} ({detail}). Arráncalo (`chroma run --host H --port P --path DIR`), o quita "
            "KAEDAMA_CHROMA_URL: el índice se hace entonces en la biblioteca a partir del catálogo."
        ),
        ja=(
            "{url}のChromaサーバーを使えません({detail})。起動する(`chroma run --host H --port P --path DIR`)か、KAEDAMA_CHROMA_URLの"
            "設定を消してください。消すと索引は目録からライブラリの中に作られます。"
        ),
    )


class LibraryMissing(LibraryError):
    """There is no library in a directory where one is needed."""

    sentences = Sentences(
        en="There is no library in {directory}. Name the directory that holds it with --library or KAEDAMA_LIBRARY.",
        es="No hay ninguna biblioteca en {directory}. Indica el directorio que la contiene con --library o KAEDAMA_LIBRARY.",
        ja="{directory}にライブラリはありません。--libraryまたはKAEDAMA_LIBRARYで、ライブラリのあるフォルダーを指定してください。",
    )


class LibraryNotEmpty(LibraryError):
    """A backup is not put in the place of a library that holds something unless that is asked for."""

    sentences = Sentences(
        en=(
            "The library {directory} holds something already, so that nothing was restored. Choose another directory with --library, or "
            "give --replace to put the backup in its place."
        ),
        es=(
            "La biblioteca {directory} ya contiene algo, así que no se restauró nada. Elige otro directorio con --library, o añade "
            "--replace para poner la copia en su lugar."
        ),
        ja=(
            "ライブラリ{directory}は空ではないため、何も復元しませんでした。--libraryで別の場所を選ぶか、--replaceを付けて控えと"
            "置き換えてください。"
        ),
    )


class BackupFault(Words):
    """Why a file is no whole backup."""

    NO_ARCHIVE = Sentences(en="it is no ZIP archive", es="no es un archivo ZIP", ja="ZIPアーカイブではありません")
    NO_MANIFEST = Sentences(
        en="it has no list of its contents that can be read",
        es="no tiene una lista legible de su contenido",
        ja="内容の一覧がないか、読めません",
    )
    FOREIGN = Sentences(
        en="it holds {name}, which belongs to no library",
        es="contiene {name}, que no es de ninguna biblioteca",
        ja="ライブラリのものでない{name}が入っています",
    )
    LACKS = Sentences(en="{name} is missing in it", es="falta {name}", ja="{name}がありません")
    CHANGED = Sentences(
        en="{name} is not what was put in", es="{name} no es lo que se guardó", ja="{name}が保存したときの内容と違います"
    )
    NO_ROOM = Sentences(
        en="the backup takes {needed} MB, and {free} MB are free",
        es="la copia ocupa {needed} MB y quedan {free} MB libres",
        ja="控えには{needed}MB必要ですが、空きは{free}MBです",
    )
    CATALOG = Sentences(en="its catalog is damaged", es="su catálogo está dañado", ja="中の目録が壊れています")


class BackupMissing(LibraryError):
    """The file to restore cannot be opened."""

    sentences = Sentences(
        en="The backup {path} cannot be opened ({detail}). Check its name and permissions.",
        es="No se puede abrir la copia {path} ({detail}). Revisa su nombre y sus permisos.",
        ja="控え{path}を開けません({detail})。名前と権限を確認してください。",
    )


class BackupDamaged(LibraryError):
    """The file to restore is no whole backup; nothing was changed."""

    sentences = Sentences(
        en="{path} is no whole backup of a library: {detail}. Nothing was changed; choose another backup.",
        es="{path} no es una copia entera de una biblioteca: {detail}. No se cambió nada; elige otra copia.",
        ja="{path}はライブラリの完全な控えではありません: {detail}。何も変更していません。別の控えを選んでください。",
    )


class BackupTooNew(LibraryError):
    """A later version wrote the backup."""

    sentences = Sentences(
        en="The backup {path} was written by a newer Kaedama (format {found}, this one reads up to {known}). Update Kaedama first.",
        es="La copia {path} la escribió un Kaedama más reciente (formato {found}; este lee hasta {known}). Actualiza Kaedama antes.",
        ja="控え{path}は新しいKaedamaで書かれています(形式{found}、この版が読めるのは{known}まで)。先にKaedamaを更新してください。",
    )


class BackupTaken(LibraryError):
    """A backup never takes the place of a file that is something else."""

    sentences = Sentences(
        en="{path} is there already and is no backup of a library, so that it was not overwritten. Choose another name.",
        es="{path} ya existe y no es una copia de una biblioteca, así que no se sobrescribió. Elige otro nombre.",
        ja="{path}はすでにあり、ライブラリの控えではないため上書きしませんでした。別の名前を選んでください。",
    )


class BackupUnwritable(LibraryError):
    """The backup cannot be written."""

    sentences = Sentences(
        en="The backup {path} cannot be written ({detail}). Check permissions and free space there, or choose another place.",
        es="No se puede escribir la copia {path} ({detail}). Revisa los permisos y el espacio libre, o elige otro lugar.",
        ja="控え{path}を書き込めません({detail})。その場所の権限と空き容量を確認するか、別の場所を選んでください。",
    )


class QuoteGone(LibraryError):
    """A quote whose document is not in the library any more, or not in the version that the quote stands in."""

    sentences = Sentences(
        en="The document of this quote is no longer in the library as it was quoted. Ask again to search what is there now.",
        es="El documento de esta cita ya no está en la biblioteca tal como se citó. Pregunta otra vez para buscar en lo que hay ahora.",
        ja="この引用の文書は、引用されたときの内容ではライブラリに残っていません。もう一度質問すると、今ある文書を検索します。",
    )


class OriginalMissing(LibraryError):
    """A document's original bytes are not kept, and the file they came from is gone or has changed."""

    sentences = Sentences(
        en=(
            "The original of {name} cannot be shown: it was not copied into the library, and {origin} is gone or has changed. "
            "Its text is still here. Add the file again with KAEDAMA_KEEP_ORIGINALS=on to keep a copy."
        ),
        es=(
            "No se puede mostrar el original de {name}: no se copió en la biblioteca, y {origin} ya no está o ha cambiado. Su "
            "texto sigue aquí. Añade el archivo otra vez con KAEDAMA_KEEP_ORIGINALS=on para guardar una copia."
        ),
        ja=(
            "{name}の原本を表示できません。ライブラリに写しがなく、{origin}は見つからないか変更されています。本文は残っています。"
            "KAEDAMA_KEEP_ORIGINALS=onでファイルを追加し直すと写しが保存されます。"
        ),
    )
