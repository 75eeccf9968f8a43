"""Questions and their answers: asked in a conversation, answered in a thread of their own, kept as they grow, seen by every page.

An answer does not hang on the page that asked for it: a closed tab does not end it, and any other page of the same conversation sees it
grow. What has come is saved about once a second, so that a process that is killed keeps what was shown.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from core.background import Task
from core.errors import ConversationBusy, KaedamaError, UnknownTurn
from core.log import as_error
from core.types import Turn
from rag.answer import Answer
from rag.events import Event, Failed, Finished
from service.answering import Answering
from service.ask import Ask
from service.conversations import Conversations
from service.models import Models
from service.sessions import Session
from service.waiting import Waiting

_log = logging.getLogger(__name__)
# Seconds between two saves of an answer that grows. A save writes some 20 kB.
_SAVE_S = 1.0
# Earlier turns handed to the pipeline, which shortens further as the window demands.
_TURNS = 6
# Seconds after which whoever watches is woken even if nothing came, to see whether it still wants to.
_LOOK_S = 0.25


class RunningAnswer:
    """An answer that is being made. Any thread may watch it; `stop` ends it and keeps what has come."""

    def __init__(self, notebook: int, conversation: str, turn: int, question: str) -> None:
        self.notebook = notebook
        self.conversation = conversation
        self.turn = turn
        self._answer = Answer(question)
        self._waiting: Waiting | None = None
        self._events: list[Event | Waiting] = []
        self._changed = threading.Condition()
        self._over = False
        self._stop = threading.Event()

    @property
    def answer(self) -> Answer:
        """As far as it has come."""
        return self._answer

    @property
    def waiting(self) -> Waiting | None:
        """What is waited for before its next event, None where an event came last."""
        return self._waiting

    @property
    def over(self) -> bool:
        """Whether nothing more will come, and what came is kept."""
        return self._over

    def stop(self) -> None:
        """End it; what has come is kept."""
        self._stop.set()

    def stopped(self) -> bool:
        """Whether it was told to stop."""
        return self._stop.is_set()

    def events(self) -> Iterator[list[Event | Waiting]]:
        """All its events from the first, in batches as they come; an empty batch where nothing came for a while. Ends when it is over."""
        seen = 0
        while True:
            with self._changed:
                if seen == len(self._events) and not self._over:
                    self._changed.wait(_LOOK_S)
                batch, over = self._events[seen:], self._over
            seen += len(batch)
            if batch or not over:
                yield batch
            if over:
                return

    # For the thread that makes it

    def take(self, event: Event | Waiting) -> None:
        """One event more. The end of an answer that was stopped is no end of its own: what has come is kept as stopped."""
        if isinstance(event, Finished) and self.stopped():
            return
        with self._changed:
            self._events.append(event)
            if isinstance(event, Waiting):
                self._waiting = event
            else:
                self._answer, self._waiting = self._answer.take(event), None
            self._changed.notify_all()

    def settle(self) -> Answer:
        """The answer as it ended: stopped where it has no last event."""
        with self._changed:
            self._answer = self._answer.stop()
        return self._answer

    def end(self) -> None:
        """Nothing more will come, and what came is kept."""
        with self._changed:
            self._over = True
            self._changed.notify_all()


class Questions:
    """Starts answers and knows those that run; one at a time in a conversation."""

    def __init__(self, conversations: Conversations, models: Models, answering: Answering) -> None:
        self._conversations = conversations
        self._models = models
        self._answering = answering
        self._running: dict[str, RunningAnswer] = {}
        conversations.is_running = self._is_running
        conversations.stop = self.stop
        self._guard = threading.Lock()

    def ask(self, session: Session, ask: Ask) -> RunningAnswer:
        """Begin to answer a question in a conversation of the session's notebook.

        Raises:
            EmptyQuestion, QuestionTooLong, UnknownModelName: it cannot be asked like this.
            ConsentNeeded: the model would send it to a recipient that the session has not allowed.
            ConversationBusy: another answer of the conversation runs.
            UnknownConversation, UnknownTurn: there is none of this id.
        """
        ask = self._answering.checked(ask, session.notebook)
        info = self._models.info(ask.model)
        session.check([info])
        with self._guard:
            if ask.conversation in self._running:
                raise ConversationBusy()
            begun = self._conversations.begin(session.notebook, ask, info.name)
            running = self._running[begun.conversation] = RunningAnswer(
                session.notebook, begun.conversation, begun.turn, ask.question
            )
        keeper = _Keeper(self._conversations, running)

        def make(_: threading.Event) -> Iterator[Event | Waiting]:
            return self._events(session.notebook, ask, info.name, begun.history, running.stopped)

        def ended(error: BaseException | None) -> None:
            try:
                keeper.end(error)
            finally:  # whatever became of it, nobody waits for it any longer
                with self._guard:
                    del self._running[running.conversation]
                running.end()

        Task(make, each=keeper.take, ended=ended, name="answer").start()
        return running

    def _is_running(self, turn: int) -> bool:
        with self._guard:
            return any(one.turn == turn for one in self._running.values())

    def running(self, conversation: str) -> RunningAnswer | None:
        """The answer that runs in a conversation."""
        with self._guard:
            return self._running.get(conversation)

    def stop(self, conversation: str) -> None:
        """Stop the conversation's answer, if one runs."""
        running = self.running(conversation)
        if running is not None:
            running.stop()

    def stop_all(self, notebook: int) -> None:
        """Stop the answers of a notebook."""
        with self._guard:
            running = [one for one in self._running.values() if one.notebook == notebook]
        for one in running:
            one.stop()

    def close(self) -> None:
        """Stop all answers and wait until what came of them is kept."""
        with self._guard:
            running = list(self._running.values())
        for one in running:
            one.stop()
        for one in running:
            for _ in one.events():
                pass

    def _events(
        self, notebook: int, ask: Ask, model: str, history: Sequence[Turn], stopped: Callable[[], bool]
    ) -> Iterator[Event | Waiting]:
        with self._answering.line.place() as place:
            yield from self._answering.wait(place, stopped)
            yield from self._answering.fetch([model], stopped)
            if not stopped():
                yield from self._answering.answer(ask, notebook=notebook, model=model, history=history[-_TURNS:], stopped=stopped)


class _Keeper:
    """Hands the events of an answer to whoever watches, and keeps the answer as it grows."""

    def __init__(self, conversations: Conversations, running: RunningAnswer) -> None:
        self._conversations = conversations
        self._running = running
        self._saved = time.monotonic()

    def take(self, event: Event | Waiting) -> None:
        """One event more. Raises UnknownTurn, LibraryError where it cannot be kept."""
        self._running.take(event)
        if time.monotonic() - self._saved > _SAVE_S:
            self._conversations.save(self._running.turn, self._running.answer)
            self._saved = time.monotonic()

    def end(self, error: BaseException | None) -> None:
        """The last event has come, or `error` in its place."""
        if error is not None:
            self._running.take(Failed(as_error(error, _log, "an answer"), self._running.answer.text))
        try:
            self._conversations.save(self._running.turn, self._running.settle())
        except UnknownTurn:
            _log.info("an answer ended whose conversation was deleted meanwhile")
        except KaedamaError as trouble:
            _log.error("an answer could not be kept: %s", trouble)  # its sentence says what is wrong and what helps
            if self._running.answer.error is None:
                self._running.take(Failed(trouble, self._running.answer.text))
