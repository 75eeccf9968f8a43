"""Notebooks, conversations, turns and feedback: kept, found, deleted and restored."""

from __future__ import annotations

import pytest

from core.errors import NotebookNameEmpty, NotebookNameTaken, UnknownConversation, UnknownNotebook, UnknownSource, UnknownTurn
from core.settings import Settings
from store.catalog import Conversation, Feedback, Notebook
from store.library import Library
from tests.conftest import NOTEBOOK, put
from tests.doubles import HashEmbedder

SCOPE = {"sources": [1, 2], "mode": "passages"}


def answer(text: str) -> dict[str, object]:
    """An answer as JSON, with something that only its writer understands."""
    return {"text": text, "citations": [{"n": 1, "quote": "三つ"}], "seconds": {"total": 1.5}}


def ask(library: Library, conversation: Conversation, question: str, text: str, parent: int | None = None) -> int:
    """A turn with a whole answer; returns its number."""
    turn = library.catalog.conversations.add_turn(conversation.id, parent=parent, question=question, model="embedded", scope=SCOPE)
    library.catalog.conversations.save_answer(turn.id, answer(text))
    return turn.id


def titles(library: Library, search: str = "") -> list[str]:
    """Titles of the conversations found."""
    return [conversation.title for conversation in library.catalog.conversations.all(NOTEBOOK, search)]


# Notebooks


def test_a_notebook_exists_while_it_is_empty(library: Library) -> None:
    made = library.catalog.notebooks.create("  Recetas   de casa ")
    assert (made.name, made.documents) == ("Recetas de casa", 0)
    assert [notebook.name for notebook in library.catalog.notebooks.all()] == ["Recetas de casa", "default"]
    assert library.open_notebook("Recetas de casa") == made
    assert library.sources(made.id) == []


def test_a_notebook_counts_its_documents(library: Library) -> None:
    put(library, "a.txt", "Alpha beta.")
    assert library.catalog.notebooks.get(NOTEBOOK).documents == 1


def test_names_are_given_once_and_never_empty(library: Library) -> None:
    other = library.catalog.notebooks.create("other")
    with pytest.raises(NotebookNameTaken):
        library.catalog.notebooks.create("default")
    with pytest.raises(NotebookNameTaken):
        library.catalog.notebooks.rename(other.id, "default")
    for blank in ("", " \u3000 "):
        with pytest.raises(NotebookNameEmpty):
            library.catalog.notebooks.create(blank)
    assert library.catalog.notebooks.rename(other.id, "other").name == "other"


def test_renaming_embeds_nothing_and_the_search_goes_on(library: Library, embedder: HashEmbedder) -> None:
    put(library, "a.txt", "Alpha beta gamma.")
    embedded = embedder.embedded
    library.catalog.notebooks.rename(NOTEBOOK, "料理")
    assert embedder.embedded == embedded
    assert library.health().level
    assert len(library.search_dense(NOTEBOOK, library.question("alpha", ("en",)), 5, None)) == 1


def test_a_deleted_notebook_vanishes_with_all_in_it_and_comes_back(library: Library) -> None:
    put(library, "a.txt", "Alpha beta gamma.")
    talk = library.catalog.conversations.create(NOTEBOOK, "Talk")
    turn = ask(library, talk, "q", "a")
    library.catalog.notebooks.delete(NOTEBOOK)
    assert library.catalog.notebooks.all() == []
    assert library.catalog.conversations.all(NOTEBOOK) == []
    assert library.sources(NOTEBOOK) == []
    for call in (library.catalog.conversations.get, library.catalog.conversations.turns):
        with pytest.raises(UnknownConversation):
            call(talk.id)
    with pytest.raises(UnknownTurn):
        library.catalog.conversations.turn(turn)
    with pytest.raises(UnknownNotebook):
        put(library, "b.txt", "Delta.", notebook=NOTEBOOK)
    assert library.catalog.notebooks.restore(NOTEBOOK).documents == 1
    assert titles(library) == ["Talk"]
    assert library.health().level


def test_a_restored_notebook_whose_name_was_given_away_gets_a_number(library: Library) -> None:
    library.catalog.notebooks.delete(NOTEBOOK)
    library.catalog.notebooks.create("default")
    assert library.catalog.notebooks.restore(NOTEBOOK).name == "default (2)"


def test_purging_removes_what_was_deleted_and_nothing_else(library: Library) -> None:
    kept = library.catalog.notebooks.create("kept").id
    put(library, "a.txt", "Alpha beta gamma.")
    put(library, "a.txt", "Alpha beta gamma.", notebook=kept)
    library.catalog.conversations.create(NOTEBOOK, "Talk")
    library.catalog.notebooks.delete(NOTEBOOK)
    library.purge(older_than_s=3600)
    assert library.catalog.notebooks.restore(NOTEBOOK).documents == 1
    library.catalog.notebooks.delete(NOTEBOOK)
    library.purge(older_than_s=0)
    with pytest.raises(UnknownNotebook):
        library.catalog.notebooks.restore(NOTEBOOK)
    assert library.health() == library.health().__class__(1, 1, 1, 1)
    assert library.catalog.connections.rows("SELECT count(*) FROM conversations") == [(0,)]
    assert len(library.search_dense(kept, library.question("alpha", ("en",)), 5, None)) == 1


def test_what_was_deleted_is_purged_when_the_library_is_opened_again(settings: Settings) -> None:
    with Library.open(settings.library, HashEmbedder()) as library:
        put(library, "a.txt", "Alpha beta gamma.")
        library.catalog.notebooks.delete(NOTEBOOK)
        with library.catalog.connections.transaction() as db:
            db.execute("UPDATE notebooks SET deleted = deleted - 60")
    with Library.open(settings.library, HashEmbedder()) as library:
        assert library.health() == library.health().__class__(0, 0, 0, 0)


def test_documents_move_without_being_embedded_again(library: Library, embedder: HashEmbedder) -> None:
    target = library.catalog.notebooks.create("target").id
    first = put(library, "a.txt", "Alpha beta gamma.")
    second = put(library, "b.txt", "Delta epsilon.")
    put(library, "a.txt", "Another text of this name.", notebook=target)
    embedded = embedder.embedded
    library.move_documents([first], target)
    assert embedder.embedded == embedded
    assert [(source.id, source.name) for source in library.sources(NOTEBOOK)] == [(second, "b.txt")]
    assert (first, "a (2).txt") in [(source.id, source.name) for source in library.sources(target)]
    assert library.health().level
    for notebook, ids in ((NOTEBOOK, {second}), (target, {first})):
        asked = library.question("alpha gamma delta", ("en",))
        found = library.search_dense(notebook, asked, 1, None), library.lexical.search(notebook, "gamma delta", 5, None)
        for hits in found:
            assert {hit.source_id for hit in library.hits([chunk for chunk, _ in hits]).values()} == ids
    library.move_documents([first], NOTEBOOK)
    library.move_documents([first], target)
    assert library.health().level


def test_moving_moves_all_or_nothing(library: Library) -> None:
    target = library.catalog.notebooks.create("target").id
    document = put(library, "a.txt", "Alpha beta gamma.")
    with pytest.raises(UnknownSource):
        library.move_documents([document, 999], target)
    with pytest.raises(UnknownNotebook):
        library.move_documents([document], 999)
    assert [source.id for source in library.sources(NOTEBOOK)] == [document]


# Conversations


def test_a_conversation_comes_back_as_it_was_kept(settings: Settings) -> None:
    with Library.open(settings.library, HashEmbedder()) as library:
        notebook = library.open_notebook("default").id
        made = library.catalog.conversations.create(notebook, "スープ")
        first = library.catalog.conversations.add_turn(
            made.id, parent=None, question="¿Cuánto?", model="ollama:gemma4", scope=SCOPE
        )
        library.catalog.conversations.save_answer(first.id, answer("Nueve euros [1]."))
        second = library.catalog.conversations.add_turn(
            made.id, parent=first.id, question="何円?", model="embedded", scope={}, answer=answer("一")
        )
        library.catalog.conversations.set_feedback(first.id, Feedback(-1, "wrong price", given=12.5))
    with Library.open(settings.library, HashEmbedder()) as library:
        one, two = library.catalog.conversations.turns(made.id)
        assert (one.question, one.model, one.scope, one.parent) == ("¿Cuánto?", "ollama:gemma4", SCOPE, None)
        assert one.answer == answer("Nueve euros [1].")
        assert one.feedback == Feedback(-1, "wrong price", given=12.5)
        assert (two.id, two.parent, two.answer, two.feedback) == (second.id, first.id, answer("一"), None)
        kept = library.catalog.conversations.get(made.id)
        assert (kept.title, kept.turns, kept.head, kept.notebook) == ("スープ", 2, second.id, notebook)


def test_ids_may_stand_in_a_link_and_cannot_be_guessed(library: Library) -> None:
    ids = {library.catalog.conversations.create(NOTEBOOK).id for _ in range(20)}
    assert len(ids) == 20
    assert all(len(one) == 12 and one.replace("-", "").replace("_", "").isalnum() for one in ids)


def test_asking_again_from_an_earlier_turn_makes_a_branch(library: Library) -> None:
    talk = library.catalog.conversations.create(NOTEBOOK)
    first = ask(library, talk, "one", "1")
    second = ask(library, talk, "two", "2", parent=first)
    beside = ask(library, talk, "two again", "2'", parent=first)
    assert [turn.parent for turn in library.catalog.conversations.turns(talk.id)] == [None, first, first]
    assert library.catalog.conversations.get(talk.id).head == beside
    library.catalog.conversations.set_head(talk.id, second)
    assert library.catalog.conversations.get(talk.id).head == second
    other = library.catalog.conversations.create(NOTEBOOK)
    with pytest.raises(UnknownTurn):
        library.catalog.conversations.set_head(other.id, second)
    with pytest.raises(UnknownTurn):
        ask(library, other, "q", "a", parent=first)


def test_the_last_used_conversation_comes_first(library: Library) -> None:
    old, new = (library.catalog.conversations.create(NOTEBOOK, title) for title in ("old", "new"))
    assert titles(library) == ["new", "old"]
    ask(library, old, "q", "a")
    assert titles(library) == ["old", "new"]
    library.catalog.conversations.rename(new.id, "renamed")
    assert titles(library) == ["old", "renamed"]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("broth", ["Cooking"]),
        ("BROTH cooking", ["Cooking"]),
        ("caldo", ["Cocina"]),
        ("cuanto euros", ["Cocina"]),
        ("120円", ["替え玉"]),
        ("１２０円", ["替え玉"]),
        ("replaced", []),
        ("broth caldo", []),
        ("100%", []),
        ("  ", ["替え玉", "Cocina", "Cooking"]),
    ],
)
def test_conversations_are_found_by_their_words(library: Library, search: str, found: list[str]) -> None:
    talks = [library.catalog.conversations.create(NOTEBOOK, title) for title in ("Cooking", "Cocina", "替え玉")]
    turn = ask(library, talks[0], "What is in it?", "This text is replaced.")
    library.catalog.conversations.save_answer(turn, answer("A clear chicken broth."))
    ask(library, talks[1], "¿Cuánto cuesta el CALDO?", "Son 3 euros.")
    ask(library, talks[2], "いくらですか", "一玉は120円です。")
    assert titles(library, search) == found


def test_a_deleted_conversation_vanishes_and_comes_back(library: Library) -> None:
    talk = library.catalog.conversations.create(NOTEBOOK, "Talk")
    turn = ask(library, talk, "broth", "a")
    library.catalog.conversations.delete(talk.id)
    assert titles(library) == titles(library, "broth") == []
    with pytest.raises(UnknownConversation):
        library.catalog.conversations.get(talk.id)
    with pytest.raises(UnknownTurn):
        library.catalog.conversations.set_feedback(turn, Feedback(1))
    with pytest.raises(UnknownConversation):
        library.catalog.conversations.add_turn(talk.id, parent=None, question="q", model="m", scope={})
    library.purge(older_than_s=3600)
    assert library.catalog.conversations.restore(talk.id).title == "Talk"
    assert [one.id for one in library.catalog.conversations.turns(talk.id)] == [turn]
    library.catalog.conversations.delete(talk.id)
    library.purge(older_than_s=0)
    with pytest.raises(UnknownConversation):
        library.catalog.conversations.restore(talk.id)
    assert library.catalog.connections.rows("SELECT count(*) FROM turns") == [(0,)]


def test_feedback_is_replaced_and_taken_back(library: Library) -> None:
    turn = ask(library, library.catalog.conversations.create(NOTEBOOK), "q", "a")
    library.catalog.conversations.set_feedback(turn, Feedback(1))
    library.catalog.conversations.set_feedback(turn, Feedback(-1, "理由", given=2.0))
    assert library.catalog.conversations.turn(turn).feedback == Feedback(-1, "理由", given=2.0)
    library.catalog.conversations.set_feedback(turn, None)
    assert library.catalog.conversations.turn(turn).feedback is None


def test_halves_of_characters_are_kept_where_json_can_hold_them(library: Library) -> None:
    talk = library.catalog.conversations.create(NOTEBOOK, "a\ud83d")
    turn = ask(library, talk, "q\ud83d", "cut \ud83d off")
    assert library.catalog.conversations.turn(turn).answer["text"] == "cut \ud83d off"
    assert library.catalog.conversations.turn(turn).question == "q\ufffd"


def test_unknown_conversations_and_turns_say_so(library: Library) -> None:
    with pytest.raises(UnknownConversation, match="There is no conversation nope"):
        library.catalog.conversations.rename("nope", "x")
    with pytest.raises(UnknownTurn, match="question number 7"):
        library.catalog.conversations.save_answer(7, {})
    with pytest.raises(UnknownNotebook):
        library.catalog.conversations.create(99)


def test_a_notebook_is_a_value(library: Library) -> None:
    assert library.catalog.notebooks.get(NOTEBOOK) == Notebook(
        NOTEBOOK, "default", library.catalog.notebooks.get(NOTEBOOK).created, 0
    )
