"""Gradio handlers of the left column: notebooks, conversations, jobs and documents.

All pages of a library show the same, so the page looks again every few seconds (`look`) and is sent what changed. Outputs of most, in order:
notebooks, conversations, jobs, documents.
"""

from __future__ import annotations

import datetime as dt
import json
import time
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from core.errors import FileTooLarge, KaedamaError, UnknownSource
from ingest.loader import Given
from service.app import Application
from service.job_states import Lack
from ui.choices import SORTS, Choices
from ui.locale import say
from ui.page.context import Context, read
from ui.views.conversations import conversations_markup
from ui.views.documents import documents_markup
from ui.views.jobs import ENCODINGS, jobs_markup
from ui.views.notebooks import notebooks_markup
from ui.views.report import report_markup
from ui.views.text import escaped, note_markup, undo_markup

Update = tuple[Any, Any, Any, Any]
_SKIP = gr.skip()
# Characters of a web page's address.
_LONGEST_ADDRESS = 2_000


class Shelf:
    """The handlers over one application."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def read(self, kept: str, request: gr.Request) -> Context:
        """The context of an event."""
        return read(self._application, kept, request)

    # Drawing

    def notebooks(self, here: Context) -> str:
        """The open notebook and the others."""
        return notebooks_markup(self._application.notebooks.all(), here.session.notebook, here.language)

    def conversations(self, here: Context) -> str:
        """The list of conversations."""
        listed = self._application.conversations.all(here.session.notebook, here.choices.search)
        running = [one.id for one in listed if self._application.questions.running(one.id)]
        today = dt.datetime.now().astimezone().date()
        return conversations_markup(listed, here.id, here.language, search=here.choices.search, running=running, today=today)

    def jobs(self, here: Context) -> str:
        """What is being read."""
        states = self._application.jobs.states()
        takeover = self._application.takeover
        states += [takeover.state] if takeover is not None and takeover.shown else []
        return jobs_markup(states, here.language, notebook=here.session.notebook, now=time.monotonic())

    def documents(self, here: Context) -> str:
        """The list of documents."""
        elsewhere = [one for one in self._application.notebooks.all() if one.id != here.session.notebook]
        documents = here.documents()
        reports = self._application.reports.of(documents)
        return documents_markup(
            documents, here.choices.cleared, here.language, sort=here.choices.sort, elsewhere=elsewhere, reports=reports
        )

    def drawn(self, here: Context) -> Update:
        """The whole column."""
        return self.notebooks(here), self.conversations(here), self.jobs(here), self.documents(here)

    def look(self, kept: str, seen: str, request: gr.Request) -> tuple[Any, ...]:
        """What changed since the last look. Outputs: the column, what the page compares with what it shows, what was seen now."""
        here = self.read(kept, request)
        parts = (*self.drawn(here), self.pulse(here))
        sums = [zlib.crc32(part.encode()) for part in parts]
        try:
            before = json.loads(seen or "[]")
        except ValueError:
            before = []
        if sums == before:
            return (*[_SKIP] * len(parts), _SKIP)
        known = before if isinstance(before, list) and len(before) == len(sums) else [None] * len(sums)
        return (*(_SKIP if old == new else part for part, old, new in zip(parts, known, sums, strict=True)), json.dumps(sums))

    def pulse(self, here: Context) -> str:
        """What the page compares with what it shows: the conversation's turns and the one that is being written; what is being read."""
        running = self._application.questions.running(here.id) if here.id else None
        turns = here.conversation.turns if here.conversation else ()
        told = {
            "conversation": here.id,
            "last": turns[-1].id if turns else 0,
            "turns": len(turns),
            "running": running.turn if running else 0,
            "reading": (reading := self._application.jobs.reading(here.session.notebook)),
            "empty": not reading and not here.documents(),
            "lost": here.wanted if here.lost else "",
        }
        return f'<span hidden data-pulse="{escaped(json.dumps(told))}"></span>'

    # Notebooks

    def switch(self, kept: str, request: gr.Request) -> Update:
        """Show the notebook of the address."""
        return self.drawn(self.read(kept, request))

    def create(self, kept: str, request: gr.Request, event: gr.EventData) -> tuple[Any, Any]:
        """Make a notebook. Outputs: what is said, the address to go to."""
        here = self.read(kept, request)
        try:
            made = self._application.notebooks.create(str(event.value))
        except KaedamaError as error:
            return note_markup(error.sentence(here.language)), _SKIP
        return "", _go(f"?n={made.id}")

    def rename(self, kept: str, request: gr.Request, event: gr.EventData) -> tuple[str, str]:
        """Give the open notebook another name. Outputs: what is said, notebooks."""
        here = self.read(kept, request)
        error = self._tried(lambda: self._application.notebooks.rename(here.session.notebook, str(event.value)))
        return note_markup(error.sentence(here.language)) if error else "", self.notebooks(here)

    def delete(self, kept: str, request: gr.Request) -> tuple[Any, Any]:
        """Take the open notebook away and show another; it can be had back for a while. Outputs: what is said, the address to go to."""
        here = self.read(kept, request)
        before = here.session.notebook
        others = [one for one in self._application.notebooks.all() if one.id != before]
        if not others:
            return _SKIP, _SKIP
        name = self._application.notebooks.get(before).name
        self._application.notebooks.delete(before)
        said = undo_markup("notebook", str(before), say("deleted", here.language, name=name), here.language)
        return said, _go(f"?n={others[0].id}")

    def restore(self, kept: str, request: gr.Request, event: gr.EventData) -> tuple[Any, Any]:
        """Bring back what was deleted. Outputs: what is said, the address to go to."""
        here = self.read(kept, request)
        number, notebook = str(event.id), str(event.kind) == "notebook"
        if str(event.kind) == "documents":
            return self._documents_restored(here, int(number), int(event.notebook)), _SKIP
        try:
            if notebook:
                self._application.notebooks.restore(int(number))
            else:
                self._application.conversations.restore(number)
        except KaedamaError as error:
            return note_markup(error.sentence(here.language)), _SKIP
        return "", _go(f"?n={number}" if notebook else f"?c={number}")

    def _documents_restored(self, here: Context, aside: int, notebook: int) -> str:
        try:
            count = self._application.notebooks.restore_documents(aside, notebook)
        except KaedamaError as error:
            return note_markup(error.sentence(here.language))
        return note_markup(say("restored", here.language, n=count) if count else say("undo_too_late", here.language))

    # Conversations

    def search(self, kept: str, request: gr.Request, event: gr.EventData) -> tuple[str, str]:
        """Search the conversations. Outputs: choices, conversations."""
        here = self.read(kept, request)
        choices = replace(here.choices, search=str(event.value)[:100])
        return choices.text(), self.conversations(replace(here, choices=choices))

    def rename_conversation(self, kept: str, request: gr.Request, event: gr.EventData) -> str:
        """Give a conversation another title."""
        title = str(event.value).strip()
        if title:
            self._tried(lambda: self._application.conversations.rename(str(event.id), title))
        return self.conversations(self.read(kept, request))

    def delete_conversation(self, kept: str, request: gr.Request, event: gr.EventData) -> tuple[str, str, Any]:
        """Take a conversation away; it can be had back for a while. Outputs: what is said, conversations, the address to go to."""
        here = self.read(kept, request)
        number = str(event.id)
        self._application.questions.stop(number)
        title = next((one.title for one in self._application.conversations.all(here.session.notebook) if one.id == number), "")
        self._tried(lambda: self._application.conversations.delete(number))
        said = undo_markup("conversation", number, say("deleted", here.language, name=title), here.language)
        return said, self.conversations(here), _go(f"?n={here.session.notebook}") if here.id == number else _SKIP

    # Documents and jobs

    def add(self, files: list[str] | None, kept: str, request: gr.Request) -> tuple[Any, Any]:
        """Begin to read uploaded files. Outputs: upload field, jobs."""
        if not files:
            return _SKIP, _SKIP
        here = self.read(kept, request)
        self._application.jobs.receive([Path(file) for file in files], notebook=here.session.notebook)
        return None, self.jobs(here)

    def address(self, kept: str, request: gr.Request, event: gr.EventData) -> Any:
        """Begin to fetch and read a web page. Outputs: jobs."""
        here = self.read(kept, request)
        address = str(event.value).strip()[:_LONGEST_ADDRESS]
        if not address:
            return _SKIP
        self._application.jobs.read_address(address, notebook=here.session.notebook)
        return self.jobs(here)

    def answer(self, kept: str, request: gr.Request, event: gr.EventData) -> str:
        """Say whether files that have the names of earlier ones are new versions of them."""
        item = str(event.item)
        self._application.jobs.answer(int(event.job), int(item) if item else None, another=bool(event.another))
        return self.jobs(self.read(kept, request))

    def again(self, kept: str, request: gr.Request, event: gr.EventData) -> str:
        """Read a file that failed once more, with the password or the encoding that it lacked."""
        here = self.read(kept, request)
        value = str(event.value)
        states = {job.id: job for job in self._application.jobs.states()}
        job, item = states.get(int(event.job)), int(event.item)
        lacks = job.items[item].lacks if job is not None and 0 <= item < len(job.items) else None
        if lacks is Lack.PASSWORD and value:
            self._application.jobs.again(int(event.job), item, Given(password=value))
        elif lacks is Lack.ENCODING and value in ENCODINGS:
            self._application.jobs.again(int(event.job), item, Given(encoding=value))
        return self.jobs(here)

    def too_large(self, kept: str, request: gr.Request, event: gr.EventData) -> str:
        """Name files that the browser did not even send, each with its sentence. Outputs: what is said."""
        here = self.read(kept, request)
        limit = self._application.settings.max_file_mb
        errors = [
            FileTooLarge(name=str(file["name"]), size_mb=float(file["size"]) / 1e6, limit_mb=limit) for file in event.files[:20]
        ]
        return "".join(note_markup(error.sentence(here.language)) for error in errors)

    def stop_job(self, kept: str, request: gr.Request, event: gr.EventData) -> str:
        """Stop a job."""
        takeover = self._application.takeover
        if takeover is not None and int(event.job) == takeover.state.id:
            takeover.stop()
        self._application.jobs.stop(int(event.job))
        return self.jobs(self.read(kept, request))

    def dismiss(self, kept: str, request: gr.Request, event: gr.EventData) -> str:
        """Take a job that is over off the list, for every page."""
        takeover = self._application.takeover
        if takeover is not None and int(event.job) == takeover.state.id:
            takeover.dismiss()
        self._application.jobs.dismiss(int(event.job))
        return self.jobs(self.read(kept, request))

    def scope(self, kept: str, request: gr.Request, event: gr.EventData) -> tuple[str, str]:
        """Take documents into the search or leave them out. Outputs: choices, documents."""
        here = self.read(kept, request)
        return self._chosen(here, here.choices.searching({int(number): bool(ticked) for number, ticked in event.ticks}))

    def sort(self, kept: str, request: gr.Request, event: gr.EventData) -> tuple[str, str]:
        """List the documents in another order. Outputs: choices, documents."""
        here = self.read(kept, request)
        wanted = str(event.value)
        return self._chosen(here, replace(here.choices, sort=wanted if wanted in SORTS else SORTS[0]))

    def _chosen(self, here: Context, choices: Choices) -> tuple[str, str]:
        return choices.text(), self.documents(replace(here, choices=choices))

    def report(self, kept: str, request: gr.Request, event: gr.EventData) -> Any:
        """Show what reading a document has shown. Outputs: the panel."""
        here = self.read(kept, request)
        source = next((one for one in here.documents() if one.id == int(event.id)), None)
        if source is None:
            return _SKIP
        report = self._application.reports.of([source]).get(source.id)
        kept = self._application.reports.kept(source.id)
        return report_markup(source, report, here.language, at=time.monotonic_ns(), kept=kept)

    def read_again(self, kept: str, request: gr.Request, event: gr.EventData) -> tuple[str, str]:
        """Read a document once more, a text in the encoding that was chosen. Outputs: what is said, jobs."""
        here = self.read(kept, request)
        encoding = str(event.value) if str(event.value) in ENCODINGS else ""
        error = self._tried(lambda: self._application.jobs.read_again(int(event.id), Given(encoding=encoding)))
        return note_markup(error.sentence(here.language)) if error else "", self.jobs(here)

    def delete_document(self, kept: str, request: gr.Request, event: gr.EventData) -> tuple[str, str]:
        """Take a document away; one that is gone already says so. Outputs: what is said, documents."""
        here = self.read(kept, request)
        name = str(event.name)
        found = [one.id for one in here.documents() if one.name == name]
        return self._deleted(here, found, say("deleted", here.language, name=name), missing=name), self.documents(here)

    def delete_selected(self, kept: str, request: gr.Request, event: gr.EventData) -> tuple[str, str]:
        """Take the documents of these ids away. Outputs: what is said, documents."""
        here = self.read(kept, request)
        chosen = [one.id for one in here.documents() if one.id in event.ids]
        said = say("deleted_several", here.language, n=len(chosen))
        return (self._deleted(here, chosen, said, missing="") if chosen else ""), self.documents(here)

    def _deleted(self, here: Context, documents: list[int], said: str, *, missing: str) -> str:
        """Take documents away; they can be had back for a while. Where there are none, says that the one named `missing` is not there."""
        notebook = here.session.notebook
        try:
            if not documents:
                raise UnknownSource(name=missing, notebook=self._application.notebooks.get(notebook).name)
            aside = self._application.notebooks.delete_documents(documents)
        except KaedamaError as error:
            return note_markup(error.sentence(here.language))
        return undo_markup("documents", str(aside), said, here.language, notebook=notebook)

    def move_selected(self, kept: str, request: gr.Request, event: gr.EventData) -> tuple[str, str]:
        """Put the documents of these ids into another notebook. Outputs: what is said, documents."""
        here = self.read(kept, request)
        chosen = [one.id for one in here.documents() if one.id in event.ids]
        error = self._tried(lambda: self._application.notebooks.move(chosen, int(event.notebook)))
        said = error.sentence(here.language) if error else say("moved", here.language, n=len(chosen))
        return note_markup(said), self.documents(here)

    def _tried(self, act: Callable[[], object]) -> KaedamaError | None:
        try:
            act()
        except KaedamaError as error:
            return error
        return None


def _go(address: str) -> str:
    """Sends the page to an address of its own; the time makes two of the same differ."""
    return f'<span hidden data-go="{escaped(address)}" data-at="{time.monotonic_ns()}"></span>'
