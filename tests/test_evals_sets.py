"""Question sets as files, and the tasks made from them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import FileUnreadable, KaedamaError, PathMissing
from evals import answers
from evals.sets import Doc, Query, QuestionSet, read_set, sets_in

DOC = {"id": "d1", "lang": "ja", "title": "麺", "text": "替え玉は二杯目の麺である。\u2028続き。"}
QUERY = {"id": "q1", "lang": "ja", "question": "替え玉とは?", "answers": ["二杯目の麺"], "relevant": ["d1"], "answerable": True}


def write_set(directory: Path, name: str, docs: list[object], queries: list[object]) -> tuple[Path, Path]:
    paths = directory / f"{name}.docs.jsonl", directory / f"{name}.queries.jsonl"
    for path, rows in zip(paths, (docs, queries), strict=True):
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return paths


def test_a_set_is_read_whole(tmp_path: Path) -> None:
    found = read_set(*write_set(tmp_path, "tiny", [DOC], [QUERY | {"near": "d1", "answers_passage_lang": ["the second serving"]}]))
    assert found.name == "tiny"
    assert found.docs == (Doc("d1", "ja", "麺", DOC["text"]),)
    assert found.queries == (
        Query("q1", "ja", "替え玉とは?", ("二杯目の麺",), frozenset({"d1"}), True, ("the second serving",), "d1"),
    )


def test_a_folder_holds_sets_by_name(tmp_path: Path) -> None:
    write_set(tmp_path, "b", [DOC], [QUERY])
    write_set(tmp_path, "a", [DOC], [QUERY])
    (tmp_path / "half.docs.jsonl").write_text("", "utf-8")
    assert [found.name for found in sets_in(tmp_path)] == ["a", "b"]


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    docs, queries = write_set(tmp_path, "tiny", [DOC], [QUERY])
    with pytest.raises(PathMissing, match="nowhere"):
        read_set(tmp_path / "nowhere", queries)
    with pytest.raises(PathMissing):
        sets_in(tmp_path / "nowhere")
    with pytest.raises(KaedamaError, match=r"line 1 of .* lacks title"):
        read_set(queries, queries)
    docs.write_text('{"id": 1}\nno json\n', "utf-8")
    with pytest.raises(KaedamaError, match=r"line 1 of .* lacks lang"):
        read_set(docs, queries)
    docs.write_text("no json\n", "utf-8")
    with pytest.raises(KaedamaError, match=r"line 1 of .* is not JSON"):
        read_set(docs, queries)
    docs.write_bytes(b"\xff")
    with pytest.raises(FileUnreadable):
        read_set(docs, queries)


def many(titles: list[str]) -> QuestionSet:
    """Four docs a title, each with a code of its own and one question for it."""
    docs, queries = [], []
    for title in titles:
        for number in range(4):
            name, code = f"{title}-{number}", f"{title[0]}{str(number) * 3}"
            docs.append(Doc(name, "en", title, f"The code of {title} {number} is {code}. Nothing else is known."))
            queries.append(Query(f"q-{name}", "en", f"What is the code of {title} {number}?", (code,), frozenset({name}), True))
    return QuestionSet("many", tuple(docs), tuple(queries))


def test_tasks_hold_the_right_passage_or_none() -> None:
    made = answers.tasks(many(["Apples", "Bread", "Cider"]), 900, 6)
    assert [task.right is not None for task in made] == [True] * 6 + [False] * 2
    for task in made:
        assert len({hit.source for hit in task.passages}) == 3
        holding = [hit.rank for hit in task.passages if task.query.answers[0] in hit.text]
        assert holding == ([task.right] if task.right else [])
        assert [hit.rank for hit in task.passages] == [1, 2, 3]
    assert len({task.query.id for task in made}) == len(made)


def test_tasks_are_the_same_every_time() -> None:
    questions = many(["Apples", "Bread"])
    assert answers.tasks(questions, 900, 4) == answers.tasks(questions, 900, 4)


def test_where_articles_were_held_out_only_they_are_asked_about() -> None:
    made = answers.tasks(many(["Apples", "Geology", "Bread"]), 900, 3)
    assert {hit.title for task in made for hit in task.passages} == {"Geology"}


def test_a_sets_own_unanswerable_questions_come_with_the_look_alike() -> None:
    questions = many(["Apples", "Bread"])
    tricky = Query("u1", "en", "What is the colour of Apples 1?", (), frozenset(), False, (), "Apples-1")
    made = answers.tasks(QuestionSet("tricky", questions.docs, (*questions.queries, tricky)), 900, 3)
    assert made[-1].query == tricky
    assert made[-1].right is None
    assert "Apples-1" in {hit.source for hit in made[-1].passages}
