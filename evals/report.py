"""Results as a page of Markdown with tables and plots: docs/evaluation.md. Every table names the command that makes it again."""

from __future__ import annotations

import importlib.metadata
import platform
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from core.errors import MeasurementFailed
from evals.kept import Row
from evals.peers import Peer
from evals.plots import can_draw, draw_arms, draw_peers, draw_shares

ARM_NAMES = {
    "plain dense": "dense, plain",
    "lexical": "BM25",
    "rrf": "RRF of both",
    "dense": "dense, language-centred",
    "fused": "Kaedama",
}
_PACKAGES = ("torch", "chromadb", "xllamacpp")
_Measured = Sequence[tuple[Row, Any]]


@dataclass(frozen=True, slots=True)
class Report:
    """What is written: rows of one run, the command that made them, and what other systems got, with the name of the file that says so."""

    rows: Sequence[Row]
    command: str
    peers: Sequence[Peer]
    peers_file: str

    def write(self, path: Path) -> None:
        """Write the page, and the plots into the folder beside it that has its name. Raises MeasurementFailed where it cannot."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(self.lines(path)) + "\n", "utf-8")
        except OSError as error:
            raise MeasurementFailed(detail=f"{path} cannot be written: {error.strerror}") from error

    def lines(self, path: Path) -> Iterator[str]:
        """The lines of the page; draws the plots that stand in it."""
        yield from self._head()
        yield from self._search(path)
        yield from self._peers(path)
        yield from self._section("Telling that the documents do not answer", "refusal", _refusal)
        yield from self._section("Evidence pages of PDFs", "pages", _pages)
        yield from self._section("Answers from the right passage", "answers", _answers)
        yield from self._citations(path)
        yield from self._section("Answers about whole PDFs", "document answers", _document_answers)
        yield from self._section("Verdicts on sentences", "verdicts", _verdicts)
        if failed := [row for row in self.rows if row.error]:
            yield from ("", "## What could not be measured", "")
            yield from (f"- {row.key.command} {row.key.set}: {row.error}" for row in failed)

    def _head(self) -> Iterator[str]:
        at = sorted(row.at for row in self.rows)
        code = ", ".join(sorted({row.key.revision or "unknown" for row in self.rows}))
        limits = sorted({row.key.limit for row in self.rows if not row.key.model})
        told = ", ".join(f"the first {limit} questions of a set" if limit else "all questions of a set" for limit in limits)
        packages = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in _PACKAGES)
        memory = round(psutil.virtual_memory().total / 2**30)
        yield "# Evaluation"
        yield ""
        yield from _prose(
            f"Made by `{self.command}`, which writes this page; changes by hand are lost. Code: {code}. Search: "
            f"{told}. "
            f"From {at[0]} to {at[-1]} on a machine with {psutil.cpu_count()} cores and {memory} GB of memory, "
            f"{platform.system()}, "
            f"Python {platform.python_version()}, {packages}; load average at the end "
            f"{psutil.getloadavg()[1]:.1f}, so times are upper bounds. "
            "Figures in percent unless a unit is given; brackets are 95 % intervals. "
            "[Measurements](measurements.md) has speed, memory, and what "
            "was tried. A few questions of a set are a sample: a difference within the brackets is none."
        )

    def _measured(self, command: str) -> _Measured:
        return [(row, row.result) for row in self.rows if row.key.command == command and not row.error]

    def _section(self, title: str, command: str, table: Callable[[_Measured], Iterator[str]]) -> Iterator[str]:
        if found := self._measured(command):
            yield from ("", f"## {title}", "", *table(found))

    def _search(self, path: Path) -> Iterator[str]:
        found = self._measured("retrieval")
        if not found:
            return
        yield from ("", "## Finding the right document", "", *_search(found))
        figures = {row.key.set: {arm: result[arm]["ndcg@10"] for arm in ARM_NAMES} for row, result in found}
        intervals = {row.key.set: result["fused"]["ndcg@10 95%"] for row, result in found}
        yield from _plot(path, "search", "nDCG@10 of every arm", lambda file: draw_arms(file, figures, intervals, ARM_NAMES))

    def _peers(self, path: Path) -> Iterator[str]:
        fused = {row.key.set: result["fused"]["ndcg@10"] for row, result in self._measured("retrieval")}
        peers = [peer for peer in self.peers if peer.set in fused]
        if not peers:
            return
        yield from ("", "## Beside other systems", "", *_beside(fused, peers, self.peers_file))
        yield from _plot(path, "peers", "nDCG@10 of other systems and of Kaedama", lambda file: draw_peers(file, fused, peers))

    def _citations(self, path: Path) -> Iterator[str]:
        found = self._measured("citations")
        if not found:
            return
        yield from ("", "## Citations of the whole pipeline", "", *_citations(found))
        kinds = {"precision": "citation precision", "recall": "citation recall", "supported sentences": "supported share"}
        figures = {
            row.key.set: {kind: value for kind, name in kinds.items() if (value := result["all"][name]) is not None}
            for row, result in found
        }
        yield from _plot(path, "citations", "citation precision and recall", lambda file: draw_shares(file, figures, "%"))


def _plot(path: Path, name: str, says: str, draw: Callable[[Path], None]) -> Iterator[str]:
    if not can_draw():
        yield from ("", f"(No plot of {says}: matplotlib was not installed.)")
        return
    draw(path.parent / path.stem / f"{name}.svg")
    yield from ("", f"![{says}, set by set]({path.stem}/{name}.svg)")


def _prose(text: str) -> list[str]:
    """A paragraph in lines."""
    return textwrap.wrap(text, 150, break_long_words=False, break_on_hyphens=False)


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield from _prose("| --- " + "| ---: " * (len(head) - 1) + "|")
    for row in rows:
        yield from _prose("| " + " | ".join(shown(cell) for cell in row) + " |")


def shown(value: object) -> str:
    """A cell: a figure with one decimal, an interval in brackets, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.1f}"
    return "[" + ", ".join(map(shown, value)) + "]" if isinstance(value, list) else str(value)


def _search(found: _Measured) -> Iterator[str]:
    yield from _prose(
        "`python -m evals retrieval --docs NAME.docs.jsonl --queries NAME.queries.jsonl`: nDCG@10 of five "
        "ways to search the same chunks with the same "
        "embedder. *dense, plain*: cosine; *BM25*: words by SQLite's FTS5, with bigrams for Japanese; *RRF*: "
        "both fused by rank (k = 60), as most frameworks "
        "do; *dense, language-centred* and *Kaedama*: what is searched here alone, and together. The last "
        "column is Kaedama less the better of its own arms."
    )
    yield ""
    head = ["set", "docs / chunks / questions", *ARM_NAMES.values(), "95 %", "recall@5", "MRR@10", "R@1", "less the better arm"]
    rows = []
    for row, result in found:
        gains = [result[arm]["ndcg@10"] for arm in ARM_NAMES]
        fused = result["fused"]
        counts = f"{result['docs']} / {result['chunks']} / {result['queries']}"
        less = fused["ndcg@10"] - max(result[arm]["ndcg@10"] for arm in ("dense", "lexical"))
        rows.append(
            [row.key.set, counts, *gains, fused["ndcg@10 95%"], fused["recall@5"], fused["mrr@10"], fused["r@1"], f"{less:+.1f}"]
        )
    yield from _table(head, rows)


def _beside(fused: dict[str, float], peers: Sequence[Peer], file: str) -> Iterator[str]:
    names = {peer.number: peer.system for peer in peers}
    yield from _prose(
        f"nDCG@10. Kaedama's figures are those above; the others are from `{file}`, measured with the same "
        "embedding model, each system as it "
        "comes, over at most 200 answerable questions a set and whole passages. So the questions are not "
        "always the same, and differences of a few points are "
        "within chance."
    )
    yield ""
    yield from _prose("; ".join(f"**{number}** {name}" for number, name in names.items()) + ".")
    yield ""
    rows: list[list[object]] = []
    for name, value in fused.items():
        own = {peer.number: peer for peer in peers if peer.set == name}
        if own:
            questions = max(peer.questions for peer in own.values())
            rows.append([name, value, questions, *(own[number].ndcg if number in own else None for number in names)])
    yield from _table(["set", "Kaedama", "their questions", *names], rows)


def _refusal(found: _Measured) -> Iterator[str]:
    yield from _prose(
        "`python -m evals refusal --docs NAME.docs.jsonl --queries NAME.queries.jsonl`: what search alone "
        "makes of questions. AUC is the chance that an "
        "answerable question's best score is above an unanswerable one's; kept and refused is what is done "
        "before a model is asked."
    )
    yield ""
    rows = [
        [
            row.key.set,
            f"{result['answerable']} / {result['unanswerable']}",
            "" if result["auc"] is None else f"{result['auc']:.3f}",
            f"{shown(result['kept'])} {shown(result['kept 95%'])}",
            f"{shown(result['refused'])} {shown(result['refused 95%'])}",
            result["refusal precision"],
        ]
        for row, result in found
    ]
    head = ["set", "answerable / unanswerable", "AUC", "kept of answerable", "refused of unanswerable", "precision of refusals"]
    yield from _table(head, rows)


def _pages(found: _Measured) -> Iterator[str]:
    yield from _prose(
        "`python -m evals pages --pdfs DIR --queries NAME.queries.jsonl`: real PDFs through the whole ingest, "
        "each question within its document; a page "
        "stands where its best passage does. *same* and *cross*: whether question and document are in one "
        "language."
    )
    yield ""
    rows = [
        [row.key.set, part, each["questions"], each["r@1"], each["r@5"], each["r@10"], each["kept"]]
        for row, result in found
        for part, each in result["by"].items()
        if each["questions"]
    ]
    yield from _table(["set", "questions", "count", "right page first", "among 5", "among 10", "kept"], rows)


def _answers(found: _Measured) -> Iterator[str]:
    yield from _prose(
        "`python -m evals answers --docs NAME.docs.jsonl --queries NAME.queries.jsonl --model NAME --limit "
        "N`: the model is given the right passage among "
        "three, or three without it. F1 over words, in Japanese over characters."
    )
    yield ""
    rows = []
    for row, result in found:
        for language, one in result.items():
            if isinstance(one, dict):
                counts = f"{one['answerable']} / {one['unanswerable']}"
                refusal = f"{shown(one['refusal precision'])} / {shown(one['refusal recall'])}"
                cells = [one["f1"], one["f1 95%"], one["exact"], one["right citation"], refusal, f"{one['seconds']['median']:.1f}"]
                rows.append([row.key.set, language, row.key.model, counts, *cells])
    head = [
        "set",
        "language",
        "model",
        "answerable / unanswerable",
        "F1",
        "95 %",
        "exact",
        "right citation",
        "refusal: precision / recall",
        "median s",
    ]
    yield from _table(head, rows)


def _citations(found: _Measured) -> Iterator[str]:
    yield from _prose(
        "`python -m evals citations --docs NAME.docs.jsonl --queries NAME.queries.jsonl --model NAME --limit "
        "N`: search, model, citations and verdicts, as a "
        "person asks. Precision: cited passages that are right, over answers that cite; recall: right "
        "passages that are cited, over all answerable "
        "questions; supported: judged sentences that the checker calls quoted or supported."
    )
    yield ""
    rows = []
    for row, result in found:
        one = result["all"]
        counts = f"{one['answerable']} / {one['unanswerable']}"
        refusal = f"{shown(one['refusal precision'])} / {shown(one['refusal recall'])}"
        precision, recall = (
            f"{shown(one[name])} {shown(one[f'{name} 95%'])}" for name in ("citation precision", "citation recall")
        )
        seconds = " / ".join(shown(value) for value in one["seconds"].values())
        rows.append(
            [
                row.key.set,
                row.key.model,
                counts,
                precision,
                recall,
                one["supported share"],
                one["answerable refused"],
                refusal,
                seconds,
            ]
        )
    head = ["set", "model", "answerable / unanswerable", "citation precision", "citation recall", "supported", "answerable refused",
            "refusal: precision / recall", "seconds: p50 / p90 / p95"]  # fmt: skip
    yield from _table(head, rows)


def _document_answers(found: _Measured) -> Iterator[str]:
    yield from _prose(
        "`python -m evals answers --pdfs DIR --queries NAME.queries.jsonl --model NAME`: real PDFs through the whole ingest, each question of "
        "its document through the whole pipeline. First: the right value stands in the short answer or the first quote; shown: there or in "
        "three quotes; wrong with a tick: a short answer without the right value whose sentence is told to be borne out."
    )
    yield ""
    rows = [
        [
            row.key.set,
            part,
            one["questions"],
            one["first"],
            one["shown"],
            one["wrong_ticked"],
            one["refused"],
            result["seconds"]["p50"],
        ]
        for row, result in found
        for part, one in result["by"].items()
        if one["questions"]
    ]
    yield from _table(["set", "questions", "count", "first", "shown", "wrong with a tick", "refused", "median s"], rows)


def _verdicts(found: _Measured) -> Iterator[str]:
    yield from _prose("`python -m evals verdicts --data FILE`: labelled sentences of answers, judged by the product's checker.")
    yield ""
    kinds = ("ticks deserved", "wrong caught", "contradictions told", "false alarms", "no claim judged")
    rows = [
        [row.key.set, part, *(f"{shown(result[part][kind]['percent'])} of {result[part][kind]['of']}" for kind in kinds)]
        for row, result in found
        for part in ("all", "en", "es", "ja")
        if part in result
    ]
    yield from _table(["set", "language", *kinds], rows)
