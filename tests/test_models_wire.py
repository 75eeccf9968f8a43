"""The one table from a server's refusal to our error, row by row; and who counts as being at home."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import (
    ContextOverflow,
    ModelBusy,
    ModelCannotThink,
    ModelError,
    ModelKeyMissing,
    ModelKeyRejected,
    ModelMemory,
    ModelMissing,
    ModelNotServed,
    ModelQuota,
    ModelRefused,
    ModelUnavailable,
    ModelUnreachable,
)
from rag.models.wire import REFUSALS, Server, error_of, is_home

OLLAMA = Server("Ollama", "http://x", "gemma3:4b", 4096, start="ollama serve", get="ollama pull gemma3:4b")
KEYED = Server("Gemini", "https://x", "gemini-x", 4096, key_setting="KAEDAMA_GEMINI_KEY", has_key=True)
KEYLESS = Server("Gemini", "https://x", "gemini-x", 4096, key_setting="KAEDAMA_GEMINI_KEY")


@pytest.mark.parametrize(
    ("server", "status", "detail", "error"),
    [
        (OLLAMA, 400, '"gemma3:4b" does not support thinking', ModelCannotThink),
        (KEYED, 400, "Thinking level MINIMAL is not supported for this model.", ModelCannotThink),
        (KEYED, 400, "Thinking budget is not supported", ModelCannotThink),
        (OLLAMA, 400, "the prompt is longer than the context length currently available", ContextOverflow),
        (OLLAMA, 500, "the input length exceeds the context length", ContextOverflow),
        (KEYED, 400, "The input token count (9,000) exceeds the maximum number of tokens allowed (4096).", ContextOverflow),
        (OLLAMA, 401, "unauthorized", ModelRefused),
        (OLLAMA, 403, "cloud is disabled", ModelRefused),
        (KEYED, 401, "unauthorized", ModelKeyRejected),
        (KEYED, 403, "", ModelKeyRejected),
        (KEYLESS, 401, "unauthorized", ModelKeyMissing),
        (KEYED, 400, "API key not valid. Please pass a valid API key. (API_KEY_INVALID)", ModelKeyRejected),
        (OLLAMA, 404, "model 'x' not found", ModelMissing),
        (KEYED, 404, "models/x is not found", ModelNotServed),
        (KEYED, 429, "quota", ModelQuota),
        (OLLAMA, 500, "model requires 6.9 GiB but only 4.8 GiB are available", ModelMemory),
        (OLLAMA, 500, "cudaMalloc failed: out of memory", ModelMemory),
        (OLLAMA, 503, "server busy, please try again.  maximum pending requests exceeded", ModelBusy),
        (KEYED, 502, "", ModelBusy),
        (OLLAMA, 499, "request canceled", ModelRefused),
        (OLLAMA, 500, "model runner has unexpectedly stopped", ModelRefused),
    ],
)
def test_every_refusal_has_its_error(server: Server, status: int, detail: str, error: type[ModelError]) -> None:
    assert type(server.refusal(status, detail)) is error


def test_the_rows_above_reach_every_row_of_the_table() -> None:
    assert len(REFUSALS) == 8


def test_a_long_context_tells_both_numbers_where_they_are_known() -> None:
    error = KEYED.refusal(400, "The input token count (9,000) exceeds the maximum number of tokens allowed (4096).")
    assert error.fields == {"needed": 9000, "name": "gemini-x", "window": 4096}
    assert OLLAMA.refusal(400, "exceeds the context length").fields["window"] == 4096


def test_a_refusal_without_a_word_tells_its_status() -> None:
    assert "status 418" in str(OLLAMA.refusal(418, ""))


def test_a_server_that_is_absent_is_told_with_what_helps() -> None:
    assert type(OLLAMA.absent()) is ModelUnavailable
    assert type(KEYED.absent()) is ModelUnreachable


@pytest.mark.parametrize(
    ("text", "retry_after", "detail", "delay"),
    [
        ('{"error": "no"}', "", "no", None),
        ('{"error": {"message": "no", "code": 500}}', "7", "no", 7.0),
        ('[{"error": {"message": "no", "details": [{"retryDelay": "1.5s"}]}}]', "", "no", 1.5),
        ('{"error": {"message": "no", "details": [{"reason": "API_KEY_INVALID"}]}}', "", "no (API_KEY_INVALID)", None),
        ('{"detail": "Not Found"}', "Wed, 21 Oct", "Not Found", None),
        ("<html>Bad gateway</html>", "", "<html>Bad gateway</html>", None),
        ("", "", "", None),
    ],
)
def test_what_a_server_says_is_found(text: str, retry_after: str, detail: str, delay: float | None) -> None:
    assert error_of(text, retry_after) == (detail, delay)


@given(st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_whatever_a_server_says_becomes_an_error(value: object) -> None:
    import json

    detail, _ = error_of(json.dumps({"error": value}))
    assert str(OLLAMA.refusal(500, detail))


@pytest.mark.parametrize(
    ("url", "home"),
    [
        ("http://127.0.0.1:8000/v1", True),
        ("http://localhost/v1", True),
        ("http://[::1]:8000", True),
        ("http://192.168.1.7:8000", True),
        ("http://ollama:11434", True),
        ("http://mac.local:1234", True),
        ("https://api.example.com/v1", False),
        ("http://8.8.8.8", False),
    ],
)
def test_who_is_at_home(url: str, home: bool) -> None:
    assert is_home(url) is home
