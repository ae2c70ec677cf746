"""Functions that wait for a thread are done in turn, once or not at all, and each answer is one caller's own."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlmodel import Session

from storage import jobs
from storage.jobs import Job, Jobs

LONG = 30.0  # seconds; nothing here takes them unless something is wrong
STUCK = 0.05  # seconds that a thread which hangs is waited for


class Late(Exception):
    """Nobody began in time."""


@dataclass
class Bench:
    """Threads that do what they are told as soon as the gate is open."""

    most: int = 1
    jobs: Jobs = field(default_factory=Jobs)
    gate: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    batches: list[int] = field(default_factory=list)
    done: list[Any] = field(default_factory=list)

    def run(self) -> None:
        while batch := self.jobs.take(self.most):
            self.batches.append(len(batch))
            for job in batch:
                attempt(job)
            jobs.answer(batch)

    def waits(self, _: Session) -> str:
        """A function that goes on when the gate is opened."""
        self.begun.set()
        self.gate.wait(LONG)
        return "waited"

    def says(self, what: Any) -> Any:
        """A function that answers this, and notes that it was run."""

        def work(_: Session) -> Any:
            self.done.append(what)
            return what

        return work

    def asks(self, what: Any) -> "asyncio.Task[Any]":
        return asyncio.create_task(self.jobs.do(self.says(what), 1))

    async def held_up(self) -> "asyncio.Task[str]":
        """Its one thread is at something that ends when the gate is opened."""
        first = asyncio.create_task(self.jobs.do(self.waits, 1))
        await asyncio.to_thread(self.begun.wait, LONG)
        return first


def attempt(job: Job) -> None:
    try:
        job.result = job.work(None)  # type: ignore[arg-type]  # no function here asks a database
    except Exception as error:
        job.error = error


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    made.jobs.start(made.run)
    yield made
    made.gate.set()
    await made.jobs.end(LONG)


async def test_what_is_asked_for_is_done_in_its_turn(bench: Bench) -> None:
    first = await bench.held_up()
    asked = [bench.asks(number) for number in range(5)]
    await asyncio.sleep(0)
    assert bench.jobs.waiting == 5
    bench.gate.set()
    assert await asyncio.gather(first, *asked) == ["waited", 0, 1, 2, 3, 4]
    assert bench.done == [0, 1, 2, 3, 4]


async def test_what_has_queued_up_is_taken_together_and_no_more_than_may_be() -> None:
    bench = Bench(most=3)
    asked = [bench.asks(number) for number in range(7)]
    await asyncio.sleep(0)
    bench.jobs.start(bench.run)
    await asyncio.gather(*asked)
    await bench.jobs.end(LONG)
    assert bench.batches == [3, 3, 1]


async def test_an_error_is_its_callers_own(bench: Bench) -> None:
    def fails(_: Session) -> None:
        raise ZeroDivisionError

    ended = await asyncio.gather(bench.asks(1), bench.jobs.do(fails, 1), bench.asks(2), return_exceptions=True)
    assert (ended[0], ended[2]) == (1, 2)
    assert isinstance(ended[1], ZeroDivisionError)


# -- given up ------------------------------------------------------------------------------------------------


async def test_what_was_given_up_is_never_run(bench: Bench) -> None:
    first = await bench.held_up()
    with pytest.raises(Late):
        await bench.jobs.do(bench.says("late"), 1, 0.0, Late)
    bench.gate.set()
    await asyncio.gather(first, bench.asks("next"))
    assert bench.done == ["next"]


async def test_what_has_begun_is_not_given_up_however_long_it_takes(bench: Bench) -> None:
    loop = asyncio.get_running_loop()
    job = Job(bench.waits, 1, loop, loop.create_future())
    bench.jobs._queue.put(job)
    await asyncio.to_thread(bench.begun.wait, LONG)
    jobs._give_up(job, Late)
    bench.gate.set()
    assert await job.answer == "waited"


@pytest.mark.parametrize("most", [1, 3])
async def test_an_answer_for_a_caller_who_is_gone_harms_nobody(most: int) -> None:
    bench = Bench(most)
    gone, stays = bench.asks("gone"), bench.asks("stays")
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    bench.jobs.start(bench.run)
    assert await asyncio.wait_for(stays, LONG) == "stays"
    await bench.jobs.end(LONG)


def test_an_answer_that_comes_after_the_end_of_the_event_loop_harms_nobody() -> None:
    async def asks() -> Job:
        loop = asyncio.get_running_loop()
        return Job(lambda _: None, 1, loop, loop.create_future())

    jobs.answer([asyncio.run(asks())])


# -- a stop --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("threads", "most"), [(1, 1), (1, 3), (1, 64), (4, 1)])
async def test_a_stop_finishes_what_is_queued_and_ends_every_thread(threads: int, most: int) -> None:
    bench = Bench(most)
    asked = [bench.asks(number) for number in range(10)]
    await asyncio.sleep(0)
    bench.jobs.start(bench.run, threads)
    started = list(bench.jobs._threads)
    await bench.jobs.end(LONG)
    assert [thread.is_alive() for thread in started] == [False] * threads
    assert sorted(bench.done) == list(range(10))
    assert await asyncio.gather(*asked) == list(range(10))


async def test_a_stop_that_comes_while_a_batch_is_collected_still_ends_the_thread() -> None:
    bench = Bench(most=64)
    asked = bench.asks("last")
    await asyncio.sleep(0)
    bench.jobs._queue.put(None)  # right behind it, before the thread looks
    bench.jobs.start(bench.run)
    (thread,) = bench.jobs._threads
    await asyncio.to_thread(thread.join, LONG)
    assert not thread.is_alive()
    assert await asked == "last"


async def test_a_thread_that_is_stuck_is_left_behind_at_a_stop_and_holds_up_no_exit(bench: Bench) -> None:
    await bench.held_up()
    (stuck,) = bench.jobs._threads
    await asyncio.wait_for(bench.jobs.end(STUCK), LONG)
    assert stuck.is_alive()
    assert stuck.daemon  # so that the process ends without it
