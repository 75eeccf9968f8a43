"""A page of the web cannot be fetched; files and other pages go on."""

from __future__ import annotations

from core.errors.document import DocumentError
from core.sentences import Sentences, Words


class WebFault(Words):
    """Why a page cannot be fetched."""

    NOT_HTTP = Sentences(
        en="it is no address that begins with http:// or https:// and names a host",
        es="no es una dirección que empiece por http:// o https:// y nombre un servidor",
        ja="http://またはhttps://で始まり、ホスト名を含むアドレスではありません",
    )
    CREDENTIALS = Sentences(
        en="it holds a user name or a password",
        es="contiene un usuario o una contraseña",
        ja="ユーザー名またはパスワードを含んでいます",
    )
    THIS_COMPUTER = Sentences(
        en="{host} is this computer itself, and only pages of the public Internet are fetched",
        es="{host} es este mismo equipo, y solo se descargan páginas de la Internet pública",
        ja="{host}はこのコンピューター自身です。取得するのは公開されたインターネット上のページだけです",
    )
    PRIVATE = Sentences(
        en="{address} is not on the public Internet",
        es="{address} no pertenece a la Internet pública",
        ja="{address}は公開されたインターネット上のアドレスではありません",
    )
    NOT_PUBLIC = Sentences(
        en="{host} is at {address}, which is not on the public Internet",
        es="{host} está en {address}, que no pertenece a la Internet pública",
        ja="{host}は{address}にあり、公開されたインターネット上のものではありません",
    )
    NO_ADDRESS = Sentences(
        en="no host {host} was found; check the address, and whether this computer is connected",
        es="no se encontró ningún servidor {host}; comprueba la dirección y la conexión de este equipo",
        ja="{host}というホストが見つかりません。アドレスと、このコンピューターの接続を確認してください",
    )
    STATUS = Sentences(
        en="its server answers {status} {reason}",
        es="su servidor responde {status} {reason}",
        ja="サーバーが{status} {reason}と答えました",
    )
    REDIRECTED = Sentences(
        en="it leads on to other addresses more than {limit} times",
        es="lleva a otras direcciones más de {limit} veces",
        ja="{limit}回を超えて別のアドレスへ転送されます",
    )
    TIMED_OUT = Sentences(
        en="it took longer than {limit_s:g} s, KAEDAMA_READ_TIMEOUT_S",
        es="tardó más de {limit_s:g} s, KAEDAMA_READ_TIMEOUT_S",
        ja="{limit_s:g}秒(KAEDAMA_READ_TIMEOUT_S)を超えました",
    )
    UNTRUSTED = Sentences(
        en="its certificate cannot be trusted ({detail})",
        es="no se puede confiar en su certificado ({detail})",
        ja="証明書を信頼できません({detail})",
    )
    BROKEN_OFF = Sentences(
        en="the connection failed or broke off ({detail})",
        es="la conexión falló o se cortó ({detail})",
        ja="接続できないか、途中で切れました({detail})",
    )


class PageRefused(DocumentError):
    """An address that is not asked, whatever is there."""

    sentences = Sentences(
        en="{url} is not fetched: {detail}. Give the address of a public page, or save the page in a browser and add the file.",
        es="{url} no se descarga: {detail}. Da la dirección de una página pública, o guarda la página en un navegador y añade el archivo.",
        ja=(
            "{url}は取得しません: {detail}。公開ページのアドレスを指定するか、ブラウザーでページを保存し、そのファイルを追加してください。"
        ),
    )


class PageUnreachable(DocumentError):
    """A page that did not come."""

    sentences = Sentences(
        en="{url} could not be fetched: {detail}. Open it in a browser; if it shows there, save it and add the file.",
        es="No se pudo descargar {url}: {detail}. Ábrela en un navegador; si allí se ve, guárdala y añade el archivo.",
        ja="{url}を取得できませんでした: {detail}。ブラウザーで開いて表示されるなら、保存してそのファイルを追加してください。",
    )
