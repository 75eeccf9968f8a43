"""What reading a document has shown, as one value: kept in the catalog with the version, shown on the page and on the command line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from core.errors import ReadingWarning
from core.instructions import instructions
from core.sentences import Phrase, phrase_from
from core.types import Chunk, Document, PageKind
from ingest.parsers.pictured import shortened


@dataclass(frozen=True, slots=True)
class Seconds:
    """Time that each step took for one document, in seconds.

    `embed` is its share, by passages, of the batches that it was embedded in.
    """

    load: float = 0.0
    parse: float = 0.0
    embed: float = 0.0
    store: float = 0.0

    @property
    def whole(self) -> float:
        """The sum of all steps."""
        return self.load + self.parse + self.embed + self.store


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a document's pages and passages.

    `pages` counts pages by kind, without kinds of which there is none. `languages` are ISO 639-1 codes, the commonest first. `hidden` counts
    characters that were left out because no reader sees them. `unread` are the numbers of pages whose text could not be had: garbled ones,
    pictures, and those that failed. `warnings` say what else a reader should know, such as text that speaks to a language model.
    """

    pages: Mapping[PageKind, int]
    languages: tuple[str, ...] = ()
    tables: int = 0
    hidden: int = 0
    garbled: tuple[int, ...] = ()
    unread: tuple[int, ...] = ()
    passages: int = 0
    seconds: Seconds = Seconds()
    warnings: tuple[Phrase, ...] = ()

    @classmethod
    def of(cls, document: Document, chunks: Sequence[Chunk], seconds: Seconds) -> Report:
        """The report of a document that was read and cut."""
        spoken = Counter(chunk.language for chunk in chunks)
        unread = (PageKind.GARBLED, PageKind.PICTURE, PageKind.FAILED)
        return cls(
            pages=dict(Counter(page.kind for page in document.pages)),
            languages=tuple(sorted(spoken, key=lambda language: (-spoken[language], language))),
            tables=sum(len(page.tables) for page in document.pages),
            hidden=document.hidden,
            garbled=tuple(page.number for page in document.pages if page.kind is PageKind.GARBLED),
            unread=tuple(page.number for page in document.pages if page.kind in unread),
            passages=len(chunks),
            seconds=seconds,
            warnings=document.warnings + _spoken_to_models(document),
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values, from which `from_json` makes the report again."""
        return {
            "pages": {kind.value: count for kind, count in self.pages.items()},
            "languages": list(self.languages),
            "tables": self.tables,
            "hidden": self.hidden,
            "garbled": list(self.garbled),
            "unread": list(self.unread),
            "passages": self.passages,
            "seconds": {step: round(spent, 4) for step, spent in asdict(self.seconds).items()},
            "warnings": [warning.to_json() for warning in self.warnings],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Report:
        """The report that `to_json` made `data` of; an empty one for a document of a version that kept none.

        Raises: ValueError where a warning or a kind of page is none of this version.
        """
        return cls(
            pages={PageKind(kind): int(count) for kind, count in data.get("pages", {}).items()},
            languages=tuple(data.get("languages", ())),
            tables=int(data.get("tables", 0)),
            hidden=int(data.get("hidden", 0)),
            garbled=tuple(data.get("garbled", ())),
            unread=tuple(data.get("unread", ())),
            passages=int(data.get("passages", 0)),
            seconds=Seconds(**data.get("seconds", {})),
            warnings=tuple(phrase_from(warning) for warning in data.get("warnings", ())),
        )


def _spoken_to_models(document: Document) -> tuple[Phrase, ...]:
    """What to say of a document with text that speaks to a language model: its pages, and the first such sentence."""
    told = [ReadingWarning.INSTRUCTIONS_IN_TITLE(quote=quote) for quote in instructions(document.title)[:1]]
    found = {page.number: quotes for page in document.pages if (quotes := instructions(page.text))}
    if found:
        told.append(ReadingWarning.INSTRUCTIONS(pages=shortened(list(found)), quote=next(iter(found.values()))[0]))
    return tuple(told)
