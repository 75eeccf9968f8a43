"""What the page and its API cost: opening a long conversation, and the bytes of a streamed answer, over HTTP as a browser and a program ask.

The app is a process of its own over a library that was filled before; its model is the scripted server's, which writes 5,000 characters in
250 pieces, 50 a second. Vectors are real, and so is all that the app does with them.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from core.errors import MeasurementFailed
from core.settings import ROOT, Settings
from core.types import LOCAL
from evals.browser import Caller
from evals.listing import station_text
from evals.metrics import quantile
from evals.processes import free_port, serving
from evals.retrieval import NOTEBOOK, fill
from evals.scripted import scripted_server, server_missing
from evals.sets import Doc
from evals.timed import TimedEmbedder
from rag.answer import Answer
from rag.events import Text
from rag.models.base import ModelInfo
from rag.models.scripted import ScriptedModel
from rag.pipeline import AnswerPipeline
from service.ask import Ask
from service.conversations import Conversations
from store.embedding.embedder import Embedder
from store.library import Library

TURNS = 100
# Each is opened once, so that nothing of it was drawn before; the median of so many counts.
_CONVERSATIONS = 5
_MODEL = "ollama:long"
# Where the library keeps the token of programs.
_TOKEN = "api-token"  # noqa: S105  # a file's name
_QUESTION = "How many litres did station 31 measure?"
_SENTENCES = 12
# As many as a search returns, each about as long as a passage.
_DOCS, _CHARACTERS = 12, 800
Json = dict[str, object]
Progress = Callable[[str], None]


def measure_conversations(
    settings: Settings, embedder: Embedder, environment: Mapping[str, str], *, turns: int = TURNS, say: Progress
) -> Json:
    """Seconds to open a conversation of `turns` turns, read, shown and drawn whole, and bytes of a streamed answer, each way.

    Raises:
        MeasurementFailed: the app or the scripted server does not start, or a call of the page fails.
    """
    if reason := server_missing(ROOT):
        return {"left_out": reason}
    say(f"opening conversations of {turns} turns, and the bytes of an answer")
    with tempfile.TemporaryDirectory(prefix="kaedama-conversations-") as name, scripted_server() as (url, _):
        place = Path(name)
        with Library.open(place, TimedEmbedder(embedder)) as library:
            docs = [Doc(f"report {n}", "en", f"Report {n}", station_text(_CHARACTERS, n * 10)) for n in range(_DOCS)]
            fill(library, docs, settings)
            ids = kept_conversations(library, settings, turns)
            read = [_seconds(lambda one=one: Conversations(library).get(one)) for one in ids]  # type: ignore[misc]
        port = free_port()
        chosen = {
            "LIBRARY": place,
            "PORT": port,
            "HOST": "127.0.0.1",
            "OLLAMA_URL": url,
            "MODEL": _MODEL,
            "SAMPLES": place / "none",
        }
        variables = {**environment, **{f"KAEDAMA_{key}": str(value) for key, value in chosen.items()}}
        address = f"http://127.0.0.1:{port}/"
        with serving([sys.executable, "app.py"], address, variables, ROOT):
            opening = {"turns": turns, "read s": spread(read), **opened(address, ids)}
            return {"opening a conversation": opening, "bytes of an answer": answered(address, (place / _TOKEN).read_text())}


def kept_conversations(library: Library, settings: Settings, turns: int) -> list[str]:
    """Conversations of so many answered turns, by id: each turn an answer of a dozen cited and judged sentences over ten passages."""
    conversations = Conversations(library)
    said = "".join(f"Station {n * 31} measured {n * 7919 % 9973} litres on day {n} [{n % 3 + 1}]. " for n in range(_SENTENCES))
    model = ScriptedModel([Text(said)], ModelInfo("scripted", "script", LOCAL, window=32_768))
    answer = Answer(_QUESTION)
    for event in AnswerPipeline(library, settings).stream(_QUESTION, model=model, notebook=NOTEBOOK):
        answer = answer.take(event)
    if not answer.verdicts:
        raise MeasurementFailed(detail=f"no sentence of the kept answer was judged: {answer.error or answer.outcome}")
    ids = []
    for _ in range(_CONVERSATIONS):
        conversation = ""
        for number in range(turns):
            begun = conversations.begin(NOTEBOOK, Ask(f"{_QUESTION} ({number})", conversation=conversation), "scripted")
            conversations.save(begun.turn, answer)
            conversation = begun.conversation
        ids.append(conversation)
    return ids


def opened(address: str, ids: Iterable[str]) -> Json:
    """Seconds from the press on a conversation to its answer, which shows the last turns, and from the press on the earlier ones to all."""
    browser = Caller.browser(address)
    try:
        shown, drawn = [], []
        for one in ids:
            shown.append(_seconds(lambda one=one: browser.at_once(browser.on_event("kd_open"), [""], f"?c={one}")))  # type: ignore[misc]
            drawn.append(_seconds(lambda one=one: browser.at_once(browser.on_event("kd_earlier"), [""], f"?c={one}")))  # type: ignore[misc]
    finally:
        browser.close()
    return {"open s": spread(shown), "all turns s": spread(drawn)}


def answered(address: str, token: str) -> Json:
    """Bytes that come back of one answer by the API, with and without a client of Gradio's, and of one to the page."""
    program, browser = Caller.program(address, token), Caller.browser(address)
    try:
        plain = program.plainly("ask", [_QUESTION, "", False])
        queued = program.queued(program.named("ask"), [_QUESTION, "", False])
        begun = browser.at_once(browser.on_event("submit"), [_QUESTION, ""])
        watched = browser.queued(browser.on_event("kd_watch"), ["", begun.data[-1]])
    finally:
        program.close()
        browser.close()
    (last,) = plain.data
    if last["error"] is not None:
        raise MeasurementFailed(detail=last["error"]["message"])
    ways = {"API, plain HTTP": plain, "API, Gradio's client": queued, "page": watched}
    sizes: Json = {way: {"kB": _kb(reply.received), "messages": reply.messages} for way, reply in ways.items()}
    sizes["page"] = {"kB": _kb(watched.received + begun.received), "messages": watched.messages + begun.messages}
    return {"characters": len(last["answer"]), **sizes}


def spread(seconds: Sequence[float]) -> Json:
    """Median and worst, in seconds."""
    return {"median": round(quantile(seconds, 0.5), 3), "worst": round(max(seconds), 3)}


def _kb(size: int) -> float:
    return round(size / 1000, 1)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
