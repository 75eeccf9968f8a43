"""Kaedama for anybody's LangChain code: the search as a retriever, and any of our models as a chat model.

Nothing inside Kaedama imports this module: LangChain takes a second to load.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.language_models.chat_models import BaseChatModel, generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from core.types import Message, Role
from rag.events import Text, Thought, Usage
from rag.models.base import AnswerModel, GenerationOptions

_ROLES = {"system": Role.SYSTEM, "human": Role.USER, "ai": Role.ASSISTANT}


class KaedamaChat(BaseChatModel):
    """A LangChain chat model over an open model of ours. Thoughts are `reasoning_content` of the chunks, or reasoning blocks."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    model: AnswerModel
    max_tokens: int = 1024
    temperature: float = 0.0
    think: bool = False

    @property
    def _llm_type(self) -> str:
        return "kaedama"

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        options = GenerationOptions(
            max_tokens=int(kwargs.get("max_tokens", self.max_tokens)),
            window=self.model.describe().window,
            temperature=float(kwargs.get("temperature", self.temperature)),
            think=bool(kwargs.get("think", self.think)),
            stop=tuple(stop or ()),
        )
        for event in self.model.stream(our_messages(messages), options):
            yield ChatGenerationChunk(message=_chunk(event))

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))


def our_messages(messages: Sequence[BaseMessage]) -> list[Message]:
    """LangChain's messages as ours. Thoughts of earlier answers are not among them: they only cost room."""
    return [Message.of(_ROLES[message.type], str(message.text)) for message in messages]


def _chunk(event: Thought | Text | Usage) -> AIMessageChunk:
    if isinstance(event, Thought):
        return AIMessageChunk(content="", additional_kwargs={"reasoning_content": event.text})
    if isinstance(event, Text):
        return AIMessageChunk(content=event.text)
    read, written = event.prompt_tokens, event.answer_tokens
    return AIMessageChunk(
        content="",
        response_metadata={"finish_reason": event.ended},
        usage_metadata=UsageMetadata(input_tokens=read, output_tokens=written, total_tokens=read + written),
    )


class KaedamaRetriever(BaseRetriever):
    """A LangChain retriever over a notebook; made by `Retriever.as_langchain`."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    retriever: Any
    notebook: int
    k: int | None = None

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        hits = self.retriever.retrieve(query, notebook=self.notebook, k=self.k).hits
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
                },
            )
            for hit in hits
        ]
