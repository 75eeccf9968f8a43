"""Nothing leaves this machine: ingest, ask and the page run under two watches that see every address anyone connects to.

One watch is Python's own (an audit hook that every process of the program loads); the other is the kernel's, by strace where it is
installed, and sees native libraries too.
"""

from __future__ import annotations

import ipaddress
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from core.settings import ROOT
from tests.commands import command, environment, json_lines

pytestmark = pytest.mark.slow

# Writes every address that Python code connects to, sends to or looks up.
HOOK = """
import os, sys

def told(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        where = address[0] if isinstance(address, tuple) else "unix"
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        where = arguments[0]
    else:
        return
    line = f"{where or 'localhost'}\\n".encode(errors="replace")
    os.write(log, line)

log = os.open(os.environ["WATCH_LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
sys.addaudithook(told)
"""
_CALL = re.compile(r"\b(?:connect|sendto|sendmsg|sendmmsg)\(")
_ADDRESS = re.compile(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"')
_NAME_SERVER = re.compile(r"htons\(53\)")
needs_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


def stays_here(host: str) -> bool:
    """Whether an address or a name is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in ("localhost", "unix")


@dataclass(slots=True)
class Watch:
    """Runs commands and keeps what the two watches saw."""

    folder: Path
    hosts: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def start(self, arguments: list[str], env: dict[str, str]) -> subprocess.Popen[str]:
        """Start a command under watch."""
        (self.folder / "sitecustomize.py").write_text(HOOK)
        env = env | {"PYTHONPATH": str(self.folder), "WATCH_LOG": str(self.folder / "hosts"), "HOME": str(self.folder)}
        strace = ["strace", "-f", "-qq", "--seccomp-bpf", "-e", "trace=network", "-o", str(self.folder / "calls"), "--"]
        words = [*strace, *arguments] if shutil.which("strace") else arguments
        return subprocess.Popen(
            words, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def finish(self, process: subprocess.Popen[str], seconds: float = 120.0) -> tuple[int, str, str]:
        """Wait for its end and read the logs. Returns status and outputs."""
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:  # told once, here, and not to the tests that follow
            process.kill()
            process.communicate()
            raise
        for name, kept in (("hosts", self.hosts), ("calls", self.calls)):
            log = self.folder / name
            if log.exists():
                kept += log.read_text("utf-8", "replace").splitlines()
                log.unlink()
        return process.returncode, out, err

    @property
    def strangers(self) -> list[str]:
        """Addresses beyond this machine that Python code spoke to or looked up."""
        return [host for host in self.hosts if not stays_here(host)]

    @property
    def strange_calls(self) -> list[str]:
        """System calls that speak to an address beyond this machine, or to any name server."""
        spoken = [line for line in self.calls if _CALL.search(line)]
        away = [line for line in spoken if any(not stays_here(a or b) for a, b in _ADDRESS.findall(line))]
        return away + [line for line in spoken if _NAME_SERVER.search(line)]


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    """A watch of this test's own."""
    return Watch(tmp_path)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> tuple[Watch, Path]:
    """The watch after an ingest of the samples, and the library it made."""
    folder = tmp_path_factory.mktemp("offline")
    watch = Watch(folder)
    library = folder / "library"
    process = watch.start(command("ingest", ROOT / "data" / "samples", "--json"), environment(library))
    status, out, err = watch.finish(process)
    assert status == 0, err
    assert json_lines(out)[-1]["added"] == 3
    return watch, library


def assert_nobody_was_told(watch: Watch) -> None:
    """Both watches saw this machine only."""
    assert watch.strangers == []
    assert watch.strange_calls == []


# The watches themselves

LEAK = """
import socket
for family, host in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
    with socket.socket(family) as out:
        out.settimeout(0.1)
        out.connect_ex((host, 9))
try:
    socket.getaddrinfo("kaedama.invalid", 80)
except OSError:
    pass
with socket.socket() as here:
    here.connect_ex(("127.0.0.1", 9))
"""


def test_the_hook_sees_connections_and_look_ups(watch: Watch) -> None:
    watch.finish(watch.start([sys.executable, "-c", LEAK], environment(watch.folder)))
    assert watch.strangers == ["192.0.2.1", "2001:db8::1", "kaedama.invalid"]
    assert "127.0.0.1" in watch.hosts


@needs_strace
def test_the_trace_sees_connections_and_look_ups(watch: Watch) -> None:
    watch.finish(watch.start([sys.executable, "-c", LEAK], environment(watch.folder)))
    seen = "\n".join(watch.strange_calls)
    assert "192.0.2.1" in seen
    assert "2001:db8::1" in seen
    assert "127.0.0.1" not in seen


# The program


def test_reading_documents_tells_nobody(session: tuple[Watch, Path]) -> None:
    watch, _ = session
    assert_nobody_was_told(watch)


def test_asking_tells_nobody(session: tuple[Watch, Path]) -> None:
    watch, library = session
    question = "How large is the 4-bit file of Gemma 3 270M?"
    status, out, err = watch.finish(watch.start(command("rag", "ask", question), environment(library)))
    assert status == 0, err
    assert re.match(r"conversation \w{12} .*\nLoading the search model\.\n\d+ passages in \d+ ms\n", err)
    assert out.strip()
    assert "127.0.0.1" in watch.hosts, "the hook saw the engine's own port"
    assert not watch.calls or any("127.0.0.1" in line for line in watch.calls), "so did the trace"
    assert_nobody_was_told(watch)


@pytest.mark.skipif(not (ROOT / "app.py").exists(), reason="there is no page yet")
def test_the_page_tells_nobody(session: tuple[Watch, Path]) -> None:
    watch, library = session
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = watch.start([sys.executable, "app.py"], environment(library, port=str(port)))
    try:
        page = first_answer(f"http://127.0.0.1:{port}/", process)
        time.sleep(2.0)  # whatever starts in the background after the first answer
    finally:
        for child in children_named(process, "app.py"):
            child.send_signal(signal.SIGTERM)
        status, _, err = watch.finish(process)
    assert "Kaedama" in page
    assert (status, "Traceback" in err) == (0, False), err
    assert_nobody_was_told(watch)


def children_named(process: subprocess.Popen[str], name: str) -> list[psutil.Process]:
    """The Python process itself: under strace it is a child."""
    me = psutil.Process(process.pid)
    return [found for found in (me, *me.children(recursive=True)) if name in found.cmdline() and "strace" not in found.name()]


def first_answer(url: str, process: subprocess.Popen[str], seconds: float = 90.0) -> str:
    """The page, as soon as it is served."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return str(answer.read().decode())
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    pytest.fail(f"no answer at {url}")
