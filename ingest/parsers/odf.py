"""What OpenDocument texts, spreadsheets and presentations have in common: text of paragraphs, title, passwords, macros.

OpenDocument 1.3: https://docs.oasis-open.org/office/OpenDocument/v1.3/
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from core.errors import FileKind, PasswordUnsupported, ReadingWarning
from core.sentences import Phrase
from ingest.parsers.limits import Limits
from ingest.parsers.ooxml import useful_title
from ingest.parsers.packages import Package
from ingest.parsers.xml import attribute, child, children, descendants, local

# Blanks that one element may stand for, and copies of a cell or a row that are written.
MOST_BLANKS = 1_000
# Copies of a row or cell of a table that are written at most; those at the end of a table fill its sheet.
MOST_COPIES = 64
_LEFT_OUT = frozenset({"ruby-text", "tracked-changes", "hidden-text", "note-citation", "bookmark-ref-target", "script", "meta"})
_BLOCKS = frozenset({"p", "h"})


@dataclass(slots=True)
class Inline:
    """What was found in a paragraph: its text, what hangs on it, and how many characters of it are hidden."""

    text: list[str] = field(default_factory=list)
    notes: list[Element] = field(default_factory=list)
    comments: list[Element] = field(default_factory=list)
    frames: list[Element] = field(default_factory=list)
    hidden: int = 0


def open_odf(data: bytes, name: str, kind: FileKind, limits: Limits) -> Package:
    """Open an OpenDocument package. Raises ParserFailed, PasswordUnsupported, UnpacksTooMuch."""
    package = Package(data, name, kind(), limits)
    manifest = package.optional("META-INF/manifest.xml")
    if manifest is not None and any(True for _ in descendants(manifest, "encryption-data")):
        raise PasswordUnsupported(name=name)
    return package


def odf_title(package: Package) -> str:
    """The title in a package's properties."""
    root = package.optional("meta.xml")
    found = child(root, "meta", "title")
    return useful_title(found.text or "") if found is not None else ""


def odf_macros(package: Package) -> tuple[Phrase, ...]:
    """The warning that macros are not read, where the package has any."""
    found = any(name.startswith("Basic/") and name.endswith(".xml") and not name.endswith("-lc.xml") for name in package.members())
    return (ReadingWarning.MACROS(),) if found or package.members("Scripts/") else ()


def inline(element: Element, unseen: Set[str] = frozenset()) -> Inline:
    """The text of a paragraph: blanks, tabs and line breaks put in, readings left out; notes, comments and frames apart.

    Text in a style named in `unseen` is hidden: it is counted and left out.
    """
    found = Inline()
    _walk(element, found, unseen)
    return found


def unseen_styles(*roots: Element | None) -> frozenset[str]:
    """Names of the styles of text and paragraphs that hide what is written in them."""
    return frozenset(
        attribute(style, "name")
        for root in roots
        for style in descendants(root, "style")
        for one in children(style, "text-properties")
        if attribute(one, "display") == "none"
    )


def paragraphs(element: Element) -> Iterator[str]:
    """The texts of the paragraphs below an element, each once."""
    for one in element:
        if local(one) in _BLOCKS:
            yield "".join(inline(one).text)
        elif local(one) not in _LEFT_OUT:
            yield from paragraphs(one)


def repeated(element: Element, name: str) -> int:
    """How many times a row or a cell stands there."""
    value = attribute(element, name, "1")
    return max(1, int(value)) if value.isdecimal() and len(value) < 9 else 1


def _walk(element: Element, found: Inline, unseen: Set[str]) -> None:
    if unseen and attribute(element, "style-name") in unseen:
        found.hidden += sum(len(text.strip()) for text in element.itertext())
        return
    found.text.append(element.text or "")
    for one in element:
        name = local(one)
        if name == "s":
            found.text.append(" " * min(repeated(one, "c"), MOST_BLANKS))
        elif name == "tab":
            found.text.append("\t")
        elif name == "line-break":
            found.text.append("\n")
        elif name == "note":
            found.notes.append(one)
        elif name == "annotation":
            found.comments.append(one)
        elif name in (
            "frame",
            "custom-shape",
            "rect",
            "ellipse",
            "line",
            "path",
            "g",
            "a",
            "control",
            "connector",
            "circle",
            "polygon",
        ):
            if name == "a" and not children(one, "frame"):
                _walk(one, found, unseen)
            else:
                found.frames.append(one)
        elif name not in _LEFT_OUT:
            _walk(one, found, unseen)
        found.text.append(one.tail or "")


def table_rows(table: Element, *, header: bool = False) -> Iterator[tuple[Element, bool]]:
    """Rows of a table, and whether each is declared a header."""
    for element in table:
        name = local(element)
        if name == "table-row":
            for _ in range(min(repeated(element, "number-rows-repeated"), MOST_COPIES)):
                yield element, header
        elif name in ("table-header-rows", "table-rows", "table-row-group"):
            yield from table_rows(element, header=header or name == "table-header-rows")


def table_cells(row: Element) -> list[Element]:
    """The cells of a row, those that a merged one covers among them."""
    return [one for one in row if local(one) in ("table-cell", "covered-table-cell")]
