"""Who is let in: hosts, origins, routes and callers, as pure checks."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from core.errors import LibraryUnwritable
from ui.shell.gates import caller_check, host_check, origin_check, route_check
from ui.shell.keys import KEY_FILE, TOKEN_FILE, Caller, Sessions
from ui.shell.words import shell_words


def scope(path: str = "/", method: str = "GET") -> Scope:
    return {"type": "http", "method": method, "path": path, "headers": [], "query_string": b""}


@pytest.mark.parametrize(
    ("host", "given", "status"),
    [
        ("127.0.0.1", "127.0.0.1:7860", None),
        ("127.0.0.1", "localhost:7860", None),
        ("127.0.0.1", "LOCALHOST", None),
        ("127.0.0.1", "[::1]:7860", None),
        ("127.0.0.1", "127.8.8.8:1", None),
        ("127.0.0.1", "evil.example", 421),
        ("127.0.0.1", "evil.example:7860", 421),
        ("127.0.0.1", "localhost.evil.example:7860", 421),
        ("127.0.0.1", "127.0.0.1.evil.example", 421),
        ("127.0.0.1", "192.168.1.5:7860", 421),
        ("127.0.0.1", "user@127.0.0.1", 421),
        ("127.0.0.1", "127.0.0.1:7860, evil.example", 421),
        ("127.0.0.1", "", 421),
        ("::1", "[::1]:7860", None),
        ("192.168.1.5", "192.168.1.5:7860", None),
        ("192.168.1.5", "192.168.1.6:7860", 421),
        ("0.0.0.0", "192.168.1.5:7860", None),
        ("::", "[fe80::1]:7860", None),
        ("0.0.0.0", "kaedama.example", 421),
        ("den.home.arpa", "den.home.arpa:7860", None),
    ],
)
def test_only_the_pages_own_host_is_answered(host: str, given: str, status: int | None) -> None:
    assert host_check(host)(scope(), Headers({"host": given})) == status


def test_further_names_are_set_by_the_owner() -> None:
    check = host_check("0.0.0.0", [" Kaedama.example ", ""])
    assert check(scope(), Headers({"host": "kaedama.example"})) is None
    assert check(scope(), Headers({"host": "other.example"})) == 421


def test_two_hosts_or_none_are_nobodys() -> None:
    twice = Headers(raw=[(b"host", b"127.0.0.1"), (b"host", b"evil.example")])
    assert host_check("127.0.0.1")(scope(), twice) == 421
    assert host_check("127.0.0.1")(scope(), Headers({})) == 421


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, None),
        ({"origin": "http://127.0.0.1:7860"}, None),
        ({"origin": "https://127.0.0.1:7860"}, None),
        ({"origin": "http://127.0.0.1:7861"}, 403),
        ({"origin": "http://127.0.0.1"}, 403),
        ({"origin": "http://localhost:7860"}, 403),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "same-origin"}, None),
        ({"sec-fetch-site": "none"}, None),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}, None),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}, 403),
    ],
)
def test_another_origin_gets_nothing(given: dict[str, str], status: int | None) -> None:
    assert origin_check(scope(), Headers({"host": "127.0.0.1:7860", **given})) == status


def test_a_link_from_elsewhere_leads_to_the_page_only() -> None:
    link = Headers({"host": "a", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"})
    assert origin_check(scope("/gradio_api/queue/data"), link) == 403
    assert origin_check(scope("/", "POST"), link) == 403


GONE = [
    ("GET", "/monitoring"),
    ("GET", "/monitoring/summary"),
    ("GET", "/openapi.json"),
    ("GET", "/gradio_api/openapi.json"),
    ("GET", "/docs"),
    ("GET", "/gradio_api/startup-events"),
    ("GET", "/gradio_api/file=http://127.0.0.1:9/x"),
    ("GET", "/gradio_api/file=/etc/passwd"),
    ("GET", "/gradio_api/proxy=http://127.0.0.1:9/x"),
    ("GET", "/gradio_api/runs"),
    ("GET", "/gradio_api/token"),
    ("GET", "/manifest.json"),
    ("POST", "/gradio_api/run/delete"),
    ("POST", "/gradio_api/api/delete"),
    ("POST", "/gradio_api/component_server"),
    ("POST", "/gradio_api/call/v2/delete"),
    ("POST", "/login"),
    ("POST", "/"),
    ("OPTIONS", "/"),
    ("DELETE", "/gradio_api/queue/data"),
]


@pytest.mark.parametrize(("method", "path"), GONE)
def test_what_nobody_needs_is_not_there(method: str, path: str) -> None:
    assert route_check()(scope(path, method), Headers({})) == 404


def test_the_pages_own_routes_are_there_and_need_a_session(tmp_path: Path) -> None:
    def answer(_: object) -> Response:
        return Response()

    own = [Route("/page/{number:int}.webp", answer, methods=["GET"])]
    sessions = Sessions(tmp_path, 7860)
    for path, there in (("/page/3.webp", True), ("/page/x.webp", False)):
        assert (route_check(own)(scope(path), Headers({})) is None) == there
    assert caller_check(sessions, own)(scope("/page/3.webp"), Headers({})) == 403
    assert caller_check(sessions, own)(scope("/page/3.webp"), cookie(sessions)) is None


def cookie(sessions: Sessions) -> Headers:
    return Headers({"cookie": sessions.new().partition(";")[0]})


def token(library: Path) -> Headers:
    return Headers({"authorization": f"Bearer {(library / TOKEN_FILE).read_text()}"})


def test_callers_are_told_apart(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path, 7860)
    mine, other = cookie(sessions), cookie(sessions)
    caller = sessions.caller(mine)
    assert caller is not None
    assert not caller.program
    assert caller == sessions.caller(mine)
    assert caller != sessions.caller(other)
    assert sessions.caller(token(tmp_path)) == Caller("program", program=True)
    assert sessions.caller(Headers({})) is None
    assert sessions.caller(Headers({"authorization": "Bearer wrong"})) is None
    assert sessions.caller(Headers({"authorization": "Bearer ", **mine})) is None
    # Every character of the signature but the last counts whole; two bits of the last are padding.
    session, _, signature = mine["cookie"].rpartition(".")
    for at in range(len(signature) - 1):
        forged = signature[:at] + ("a" if signature[at] != "a" else "b") + signature[at + 1 :]
        assert sessions.caller(Headers({"cookie": f"{session}.{forged}"})) is None
    assert sessions.caller(Headers({"cookie": "kaedama-7860=x"})) is None


def test_sessions_outlive_a_restart_and_belong_to_one_library(tmp_path: Path) -> None:
    given = cookie(Sessions(tmp_path / "a", 7860))
    assert Sessions(tmp_path / "a", 7860).caller(given) is not None
    assert Sessions(tmp_path / "b", 7860).caller(given) is None


def test_secrets_are_for_their_owner_only(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text("short")
    (tmp_path / KEY_FILE).chmod(0o644)
    Sessions(tmp_path, 7860)
    for name in (KEY_FILE, TOKEN_FILE):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
        assert len((tmp_path / name).read_text()) >= 32
    assert (tmp_path / KEY_FILE).read_text() != (tmp_path / TOKEN_FILE).read_text()


def test_a_library_that_cannot_keep_secrets_is_an_error_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LibraryUnwritable):
        Sessions(tmp_path / "file", 7860)


@pytest.mark.parametrize(
    ("method", "path", "page", "program", "nobody"),
    [
        ("GET", "/", None, None, None),
        ("GET", "/assets/x.js", None, None, None),
        ("GET", "/config", 404, None, 404),
        ("GET", "/gradio_api/info", 404, None, 403),
        ("GET", "/gradio_api/queue/data", None, None, 403),
        ("GET", "/gradio_api/upload_progress", None, 403, 403),
        ("GET", "/gradio_api/heartbeat/x", None, None, 403),
        ("GET", "/gradio_api/call/ask/1", 404, None, 403),
        ("POST", "/gradio_api/queue/join", None, None, 403),
        ("POST", "/gradio_api/call/ask", 404, None, 403),
        ("POST", "/gradio_api/run/predict", None, 403, 403),
        ("POST", "/gradio_api/upload", None, 403, 403),
    ],
)
def test_page_and_programs_have_routes_of_their_own(
    tmp_path: Path, method: str, path: str, page: int | None, program: int | None, nobody: int | None
) -> None:
    sessions = Sessions(tmp_path, 7860)
    check = caller_check(sessions)
    assert check(scope(path, method), cookie(sessions)) == page
    assert check(scope(path, method), token(tmp_path)) == program
    assert check(scope(path, method), Headers({})) == nobody


def test_words_of_the_shell_are_there_in_every_language() -> None:
    every = shell_words()
    assert set(every) == {"en", "ja", "es"}
    keys = set(every["en"])
    assert all(set(words) == keys and all(words.values()) for words in every.values())
    script = (Path(__file__).parents[1] / "ui/shell/static/shell.js").read_text("utf-8")
    assert {key for key in keys if f"'{key}'" not in script} == {"script"}, "said by the page's HTML alone"
