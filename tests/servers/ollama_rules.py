"""What an Ollama refuses, and how much of a prompt it reads, by its version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.servers.ollama_shapes import doubled

if TYPE_CHECKING:
    from tests.servers.ollama import OllamaServer

DEFAULT_WINDOW = 4096
_EMBEDDER_WINDOW = 512
_THINK = (True, False, "low", "medium", "high", "max", None)


def tokens(text: str) -> int:
    """Tokens of a text, about."""
    return len(text) // 4 + 1


def _prompt(body: dict[str, Any]) -> int:
    return sum(tokens(str(message.get("content", ""))) for message in body.get("messages") or [])


def read_tokens(body: dict[str, Any], window: int, *, new: bool) -> int:
    """How much of a prompt is read: all, or what a cut leaves of it."""
    needed = _prompt(body)
    return needed if needed <= window else window // 2 + 3 if new else window


def refused(owner: OllamaServer, name: str, body: dict[str, Any]) -> tuple[int, dict[str, str]] | None:
    """The refusal of a chat, or None."""
    if not name:
        return 400, {"error": "model is required"}
    full = owner.known(name)
    if not full:
        if name.endswith("-cloud"):
            return 502, {"error": 'Post "https://ollama.com:443/api/chat": dial tcp: lookup ollama.com: no such host'}
        return 404, {"error": f"model '{name}' not found"}
    if full in owner.remote:
        return 500, {"error": 'Post "https://ollama.com:11434/api/chat": dial tcp: lookup ollama.com: no such host'}
    able = owner.installed[full]
    if body.get("think") not in _THINK:
        return 400, {"error": f'invalid think value: "{body["think"]}" (must be "high", "medium", "low", "max", true, or false)'}
    if body.get("think") and "thinking" not in able:
        return 400, {"error": f'"{name}" does not support thinking'}
    if "completion" not in able:
        return 400, {"error": f'"{name}" does not support chat'}
    if body.get("tools") and "tools" not in able:
        return 400, {"error": f"registry.ollama.ai/library/{name} does not support tools"}
    return _refused_by_runner(owner, full, body)


def _refused_by_runner(owner: OllamaServer, full: str, body: dict[str, Any]) -> tuple[int, dict[str, str]] | None:
    window = (body.get("options") or {}).get("num_ctx", DEFAULT_WINDOW)
    if not isinstance(window, int):
        return 500, {"error": 'option "num_ctx" must be of type integer'}
    if full in owner.adapters and not owner.new:
        return 500, {"error": "failed to initialize model: loras are not yet implemented\n"}
    pictures = any(message.get("images") for message in body.get("messages") or [])
    if pictures and "vision" not in owner.installed[full]:
        if owner.new:
            said = "Multimodal data provided, but model does not support multimodal requests."
            return 400, doubled(400, said, "invalid_request_error")
        said = "failed to process inputs: this model is missing data required for image input"
        return 500, {"error": f"Failed to create new sequence: {said}"}
    needed = _prompt(body)
    if needed <= window:
        return None
    if body.get("truncate") is False and owner.new:
        said = f"request ({needed} tokens) exceeds the available context size ({window} tokens), try increasing it"
        return 400, doubled(400, said, "exceed_context_size_error", n_prompt_tokens=needed, n_ctx=window)
    if body.get("truncate") is False:
        return 400, {"error": "the input length exceeds the context length"}
    if body.get("shift") is False and owner.new:
        return 400, {"error": "the prompt is longer than the context length currently available to the model; shorten it"}
    return None


def embedding(owner: OllamaServer, name: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Status and answer of /api/embed: a vector for each text, of its length, so that tests can tell them apart."""
    full = owner.known(name)
    if not full:
        return 404, {"error": f'model "{name}" not found, try pulling it first'}
    texts = [body["input"]] if isinstance(body["input"], str) else list(body["input"])
    if not texts:
        return 200, {"model": name, "embeddings": []}
    able = "embedding" in owner.installed[full]
    window = _EMBEDDER_WINDOW if able else int((body.get("options") or {}).get("num_ctx", DEFAULT_WINDOW))
    long = any(tokens(text) > window for text in texts)
    if long and body.get("truncate") is False and (able or owner.new):
        return 400, {"error": "the input length exceeds the context length"}
    if not able and owner.new:
        return 501, {"error": "This server does not support embeddings. Start it with `--embeddings`"}
    if not able:
        return 501, {"error": "this model does not support embeddings"}
    owner.load(full, window)
    vectors = [[float(len(text)), 1.0, 0.5][: int(body.get("dimensions") or 3)] for text in texts]
    counts = {"total_duration": 30_854_926, "load_duration": 691_727, "prompt_eval_count": sum(map(tokens, texts))}
    return 200, {"model": name, "embeddings": vectors} | counts
