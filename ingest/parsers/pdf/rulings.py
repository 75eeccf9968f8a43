"""Ruling lines of a page: strokes and thin filled bars that run along its rows or across them, and edges of surfaces, as displayed."""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Iterator
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.parsers.pdf.sheets import Glyphs
from ingest.parsers.pdf.words import Ruling, Rulings

# A page of more objects, or more drawn paths, is a drawing: looking at them all would take longer than reading its text.
_MOST_OBJECTS, _MOST_PATHS, _MOST_RULINGS = 20_000, 3_000, 400
# A path of more segments is a curve or a picture.
_MOST_SEGMENTS = 64
# How deep forms within forms are looked into.
_DEPTH = 3
# A bar at most this thick is a line, a shorter line is a sign (points).
_THICK, _SHORT = 3.0, 5.0
# Lines whose distance or gap is smaller are one (points).
_SNAP = 2.0
# Every channel of a colour at least this (0..255) is white: a white surface shows no edge.
_WHITE = 250

Matrix = tuple[float, float, float, float, float, float]
Point = tuple[float, float]
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def rulings_of(page: pypdfium2.PdfPage, glyphs: Glyphs) -> tuple[Rulings, ...]:
    """Lines of a page, and these together with the edges of surfaces where there are any; nothing where the page is a drawing."""
    level: tuple[list[Ruling], list[Ruling]] = [], []
    upright: tuple[list[Ruling], list[Ruling]] = [], []
    for count, (drawn, matrix) in enumerate(_paths(page)):
        if count >= _MOST_PATHS:
            return ()
        for one, other, surface in _edges(drawn):
            left, top, right, bottom = glyphs.placed(*_moved(one, matrix), *_moved(other, matrix))
            if bottom - top <= _THICK < right - left:
                level[surface].append(Ruling((top + bottom) / 2, left, right))
            elif right - left <= _THICK < bottom - top:
                upright[surface].append(Ruling((left + right) / 2, top, bottom))
    lines = Rulings(merged(level[0]), merged(upright[0]))
    edges = Rulings(merged([*level[0], *level[1]]), merged([*upright[0], *upright[1]])) if level[1] or upright[1] else lines
    if max(len(edges.level), len(edges.upright)) > _MOST_RULINGS:
        return ()
    return (lines,) if edges is lines else (lines, edges)


def merged(lines: list[Ruling]) -> tuple[Ruling, ...]:
    """The lines with those made one that lie on each other or go on in each other; short ones are left out."""
    groups: list[list[Ruling]] = []
    for line in sorted(lines):
        if groups and line.at - groups[-1][-1].at <= _SNAP and line.at - groups[-1][0].at <= 2 * _SNAP:
            groups[-1].append(line)
        else:
            groups.append([line])
    found: list[Ruling] = []
    for group in groups:
        at = sum(line.at for line in group) / len(group)
        start = end = None
        for line in sorted(group, key=lambda one: one.start):
            if start is None or end is None:
                start, end = line.start, line.end
            elif line.start <= end + _SNAP:
                end = max(end, line.end)
            else:
                found.append(Ruling(at, start, end))
                start, end = line.start, line.end
        if start is not None and end is not None:
            found.append(Ruling(at, start, end))
    return tuple(sorted(line for line in found if line.end - line.start >= _SHORT))


def _paths(page: pypdfium2.PdfPage) -> Iterator[tuple[Any, Matrix]]:
    """Drawn paths of a page and of its forms, with the matrix that places them; none where there are too many objects."""
    count = pdfium.FPDFPage_CountObjects(page.raw)
    if count <= _MOST_OBJECTS:
        yield from _within([pdfium.FPDFPage_GetObject(page.raw, index) for index in range(count)], _IDENTITY, _DEPTH)


def _within(objects: list[Any], matrix: Matrix, depth: int) -> Iterator[tuple[Any, Matrix]]:
    for drawn in objects:
        kind = pdfium.FPDFPageObj_GetType(drawn)
        if kind == pdfium.FPDF_PAGEOBJ_PATH:
            yield drawn, matrix
        elif kind == pdfium.FPDF_PAGEOBJ_FORM and depth:
            count = pdfium.FPDFFormObj_CountObjects(drawn)
            if 0 < count <= _MOST_OBJECTS:
                inner = [pdfium.FPDFFormObj_GetObject(drawn, index) for index in range(count)]
                yield from _within(inner, _product(_matrix(drawn), matrix), depth - 1)


def _edges(path: Any) -> Iterator[tuple[Point, Point, bool]]:
    """The straight lines of a path that are seen, by their ends, and whether they only bound a surface; a thin bar is one line."""
    fill, stroke = ctypes.c_int(), ctypes.c_int()
    if not pdfium.FPDFPath_GetDrawMode(path, fill, stroke) or not (stroke.value or (fill.value and not _is_white(path))):
        return
    count = pdfium.FPDFPath_CountSegments(path)
    if not 1 < count <= _MOST_SEGMENTS:
        return
    matrix = _matrix(path)
    points: list[Point] = []
    x, y = ctypes.c_float(), ctypes.c_float()
    for index in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(path, index)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        point = _moved((x.value, y.value), matrix)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            yield from _lines(points, filled=not stroke.value)
            points = []
        elif kind == pdfium.FPDF_SEGMENT_BEZIERTO:
            return
        points.append(point)
        if pdfium.FPDFPathSegment_GetClose(segment):
            points.append(points[0])
    yield from _lines(points, filled=not stroke.value)


def _lines(points: list[Point], *, filled: bool) -> Iterator[tuple[Point, Point, bool]]:
    """The lines between points, and whether they only bound a surface; one along the middle of a thin bar."""
    if len(points) < 2:
        return
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    low, high = min(y for _, y in points), max(y for _, y in points)
    if min(right - left, high - low) <= _THICK:
        yield (left, low), (right, high), False
        return
    for one, other in itertools.pairwise(points):
        yield one, other, filled


def _is_white(path: Any) -> bool:
    channels = [ctypes.c_uint() for _ in range(4)]
    if not pdfium.FPDFPageObj_GetFillColor(path, *channels):
        return False
    *colour, opacity = (channel.value for channel in channels)
    return min(colour) >= _WHITE or opacity == 0


def _matrix(drawn: Any) -> Matrix:
    matrix = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(drawn, matrix):
        return _IDENTITY
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _moved(point: Point, matrix: Matrix) -> Point:
    x, y = point
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _product(one: Matrix, other: Matrix) -> Matrix:
    """The matrix that applies `one`, then `other`."""
    a, b, c, d, _, _ = one
    e, f = _moved((one[4], one[5]), other)
    return (
        a * other[0] + b * other[2], a * other[1] + b * other[3], c * other[0] + d * other[2], c * other[1] + d * other[3], e, f,
    )  # fmt: skip
