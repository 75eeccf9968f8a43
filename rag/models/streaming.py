"""The base of this project's own LangChain chat models: they stream; a whole answer is the stream put together."""

from __future__ import annotations

import abc
import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, ClassVar

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel, agenerate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk, ChatResult

# LangChain's kinds of messages as most engines call them.
ROLES = {"human": "user", "ai": "assistant", "system": "system"}


class StreamedChat(BaseChatModel):
    """Subclasses give `engine_name` and `pieces`."""

    engine_name: ClassVar[str]

    @abc.abstractmethod
    def pieces(
        self, messages: list[BaseMessage], stop: list[str] | None, arguments: dict[str, Any]
    ) -> AsyncGenerator[AIMessageChunk, None]:
        """The pieces of an answer as they come; `arguments` are the keyword arguments of the call. Raises ModelError."""

    @property
    def _llm_type(self) -> str:
        return f"kaedama-{self.engine_name}"

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        async with contextlib.aclosing(self.pieces(messages, stop, kwargs)) as pieces:
            async for piece in pieces:
                yield ChatGenerationChunk(message=piece)

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


def completion_chunk(event: dict[str, Any]) -> AIMessageChunk:
    """An event of a chat stream as OpenAI's API shapes it, which llama.cpp and most servers follow."""
    choice: dict[str, Any] = next(iter(event.get("choices") or []), {})
    delta = choice.get("delta") or {}
    usage = event.get("usage") or {}
    return chunk_of(
        delta.get("content") or "",
        thought=delta.get("reasoning_content") or delta.get("reasoning") or "",
        ended=choice.get("finish_reason") or "",
        usage=(int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0)) if usage else None,
    )
