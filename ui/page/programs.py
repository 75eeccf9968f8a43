"""What programs may ask over Gradio's API: /ask and /documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from core.errors import KaedamaError
from rag.answer import Answer
from rag.events import Text, Thought, to_json
from service.app import Application
from service.ask import Ask
from service.sessions import Session
from service.waiting import Waiting


def ask_endpoint(application: Application) -> Callable[[str, str, bool], Iterator[dict[str, Any]]]:
    """The function behind the API endpoint /ask."""

    def ask(question: str, model: str = "", send_away: bool = False) -> Iterator[dict[str, Any]]:  # noqa: FBT001  # an API
        """Answer a question about the documents; each message holds all that is known so far.

        Keys: answer, citations [{n, source, page, label, start, end, quote}], verdicts, outcome (null until the end), error
        (null, or {code, message}), events (all but the pieces of text). `model` is a name from the page's list;
        empty means the best one. Without `send_away` a model that answers elsewhere is refused.
        """
        notebook = application.notebooks.opened(application.settings.notebook).id
        allowed = application.models.recipients() if send_away else frozenset()
        events: list[dict[str, object]] = []
        try:
            running = application.questions.ask(Session("program", notebook, allowed=allowed), Ask(question, model=model))
        except KaedamaError as error:
            yield _plain(replace(Answer(question), error=error), events)
            return
        try:
            for batch in running.events():
                events += [to_json(event) for event in batch if not isinstance(event, Waiting | Text | Thought)]
                if batch and not running.over:
                    yield _plain(running.answer, events)
        finally:
            running.stop()
        yield _plain(running.answer, events)

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


def _plain(answer: Answer, events: list[dict[str, object]]) -> dict[str, Any]:
    error = answer.error
    return {
        "answer": answer.text,
        "citations": [
            {
                "n": one.n,
                "source": one.source,
                "page": one.page,
                "label": one.label,
                "start": one.start,
                "end": one.end,
                "quote": one.quote,
            }
            for one in answer.citations
        ],
        "verdicts": [{"sentence": one.sentence, "support": one.support.value, "cited": list(one.cited)} for one in answer.verdicts],
        "outcome": answer.outcome.value if answer.outcome else None,
        "error": {"code": error.code, "message": str(error)} if error is not None else None,
        "events": list(events),
    }
