"""What a confined process may not do, tried in one: whatever it tries, it says what became of it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from core.settings import ROOT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux confines a process wholly")

_TRIES = """
    import json, os, socket, subprocess, sys
    from ingest.worker.confinement import Rules, confine
    folder, duty, program = sys.argv[1:]
    held = confine(Rules(900, duty == "recognise", program))
    said = {"held": held}
    def attempt(name, act):
        try:
            said[name] = f"done: {act()!r}"[:80]
        except BaseException as error:
            said[name] = type(error).__name__
    attempt("write", lambda: open(f"{folder}/new.txt", "w"))
    attempt("overwrite", lambda: open(f"{folder}/old.txt", "r+"))
    attempt("remove", lambda: os.remove(f"{folder}/old.txt"))
    attempt("chmod", lambda: os.chmod(f"{folder}/old.txt", 0o777))
    attempt("read", lambda: open(f"{folder}/old.txt").read())
    attempt("list", lambda: os.listdir(folder))
    attempt("library", lambda: open("README.md").read())
    attempt("tcp", lambda: socket.create_connection(("127.0.0.1", 9), 1))
    attempt("udp", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    attempt("unix", lambda: socket.socket(socket.AF_UNIX))
    attempt("signal", lambda: os.kill(os.getppid(), 0))
    attempt("parent", lambda: open(f"/proc/{os.getppid()}/environ").read())
    attempt("memory", lambda: len(bytearray(1_000_000_000)))
    attempt("start", lambda: subprocess.run(["/bin/true"], check=True).returncode)
    attempt("import", lambda: [__import__(name).__name__ for name in ("python_calamine", "pptx", "lxml.etree", "pypdf", "trafilatura")])
    attempt("null", lambda: open("/dev/null", "w").write("x"))
    print(json.dumps(said))
"""


def tried(folder: Path, duty: str) -> dict[str, str]:
    """What became of each try."""
    (folder / "old.txt").write_text("private")
    code = textwrap.dedent(_TRIES)
    command = [sys.executable, "-c", code, str(folder), duty, shutil.which("tesseract") or ""]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    said: dict[str, str] = json.loads(done.stdout)
    assert (folder / "old.txt").read_text() == "private"
    if not any(one.startswith("landlock") for one in said["held"]) or "seccomp" not in said["held"]:
        pytest.skip(f"this kernel holds only {said['held']}")
    return said


@pytest.mark.parametrize("duty", ["read", "recognise"])
def test_a_confined_process_writes_and_reaches_nothing(tmp_path: Path, duty: str) -> None:
    said = tried(tmp_path, duty)
    refused = {name: what for name, what in said.items() if what == "PermissionError"}
    expected = {"write", "overwrite", "remove", "chmod", "read", "list", "library", "tcp", "udp", "unix", "signal", "parent"}
    assert set(refused) >= expected, said
    assert said["memory"] == "MemoryError"
    assert said["import"] == "done: ['python_calamine', 'pptx', 'lxml', 'pypdf', 'trafilatura']"
    assert said["null"] == "done: 1"


def test_only_a_process_that_recognises_may_start_programs(tmp_path: Path) -> None:
    assert tried(tmp_path, "read")["start"] == "PermissionError"
    assert tried(tmp_path, "recognise")["start"] == "done: 0"
