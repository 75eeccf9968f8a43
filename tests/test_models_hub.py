"""GGUF files of the Hugging Face hub: which file is meant, fetching and going on, every refusal, and nobody asked without need."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import (
    DownloadFailed,
    DownloadInterrupted,
    KaedamaError,
    ModelFileDamaged,
    ModelGated,
    ModelNotPublished,
    ModelUnreachable,
    NoGgufFile,
    UnknownModelName,
)
from core.settings import Settings
from core.types import Message, ModelName, Role
from rag.events import Usage
from rag.models.base import GenerationOptions
from rag.models.hub import HubFile, choose, fetch, obtain, present, wanted
from rag.models.listing import list_models, open_model
from rag.models.llama_cpp import base_model
from rag.models.pulling import pull
from tests.commands import NOBODY, environment, run, run_here
from tests.servers.hub import TOKEN, HubServer
from tests.test_models_gguf import GEMMA4, gguf

LARGE = GEMMA4 + bytes(200_000)
REPO = "ggml-org/gemma-4-E2B-it-GGUF"
FILES = {
    "README.md": b"# Gemma",
    "gemma-4-E2B-it-Q8_0.gguf": LARGE + bytes(100_000),
    "gemma-4-E2B-it-Q4_K_M.gguf": LARGE,
    "mmproj-gemma-4-E2B-it-Q4_K_M.gguf": bytes(2000),
    "BF16/gemma-4-E2B-it-BF16-00001-of-00002.gguf": bytes(5000),
    "BF16/gemma-4-E2B-it-BF16-00002-of-00002.gguf": bytes(5000),
    "../../outside.gguf": bytes(10),
}
SMALL = {"tiny.gguf": gguf(general__architecture="gemma4", gemma4__context_length=512)}


@pytest.fixture
def hub() -> Iterator[HubServer]:
    """A hub with a few repositories."""
    with HubServer({REPO: FILES, "someone/tiny": SMALL, "someone/text": {"README.md": b"x"}}) as running:
        yield running


@pytest.fixture
def there(hub: HubServer, tmp_path: Path) -> Settings:
    """Settings that find the hub, with a folder of models of their own."""
    return Settings(models=tmp_path, hub_url=hub.url, ollama_url=NOBODY, connect_timeout_s=1.0)


# Which file is meant


@pytest.mark.parametrize(
    ("names", "wish", "chosen"),
    [
        ("a-Q8_0.gguf a-Q4_K_M.gguf a-Q4_0.gguf", "", "a-Q4_K_M.gguf"),
        ("a-Q8_0.gguf a-Q4_0.gguf a-Q4_K_S.gguf", "", "a-Q4_0.gguf"),
        ("a-F16.gguf a-Q8_0.gguf", "", "a-Q8_0.gguf"),
        ("a-q4_k_m.gguf a-q8_0.gguf", "Q8_0", "a-q8_0.gguf"),
        ("a-Q4_K_M.gguf a-Q4_K.gguf", "q4_k", "a-Q4_K.gguf"),
        ("a-Q4_K_M.gguf a-IQ4_K.gguf b/a-F16.gguf", "b/a-F16.gguf", "b/a-F16.gguf"),
        ("mmproj-a-Q4_K_M.gguf a-Q8_0.gguf a.imatrix.gguf", "", "a-Q8_0.gguf"),
        ("a-Q4_K_M-00001-of-00002.gguf a-Q4_K_M-00002-of-00002.gguf a-Q2_K.gguf", "Q2_K", "a-Q2_K.gguf"),
    ],
)
def test_the_file_is_chosen_by_name_by_quantisation_or_as_usual(names: str, wish: str, chosen: str) -> None:
    files = [HubFile(name, 1000 - at, "") for at, name in enumerate(names.split())]
    assert choose(files, wanted("hf:o/r" + (f":{wish}" if wish else ""))).path == chosen


@pytest.mark.parametrize(
    ("names", "wish", "reason"),
    [
        ("README.md mmproj-a.gguf", "", "holds no GGUF file"),
        ("a-Q4_K_M-00001-of-00002.gguf a-Q4_K_M-00002-of-00002.gguf", "", "one part of a model in several files"),
        ("a-Q4_K_M-00001-of-00002.gguf a-Q8_0.gguf", "", "one part of a model in several files"),
        ("a-Q4_K_M.gguf", "Q9", "nothing in it is called Q9; it has a-Q4_K_M.gguf"),
        ("a-Q4_K_M.gguf", "b.gguf", "nothing in it is called b.gguf"),
    ],
)
def test_where_nothing_fits_the_reason_is_told(names: str, wish: str, reason: str) -> None:
    files = [HubFile(name, 1000, "") for name in names.split()]
    with pytest.raises(NoGgufFile, match=reason):
        choose(files, wanted("hf:o/r" + (f":{wish}" if wish else "")))


@pytest.mark.parametrize("name", ["hf:", "hf:only", "hf:a/b/c", "hf:../x", "hf:a/..", "hf:a/b:", "hf:a/b:x:y", "hf:/a/b"])
def test_other_names_are_wrong_usage(name: str) -> None:
    with pytest.raises(UnknownModelName, match="hf:OWNER/REPO"):
        open_model(ModelName.parse(f"llamacpp:{name}"), Settings())


# Fetching


def test_a_file_is_fetched_once_and_then_nobody_is_asked(hub: HubServer, there: Settings) -> None:
    events = list(fetch(wanted(f"hf:{REPO}"), there))
    path = there.models / "hub" / REPO / "gemma-4-E2B-it-Q4_K_M.gguf"
    assert path.read_bytes() == LARGE
    assert (events[0].total, events[-1].status, events[-1].done, events[-1].total) == (0, "success", len(LARGE), len(LARGE))
    assert [name for _, name, _ in hub.requests] == [
        f"/api/models/{REPO}?blobs=true",
        f"/{REPO}/resolve/0123456789abcdef0123456789abcdef01234567/gemma-4-E2B-it-Q4_K_M.gguf",
        f"/storage/{REPO}/gemma-4-E2B-it-Q4_K_M.gguf",
    ]
    assert not any("authorization" in headers for _, _, headers in hub.requests)
    hub.requests.clear()
    for name in (f"hf:{REPO}", f"hf:{REPO}:q4_k_m", f"hf:{REPO}:gemma-4-E2B-it-Q4_K_M.gguf"):
        assert obtain(wanted(name), there) == path
    assert list(pull(f"llamacpp:hf:{REPO}", there))[-1].status == "success"
    assert hub.requests == []
    assert present(wanted(f"hf:{REPO}:Q8_0"), there) is None
    assert [left.name for left in path.parent.iterdir()] == [path.name]


def test_a_small_file_comes_without_large_storage(hub: HubServer, there: Settings) -> None:
    assert obtain(wanted("hf:someone/tiny"), there).read_bytes() == SMALL["tiny.gguf"]


def test_fetched_files_are_listed_by_their_name_on_the_hub(hub: HubServer, there: Settings) -> None:
    obtain(wanted(f"hf:{REPO}"), there)
    names = [info.name for info in list_models(there)]
    assert names == ["embedded", f"llamacpp:hf:{REPO}:gemma-4-E2B-it-Q4_K_M.gguf"]


def test_a_transfer_that_broke_off_goes_on_where_it_was(hub: HubServer, there: Settings) -> None:
    hub.cut_after = 60_000
    for _ in range(3):
        with pytest.raises(DownloadInterrupted, match="the connection was lost"):
            obtain(wanted(f"hf:{REPO}"), there)
    hub.cut_after = None
    obtain(wanted(f"hf:{REPO}"), there)
    ranges = [headers.get("range") for _, path, headers in hub.requests if path.startswith("/storage/")]
    assert ranges == [None, "bytes=60000-", "bytes=120000-", "bytes=180000-"]


@pytest.mark.parametrize("closed", [True, False], ids=["closed", "cancelled"])
def test_a_stop_takes_effect_while_the_hub_is_silent_and_keeps_what_came(hub: HubServer, there: Settings, closed: bool) -> None:
    hub.cut_after, hub.stall = 60_000, True
    started = time.monotonic()
    stream = fetch(wanted(f"hf:{REPO}"), there, cancelled=lambda: not closed and time.monotonic() - started > 0.4)
    if closed:
        assert next(event for event in stream if event.done).total == len(LARGE)
        stream.close()  # type: ignore[attr-defined]  # a generator
    else:
        assert list(stream)[-1].status != "success"
    folder = there.models / "hub" / REPO
    assert [path.stat().st_size for path in folder.glob(".*.part")] == [60_000]
    assert present(wanted(f"hf:{REPO}"), there) is None


def test_a_silent_hub_is_given_up(hub: HubServer, there: Settings) -> None:
    hub.cut_after, hub.stall = 60_000, True
    with pytest.raises(DownloadInterrupted, match=r"said nothing for 0\.3 s"):
        list(fetch(wanted(f"hf:{REPO}"), there, silence_s=0.3))


def test_wrong_bytes_never_get_the_files_name(hub: HubServer, there: Settings) -> None:
    hub.wrong_digest = True
    with pytest.raises(ModelFileDamaged, match="its checksum is not the hub's"):
        obtain(wanted(f"hf:{REPO}"), there)
    assert present(wanted(f"hf:{REPO}"), there) is None
    assert not list((there.models / "hub" / REPO).glob(".*.part"))


def test_two_programs_do_not_fetch_the_same_file_at_once(hub: HubServer, there: Settings) -> None:
    hub.cut_after, hub.stall = 60_000, True
    stream = fetch(wanted(f"hf:{REPO}"), there)
    assert next(event for event in stream if event.done)
    with pytest.raises(DownloadFailed, match="another program"):
        obtain(wanted(f"hf:{REPO}"), there)
    stream.close()  # type: ignore[attr-defined]  # a generator


def test_a_folder_that_cannot_be_written_is_told(hub: HubServer, there: Settings) -> None:
    (there.models / "hub").write_text("a file in the way")
    with pytest.raises(DownloadFailed, match="Put that right"):
        obtain(wanted("hf:someone/tiny"), there)


# Refusals


@pytest.mark.parametrize(
    ("name", "token", "error", "words"),
    [
        ("nobody/nothing", "", ModelGated, "does not exist, or is open only to those who are let in"),
        ("nobody/nothing", TOKEN, ModelNotPublished, "There is no model hf:nobody/nothing to download"),
        ("someone/text", "", NoGgufFile, "it holds no GGUF file"),
        (REPO + ":BF16", "", NoGgufFile, "one part of a model in several files"),
        (REPO + ":../../outside.gguf", "", NoGgufFile, "nothing in it is called"),
    ],
)
def test_each_refusal_has_its_sentence(
    hub: HubServer, there: Settings, name: str, token: str, error: type[KaedamaError], words: str
) -> None:
    with pytest.raises(error, match=words):
        open_model(ModelName.parse(f"llamacpp:hf:{name}"), dataclasses.replace(there, hub_token=token))


def test_a_gated_model_wants_the_token_and_gets_no_further_without(hub: HubServer, there: Settings) -> None:
    hub.gated.add(REPO)
    for token in ("", "hf_wrong"):
        with pytest.raises(ModelGated, match="set HF_TOKEN"):
            obtain(wanted(f"hf:{REPO}"), dataclasses.replace(there, hub_token=token))
    assert obtain(wanted(f"hf:{REPO}"), dataclasses.replace(there, hub_token=TOKEN)).is_file()
    *_, (_, resolved, shown), (_, stored, kept) = hub.requests
    assert ("/resolve/" in resolved, shown.get("authorization")) == (True, f"Bearer {TOKEN}")
    assert (stored.startswith("/storage/"), kept.get("authorization")) == (True, None), "the token stays with the hub"


def test_a_hub_out_of_reach_is_told(tmp_path: Path) -> None:
    nobody = Settings(models=tmp_path, hub_url=NOBODY, connect_timeout_s=1.0)
    with pytest.raises(ModelUnreachable, match="Hugging Face cannot be reached"):
        obtain(wanted(f"hf:{REPO}"), nobody)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"sha": "x"}', b'{"sha": "x", "siblings": [{}]}'])
def test_something_else_at_the_address_is_told(
    hub: HubServer, there: Settings, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.servers import hub as served

    monkeypatch.setattr(served._Handler, "info", lambda handler, repo: handler.reply(200, body, {}))
    with pytest.raises(DownloadFailed, match="does not answer as the hub does"):
        obtain(wanted(f"hf:{REPO}"), there)


# The command


def test_the_command_fetches_although_the_libraries_are_kept_offline(hub: HubServer, there: Settings, tmp_path: Path) -> None:
    env = environment(tmp_path / "library", models=str(there.models), hub_url=hub.url) | {"HF_HUB_OFFLINE": "1"}
    ran = run(env, "rag", "pull", f"llamacpp:hf:{REPO}:Q8_0", "--json")
    assert (ran.status, ran.err) == (0, "")
    assert ran.lines[-1] == {"event": "done", "name": f"hf:{REPO}:Q8_0"}
    text = run_here(env, "rag", "pull", f"hf:{REPO}:Q8_0")
    assert text.out == f"hf:{REPO}:Q8_0 is there: --model llamacpp:hf:{REPO}:Q8_0\n"


@pytest.mark.slow
def test_a_real_model_from_the_hub_answers(models: Path, tmp_path: Path) -> None:
    data = base_model(models).read_bytes()
    with HubServer({"google/gemma-3-270m": {"gemma-3-270m-q4_k_m.gguf": data}}) as hub:
        settings = Settings(models=tmp_path, hub_url=hub.url, context_tokens=1024)
        model = open_model(ModelName.parse("llamacpp:hf:google/gemma-3-270m"), settings)
    try:
        assert model.describe().name == "llamacpp:hf:google/gemma-3-270m"
        assert model.count_tokens("こんにちは世界") == 2
        last = list(model.stream([Message.of(Role.USER, "Why?")], GenerationOptions(max_tokens=4, window=1024)))[-1]
        assert isinstance(last, Usage)
    finally:
        model.close()
    kept = tmp_path / "hub" / "google" / "gemma-3-270m" / "gemma-3-270m-q4_k_m.gguf"
    assert hashlib.sha256(kept.read_bytes()).digest() == hashlib.sha256(data).digest()
