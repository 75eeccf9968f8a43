"""Gradio handlers of models: which one answers and how, the view that tells which Gemma fits, getting one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr

from core.errors import KaedamaError
from rag.events import Mode
from rag.machine import this_machine
from rag.models.base import Thinking
from rag.recommendations import Recommendations, recommend
from service.app import Application
from service.job_states import Kind
from ui.choices import Choices
from ui.page.context import Context, read
from ui.views.models import model_markup
from ui.views.recommendations import recommendations_markup
from ui.views.text import note_markup

# Seconds between two looks at downloads.
_DRAW_S = 0.25
_SKIP = gr.skip()


class ModelsView:
    """The handlers over one application."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._seen: tuple[Recommendations, bool] | None = None

    def read(self, kept: str, request: gr.Request) -> Context:
        """The context of an event."""
        return read(self._application, kept, request)

    # Drawing

    def line(self, here: Context, *, wait: bool = True) -> str:
        """The line under the question box. Without `wait` nothing is asked of engines: "" before they were asked for the first time."""
        models = self._application.models
        if self._seen is None and not wait:
            return ""
        known = models.known()
        chosen = here.choices.model if any(info.name == here.choices.model for info in known) else models.default()
        return model_markup(known, chosen, here.choices, here.language)

    def recommendations(self, here: Context, *, look: bool = False) -> str:
        """The view of models; machine and engines are asked at the first time, and anew with `look`."""
        if self._seen is None or look:
            self._seen = self._looked()
        found, answers = self._seen
        downloads = {job.name: job for job in self._application.jobs.states() if job.kind is Kind.DOWNLOAD}
        url = self._application.settings.ollama_url
        return recommendations_markup(found, downloads, here.language, url=url, answers=answers)

    def _looked(self) -> tuple[Recommendations, bool]:
        """The recommendations, and whether Ollama answers."""
        from rag.models.ollama_server import answers  # loads an HTTP client: not before the page is up

        models = self._application.models.look()
        ours = [
            info.name.removeprefix("ollama:") for info in models if info.name.startswith("ollama:") and not info.location.remote
        ]
        return recommend(this_machine(), ours), answers(self._application.settings)

    # Handlers

    def look(self, kept: str, request: gr.Request) -> tuple[str, str]:
        """Ask the engines again. Outputs: model line, view of models."""
        here = self.read(kept, request)
        return self.line(here), self.recommendations(here, look=True)

    def get(self, kept: str, request: gr.Request, event: gr.EventData) -> tuple[Any, str]:
        """Begin to get a model. Outputs: what is said, view of models."""
        here = self.read(kept, request)
        try:
            self._application.jobs.download(str(event.name))
        except KaedamaError as error:
            return note_markup(error.sentence(here.language)), self.recommendations(here)
        return "", self.recommendations(here)

    def watch(self, kept: str, request: gr.Request) -> Iterator[tuple[Any, Any]]:
        """Draw the view while downloads run, and ask the engines anew when they have ended. Outputs: model line, view of models."""
        yield _SKIP, _SKIP
        here, before = self.read(kept, request), ""
        if not any(job.kind is Kind.DOWNLOAD for job in self._application.jobs.states()):
            return
        while self._downloading():  # it may have ended already: then only what came of it is drawn
            now = self.recommendations(here)
            if now != before:
                yield _SKIP, now
                before = now
            time.sleep(_DRAW_S)
        yield self.look(kept, request)

    def _downloading(self) -> bool:
        return any(job.kind is Kind.DOWNLOAD and not job.over for job in self._application.jobs.states())

    def stop(self, kept: str, request: gr.Request, event: gr.EventData) -> str:
        """Stop a download."""
        self._application.jobs.stop(int(event.job))
        return self.recommendations(self.read(kept, request))

    def model(self, kept: str, request: gr.Request, event: gr.EventData) -> tuple[str, str]:
        """Choose the answering model. Outputs: choices, model line."""
        here = self.read(kept, request)
        wanted = str(getattr(event, "name", "") or event.value)
        if all(info.name != wanted for info in self._application.models.known()):
            self._application.models.look()
        known = [info.name for info in self._application.models.known()]
        return self._chosen(here, replace(here.choices, model=wanted if wanted in known else here.choices.model))

    def think(self, kept: str, request: gr.Request, event: gr.EventData) -> tuple[str, str]:
        """Choose whether the model thinks first. Outputs: choices, model line."""
        here = self.read(kept, request)
        return self._chosen(here, replace(here.choices, think=Thinking(str(event.value))))

    def reads(self, kept: str, request: gr.Request, event: gr.EventData) -> tuple[str, str]:
        """Choose what the model reads. Outputs: choices, model line."""
        here = self.read(kept, request)
        return self._chosen(here, replace(here.choices, mode=Mode(str(event.value))))

    def hide_notice(self, kept: str, request: gr.Request) -> tuple[str, str]:
        """Put the notice about the demonstration model away. Outputs: choices, model line."""
        here = self.read(kept, request)
        return self._chosen(here, replace(here.choices, notice=False))

    def _chosen(self, here: Context, choices: Choices) -> tuple[str, str]:
        return choices.text(), self.line(replace(here, choices=choices))
