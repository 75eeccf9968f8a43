"""What every handler needs to know of an event: who asks, which notebook and conversation stand in the page's address, what was chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import gradio as gr

from core.errors import KaedamaError
from core.types import Source
from service.app import Application
from service.conversations import KeptConversation
from service.sessions import Session
from ui.choices import Choices
from ui.locale import LANGUAGES, pick_language
from ui.shell.site import caller_of


@dataclass(frozen=True, slots=True)
class Context:
    """`conversation` is None for a new one. `session` is this event's own: its notebook is the one that the tab shows.

    `lost` tells that the address names a conversation, `wanted`, that is not there (any more).
    """

    application: Application
    session: Session
    person: Session
    tab: str
    choices: Choices
    language: str
    conversation: KeptConversation | None
    lost: bool = False
    wanted: str = ""

    @property
    def id(self) -> str:
        """The conversation's id, "" for a new one."""
        return self.conversation.about.id if self.conversation else ""

    def documents(self) -> list[Source]:
        """The notebook's documents."""
        return self.application.notebooks.documents(self.session.notebook)

    def searched(self, documents: Sequence[Source]) -> tuple[int, ...] | None:
        """Ids of the documents that are searched; None for all."""
        chosen = tuple(one.id for one in documents if one.id not in self.choices.cleared)
        return None if len(chosen) == len(documents) else chosen

    def on(self, conversation: str, notebook: int = 0) -> Context:
        """The same, showing another conversation."""
        return _shown(self, conversation, notebook)


def read(application: Application, kept: str, request: gr.Request) -> Context:
    """The context of an event. `kept` are the choices as the browser keeps them."""
    choices = Choices.read(kept)
    address: Mapping[str, str] = request.query_params
    assert request.request is not None, "handlers are called over HTTP only"
    person = application.sessions.of(caller_of(request.request).session)
    spoken = pick_language(request.headers.get("accept-language", ""))
    language = choices.language if choices.language in LANGUAGES else spoken
    here = Context(application, person, person, str(request.session_hash), choices, language, None)
    number = address.get("n", "")
    return _shown(here, address.get("c", ""), int(number) if number.isdecimal() else 0)


def _shown(here: Context, conversation: str, notebook: int) -> Context:
    application, person = here.application, here.person
    found, lost = None, False
    if conversation:
        try:
            found = _with_running(application, application.conversations.get(conversation))
        except KaedamaError:
            lost = True
    known = {one.id for one in application.notebooks.all()}
    wanted = [found.about.notebook if found else notebook, person.notebook]
    chosen = next((one for one in wanted if one in known), min(known) if known else 0)
    if not found or found.about.notebook != chosen:
        found, lost = None, lost or found is not None
    person.notebook = chosen
    session = replace(person, notebook=chosen, language=here.language)
    return replace(here, session=session, conversation=found, lost=lost, wanted=conversation)


def _with_running(application: Application, kept: KeptConversation) -> KeptConversation:
    """The conversation with the answer that is being made as far as it has come; what is kept of it is up to a second old."""
    running = application.questions.running(kept.about.id)
    if running is None or running.over:
        return kept
    turns = (replace(turn, answer=running.answer) if turn.id == running.turn else turn for turn in kept.turns)
    return replace(kept, turns=tuple(turns))
