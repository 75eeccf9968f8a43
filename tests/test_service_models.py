"""The models of the service: what is opened is what was listed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.errors import ConsentNeeded
from core.settings import Settings
from core.types import LOCAL, Location, ModelName
from rag.models import listing
from rag.models.base import ModelInfo
from rag.models.scripted import ScriptedModel
from service.models import Models
from tests.servers.ollama import OllamaServer

# Seconds after which a test that waits for another thread has failed.
PATIENCE_S = 60.0


def test_a_name_that_came_to_stand_for_a_remote_model_since_the_list_is_not_opened(settings: Settings) -> None:
    with OllamaServer() as server:
        models = Models(Settings(models=settings.models, ollama_url=server.url))
        assert not models.info("ollama:gemma3:4b").location.remote
        server.remote["gemma3:4b"] = {"remote_host": "https://ollama.com", "remote_model": "gemma3:27b"}
        with pytest.raises(ConsentNeeded, match=r"ollama\.com"):
            models.open("ollama:gemma3:4b")
        assert models.info("ollama:gemma3:4b").location == Location("ollama.com")
        assert models.open("ollama:gemma3:4b").describe().location == Location("ollama.com")
        assert all(path != "/api/chat" for path, _ in server.requests)
        models.close()


def test_opening_one_model_does_not_wait_for_another(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    opened, go_on = threading.Event(), threading.Event()

    def open_model(name: ModelName, settings: Settings) -> ScriptedModel:
        if name.rest == "slow":
            opened.set()
            assert go_on.wait(PATIENCE_S)
        return ScriptedModel([], ModelInfo(str(name), "Ollama", LOCAL, 4096))

    monkeypatch.setattr(listing, "open_model", open_model)
    models = Models(Settings(models=settings.models, ollama_url="http://127.0.0.1:9", connect_timeout_s=0.2))
    ready = models.open("ollama:ready")
    with ThreadPoolExecutor() as pool:
        slow = [pool.submit(models.open, "ollama:slow") for _ in range(2)]
        assert opened.wait(PATIENCE_S)
        assert pool.submit(models.open, "ollama:ready").result(PATIENCE_S) is ready
        pool.submit(models.open, "ollama:quick").result(PATIENCE_S)
        assert not any(one.done() for one in slow)
        go_on.set()
        assert slow[0].result(PATIENCE_S) is slow[1].result(PATIENCE_S), "opened once"
    models.close()
