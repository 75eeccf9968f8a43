"""Language centring: what makes a question find passages in every language alike.

A multilingual embedder spends part of each vector on saying which language the text is in, so a question prefers passages in its own.
Subtracting from every vector its language's mean, questions and passages apart, and scaling back to unit length takes that away
(nDCG@10 with questions and passages in two languages mixed: 91.6 before, 97.3 after; docs/measurements.md has the runs). The means must not
depend on what a library holds, or the documents' subject would be subtracted too, so they are measured once per embedder on a
parallel text of this project's own: data/calibration.json says the same things in each language.

The same text tells how crowded the place of a passage is: some lie near to every question, whatever it asks (hubs [1]), and how near such a
passage is to one question says less. Its likeness to the calibration's questions, which ask for other things, is what to take off.

[1] Radovanović, Nanopoulos and Ivanović, Hubs in Space, 2010, jmlr.org/papers/v11/radovanovic10a.html; the correction is that of CSLS:
    Conneau et al., Word Translation Without Parallel Data, 2018, arxiv.org/abs/1710.04087
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.settings import ROOT
from core.types import PASSAGE, QUERY
from store.catalog.vectors import CALIBRATION_BYTES, EmbedderRecord

CALIBRATION = ROOT / "data" / "calibration.json"
# Questions of the calibration, of all languages together, whose mean cosine tells how crowded a passage's place is.
_NEIGHBOURS = 8
# The questions' name among the arrays of an archive.
_QUESTIONS = "questions"


@dataclass(frozen=True, slots=True)
class LanguageMeans:
    """Mean vectors, float32 of the embedder's dimension, by role ("query" or "passage") and language code.

    The mean over all languages stands in for a language that was not measured. `questions` are the centred vectors (n, dimension) of the
    calibration's questions.
    """

    means: dict[tuple[str, str], np.ndarray]
    questions: np.ndarray

    def centre(self, role: str, language: str, vectors: np.ndarray) -> np.ndarray:
        """Unit vectors (n, dimension) of texts in `language`, centred and scaled back to unit length."""
        mean = self.means.get((role, language))
        if mean is None:
            mean = self.means[role, ""]
        return unit(vectors - mean)

    def crowding(self, vectors: np.ndarray) -> np.ndarray:
        """How near (cosine, (n,)) centred vectors of passages are to the nearest questions of the calibration."""
        cosines = vectors @ self.questions.T
        first = min(_NEIGHBOURS, cosines.shape[1])
        nearest: np.ndarray = np.partition(cosines, -first, axis=1)[:, -first:].mean(axis=1)
        return nearest

    def pack(self) -> bytes:
        """The means as bytes for the catalog (a NumPy archive without pickles)."""
        target = io.BytesIO()
        arrays: dict[str, Any] = {f"{role}/{language}": mean for (role, language), mean in self.means.items()}
        arrays[_QUESTIONS] = self.questions.astype(np.float16)
        np.savez(target, **arrays)
        return target.getvalue()

    @classmethod
    def unpack(cls, packed: bytes) -> LanguageMeans:
        """The inverse of `pack`, but for the rounding of the questions. Raises KeyError for an archive from before these were kept."""
        with np.load(io.BytesIO(packed), allow_pickle=False) as archive:
            pairs = ((name.partition("/"), archive[name]) for name in archive.files if name != _QUESTIONS)
            means = {(role, language): mean for (role, _, language), mean in pairs}
            return cls(means, archive[_QUESTIONS].astype(np.float32))


def calibration_version() -> str:
    """A short hash of the calibration text: other text, other means, other centred vectors."""
    return hashlib.sha256(CALIBRATION.read_bytes()).hexdigest()[:8]


def means_of(record: EmbedderRecord | None) -> LanguageMeans | None:
    """The means that a catalog keeps; None where it has none, those of another calibration text, or none of the questions."""
    if record is None or record.means is None or record.means[:CALIBRATION_BYTES] != calibration_version().encode():
        return None
    try:
        return LanguageMeans.unpack(record.means[CALIBRATION_BYTES:])
    except KeyError:
        return None


def measure(embed: dict[str, Callable[[list[str]], np.ndarray]]) -> LanguageMeans:
    """Embed the calibration text; `embed` maps each role to a function from texts to unit vectors (n, dimension)."""
    corpus = json.loads(CALIBRATION.read_text("utf-8"))
    means: dict[tuple[str, str], np.ndarray] = {}
    questions: list[np.ndarray] = []
    for role, part in ((QUERY, corpus["questions"]), (PASSAGE, corpus["passages"])):
        languages = corpus["languages"]
        vectors = embed[role]([item[language] for language in languages for item in part])
        for language, block in zip(languages, np.split(vectors, len(languages)), strict=True):
            means[role, language] = block.mean(axis=0, dtype=np.float32)
            if role == QUERY:
                questions.append(unit(block - means[role, language]))
        means[role, ""] = np.stack([means[role, language] for language in languages]).mean(axis=0, dtype=np.float32)
    return LanguageMeans(means, np.concatenate(questions))


def unit(vectors: np.ndarray) -> np.ndarray:
    """Rows scaled to unit length; a zero row stays zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: np.ndarray = vectors / np.maximum(lengths, 1e-12)
    return scaled.astype(np.float32)
