"""Are the verdicts true? The product's own checking over labelled answers, with the product's own embedder; no model is asked.

A case of the data file (JSON lines): `id`, `lang`, `question`, `passages` [{`name`, `title`, `text`, and where there are any `heading`
and `context` as in core.types.Chunk}], `answer` (marks written `{name}` for the passage they point to) and `sentences` [{`text` without
marks, `state`, `kind`, `also`}]. States: "ok" (quoted or supported), "weak", "bad" (unsupported), "contradicted", "none" (no claim: must
not be judged); `also` lists further states that pass.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import KaedamaError
from core.text import fold
from core.types import PASSAGE, QUERY, Hit, Support, Verdict
from evals.metrics import percent
from rag.checking.verify import Embed, check_answer
from rag.citations import MarkReader
from rag.events import plain
from store.embedding.embedder import Embedder
from store.languages import language_of
from store.search.centring import measure

Json = dict[str, object]
_LANGUAGES = ("en", "es", "ja")
_ALARMS = (Support.UNSUPPORTED, Support.CONTRADICTED)
# The label that each support is counted as.
_STATES = {
    Support.QUOTED: "ok",
    Support.SUPPORTED: "ok",
    Support.WEAK: "weak",
    Support.UNSUPPORTED: "bad",
    Support.CONTRADICTED: "contradicted",
}
_PLACE = re.compile(r"\{(\w+)\}")
_WORDS = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Label:
    """What a sentence of an answer is: its words without marks, its state and kind, and other states that pass."""

    text: str
    state: str
    kind: str
    also: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """A question, its passages in the order of their numbers, the answer with marks `[n]`, and the labels of its sentences."""

    id: str
    language: str
    question: str
    passages: tuple[Hit, ...]
    answer: str
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """A labelled sentence and the verdict it got; None where it was not judged."""

    case: Case
    label: Label
    verdict: Verdict | None

    @property
    def ticked(self) -> bool:
        """Whether the sentence counts as borne out."""
        return self.verdict is not None and self.verdict.support.ticked

    @property
    def alarmed(self) -> bool:
        """Whether the sentence is called unsupported or contradicted."""
        return self.verdict is not None and self.verdict.support in _ALARMS

    @property
    def right(self) -> bool:
        """Whether the verdict is the label's state or another that passes."""
        state = _STATES[self.verdict.support] if self.verdict is not None else "none"
        return state == self.label.state or state in self.label.also


def read_cases(path: Path) -> list[Case]:
    """The cases of a file. Raises KaedamaError with the line that is none."""
    cases = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            cases.append(_case(json.loads(line)))
        except (ValueError, KeyError, TypeError) as error:
            raise KaedamaError(detail=f"{path}, line {number}: {error!r}") from error
    return cases


def centred(embedder: Embedder) -> Embed:
    """The language-centred vectors of passages that a library with this embedder gives."""
    embedder.load()
    means = measure({role: lambda texts, role=role: embedder.embed(role, texts) for role in (QUERY, PASSAGE)})  # type: ignore[misc]
    return lambda texts, language: means.centre(PASSAGE, language, embedder.embed(PASSAGE, texts))


def files_in(directory: Path) -> list[Path]:
    """The files of cases that lie beside question sets, in `verdicts`, by name; none where there is no such folder."""
    return sorted((directory / "verdicts").glob("*.jsonl"))


def measure_file(path: Path, embedder: Embedder, *, limit: int | None = None, details: bool = False) -> Json:
    """As `measure_verdicts`, of the first `limit` cases of a file. Raises KaedamaError with the line that is no case."""
    return {"set": path.stem, **measure_verdicts(read_cases(path)[:limit], centred(embedder), details=details)}


def measure_verdicts(cases: Sequence[Case], embed: Embed, *, details: bool = False) -> Json:
    """Percentages over all cases, by language and by kind; with `details` every verdict that is not as labelled."""
    judged = [judgement for case in cases for judgement in judge(case, embed)]
    result: Json = {"cases": len(cases), "sentences": len(judged), "all": _measures(judged)}
    for language in sorted({case.language for case in cases}):
        result[language] = _measures([one for one in judged if one.case.language == language])
    kinds = sorted({one.label.kind for one in judged})
    result["right by kind"] = {kind: _right([one for one in judged if one.label.kind == kind]) for kind in kinds}
    if details:
        result["not as labelled"] = [_shown(one) for one in judged if not one.right]
    return result


def judge(case: Case, embed: Embed) -> Iterator[Judgement]:
    """The labels of a case with their verdicts; sentences are matched by their words."""
    marks = MarkReader(range(1, len(case.passages) + 1))
    answer = marks.feed(case.answer) + marks.flush()
    checked = check_answer(answer, case.question, language_of(case.question, _LANGUAGES), dict(enumerate(case.passages, 1)), embed)
    verdicts = list(checked.verdicts)
    for label in case.labels:
        found = next((verdict for verdict in verdicts if _plain(verdict.sentence) == _plain(label.text)), None)
        if found is not None:
            verdicts.remove(found)
        yield Judgement(case, label, found)


def _case(data: Mapping[str, object]) -> Case:
    passages = data["passages"]
    sentences = data["sentences"]
    if not isinstance(passages, list) or not isinstance(sentences, list):
        raise TypeError("passages and sentences are lists")
    numbers = {str(passage["name"]): number for number, passage in enumerate(passages, start=1)}
    answer = _PLACE.sub(lambda match: f"[{numbers[match[1]]}]" if match[1] in numbers else match[0], str(data["answer"]))
    hits = tuple(_hit(number, passage) for number, passage in enumerate(passages, start=1))
    labels = tuple(Label(str(s["text"]), str(s["state"]), str(s["kind"]), tuple(s.get("also") or ())) for s in sentences)
    return Case(str(data["id"]), str(data["lang"]), str(data["question"]), hits, answer, labels)


def _hit(number: int, passage: Mapping[str, str]) -> Hit:
    text, title = passage["text"], passage.get("title", "")
    language = language_of(text, _LANGUAGES)
    heading, context = passage.get("heading", ""), passage.get("context", "")
    return Hit(
        number,
        1.0,
        1.0,
        1.0,
        number,
        number,
        passage["name"],
        title,
        1,
        None,
        0,
        len(text),
        text,
        language,
        heading,
        context=context,
    )


def _plain(text: str) -> str:
    return " ".join(_WORDS.findall(fold(text)))


def _measures(judged: Sequence[Judgement]) -> Json:
    """Each figure in percent with how many sentences it is of."""
    claims = [one for one in judged if one.label.state != "none"]
    true = [one for one in claims if one.label.state == "ok"]
    wrong = [one for one in claims if one.label.state in ("bad", "contradicted")]
    contradicted = [one for one in wrong if one.label.state == "contradicted"]
    nothing = [one for one in judged if one.label.state == "none"]
    ticked = [one for one in claims if one.ticked]
    return {
        "ticks deserved": _share([one.label.state == "ok" or "ok" in one.label.also for one in ticked]),
        "wrong caught": _share([one.alarmed for one in wrong]),
        "contradictions told": _share(
            [one.verdict is not None and one.verdict.support is Support.CONTRADICTED for one in contradicted]
        ),
        "false alarms": _share([one.alarmed for one in true]),
        "true ticked": _share([one.ticked for one in true]),
        "no claim judged": _share([one.verdict is not None for one in nothing]),
        "as labelled": _right(judged),
    }


def _right(judged: Sequence[Judgement]) -> Json:
    return _share([one.right for one in judged])


def _share(held: Sequence[bool]) -> Json:
    return {"percent": percent(sum(held) / len(held)) if held else None, "of": len(held)}


def _shown(one: Judgement) -> Json:
    verdict = one.verdict
    given = {} if verdict is None else {"support": verdict.support.value, "reason": plain(verdict.reason)}
    return {"id": one.case.id, "sentence": one.label.text, "label": one.label.state, "kind": one.label.kind, **given}
