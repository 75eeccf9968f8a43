"""Text in a picture by Tesseract, its command line run on one picture: https://tesseract-ocr.github.io/tessdoc/Command-Line-Usage.html

Which language and which way up is tried out: the mean confidence of the words tells. Tesseract's own detection cannot tell vertical from
horizontal Japanese; of a vertical page the model for horizontal text is sure of 20 %, the one for vertical text of 90 %.
"""

from __future__ import annotations

import io
import math
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace

from PIL import Image

from core.text import clean
from ingest.recognition import Picture, Recognised, RecognisedLine, RecognitionFault

# Mean confidence from which a page needs no other language tried: right models gave 84 to 96 on clean and on blurred pages, wrong ones
# 20 to 80.
_SURE = 84.0
# Below this a line is a picture's pattern taken for letters; so is a page of less.
_LEAST = 35.0
# Japanese is read best at 200 dots an inch (95 % of characters, 92 % at 300), Latin script at 300.
_JAPANESE_DPI = 200
# Tesseract takes no longer side. A sheet of A2 at 300 dots an inch has 35 million pixels; it takes some 20 bytes for each.
_MOST_SIDE, _MOST_PIXELS = 32_000, 40_000_000
# A page read by a Japanese model on which fewer of the characters are Japanese is tried in Latin script too.
_JAPANESE_SHARE = 0.1
_JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
# Between these no blank is written: kana, kanji, their punctuation, full-width forms.
_UNSPACED = re.compile(r"[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
_TURN = re.compile(rb"^Rotate: (\d+)", re.MULTILINE)
_SCRIPT = re.compile(rb"^Script: (\w+)", re.MULTILINE)
_JAPANESE_SCRIPTS = (b"Japanese", b"Han", b"Katakana", b"Hiragana")
# Columns of Tesseract's TSV: level, page, block, paragraph, line, word, left, top, width, height, confidence, text.
_WORD, _COLUMNS = "5", 12


@dataclass(frozen=True, slots=True)
class _Model:
    """Languages tried together, in Tesseract's words, for a script of ours."""

    script: str
    languages: str


_LATIN = _Model("latin", "eng+spa")
_ACROSS = _Model("japanese", "jpn")
_DOWN = _Model("japanese", "jpn_vert")


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    confidence: float
    line: tuple[str, ...]
    left: int
    top: int
    right: int
    bottom: int


class Tesseract:
    """The program at the path `program`. The limit of time is the pool's: it ends this process and what it has started."""

    def __init__(self, program: str) -> None:
        self._program = program
        listed = self._run(["--list-langs"], b"").stdout.decode("utf-8", "replace").splitlines()[1:]
        self._installed = {line.strip() for line in listed}

    def recognise(self, picture: Picture) -> Recognised:
        """The text of a picture; its boxes are those of the picture as it is, whichever way up its text stands."""
        image = _bounded(Image.open(io.BytesIO(picture.png)).convert("L"))
        best = Recognised()
        missing = False
        if picture.script:  # pages of a document are mostly alike, and the right way up
            models: tuple[_Model, ...] = (_ACROSS, _DOWN) if picture.script == "japanese" else (_LATIN,)
            best, missing = self._best(image, 0, models, picture, best)
        if best.confidence < _SURE:
            turn, script = self._orientation(image)
            models = (_ACROSS, _DOWN, _LATIN) if script in _JAPANESE_SCRIPTS else (_LATIN, _ACROSS, _DOWN)
            best, lacking = self._best(image, turn, models, picture, best)
            missing |= lacking
        if not best.lines and missing:
            return Recognised(fault=RecognitionFault.LANGUAGE)
        return best

    def _best(
        self, image: Image.Image, turn: int, models: tuple[_Model, ...], picture: Picture, best: Recognised
    ) -> tuple[Recognised, bool]:
        """The surest of several models and what was known before; and whether one of them is not installed."""
        missing = False
        for model in models:
            languages = "+".join(one for one in model.languages.split("+") if one in self._installed)
            missing |= not languages
            if not languages:
                continue
            got = self._read(image, turn, replace(model, languages=languages), picture.dots_per_inch)
            best = max(best, got, key=lambda one: one.confidence)
            foreign = model.script == "japanese" and not _is_japanese(got)
            if best.confidence >= _SURE and not foreign:
                break
        return best, missing

    def _read(self, image: Image.Image, turn: int, model: _Model, dots_per_inch: int) -> Recognised:
        if model.script == "japanese" and dots_per_inch > _JAPANESE_DPI:
            scale = _JAPANESE_DPI / dots_per_inch
            size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
            image, dots_per_inch = image.resize(size, Image.Resampling.LANCZOS), _JAPANESE_DPI
        image = image.rotate(-turn, expand=True, fillcolor=255) if turn else image
        options = ["stdin", "stdout", "-l", model.languages, "--psm", "3", "--dpi", str(max(70, dots_per_inch)), "tsv"]
        words = list(_words(self._run(options, _png(image)).stdout.decode("utf-8", "replace")))
        lines = [line for line in _lines(words) if _mean(line) >= _LEAST]
        confidence = _mean([word for line in lines for word in line])
        boxes = tuple(_turned_back(_line(line, image.size), turn) for line in lines)
        return Recognised(boxes, model.script, confidence) if confidence >= _LEAST else Recognised()

    def _orientation(self, image: Image.Image) -> tuple[int, bytes]:
        """Degrees clockwise by which a picture has to be turned, and its script; 0 and nothing where there is too little text to tell."""
        if "osd" not in self._installed:
            return 0, b""
        told = self._run(["stdin", "stdout", "--psm", "0", "-l", "osd"], _png(image)).stdout
        turn, script = _TURN.search(told), _SCRIPT.search(told)
        return int(turn[1]) % 360 if turn else 0, script[1] if script else b""

    def _run(self, options: list[str], data: bytes) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([self._program, *options], input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)


def _bounded(image: Image.Image) -> Image.Image:
    """The image, made smaller where Tesseract would not take it or take too much memory for it."""
    scale = min(1.0, _MOST_SIDE / max(image.size), math.sqrt(_MOST_PIXELS / (image.width * image.height)))
    if scale == 1.0:
        return image
    return image.resize((max(1, int(image.width * scale)), max(1, int(image.height * scale))), Image.Resampling.LANCZOS)


def _png(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "png", compress_level=1)
    return stream.getvalue()


def _words(table: str) -> Iterator[_Word]:
    for row in table.splitlines():
        cells = row.split("\t")
        if len(cells) == _COLUMNS and cells[0] == _WORD and (text := clean(cells[11]).strip()):
            left, top, width, height = map(int, cells[6:10])
            yield _Word(text, float(cells[10]), tuple(cells[2:5]), left, top, left + width, top + height)


def _lines(words: list[_Word]) -> Iterator[list[_Word]]:
    """Words of one line together, in Tesseract's order, which is the reading order of its blocks."""
    line: list[_Word] = []
    for word in words:
        if line and line[-1].line != word.line:
            yield line
            line = []
        line.append(word)
    if line:
        yield line


def _mean(words: list[_Word]) -> float:
    """Mean confidence over characters."""
    characters = sum(len(word.text) for word in words)
    return sum(word.confidence * len(word.text) for word in words) / characters if characters else 0.0


def _line(words: list[_Word], size: tuple[int, int]) -> RecognisedLine:
    text = words[0].text
    for word in words[1:]:
        unspaced = _UNSPACED.match(text[-1]) or _UNSPACED.match(word.text[0])
        text += word.text if unspaced else f" {word.text}"
    width, height = size
    left, top = min(word.left for word in words), min(word.top for word in words)
    right, bottom = max(word.right for word in words), max(word.bottom for word in words)
    return RecognisedLine(text, left / width, top / height, right / width, bottom / height)


def _turned_back(line: RecognisedLine, turn: int) -> RecognisedLine:
    """A line of a picture that was turned clockwise, where it stands in the picture as it was."""
    left, top, right, bottom = line.left, line.top, line.right, line.bottom
    match turn:
        case 90:  # what was at the left is now at the top
            left, top, right, bottom = top, 1 - right, bottom, 1 - left
        case 180:
            left, top, right, bottom = 1 - right, 1 - bottom, 1 - left, 1 - top
        case 270:
            left, top, right, bottom = 1 - bottom, left, 1 - top, right
    return RecognisedLine(line.text, left, top, right, bottom)


def _is_japanese(recognised: Recognised) -> bool:
    text = "".join(line.text for line in recognised.lines)
    return len(_JAPANESE.findall(text)) >= _JAPANESE_SHARE * len(text)
