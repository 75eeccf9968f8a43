"""Gradio handlers of what is taken along: a conversation, the votes. The page's script saves what they answer as a file."""

from __future__ import annotations

import datetime as dt
import json
import re

import gradio as gr

from service.app import Application
from service.conversations import KeptConversation, KeptTurn
from service.export import to_json
from store.catalog.votes import as_jsonl
from ui.locale import LANGUAGES, day_and_time, say
from ui.page.context import read
from ui.views import export
from ui.views.turns import answer_notes, answer_words, say_page

# What no file's name should hold, on any system.
_UNFIT = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')
_LONGEST_NAME = 60


class Exporting:
    """The handlers over one application. Each answers {name, type, text} in JSON, "" where there is nothing."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def conversation(self, kept: str, request: gr.Request, event: gr.EventData) -> str:
        """The conversation that is shown, as Markdown, HTML or JSON."""
        here = read(self._application, kept, request)
        if here.conversation is None:
            return ""
        title = here.conversation.about.title
        name = _UNFIT.sub(" ", title)[:_LONGEST_NAME].strip(" .") or "kaedama"
        if str(event.format) == "json":
            return _file(f"{name}.json", "application/json", to_json(here.conversation))
        turns, words, sources = (
            exported(here.conversation, here.language),
            answer_words(here.language),
            say("evidence", here.language),
        )
        if str(event.format) == "html":
            text = export.export_html(title, turns, words, sources=sources, language=here.language)
            return _file(f"{name}.html", "text/html", text)
        return _file(f"{name}.md", "text/markdown", export.export_markdown(title, turns, words, sources=sources))

    def votes(self, kept: str, request: gr.Request) -> str:
        """All votes of the notebook, one JSON object a line."""
        here = read(self._application, kept, request)
        names = {one.id: one.name for one in self._application.notebooks.all()}
        text = as_jsonl(self._application.notebooks.votes(here.session.notebook), names)
        return _file("kaedama-votes.jsonl", "application/x-ndjson", text)


def exported(conversation: KeptConversation, language: str) -> list[export.KeptTurn]:
    """The turns of the branch that is shown, with places and times in words."""
    return [_exported(turn, language) for turn in conversation.turns]


def _exported(turn: KeptTurn, language: str) -> export.KeptTurn:
    passages = turn.answer.passages()
    quotes = [
        export.KeptQuote(
            one.n,
            f"{one.source}, {say_page(passages[one.n], language)}",
            one.quote,
            passages[one.n].language if passages[one.n].language in LANGUAGES else "",
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
        turn.model,
        day_and_time(dt.datetime.fromtimestamp(turn.asked).astimezone(), language),
        turn.answer.language if turn.answer.language in LANGUAGES else "",
    )


def _file(name: str, kind: str, text: str) -> str:
    return json.dumps({"name": name, "type": kind, "text": text}, ensure_ascii=False)
