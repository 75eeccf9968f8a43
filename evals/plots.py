"""Plots of results as SVG, drawn by matplotlib (a package for development). The same rows give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from evals.peers import Peer

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Figures = Mapping[str, Mapping[str, float]]
# Arms by the names of their rows, with the mark and colour each is drawn with (Okabe and Ito's colours, told apart by the colour-blind).
_MARKS = {
    "plain dense": ("s", "#56B4E9"),
    "lexical": ("^", "#E69F00"),
    "rrf": ("x", "#CC79A7"),
    "dense": ("d", "#0072B2"),
    "fused": ("o", "#000000"),
}
_PEER = "#999999"
_ROW_INCHES, _WIDTH_INCHES = 0.3, 8.0


def can_draw() -> bool:
    """Whether matplotlib is installed."""
    import importlib.util

    return importlib.util.find_spec("matplotlib") is not None


def draw_arms(path: Path, figures: Figures, intervals: Mapping[str, Sequence[float]], names: Mapping[str, str]) -> None:
    """nDCG@10 in percent of every arm on every set; `intervals` are low and high of the fused one, `names` what arms are called."""
    figure, axes = _rows(list(figures), "nDCG@10, %")
    for arm, (mark, colour) in _MARKS.items():
        points = [(values[arm], row) for row, values in enumerate(figures.values()) if arm in values]
        x, y = [value for value, _ in points], [row for _, row in points]
        axes.scatter(x, y, marker=mark, color=colour, s=28, label=names[arm], zorder=3)
    for row, name in enumerate(figures):
        if name in intervals:
            axes.plot(intervals[name], [row, row], color=_MARKS["fused"][1], linewidth=1, zorder=2)
    _save(figure, path)


def draw_peers(path: Path, fused: Mapping[str, float], peers: Sequence[Peer]) -> None:
    """nDCG@10 in percent of other systems as grey marks, and what a person gets here, on the sets that both have."""
    sets = [name for name in fused if any(peer.set == name for peer in peers)]
    figure, axes = _rows(sets, "nDCG@10, %")
    others = [(peer.ndcg, sets.index(peer.set)) for peer in peers if peer.set in sets]
    x, y = [value for value, _ in others], [row for _, row in others]
    axes.scatter(x, y, marker="|", color=_PEER, s=60, label="other systems", zorder=2)
    mark, colour = _MARKS["fused"]
    axes.scatter([fused[name] for name in sets], range(len(sets)), marker=mark, color=colour, s=28, label="Kaedama", zorder=3)
    _save(figure, path)


def draw_shares(path: Path, figures: Figures, label: str) -> None:
    """Several shares in percent of every set as bars beside each other."""
    figure, axes = _rows(list(figures), label)
    kinds = list(dict.fromkeys(kind for values in figures.values() for kind in values))
    height = 0.8 / len(kinds)
    colours = [colour for _, colour in _MARKS.values()]
    for at, kind in enumerate(kinds):
        rows = [
            (row + (at - (len(kinds) - 1) / 2) * height, values[kind])
            for row, values in enumerate(figures.values())
            if kind in values
        ]
        axes.barh(
            [row for row, _ in rows], [value for _, value in rows], height=height, color=colours[at % len(colours)], label=kind
        )
    axes.set_xlim(0, 100)
    _save(figure, path)


def _rows(names: Sequence[str], label: str) -> tuple[Figure, Axes]:
    """A figure with a row a set, the first at the top."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH_INCHES, 1.6 + _ROW_INCHES * len(names)), layout="constrained")
    axes = figure.subplots()
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlabel(label)
    axes.set_axisbelow(True)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6, zorder=0)
    return figure, axes


def _save(figure: Figure, path: Path) -> None:
    from matplotlib import rc_context

    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Ids that are made of the drawing and not of chance, and text as text.
    with rc_context({"svg.hashsalt": "kaedama", "svg.fonttype": "none"}):
        figure.savefig(path, format="svg", metadata={"Date": None})
