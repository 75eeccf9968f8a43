"""What Word, PowerPoint and Excel files (OOXML) have in common: title, macros, charts, diagrams.

Charts and diagrams: ISO/IEC 29500-1, 21.2 and 21.4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from core.errors import ReadingWarning
from core.places import Place
from core.sentences import Phrase
from core.text import clean
from ingest.parsers.packages import Package
from ingest.parsers.titles import LONGEST_TITLE
from ingest.parsers.writing import Row, Writer
from ingest.parsers.xml import attribute, child, children, descendants, local

# Titles that programs put in by themselves.
_NO_TITLE = re.compile(
    r"(?i)(untitled|unknown( title)?|document\d*|documento( sin título)?|sin título|no title|title|microsoft \w+ -.*|slide 1|diapositiva 1|"
    r"(powerpoint|power point)[ -]presentation|presentaci[oó]n de powerpoint|presentation\d*|プレゼンテーション\d*|無題.*|"
    r"powerpoint ?プレゼンテーション|スライド 1|book\d*|libro\d*|.*\.(docx?|pptx?|xlsx?|od[tsp]|dot[xm]?)|\W*)"
)
# Points of a chart's series that are read; further ones would be a data set, not a chart that people look at.
_MOST_POINTS = 10_000


def document_title(package: Package) -> str:
    """The title in a package's properties, "" where it has none that says anything."""
    for part in package.related("", "core-properties"):
        for element in package.xml(part):
            if local(element) == "title":
                return useful_title(element.text or "")
    return ""


def useful_title(title: str) -> str:
    """A title in one line, "" for one that a program put in by itself."""
    title = " ".join(clean(title).split())
    return "" if _NO_TITLE.fullmatch(title) or len(title) > LONGEST_TITLE else title


def macro_warnings(package: Package) -> tuple[Phrase, ...]:
    """The warning that macros are not read, where the package has any."""
    return (ReadingWarning.MACROS(),) if any(name.endswith("vbaProject.bin") for name in package.members()) else ()


def main_part(package: Package) -> str:
    """The member that holds the document. Raises ParserFailed where there is none."""
    found = package.related("", "officeDocument")
    if not found:
        raise package.broken()
    return found[0]


def write_chart(writer: Writer, chart: Element, place: Place) -> None:
    """Write a chart's titles and the values of its series, a category a row."""
    title = " ".join(_drawn_text(child(chart, "chart", "title")).split())
    axes = [text for axis in descendants(chart, "title") if (text := " ".join(_drawn_text(axis).split())) and text != title]
    writer.paragraph("\n".join(dict.fromkeys((title, *axes))), place)
    series = list(descendants(chart, "ser"))
    if not series:
        return
    names = [" ".join(_points(child(one, "tx")).values()) for one in series]
    categories: dict[int, str] = {}
    for one in series:
        categories = {**(_points(child(one, "cat")) or _points(child(one, "xVal"))), **categories}
    values = [_points(child(one, "val")) or _points(child(one, "yVal")) for one in series]
    numbers = sorted(set().union(categories, *values))[:_MOST_POINTS]
    header = Row(("", *names), place, header=True)
    rows = [Row((categories.get(number, ""), *(one.get(number, "") for one in values)), place) for number in numbers]
    writer.table([header, *rows] if any(names) else rows, title)


def diagram_lines(diagram: Element) -> Iterator[str]:
    """The texts of a diagram (SmartArt) in the order of its data."""
    for point in descendants(diagram, "pt"):
        text = _drawn_text(child(point, "t")) if attribute(point, "type", "node") in ("node", "asst") else ""
        if text.strip():
            yield text


def drawn_paragraphs(body: Element | None) -> Iterator[str]:
    """Paragraphs of DrawingML text: runs and fields, line breaks kept."""
    for paragraph in descendants(body, "p"):
        text = "".join("\n" if local(one) == "br" else one.text or "" for one in paragraph.iter() if local(one) in ("t", "br"))
        if text.strip():
            yield text


def _drawn_text(body: Element | None) -> str:
    return "\n".join(drawn_paragraphs(body))


def _points(source: Element | None) -> dict[int, str]:
    """Points of a chart's data by their index; those of several levels are joined. A name may stand there as a value of its own."""
    found: dict[int, list[str]] = {}
    if source is not None and (plain := child(source, "v")) is not None:
        return {0: plain.text or ""}
    for level in reversed(list(descendants(source, "lvl"))):
        _collect(level, found)
    if not found:
        for cache in ("strCache", "strLit", "numCache", "numLit"):
            for one in descendants(source, cache):
                _collect(one, found)
    return {index: " ".join(parts) for index, parts in found.items()}


def _collect(cache: Element, found: dict[int, list[str]]) -> None:
    for point in children(cache, "pt"):
        value = child(point, "v")
        index = attribute(point, "idx")
        if value is not None and value.text and index.isdecimal():
            found.setdefault(int(index), []).append(plain_number(value.text))


def plain_number(text: str) -> str:
    """A stored number as people write it: 0.30000000000000004 is 0.3, 1200.0 is 1200; anything else as it is."""
    try:
        value = float(text)
    except ValueError:
        return text
    return f"{value:.15g}" if "e" not in f"{value:.15g}" else text
