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
    """The catalog is not a readable database."""

    sentences = Sentences(
        en=(
            "The catalog of the library {directory} cannot be read ({detail}). Put back a copy of catalog.sqlite3, or move "
            "the directory away and add the documents again."
        ),
        es=(
            "No se puede leer el catálogo de la biblioteca {directory} ({detail}). Restaura una copia de catalog.sqlite3, o "
            "aparta el directorio y añade los documentos de nuevo."
        ),
        ja=(
            "ライブラリ{directory}の目録を読めません({detail})。catalog.sqlite3の控えを戻すか、"
            "フォルダーを移してから文書を追加し直してください。"
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
            "The search index {directory} cannot be used ({detail}). Check the free space; where there is enough, delete that "
            "directory: it is made anew from the catalog, without reading any document again."
        ),
        es=(
            "No se puede usar el índice de búsqueda {directory} ({detail}). Revisa el espacio libre; si es suficiente, borra ese "
            "directorio: se rehace a partir del catálogo, sin volver a leer ningún documento."
        ),
        ja=(
            "検索インデックス{directory}を使えません({detail})。空き容量を確認してください。足りている場合はそのフォルダーを"
            "削除してください。文書を読み直すことなく、目録から作り直されます。"
        ),
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
