"""The compare view: what it draws of a comparison, and what it keeps hidden until the vote."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from core.errors import ModelBusy
from core.types import LOCAL, Citation, Hit, Location, Reason, ReasonCode, Support, Verdict
from rag.answer import Status
from rag.comparison import Compared, CompareEvent, Measures
from rag.differences import Fact, Kind, Own
from rag.events import Cited, Ending, Failed, Finished, Judged, Outcome, Planned, Retrieved, Text, Thought, Usage
from rag.models.base import ModelInfo
from service.comparisons import Comparison
from service.waiting import Phase, Waiting
from store.catalog.votes import Standing
from tests.strict_html import HOSTILE, read
from ui.locale import LANGUAGES
from ui.views.comparison import comparison_markup, empty_markup, setup_markup, standings_markup
from ui.views.consent import consent_markup
from ui.views.sources import evidence_markup

ABSENT = Reason(ReasonCode.ABSENT)
MODELS = [
    ModelInfo("ollama:gemma4:e2b", "Ollama", LOCAL, 8192, thinks=True),
    ModelInfo("gemini:flash", "Gemini", Location("Google"), 8192),
]
NAMES = [info.name for info in MODELS]


def hit(rank: int, text: str = "It takes 30 seconds.") -> Hit:
    return Hit(rank, 1.0, 0.5, 0.5, rank, 1, "a.txt", "A", 1, "1", 0, len(text), text, "en")


def planned(name: str) -> CompareEvent:
    return CompareEvent(name, Planned(name, "x", LOCAL, 4096, 900, 300, True, {1: 1, 2: 2}, (), False))


def answered(name: str, text: str, n: int = 1) -> list[CompareEvent]:
    """All events of one column."""
    return [
        CompareEvent(name, Thought("Hm, let me see.")),
        CompareEvent(name, Text(text)),
        CompareEvent(name, Cited((Citation(n, 1, "a.txt", 1, "1", 0, 20, "It takes 30 seconds.", n),))),
        CompareEvent(name, Judged((Verdict(0, len(text), text, Support.UNSUPPORTED, (n,), ABSENT),))),
        CompareEvent(name, Finished(Outcome.ANSWERED, text, Usage(10, 5, Ending.STOP), {"total": 1.0})),
    ]


def measures(name: str, cost: float | None = 0.0) -> Measures:
    return Measures(name, "x", LOCAL, Status.ANSWERED, 0.2, 0.5, 2.0, 12.5, 0.3, 4, 900, 25, False, cost, "USD", 3.4, 0.8, 1.2)


def compared(**own: Own) -> CompareEvent:
    differences = {name: own.get(letter, Own((), (), ())) for letter, name in zip("ab", NAMES, strict=True)}
    return CompareEvent("", Compared((measures(NAMES[0]), measures(NAMES[1], None)), differences))


def comparison(*, blind: bool = False, texts: tuple[str, str] = ("It takes 45 seconds [1].", "It takes 30 [2].")) -> Comparison:
    """A comparison that is over."""
    made = Comparison.begin("How long?", NAMES, blind=blind)
    made = made.take(Waiting(Phase.SEARCHING))
    made = made.take(CompareEvent("", Retrieved((hit(1), hit(2)), "en", True, {"search": 0.01})))
    for name in NAMES:
        made = made.take(planned(name))
    for name, text, n in zip(NAMES, texts, (1, 2), strict=True):
        for event in answered(name, text, n):
            made = made.take(event)
    own = Own((Fact(Kind.NUMBER, "45", 9, 11),), (1,), (Verdict(0, len(texts[0]), texts[0], Support.UNSUPPORTED, (1,), ABSENT),))
    return made.take(compared(a=own)).end()


def test_the_evidence_is_that_of_all_answers() -> None:
    made = comparison()
    evidence = made.evidence()
    assert evidence.cited() == (1, 2)
    assert "a.txt" in read(evidence_markup(evidence, "c1", "en"))


def test_columns_show_answers_measures_and_what_one_alone_says() -> None:
    text = read(comparison_markup(comparison(), 1, MODELS, "en"))
    for said in (
        *NAMES, "45", "sent to Google", "12.5 tokens/s", "numbers: 45", "sources: [1]", "without support: It takes 45",
        "0.3 s · 4 tokens", "900 / 25", "0.00 USD", "not known", "Which answer is best?", "(only here)",
    ):  # fmt: skip
        assert said in text, said
    assert '<span class="kd-own">45</span>' in comparison_markup(comparison(), 1, MODELS, "en")


def test_sentences_without_support_are_listed_as_they_are_read() -> None:
    text = read(
        comparison_markup(comparison(texts=("- It takes **45 seconds** and `x_y` [1].", "It takes 30 [2].")), 1, MODELS, "en")
    )
    assert "without support: It takes 45 seconds and x_y." in text


def test_before_a_comparison_nothing_is_said_of_a_conversation() -> None:
    assert "earlier questions" in read(consent_markup(["Google"], "en"))
    assert "earlier questions" not in read(consent_markup(["Google"], "en", talk=False))


def test_a_blind_comparison_hides_everything_that_tells_the_models_until_the_vote() -> None:
    made = comparison(blind=True)
    drawn = comparison_markup(made, 1, MODELS, "en")
    for told in (*NAMES, "tokens/s", "Google", "at home", "Hm, let me see", "USD"):
        assert told not in drawn, told
    assert "Answer A" in drawn
    made = made.voted("B")
    text = read(comparison_markup(made, 1, MODELS, "en"))
    for told in (
        f"A was {NAMES[0]}",
        f"B was {NAMES[1]}",
        "tokens/s",
        "Loading the model3.4 s",
        "Writing1.2 s",
        "Your vote is kept.",
    ):
        assert told in text, told


def test_a_hidden_failure_does_not_name_its_model() -> None:
    made = Comparison.begin("How long?", NAMES, blind=True)
    made = made.take(CompareEvent(NAMES[0], Failed(ModelBusy(name=NAMES[0], detail="too many"), "")))
    assert NAMES[0] not in comparison_markup(made, 1, MODELS, "en")
    assert "This answer failed" in read(comparison_markup(made, 1, MODELS, "en"))


def test_where_nobody_can_vote_nothing_stays_hidden() -> None:
    made = Comparison.begin("How long?", NAMES, blind=True)
    made = made.take(planned(NAMES[0]))
    for event in answered(NAMES[0], "It takes 30 seconds [1]."):
        made = made.take(event)
    made = made.take(CompareEvent(NAMES[1], Failed(ModelBusy(name=NAMES[1], detail="too many"), "")))
    made = made.take(compared()).end()
    text = read(comparison_markup(made, 1, MODELS, "en"))
    assert "too many" in text
    assert all(name in text for name in NAMES)


def test_stop_keeps_what_has_come() -> None:
    made = Comparison.begin("How long?", NAMES, blind=False)
    for name in NAMES:
        made = made.take(planned(name))
    made = made.take(CompareEvent(NAMES[0], Text("It takes ")))
    made = made.end()
    text = read(comparison_markup(made, 1, MODELS, "en"))
    assert "It takes" in text
    assert text.count("Stopped.") == 2


def test_a_search_that_finds_nothing_says_so_once() -> None:
    made = Comparison.begin("How long?", NAMES, blind=False)
    made = made.take(CompareEvent("", Retrieved((hit(1),), "en", False, {})))
    made = made.take(CompareEvent("", Finished(Outcome.NOTHING_FOUND, "", None, {}))).end()
    text = read(comparison_markup(made, 1, MODELS, "en"))
    assert text.count("no model was asked") == 1


def test_a_failure_of_the_whole_is_told_where_it_happened() -> None:
    made = Comparison.begin("How long?", NAMES, blind=False)
    made = made.take(CompareEvent("", Failed(ModelBusy(name="x", detail="too many"), ""))).end()
    assert "too many" in read(comparison_markup(made, 1, MODELS, "en"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_draws_every_part(language: str) -> None:
    read(empty_markup(language))
    read(comparison_markup(comparison(), 1, MODELS, language))
    read(setup_markup(MODELS, NAMES, language, blind=True))
    read(setup_markup(MODELS[:1], [], language, blind=False))
    assert "gemini:flash" in read(standings_markup([Standing("gemini:flash", 2, 1, 0)], 3, language))
    assert standings_markup([], 0, language) == ""


def test_the_setup_tells_what_is_chosen_and_where_it_runs() -> None:
    drawn = setup_markup(MODELS, NAMES[1:], "en", blind=False)
    assert "data-remote" in drawn
    assert "Choose two models or more." in read(drawn)
    assert "data-remote" not in setup_markup(MODELS, NAMES[:1], "en", blind=False)


@settings(max_examples=60, deadline=None)
@given(HOSTILE, HOSTILE)
def test_hostile_answers_stay_text(first: str, second: str) -> None:
    made = comparison(texts=(first or "x", second or "y"))
    read(comparison_markup(made, 1, MODELS, "en"))
    hidden = comparison(blind=True, texts=(first or "x", second or "y"))
    read(comparison_markup(hidden, 1, MODELS, "es"))
