"""Another embedder's vectors are made beside those that are searched, survive being stopped, and take over in one step."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from core.errors import LibraryState
from core.sentences import Phrase
from core.settings import Settings
from service.app import Application
from store.embedding.embedder import Embedder
from store.library import Library
from tests.conftest import NOTEBOOK, put
from tests.doubles import HashEmbedder

DOCUMENTS = 100


class Wider(HashEmbedder):
    """Another embedder, of 128 numbers."""

    def __init__(self, signature: str = "wider") -> None:
        super().__init__(signature)

    def _encode(self, texts: list[str]) -> np.ndarray:
        return np.repeat(super()._encode(texts), 2, axis=1)


def told(number: int) -> str:
    """Words of a document's own."""
    return f"Alpha {' '.join(f'word{number}{letter}' for letter in 'abcdefgh')}."


@pytest.fixture
def filled(settings: Settings) -> Path:
    """The directory of a library that the first embedder made."""
    with Library.open(settings.library, HashEmbedder()) as library:
        for number in range(DOCUMENTS):
            put(library, f"{number}.txt", told(number))
    return settings.library


def nearest(library: Library, text: str) -> str:
    """The document that a search by vectors finds first."""
    chunk = library.search_dense(NOTEBOOK, library.question(text, ("en",)), 1, None)[0].chunk
    return library.hits([chunk])[chunk].source


def is_whole(library: Library, signature: str) -> bool:
    """Whether an examination finds nothing wrong, and only this embedder's vectors and collections are left."""
    assert [finding.sentence("en") for finding in library.examination().run() if not finding.ok] == []
    rows = library.catalog.connections.rows("SELECT DISTINCT embedder FROM vectors")
    return rows == [(signature,)] and library.catalog.vectors.beside() is None


def test_work_that_is_killed_goes_on_where_it_was_and_the_old_vectors_are_searched_meanwhile(filled: Path) -> None:
    class KilledError(Exception):
        """What the process ends with."""

    def kill(done: int, total: int) -> None:
        assert total == DOCUMENTS
        if done >= 64:
            raise KilledError

    first = Wider()
    with Library.open(filled, first, check_embedder=False) as library, pytest.raises(KilledError):
        library.re_embed(progress=kill)
    with Library.open(filled, HashEmbedder()) as library:
        assert nearest(library, told(77)) == "77.txt"
        findings = list(library.examination().run())
        assert [finding.sentence("en") for finding in findings if not finding.ok] == []
        (beside,) = [one.said for one in findings if isinstance(one.said, Phrase) and one.said.words is LibraryState.BESIDE]
        assert dict(beside.fields) == {"done": 64, "total": DOCUMENTS, "signature": "wider"}
        put(library, "later.txt", "Zeta eta theta.")
        library.delete(NOTEBOOK, "5.txt")
    calibration = first.embedded - 64
    second = Wider()
    with Library.open(filled, second, check_embedder=False) as library:
        assert library.re_embed()
        # One passage more, one less; the one that went was among those that had been made, or not.
        assert second.embedded - calibration in (DOCUMENTS - 64, DOCUMENTS - 64 + 1)
        assert nearest(library, told(77)) == "77.txt"
        assert nearest(library, "zeta eta") == "later.txt"
    with Library.open(filled, Wider()) as library:
        assert is_whole(library, "wider")
        assert library.health().level


def test_a_kill_between_the_switch_and_the_clearing_leaves_nothing_behind(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Library.open(filled, Wider(), check_embedder=False) as library:
        monkeypatch.setattr(library, "warm", lambda: None)
        assert library.re_embed()
        assert len(library.catalog.connections.rows("SELECT DISTINCT embedder FROM vectors")) == 2
    with Library.open(filled, Wider()) as library:
        assert nearest(library, told(77)) == "77.txt"
        assert is_whole(library, "wider")


def test_questions_and_new_documents_go_on_while_another_embedder_takes_over(filled: Path) -> None:
    with Library.open(filled, HashEmbedder()) as library:
        held = library.question(told(9), ("en",))
        chunks_of_old = library.embed_chunks([])
        seen: list[str] = []

        def meanwhile(done: int, total: int) -> None:
            if not seen:
                worker = threading.Thread(target=put, args=(library, "new.txt", "Zeta eta theta."))
                worker.start()
                worker.join()
            seen.append(nearest(library, told(77)))

        assert library.re_embed(Wider(), progress=meanwhile)
        assert seen == ["77.txt"] * len(seen)
        assert len(seen) > 2
        assert nearest(library, "zeta eta") == "new.txt"
        assert library.hits([found := library.search_dense(NOTEBOOK, held, 1, None)[0].chunk])[found].source == "9.txt"
        assert library.nearness(held, [1, 2])
        assert chunks_of_old == {}
        assert is_whole(library, "wider")


def test_vectors_that_the_old_embedder_made_are_made_again_when_another_has_taken_over(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Library.open(filled, HashEmbedder()) as library:
        plain = library.replace

        def late(*args: object, **options: object) -> int:
            monkeypatch.undo()
            assert library.re_embed(Wider())
            return plain(*args, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(library, "replace", late)
        put(library, "new.txt", "Zeta eta theta.")
        assert nearest(library, "zeta eta") == "new.txt"
        assert is_whole(library, "wider")


def test_only_vectors_that_are_missing_are_made_again_by_the_same_embedder(filled: Path) -> None:
    embedder = HashEmbedder()
    with Library.open(filled, embedder) as library:
        with library.catalog.connections.transaction() as db:
            db.execute("DELETE FROM vectors WHERE content IN (SELECT content FROM chunks WHERE id < 4)")
            db.execute("UPDATE vectors SET vector = x'00' WHERE content IN (SELECT content FROM chunks WHERE id = 9)")
        library.embedder.load()
        assert library.re_embed()
        texts = 2 * 96 * 3
        assert embedder.embedded == texts + 4
        assert is_whole(library, "hash")


def test_the_page_answers_by_the_old_embedder_until_the_new_one_is_ready(
    filled: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    made: dict[str, Embedder] = {"hash": HashEmbedder(), "wider": Wider()}
    for module in ("service.app", "service.takeover"):
        monkeypatch.setattr(f"{module}.open_embedder", lambda settings: made[settings.embedder])
    chosen = Settings(library=settings.library, models=settings.models, embedder="wider")
    application = Application.open(chosen)
    try:
        assert application.library.embedder is made["hash"]
        assert nearest(application.library, told(77)) == "77.txt"
        assert application.takeover is not None
        application.takeover.start()
        assert application.takeover.over.wait(60)
        state = application.takeover.state
        assert (state.done, state.total, state.over, state.stopped) == (DOCUMENTS, DOCUMENTS, True, False)
        assert application.library.embedder is made["wider"]
        assert nearest(application.library, told(77)) == "77.txt"
    finally:
        application.library.close()
    again = Application.open(chosen)
    assert again.takeover is None
    again.library.close()
