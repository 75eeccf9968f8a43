"""Gradio handlers of the conversation: ask, watch, stop, ask again, edit, branches, thumbs, copies for elsewhere.

Whatever is drawn comes from the service and the page's address, so a reload, a second tab and a restart show the same. Outputs of most, in
order: question box, notice, earlier turns, last turn, what is waited for, evidence, the conversation's id. A handler that has nothing to
change answers `gr.skip()`: nothing is ever blanked.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from core.errors import ConsentNeeded, EmptyQuestion, KaedamaError
from service.app import Application
from service.ask import Ask
from service.conversations import KeptTurn
from service.questions import RunningAnswer
from ui.locale import say
from ui.page.context import Context, read
from ui.views.consent import consent_markup
from ui.views.ending import error_markup
from ui.views.frame import empty_markup, welcome_markup
from ui.views.sources import evidence_markup
from ui.views.text import undo_markup, words
from ui.views.turns import Shown, since, turn_markup, turn_pieces, waiting_markup

Update = tuple[Any, Any, Any, Any, Any, Any, Any]
# Seconds between two looks at an answer that grows.
_DRAW_S = 0.08
# Turns that are drawn when a conversation is opened; those before them on request.
_SHOWN = 20
# Markup of turns that have ended, kept for the next time.
_KEPT = 400
_SKIP = gr.skip()


class Talk:
    """The handlers over one application."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._markup: OrderedDict[tuple[object, ...], str] = OrderedDict()
        self._watching: OrderedDict[str, object] = OrderedDict()

    def read(self, kept: str, request: gr.Request) -> Context:
        """The context of an event."""
        return read(self._application, kept, request)

    # Drawing

    def drawn(self, here: Context, *, everything: bool = False) -> tuple[list[str], list[str], str, str]:
        """Earlier turns, the last one, what it waits for, its evidence."""
        turns = here.conversation.turns if here.conversation else ()
        shown = self._shown(here)
        head = (
            f'<div data-conversation="{here.id}" data-notebook="{here.session.notebook}" data-drawn="{time.monotonic_ns()}"></div>'
        )
        if not turns:
            return (
                [head],
                [welcome_markup(here.language, examples=self._has_samples(here), empty=self._empty(here))],
                "",
                evidence_markup(None, "", here.language),
            )
        listed = turns[:-1] if everything else turns[:-1][-_SHOWN:]
        hidden = len(turns) - 1 - len(listed)
        ask = words("turns_before", here.language, n=hidden)
        more = f'<p class="kd-more"><button type="button" class="kd-small" data-do="earlier">{ask}</button></p>'
        earlier = [head, *([more] if hidden else []), *(self._turn(turn, shown) for turn in listed)]
        last = turns[-1]
        running = self._running(here)
        waiting = waiting_markup(last.answer, running.waiting if running else None, here.language)
        return earlier, self._last(here, last, shown), waiting, self._evidence(last, shown)

    def _shown(self, here: Context) -> Shown:
        return Shown(here.language, {one.id: one.version for one in here.documents()})

    def _last(self, here: Context, turn: KeptTurn, shown: Shown) -> list[str]:
        """The last turn, with what became of the documents since it was asked."""
        reading = self._application.jobs.reading(here.session.notebook)
        newer = sum(one.added > turn.asked for one in here.documents())
        return turn_pieces(turn, replace(shown, reading=reading, newer=newer))

    def _evidence(self, turn: KeptTurn, shown: Shown) -> str:
        return evidence_markup(turn.answer, str(turn.id), shown.language, known=shown.known)

    def _turn(self, turn: KeptTurn, shown: Shown) -> str:
        became = tuple(since(hit, shown.known) for hit in turn.answer.hits)
        key = (turn.id, turn.siblings, turn.feedback, turn.answer.ended, shown.language, became)
        if key not in self._markup:
            self._markup[key] = turn_markup(turn, shown)
            while len(self._markup) > _KEPT:
                self._markup.popitem(last=False)
        self._markup.move_to_end(key)
        return self._markup[key]

    def _running(self, here: Context) -> RunningAnswer | None:
        return self._application.questions.running(here.id) if here.id else None

    def _has_samples(self, here: Context) -> bool:
        """Whether the example questions have something to be asked about."""
        samples = self._application.settings.samples
        names = {path.name for path in samples.iterdir()} if samples.is_dir() else set()
        reading = any(job.samples and not job.over for job in self._application.jobs.states())
        return reading or any(document.name in names for document in here.documents())

    def _is_empty(self, here: Context) -> bool:
        """Whether there is nothing to ask about, nor will be soon."""
        return not here.documents() and not self._application.jobs.reading(here.session.notebook)

    def _empty(self, here: Context) -> str:
        """What to do where there is nothing to ask about."""
        samples = self._application.settings.samples
        return empty_markup(here.language, samples=samples.is_dir() and any(samples.iterdir())) if self._is_empty(here) else ""

    def whole(self, here: Context, notice: str = "", box: Any = _SKIP) -> Update:
        """Everything of the conversation."""
        return box, notice, *self.drawn(here), here.id

    # Asking

    def ask(self, text: str, kept: str, request: gr.Request) -> Update:
        """Begin to answer what stands in the box; it stays there until it can be asked."""
        here = self.read(kept, request)
        return self._ask(here, Ask(text.strip(), conversation=here.id), asked_in_box=True)

    def example(self, kept: str, request: gr.Request, event: gr.EventData) -> Update:
        """Answer an example question."""
        here = self.read(kept, request)
        return self._ask(here, Ask(str(event.question), conversation=here.id))

    def retry(self, kept: str, request: gr.Request, event: gr.EventData) -> Update:
        """Ask a turn's question again, beside its first answer."""
        here = self.read(kept, request)
        turn = self._turn_of(here, event)
        return self._skipped() if turn is None else self._beside(here, turn, turn.question)

    def edit(self, kept: str, request: gr.Request, event: gr.EventData) -> Update:
        """Ask another question in the place of a turn's, beside it."""
        here = self.read(kept, request)
        turn = self._turn_of(here, event)
        question = str(event.value).strip()
        return self._skipped() if turn is None or not question else self._beside(here, turn, question)

    def _beside(self, here: Context, turn: KeptTurn, question: str) -> Update:
        return self._ask(here, Ask(question, conversation=here.id, parent=turn.parent, follow=False))

    def allow(self, kept: str, request: gr.Request, event: gr.EventData) -> Update:
        """Send the question that was held back, and let this person send to that recipient from now on."""
        here = self.read(kept, request)
        info = self._application.models.info(here.choices.model)
        here.person.allow([info.location.recipient])
        here = self.read(kept, request)
        parent = str(event.parent)
        ask = Ask(
            str(event.question), conversation=here.id, parent=int(parent) if parent.isdecimal() else None, follow=parent == "follow"
        )
        return self._ask(here, ask, asked_in_box=str(event.box) == "1")

    def refuse(self, kept: str, request: gr.Request) -> Update:
        """Send nothing; the question stays in its box."""
        here = self.read(kept, request)
        note = f'<p class="kd-note" role="status">{words("not_sent", here.language)}</p>'
        return self._noted(note)

    def samples(self, kept: str, request: gr.Request) -> Update:
        """Read the sample documents into the notebook."""
        here = self.read(kept, request)
        self._application.jobs.read([self._application.settings.samples], notebook=here.session.notebook, samples=True)
        return self.whole(here)

    def _ask(self, here: Context, ask: Ask, *, asked_in_box: bool = False) -> Update:
        documents = here.documents()
        sources = here.searched(documents)
        if self._is_empty(here):
            return self._noted(f'<div class="kd-note" role="status">{self._empty(here)}</div>')
        if sources == ():
            # The time makes each refusal a new one, since the page's script takes the note away once a box is ticked.
            at = f'data-until-ticked data-at="{time.monotonic_ns()}"'
            return self._noted(f'<p class="kd-note" role="status" {at}>{words("scope_none", here.language)}</p>')
        ask = replace(ask, model=here.choices.model, sources=sources, think=here.choices.think, mode=here.choices.mode)
        try:
            running = self._application.questions.ask(here.session, ask)
        except EmptyQuestion:
            return self._skipped()
        except ConsentNeeded as error:
            recipient = str(error.fields.get("place", ""))
            parent = "follow" if ask.follow else str(ask.parent or "")
            return self._noted(consent_markup([recipient], here.language, question=ask.question, parent=parent, box=asked_in_box))
        except KaedamaError as error:
            return self._noted(error_markup(error, here.language))
        return self.whole(here.on(running.conversation), box="" if asked_in_box else _SKIP)

    def _noted(self, notice: str) -> Update:
        return _SKIP, notice, _SKIP, _SKIP, _SKIP, _SKIP, _SKIP

    def _skipped(self) -> Update:
        return _SKIP, _SKIP, _SKIP, _SKIP, _SKIP, _SKIP, _SKIP

    def stop(self, kept: str, request: gr.Request) -> None:
        """Stop the conversation's answer."""
        here = self.read(kept, request)
        self._application.questions.stop(here.id)

    # Watching

    def watch(self, kept: str, conversation: str, request: gr.Request) -> Iterator[tuple[Any, Any, Any]]:
        """Draw the conversation's answer while it grows. Outputs: last turn, what is waited for, evidence.

        Ends where the tab begins to watch another one: a tab looks at one conversation.
        """
        me = self._watching[request.session_hash or ""] = object()
        while len(self._watching) > _KEPT:
            self._watching.popitem(last=False)
        yield _SKIP, _SKIP, _SKIP
        here = self.read(kept, request).on(conversation)
        running, turn = self._running(here), here.conversation.last if here.conversation else None
        if running is None or turn is None or turn.id != running.turn:
            return
        shown, seen = self._shown(here), None
        for _ in running.events():
            if self._watching.get(request.session_hash or "") is not me:
                return
            answer = running.answer
            # Further quotes of a passage that is cited already are marked at the end: the passages are sent whole whenever they are drawn.
            evidence = (answer.cited(), answer.plan is None, len(answer.hits), answer.outcome)
            turn = replace(turn, answer=answer)
            if not running.over:
                yield (
                    turn_pieces(turn, shown),
                    waiting_markup(answer, running.waiting, here.language),
                    self._evidence(turn, shown) if evidence != seen else _SKIP,
                )
            seen = evidence
            time.sleep(_DRAW_S)
        # What is shown at the end is what was kept.
        _, last, waiting, found = self.drawn(here.on(conversation))
        yield last, waiting, found

    # Looking at other turns

    def open(self, kept: str, request: gr.Request) -> Update:
        """Show the conversation of the address."""
        here = self.read(kept, request)
        return self.whole(here, self.lost(here))

    def lost(self, here: Context) -> str:
        """That the conversation of the address was deleted, with the way back while there is one; "" where it is there."""
        if not here.lost:
            return ""
        deleted = self._application.conversations.deleted(here.wanted)
        if deleted is not None:
            said = say("deleted", here.language, name=deleted.title or say("untitled", here.language))
            return undo_markup("conversation", here.wanted, said, here.language)
        return f'<p class="kd-note" role="status">{words("conversation_lost", here.language)}</p>'

    def earlier(self, kept: str, request: gr.Request) -> list[str]:
        """All earlier turns."""
        return self.drawn(self.read(kept, request), everything=True)[0]

    def show(self, kept: str, request: gr.Request, event: gr.EventData) -> Any:
        """The evidence of a turn."""
        here = self.read(kept, request)
        turn = self._turn_of(here, event)
        return _SKIP if turn is None else self._evidence(turn, self._shown(here))

    def branch(self, kept: str, request: gr.Request, event: gr.EventData) -> Update:
        """Show the branch that goes through a turn."""
        here = self.read(kept, request)
        number = str(event.turn)
        try:
            self._application.conversations.show_branch(here.id, int(number))
        except (KaedamaError, ValueError):
            return self._skipped()
        return self.whole(self.read(kept, request))

    def thumb(self, kept: str, request: gr.Request, event: gr.EventData) -> Update:
        """Keep a thumb, or take it back where it is pressed again."""
        here = self.read(kept, request)
        turn, thumb = self._turn_of(here, event), {"1": 1, "-1": -1}.get(str(event.thumb), 0)
        if turn is None:
            return self._skipped()
        before = turn.feedback
        same = before is not None and before.thumb == thumb
        self._application.conversations.rate(turn.id, 0 if same else thumb, before.reason if before and not same else "")
        return self._rated(kept, request)

    def reason(self, kept: str, request: gr.Request, event: gr.EventData) -> Update:
        """Keep why a thumb was given."""
        here = self.read(kept, request)
        turn = self._turn_of(here, event)
        if turn is None or turn.feedback is None:
            return self._skipped()
        self._application.conversations.rate(turn.id, turn.feedback.thumb, str(event.value))
        return self._rated(kept, request)

    def _rated(self, kept: str, request: gr.Request) -> Update:
        """The turns anew; notice and evidence stay as they are."""
        box, _, earlier, last, waiting, _, number = self.whole(self.read(kept, request))
        return box, _SKIP, earlier, last, waiting, _SKIP, number

    def _turn_of(self, here: Context, event: gr.EventData) -> KeptTurn | None:
        turns: Sequence[KeptTurn] = here.conversation.turns if here.conversation else ()
        return next((turn for turn in turns if str(turn.id) == str(event.turn)), None)
