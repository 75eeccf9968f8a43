"""The values that flow between the floors.

Rule: a value is frozen, knows nothing of databases or screens, and carries plain numbers with stated units.
Character offsets count Unicode code points of `Page.text`, from 0, end exclusive. Page numbers are physical sheets, from 1;
the printed label ("iv", "A-3") stands apart and is for people only.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from core.errors import UnknownModelName
from core.places import Mark, Place, Table
from core.sentences import Phrase

QUERY, PASSAGE = "query", "passage"


@dataclass(frozen=True, slots=True)
class LineBox:
    """Where one line of a page's text stands: characters `start` to `end`, box in PDF points from the page's top left."""

    start: int
    end: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading that governs the text from character `start` on, until the next heading of the page."""

    start: int
    text: str


class PageKind(enum.StrEnum):
    """How a page's text was come by."""

    TEXT = "text"  # it stands in the file
    OCR = "ocr"  # it was recognised in a picture of the page
    EMPTY = "empty"  # there is none: a blank page
    HIDDEN = "hidden"  # a slide or sheet that its program does not show: it is left out
    PICTURE = "picture"  # a page of pictures whose text has not been recognised
    GARBLED = "garbled"  # what stands in the file is no readable text, and it has not been recognised in a picture
    FAILED = "failed"  # the page could not be read


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet, slide, chapter or other section of a document, or the whole of a document that has none (number 1).

    `width` and `height` are PDF points, 0 where the format has no geometry. `marks` tell places, in order. `tables` do not overlap.
    """

    number: int
    text: str
    label: str | None = None
    lines: tuple[LineBox, ...] = ()
    headings: tuple[Heading, ...] = ()
    width: float = 0.0
    height: float = 0.0
    marks: tuple[Mark, ...] = ()
    tables: tuple[Table, ...] = ()
    kind: PageKind = PageKind.TEXT


@dataclass(frozen=True, slots=True)
class Document:
    """What a parser makes of a file: its title (may be empty), media type, pages in order, and what its reader should know of them.

    `hidden` counts characters that stand in the file where no reader sees them; they are left out.
    """

    title: str
    media_type: str
    pages: tuple[Page, ...]
    warnings: tuple[Phrase, ...] = ()
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage: `text` is exactly `page.text[start:end]`; `heading` says where in the document it stands.

    `language` is an ISO 639-1 code, or "und" where none could be told. `context` is what has to be known to read the text and is no part
    of it: caption and header of the table whose rows it holds.
    """

    page: int
    start: int
    end: int
    text: str
    language: str
    heading: str = ""
    context: str = ""
    place: Place = Place()


@dataclass(frozen=True, slots=True)
class Source:
    """A document as the library holds it. `id` stays over new versions, whose number `version` is; `notebook` is a number too.

    `added` is when this version came, in seconds since 1970 (UTC); `size` is bytes. `textless` are the numbers of pages on which no
    text was found (a scan, a picture): they are kept but cannot be searched.
    """

    id: int
    notebook: int
    name: str
    title: str
    sha256: str
    media_type: str
    size: int
    pages: int
    chunks: int
    languages: tuple[str, ...]
    added: float
    textless: tuple[int, ...] = ()
    version: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question, best first. All scores are without unit.

    `score` is what orders the hits, unless a reranker did; `dense` the language-centred cosine (-1..1); `coverage` the share of the
    question's weighted words that the passage holds (0..1). `version` is that of the document whose text this is, as in `Source.version`;
    0 where it was not noted. `paged` tells whether the document has sheets that a person can count; where it has none, `page` is a number
    of ours.
    """

    rank: int
    score: float
    dense: float
    coverage: float
    chunk_id: int
    source_id: int
    source: str
    title: str
    page: int
    label: str | None
    start: int
    end: int
    text: str
    language: str
    heading: str = ""
    version: int = 0
    context: str = ""
    place: Place = Place()
    paged: bool = True


@dataclass(frozen=True, slots=True)
class Citation:
    """A mark `[n]` of an answer and the words it stands on: `quote` is exactly the page's text from `start` to `end`; `paged` as in `Hit`.

    `added`: the model made no such mark; the quote was found for one of its sentences.
    """

    n: int
    source_id: int
    source: str
    page: int
    label: str | None
    start: int
    end: int
    quote: str
    chunk_id: int
    place: Place = Place()
    paged: bool = True
    added: bool = False


class Support(enum.StrEnum):
    """How far a sentence of an answer is borne out by the passages it cites.

    CONTRADICTED: a cited passage gives another value for the same subject.
    """

    QUOTED = "quoted"
    SUPPORTED = "supported"
    WEAK = "weak"
    UNSUPPORTED = "unsupported"
    CONTRADICTED = "contradicted"

    @property
    def ticked(self) -> bool:
        """Whether the sentence is shown as borne out."""
        return self in (Support.QUOTED, Support.SUPPORTED)


class ReasonCode(enum.StrEnum):
    """Why a sentence of an answer got its verdict."""

    QUOTED = "quoted"  # it stands in a cited passage word for word
    VALUES = "values"  # its values and words are those of a cited passage
    WORDS = "words"  # a cited passage holds its words
    HEADING = "heading"  # it stands in the heading above a cited passage, or in its document's title
    MEANING = "meaning"  # it means what a cited passage says in other words, or in another language
    COMPUTED = "computed"  # its value follows from values of the cited passages
    PART = "part"  # only a part of it is borne out
    UNCITED = "uncited"  # it names no passage
    ABSENT = "absent"  # no cited passage speaks of it
    VALUE_ABSENT = "value_absent"  # no cited passage has its value
    NOT_ASKED = "not_asked"  # it is no answer to the question
    OTHER_VALUE = "other_value"  # a cited passage gives another value for the same subject
    OTHER_SUBJECT = "other_subject"  # its value is that of another subject in a cited passage
    OTHER_DIRECTION = "other_direction"  # a cited passage has more for less, before for after, at least for at most
    OPPOSITE = "opposite"  # a cited passage denies what it says, or says what it denies


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a verdict is what it is: the value that the answer claims and the one that passage number `passage` has, as written there.

    "" and 0 where there is none.
    """

    code: ReasonCode
    claimed: str = ""
    found: str = ""
    passage: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found for one sentence: characters `start` to `end` of the answer, the marks it carries, and why.

    `sentence` is that text without its marks. `found` are numbers of passages that bear it out though it does not cite them. Support and
    reason are those with the passages that it cites; where it cites none, with those found.
    """

    start: int
    end: int
    sentence: str
    support: Support
    cited: tuple[int, ...]
    reason: Reason
    found: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier question and its answer, without thoughts and without marks."""

    question: str
    answer: str


class Engine(enum.StrEnum):
    """The kinds of program that run a model; the word before the colon of a model's name."""

    EMBEDDED = "embedded"
    OLLAMA = "ollama"
    LLAMACPP = "llamacpp"
    OPENAI = "openai"
    GEMINI = "gemini"


# An example of every kind of name, for errors and help.
MODEL_NAME_EXAMPLES = (
    "embedded",
    "ollama:NAME (ollama:gemma4:e2b)",
    "gemini:NAME (gemini:gemini-3.5-flash)",
    "openai:URL#NAME (openai:http://host:8000/v1#gemma)",
    "llamacpp:FILE (llamacpp:/models/gemma.gguf?lora=/models/adapter.gguf)",
    "llamacpp:hf:OWNER/REPO (llamacpp:hf:ggml-org/gemma-3-4b-it-GGUF:Q4_K_M)",
)


@dataclass(frozen=True, slots=True)
class ModelName:
    """A model's name, parsed once where it comes in: the engine, and what that engine calls the model ("" for the embedded one)."""

    engine: Engine
    rest: str = ""

    @classmethod
    def parse(cls, text: str) -> ModelName:
        """Read `engine:rest` or `embedded`. Raises UnknownModelName."""
        engine, colon, rest = text.strip().partition(":")
        known = engine in list(Engine) and (engine == Engine.EMBEDDED) == (not colon) and bool(rest) == bool(colon)
        if not known:
            raise UnknownModelName(name=text, known=", ".join(MODEL_NAME_EXAMPLES))
        return cls(Engine(engine), rest)

    def __str__(self) -> str:
        return f"{self.engine}:{self.rest}" if self.rest else str(self.engine)


@dataclass(frozen=True, slots=True)
class Location:
    """Where a model runs. `recipient` names who receives what it is sent ("Google", a host); "" on this machine or its own network."""

    recipient: str = ""

    @property
    def remote(self) -> bool:
        """Whether what the model is sent leaves this machine's network."""
        return bool(self.recipient)

    @property
    def word(self) -> str:
        """The location as one word of the command line's JSON: "home" or "remote"."""
        return "remote" if self.remote else "home"


LOCAL = Location()


class Role(enum.StrEnum):
    """Who speaks a message of a chat."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class TextPart:
    """Text of a message."""

    text: str


@dataclass(frozen=True, slots=True)
class ImagePart:
    """A picture of a message: `media_type` as "image/png", `data` the file's bytes."""

    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class AudioPart:
    """A sound of a message: `media_type` as "audio/wav", `data` the file's bytes."""

    media_type: str
    data: bytes


Part = TextPart | ImagePart | AudioPart


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat, as parts in order."""

    role: Role
    parts: tuple[Part, ...]

    @classmethod
    def of(cls, role: Role, text: str) -> Message:
        """A message of text alone."""
        return cls(role, (TextPart(text),))

    @property
    def text(self) -> str:
        """The text parts put together."""
        return "".join(part.text for part in self.parts if isinstance(part, TextPart))
