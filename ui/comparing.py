"""Gradio handlers of the compare view: choose models, ask them all at once, stop, vote, take the votes along."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from rag.compare import shuffled
from store.catalog.votes import as_jsonl, standings
from ui.asking import Asking
from ui.backend import Backend
from ui.chat import Conversation, Held, Stops, contrast
from ui.compare_render import comparison_markup, empty_markup, setup_markup, standings_markup
from ui.comparison import MOST_MODELS, Comparison
from ui.consent import consent_markup
from ui.render import evidence_markup, words

Update = tuple[Any, Any, Any, Any]


class Comparing:
    """The handlers over one backend. Outputs, in order: question box, board, its evidence, conversation."""

    def __init__(self, backend: Backend, asking: Asking) -> None:
        self._backend = backend
        self._asking = asking
        self._stops = Stops()

    # Drawing

    def setup(self, conversation: Conversation, language: str) -> str:
        """The models to choose from."""
        return setup_markup(self._backend.models.known(), self.picked(conversation), language, blind=conversation.blind)

    def picked(self, conversation: Conversation) -> list[str]:
        """The models of the next comparison; at first the two best at home."""
        known = self._backend.models.known()
        if conversation.picked is None:
            conversation.picked = [info.name for info in known if not info.location.remote][:2]
        return [info.name for info in known if info.name in conversation.picked]

    def board(self, conversation: Conversation, language: str) -> str:
        """The comparison, and the votes so far."""
        one, models = conversation.comparison, self._backend.models.known()
        shown = empty_markup(language) if one is None else comparison_markup(one, models, language)
        return shown + self._standings(language)

    def _standings(self, language: str) -> str:
        votes = self._backend.votes()
        return standings_markup(standings(votes), len(votes), language)

    def evidence(self, conversation: Conversation, language: str) -> str:
        """The passages that all of them were given."""
        comparison = conversation.comparison
        return evidence_markup(comparison.evidence() if comparison is not None else None, language)

    # Handlers

    def pick(self, conversation: Conversation, language: str, event: gr.EventData) -> str:
        """Take a model into the comparison or leave it out."""
        picked = set(self.picked(conversation))
        name = str(event.name)
        if event.checked and len(picked) < MOST_MODELS:
            picked.add(name)
        elif not event.checked:
            picked.discard(name)
        conversation.picked = sorted(picked)
        return self.setup(conversation, language)

    def blind(self, conversation: Conversation, event: gr.EventData) -> None:
        """Hide the names of the next comparison until the vote."""
        conversation.blind = bool(event.checked)

    def ask(self, text: str, conversation: Conversation, language: str, request: gr.Request) -> Iterator[Update]:
        """Compare the answers to what stands in the box."""
        yield from self._ask(text, conversation, language, str(request.session_hash))

    def again(self, conversation: Conversation, language: str, request: gr.Request) -> Iterator[Update]:
        """Ask the last question again, of the models that are chosen now."""
        if conversation.comparison is not None:
            yield from self._ask(conversation.comparison.question, conversation, language, str(request.session_hash))

    def _ask(self, text: str, conversation: Conversation, language: str, session: str) -> Iterator[Update]:
        running = conversation.comparison is not None and conversation.comparison.running
        if not text.strip() or running:
            return
        picked = self.picked(conversation)
        places = self._backend.models.unasked(picked, conversation.allowed)
        if places:
            conversation.held_comparison = Held(text.strip(), places)
            yield "", consent_markup(places, language), gr.skip(), conversation
            return
        yield from self._compare(text.strip(), picked, conversation, language, session)

    def allow(self, conversation: Conversation, language: str, request: gr.Request) -> Iterator[Update]:
        """Send the question that was held, and let this session send to those places from now on."""
        held = conversation.held_comparison
        if held is None:
            return
        conversation.allowed.update(held.places)
        conversation.held_comparison = None
        yield from self._compare(held.question, self.picked(conversation), conversation, language, str(request.session_hash))

    def refuse(self, conversation: Conversation, language: str) -> Update:
        """Give the question back."""
        held, conversation.held_comparison = conversation.held_comparison, None
        if held is None:
            skip = gr.skip()
            return skip, skip, skip, skip
        note = f'<p class="kd-note" role="status">{words("not_sent", language)}</p>'
        return held.question, self.board(conversation, language) + note, gr.skip(), conversation

    def _compare(
        self, question: str, picked: list[str], conversation: Conversation, language: str, session: str
    ) -> Iterator[Update]:
        flag = self._stops.begin(session)
        if flag is None:
            return
        skip = gr.skip()
        try:
            before = conversation.comparison
            number = before.number - 1 if before is not None else -1
            order = shuffled(picked) if conversation.blind else picked
            comparison = Comparison.begin(number, question, order, blind=conversation.blind)
            conversation.comparison = comparison
            wish = conversation.wish(self._asking.chosen(conversation), alone=True)
            yield "", self.board(conversation, language), self.evidence(conversation, language), conversation
            drawn: object = None
            models, standing = self._backend.models.known(), self._standings(language)
            for _ in contrast(self._backend, comparison, wish, flag):
                evidence = comparison.evidence()
                shown = tuple(evidence.cited_numbers()), evidence.citations, evidence.plan is None, len(evidence.hits)
                yield (
                    skip,
                    comparison_markup(comparison, models, language) + standing,
                    skip if shown == drawn else evidence_markup(evidence, language),
                    skip,
                )
                drawn = shown
            if comparison.joint.error is not None:
                yield question, skip, skip, conversation  # nothing came of it: the question is not to be typed again
        finally:
            self._stops.end(session)

    def stop(self, request: gr.Request) -> None:
        """Stop the session's comparison."""
        self._stops.stop(str(request.session_hash))

    def vote(self, conversation: Conversation, language: str, event: gr.EventData) -> str:
        """Keep the reader's vote and show the names."""
        comparison = conversation.comparison
        vote = comparison.cast(str(event.winner), self._backend.notebook) if comparison is not None else None
        if vote is not None:
            self._backend.vote(vote)
        return self.board(conversation, language)

    def export(self) -> str:
        """All votes, one JSON object a line; the page saves them as a file."""
        return as_jsonl(self._backend.votes(), {self._backend.notebook: self._backend.settings.notebook})
