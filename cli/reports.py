"""What the command line shows of answers and comparisons: as text for people, or every event as a line of JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.errors import KaedamaError
from core.instructions import instructions
from core.place_words import place_fields, say_source
from core.text import flowing
from core.types import Citation, Hit, Support, Verdict
from rag.answer import Answer
from rag.events import Event, Failed, Finished, Mode, Outcome, Planned, Retried, Retrieved, RetryReason, Text, Thought, to_json

if TYPE_CHECKING:
    from rag.comparison import CompareEvent
    from rag.models.pulling import Pulling

# A bar of so many characters and the figures beside it fit a terminal of 80 columns.
_BAR = 24
DEMONSTRATION = (
    "The embedded Gemma 3 270M is a small reader that quotes: it shows what the documents say. For a real Gemma install Ollama "
    "(https://ollama.com) and run `ollama pull gemma4:e2b`."
)

NO_DOCUMENTS = "The notebook holds no documents yet: `python -m ingest PATH` adds a file or a folder."
_NOTHING = "Nothing in the documents comes near enough to answer this."

# Why the model is asked once more, by `Retried.reason`.
_RETRIED = {
    RetryReason.THOUGHTS_USED_THE_LIMIT: "The whole length went into thinking",
    RetryReason.NO_TEXT: "It ended without a word",
    RetryReason.CANNOT_THINK: "It cannot think",
    RetryReason.WINDOW: "Its window is narrower than it said, so that a part of the passages was cut off",
    RetryReason.BUSY: "It has too much to do at the moment",
    RetryReason.QUOTA: "Its quota is used up for now",
}


def hit_fields(hit: Hit) -> dict[str, object]:
    """A passage found, as plain data."""
    fields = {
        "rank": hit.rank,
        "score": round(hit.score, 4),
        "source": hit.source,
        "page": hit.page,
        "start": hit.start,
        "end": hit.end,
    }
    return {**fields, "text": hit.text, "label": hit.label, "language": hit.language, "heading": hit.heading, **place_fields(hit)}


def citation_line(citation: Citation) -> str:
    """A citation in one line: its number, place and quote; a plus and words where it is not the model's."""
    if citation.added:
        return f"[+{citation.n}] {say_source(citation)}: {flowing(citation.quote)} (added by Kaedama)"
    return f"[{citation.n}] {say_source(citation)}: {flowing(citation.quote)}"


def supported_line(verdicts: Sequence[Verdict]) -> str:
    """How many sentences of an answer are borne out, and both values of each that a passage contradicts."""
    good = sum(verdict.support.ticked for verdict in verdicts)
    told = [f"{good} of {len(verdicts)} {'sentence' if len(verdicts) == 1 else 'sentences'} supported"]
    for verdict in verdicts:
        if verdict.support is Support.CONTRADICTED:
            reason = verdict.reason
            values = f": {reason.claimed} in the answer, {reason.found} in passage {reason.passage}" if reason.found else ""
            told.append(f"contradicted: “{flowing(verdict.sentence)}”{values}")
        if verdict.found:
            found = ", ".join(f"[+{number}]" for number in verdict.found)
            told.append(f"found by Kaedama: “{flowing(verdict.sentence)}” stands in {found}{' instead' if verdict.cited else ''}")
    return "\n".join(told)


def second_try(event: Retried) -> str:
    """Why the model is asked once more, how, and after how long."""
    if event.reason is RetryReason.LOADING:
        return "The server is still loading the model; waiting for it."
    how = f" in {event.wait_s:g} s" if event.wait_s else " with thinking" if event.think else " without thinking"
    return f"{_RETRIED[event.reason]}; asking once more{how}."


def leaving(event: Planned) -> str:
    """What leaves this machine's network with this plan, and to whom; "" where the model runs here."""
    if not event.location.remote:
        return ""
    what = ("page" if event.mode is Mode.DOCUMENTS else "passage") + ("s" if len(event.sources) > 1 else "")
    return f"Your question and {len(event.sources)} {what} go to {event.location.recipient} ({event.model})."


def progress(event: Pulling) -> str:
    """How far a download is, as a line with a bar once its size is known."""
    if not event.total:
        return f"{event.name}: {event.status}"
    # Another layer may begin when all that are known are there: only the end is a hundred.
    percent = min(100 if event.status == "success" else 99, 100 * event.done // event.total)
    full = _BAR * percent // 100
    amount = f"{event.done / 1e9:.2f} of {event.total / 1e9:.2f} GB" if event.done < event.total else event.status
    return f"[{'#' * full}{'.' * (_BAR - full)}] {percent:>3} %  {amount}  {event.name}"


class JsonReport:
    """Every event as one line of JSON."""

    def begin(self, conversation: str, turn: int) -> None:
        """Name the conversation and the turn under which the answer is kept."""
        print(json.dumps({"event": "conversation", "id": conversation, "turn": turn}), flush=True)

    def show(self, event: Event) -> None:
        """Show one event."""
        print(json.dumps(to_json(event), ensure_ascii=False), flush=True)


class TextReport:
    """The answer as it comes on standard output, with the quotes below; the rest on standard error."""

    def __init__(self) -> None:
        self._answer = Answer("")
        self._thinking = False  # whether standard error stands in the middle of a line

    def begin(self, conversation: str, turn: int) -> None:
        """Name the conversation under which the answer is kept."""
        sys.stderr.write(f"conversation {conversation} (--conversation last goes on with it)\n")

    def show(self, event: Event) -> None:
        """Show one event."""
        self._answer = self._answer.take(event)
        if isinstance(event, Retrieved):
            sys.stderr.write(f"{len(event.hits)} passages in {_searching_s(event) * 1000:.0f} ms\n")
        elif isinstance(event, Planned):
            why = f" ({event.why.replace('_', ' ')})" if event.why else ""
            sys.stderr.write(f"{event.mode}{why}: {event.used:,} tokens of {event.window:,}\n")
            sys.stderr.write(f"{DEMONSTRATION}\n" if event.demonstration else "")
            _line(leaving(event))
        elif isinstance(event, Thought) and event.retracts:
            print(flush=True)
            _line("That was the model thinking; its answer follows.", fresh=self._thinking)
            self._thinking = False
        elif isinstance(event, Thought):
            sys.stderr.write(event.text)
            self._thinking = not event.text.endswith("\n")
        elif isinstance(event, Retried):
            _line(second_try(event), fresh=self._thinking)
            self._thinking = False
        elif isinstance(event, Text):
            print(event.text, end="", flush=True)
        elif isinstance(event, Finished):
            self._finish(event)

    def _finish(self, event: Finished) -> None:
        if event.outcome in (Outcome.ANSWERED, Outcome.UNSURE, Outcome.CUT) and (self._answer.text or not self._answer.quotes):
            print("\n")
        if event.outcome is Outcome.UNSURE:
            print("Little in the documents speaks to this question: read the quotes before you rely on them.")
        if self._answer.quotes and event.outcome is not Outcome.REFUSED:
            print("The documents say:")
        elif self._answer.quotes:
            print("The answer does not seem to be in the documents. This came nearest:")
        for citation in self._answer.citations:
            print(citation_line(citation))
        if self._answer.verdicts:
            print(supported_line(self._answer.verdicts))
        for number, quote in _spoken_to_models(self._answer).items():
            print(f"[{number}] speaks to a language model and not to you: “{quote}”. The model got it as quoted text.")
        if event.prompt_cut:
            print("The engine read less than it was given: a part of the passages was cut off. A larger window may help.")
        if event.outcome is Outcome.NOTHING_FOUND:
            print(_NOTHING if self._answer.hits else NO_DOCUMENTS)
        if event.outcome in (Outcome.NOTHING_FOUND, Outcome.REFUSED) and self._answer.hits and not self._answer.quotes:
            print("\nThis came nearest:")
            for hit in self._answer.hits[:3]:
                print(f"- {say_source(hit)}: {' '.join(hit.text.split())[:200]}")
        if event.outcome is Outcome.CUT:
            print("The answer reached the limit of its length (KAEDAMA_ANSWER_TOKENS).")


def _spoken_to_models(answer: Answer) -> dict[int, str]:
    """For each cited passage with text that speaks to a language model, by its number, the first such sentence."""
    passages = answer.passages()
    found = {number: instructions(f"{passages[number].title}\n\n{passages[number].text}") for number in answer.cited()}
    return {number: quotes[0] for number, quotes in found.items() if quotes}


def _searching_s(event: Retrieved) -> float:
    """Seconds of the search, without loading its model."""
    return sum(spent for step, spent in event.seconds.items() if step != "load")


def _line(text: str, *, fresh: bool = False) -> None:
    """A line on standard error at once, before anything else happens; `fresh` ends one that was begun."""
    sys.stderr.write(("\n" if fresh and text else "") + (f"{text}\n" if text else ""))
    sys.stderr.flush()


class ComparisonReport:
    """A comparison on the terminal: each answer when it is whole, then the tables; or every event as a line of JSON."""

    def __init__(self, order: Sequence[str], *, hidden: bool, as_json: bool) -> None:
        self.names = {model: chr(ord("A") + at) if hidden else model for at, model in enumerate(order)}
        self.answers: dict[str, str] = {}
        self.failure: KaedamaError | None = None
        self._failures: dict[str, KaedamaError] = {}
        self._json = as_json
        self._unplanned = set(order)
        self._leaving: list[str] = []

    def show(self, found: CompareEvent) -> None:
        """Show one event."""
        from cli.tables import comparison
        from rag.comparison import Compared

        event = found.event
        if found.model and isinstance(event, Finished):
            self.answers[found.model] = event.answer
        if not found.model and isinstance(event, Failed):
            self.failure = event.error
        elif isinstance(event, Failed):
            self._failures[found.model] = event.error
        if self._json:
            print(json.dumps(found.to_json(), ensure_ascii=False), flush=True)
        elif isinstance(event, Planned):
            self._leaving.append(leaving(event))
        elif isinstance(event, Retried):
            _line(f"{self.names[found.model]}: {second_try(event)}")
        elif found.model and isinstance(event, Finished):
            print(f"== {self.names[found.model]}\n{event.answer}\n", flush=True)
        elif found.model and isinstance(event, Failed):
            reason = "it failed" if self.names[found.model] != found.model else str(event.error)
            print(f"== {self.names[found.model]}\n{event.answer}\n({reason})\n", flush=True)
        elif isinstance(event, Finished):
            print("Nothing in the documents comes near enough to answer this.")
        elif isinstance(event, Compared):
            print("\n".join(comparison(event, self.names)))
        self._tell_leaving(found.model)

    def reveal(self) -> None:
        """The names behind the letters, and why those failed that did."""
        for model, letter in self.names.items():
            failed = f" It failed: {self._failures[model]}" if model in self._failures else ""
            _line(f"{letter} was {model}.{failed}")

    def _tell_leaving(self, model: str) -> None:
        """What leaves the machine, once every model has its plan: sorted, because the order of the plans is that of hidden names."""
        self._unplanned.discard(model)
        if not self._unplanned:
            for line in sorted(filter(None, self._leaving)):
                _line(line)
            self._leaving.clear()
