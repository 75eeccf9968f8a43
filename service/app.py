"""The application: one library, the models over it, and everything a person does with them. Page, command line and programs hold this.

Construction is quick and loads nothing heavy; `start` warms up behind whoever shows it.
"""

from __future__ import annotations

import logging
import threading

from core.settings import Settings
from service.answering import Answering
from service.comparisons import Comparisons
from service.conversations import Conversations
from service.jobs import Jobs
from service.models import Models
from service.notebooks import Notebooks
from service.places import Places
from service.questions import Questions
from service.reports import Reports
from service.sessions import Sessions
from service.takeover import Takeover, hold_back
from service.uploads import Uploads
from store.embedding.embedder import open_embedder
from store.library import UNDO_S, Library

_log = logging.getLogger(__name__)
# Work that cannot be interrupted, as a model that is being loaded, is not waited for longer than this, in seconds.
_CLOSE_S = 4.0


class Application:
    """Shared by all sessions; safe from several threads."""

    def __init__(self, library: Library, settings: Settings) -> None:
        self.library = library
        self.settings = settings
        self.models = Models(settings)
        self.uploads = Uploads(library.directory, limit=int(settings.max_upload_mb * 1_000_000))
        self.jobs = Jobs(library, settings, self.uploads, arrived=self.models.look)
        self.notebooks = Notebooks(library)
        self.reports = Reports(library)
        self.places = Places(library, settings)
        self.conversations = Conversations(library)
        self.answering = Answering(library, settings, self.models, self.jobs)
        self.questions = Questions(self.conversations, self.models, self.answering)
        self.notebooks.stop = self.questions.stop_all
        self.comparisons = Comparisons(self.answering, self.models)
        self.sessions = Sessions(self.notebooks.opened(settings.notebook).id)
        self.takeover: Takeover | None = None
        self._ending = threading.Event()

    @classmethod
    def open(cls, settings: Settings) -> Application:
        """Over the library and the embedder that the settings name.

        Where another embedder made its vectors, it is searched by that one until those of the new one are whole (service/takeover.py).

        Raises:
            LibraryLocked, LibraryUnwritable, LibraryTooNew, LibraryDamaged: the library cannot be opened.
        """
        library = Library.open(settings.library, open_embedder(settings), check_embedder=False, chroma_url=settings.chroma_url)
        try:
            successor = hold_back(library, settings)
            application = cls(library, settings)
            application.takeover = Takeover(library, successor) if successor is not None else None
            return application
        except BaseException:
            library.close()
            raise

    def __enter__(self) -> Application:
        """For a program that shows no page: questions do not wait for a warm-up."""
        self.answering.ready()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._close()

    def start(self) -> None:
        """Begin to warm up, to work through jobs, and to clear away what was deleted."""
        self.jobs.start()
        self.answering.start(self.notebooks.opened(self.settings.notebook).id)
        threading.Thread(target=self._clear, name="clear", daemon=True).start()
        if self.takeover is not None:
            self.takeover.start()

    def close(self) -> bool:
        """Stop what runs, keep what came of it, give back the models and let other processes open the library.

        Returns whether all of that is done: what cannot be interrupted ends with the process, and the library is made to survive that.
        """
        self._ending.set()
        closer = threading.Thread(target=self._close, name="close", daemon=True)
        closer.start()
        closer.join(_CLOSE_S)
        return not closer.is_alive()

    def purge(self) -> None:
        """Remove for good what was deleted, at once."""
        self.library.purge(0.0)

    def _close(self) -> None:
        if self.takeover is not None:
            self.takeover.close()
        self.comparisons.close()
        self.questions.close()
        self.jobs.close()
        self.places.close()
        self.models.close()
        self.library.close()

    def _clear(self) -> None:
        while not self._ending.wait(UNDO_S / 2):
            try:
                self.library.purge(UNDO_S)
            except Exception:  # noqa: BLE001  # what is deleted is out of sight already; the next round tries again
                _log.exception("what was deleted could not be cleared away")
