"""Model files on this machine and on their way to it."""

from __future__ import annotations

from core.errors.model import ModelError
from core.sentences import Sentences, Words


class FileFault(Words):
    """What is wrong with a model file."""

    CHECKSUM = Sentences(en="its checksum is wrong", es="su suma de comprobación no es correcta", ja="チェックサムが一致しません")
    HUB_CHECKSUM = Sentences(
        en="its checksum is not the hub's",
        es="su suma de comprobación no es la del servidor",
        ja="チェックサムがハブのものと一致しません",
    )
    ADAPTER = Sentences(
        en="it is a LoRA adapter, not a model",
        es="es un adaptador LoRA, no un modelo",
        ja="モデルではなくLoRAアダプターです",
    )
    NOT_GGUF = Sentences(
        en="it does not begin as a GGUF file does",
        es="no empieza como un archivo GGUF",
        ja="GGUFファイルではありません",
    )
    GGUF_VERSION = Sentences(
        en="its format version is {version}",
        es="su versión de formato es {version}",
        ja="形式の版が{version}です",
    )
    GGUF_GARBLED = Sentences(en="its head is garbled", es="su cabecera es ilegible", ja="先頭部分が壊れています")
    GGUF_CUT = Sentences(en="it ends too early", es="termina demasiado pronto", ja="途中で終わっています")


class Remedy(Words):
    """What helps where a model file is missing or damaged."""

    GET_AGAIN = Sentences(en="Get the file again.", es="Vuelve a obtener el archivo.", ja="ファイルを取得し直してください。")
    FETCH_AGAIN = Sentences(
        en="It was deleted; fetch it again.",
        es="Se borró; vuelve a descargarlo.",
        ja="削除しました。もう一度取得してください。",
    )
    RESTORE = Sentences(
        en="Restore it from the repository.",
        es="Restáuralo desde el repositorio.",
        ja="リポジトリから復元してください。",
    )
    RESTORE_FILE = Sentences(
        en="It is part of Kaedama: restore {file} from the repository.",
        es="Es parte de Kaedama: restaura {file} desde el repositorio.",
        ja="Kaedamaの一部です。リポジトリから{file}を復元してください。",
    )
    DELETE = Sentences(
        en="Delete it; it is made again at the next start.",
        es="Bórralo; se crea de nuevo en el próximo arranque.",
        ja="削除してください。次の起動時に作り直されます。",
    )
    FREE_SPACE = Sentences(
        en="Free some space or reinstall the package, then try again.",
        es="Libera espacio o reinstala el paquete y vuelve a intentarlo.",
        ja="空き容量を増やすかパッケージを入れ直してから、もう一度お試しください。",
    )
    CHECK_PATH = Sentences(en="Check the path: {form}.", es="Comprueba la ruta: {form}.", ja="パスを確認してください: {form}。")
    WITH_MODEL = Sentences(
        en="Give it with the model that it belongs to: {form}.",
        es="Indícalo junto con el modelo al que pertenece: {form}.",
        ja="対応するモデルと一緒に指定してください: {form}。",
    )
    INSTALL = Sentences(
        en="Install it: pip install {package}",
        es="Instálalo: pip install {package}",
        ja="入れてください: pip install {package}",
    )
    CHECK_RERANKER = Sentences(
        en="({detail}.) Check KAEDAMA_RERANKER, or unset it to search without a second look.",
        es="({detail}.) Revisa KAEDAMA_RERANKER, o quítalo para buscar sin reordenar.",
        ja="({detail}。)KAEDAMA_RERANKERを確認するか、設定を消して並べ替えなしで検索してください。",
    )


class DownloadFault(Words):
    """Why a download failed or broke off."""

    ELSEWHERE = Sentences(
        en="another program is fetching it at this moment",
        es="otro programa lo está descargando en este momento",
        ja="別のプログラムが取得しています",
    )
    CONNECTION_LOST = Sentences(en="the connection was lost", es="se perdió la conexión", ja="接続が切れました")
    SHORT = Sentences(
        en="the hub sent less than the whole file",
        es="el servidor envió menos que el archivo entero",
        ja="ハブから届いたファイルが途中までです",
    )
    SILENT = Sentences(
        en="{server} said nothing for {seconds:g} s",
        es="{server} no dijo nada durante {seconds:g} s",
        ja="{server}から{seconds:g}秒間応答がありません",
    )
    NO_ROOM = Sentences(
        en="it needs {needed_gb:.1f} GB more and {free_gb:.1f} GB are free in {directory}",
        es="necesita {needed_gb:.1f} GB más y hay {free_gb:.1f} GB libres en {directory}",
        ja="あと{needed_gb:.1f} GB必要ですが、{directory}の空きは{free_gb:.1f} GBです",
    )
    STATUS = Sentences(
        en="the hub answered with status {status}",
        es="el servidor respondió con el estado {status}",
        ja="ハブがステータス{status}を返しました",
    )
    NO_HUB = Sentences(
        en="{url} does not answer as the hub does",
        es="{url} no responde como el servidor de modelos",
        ja="{url}の応答がハブのものではありません",
    )
    SYSTEM = Sentences(en="{detail} ({directory})", es="{detail} ({directory})", ja="{detail}({directory})")


class GgufFault(Words):
    """Why a repository has no file to load."""

    PART = Sentences(
        en="{file} is one part of a model in several files, which are not put together here",
        es="{file} es una parte de un modelo en varios archivos, que aquí no se unen",
        ja="{file}は複数ファイルに分かれたモデルの一部で、ここでは結合できません",
    )
    NONE = Sentences(en="it holds no GGUF file", es="no contiene ningún archivo GGUF", ja="GGUFファイルがありません")
    OTHERS = Sentences(
        en="nothing in it is called {wish}; it has {files}",
        es="nada en él se llama {wish}; tiene {files}",
        ja="{wish}という名前のものはありません。あるのは{files}です",
    )


class ModelFileMissing(ModelError):
    """A model file that should be on this machine is not."""

    sentences = Sentences(
        en="The model file {path} is missing. {remedy}",
        es="Falta el archivo de modelo {path}. {remedy}",
        ja="モデルファイル{path}がありません。{remedy}",
    )


class ModelFileDamaged(ModelError):
    """A model file whose checksum or content is wrong."""

    sentences = Sentences(
        en="The model file {path} is damaged ({detail}). {remedy}",
        es="El archivo de modelo {path} está dañado ({detail}). {remedy}",
        ja="モデルファイル{path}が壊れています({detail})。{remedy}",
    )


class ModelNotPublished(ModelError):
    """A model that shall be downloaded and that nobody offers under this name."""

    sentences = Sentences(
        en="There is no model {name} to download. Look its name up at {where} and try again.",
        es="No hay ningún modelo {name} para descargar. Busca su nombre en {where} y prueba otra vez.",
        ja="{name}というモデルは配布されていません。{where} で名前を確認して、もう一度試してください。",
    )


class ModelGated(ModelError):
    """A repository that is not open to everybody; without a token the hub says the same of one that does not exist."""

    sentences = Sentences(
        en=(
            "{name} does not exist, or is open only to those who are let in. Check the name; then accept its terms at {url}, "
            "set HF_TOKEN and start Kaedama again."
        ),
        es=(
            "{name} no existe, o solo está abierto a quien tiene permiso. Revisa el nombre; después acepta sus condiciones "
            "en {url}, define HF_TOKEN y arranca Kaedama de nuevo."
        ),
        ja=(
            "{name}は存在しないか、許可された人だけに公開されています。名前を確認し、{url} "
            "で利用条件に同意してHF_TOKENを設定し、Kaedamaを起動し直してください。"
        ),
    )


class NoGgufFile(ModelError):
    """A repository of the hub without a file that can be loaded."""

    sentences = Sentences(
        en="There is no file to load in {name}: {detail}. Choose another of its files, or another repository.",
        es="No hay ningún archivo que cargar en {name}: {detail}. Elige otro de sus archivos, u otro repositorio.",
        ja="{name}には読み込めるファイルがありません: {detail}。ほかのファイルかリポジトリーを選んでください。",
    )


class DownloadFailed(ModelError):
    """A model cannot be downloaded for a reason that somebody has to put right, as a full disk."""

    sentences = Sentences(
        en="{name} could not be downloaded: {detail}. Put that right and try again; what had arrived is kept.",
        es="No se pudo descargar {name}: {detail}. Corrígelo y prueba otra vez; se conserva lo recibido.",
        ja="{name}をダウンロードできませんでした: {detail}。原因を取り除いて、もう一度試してください。届いた分は残っています。",
    )


class DownloadInterrupted(ModelError):
    """A download ended before the model was whole; the next one goes on from there."""

    sentences = Sentences(
        en="The download of {name} broke off ({detail}). What had arrived is kept; try again to go on from there.",
        es="La descarga de {name} se cortó ({detail}). Se conserva lo recibido; prueba otra vez para seguir desde ahí.",
        ja="{name}のダウンロードが途中で切れました({detail})。届いた分は残っています。もう一度試すと続きから始まります。",
    )
