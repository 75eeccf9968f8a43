"""Gradio handlers of the compare view: choose models, ask them all at once, watch, stop, vote, take the votes along.

A comparison lives in the service; its number is among the browser's choices. Outputs of most, in order: question box, notice, board,
evidence, choices.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr

from core.errors import ConsentNeeded, EmptyQuestion, KaedamaError
from rag.models.base import ModelInfo
from service.app import Application
from service.ask import Ask
from service.comparisons import MOST_MODELS, RunningComparison
from store.catalog.votes import standings
from ui.page.context import Context, read
from ui.views.comparison import comparison_markup, empty_markup, setup_markup, standings_markup
from ui.views.consent import consent_markup
from ui.views.ending import error_markup
from ui.views.sources import evidence_markup
from ui.views.text import words

Update = tuple[Any, Any, Any, Any, Any]
_DRAW_S = 0.15
_SKIP = gr.skip()


class Comparing:
    """The handlers over one application."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def read(self, kept: str, request: gr.Request) -> Context:
        """The context of an event."""
        return read(self._application, kept, request)

    # Drawing

    def setup(self, here: Context) -> str:
        """The models to choose from."""
        return setup_markup(self._application.models.known(), self._picked(here), here.language, blind=here.choices.blind)

    def _picked(self, here: Context) -> list[str]:
        """The models of the next comparison; at first the two best on this machine."""
        known = self._application.models.known()
        if here.choices.compared is None:
            return [info.name for info in known if not info.location.remote][:2]
        return [info.name for info in known if info.name in here.choices.compared]

    def board(self, here: Context) -> str:
        """The comparison, and the votes so far."""
        running = self._running(here)
        models = self._application.models.known()
        shown = empty_markup(here.language) if running is None else self._drawn(running, models, here)
        return shown + self._standings(here)

    def _drawn(self, running: RunningComparison, models: list[ModelInfo], here: Context) -> str:
        return comparison_markup(running.comparison, running.number, models, here.language)

    def _standings(self, here: Context) -> str:
        votes = self._application.notebooks.votes(here.session.notebook)
        return standings_markup(standings(votes), len(votes), here.language)

    def evidence(self, here: Context) -> str:
        """The passages that all of them were given."""
        running = self._running(here)
        if running is None:
            return evidence_markup(None, "", here.language)
        return evidence_markup(running.comparison.evidence(), f"c{running.number}", here.language)

    def _running(self, here: Context) -> RunningComparison | None:
        return self._application.comparisons.get(here.choices.comparison)

    # Handlers

    def pick(self, kept: str, request: gr.Request, event: gr.EventData) -> tuple[str, str]:
        """Take a model into the comparison or leave it out. Outputs: choices, setup."""
        here = self.read(kept, request)
        picked = set(self._picked(here))
        name = str(event.name)
        if event.checked and len(picked) < MOST_MODELS:
            picked.add(name)
        elif not event.checked:
            picked.discard(name)
        choices = replace(here.choices, compared=tuple(sorted(picked)))
        return choices.text(), self.setup(replace(here, choices=choices))

    def blind(self, kept: str, request: gr.Request, event: gr.EventData) -> str:
        """Hide the names of the next comparison until the vote. Outputs: choices."""
        return replace(self.read(kept, request).choices, blind=bool(event.checked)).text()

    def ask(self, text: str, kept: str, request: gr.Request) -> Update:
        """Compare the answers to what stands in the box."""
        return self._ask(self.read(kept, request), text.strip(), box="")

    def again(self, kept: str, request: gr.Request) -> Update:
        """Ask the last question again, of the models that are chosen now."""
        here = self.read(kept, request)
        running = self._running(here)
        return self._skipped() if running is None else self._ask(here, running.comparison.question)

    def allow(self, kept: str, request: gr.Request, event: gr.EventData) -> Update:
        """Send the question that was held back, and let this person send to those recipients from now on."""
        here = self.read(kept, request)
        infos = self._application.models.infos(self._picked(here))
        here.person.allow(info.location.recipient for info in infos if info.location.remote)
        return self._ask(self.read(kept, request), str(event.question), box="")

    def refuse(self, kept: str, request: gr.Request) -> Update:
        """Send nothing; the question stays in its box."""
        here = self.read(kept, request)
        return _SKIP, f'<p class="kd-note" role="status">{words("not_sent", here.language)}</p>', _SKIP, _SKIP, _SKIP

    def _ask(self, here: Context, question: str, *, box: Any = _SKIP) -> Update:
        picked = self._picked(here)
        sources = here.searched(here.documents())
        if sources == ():
            return _SKIP, f'<p class="kd-note" role="status">{words("scope_none", here.language)}</p>', _SKIP, _SKIP, _SKIP
        ask = Ask(question, sources=sources, think=here.choices.think, mode=here.choices.mode)
        try:
            running = self._application.comparisons.ask(here.session, ask, picked, blind=here.choices.blind)
        except EmptyQuestion:
            return self._skipped()
        except ConsentNeeded:
            places = here.session.unasked(self._application.models.infos(picked))
            return _SKIP, consent_markup(places, here.language, question=question, talk=False), _SKIP, _SKIP, _SKIP
        except KaedamaError as error:
            return _SKIP, error_markup(error, here.language), _SKIP, _SKIP, _SKIP
        choices = replace(here.choices, comparison=running.number)
        there = replace(here, choices=choices)
        return box, "", self.board(there), self.evidence(there), choices.text()

    def _skipped(self) -> Update:
        return _SKIP, _SKIP, _SKIP, _SKIP, _SKIP

    def watch(self, kept: str, request: gr.Request) -> Iterator[tuple[Any, Any]]:
        """Draw the comparison while it grows. Outputs: board, evidence."""
        yield _SKIP, _SKIP
        here = self.read(kept, request)
        running = self._running(here)
        if running is None or running.comparison.over:
            return
        models, standing, seen = self._application.models.known(), self._standings(here), None
        for state in running.watch():
            evidence = state.evidence()
            now = (evidence.cited(), len(evidence.citations), evidence.plan is None, len(evidence.hits))
            if not state.over:
                drawn = comparison_markup(state, running.number, models, here.language) + standing
                yield drawn, _SKIP if now == seen else self.evidence(here)
            seen = now
            time.sleep(_DRAW_S)
        yield self.board(here), self.evidence(here)

    def stop(self, kept: str, request: gr.Request) -> None:
        """Stop the comparison."""
        running = self._running(self.read(kept, request))
        if running is not None:
            running.stop()

    def vote(self, kept: str, request: gr.Request, event: gr.EventData) -> str:
        """Keep the person's vote and show the names."""
        here = self.read(kept, request)
        vote = self._application.comparisons.vote(here.session, here.choices.comparison, str(event.winner))
        if vote is not None:
            self._application.notebooks.vote(vote)
        return self.board(here)
