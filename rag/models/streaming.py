"""The base of this project's own LangChain chat models: they stream; a whole answer is the stream put together."""

from __future__ import annotations

import asyncio
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel, agenerate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatResult

# LangChain's kinds of messages as most engines call them.
ROLES = {"human": "user", "ai": "assistant", "system": "system"}


class StreamedChat(BaseChatModel):
    """Subclasses give `_astream` and `_llm_type`."""

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return asyncio.run(agenerate_from_stream(self._astream(messages, stop, **kwargs)))


def turns(messages: list[BaseMessage]) -> list[dict[str, str]]:
    """Messages as {"role", "content"}. Thoughts of earlier answers are not among them: they only cost room."""
    return [{"role": ROLES[message.type], "content": str(message.text)} for message in messages]


def chunk_of(text: str, *, thought: str = "", ended: str = "", usage: tuple[int, int] | None = None) -> AIMessageChunk:
    """A piece of an answer: its text, its thought, how the stream ended where it did, and the tokens read and written."""
    message = AIMessageChunk(content=text)
    if thought:
        message.additional_kwargs["reasoning_content"] = thought
    if ended:
        message.response_metadata["finish_reason"] = ended
    if usage is not None:
        read, written = usage
        message.usage_metadata = UsageMetadata(input_tokens=read, output_tokens=written, total_tokens=read + written)
    return message
