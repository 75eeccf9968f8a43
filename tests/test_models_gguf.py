"""GGUF files as models: the head of the file, templates and thinking, adapters, one engine shared and unloaded when idle."""

from __future__ import annotations

import dataclasses
import struct
import threading
import time
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.background import run
from core.errors import ContextOverflow, ModelFileDamaged, ModelFileMissing, UnknownModelName
from core.settings import Settings
from core.types import LOCAL, Message, ModelName, Role
from rag.events import Text, Thought, Usage
from rag.models.base import GenerationOptions
from rag.models.gguf import NotGgufError, read_head
from rag.models.gguf_chat import GgufModel
from rag.models.listing import list_models, open_model
from rag.models.llama_cpp import ADAPTER, base_model
from rag.models.llama_engine import EngineFile, LlamaEngine

NOBODY = "http://127.0.0.1:9"
OPTIONS = GenerationOptions(max_tokens=12, window=1024)
QUESTION = [Message.of(Role.SYSTEM, "Answer briefly."), Message.of(Role.USER, "What is the capital of France?")]

THINKING_TEMPLATE = """{{ bos_token }}{% for m in messages %}<start_of_turn>{{ 'model' if m['role'] == 'assistant' else m['role'] }}
{% if m.get('reasoning_content') %}<think>
{{ m['reasoning_content'] }}
</think>

{% endif %}{{ m['content'] }}<end_of_turn>
{% endfor %}{% if add_generation_prompt %}<start_of_turn>model
{% if enable_thinking %}<think>
{% else %}<think>

</think>

{% endif %}{% endif %}"""


def text(value: str) -> bytes:
    """A string as GGUF has it."""
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def gguf(**entries: str | int | list[str]) -> bytes:
    """The head of a GGUF file; `__` in names stands for a dot."""
    body = b""
    for name, value in entries.items():
        body += text(name.replace("__", "."))
        if isinstance(value, str):
            body += struct.pack("<I", 8) + text(value)
        elif isinstance(value, int):
            body += struct.pack("<II", 4, value)
        else:
            body += struct.pack("<IIQ", 9, 8, len(value)) + b"".join(text(item) for item in value)
    return b"GGUF" + struct.pack("<IQQ", 3, 0, len(entries)) + body


GEMMA4 = gguf(
    general__architecture="gemma4",
    general__name="Gemma 4 E2B",
    tokenizer__tokens=["a", "日本"],
    gemma4__context_length=131072,
    tokenizer__chat_template="{% if enable_thinking %}<|think|>{% endif %}",
)


def test_the_head_tells_window_template_and_thinking(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(GEMMA4)
    head = read_head(path)
    assert (head.architecture, head.name, head.window, head.thinks, head.adapter) == ("gemma4", "Gemma 4 E2B", 131072, True, False)


@given(st.binary(max_size=200), st.integers(0, len(GEMMA4)))
def test_a_damaged_head_is_told_and_never_anything_else(tmp_path_factory: pytest.TempPathFactory, noise: bytes, at: int) -> None:
    path = tmp_path_factory.mktemp("gguf") / "x.gguf"
    path.write_bytes(GEMMA4[:at] + noise)
    try:
        read_head(path)
    except NotGgufError as error:
        assert str(error)


def test_files_in_the_models_directory_are_listed_ours_and_adapters_are_not(tmp_path: Path) -> None:
    (tmp_path / "tuned.gguf").write_bytes(GEMMA4)
    (tmp_path / "adapter.gguf").write_bytes(gguf(general__type="adapter", general__architecture="gemma4"))
    (tmp_path / "broken.gguf").write_bytes(b"nothing")
    (tmp_path / ADAPTER).write_bytes(GEMMA4)
    listed = list_models(Settings(models=tmp_path, ollama_url=NOBODY))
    assert [info.name for info in listed] == ["embedded", f"llamacpp:{tmp_path / 'tuned.gguf'}"]
    assert (listed[1].window, listed[1].thinks, listed[1].location) == (131072, True, LOCAL)


def test_what_cannot_be_loaded_is_told(tmp_path: Path) -> None:
    settings = Settings(models=tmp_path)
    (tmp_path / "broken.gguf").write_bytes(b"nothing")
    (tmp_path / "adapter.gguf").write_bytes(gguf(general__type="adapter"))
    with pytest.raises(ModelFileMissing, match="Check the path"):
        open_model(ModelName.parse(f"llamacpp:{tmp_path}/none.gguf"), settings)
    with pytest.raises(ModelFileDamaged, match="does not begin as a GGUF file"):
        open_model(ModelName.parse(f"llamacpp:{tmp_path}/broken.gguf"), settings)
    with pytest.raises(ModelFileDamaged, match=r"it is a LoRA adapter.*\?lora="):
        open_model(ModelName.parse(f"llamacpp:{tmp_path}/adapter.gguf"), settings)
    with pytest.raises(UnknownModelName, match="lora=FILE"):
        open_model(ModelName.parse(f"llamacpp:{tmp_path}/broken.gguf?lorra=x"), settings)


@pytest.mark.slow
def test_a_file_cut_short_is_told_as_damaged(models: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.gguf"
    with base_model(models).open("rb") as whole:
        path.write_bytes(whole.read(30_000_000))
    with pytest.raises(ModelFileDamaged, match="Get the file again"):
        open_model(ModelName.parse(f"llamacpp:{path}"), Settings(models=models))


@pytest.mark.slow
def test_a_thinking_template_is_switched_and_its_thoughts_are_read_apart(models: Path, tmp_path: Path) -> None:
    # The base model has no template; this one has the form in which llama.cpp recognises where thoughts begin and end.
    template = tmp_path / "template.jinja"
    template.write_text(THINKING_TEMPLATE)
    model = open_model(ModelName.parse(f"llamacpp:{base_model(models)}?template={template}"), Settings(models=models))
    assert isinstance(model, GgufModel)
    try:
        assert model.describe().thinks
        assert isinstance(next(iter(model.stream(QUESTION, dataclasses.replace(OPTIONS, think=True)))), Thought)
        # With thinking off the untrained model may still write the marker by itself, which is not the engine's thought.
        assert not any(isinstance(piece, Thought) for piece in run(lambda stop: model.pieces(QUESTION, OPTIONS)))
    finally:
        model.close()


@pytest.mark.slow
def test_a_lora_adapter_changes_what_the_model_says(models: Path) -> None:
    base = base_model(models)
    said = {}
    for name in (f"llamacpp:{base}", f"llamacpp:{base}?lora={models / ADAPTER}"):
        model = open_model(ModelName.parse(name), Settings(models=models))
        try:
            assert not model.describe().thinks
            said[name] = "".join(event.text for event in model.stream(QUESTION, OPTIONS) if isinstance(event, Text))
        finally:
            model.close()
    assert len(set(said.values())) == 2


@pytest.mark.slow
def test_a_prompt_too_long_tells_its_numbers(models: Path) -> None:
    model = open_model(ModelName.parse(f"llamacpp:{base_model(models)}"), Settings(models=models, context_tokens=1024))
    try:
        with pytest.raises(ContextOverflow, match="takes 1,024"):
            list(model.stream([Message.of(Role.USER, "word " * 2000)], OPTIONS))
        assert isinstance(list(model.stream(QUESTION, OPTIONS))[-1], Usage)
    finally:
        model.close()


@pytest.mark.slow
def test_the_engine_gives_its_memory_back_when_idle_and_loads_again_when_asked(models: Path) -> None:
    settings = Settings(models=models, unload_after_s=0.5)
    process = psutil.Process()
    engine = LlamaEngine(EngineFile("m", base_model(models)), settings, window=1024)
    try:
        assert engine.count_tokens("こんにちは世界") == 2
        loaded = process.memory_info().rss
        deadline = time.monotonic() + 10
        while engine.loaded and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not engine.loaded
        assert process.memory_info().rss < loaded - 50_000_000
        assert engine.count_tokens("こんにちは世界") == 2
    finally:
        engine.close()


@pytest.mark.slow
def test_an_engine_in_use_is_not_unloaded_and_serves_several_at_once(models: Path) -> None:
    model = open_model(ModelName.parse(f"llamacpp:{base_model(models)}"), Settings(models=models, unload_after_s=0.1))
    ends: list[str] = []

    def ask() -> None:
        last = list(model.stream(QUESTION, OPTIONS))[-1]
        assert isinstance(last, Usage)
        ends.append(last.ended)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    model.close()
    assert len(ends) == 3
