"""Pages that are pictures get the text recognised in them; what could not be is told."""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from core.errors import ReadingWarning
from core.sentences import Phrase
from core.types import Document, LineBox, Page, PageKind
from ingest.parsers.limits import Limits
from ingest.recognition import Picture, Recognised, RecognitionFault

# Latin script is recognised best at this (98 % of words; 94 % at 100); Japanese is scaled down from it.
_DOTS_PER_INCH = 300
# Recognition less sure than this is told.
_POOR = 70.0
# Pages of text looked at for the script of a document, and characters that must be there to tell.
_PAGES_LOOKED_AT, _ENOUGH = 50, 200
_JAPANESE = re.compile(r"[\u3040-\u30ff]")
_LETTER = re.compile(r"[^\W\d_]")
# A word that a line's end divides: small letters on both sides of a hyphen.
_DIVIDED = re.compile(r"[^\W\d_]{2}[-\u00ad\u2010]$")


def with_recognised(document: Document, name: str, draw: Callable[[int, int], bytes | None], limits: Limits) -> Document:
    """The document with text on pages that were pictures. `draw(page, dots_per_inch)` gives a page as PNG, None where it has no picture."""
    wanted = [page for page in document.pages if page.kind in (PageKind.PICTURE, PageKind.GARBLED)]
    if not wanted:
        return document
    recognise = limits.recognise
    if recognise is None:
        warning = ReadingWarning.NO_RECOGNITION(pages=shortened([page.number for page in wanted]), command=install_command())
        return replace(document, warnings=(*document.warnings, warning))
    granted = limits.recognisable.take(len(wanted))
    wanted, beyond = wanted[:granted], wanted[granted:]
    script = _script(document)
    drawn: list[Page] = []

    def pictures() -> Iterator[Picture]:
        nonlocal script
        for page in wanted:
            png = draw(page.number, _DOTS_PER_INCH)
            if png is not None:
                drawn.append(page)
                yield Picture(png, _DOTS_PER_INCH, script)

    pages = {page.number: page for page in document.pages}
    told: dict[ReadingWarning, list[int]] = defaultdict(list)
    characters = sum(len(page.text) for page in document.pages)
    for at, recognised in enumerate(recognise(pictures(), len(wanted))):
        page = drawn[at]
        pages[page.number] = _filled(page, recognised)
        characters += len(pages[page.number].text) - len(page.text)
        limits.check_text(name, characters)
        script = script or (recognised.script if recognised.confidence >= _POOR else "")
        if worth := _warning(recognised):
            told[worth].append(page.number)
    told[ReadingWarning.RECOGNITION_FAILED] += sorted({page.number for page in wanted} - {page.number for page in drawn})
    told[ReadingWarning.BEYOND_RECOGNISED] += [page.number for page in beyond]
    return replace(document, pages=tuple(pages.values()), warnings=(*document.warnings, *_phrases(told, limits)))


def _filled(page: Page, recognised: Recognised) -> Page:
    """A page with recognised text in place of its own, or as it was where none was recognised."""
    if not recognised.lines:
        return page
    parts: list[str] = []
    boxes: list[LineBox] = []
    at = 0
    lines = recognised.lines
    for number, line in enumerate(lines):
        following = lines[number + 1].text if number + 1 < len(lines) else ""
        divided = _DIVIDED.search(line.text) is not None and following[:1].islower()
        text = line.text[:-1] if divided else line.text
        box = (line.left * page.width, line.top * page.height, line.right * page.width, line.bottom * page.height)
        boxes.append(LineBox(at, at + len(text), *box))
        parts.append(text if divided or not following else f"{text}\n")
        at += len(parts[-1])
    return Page(
        page.number, "".join(parts), page.label, tuple(boxes), (), page.width, page.height, page.marks[:1], kind=PageKind.OCR
    )


def _warning(recognised: Recognised) -> ReadingWarning | None:
    """What is to be told of a page's recognition."""
    match recognised.fault:
        case RecognitionFault.LANGUAGE:
            return ReadingWarning.NO_LANGUAGE
        case RecognitionFault.TIMED_OUT:
            return ReadingWarning.RECOGNITION_TIMED_OUT
        case RecognitionFault.FAILED:
            return ReadingWarning.RECOGNITION_FAILED
    if not recognised.lines:
        return ReadingWarning.NOTHING_RECOGNISED
    return ReadingWarning.RECOGNISED_POORLY if recognised.confidence < _POOR else None


def _phrases(told: Mapping[ReadingWarning, Sequence[int]], limits: Limits) -> Iterator[Phrase]:
    for warning, numbers in told.items():
        if numbers:
            fields = {
                "pages": shortened(numbers),
                "command": install_command(),
                "limit_s": limits.ocr_timeout_s,
                "limit": limits.recognisable.limit,
            }
            yield warning(**{name: fields[name] for name in warning.value.fields()})


def _script(document: Document) -> str:
    """What a document's pages with text are written in: "japanese", "latin", or "" where there is too little to tell."""
    read = [page.text for page in document.pages if page.kind is PageKind.TEXT and page.text][:_PAGES_LOOKED_AT]
    text = "".join(read)[:100_000]
    if len(_LETTER.findall(text)) < _ENOUGH:
        return ""
    return "japanese" if len(_JAPANESE.findall(text)) >= _ENOUGH // 10 else "latin"


def shortened(numbers: Sequence[int]) -> str:
    """Page numbers in words: "1, 3-5"."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)


def install_command() -> str:
    """The command that installs Tesseract and its languages on this system."""
    match sys.platform:
        case "darwin":
            return "brew install tesseract tesseract-lang"
        case "win32":
            return "winget install UB-Mannheim.TesseractOCR"
    return "sudo apt-get install tesseract-ocr tesseract-ocr-jpn tesseract-ocr-jpn-vert tesseract-ocr-spa tesseract-ocr-osd"
