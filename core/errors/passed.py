"""Why something in a folder is passed over: no error, but the person is told."""

from __future__ import annotations

from core.sentences import Sentences, Words


class PassedReason(Words):
    """Why a file or a folder is not read."""

    UNKNOWN_KIND = Sentences(
        en="files of this kind are not read",
        es="los archivos de este tipo no se leen",
        ja="この種類のファイルは読みません",
    )
    HIDDEN = Sentences(
        en="its name begins with a dot: it is hidden",
        es="su nombre empieza por un punto: está oculto",
        ja="名前がドットで始まる隠しファイルです",
    )
    LINK_OUT = Sentences(
        en="it is a link that leads out of the folder; name what it leads to, to have that read",
        es="es un enlace que lleva fuera de la carpeta; nombra su destino para que se lea",
        ja="フォルダーの外へのリンクです。読むにはリンク先を直接指定してください",
    )
    LINK_INSIDE = Sentences(
        en="it is a link to a folder that is read where it lies",
        es="es un enlace a una carpeta que se lee donde está",
        ja="元の場所で読まれるフォルダーへのリンクです",
    )
    LINK_BROKEN = Sentences(
        en="it is a link that leads nowhere",
        es="es un enlace que no lleva a ninguna parte",
        ja="リンク先がありません",
    )
    FOLDER_UNREADABLE = Sentences(
        en="the folder cannot be opened ({detail}); check its permissions",
        es="no se puede abrir la carpeta ({detail}); revisa los permisos",
        ja="フォルダーを開けません({detail})。権限を確認してください",
    )
    NOT_REGULAR = Sentences(
        en="it is no regular file (a pipe, a socket or a device)",
        es="no es un archivo normal (es una tubería, un socket o un dispositivo)",
        ja="通常のファイルではありません(パイプ、ソケット、デバイス)",
    )
    SILENT = Sentences(
        en="its system says nothing of it for {limit_s:g} s, as a dead network drive does; see that it is connected, then read it again",
        es=(
            "su sistema no responde desde hace {limit_s:g} s, como una unidad de red caída; comprueba que está conectada y vuelve a "
            "leerla"
        ),
        ja="{limit_s:g}秒間応答がありません(切断されたネットワークドライブなど)。接続を確かめてから、もう一度読み込んでください",
    )
