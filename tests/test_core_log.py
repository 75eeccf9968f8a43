"""The log: one line an event, no content unless asked for, other libraries in the same form, defects with their place."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.command import FAILED, guarded
from core.log import CONTENTS, LEVELS, PACKAGES, LineFormatter, configure
from core.settings import ROOT, read_settings

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ [A-Z]+ [\w.]+: .*")
LOG = logging.getLogger("rag.test")


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """Loggers as they were."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {name: logging.getLogger(name).level for name in PACKAGES}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


@pytest.mark.parametrize("level", LEVELS)
def test_the_setting_says_from_which_level_on(level: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure(read_settings({"KAEDAMA_LOG": level}).log)
    for number in LEVELS.values():
        LOG.log(number, "event %d", number)
    assert capsys.readouterr().err.count("event") == sum(number >= LEVELS[level] for number in LEVELS.values())


def test_other_libraries_are_heard_from_warnings_on_in_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    configure("contents")
    for name in ("uvicorn.access", "gradio", "chromadb.api", "httpx", "anything"):
        logging.getLogger(name).info("chatter")
        logging.getLogger(name).warning("trouble")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 5
    assert all(LINE.fullmatch(line) and line.endswith("trouble") for line in lines)


def test_a_second_call_replaces_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info")
    configure("info")
    LOG.info("once")
    assert capsys.readouterr().err.count("once") == 1


@given(st.text())
def test_every_event_is_one_line_without_control_characters(text: str) -> None:
    said = LineFormatter(contents=False).format(logging.LogRecord("rag", logging.INFO, "", 0, "%s", (text,), None))
    assert said.isprintable()
    assert LINE.fullmatch(said)


@pytest.mark.parametrize("level", ["debug", "contents"])
def test_a_defect_has_its_place_and_its_words_only_where_contents_are_logged(
    level: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(level)

    def fails() -> None:
        try:
            raise KeyError("the secret\nquestion")
        except KeyError as error:
            raise ValueError("a secret document") from error

    try:
        fails()
    except ValueError:
        LOG.exception("it ended in a defect")
    first, *rest = capsys.readouterr().err.splitlines()
    assert LINE.fullmatch(first)
    assert all(line.startswith("  ") for line in rest)
    assert [line.strip() for line in rest if "test_core_log" in line]
    assert rest[-1].startswith("  ValueError")
    assert ("secret" in "".join(rest)) == (level == "contents")


def test_a_command_that_ends_in_a_defect_says_so_and_logs_where(capsys: pytest.CaptureFixture[str]) -> None:
    configure("warning")

    def main() -> int:
        raise ZeroDivisionError("a secret document")

    assert guarded(main) == FAILED
    *logged, said = capsys.readouterr().err.splitlines()
    assert said.startswith("This is a fault of Kaedama itself (ZeroDivisionError)")
    assert "the command ended in a defect" in logged[0]
    assert "secret" not in "".join([*logged, said])


def test_every_package_of_the_project_follows_the_setting() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages <= set(PACKAGES)
    assert CONTENTS < logging.DEBUG


def test_loggers_are_named_after_their_modules() -> None:
    for folder in PACKAGES:
        for path in (ROOT / folder).rglob("*.py"):
            for call in re.findall(r"logging\.getLogger\(([^)]*)\)", path.read_text("utf-8")):
                assert call == "__name__" or path == Path(ROOT, "core", "log.py"), path
