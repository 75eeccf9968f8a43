"""A conversation as a file: Markdown, one page of HTML, or JSON that comes back as equal values. Pure."""

from __future__ import annotations

import datetime as dt
import enum

from core.place_words import say_source
from rag.events import Outcome
from service.conversations import KeptConversation, KeptTurn
from service.export import to_json
from ui.locale import LANGUAGES, day_and_time, say
from ui.views import export
from ui.views.ending import ended_text, verdict_text
from ui.views.turns import answer_notes, answer_words


class Form(enum.StrEnum):
    """What a conversation can be taken along as; the value is the file's extension."""

    MARKDOWN = "md"
    HTML = "html"
    JSON = "json"


MEDIA_TYPES = {Form.MARKDOWN: "text/markdown", Form.HTML: "text/html", Form.JSON: "application/json"}


def export_conversation(conversation: KeptConversation, form: Form, language: str) -> str:
    """The branch of a conversation that is shown, as the text of a file; `language` is that of the words around it."""
    if form is Form.JSON:
        return to_json(conversation)
    title, turns = conversation.about.title, exported(conversation, language)
    words, sources = answer_words(language), say("evidence", language)
    if form is Form.HTML:
        return export.export_html(title, turns, words, sources=sources, language=language)
    return export.export_markdown(title, turns, words, sources=sources)


def exported(conversation: KeptConversation, language: str) -> list[export.KeptTurn]:
    """The turns of the branch that is shown, with places and times in words."""
    return [_exported(turn, language) for turn in conversation.turns]


def _exported(turn: KeptTurn, language: str) -> export.KeptTurn:
    passages = turn.answer.passages()
    quotes = [
        export.KeptQuote(
            one.n,
            say_source(one, language),
            one.quote,
            passages[one.n].language if passages[one.n].language in LANGUAGES else "",
            one.added,
        )
        for one in turn.answer.citations
        if one.n in passages
    ]
    return export.KeptTurn(
        turn.question,
        turn.answer.text,
        quotes,
        turn.answer.verdicts,
        answer_notes(turn.answer, language).conflicts,
        "" if turn.answer.outcome is Outcome.NOTHING_FOUND else turn.model,
        day_and_time(dt.datetime.fromtimestamp(turn.asked).astimezone(), language),
        turn.answer.language if turn.answer.language in LANGUAGES else "",
        [note for note in (ended_text(turn.answer, language), verdict_text(turn.answer, language)) if note],
    )
