"""Pages of the web: only public addresses are asked, whatever names and redirects say; what comes has a size and a time."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from http.server import BaseHTTPRequestHandler

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DocumentError, FileEmpty, FileTooLarge, PageRefused, PageUnreachable, UnknownType, WebFault
from core.settings import Settings
from ingest.loader import LoadedFile
from ingest.web import fetch, is_public
from tests.pdfs import pdf
from tests.servers.threads import Threads

HTML = "<html><head><title>Broth</title></head><body><p>Words of a page.</p></body></html>"
SETTINGS = Settings(max_file_mb=1.0, read_timeout_s=20.0)
# Set to let a slow answer end.
LET_GO = threading.Event()


class Pages(BaseHTTPRequestHandler):
    """Answers by path."""

    seen: list[str] = []  # noqa: RUF012  # emptied by the fixture

    def log_message(self, *_: object) -> None:
        """Tests want no log."""

    def do_GET(self) -> None:
        self.seen.append(f"{self.headers['Host']} {self.path}")
        path, _, query = self.path.partition("?")
        answers = {
            "/page.php": ("text/html; charset=utf-8", HTML.encode()),
            "/%C3%B1/a%20b.txt": ("text/plain", b"Plain words."),
            "/code.py": ("text/plain", b"x = 1"),
            "/packed": ("text/html", gzip.compress(HTML.encode())),
            "/bomb": ("text/html", gzip.compress(b"x" * 5_000_000)),
            "/large": ("text/plain", b"word " * 300_000),
            "/empty": ("text/html", b" \n"),
            "/report": ("application/pdf", pdf("Words of a sheet.")),
            "/data": ("application/octet-stream", bytes(range(256))),
            "/named": ("text/markdown", b"# Title"),
        }
        if path == "/to":
            self.send_response(302)
            self.send_header("Location", query)
            self.end_headers()
        elif path == "/slow":
            self.send_response(200)
            self.end_headers()
            LET_GO.wait(30)
        elif path == "/cut":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"Words")
        elif path in answers:
            kind, body = answers[path]
            self.send_response(200)
            self.send_header("Content-Type", kind)
            if path in ("/packed", "/bomb"):
                self.send_header("Content-Encoding", "gzip")
            if path == "/named":
                self.send_header("Content-Disposition", "attachment; filename*=UTF-8''men%C3%BA.md")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        else:
            self.send_error(404)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = Threads(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server.server_address[1]
    LET_GO.set()
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def _afresh() -> None:
    Pages.seen.clear()


def found(host: str, port: int) -> Sequence[str]:
    """Every name is the test's server, but for one that is inside of the network."""
    return ["10.0.0.5"] if host == "inside.example" else ["127.0.0.1"]


def got(port: int, path: str, settings: Settings = SETTINGS) -> LoadedFile:
    return fetch(f"http://pages.example:{port}{path}", settings, find=found, allowed=lambda address: address == "127.0.0.1")


@pytest.mark.parametrize(
    ("path", "name", "media_type"),
    [
        ("/page.php?x=1#part", "page.php.html", "text/html"),
        ("/ñ/a b.txt", "a b.txt", "text/plain"),
        ("/code.py", "code.py", "text/x-source"),
        ("/packed", "packed.html", "text/html"),
        ("/report", "report.pdf", "application/pdf"),
        ("/named", "menú.md", "text/markdown"),
        ("/to?/page.php", "page.php.html", "text/html"),
    ],
)
def test_a_page_is_a_file_named_by_what_it_is(port: int, path: str, name: str, media_type: str) -> None:
    file = got(port, path)
    assert (file.name, file.media_type) == (name, media_type)
    assert file.origin == f"http://pages.example:{port}{path.partition('#')[0]}"
    assert len(file.sha256) == 64
    assert Pages.seen[0].startswith(f"pages.example:{port} /")


@pytest.mark.parametrize(
    ("path", "error", "words"),
    [
        ("/none", PageUnreachable, "its server answers 404 Not Found"),
        ("/cut", PageUnreachable, "broke off"),
        ("/large", FileTooLarge, "at most 1 MB"),
        ("/bomb", FileTooLarge, "at most 1 MB"),
        ("/empty", FileEmpty, "is empty"),
        ("/data", UnknownType, "binary data"),
        ("/to?/to?/to", PageUnreachable, "its server answers 302"),
        ("/to?http://inside.example/", PageRefused, "inside.example is at 10.0.0.5, which is not on the public Internet"),
        ("/to?file:///etc/passwd", PageRefused, "no address that begins with http"),
        ("/to?http://a:b@pages.example/", PageRefused, "holds a user name"),
    ],
)
def test_what_does_not_come_says_why(port: int, path: str, error: type[DocumentError], words: str) -> None:
    with pytest.raises(error) as told:
        got(port, path)
    assert words in str(told.value)


def test_a_circle_of_redirects_ends(port: int) -> None:
    with pytest.raises(PageUnreachable, match="more than 5 times"):
        got(port, "/to?" * 9 + "/none")
    assert len(Pages.seen) == 6


def test_a_server_that_goes_silent_is_given_up(port: int) -> None:
    with pytest.raises(PageUnreachable, match=r"longer than 0\.2 s, KAEDAMA_READ_TIMEOUT_S"):
        got(port, "/slow", replace(SETTINGS, read_timeout_s=0.2))


def test_a_name_is_asked_once_and_the_address_kept(port: int) -> None:
    """A name that means another address a moment later leads nowhere else."""
    asked: list[str] = []

    def changing(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.5"]

    file = fetch(f"http://rebind.example:{port}/page.php", SETTINGS, find=changing, allowed=lambda address: address == "127.0.0.1")
    assert file.media_type == "text/html"
    assert asked == ["rebind.example"]


def test_one_address_inside_of_the_network_refuses_a_name(port: int) -> None:
    with pytest.raises(PageRefused, match=r"both\.example is this computer itself"):
        fetch(f"http://both.example:{port}/page.php", SETTINGS, find=lambda *_: ["93.184.216.34", "127.0.0.1"])
    assert Pages.seen == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://0.0.0.0/", "http://2130706433/",
        "http://169.254.169.254/latest/meta-data/", "http://10.1.2.3/", "http://[fe80::1]/", "http://[fc00::1]/", "http://100.64.0.1/",
        "ftp://example.com/", "file:///etc/passwd", "javascript:alert(1)", "http:///x", "//example.com", "words", "", "http://x:99999/",
        "http://user:secret@example.com/", "http://\udc80/", "http://" + "a" * 70 + ".com/",
    ],
)  # fmt: skip
def test_the_network_itself_is_never_asked(url: str) -> None:
    with pytest.raises(PageRefused):
        fetch(url, SETTINGS)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("192.0.2.1", False),
        ("198.18.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("2001:0:4136:e378:8000:63bf:80ff:fffe", False),
        ("::7f00:1", False),
        ("fec0::1", False),
        ("3fff::1", False),
        ("2606:4700::5efe:7f00:1", False),
        ("2606:4700::200:5efe:7f00:1", False),
        ("2606:4700::5efe:5db8:d822", True),
        ("192.0.0.8", False),
        ("192.0.0.9", False),
        ("192.88.99.1", False),
        ("fe80::1%eth0", False),
        ("no address", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) == public


@given(st.ip_addresses(v=4))
def test_an_address_is_no_more_public_in_another_writing(address: object) -> None:
    assert not is_public(f"::ffff:{address}") or is_public(str(address))
    assert not is_public(f"64:ff9b::{address}") or is_public(str(address))


def test_a_name_without_an_address_is_told() -> None:
    with pytest.raises(PageUnreachable, match=r"no host none\.example was found"):
        fetch("http://none.example/", SETTINGS, find=lambda *_: [])


def test_a_computer_of_ones_own_is_called_so() -> None:
    here = "is this computer itself, and only pages of the public Internet are fetched"
    for host, said in (
        ("127.0.0.1", f"127.0.0.1 {here}"),
        ("localhost", f"localhost {here}"),
        ("10.0.0.1", "10.0.0.1 is not on the"),
    ):
        with pytest.raises(PageRefused) as refused:
            fetch(f"http://{host}/", SETTINGS)
        assert f": {said}" in str(refused.value)


def test_no_reason_ends_in_a_mark_of_its_own() -> None:
    for fault in WebFault:
        for text in (fault.value.en, fault.value.es, fault.value.ja):
            assert text[-1] not in ".?!。？", text
