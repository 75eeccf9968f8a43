"""Proxies of the environment: never for what is near, obeyed for the rest, and told where they cannot be used."""

from __future__ import annotations

import asyncio
import dataclasses
import subprocess
import sys
from collections.abc import Iterator

import pytest

from core.errors import ProxyUnusable
from core.settings import ROOT, Settings
from core.types import Message, ModelName, Role
from rag.events import Text
from rag.models import hub
from rag.models.base import GenerationOptions
from rag.models.listing import list_models, open_model
from rag.models.proxies import proxy_of
from rag.models.refusals import Server
from rag.models.wire import post_lines
from tests.commands import environment
from tests.servers.openai import OpenAIServer

DEAD = "http://me:secret@127.0.0.1:9"
NAMES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
PROXIES = [
    ("HTTP_PROXY", DEAD),
    ("ALL_PROXY", "socks5://127.0.0.1:9"),
    ("ALL_PROXY", "socks4://127.0.0.1:9"),
    ("HTTP_PROXY", "gopher://x"),
]


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """A server on this machine."""
    with OpenAIServer() as running:
        yield running


@pytest.mark.parametrize(("name", "proxy"), PROXIES)
def test_a_server_near_by_is_reached_past_every_proxy(
    server: OpenAIServer, monkeypatch: pytest.MonkeyPatch, name: str, proxy: str
) -> None:
    monkeypatch.setenv(name, proxy)
    settings = Settings(openai_url=f"{server.url}/v1", ollama_url="http://127.0.0.1:9")
    assert any("gemma-3-4b-it" in info.name for info in list_models(settings))
    model = open_model(ModelName.parse(f"openai:{server.url}/v1#gemma-3-4b-it"), settings)
    events = model.stream([Message.of(Role.USER, "x")], GenerationOptions(max_tokens=64, window=4096))
    assert any(isinstance(event, Text) for event in events)


@pytest.mark.parametrize(("name", "proxy"), PROXIES)
def test_a_proxy_that_cannot_be_used_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch, name: str, proxy: str) -> None:
    monkeypatch.setenv(name, proxy)
    settings = Settings(
        gemini_key="k", gemini_url="http://models.example.org", hub_url="http://hub.example.org", connect_timeout_s=1.0,
        first_token_timeout_s=1.0, ollama_url="http://127.0.0.1:9",
    )  # fmt: skip
    shown = proxy.rpartition("@")[2].rpartition("://")[2]
    with pytest.raises(ProxyUnusable, match=shown) as told:
        open_model(ModelName.parse("gemini:gemini-3.5-flash"), settings)
    assert "secret" not in str(told.value)
    with pytest.raises(ProxyUnusable, match="Hugging Face"):
        hub.obtain(hub.wanted("hf:owner/repo"), dataclasses.replace(settings, models=ROOT / "nowhere"))
    assert [info.name for info in list_models(settings) if info.location.remote] == []

    async def stream() -> None:
        async for _ in post_lines(Server("Gemini", settings.gemini_url, "m"), "/x", {}, headers={}, connect_timeout_s=1.0):
            pass

    with pytest.raises(ProxyUnusable):
        asyncio.run(stream())


def test_a_server_elsewhere_is_asked_through_the_proxy(server: OpenAIServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url)
    settings = Settings(ollama_url="http://127.0.0.1:9", openai_url="http://models.example.org/v1")
    list_models(settings)
    assert "http://models.example.org/v1/models" in [path for path, _, _ in server.requests]


def test_hosts_of_no_proxy_are_excepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example.org:3128")
    assert proxy_of("https://models.example.org/v1") == "proxy.example.org:3128"
    monkeypatch.setenv("NO_PROXY", "example.org")
    assert proxy_of("https://models.example.org/v1") == ""


@pytest.mark.parametrize(("name", "proxy"), PROXIES)
def test_the_command_never_shows_a_traceback(settings: Settings, name: str, proxy: str) -> None:
    env = environment(settings.library) | {name: proxy, "KAEDAMA_OLLAMA_URL": "http://127.0.0.1:9"}
    done = subprocess.run([sys.executable, "-m", "rag", "models"], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert "embedded" in done.stdout
