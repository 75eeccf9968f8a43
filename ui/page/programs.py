"""What programs may ask over Gradio's API: /ask and /documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from core.errors import KaedamaError
from core.place_words import place_fields
from core.types import Citation, Verdict
from rag.answer import Answer
from rag.events import Text, Thought, to_json
from service.app import Application
from service.ask import Ask
from service.sessions import Session
from service.waiting import Waiting


def ask_endpoint(application: Application) -> Callable[[str, str, bool], Iterator[dict[str, Any]]]:
    """The function behind the API endpoint /ask."""

    def ask(question: str, model: str = "", send_away: bool = False) -> Iterator[dict[str, Any]]:  # noqa: FBT001  # an API
        """Answer a question about the documents. Messages carry what is new; the last one, in which `over` is true, carries everything.

        Keys: over; piece (text that is new); anew (true where all that came before counts no more, and the answer begins again);
        citations [{n, source, page, label, start, end, quote, place, where}], verdicts and events (all but the pieces of text), each those
        that are new; answer (null until the end), outcome (null until the end), error (null, or {code, message}). `model` is a name from
        the page's list; empty means the best one. Without `send_away` a model that answers elsewhere is refused.
        """
        notebook = application.notebooks.opened(application.settings.notebook).id
        allowed = application.models.recipients() if send_away else frozenset()
        session, answer, events = Session("program", notebook, allowed=allowed), Answer(question), list[dict[str, object]]()
        try:
            running = application.questions.ask(session, Ask(question, model=model))
        except KaedamaError as error:
            yield _everything(replace(answer, error=error), events)
            return
        try:
            for batch in running.events():
                before, arrived = answer, [event for event in batch if not isinstance(event, Waiting)]
                for event in arrived:
                    answer = answer.take(event)
                new = [to_json(event) for event in arrived if not isinstance(event, Text | Thought)]
                events += new
                if arrived:
                    yield _news(before, answer, new)
        finally:
            running.stop()
        yield _everything(running.answer, events)

    return ask


def documents_endpoint(application: Application) -> Callable[[], list[dict[str, Any]]]:
    """The function behind the API endpoint /documents."""

    def documents() -> list[dict[str, Any]]:
        """The documents that questions are answered from; page numbers in `textless` hold no text and cannot be searched."""
        notebook = application.notebooks.opened(application.settings.notebook).id
        return [
            {
                "id": one.id,
                "name": one.name,
                "title": one.title,
                "media_type": one.media_type,
                "pages": one.pages,
                "passages": one.chunks,
                "languages": list(one.languages),
                "textless": list(one.textless),
                "size": one.size,
            }
            for one in application.notebooks.documents(notebook)
        ]

    return documents


def _news(before: Answer, answer: Answer, events: list[dict[str, object]]) -> dict[str, Any]:
    """What an answer has that it had not before."""
    goes_on = (
        answer.text.startswith(before.text)
        and answer.citations[: len(before.citations)] == before.citations
        and answer.verdicts[: len(before.verdicts)] == before.verdicts
    )
    known = before if goes_on else Answer(answer.question)
    return {
        "over": False,
        "piece": answer.text[len(known.text) :],
        "anew": not goes_on,
        "citations": _citations(answer.citations[len(known.citations) :]),
        "verdicts": _verdicts(answer.verdicts[len(known.verdicts) :]),
        "events": events,
        "answer": None,
        "quotes": [],
        "outcome": None,
        "error": None,
    }


def _everything(answer: Answer, events: list[dict[str, object]]) -> dict[str, Any]:
    error = answer.error
    return {
        "over": True,
        "piece": "",
        "anew": False,
        "citations": _citations(answer.citations),
        "verdicts": _verdicts(answer.verdicts),
        "events": events,
        "answer": answer.text,
        "quotes": _citations(answer.quotes),
        "outcome": answer.outcome.value if answer.outcome else None,
        "error": {"code": error.code, "message": str(error)} if error is not None else None,
    }


def _citations(citations: Iterable[Citation]) -> list[dict[str, Any]]:
    keys = ("n", "source", "page", "label", "start", "end", "quote", "added")
    return [{**{key: getattr(one, key) for key in keys}, **place_fields(one)} for one in citations]


def _verdicts(verdicts: Iterable[Verdict]) -> list[dict[str, Any]]:
    return [
        {"sentence": one.sentence, "support": one.support.value, "cited": list(one.cited), "found": list(one.found)}
        for one in verdicts
    ]
