"""Gradio handlers of the documents: add with progress, choose for the search, delete.

Uploads reach Python through Gradio's own file component, which checks that a path lies in its upload directory; the drop zone that
people see only hands files to it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from core.errors import FileTooLarge, KaedamaError
from ingest.events import Status
from ui.backend import Backend
from ui.chat import Conversation
from ui.jobs import Job
from ui.locale import say
from ui.panels import JobView, Row, documents_markup, job_markup

_LOOK_S = 0.25
# Files that one choice can name as too large, and readings that a page shows: more of either is nobody's wish.
_MOST_NAMED, _MOST_SHOWN = 100, 50
# Characters of a name that is shown.
_LONGEST_NAME = 300


class Documents:
    """The handlers over one backend. Outputs of most: list of documents, running ingests."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def listed(self, conversation: Conversation, language: str, *, note: str = "") -> str:
        """The list of documents."""
        return documents_markup(self._backend.sources(), conversation.left_out, language, note=note)

    def jobs(self, conversation: Conversation, language: str) -> str:
        """The samples' ingest while it runs, and this session's own ones until they are dismissed."""
        views = [job.view for job in self._backend.jobs.running() if job.samples] + conversation.jobs
        return "".join(job_markup(view, language) for view in views)

    def add(self, files: list[str] | None, conversation: Conversation, language: str) -> Iterator[tuple[Any, Any, Any]]:
        """Read uploaded files, showing how it goes. Outputs: upload field, list, ingests."""
        if not files:
            return
        job = self._backend.add([Path(file) for file in files])
        conversation.jobs.append(job.view)
        yield None, gr.skip(), self.jobs(conversation, language)
        for listed, jobs in self.watch([job], conversation, language):
            yield gr.skip(), listed, jobs

    def watch(self, jobs: list[Job], conversation: Conversation, language: str) -> Iterator[tuple[Any, Any]]:
        """Draw list and ingests until the jobs are over."""
        drawn: tuple[Any, Any] = ("", "")
        while not all(job.over.is_set() for job in jobs):
            now = self.listed(conversation, language), self.jobs(conversation, language)
            if now != drawn:
                yield tuple(gr.skip() if new == old else new for new, old in zip(now, drawn, strict=True))  # type: ignore[misc]
                drawn = now
            time.sleep(_LOOK_S)
        yield self.listed(conversation, language), self.jobs(conversation, language)

    def too_large(self, conversation: Conversation, language: str, event: gr.EventData) -> str:
        """Name files that the browser did not even send, each with its sentence."""
        rows = []
        for file in event.files[:_MOST_NAMED]:
            name = str(file["name"])[:_LONGEST_NAME]
            error = FileTooLarge(name=name, size_mb=float(file["size"]) / 1e6, limit_mb=self._backend.settings.max_file_mb)
            rows.append(Row(name, Status.FAILED, error=error))
        lowest = min([view.id for view in conversation.jobs] + [0])
        conversation.jobs.append(JobView(lowest - 1, total=len(rows), rows=rows, finished=True, complete=True))
        del conversation.jobs[:-_MOST_SHOWN]
        return self.jobs(conversation, language)

    def stop(self, event: gr.EventData) -> None:
        """Stop an ingest; its watcher draws the rest."""
        self._backend.jobs.stop(int(event.job))

    def dismiss(self, conversation: Conversation, language: str, event: gr.EventData) -> str:
        """Take a finished ingest off the page."""
        conversation.jobs[:] = [view for view in conversation.jobs if str(view.id) != str(event.job) or not view.finished]
        return self.jobs(conversation, language)

    def scope(self, conversation: Conversation, language: str, event: gr.EventData) -> str:
        """Take a document into the search or leave it out."""
        number = int(event.id)
        if event.checked:
            conversation.left_out.discard(number)
        else:
            conversation.left_out.add(number)
        return self.listed(conversation, language)

    def delete(self, conversation: Conversation, language: str, event: gr.EventData) -> str:
        """Remove a document; one that is gone already says so."""
        try:
            self._backend.delete(str(event.name))
        except KaedamaError as error:
            return self.listed(conversation, language, note=error.sentence(language))
        return self.listed(conversation, language, note=say("deleted", language, name=str(event.name)))

    def endpoint(self) -> list[dict[str, Any]]:
        """The documents that questions are answered from; page numbers in `textless` hold no text and cannot be searched."""
        return [
            {
                "id": one.id,
                "name": one.name,
                "title": one.title,
                "media_type": one.media_type,
                "pages": one.pages,
                "passages": one.chunks,
                "languages": list(one.languages),
                "textless": list(one.textless),
                "size": one.size,
            }
            for one in self._backend.sources()
        ]
