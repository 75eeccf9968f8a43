"""Kaedama's search for anybody's LangChain code. Apart from the retriever, because this import costs a second."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict


class KaedamaRetriever(BaseRetriever):
    """A LangChain retriever over a notebook; made by `Retriever.as_langchain`."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    retriever: Any
    notebook: str
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
