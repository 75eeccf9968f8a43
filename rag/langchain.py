"""Kaedama for anybody's LangChain code: the search as a retriever, and any of our models as a chat model.

Nothing inside Kaedama imports this module: LangChain takes a second to load.
"""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import (
    AsyncCallbackManagerForLLMRun,
    CallbackManagerForLLMRun,
    CallbackManagerForRetrieverRun,
)
from langchain_core.documents import Document
from langchain_core.language_models.base import LangSmithParams
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from core.place_words import say_place
from core.types import AudioPart, ImagePart, Message, Part, Role, TextPart
from rag.events import Ending, Text, Thought, Usage
from rag.models.base import AnswerModel, GenerationOptions

_ROLES = {"system": Role.SYSTEM, "human": Role.USER, "ai": Role.ASSISTANT}
# Words that a call may carry beside messages and `stop`.
_CALL_OPTIONS = frozenset({"max_tokens", "temperature", "think", "window"})
# Tokens of the window that is asked of an engine which allocates one on demand; the whole of it may need more memory than there is.
_WINDOW = 8192


class ChatKaedama(BaseChatModel):
    """A LangChain chat model over an open model of ours (`rag.models.listing.open_model`).

    Thoughts are `reasoning_content` of `additional_kwargs`, and reasoning blocks of `content_blocks`. Time limits are those of the open
    model; a call is one try. `window` is in tokens, 0 for at most 8,192; `stop` are words at which every answer ends. A call may carry
    `max_tokens`, `temperature`, `think` and `window` of its own. Raises ModelError, and TypeError and ValueError for what models of ours do
    not take (tools, files).

    Where a model turns out to have been thinking aloud (`Thought.retracts`), the whole answer is right; in a stream the chunk behind the
    retracted text has "retracts" in its `response_metadata`: the number of characters before it that were no answer.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)
    model: AnswerModel
    max_tokens: int = 1024
    temperature: float = 0.0
    think: bool = False
    window: int = 0
    stop: list[str] | None = None

    @property
    def _llm_type(self) -> str:
        return "kaedama"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.model.describe().name, "max_tokens": self.max_tokens, "think": self.think}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        params = super()._get_ls_params(stop=stop or self.stop, **kwargs)
        params["ls_model_name"] = str(kwargs.get("model", self.model.describe().name))
        return params

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for event in self.model.stream(our_messages(messages), self._options(stop, kwargs)):
            yield ChatGenerationChunk(message=_chunk(event))

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        async for event in self._aevents(messages, stop, kwargs):
            yield ChatGenerationChunk(message=_chunk(event))

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return _whole(self.model.stream(our_messages(messages), self._options(stop, kwargs)))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return _whole([event async for event in self._aevents(messages, stop, kwargs)])

    async def _aevents(
        self, messages: list[BaseMessage], stop: list[str] | None, given: dict[str, Any]
    ) -> AsyncIterator[Thought | Text | Usage]:
        """The model's events, waited for in a thread. Leaving the iterator, also by cancelling its task, stops the model."""
        left = threading.Event()
        events = self.model.stream(our_messages(messages), self._options(stop, given, left.is_set))
        try:
            while (event := await asyncio.to_thread(next, events, None)) is not None:
                yield event
        finally:
            left.set()

    def _options(
        self, stop: list[str] | None, given: dict[str, Any], cancelled: Callable[[], bool] = lambda: False
    ) -> GenerationOptions:
        if unknown := given.keys() - _CALL_OPTIONS:
            raise TypeError(f"ChatKaedama takes {', '.join(sorted(_CALL_OPTIONS))}, not {', '.join(sorted(unknown))}")
        window = int(given.get("window", self.window)) or _WINDOW
        return GenerationOptions(
            max_tokens=int(given.get("max_tokens", self.max_tokens)),
            window=min(window, self.model.describe().window),
            temperature=float(given.get("temperature", self.temperature)),
            think=bool(given.get("think", self.think)),
            cancelled=cancelled,
            stop=tuple(self.stop or () if stop is None else stop),
        )


def our_messages(messages: Sequence[BaseMessage]) -> list[Message]:
    """LangChain's messages as ours. Thoughts of earlier answers are not among them: they only cost room.

    Raises:
        ValueError: a message or a part that models of ours are not given, as the result of a tool or a file.
    """
    return [_our_message(message) for message in messages]


def _our_message(message: BaseMessage) -> Message:
    if message.type not in _ROLES:
        raise ValueError(f"Models of Kaedama take messages of {', '.join(_ROLES)}, not of {message.type}.")
    parts = [_our_part(dict(block)) for block in message.content_blocks if block["type"] != "reasoning"]
    return Message(_ROLES[message.type], tuple(parts))


def _our_part(block: dict[str, Any]) -> Part:
    if block["type"] == "text":
        return TextPart(str(block["text"]))
    kinds: dict[str, type[ImagePart | AudioPart]] = {"image": ImagePart, "audio": AudioPart}
    if block["type"] in kinds and block.get("base64"):
        return kinds[block["type"]](str(block.get("mime_type", "")), base64.b64decode(block["base64"]))
    raise ValueError(f"Models of Kaedama take text, and pictures and sound as base64, not {block['type']}.")


def _chunk(event: Thought | Text | Usage) -> AIMessageChunk:
    if isinstance(event, Thought):
        metadata = {"retracts": len(event.text)} if event.retracts else {}
        return AIMessageChunk(content="", additional_kwargs={"reasoning_content": event.text}, response_metadata=metadata)
    if isinstance(event, Text):
        return AIMessageChunk(content=event.text)
    return AIMessageChunk(content="", response_metadata={"finish_reason": event.ended}, usage_metadata=_usage(event))


def _whole(events: Iterable[Thought | Text | Usage]) -> ChatResult:
    """A stream as one answer."""
    text, thoughts, usage = "", "", Usage(0, 0, Ending.STOP)
    for event in events:
        if isinstance(event, Usage):
            usage = event
        elif isinstance(event, Text):
            text += event.text
        else:
            thoughts, text = thoughts + event.text, "" if event.retracts else text
    message = AIMessage(
        content=text,
        additional_kwargs={"reasoning_content": thoughts} if thoughts else {},
        response_metadata={"finish_reason": usage.ended},
        usage_metadata=_usage(usage),
    )
    return ChatResult(generations=[ChatGeneration(message=message)])


def _usage(usage: Usage) -> UsageMetadata:
    read, written = usage.prompt_tokens, usage.answer_tokens
    return UsageMetadata(input_tokens=read, output_tokens=written, total_tokens=read + written)


class KaedamaRetriever(BaseRetriever):
    """A LangChain retriever over a notebook; made by `Retriever.as_langchain`. A call may carry `k` of its own."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    retriever: Any
    notebook: int
    k: int | None = None

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        hits = self.retriever.retrieve(query, notebook=self.notebook, k=k or self.k).hits
        return [
            Document(
                id=str(hit.chunk_id),
                page_content=hit.text,
                metadata={
                    "source": hit.source,
                    "page": hit.page,
                    "start": hit.start,
                    "end": hit.end,
                    "score": hit.score,
                    "language": hit.language,
                    "where": say_place(hit),
                },
            )
            for hit in hits
        ]
