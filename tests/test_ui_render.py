"""Markup builders against events made by hand, and against hostile text: whatever a model or a document says stays text."""

from __future__ import annotations

from hypothesis import given, settings

from core.errors import ModelUnavailable, NoText
from core.types import LOCAL, Citation, Hit, Location, Reason, ReasonCode, Source, Support, Verdict
from ingest.events import Status
from rag.events import Cited, Condensed, Failed, Finished, Judged, LeftOut, Outcome, Planned, Retrieved, Text, Thought, Usage
from rag.models.base import ModelInfo
from tests.strict_html import HOSTILE, read
from ui.exchange import Exchange, Phase, Waiting
from ui.locale import LANGUAGES
from ui.panels import JobView, Row, documents_markup, job_markup, model_markup, welcome_markup
from ui.render import evidence_markup, exchange_markup


def hit(rank: int, text: str = "Uno. Dos tres cuatro. Cinco.", **changes: object) -> Hit:
    fields: dict[str, object] = {
        "rank": rank,
        "score": 1.0,
        "dense": 0.5,
        "coverage": 0.5,
        "chunk_id": rank,
        "source_id": 7,
        "source": "guía.md",
        "title": "Guía",
        "page": 3,
        "label": None,
        "start": 100,
        "end": 100 + len(text),
        "text": text,
        "language": "es",
        **changes,
    }
    return Hit(**fields)  # type: ignore[arg-type]


def answered(text: str, *, quote: str = "Dos tres", passage: str = "Uno. Dos tres cuatro. Cinco.", question: str = "?") -> Exchange:
    exchange = Exchange(1, question)
    at = 100 + max(0, passage.find(quote))
    exchange.take(Retrieved((hit(1, passage), hit(2), hit(3)), "es", True, {"embed": 0.012, "search": 0.003}))
    exchange.take(Planned("m", "e", LOCAL, 1000, 400, 100, True, {1: 1, 2: 2}, (LeftOut(3, "reader"),), False))
    exchange.take(Thought("hm"))
    exchange.take(Text(text))
    exchange.take(Cited((Citation(1, 7, "guía.md", 3, None, at, at + len(quote), quote, 1),)))
    exchange.take(Judged((Verdict(0, len(text), text, Support.QUOTED, (1,), Reason(ReasonCode.WORDS)),)))
    exchange.take(Finished(Outcome.ANSWERED, text, Usage(400, 5, "stop"), {"total": 1.25}))
    return exchange


def test_an_answer_with_chip_verdict_steps_and_thoughts() -> None:
    markup = exchange_markup(answered("Dos tres [1]."), "en", retry=True)
    text = read(markup)
    assert 'data-do="cite" data-turn="1" data-n="1"' in markup
    assert 'aria-label="Source 1: guía.md, p. 3"' in markup
    assert 'class="kd-s kd-s-quoted"' in markup
    assert "(quoted)" in text
    assert "1 of 1 sentence supported" in text
    assert "15 ms search, 3 passages" in text
    assert "1.2 s" in text
    assert "Ask again" in text
    assert "Thought" in text
    assert "data-running" not in markup


def test_a_mark_without_a_passage_is_plain_text() -> None:
    markup = exchange_markup(answered("Dos tres [9]."), "en")
    assert "[9]" in read(markup)
    assert 'data-n="9"' not in markup


def test_evidence_is_in_order_of_citation_with_the_quote_marked() -> None:
    markup = evidence_markup(answered("Dos tres [1]."), "es")
    text = read(markup)
    assert "<mark>Dos tres</mark>" in markup
    assert 'data-card="1-1"' in markup
    assert "Encontrados pero no citados (2)" in text
    assert "400 de 1000 tokens" in text


def test_evidence_while_the_answer_is_written_follows_its_marks() -> None:
    exchange = Exchange(4, "?")
    exchange.take(Retrieved((hit(1), hit(2)), "es", True, {}))
    exchange.take(Planned("m", "e", LOCAL, 1000, 400, 100, False, {1: 1, 2: 2}, (), False))
    exchange.take(Text("b [2] a [1] b [2]"))
    assert exchange.cited_numbers() == [2, 1]
    assert "about 400 of 1000 tokens" in read(evidence_markup(exchange, "en"))


def test_printed_label_stands_before_the_sheet() -> None:
    exchange = Exchange(1, "?")
    exchange.take(Retrieved((hit(1, label="iv"),), "es", True, {}))
    assert "p. iv (sheet 3)" in read(evidence_markup(exchange, "en"))


def test_what_is_waited_for_is_said() -> None:
    exchange = Exchange(1, "?")
    said = []
    for event in (Waiting(Phase.QUEUE, 2), Waiting(Phase.SAMPLES, 41), Waiting(Phase.SEARCH_MODEL), Waiting(Phase.SEARCHING)):
        exchange.take(event)
        said.append(read(exchange_markup(exchange, "en")))
    exchange.take(Planned("m", "e", LOCAL, 1000, 400, 100, True, {1: 1}, (), False))
    said.append(read(exchange_markup(exchange, "en")))
    for text, words in zip(said, ("behind 2", "41%", "search model", "Searching", "Reading 1 passage…"), strict=True):
        assert words in text


def test_stop_and_failure_keep_what_had_come() -> None:
    stopped, failed, broken = Exchange(1, "?"), Exchange(1, "?"), Exchange(1, "?")
    for exchange in (stopped, failed, broken):
        exchange.take(Text("half an ans"))
    stopped.stop()
    failed.take(Failed(ModelUnavailable(engine="Ollama", url="http://x", start="ollama serve"), "half an ans"))
    broken.close()
    for exchange, words in ((stopped, "Stopped."), (failed, "ollama serve"), (broken, "ended unexpectedly")):
        text = read(exchange_markup(exchange, "en"))
        assert "half an ans" in text
        assert words in text
        assert not exchange.running


def test_nothing_found_shows_the_nearest() -> None:
    exchange = Exchange(1, "?")
    exchange.take(Retrieved((hit(1),), "es", False, {"search": 0.1}))
    exchange.take(Finished(Outcome.NOTHING_FOUND, "", None, {"total": 0.1}))
    assert "no model was asked" in read(exchange_markup(exchange, "en"))
    assert "What came nearest (1)" in read(evidence_markup(exchange, "en"))


def test_history_carries_no_marks() -> None:
    exchange = answered("Dos tres [1]. Cinco [2].")
    turn = exchange.turn()
    assert turn is not None
    assert turn.answer == "Dos tres. Cinco."
    follow = Exchange(2, "y eso?")
    follow.take(Condensed("? y eso?"))
    assert follow.turn() is None


@settings(max_examples=150, deadline=None)
@given(text=HOSTILE, quote=HOSTILE, passage=HOSTILE, name=HOSTILE)
def test_hostile_text_stays_text(text: str, quote: str, passage: str, name: str) -> None:
    exchange = answered(text, quote=quote, passage=passage, question=text)
    exchange.take(Thought(passage))
    exchange.hits = (*exchange.hits, hit(9, passage, source=name, title=text, heading=quote, label=name, language="und"))
    exchange.searched = name
    row = Row(name, Status.FAILED, error=NoText(name=name, pages=2))
    source = Source(1, 1, name, text, "0", "text/plain", 1, 1, 1, ("es",), 0.0, (41,))
    model = ModelInfo(name or "m", text, Location("Google"), 10, demonstration=True)
    for language in LANGUAGES:
        for markup in (
            exchange_markup(exchange, language),
            evidence_markup(exchange, language),
            documents_markup([source], (), language, note=name),
            job_markup(JobView(1, total=1, rows=[row]), language),
            model_markup([model], model.name, language),
            welcome_markup(language, examples=True),
        ):
            read(markup)
