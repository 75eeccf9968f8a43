"""Figures of other systems on the same sets, as a file of measurements has them in Markdown.

A section begins with `### SET (shared): ...`; its table has the columns `system`, `R@1`, `R@5`, `MRR@10`, `nDCG@10`, `ms/query`. Rows that
begin with a number are other systems.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from core.errors import FileUnreadable

_SECTION = re.compile(r"### (\w+) \(shared\): \d+ passages, (\d+) questions")
_ROW = re.compile(r"\|\s*(\d+\w?)\s+([^|]+?)\s*\|(.+)\|")
_NDCG = 3


@dataclass(frozen=True, slots=True)
class Peer:
    """A system, its number in the file, and its nDCG@10 on a set, in percent, over so many questions."""

    set: str
    number: str
    system: str
    ndcg: float
    questions: int


def read_peers(path: Path) -> list[Peer]:
    """The figures of a file, in its order; none where there is no such file. Raises FileUnreadable."""
    try:
        text = path.read_text("utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise FileUnreadable(name=str(path), detail=str(error)) from error
    found: list[Peer] = []
    name, questions = "", 0
    for line in text.splitlines():
        if line.startswith("#"):
            section = _SECTION.match(line)
            name, questions = (section[1], int(section[2])) if section else ("", 0)
        elif name and (row := _ROW.match(line)):
            cells = [cell.strip().strip("*") for cell in row[3].split("|")]
            found.append(Peer(name, row[1], row[2], float(cells[_NDCG]), questions))
    return found
