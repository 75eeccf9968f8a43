"""Places in documents in words: "slide 3", "hoja Ventas, A5:F9", 「表2、5行目」.

The names inside of a place come from documents: they come out in one line, without control characters, and shortened.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.places import Place
from core.sentences import Phrase, Sentences, Words
from core.text import clean, shortened
from core.types import Citation, Hit

# Characters of a name that comes from a document.
_LONGEST_NAME = 80
_PART = re.compile(r"(?P<kind>[a-z]+(?: box| text/[a-z]+)?)(?: (?P<name>.+))?\Z", re.DOTALL)
# A chapter that is called by its number alone.
_NUMERAL = re.compile(r"(?:[0-9]{1,4}|[IVXLCDM]+)\Z")


class PlaceWords(Words):
    """A step of the way to a place."""

    PAGE = Sentences(en="p. {label}", es="p. {label}", ja="{label}ページ")
    PRINTED_PAGE = Sentences(en="p. {label} (sheet {n})", es="p. {label} (hoja {n})", ja="p. {label}({n}枚目)")
    SLIDE = Sentences(en="slide {n}", es="diapositiva {n}", ja="スライド{n}")
    SHEET = Sentences(en="sheet {name}", es="hoja {name}", ja="シート「{name}」")
    NAMED = Sentences(en="{name}", es="{name}", ja="{name}")
    CHAPTER = Sentences(en="chapter {name}", es="capítulo {name}", ja="第{name}章")
    TITLE = Sentences(en="“{name}”", es="«{name}»", ja="「{name}」")
    TABLE = Sentences(en="table {n}", es="tabla {n}", ja="表{n}")
    ROW = Sentences(en="row {n}", es="fila {n}", ja="{n}行目")
    ROWS = Sentences(en="rows {n}-{last}", es="filas {n}-{last}", ja="{n}～{last}行目")
    CELL = Sentences(en="cell {n}", es="celda {n}", ja="セル{n}")
    CELL_RANGE = Sentences(en="cells {n}-{last}", es="celdas {n}-{last}", ja="セル{n}～{last}")
    LINE = Sentences(en="line {n}", es="línea {n}", ja="{n}行目")
    LINES = Sentences(en="lines {n}-{last}", es="líneas {n}-{last}", ja="{n}～{last}行目")


class PartWords(Words):
    """A part of a document beside its body, as `Place.part` names it; `name` is what follows there, such as a number."""

    ATTACHMENT = Sentences(en="attachment {name}", es="adjunto {name}", ja="添付ファイル「{name}」")
    MEMBER = Sentences(en="file {name}", es="archivo {name}", ja="ファイル「{name}」")
    MESSAGE = Sentences(en="message {name}", es="mensaje {name}", ja="メッセージ「{name}」")
    BODY = Sentences(en="message text", es="texto del mensaje", ja="本文")
    SUBJECT = Sentences(en="subject", es="asunto", ja="件名")
    HEADER = Sentences(en="header {name}", es="encabezado {name}", ja="ヘッダー{name}")
    FOOTER = Sentences(en="footer {name}", es="pie de página {name}", ja="フッター{name}")
    FOOTNOTE = Sentences(en="footnote {name}", es="nota al pie {name}", ja="脚注{name}")
    ENDNOTE = Sentences(en="endnote {name}", es="nota al final {name}", ja="文末脚注{name}")
    COMMENT = Sentences(en="comment {name}", es="comentario {name}", ja="コメント{name}")
    NOTES = Sentences(en="notes {name}", es="notas {name}", ja="ノート{name}")
    NOTE = Sentences(en="note {name}", es="nota {name}", ja="注釈{name}")
    TEXT_BOX = Sentences(en="text box {name}", es="cuadro de texto {name}", ja="テキストボックス{name}")
    CHART = Sentences(en="chart {name}", es="gráfico {name}", ja="グラフ{name}")
    FORM = Sentences(en="form {name}", es="formulario {name}", ja="フォーム{name}")
    OUTPUT = Sentences(en="output {name}", es="salida {name}", ja="出力{name}")
    PICTURE = Sentences(en="picture {name}", es="imagen {name}", ja="画像{name}")


# Other files inside of the file: the rest of a place is a place in them.
_INNER = (PartWords.ATTACHMENT, PartWords.MEMBER, PartWords.MESSAGE)
_SEPARATORS = {"ja": "、"}


def say_place(at: Hit | Citation, language: str = "en") -> str:
    """Where a passage stands, from the outside in; "" where its document has nothing to count."""
    steps = (" ".join(step.format_in(language).split()) for step in _steps(at))
    return _SEPARATORS.get(language, ", ").join(steps)


def say_source(at: Hit | Citation, language: str = "en") -> str:
    """The document of a passage and its place in it."""
    place = say_place(at, language)
    return _SEPARATORS.get(language, ", ").join((at.source, place)) if place else at.source


def place_fields(at: Hit | Citation) -> dict[str, object]:
    """Where a passage stands, for programs: {"place": what is known of it by name, "where": the same in English words}."""
    return {"place": at.place.to_json(), "where": say_place(at)}


def _steps(at: Hit | Citation) -> Iterator[Phrase]:
    place = at.place
    parts = [_part(part) for part in place.part.split(" › ") if part]
    yield from (part for part in parts if part.words in _INNER)
    if place.page:
        yield PlaceWords.PAGE(label=str(place.page))
    elif at.paged:
        printed = at.label and at.label != str(at.page)
        yield PlaceWords.PRINTED_PAGE(label=_name(str(at.label)), n=at.page) if printed else PlaceWords.PAGE(label=str(at.page))
    if place.slide:
        yield PlaceWords.SLIDE(n=place.slide)
    if place.chapter:
        words = PlaceWords.CHAPTER if _NUMERAL.match(place.chapter) else PlaceWords.TITLE
        yield words(name=_name(place.chapter))
    if place.sheet:
        yield PlaceWords.SHEET(name=_name(place.sheet))
    yield from (part for part in parts if part.words not in _INNER)
    yield from _counted(place)


def _counted(place: Place) -> Iterator[Phrase]:
    """Cells or rows of a table, cells of a notebook, lines."""
    if place.cells:  # says what table and row would
        yield PlaceWords.NAMED(name=_name(place.cells))
    else:
        if place.table:
            yield PlaceWords.TABLE(n=place.table)
        yield from _range(place.row, place.last_row, PlaceWords.ROW, PlaceWords.ROWS)
    yield from _range(place.cell, place.last_cell, PlaceWords.CELL, PlaceWords.CELL_RANGE)
    yield from _range(place.line, place.last_line, PlaceWords.LINE, PlaceWords.LINES)


def _range(first: int, last: int, one: PlaceWords, several: PlaceWords) -> Iterator[Phrase]:
    if first:
        yield several(n=first, last=last) if last > first else one(n=first)


def _part(part: str) -> Phrase:
    """A part in words; one of a kind that is not known as it was named."""
    found = _PART.match(part)
    kind, name = (found["kind"], found["name"] or "") if found else ("", "")
    if kind.startswith("body"):
        return PartWords.BODY()
    if kind == "header" and name == "subject":
        return PartWords.SUBJECT()
    words = PartWords.__members__.get(kind.upper().replace(" ", "_"))
    if words is None or (words in _INNER and not name) or not words.value.fields():
        return PlaceWords.NAMED(name=_name(part))
    return words(name=_name(name))


def _name(text: str) -> str:
    return shortened(clean(text), _LONGEST_NAME)
