"""The measure of memory, and the bound that it shows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import xllamacpp

from core.settings import Settings
from evals.memory import weighed
from rag.events import Ending, Text, Usage
from rag.models.llama_engine import EngineFile, LlamaEngine
from rag.models.scripted import ScriptedModel


def test_memory_is_weighed_after_30_and_after_all_questions() -> None:
    model = ScriptedModel([Text("12"), Usage(400, 2, Ending.STOP)])
    said: list[str] = []
    result: dict[str, Any] = weighed(model, 31, 100.0, said.append)
    assert result["growth MB"] == pytest.approx(result["MB after 31"] - result["MB after 30"], abs=1)
    assert result["MB after 30"] > 0
    assert result["prompt tokens a question"] == 400
    assert [line.split(":")[0] for line in said] == ["after 30"]
    beginnings = {message.text[:24] for asked in model.asked for message in asked}
    assert len(beginnings) == 31, "no two prompts begin alike, so that none is found in the memory of past prompts"


@pytest.mark.parametrize(("megabytes", "kept"), [(None, 256), (64, 64), (0, 0)])
def test_the_memory_of_past_prompts_is_bounded(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, megabytes: int | None, kept: int
) -> None:
    loaded: list[Any] = []

    class Server:
        """Takes the parameters and answers with nothing."""

        def __init__(self, params: Any) -> None:
            loaded.append(params)

        def handle_completions(self, request: dict[str, Any]) -> dict[str, Any]:
            """One token."""
            return {}

    monkeypatch.setattr(xllamacpp, "Server", Server)
    file = tmp_path / "model.gguf"
    file.write_bytes(b"GGUF")
    chosen = settings if megabytes is None else replace(settings, prompt_cache_mb=megabytes)
    engine = LlamaEngine(EngineFile("m", file), chosen, window=512)
    engine.close()
    assert [params.cache_ram_mib for params in loaded] == [kept]
