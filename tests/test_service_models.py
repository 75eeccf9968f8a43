"""The models of the service: what is opened is what was listed."""

from __future__ import annotations

import pytest

from core.errors import ConsentNeeded
from core.settings import Settings
from core.types import Location
from service.models import Models
from tests.servers.ollama import OllamaServer


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
