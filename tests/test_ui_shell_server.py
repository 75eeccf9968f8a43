"""Listening and ending: addresses of both families, a taken port, and an end within seconds whatever runs."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import PortTaken
from core.settings import ROOT
from tests.serving import free_port, served
from ui.shell.server import listen, url


@pytest.mark.parametrize(
    ("host", "shown"),
    [("127.0.0.1", "http://127.0.0.1:7"), ("::1", "http://[::1]:7"), ("::", "http://[::]:7"), ("localhost", "http://localhost:7")],
)
def test_the_address_is_written_as_browsers_take_it(host: str, shown: str) -> None:
    assert url(host, 7) == shown


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_taken_port_is_an_error_in_words(host: str) -> None:
    port = free_port()
    with contextlib.ExitStack() as stack:
        for one in listen(host, port):
            stack.enter_context(one)
        with pytest.raises(PortTaken):
            listen(host, port)
    for one in listen(host, port):  # both families were let go
        one.close()


def test_a_host_that_is_not_here_is_an_error_in_words() -> None:
    with pytest.raises(PortTaken):
        listen("192.0.2.1", free_port())


@pytest.mark.slow
def test_the_page_comes_up_on_ipv6_and_behind_dead_proxies(tmp_path: Path) -> None:
    dead = "http://127.0.0.1:9"
    proxies = {"HTTP_PROXY": dead, "HTTPS_PROXY": dead, "http_proxy": dead, "ALL_PROXY": "socks5://127.0.0.1:9", "NO_PROXY": ""}
    with served(tmp_path, host="::1", environ=proxies) as address:
        assert address.startswith("http://[::1]:")


# An answer, a reading or a download does not keep the process; threads that never look up are the hardest of these.
_HANGS = """
import sys, threading, time
import gradio as gr
from pathlib import Path
from core.settings import Settings
from service.uploads import Uploads
from ui.shell.server import run
from ui.shell.site import build
from app import leave

library, port = Path(sys.argv[1]), int(sys.argv[2])
began = threading.Event()

def hang():
    began.set()
    while True:
        time.sleep(60)

with gr.Blocks(analytics_enabled=False) as blocks:
    blocks.load(hang)
blocks.queue()
site = build(blocks, Settings(library=library, port=port), uploads=Uploads(library, limit=1000))

def ask():
    import urllib.request, json
    jar = urllib.request.HTTPCookieProcessor()
    opener = urllib.request.build_opener(jar, urllib.request.ProxyHandler({}))
    home = f"http://127.0.0.1:{port}"
    opener.open(home + "/").read()
    body = json.dumps({"fn_index": 0, "data": [], "session_hash": "t"}).encode()
    opener.open(urllib.request.Request(home + "/gradio_api/queue/join", body, {"content-type": "application/json"})).read()
    stream = opener.open(home + "/gradio_api/queue/data?session_hash=t")
    stream.readline()
    began.wait()
    print("hangs", flush=True)
    stream.read()

asking = threading.Thread(target=ask, daemon=True)
run(site, "127.0.0.1", port, started=asking.start, until=sys.stdin.readline)
leave()
"""


@pytest.mark.slow
def test_a_handler_that_hangs_does_not_keep_the_process(tmp_path: Path) -> None:
    app = subprocess.Popen(
        [sys.executable, "-c", _HANGS, str(tmp_path), str(free_port())],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert app.stdin is not None
    assert app.stdout is not None
    try:
        assert app.stdout.readline() == "hangs\n"
        app.stdin.close()
        assert app.wait(timeout=60) == 0
    finally:
        app.kill()
        app.wait()
        app.stdout.close()


@pytest.mark.slow
def test_a_second_app_on_the_port_says_so(tmp_path: Path) -> None:
    port = free_port()
    with served(tmp_path / "one", port=port):
        environment = dict(os.environ) | {"KAEDAMA_LIBRARY": str(tmp_path / "two"), "KAEDAMA_PORT": str(port)}
        done = subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Port {port} on 127.0.0.1 is taken")
    assert "Traceback" not in done.stderr
