"""Kaedama in LangChain code: the standard suites of langchain-tests, and a chain over model and search."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage, ToolMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnablePassthrough
from langchain_tests.integration_tests import RetrieversIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from core.errors import ModelBusy
from core.settings import Settings
from core.types import AudioPart, ImagePart, Message, Role, TextPart
from rag.events import Ending, Text, Thought, Usage
from rag.langchain import ChatKaedama, KaedamaRetriever, our_messages
from rag.models.scripted import ScriptedModel, Step
from rag.retrieve import Retriever
from store.library import Library
from tests.conftest import NOTEBOOK, put

SCRIPT: list[Step] = [Thought("Let me "), Thought("see."), Text("Up to 30 "), Text("seconds [1]."), Usage(21, 7, Ending.STOP)]


class TestChatModelStandard(ChatModelUnitTests):
    """LangChain's own suite for chat models.

    Not applicable, and skipped by the suite itself: tools and structured output (models of ours are given messages only), settings from
    the environment (an open model is handed over), serialisation (an open model cannot be written down).
    """

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ChatKaedama

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": ScriptedModel(SCRIPT)}

    @property
    def has_tool_calling(self) -> bool:
        return False

    @property
    def has_structured_output(self) -> bool:
        return False


class TestRetrieverStandard(RetrieversIntegrationTests):
    """LangChain's own suite for retrievers, over a library of this test's own."""

    @pytest.fixture(autouse=True)
    def _filled(self, tmp_path: Path, library: Library, settings: Settings) -> None:
        fill(library)
        self.search = Retriever(library, settings)

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return KaedamaRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"retriever": self.search, "notebook": NOTEBOOK}

    @property
    def retriever_query_example(self) -> str:
        return "How long is the audio?"


def fill(library: Library) -> None:
    """Four documents about the same thing."""
    for number in range(4):
        put(
            library,
            f"audio{number}.txt",
            f"Gemma 4 hears audio of up to {30 + number} seconds. How long the audio is depends on it.",
        )


def chat(*script: Step, **fields: Any) -> ChatKaedama:
    """A chat model over a script."""
    return ChatKaedama(model=ScriptedModel(script or SCRIPT), **fields)


def test_a_chain_of_search_prompt_and_model_answers(library: Library, settings: Settings) -> None:
    fill(library)
    model = ScriptedModel(SCRIPT)
    retriever = Retriever(library, settings).as_langchain(notebook=NOTEBOOK, k=2)

    def joined(documents: list[Document]) -> str:
        return "\n".join(f"[{number}] {document.page_content}" for number, document in enumerate(documents, start=1))

    prompt = ChatPromptTemplate.from_messages([("system", "Use only:\n{passages}"), ("human", "{question}")])
    chain = (
        {"passages": retriever | joined, "question": RunnablePassthrough()} | prompt | ChatKaedama(model=model) | StrOutputParser()
    )
    assert chain.invoke("How long is the audio?") == "Up to 30 seconds [1]."
    assert "".join(chain.stream("How long is the audio?")) == "Up to 30 seconds [1]."
    assert asyncio.run(chain.ainvoke("How long is the audio?")) == "Up to 30 seconds [1]."
    system, question = model.asked[0]
    assert (system.role, question) == (Role.SYSTEM, Message.of(Role.USER, "How long is the audio?"))
    assert system.text.count("Gemma 4 hears audio") == 2


def checked(message: AIMessage) -> None:
    """Text, thoughts, usage and end are where LangChain code looks for them."""
    assert message.text == "Up to 30 seconds [1]."
    assert message.additional_kwargs["reasoning_content"] == "Let me see."
    assert [block["type"] for block in message.content_blocks] == ["reasoning", "text"]
    assert message.usage_metadata == {"input_tokens": 21, "output_tokens": 7, "total_tokens": 28}
    assert message.response_metadata["finish_reason"] == "stop"


def test_whole_answers_carry_thoughts_and_usage() -> None:
    checked(chat().invoke("How long?"))
    checked(asyncio.run(chat().ainvoke("How long?")))


def test_streams_carry_thoughts_and_usage() -> None:
    async def arrive() -> list[AIMessageChunk]:
        return [chunk async for chunk in chat().astream("How long?")]

    for chunks in (list(chat().stream("How long?")), asyncio.run(arrive())):
        assert [chunk.text for chunk in chunks if chunk.text] == ["Up to 30 ", "seconds [1]."]
        whole = chunks[0]
        for chunk in chunks[1:]:
            whole += chunk
        checked(whole)


def test_options_reach_the_model() -> None:
    model = ScriptedModel(SCRIPT)
    adapter = ChatKaedama(model=model, max_tokens=50, think=True, stop=["\n"])
    adapter.invoke("x")
    adapter.invoke("x", stop=["END"], max_tokens=9, temperature=0.5, think=False, window=100_000)
    first, second = model.options
    assert (first.max_tokens, first.think, first.stop, first.window) == (50, True, ("\n",), 8192)
    assert (second.max_tokens, second.temperature, second.think, second.stop, second.window) == (9, 0.5, False, ("END",), 8192)
    with pytest.raises(TypeError, match="not tools"):
        adapter.invoke("x", tools=[])


def test_text_that_turns_out_to_be_thought_is_no_answer() -> None:
    script: list[Step] = [Text("Six?"), Thought("Six?", retracts=True), Text("Six."), Usage(1, 2, Ending.STOP)]
    message = chat(*script).invoke("When?")
    assert (message.text, message.additional_kwargs["reasoning_content"]) == ("Six.", "Six?")
    told = [chunk.response_metadata.get("retracts") for chunk in chat(*script).stream("When?")]
    assert 4 in told


def test_errors_of_ours_come_out_as_they_are() -> None:
    with pytest.raises(ModelBusy):
        chat(Text("Up"), ModelBusy(name="m", detail="503")).invoke("x")
    with pytest.raises(ModelBusy):
        asyncio.run(chat(Text("Up"), ModelBusy(name="m", detail="503")).ainvoke("x"))


def test_leaving_an_asynchronous_stream_stops_the_model() -> None:
    words: list[Step] = [0.01, Text("word ")]
    model = ScriptedModel([*words * 500, Usage(1, 1, Ending.STOP)])

    async def leave() -> None:
        stream = ChatKaedama(model=model).astream("x")
        async for _ in stream:
            break
        await stream.aclose()  # type: ignore[attr-defined]  # a generator

    asyncio.run(leave())
    assert model.options[0].cancelled()


def test_messages_and_their_parts_become_ours() -> None:
    picture = base64.b64encode(b"PNG").decode()
    given = [
        SystemMessage("Be brief."),
        HumanMessage([{"type": "text", "text": "What is it?"}, {"type": "image", "base64": picture, "mime_type": "image/png"}]),
        AIMessage("A cat.", additional_kwargs={"reasoning_content": "hm"}),
        HumanMessage([{"type": "audio", "base64": picture, "mime_type": "audio/wav"}]),
    ]
    assert our_messages(given) == [
        Message.of(Role.SYSTEM, "Be brief."),
        Message(Role.USER, (TextPart("What is it?"), ImagePart("image/png", b"PNG"))),
        Message.of(Role.ASSISTANT, "A cat."),
        Message(Role.USER, (AudioPart("audio/wav", b"PNG"),)),
    ]
    with pytest.raises(ValueError, match="not of tool"):
        our_messages([ToolMessage("x", tool_call_id="1")])
    with pytest.raises(ValueError, match="not image"):
        our_messages([HumanMessage([{"type": "image", "url": "http://127.0.0.1/x.png"}])])
