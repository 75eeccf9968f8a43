"""The command lines as a person runs them: a process of their own, with an environment of their own."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.command import guarded
from core.settings import PREFIX, ROOT

# An address where no server listens.
NOBODY = "http://127.0.0.1:9"


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left: its exit status and both outputs."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The JSON lines of the output."""
        return json_lines(self.out)


def json_lines(text: str) -> list[dict[str, Any]]:
    """One object a line."""
    return [json.loads(line) for line in text.splitlines()]


def environment(library: Path, **settings: str) -> dict[str, str]:
    """A bare environment with these settings of Kaedama: `model="x"` is KAEDAMA_MODEL.

    No Ollama is asked, so that answers do not depend on what else runs on this machine.
    """
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    chosen = {"library": str(library), "models": str(ROOT / "data" / "models"), "ollama_url": NOBODY, **settings}
    return kept | {PREFIX + name.upper(): value for name, value in chosen.items()}


def command(module: str, *arguments: str | Path, before: Sequence[str] = ()) -> list[str]:
    """The words of `python -m module arguments`."""
    return [sys.executable, *before, "-m", module, *map(str, arguments)]


def run(env: Mapping[str, str], module: str, *arguments: str | Path, before: Sequence[str] = (), said: str = "") -> Ran:
    """Run `python -m module arguments` to its end; `said` is what the person types."""
    words = command(module, *arguments, before=before)
    done = subprocess.run(words, cwd=ROOT, env=env, input=said, capture_output=True, text=True, encoding="utf-8", check=False)
    return Ran(done.returncode, done.stdout, done.stderr)


def run_here(env: Mapping[str, str], module: str, *arguments: str | Path) -> Ran:
    """The same within this process, which has loaded the heavy packages once for all."""
    main = importlib.import_module(f"{module}.__main__").main
    out, err = io.StringIO(), io.StringIO()
    before, words = dict(os.environ), sys.argv
    for name in [name for name in os.environ if name.startswith((PREFIX, "OLLAMA_"))]:
        del os.environ[name]
    os.environ.update(env)
    sys.argv = [f"{module}/__main__.py", *map(str, arguments)]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = guarded(main)
    except SystemExit as end:
        status = int(str(end.code))
    finally:
        sys.argv = words
        os.environ.clear()
        os.environ.update(before)
    return Ran(status, out.getvalue(), err.getvalue())
