"""Gradio handlers of the conversation: ask, stop, ask again, follow a citation, begin anew.

All of them draw from the session's `Conversation`; a handler that has nothing to change answers `gr.skip()`, so that two handlers
of one session never overwrite each other's part of the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from ui.backend import Backend
from ui.chat import Conversation, Held, Stops, converse
from ui.consent import consent_markup
from ui.exchange import Exchange
from ui.panels import welcome_markup
from ui.render import evidence_markup, exchange_markup, words

Update = tuple[Any, Any, Any, Any, Any]


class Asking:
    """The handlers over one backend. Outputs, in order: question box, earlier exchanges, last exchange, evidence, conversation."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._stops = Stops()

    def ask(self, text: str, conversation: Conversation, language: str, request: gr.Request) -> Iterator[Update]:
        """Answer what stands in the box."""
        yield from self._ask(text, conversation, language, str(request.session_hash))

    def example(self, conversation: Conversation, language: str, event: gr.EventData, request: gr.Request) -> Iterator[Update]:
        """Answer an example question."""
        yield from self._ask(str(event.question), conversation, language, str(request.session_hash))

    def allow(self, conversation: Conversation, language: str, request: gr.Request) -> Iterator[Update]:
        """Send the question that was held, and let this session send to that place from now on."""
        held = conversation.held
        if held is None:
            return
        conversation.allowed.update(held.places)
        conversation.held = None
        last = conversation.last
        again = last if last is not None and last.number == held.instead_of else None
        yield from self._ask(held.question, conversation, language, str(request.session_hash), instead_of=again)

    def refuse(self, conversation: Conversation, language: str) -> Update:
        """Give the question back."""
        held, conversation.held = conversation.held, None
        if held is None:
            skip = gr.skip()
            return skip, skip, skip, skip, skip
        earlier, live, evidence = self.drawn(conversation, language)
        note = f'<p class="kd-note" role="status">{words("not_sent", language)}</p>'
        return held.question, earlier, live + note, evidence, conversation

    def retry(self, conversation: Conversation, language: str, request: gr.Request) -> Iterator[Update]:
        """Ask the last question again; its first answer goes when the new one begins."""
        last = conversation.last
        if last is not None and not last.running:
            yield from self._ask(last.question, conversation, language, str(request.session_hash), instead_of=last)

    def stop(self, request: gr.Request) -> None:
        """Stop the session's answer."""
        self._stops.stop(str(request.session_hash))

    def new(self, conversation: Conversation, language: str, request: gr.Request) -> Update:
        """Forget the conversation; the choice of documents stays."""
        self._stops.stop(str(request.session_hash))
        conversation.exchanges.clear()
        conversation.held = None
        return "", *self.drawn(conversation, language), conversation

    def show(self, conversation: Conversation, language: str, event: gr.EventData) -> Any:
        """The evidence of an earlier exchange, for a citation in it."""
        wanted = str(event.turn)
        found = next((one for one in conversation.exchanges if str(one.number) == wanted), None)
        return gr.skip() if found is None else evidence_markup(found, language)

    def drawn(self, conversation: Conversation, language: str) -> tuple[str, str, str]:
        """Earlier exchanges, the last one, and its evidence."""
        last = conversation.last
        earlier = "".join(exchange_markup(one, language) for one in conversation.exchanges[:-1])
        return earlier, self._live(last, language), evidence_markup(last, language)

    def _live(self, last: Exchange | None, language: str) -> str:
        if last is None:
            return welcome_markup(language, examples=self._has_samples())
        return exchange_markup(last, language, retry=True)

    def _has_samples(self) -> bool:
        """Whether the example questions have something to be asked about."""
        samples = self._backend.settings.samples
        names = {path.name for path in samples.iterdir()} if samples.is_dir() else set()
        return self._backend.preparing or any(source.name in names for source in self._backend.sources())

    def _ask(
        self, text: str, conversation: Conversation, language: str, session: str, *, instead_of: Exchange | None = None
    ) -> Iterator[Update]:
        last = conversation.last
        if not text.strip() or (last is not None and last.running):
            return
        places = self._backend.models.unasked([conversation.model], conversation.allowed)
        if places:
            number = instead_of.number if instead_of is not None else 0
            conversation.held = Held(text.strip(), places, number)
            earlier, live, evidence = self.drawn(conversation, language)
            kept = live if conversation.exchanges else ""
            yield "", earlier, kept + consent_markup(places, language), evidence, conversation
            return
        flag = self._stops.begin(session)
        if flag is None:
            return
        skip = gr.skip()
        try:
            if instead_of is not None:
                conversation.exchanges.remove(instead_of)
            exchange = conversation.begin(text.strip())
            yield "" if instead_of is None else skip, *self.drawn(conversation, language), conversation
            drawn: object = None
            for _ in converse(self._backend, conversation, exchange, sources=self.chosen(conversation), stop=flag):
                # Evidence is drawn anew only when it differs, so that what is being read there stays still.
                shown = (
                    tuple(exchange.cited_numbers()),
                    exchange.citations,
                    exchange.plan is None,
                    len(exchange.hits),
                    exchange.outcome,
                )
                evidence = evidence_markup(exchange, language) if shown != drawn else skip
                drawn = shown
                yield skip, skip, exchange_markup(exchange, language, retry=True), evidence, skip
            if exchange.error is not None and not exchange.text:
                yield text, skip, skip, skip, conversation  # nothing came of it: the question is not to be typed again
        finally:
            self._stops.end(session)

    def chosen(self, conversation: Conversation) -> list[int] | None:
        """The documents that the session searches; None for all."""
        ids = [source.id for source in self._backend.sources()]
        chosen = [number for number in ids if number not in conversation.left_out]
        return None if len(chosen) == len(ids) else chosen
