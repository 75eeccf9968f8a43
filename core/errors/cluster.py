"""A cluster that should read and embed does not."""

from __future__ import annotations

from core.errors.base import KaedamaError
from core.errors.document import DocumentError
from core.errors.embedder import EmbedderError
from core.errors.usage import UsageError
from core.sentences import Sentences, Words


class ClusterFault(Words):
    """Why a cluster cannot be used."""

    NO_PROCESS = Sentences(
        en="no process was ready within {limit_s:g} s",
        es="ningún proceso estuvo listo en {limit_s:g} s",
        ja="{limit_s:g}秒以内にプロセスの準備ができませんでした",
    )


class ClusterNotInstalled(UsageError):
    """The engine Ray was asked for, and its package is not here."""

    sentences = Sentences(
        en="Reading on Ray needs its package. Install it: pip install 'kaedama[ray]'.",
        es="Leer con Ray requiere su paquete. Instálalo: pip install 'kaedama[ray]'.",
        ja="Rayで読み込むにはパッケージが必要です。インストールしてください: pip install 'kaedama[ray]'",
    )


class ClusterUnavailable(KaedamaError):
    """No Ray cluster answers, or it has no room for the readers."""

    sentences = Sentences(
        en="The Ray cluster at {address} cannot be used ({detail}). Check --ray-address and `ray status`, or leave --engine out.",
        es="No se puede usar el clúster de Ray en {address} ({detail}). Revisa --ray-address y `ray status`, u omite --engine.",
        ja="{address}のRayクラスターを使えません({detail})。--ray-addressと`ray status`を確認するか、--engineを外してください。",
    )


class ClusterDiffers(KaedamaError):
    """A machine of the cluster has another Kaedama, which would read documents in another way."""

    sentences = Sentences(
        en=(
            "The Ray cluster at {address} runs another version of Kaedama than this machine ({theirs} there, {ours} here). "
            "Install the same version on every machine."
        ),
        es=(
            "El clúster de Ray en {address} tiene otra versión de Kaedama que este equipo (allí {theirs}, aquí {ours}). "
            "Instala la misma versión en todos los equipos."
        ),
        ja=(
            "{address}のRayクラスターのKaedamaは、このコンピューターと版が違います(あちらは{theirs}、こちらは{ours})。"
            "すべてのコンピューターに同じ版を入れてください。"
        ),
    )


class ReaderLost(DocumentError):
    """The processes of the cluster that read a file ended, twice."""

    sentences = Sentences(
        en="{name} was not read: the process of the cluster that had it ended, twice. See `ray status`, then read it again.",
        es="No se leyó {name}: el proceso del clúster que lo tenía terminó, dos veces. Mira `ray status` y vuelve a leerlo.",
        ja="{name}を読めませんでした。担当したクラスターのプロセスが2度終了しました。`ray status`を確認し、もう一度読み込んでください。",
    )


class EmbedderLost(EmbedderError):
    """The processes of the cluster that embedded passages ended, twice. It concerns the passages that they had."""

    sentences = Sentences(
        en="The process of the cluster that embeds with {name} ended, twice. See `ray status`, then read the document again.",
        es="El proceso del clúster que vectoriza con {name} terminó, dos veces. Mira `ray status` y vuelve a leer el documento.",
        ja="{name}で埋め込みを行うクラスターのプロセスが2度終了しました。`ray status`を確認し、文書をもう一度読み込んでください。",
    )
