"""The one table from a server's refusal to our error, row by row; and who counts as being at home."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.addresses import is_home
from core.errors import (
    ContextOverflow,
    ModelBusy,
    ModelCannotAnswer,
    ModelCannotSee,
    ModelCannotThink,
    ModelError,
    ModelKeyMissing,
    ModelKeyRejected,
    ModelLoading,
    ModelMemory,
    ModelMissing,
    ModelNotServed,
    ModelQuota,
    ModelRefused,
    ModelSignIn,
    ModelUnavailable,
    ModelUnreachable,
)
from rag.models.refusals import REFUSALS, Server, Told, told_of

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
        (OLLAMA, 503, "Loading model", ModelLoading),
        (OLLAMA, 400, '"e5-small" does not support chat', ModelCannotAnswer),
        (OLLAMA, 400, "Multimodal data provided, but model does not support multimodal requests.", ModelCannotSee),
        (OLLAMA, 500, "failed to process inputs: this model is missing data required for image input", ModelCannotSee),
        (KEYED, 502, "", ModelBusy),
        (OLLAMA, 499, "request canceled", ModelRefused),
        (OLLAMA, 500, "model runner has unexpectedly stopped", ModelRefused),
    ],
)
def test_every_refusal_has_its_error(server: Server, status: int, detail: str, error: type[ModelError]) -> None:
    assert type(server.refusal(status, Told(detail))) is error


def test_the_rows_above_reach_every_row_of_the_table() -> None:
    assert len(REFUSALS) == 11


def test_a_long_context_tells_both_numbers_where_they_are_known() -> None:
    error = KEYED.refusal(400, Told("The input token count (9,000) exceeds the maximum number of tokens allowed (4096)."))
    assert error.fields == {"needed": 9000, "name": "gemini-x", "window": 4096}
    assert OLLAMA.refusal(400, Told("exceeds the context length")).fields["window"] == 4096


def test_a_refusal_without_a_word_tells_its_status() -> None:
    assert "status 418" in str(OLLAMA.refusal(418, Told("")))


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
    assert (told_of(text, retry_after).detail, told_of(text, retry_after).delay_s) == (detail, delay)


DOUBLED = (
    r'{"error":"{\"error\":{\"code\":400,\"message\":\"request (4004 tokens) exceeds the available context size (1024 tokens), try '
    r'increasing it\",\"type\":\"exceed_context_size_error\",\"n_prompt_tokens\":4004,\"n_ctx\":1024}}"}'
)


def test_a_refusal_wrapped_into_another_is_unwrapped_with_its_exact_counts() -> None:
    told = told_of(DOUBLED)
    assert (told.needed, told.window, told.status, told.kind) == (4004, 1024, 400, "exceed_context_size_error")
    error = OLLAMA.refusal(500, told)
    assert error.fields == {"needed": 4004, "name": "gemma3:4b", "window": 1024}


def test_a_refusal_wrapped_too_often_shows_no_json() -> None:
    text = '{"error": "no"}'
    for _ in range(5):
        text = json.dumps({"error": text})
    assert told_of(text).detail == "no"


def test_the_page_where_one_signs_in_is_shown() -> None:
    told = told_of('{"error":"unauthorized","signin_url":"https://ollama.com/connect?name=x"}')
    error = OLLAMA.refusal(401, told)
    assert type(error) is ModelSignIn
    assert "https://ollama.com/connect?name=x" in str(error)


@given(st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_whatever_a_server_says_becomes_an_error(value: object) -> None:
    assert str(OLLAMA.refusal(500, told_of(json.dumps({"error": value}))))


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
