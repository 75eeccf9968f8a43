"""Gradio handlers of what is taken along: a conversation, the votes. The page's script saves what they answer as a file."""

from __future__ import annotations

import json
import re

import gradio as gr

from service.app import Application
from store.catalog.votes import as_jsonl
from ui.exports import MEDIA_TYPES, Form, export_conversation
from ui.page.context import read

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
        form = Form(str(event.format)) if str(event.format) in list(Form) else Form.MARKDOWN
        return _file(f"{name}.{form}", MEDIA_TYPES[form], export_conversation(here.conversation, form, here.language))

    def votes(self, kept: str, request: gr.Request) -> str:
        """All votes of the notebook, one JSON object a line."""
        here = read(self._application, kept, request)
        names = {one.id: one.name for one in self._application.notebooks.all()}
        text = as_jsonl(self._application.notebooks.votes(here.session.notebook), names)
        return _file("kaedama-votes.jsonl", "application/x-ndjson", text)


def _file(name: str, kind: str, text: str) -> str:
    return json.dumps({"name": name, "type": kind, "text": text}, ensure_ascii=False)
