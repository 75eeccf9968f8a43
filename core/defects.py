"""What nobody foresaw, as an error of the tree; and errors rebuilt from plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from core.errors import KaedamaError


class Defect(KaedamaError):
    """What nobody foresaw: a fault of Kaedama's own. The log holds its traceback."""

    template = "Kaedama made a mistake of its own ({detail}). What had arrived is kept; the log on the terminal has the details."


def error_from(code: str, fields: Mapping[str, object], message: str) -> KaedamaError:
    """The error that was turned into plain data; a `Defect` with the stored message where this version knows no such error."""
    known = {kind.__name__: kind for kind in _tree(KaedamaError)}
    try:
        return known[code](**fields)
    except (KeyError, TypeError, ValueError):
        return Defect(detail=message)


def _tree(kind: type[KaedamaError]) -> Iterator[type[KaedamaError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _tree(below)
