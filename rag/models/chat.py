"""Any LangChain chat model as an `AnswerModel`: thoughts and text are read apart through `content_blocks`, silence is timed.

Thoughts that an engine leaves in the text are taken out of it here, for every engine (rag/models/thoughts.py).

The chat models of this project raise `ModelError`s of their own accord; they also report how the stream ended, as "finish_reason" in
`response_metadata`. A stream that ends without saying so has broken off, and that is told.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage

from core.errors import ModelError, ModelFault, ModelInterrupted, ModelTimedOut, Phase
from core.settings import Settings
from rag.events import Text, Thought, Usage
from rag.models.base import AnswerModel, GenerationOptions, Message, ModelInfo
from rag.models.bridge import SilenceError, run_stream
from rag.models.thoughts import ThoughtSplitter

_ROLES: dict[str, type[BaseMessage]] = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}


class ChatModel(AnswerModel):
    """`chat` does the talking, for any other LangChain code too; `info` was asked of the engine.

    `arguments` turns options into the call's keyword arguments.
    """

    def __init__(
        self,
        chat: BaseChatModel,
        info: ModelInfo,
        settings: Settings,
        *,
        arguments: Callable[[GenerationOptions], dict[str, Any]],
        count: Callable[[str], int | None] = lambda text: None,
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self.chat = chat
        self._info = info
        self._settings = settings
        self._arguments = arguments
        self._count = count
        self._close = close

    def describe(self) -> ModelInfo:
        """See `AnswerModel`."""
        return self._info

    def count_tokens(self, text: str) -> int | None:
        """See `AnswerModel`."""
        return self._count(text)

    def close(self) -> None:
        """See `AnswerModel`."""
        self._close()

    def stream(self, messages: Sequence[Message], options: GenerationOptions) -> Iterator[Thought | Text | Usage]:
        """See `AnswerModel`."""
        turns = [_ROLES[message.role](message.content) for message in messages]

        async def open_stream() -> AsyncIterator[AIMessageChunk]:
            async for chunk in self.chat.astream(turns, **self._arguments(options)):
                assert isinstance(chunk, AIMessageChunk)
                yield chunk

        ended, prompt, written = "", 0, 0
        splitter = ThoughtSplitter()
        try:
            for chunk in self._timed(open_stream, options):
                yield from _pieces(chunk, splitter)
                ended = str(chunk.response_metadata.get("finish_reason") or ended)
                if chunk.usage_metadata:
                    prompt, written = chunk.usage_metadata["input_tokens"], chunk.usage_metadata["output_tokens"]
        except SilenceError as silence:
            yield from splitter.flush()
            raise self._timed_out(silence) from None
        except ModelError:
            yield from splitter.flush()  # what had arrived is kept, to the last letter
            raise
        yield from splitter.flush()
        if not ended and not options.cancelled():
            raise ModelInterrupted(name=self._info.name, detail=ModelFault.STREAM_CUT())
        yield Usage(prompt, written, ended or "stopped")

    def _timed(
        self, open_stream: Callable[[], AsyncIterator[AIMessageChunk]], options: GenerationOptions
    ) -> Iterator[AIMessageChunk]:
        return run_stream(
            open_stream,
            first_s=self._settings.first_token_timeout_s,
            between_s=self._settings.between_tokens_timeout_s,
            cancelled=options.cancelled,
        )

    def _timed_out(self, silence: SilenceError) -> ModelTimedOut:
        phase = Phase.READING() if silence.first else Phase.WRITING()
        setting = "KAEDAMA_FIRST_TOKEN_TIMEOUT_S" if silence.first else "KAEDAMA_BETWEEN_TOKENS_TIMEOUT_S"
        return ModelTimedOut(name=self._info.name, limit_s=silence.limit_s, phase=phase, setting=setting)


def _pieces(chunk: AIMessageChunk, splitter: ThoughtSplitter) -> Iterator[Thought | Text]:
    for block in chunk.content_blocks:
        if block["type"] == "reasoning" and block.get("reasoning"):
            yield Thought(str(block["reasoning"]))
        elif block["type"] == "text" and block.get("text"):
            yield from splitter.feed(str(block["text"]))
