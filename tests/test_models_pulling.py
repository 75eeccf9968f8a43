"""Getting a model into Ollama against a real server: progress over all layers, stops, and every way in which it comes to nothing."""

from __future__ import annotations

import dataclasses
import itertools
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.reports import progress
from core.errors import (
    DownloadFailed,
    DownloadInterrupted,
    KaedamaError,
    ModelMissing,
    ModelNotPublished,
    ModelUnavailable,
    UnknownModelName,
)
from core.settings import ROOT, Settings
from core.types import ModelName
from evals.processes import free_port
from rag.models.listing import list_models, open_model
from rag.models.pulling import Pulling, pull
from tests.commands import NOBODY, command, environment, json_lines, run_here
from tests.servers.ollama import OllamaServer
from tests.servers.ollama_streams import LAYERS

WHOLE = sum(LAYERS.values())


@pytest.fixture
def server() -> Iterator[OllamaServer]:
    """A server without any model."""
    with OllamaServer({}) as running:
        yield running


def settings_for(url: str) -> Settings:
    """Settings that find the server and give up on an absent one soon."""
    return Settings(ollama_url=url, connect_timeout_s=1.0)


@pytest.mark.parametrize("name", ["gemma4:e2b", "ollama:gemma4:e2b"])
def test_progress_counts_all_layers_and_never_falls(server: OllamaServer, name: str) -> None:
    events = list(pull(name, settings_for(server.url)))
    assert server.requests == [("/api/pull", {"model": "gemma4:e2b", "stream": True})]
    assert {event.name for event in events} == {"gemma4:e2b"}
    assert events[0] == Pulling("gemma4:e2b", "pulling manifest", 0, 0)
    assert events[-1] == Pulling("gemma4:e2b", "success", WHOLE, WHOLE)
    for before, after in itertools.pairwise(events):
        assert before.done <= after.done <= after.total
        assert before.total <= after.total
    assert "pulling 4c27e0f5b5ad" in {event.status for event in events}


def test_a_layer_that_begins_anew_does_not_run_backwards(server: OllamaServer) -> None:
    assert [event.done for event in pull("restarts", settings_for(server.url))] == [0, 3_000_000_000, 3_000_000_000, 3_000_000_000]


def test_a_model_is_got_and_used_by_the_process_that_began_without_a_server() -> None:
    port = free_port()
    settings = settings_for(f"http://127.0.0.1:{port}")
    assert [info.name for info in list_models(settings)] == ["embedded"]
    with pytest.raises(ModelUnavailable, match="ollama serve"):
        next(pull("gemma4:e2b", settings))
    with OllamaServer({}, port=port):
        assert [info.name for info in list_models(settings)] == ["embedded"]
        with pytest.raises(ModelMissing, match="ollama pull gemma4:e2b"):
            open_model(ModelName.parse("ollama:gemma4:e2b"), settings)
        list(pull("gemma4:e2b", settings))
        assert [info.name for info in list_models(settings)] == ["ollama:gemma4:e2b", "embedded"]
        assert open_model(None, settings).describe().name == "ollama:gemma4:e2b"


@pytest.mark.parametrize(
    ("name", "error", "sentence", "done"),
    [
        ("nobody:1b", ModelNotPublished, "no model nobody:1b to download", 0),
        ("-odd", ModelNotPublished, "no model -odd to download", None),
        ("disk-full", DownloadFailed, "no space left on device. Put that right", 3_000_000_000),
        ("cut-pull", DownloadInterrupted, "the connection to Ollama was lost", 3_000_000_000),
        ("no-success", DownloadInterrupted, "without its last line", 3_000_000_000),
        ("garbled-pull", DownloadInterrupted, "garbled line", 3_000_000_000),
        ("silent-pull", DownloadInterrupted, "said nothing for 0.5 s", 3_000_000_000),
    ],
)
def test_each_failure_has_its_sentence(
    server: OllamaServer, name: str, error: type[KaedamaError], sentence: str, done: int | None
) -> None:
    seen: list[Pulling] = []

    with pytest.raises(error, match=sentence.replace(".", r"\.")):
        seen.extend(pull(name, settings_for(server.url), silence_s=0.5))
    assert (seen[-1].done if seen else None) == done
    assert server.installed == {}


@pytest.mark.parametrize("name", ["", "ollama:", "  "])
def test_an_empty_name_is_wrong_usage(name: str) -> None:
    with pytest.raises(UnknownModelName):
        next(pull(name, settings_for(NOBODY)))


def test_closing_makes_the_server_stop(server: OllamaServer) -> None:
    stream = pull("slow-pull", settings_for(server.url))
    next(stream)
    stream.close()  # type: ignore[attr-defined]  # a generator
    assert server.closed_early.wait(60)


@pytest.mark.parametrize("name", ["slow-pull", "silent-pull"])
def test_cancelling_ends_it_quietly_while_the_server_talks_and_while_it_is_silent(server: OllamaServer, name: str) -> None:
    started = time.monotonic()
    events = list(pull(name, settings_for(server.url), cancelled=lambda: time.monotonic() - started > 0.3))
    assert events[-1].status != "success"
    assert name != "slow-pull" or server.closed_early.wait(60)


def test_the_bar_shows_how_far_it_is() -> None:
    assert progress(Pulling("m", "pulling manifest", 0, 0)) == "m: pulling manifest"
    half = Pulling("gemma4:e2b", "pulling 4c27e0f5b5ad", 3_600_000_000, 7_200_000_000)
    assert progress(half) == "[############............]  50 %  3.60 of 7.20 GB  gemma4:e2b"
    checking = dataclasses.replace(half, status="verifying sha256 digest", done=half.total)
    assert progress(checking) == "[#######################.]  99 %  verifying sha256 digest  gemma4:e2b"
    assert progress(dataclasses.replace(checking, status="success")).startswith("[########################] 100 %")


# The command


def test_the_command_reports_and_says_how_to_use_it(server: OllamaServer, tmp_path: Path) -> None:
    env = environment(tmp_path / "library", ollama_url=server.url)
    told = run_here(env, "rag", "pull", "gemma4:e2b", "--json")
    assert (told.status, told.err) == (0, "")
    assert told.lines[0] == {"event": "pulling", "name": "gemma4:e2b", "status": "pulling manifest", "done": 0, "total": 0}
    assert (told.lines[-2]["status"], told.lines[-2]["done"]) == ("success", WHOLE)
    assert told.lines[-1] == {"event": "done", "name": "gemma4:e2b"}
    text = run_here(env, "rag", "pull", "ollama:gemma3:4b")
    assert (text.status, text.out, text.err) == (0, "gemma3:4b is there: --model ollama:gemma3:4b\n", "")
    assert set(server.installed) == {"gemma4:e2b", "gemma3:4b"}
    assert not (tmp_path / "library").exists(), "no library is needed"


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("nobody:1b",), 1, "There is no model nobody:1b to download."),
        (("ollama:",), 2, "No model is called"),
        ((), 2, "usage: python -m rag pull"),
    ],
)
def test_the_command_fails_with_a_sentence(
    server: OllamaServer, tmp_path: Path, arguments: tuple[str, ...], status: int, words: str
) -> None:
    ran = run_here(environment(tmp_path, ollama_url=server.url), "rag", "pull", *arguments)
    assert (ran.status, ran.out) == (status, "")
    assert ran.err.startswith(words)


def test_interrupting_the_command_stops_the_server_and_says_what_is_kept(server: OllamaServer, tmp_path: Path) -> None:
    process = subprocess.Popen(
        command("rag", "pull", "slow-pull", "--json"),
        cwd=ROOT, env=environment(tmp_path, ollama_url=server.url), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert json_lines(process.stdout.readline())[0]["status"] == "pulling manifest"
    os.kill(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (130, "Stopped. What was downloaded is kept; the same command goes on from there.\n")
    assert server.closed_early.wait(60)
