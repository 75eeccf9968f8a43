"""Question sets as files: NAME.docs.jsonl (id, lang, title, text), NAME.queries.jsonl (id, lang, question, answers, relevant)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import FileUnreadable, MeasurementFailed, PathMissing

DOCS, QUERIES = ".docs.jsonl", ".queries.jsonl"
_DOC = ("id", "lang", "title", "text")
_PAGE_QUERY = ("id", "question", "relevant", "answerable", "file")
_QUERY = ("id", "lang", "question", "answers", "relevant", "answerable")


@dataclass(frozen=True, slots=True)
class Doc:
    """One passage of a set, put into the library as a document of its own."""

    id: str
    language: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Query:
    """One question. `relevant` are ids of docs, empty where the set cannot answer it.

    `in_passage` are the answers as the passage has them where question and passage differ in language; `near` is the doc that an
    unanswerable question seems to be about, empty where the set does not say.
    """

    id: str
    language: str
    question: str
    answers: tuple[str, ...]
    relevant: frozenset[str]
    answerable: bool
    in_passage: tuple[str, ...] = ()
    near: str = ""


@dataclass(frozen=True, slots=True)
class PageQuery:
    """A question about one PDF, `file`. `relevant` are its evidence pages as FILE#pN: name without ending, physical page from 1.

    `answers` are the forms of the right value, any of which suffices; none where the set does not tell them.
    """

    id: str
    question: str
    file: str
    relevant: frozenset[str]
    answerable: bool
    cross: bool = False
    answers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Docs and questions about them, in the order of their files."""

    name: str
    docs: tuple[Doc, ...]
    queries: tuple[Query, ...]


def read_set(docs: Path, queries: Path) -> QuestionSet:
    """Read a set from its two files. Raises PathMissing, FileUnreadable, KaedamaError for a wrong line."""
    name = queries.name.removesuffix(QUERIES)
    return QuestionSet(name, tuple(map(_doc, _rows(docs, _DOC))), read_queries(queries))


def read_queries(path: Path) -> tuple[Query, ...]:
    """Questions alone, for documents that are elsewhere. Raises as `read_set`."""
    return tuple(map(_query, _rows(path, _QUERY)))


def read_page_queries(path: Path) -> list[PageQuery]:
    """Questions about PDFs; `cross` tells that question and document differ in language. Raises as `read_set`."""
    return [
        PageQuery(
            row["id"],
            row["question"],
            row["file"],
            frozenset(row["relevant"]),
            row["answerable"],
            bool(row.get("cross")),
            tuple(row.get("answers") or ()),
        )
        for row in _rows(path, _PAGE_QUERY)
    ]


def sets_in(directory: Path) -> list[QuestionSet]:
    """All sets of a folder by name. Raises PathMissing where there is none, and as `read_set`."""
    names = sorted(path.name.removesuffix(DOCS) for path in directory.glob(f"*{DOCS}"))
    whole = [name for name in names if (directory / f"{name}{QUERIES}").exists()]
    if not whole:
        raise PathMissing(name=str(directory / f"*{DOCS}"))
    return [read_set(directory / f"{name}{DOCS}", directory / f"{name}{QUERIES}") for name in whole]


def _doc(row: dict[str, Any]) -> Doc:
    return Doc(row["id"], row["lang"], row["title"] or "", row["text"])


def _query(row: dict[str, Any]) -> Query:
    in_passage = tuple(row.get("answers_passage_lang") or ())
    relevant, near = frozenset(row["relevant"]), row.get("near") or ""
    return Query(row["id"], row["lang"], row["question"], tuple(row["answers"]), relevant, row["answerable"], in_passage, near)


def _rows(path: Path, needed: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    try:
        lines = path.read_text("utf-8").split("\n")  # not splitlines: it also cuts at U+2028 inside a text
    except FileNotFoundError:
        raise PathMissing(name=str(path)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise FileUnreadable(name=str(path), detail=str(error)) from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise MeasurementFailed(detail=f"line {number} of {path} is not JSON") from error
        missing = [field for field in needed if not isinstance(row, dict) or field not in row]
        if missing:
            raise MeasurementFailed(detail=f"line {number} of {path} lacks {missing[0]}")
        yield row
