"""Results kept as they come, one JSON object a line, so that a run that was stopped goes on where it was and a failure loses nothing else."""

from __future__ import annotations

import json
import logging
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.errors import KaedamaError, MeasurementFailed
from core.log import as_error

Json = dict[str, object]
Progress = Callable[[str], None]
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Key:
    """What makes two measurements the same: what was measured, on which set, how much of it, with which model, of which code.

    `limit` is how many questions at most, 0 for all; `model` is "" where none is asked; `revision` as `revision_of` tells it.
    """

    command: str
    set: str
    limit: int
    model: str
    revision: str


@dataclass(frozen=True, slots=True)
class Measurement:
    """Something to be measured."""

    key: Key
    measure: Callable[[], Json]


@dataclass(frozen=True, slots=True)
class Row:
    """What came of a measurement: a result, or the sentence of its error. `at` is when it ended (ISO 8601, UTC); it took `seconds`."""

    key: Key
    at: str
    seconds: float
    result: Json
    error: str = ""

    def to_json(self) -> Json:
        """The row as a line of the file."""
        told: Json = asdict(self.key) | {"at": self.at, "seconds": self.seconds}
        return told | ({"error": self.error} if self.error else {"result": self.result})


class Kept:
    """A file of rows; in memory only where there is no path."""

    def __init__(self, path: Path | None = None) -> None:
        """Read what is there. Raises MeasurementFailed for a line that is no row, but for a last one that was cut."""
        self._path = path
        self._rows: dict[Key, Row] = {}
        if path is not None and path.exists():
            for row in _read(path):
                self._rows[row.key] = row

    def result(self, key: Key) -> Row | None:
        """The row of an earlier run, where it has a result."""
        row = self._rows.get(key)
        return row if row is not None and not row.error else None

    def add(self, row: Row) -> None:
        """Keep a row. Raises MeasurementFailed where the file cannot be written."""
        self._rows[row.key] = row
        if self._path is None:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            whole = not self._path.exists() or self._path.read_bytes()[-1:] in (b"", b"\n")
            with self._path.open("a", encoding="utf-8") as file:
                file.write(("" if whole else "\n") + json.dumps(row.to_json(), ensure_ascii=False) + "\n")
        except OSError as error:
            raise MeasurementFailed(detail=f"{self._path} cannot be written: {error.strerror}") from error


def run(measurements: Iterable[Measurement], kept: Kept, say: Progress) -> Iterator[Row]:
    """Measure in turn what is not kept yet; every row as it comes, also of what failed."""
    for one in measurements:
        name = f"{one.key.command} {one.key.set}"
        if (known := kept.result(one.key)) is not None:
            say(f"{name}: kept from {known.at}")
            yield known
            continue
        started = time.perf_counter()
        result, failure = _measured(one)
        if failure:
            say(f"{name}: {failure}")
        at = datetime.now(UTC).isoformat(timespec="seconds")
        row = Row(one.key, at, round(time.perf_counter() - started, 1), result, failure)
        kept.add(row)
        yield row


def revision_of(root: Path) -> str:
    """The commit of a checkout, with "+" where files but those of docs/ were changed since; "" where git does not tell."""
    commit = _git(root, "rev-parse", "--short=7", "HEAD")
    changed = _git(root, "status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs")
    return commit + ("+" if commit and changed else "")


def _git(root: Path, *words: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=False)
    except OSError:
        return ""  # no git here
    return done.stdout.strip() if done.returncode == 0 else ""


def _measured(one: Measurement) -> tuple[Json, str]:
    try:
        return one.measure(), ""
    except KaedamaError as error:
        return {}, str(error)
    except Exception as error:  # noqa: BLE001  # whatever one measurement meets, the others are made
        return {}, str(as_error(error, _log, "a measurement"))


def _read(path: Path) -> Iterator[Row]:
    lines = path.read_text("utf-8").split("\n")
    last = max((number for number, line in enumerate(lines, start=1) if line.strip()), default=0)
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield _row(json.loads(line))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            if number < last:
                raise MeasurementFailed(detail=f"line {number} of {path} is no result") from error


def _row(data: Json) -> Row:
    limit, seconds, result = data["limit"], data["seconds"], data.get("result", {})
    if not isinstance(limit, int) or not isinstance(seconds, int | float) or not isinstance(result, dict):
        raise TypeError("limit and seconds are numbers, a result is an object")
    words = {name: str(data[name]) for name in ("command", "set", "model", "revision")}
    return Row(Key(limit=limit, **words), str(data["at"]), seconds, result, str(data.get("error", "")))
