"""A page of the web, fetched because a person asked for it by its address.

The address may come from anywhere, and its server may answer with another one, so nothing inside of the network is ever asked: every
address on the way is resolved here, held against the ranges that are not public, and connected to by number, so that a name cannot lead
elsewhere a moment later. Proxies are not used: they would resolve names themselves.
"""

from __future__ import annotations

import hashlib
import http.client
import ipaddress
import mimetypes
import posixpath
import re
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import SplitResult, unquote, urljoin, urlsplit, urlunsplit

from core import background
from core.errors import FileEmpty, FileTooLarge, PageRefused, PageUnreachable, WebFault
from core.sentences import Phrase
from core.settings import Settings
from ingest.formats import EXTENSIONS, recognised
from ingest.loader import LoadedFile, safe_name

# Gives the addresses (IPv4 or IPv6, as text) of a host.
Resolve = Callable[[str, int], Sequence[str]]

_PORTS = {"http": 80, "https": 443}
_MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PIECE = 64 * 1024
_LONGEST_URL = 4_000
_FILE_NAME = re.compile(r"filename\*?=(?:UTF-8''([^;\s]+)|\"([^\"]{1,300})\"|([^;\s]+))", re.IGNORECASE)
# A page that is made by a program on its server has that program's extension.
_EXTENSIONS = {"text/html": ".html", "application/xhtml+xml": ".xhtml", "text/plain": ".txt", "application/pdf": ".pdf"}
_HEADERS = {
    "User-Agent": "Kaedama (reads one page that a person asked for)",
    "Accept": "text/html,application/xhtml+xml,application/pdf,text/*;q=0.9,*/*;q=0.5",
    "Accept-Encoding": "gzip, identity",
    "Connection": "close",
}


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a server sent: the address that was asked last, its headers that matter, its bytes."""

    url: str
    media_type: str
    disposition: str
    data: bytes


def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a host by the system. Raises OSError."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def is_public(address: str) -> bool:
    """Whether an address is one of the public Internet, as are all addresses of version 4 that it may stand for.

    https://www.iana.org/assignments/iana-ipv6-special-registry
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if not found.is_global or found.is_multicast or found.is_reserved or found.is_unspecified or found.is_loopback:
        return False
    if any(found in network for network in _NOT_PUBLIC if network.version == found.version):
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return True
    inner = [found.ipv4_mapped, found.sixtofour, *(found.teredo or ())]
    if found in _NAT64 or (int(found) >> 32) == 0:
        inner.append(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF))
    if (int(found) >> 32) & 0xFDFFFFFF == _ISATAP:
        inner.append(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF))
    return not found.is_site_local and all(is_public(str(one)) for one in inner if one is not None)


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# The upper half of an interface's number that holds an address of version 4 (RFC 5214, 6.1), without the bit that tells who gave it.
_ISATAP = 0x00005EFE
# For protocols, relays and documentation, of which some versions of Python take a part for public.
# https://www.iana.org/assignments/iana-ipv4-special-registry
_NOT_PUBLIC = (
    ipaddress.ip_network("192.0.0.0/24"),
    ipaddress.ip_network("192.88.99.0/24"),
    ipaddress.ip_network("3fff::/20"),
)


def fetch(url: str, settings: Settings, *, find: Resolve = resolve, allowed: Callable[[str], bool] = is_public) -> LoadedFile:
    """Fetch one page, following redirects by hand.

    Args:
        url: the page; it is the origin of the file that comes of it, without its fragment.
        settings: the largest file and the time that fetching may take, redirects included.
        find: gives the addresses of a host.
        allowed: says which addresses may be connected to.

    Raises:
        PageRefused: the page or a redirect is at no public address, or is no address of the web.
        PageUnreachable: its server does not answer, refuses, or takes too long.
        FileTooLarge, FileEmpty: the page is larger than is read, or holds nothing.
        UnknownType, TypeMismatch: its content is of no kind that is read.
    """
    url = url.strip()
    limit_s = settings.read_timeout_s

    def work(stop: threading.Event) -> Iterator[_Answer]:
        yield _followed(url, settings, find, allowed, stop)

    try:
        (answer,) = background.run(work, first_s=limit_s, between_s=limit_s, name="fetching")
    except background.SilenceError:
        raise PageUnreachable(url=url, detail=WebFault.TIMED_OUT(limit_s=limit_s)) from None
    name = _name(answer)
    if not answer.data.strip(b"\0 \t\r\n\f"):
        raise FileEmpty(name=name)
    origin = urlunsplit(urlsplit(url)._replace(fragment=""))
    return LoadedFile(name, origin, answer.data, hashlib.sha256(answer.data).hexdigest(), recognised(name, answer.data).media_type)


def _followed(url: str, settings: Settings, find: Resolve, allowed: Callable[[str], bool], stop: threading.Event) -> _Answer:
    """What is at an address, or where its server says that it is now."""
    asked = url
    for _ in range(_MOST_REDIRECTS + 1):
        parts, host, port = _checked(asked, url)
        address = _address(url, host, port, find, allowed)
        connection = _connect(parts.scheme, host, port, address, settings.read_timeout_s)
        response: http.client.HTTPResponse | None = None
        try:
            path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
            connection.request("GET", _quoted(path), headers=_HEADERS)
            response = connection.getresponse()
            target = response.headers.get("Location")
            if response.status in _REDIRECTS and target:
                asked = urljoin(asked, target)
                continue
            if response.status != http.client.OK:
                raise PageUnreachable(url=url, detail=WebFault.STATUS(status=response.status, reason=response.reason[:80]))
            data = _content(response, url, settings.max_file_mb, stop)
            return _Answer(asked, response.headers.get_content_type(), response.headers.get("Content-Disposition", ""), data)
        except ssl.SSLCertVerificationError as error:
            raise PageUnreachable(url=url, detail=WebFault.UNTRUSTED(detail=error.verify_message)) from error
        except TimeoutError:
            raise PageUnreachable(url=url, detail=WebFault.TIMED_OUT(limit_s=settings.read_timeout_s)) from None
        except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
            raise PageUnreachable(url=url, detail=WebFault.BROKEN_OFF(detail=_told(error))) from error
        finally:
            if response is not None:
                response.close()
            connection.close()
    raise PageUnreachable(url=url, detail=WebFault.REDIRECTED(limit=_MOST_REDIRECTS))


def _told(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__


def _checked(asked: str, url: str) -> tuple[SplitResult, str, int]:
    """The parts of an address, its host in ASCII, its port. Raises PageRefused."""
    try:
        parts = urlsplit(asked)
        host = (parts.hostname or "").encode("idna").decode("ascii") if not _is_number(parts.hostname) else str(parts.hostname)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError, UnicodeError):
        raise PageRefused(url=url, detail=WebFault.NOT_HTTP()) from None
    if not host or len(asked) > _LONGEST_URL:
        raise PageRefused(url=url, detail=WebFault.NOT_HTTP())
    if parts.username is not None or parts.password is not None:
        raise PageRefused(url=url, detail=WebFault.CREDENTIALS())
    return parts, host, port


def _is_number(host: str | None) -> bool:
    """Whether a host is an address of version 6, which no name is written like."""
    return host is not None and ":" in host


def _address(url: str, host: str, port: int, find: Resolve, allowed: Callable[[str], bool]) -> str:
    """The address to connect to. Raises PageRefused where any that the host has is not allowed, PageUnreachable where it has none."""
    try:
        found = list(find(host, port))
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise PageUnreachable(url=url, detail=WebFault.NO_ADDRESS(host=host))
    for address in found:
        if not allowed(address):
            raise PageRefused(url=url, detail=_not_public(host, address))
    return found[0]


def _not_public(host: str, address: str) -> Phrase:
    try:
        here = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return WebFault.NOT_PUBLIC(host=host, address=address)
    if here.is_loopback or here.is_unspecified:
        return WebFault.THIS_COMPUTER(host=host)
    return WebFault.PRIVATE(address=address) if host == address else WebFault.NOT_PUBLIC(host=host, address=address)


class _Pinned(http.client.HTTPConnection):
    """A connection to an address by number, under the name of its host."""

    def __init__(self, host: str, port: int, address: str, limit_s: float, context: ssl.SSLContext | None) -> None:
        super().__init__(host, port, timeout=limit_s)
        self._pinned, self._tls = address, context
        # The port that goes without saying is left out of the header Host.
        self.default_port = _PORTS["https" if context else "http"]

    def connect(self) -> None:
        """Connect to the address, not to whatever the name means now."""
        connected = socket.create_connection((self._pinned, self.port), self.timeout)
        try:
            self.sock = self._tls.wrap_socket(connected, server_hostname=self.host) if self._tls else connected
        except BaseException:
            connected.close()
            raise


def _connect(scheme: str, host: str, port: int, address: str, limit_s: float) -> _Pinned:
    return _Pinned(host, port, address, limit_s, ssl.create_default_context() if scheme == "https" else None)


def _quoted(path: str) -> str:
    """A path with what may not stand in a request percent-encoded."""
    return "".join(one if "!" <= one <= "~" else "".join(f"%{byte:02X}" for byte in one.encode()) for one in path)


def _content(response: http.client.HTTPResponse, url: str, max_mb: float, stop: threading.Event) -> bytes:
    """The bytes of an answer, unpacked; fewer where nobody waits for it any more.

    Raises FileTooLarge, PageUnreachable, OSError, HTTPException, zlib.error.
    """
    most = int(max_mb * 1e6)
    coding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip", "x-gzip", ""):
        raise PageUnreachable(url=url, detail=WebFault.BROKEN_OFF(detail=f"Content-Encoding: {coding[:40]}"))
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS) if "gzip" in coding else None
    found = bytearray()
    while not stop.is_set() and (piece := response.read1(_PIECE)):
        found += unpacker.decompress(piece, most - len(found) + 1) if unpacker else piece
        if len(found) > most:
            raise FileTooLarge(name=url, size_mb=len(found) / 1e6, limit_mb=max_mb)
    if response.length:
        raise http.client.IncompleteRead(bytes(found), response.length)
    return bytes(found)


def _name(answer: _Answer) -> str:
    """A name for the file: as its server calls it, else the end of its address, with the extension of its media type."""
    called = _FILE_NAME.search(answer.disposition)
    parts = urlsplit(answer.url)
    own = next((group for group in called.groups() if group), "") if called else posixpath.basename(parts.path.rstrip("/"))
    name = safe_name(unquote(own)).replace("/", " ") if own else parts.hostname or "page"
    suffix = posixpath.splitext(name)[1].lower()
    proper = _EXTENSIONS.get(answer.media_type) or mimetypes.guess_extension(answer.media_type) or ""
    fits = suffix == proper or mimetypes.guess_type(name)[0] == answer.media_type
    # "text/plain" says little: source code and tables are sent as that.
    if proper in EXTENSIONS and not fits and not (answer.media_type == "text/plain" and suffix in EXTENSIONS):
        name += proper
    return name


def document_name(page: LoadedFile) -> str:
    """What the document of a page is called: host, path and file name, with a mark of the query where there is one."""
    parts = urlsplit(page.origin)
    name = PurePosixPath(page.name)
    mark = f" {hashlib.blake2b(parts.query.encode(), digest_size=4).hexdigest()}" if parts.query else ""
    steps = [parts.hostname or "", *parts.path.split("/")[1:-1], f"{name.stem}{mark}{name.suffix}"]
    return safe_name("/".join(step.lstrip(".") for step in steps))  # what begins with a dot is hidden in a folder
