"""Work in a thread: order, batches, several at once, stop, failure, silence. Threads wait for events, never for a time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.background import SilenceError, Tagged, Task, batches, merge, run

PATIENCE_S = 30.0  # how long a test waits for what has to happen; never reached where it does


class Foreseen(Exception):
    """An error of the test's own."""


def ordinary(items: list[int], error: Exception | None = None) -> Callable[[threading.Event], Iterator[int]]:
    def make(stop: threading.Event) -> Iterator[int]:
        yield from items
        if error is not None:
            raise error

    return make


def asynchronous(items: list[int], error: Exception | None = None) -> Callable[[threading.Event], AsyncIterator[int]]:
    async def make(stop: threading.Event) -> AsyncIterator[int]:
        for item in items:
            await asyncio.sleep(0)
            yield item
        if error is not None:
            raise error

    return make


KINDS = st.sampled_from([ordinary, asynchronous])


def in_batches(make: Any) -> Iterator[int]:
    for batch in batches(make, every_s=0.01):
        yield from batch


@pytest.mark.parametrize("take", [run, in_batches])
@given(KINDS, st.lists(st.integers()), st.sampled_from([None, Foreseen("f"), ZeroDivisionError("z"), SystemExit(3)]))
def test_items_come_in_order_and_then_the_error(take: Any, kind: Any, items: list[int], error: BaseException | None) -> None:
    got: list[int] = []
    caught: BaseException | None = None
    try:
        got.extend(take(kind(items, error)))
    except (Foreseen, ZeroDivisionError, SystemExit) as raised:
        caught = raised
    assert (got, caught) == (items, error)


@given(st.dictionaries(st.text(max_size=3), st.tuples(KINDS, st.lists(st.integers())), max_size=4))
def test_merged_works_keep_their_own_order(works: dict[str, tuple[Any, list[int]]]) -> None:
    got: dict[str, list[int]] = {key: [] for key in works}
    for tagged in merge({key: kind(items) for key, (kind, items) in works.items()}):
        assert isinstance(tagged, Tagged)
        got[tagged.key].append(tagged.item)
    assert got == {key: items for key, (_, items) in works.items()}


def test_a_failure_of_one_work_stops_the_others() -> None:
    closed = threading.Event()

    def endless(stop: threading.Event) -> Iterator[int]:
        try:
            stop.wait(PATIENCE_S)
            yield 1
        finally:
            closed.set()

    with pytest.raises(Foreseen):
        list(merge({"endless": endless, "failing": ordinary([], Foreseen())}))
    assert closed.wait(PATIENCE_S)


def test_closing_the_reader_closes_an_ordinary_iterator_in_its_own_thread() -> None:
    closed_in: list[int] = []
    closed, made_in = threading.Event(), []

    def make(stop: threading.Event) -> Iterator[int]:
        made_in.append(threading.get_ident())
        try:
            yield 1
            stop.wait(PATIENCE_S)
            yield 2
        finally:
            closed_in.append(threading.get_ident())
            closed.set()

    stream = run(make)
    assert next(stream) == 1
    stream.close()
    assert closed.wait(PATIENCE_S)
    assert closed_in == made_in != [threading.get_ident()]


def test_closing_the_reader_cancels_an_asynchronous_iterator_that_waits() -> None:
    cancelled = threading.Event()

    async def make(stop: threading.Event) -> AsyncIterator[int]:
        yield 1
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise
        yield 2

    stream = run(make)
    assert next(stream) == 1
    stream.close()
    assert cancelled.wait(PATIENCE_S)


def test_a_reader_that_is_cancelled_ends_quietly_while_the_work_waits() -> None:
    cancelled = threading.Event()

    async def make(stop: threading.Event) -> AsyncIterator[int]:
        yield 1
        await asyncio.Event().wait()

    got = []
    for item in run(make, cancelled=cancelled.is_set):
        got.append(item)
        cancelled.set()
    assert got == [1]


@pytest.mark.parametrize("before", [0, 1])
def test_silence_is_told_with_its_limit(before: int) -> None:
    async def make(stop: threading.Event) -> AsyncIterator[int]:
        for item in range(before):
            yield item
        await asyncio.Event().wait()

    with pytest.raises(SilenceError) as caught:
        list(run(make, first_s=PATIENCE_S if before else 0.01, between_s=0.01))
    assert (caught.value.first, caught.value.limit_s) == (before == 0, 0.01)


def test_an_empty_batch_comes_while_nothing_does() -> None:
    go_on = threading.Event()

    def make(stop: threading.Event) -> Iterator[int]:
        assert go_on.wait(PATIENCE_S)
        yield 1

    got = []
    for batch in batches(make, every_s=0.001):
        got.append(batch)
        go_on.set()
    assert got[0] == []
    assert [item for batch in got for item in batch] == [1]


def test_a_task_hands_each_item_and_the_end_over_in_its_thread() -> None:
    got: list[object] = []
    task = Task(ordinary([1, 2], Foreseen("told")), each=got.append, ended=got.append)
    assert not task.over
    assert task.start().join(PATIENCE_S)
    assert got[:2] == [1, 2]
    assert isinstance(got[2], Foreseen)


def test_an_error_of_whoever_takes_the_items_ends_the_task_with_it() -> None:
    ends: list[BaseException | None] = []

    def each(item: int) -> None:
        raise Foreseen

    assert Task(asynchronous([1, 2]), each=each, ended=ends.append).start().join(PATIENCE_S)
    assert [type(end) for end in ends] == [Foreseen]


@pytest.mark.parametrize("kind", [ordinary, asynchronous])
def test_a_task_that_was_stopped_before_it_ran_hands_nothing_over(kind: Any) -> None:
    got: list[int] = []
    ends: list[BaseException | None] = []
    task = Task(kind([1, 2]), each=got.append, ended=ends.append)
    task.stop()
    assert task.start().join(PATIENCE_S)
    assert (got, ends, task.stopped) == ([], [None], True)


def test_an_error_after_stop_is_no_failure() -> None:
    ends: list[BaseException | None] = []

    def make(stop: threading.Event) -> Iterator[int]:
        if stop.wait(PATIENCE_S):
            raise Foreseen
        yield 1

    task = Task(make, each=lambda item: None, ended=ends.append).start()
    task.stop()
    assert task.join(PATIENCE_S)
    assert ends == [None]
