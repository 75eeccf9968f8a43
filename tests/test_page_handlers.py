"""The page's handlers over a real service, without a browser: nothing is blanked, nothing leaves unasked, branches, what programs get."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request

from core.settings import Settings
from core.types import Citation
from ingest.pipeline import IngestPipeline
from rag.answer import Answer
from rag.events import Cited, Retried, RetryReason, Text
from service.app import Application
from store.library import Library
from tests.conftest import put
from tests.servers import ollama_streams
from tests.servers.gemini import KEY, GeminiServer
from tests.servers.ollama import OllamaServer
from tests.strict_html import read
from ui.choices import Choices
from ui.page.programs import _news, ask_endpoint, documents_endpoint
from ui.page.shelf import Shelf
from ui.page.talk import Talk
from ui.shell.keys import Caller

QUESTION = "How many seconds of audio does Gemma 4 E2B hear at once?"
HOME, AWAY = "ollama:gemma3:4b", "gemini:gemini-3.5-flash"
SKIP = gr.skip()
NOTHING = (SKIP,) * 7


@pytest.fixture(scope="module")
def gemini() -> Iterator[GeminiServer]:
    """A Gemini API."""
    with GeminiServer() as server:
        yield server


@pytest.fixture
def application(library: Library, settings: Settings, gemini: GeminiServer) -> Iterator[Application]:
    """An application over one document, an Ollama and a Gemini API, with nothing to warm up."""
    with OllamaServer() as ollama:
        ollama.installed["long"] = ["completion"]
        put(library, "gemma.txt", "Gemma 4 E2B hears audio of up to 30 seconds at once. It also sees pictures.")
        made = Application(library, replace(settings, ollama_url=ollama.url, gemini_url=gemini.url, gemini_key=KEY, model=HOME))
        made.answering.ready()
        yield made
        made.questions.close()
        made.models.close()


def request(address: str = "", person: str = "someone") -> Any:
    """An event of a tab at this address."""
    scope = {"type": "http", "headers": [], "query_string": b"", "state": {"caller": Caller(person)}}
    return SimpleNamespace(query_params=QueryParams(address), headers=Headers({}), session_hash="tab", request=Request(scope))


def event(**fields: object) -> Any:
    """What an element sends."""
    return SimpleNamespace(**fields)


def sent_to(server: GeminiServer) -> int:
    """How many questions the API was sent."""
    return sum("GenerateContent" in path for path, _, _ in server.requests)


def asked(talk: Talk, application: Application, address: str = "", **choices: Any) -> str:
    """Ask and wait for the answer; the conversation's address."""
    *_, number = talk.ask(QUESTION, replace(Choices(), **choices).text(), request(address))
    running = application.questions.running(number)
    while running is not None and not running.over:
        for _ in running.events():
            pass
    return f"c={number}"


def test_an_empty_question_changes_nothing(application: Application) -> None:
    assert Talk(application).ask("  \n", "", request()) == NOTHING


def test_a_question_empties_its_box_only_once_it_is_taken(application: Application) -> None:
    talk = Talk(application)
    box, notice, turns, live, *_ = talk.ask(QUESTION, "", request())
    assert (box, notice) == ("", "")
    assert "data-conversation" in "".join(turns)
    assert QUESTION in "".join(live)
    box, notice, *rest = talk.ask(QUESTION, Choices(cleared=(1,)).text(), request())
    assert box == SKIP
    assert "No document is chosen" in notice
    assert rest == [SKIP] * 5


def test_nothing_goes_to_a_remote_model_before_it_is_allowed(application: Application, gemini: GeminiServer) -> None:
    talk, chosen = Talk(application), Choices(model=AWAY).text()
    sent = sent_to(gemini)
    box, notice, *_ = talk.ask(QUESTION, chosen, request())
    assert box == SKIP
    assert "Send to Google?" in read(notice)
    assert "Nothing was sent" in talk.refuse(chosen, request())[1]
    assert sent_to(gemini) == sent
    talk.allow(chosen, request(), event(question=QUESTION, parent="follow", box="1"))
    address = asked(talk, application, model=AWAY)
    assert sent_to(gemini) > sent
    kept = application.conversations.get(address.removeprefix("c="))
    assert kept.turns[-1].model == AWAY
    assert "Send to Google?" in talk.ask(QUESTION, chosen, request(person="another"))[1]


def test_asking_again_makes_a_branch_that_can_be_left(application: Application) -> None:
    talk = Talk(application)
    address = asked(talk, application)
    first = application.conversations.get(address[2:]).turns[0]
    talk.edit("", request(address), event(turn=first.id, value="And pictures?"))
    running = application.questions.running(address[2:])
    for _ in running.events() if running else ():
        pass
    kept = application.conversations.get(address[2:])
    assert [turn.question for turn in kept.turns] == ["And pictures?"]
    assert kept.turns[0].siblings == (first.id, kept.turns[0].id)
    assert "2 of 2" in "".join(talk.open("", request(address))[3])
    assert QUESTION in "".join(talk.branch("", request(address), event(turn=str(first.id)))[3])


def test_a_conversation_that_is_gone_is_told(application: Application) -> None:
    _, notice, *_, number = Talk(application).open("", request("c=nosuchthing0"))
    assert "was deleted, or its link" in notice
    assert number == ""


def test_thumbs_and_their_reason_are_kept(application: Application) -> None:
    talk = Talk(application)
    address = asked(talk, application)
    number = application.conversations.get(address[2:]).turns[0].id
    talk.thumb("", request(address), event(turn=number, thumb="-1"))
    talk.reason("", request(address), event(turn=number, value="too short"))
    feedback = application.conversations.turn(number).feedback
    assert feedback is not None
    assert (feedback.thumb, feedback.reason) == (-1, "too short")
    talk.thumb("", request(address), event(turn=number, thumb="-1"))
    assert application.conversations.turn(number).feedback is None


def test_a_look_sends_only_what_changed(application: Application) -> None:
    shelf = Shelf(application)
    *first, seen = shelf.look("", "", request())
    assert all(isinstance(part, str) for part in first)
    assert shelf.look("", seen, request()) == (SKIP,) * 6
    application.notebooks.create("Work")
    notebooks, conversations, *_ = shelf.look("", seen, request())
    assert "Work" in notebooks
    assert conversations == SKIP


def test_a_deleted_notebook_and_conversation_can_be_had_back(application: Application) -> None:
    talk, shelf = Talk(application), Shelf(application)
    address = asked(talk, application)
    said, listed, go = shelf.delete_conversation("", request(address), event(id=address[2:]))
    assert 'data-do="restore"' in said
    assert QUESTION not in listed
    assert 'data-go="?n=' in go
    shelf.restore("", request(), event(kind="conversation", id=address[2:]))
    assert QUESTION in shelf.conversations(talk.read("", request()))
    application.notebooks.create("Work")
    said, go = shelf.delete("", request())
    assert "default was deleted" in read(said)
    assert 'data-go="?n=2"' in go
    shelf.restore("", request(), event(kind="notebook", id="1"))
    assert {one.name for one in application.notebooks.all()} == {"default", "Work"}


def test_deleted_documents_can_be_had_back_until_they_are_purged(application: Application) -> None:
    shelf = Shelf(application)
    put(application.library, "miso.txt", "Miso is made of beans.")
    numbers = {one.name: one.id for one in application.notebooks.documents(1)}
    asides = []
    for name in ("gemma.txt", "miso.txt"):
        said, listed = shelf.delete_document("", request(), event(name=name))
        assert f"{name} was deleted" in read(said)
        assert f'data-name="{name}"' not in listed
        asides.append(re.findall(r'data-id="(\d+)" data-notebook="1"', said)[0])
    assert application.notebooks.documents(1) == []
    assert {one.name for one in application.notebooks.all()} == {"default"}
    again = put(application.library, "gemma.txt", "Another text of the same name.")
    said, _ = shelf.restore("", request(), event(kind="documents", id=asides[0], notebook="1"))
    assert "1 document is back" in read(said)
    assert {one.name: one.id for one in application.notebooks.documents(1)} == {
        "gemma.txt": again,
        "gemma (2).txt": numbers["gemma.txt"],
    }
    question = application.library.question("audio seconds", ["en"])
    assert application.library.search_dense(1, question, 5, [numbers["gemma.txt"]])
    application.purge()
    said, _ = shelf.restore("", request(), event(kind="documents", id=asides[1], notebook="1"))
    assert "too late" in read(said)
    assert application.library.catalog.documents.get(numbers["miso.txt"]) is None
    said, _ = shelf.delete_document("", request(), event(name="miso.txt"))
    assert "miso.txt" in read(said)
    assert "restore" not in said


def test_an_old_answer_keeps_the_words_of_the_version_that_it_cites(application: Application, tmp_path: Path) -> None:
    talk, path = Talk(application), tmp_path / "audio.txt"
    application.library.delete(1, "gemma.txt")
    drawn: list[tuple[str, str, str]] = []
    for seconds, edition in ((30, "first"), (45, "second")):
        path.write_text(f"Gemma 4 E2B hears audio of up to {seconds} seconds at once, says the {edition} edition.", "utf-8")
        list(IngestPipeline(application.library, application.settings).run([path], notebook=1))
        address = drawn[0][0] if drawn else asked(talk, application)
        application.purge()
        _, _, _, live, _, evidence, _ = talk.open("", request(address))
        drawn.append((address, "".join(live), read(evidence)))
    (_, live, evidence), (address, live_later, evidence_later) = drawn
    assert "changed since" not in live
    assert "earlier version" not in evidence
    assert "30 seconds at once, says the first edition" in evidence
    assert "30 seconds at once, says the first edition" in evidence_later
    assert "second edition" not in evidence_later
    assert "these words stood in an earlier version" in evidence_later
    assert "Source 1: audio.txt, line 1 (changed since)" in live_later
    turn = application.conversations.get(address.removeprefix("c=")).turns[0]
    (document,) = application.notebooks.documents(1)
    (hit,) = turn.answer.hits
    assert hit.source_id == document.id
    old = application.library.page(document.id, hit.page, hit.version)
    new = application.library.page(document.id, hit.page)
    assert [page.text for page in (old, new) if page] == [
        f"Gemma 4 E2B hears audio of up to {seconds} seconds at once, says the {edition} edition."
        for seconds, edition in ((30, "first"), (45, "second"))
    ]


def test_programs_are_sent_what_is_new_and_everything_at_the_end(application: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ollama_streams, "PACE_S", 0.001)
    ask: Any = ask_endpoint(application)
    *messages, last = ask(QUESTION, "ollama:long")
    assert [message["over"] for message in messages] == [False] * len(messages)
    assert last["over"]
    assert len(messages) > 1
    assert len(last["answer"]) > 4_500
    assert "".join(message["piece"] for message in messages) == last["answer"]
    for name in ("citations", "verdicts"):
        assert last[name]
        told = [one for message in messages for one in message[name]]
        assert told == last[name][: len(told)], "in the order of the last message, each once"
    told = [one["event"] for message in messages for one in message["events"]]
    assert told == [one["event"] for one in last["events"]][: len(told)]
    assert told.count("retrieved") == 1
    assert sum(len(json.dumps(message)) for message in [*messages, last]) < 250_000, "envelopes of 200 bytes come on top"


def test_programs_are_told_where_an_answer_begins_anew() -> None:
    before = Answer("Why?").take(Text("So [1]. ")).take(Cited((Citation(1, 1, "a.txt", 1, None, 0, 2, "So", 1),)))
    grown = before.take(Text("Also."))
    news = _news(before, grown, [])
    assert (news["piece"], news["anew"], news["citations"]) == ("Also.", False, [])
    again = before.take(Retried(RetryReason.WINDOW, think=False)).take(Text("So it is."))
    news = _news(before, again, [])
    assert (news["piece"], news["anew"], news["citations"]) == ("So it is.", True, [])


def test_programs_say_themselves_that_something_may_leave(application: Application) -> None:
    ask: Any = ask_endpoint(application)
    *_, refused = ask(QUESTION, AWAY)
    assert refused["error"]["code"] == "ConsentNeeded"
    *_, answered = ask(QUESTION, AWAY, True)
    assert (answered["error"], answered["outcome"]) == (None, "answered")
    (document,) = documents_endpoint(application)()
    assert (document["name"], document["pages"]) == ("gemma.txt", 1)


def test_a_deleted_conversation_is_told_by_its_link_and_by_the_pulse(application: Application) -> None:
    talk = Talk(application)
    address = asked(talk, application)
    application.conversations.delete(address[2:])
    notice = talk.open("", request(address))[1]
    assert 'data-do="restore" data-kind="conversation"' in notice
    assert QUESTION in read(notice)
    assert address[2:] in Shelf(application).pulse(talk.read("", request(address)))
    application.conversations.restore(address[2:])
    assert talk.open("", request(address))[1] == ""


def test_an_empty_notebook_invites_and_takes_no_question(application: Application) -> None:
    talk, empty = Talk(application), application.notebooks.create("Empty")
    place = request(f"n={empty.id}")
    assert 'data-do="choose"' in "".join(talk.open("", place)[3])
    box, notice, *rest = talk.ask(QUESTION, "", place)
    assert box == SKIP
    assert "no documents in this notebook" in read(notice)
    assert rest == [SKIP] * 5
    assert application.conversations.all(empty.id) == []


def test_every_refusal_for_want_of_documents_is_drawn_anew(application: Application) -> None:
    chosen = Choices(cleared=(1,)).text()
    first, second = (Talk(application).ask(QUESTION, chosen, request())[1] for _ in range(2))
    assert first != second


def test_a_thumb_leaves_the_evidence_as_it_is(application: Application) -> None:
    talk = Talk(application)
    address = asked(talk, application)
    number = application.conversations.get(address[2:]).turns[0].id
    drawn = talk.thumb("", request(address), event(turn=number, thumb="1"))
    assert (drawn[1], drawn[5]) == (SKIP, SKIP)
    kept = talk.reason("", request(address), event(turn=number, value="short and right"))
    assert (kept[1], kept[5]) == (SKIP, SKIP)
    assert "✓ kept" in read("".join(kept[3]))
