"""Functions that wait for a thread of their database's, and bring their answers back to the event loop."""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from storage.database import T, Work


@dataclass(slots=True, eq=False)
class Job:
    """One function, what became of it, and who waits for that."""

    work: Work[Any]
    workspace: int
    loop: asyncio.AbstractEventLoop
    answer: "asyncio.Future[Any]"
    result: Any = None
    error: BaseException | None = None
    _left: list[None] = field(default_factory=lambda: [None])

    def taken(self) -> bool:
        """Take it in hand, unless somebody has: of a thread and of whoever gives it up only one does."""
        try:
            self._left.pop()
        except IndexError:
            return False
        return True


@dataclass(eq=False)
class Jobs:
    """Of one database, oldest first."""

    _queue: "queue.SimpleQueue[Job | None]" = field(default_factory=queue.SimpleQueue)
    _threads: list[threading.Thread] = field(default_factory=list)

    @property
    def waiting(self) -> int:
        """How many are not begun."""
        return self._queue.qsize()

    def start(self, run: Callable[[], None], threads: int = 1) -> None:
        """Let `run`, which takes jobs until there are none left, be at work."""
        self._threads = [threading.Thread(target=run, name=f"database-{n}", daemon=True) for n in range(threads)]
        for thread in self._threads:
            thread.start()

    async def end(self, seconds: float | None = None) -> None:
        """Finish what is queued, then stop; who has not within `seconds` (a server is stuck) is left behind."""
        for _ in self._threads:
            self._queue.put(None)
        joined = (asyncio.to_thread(thread.join, seconds) for thread in self._threads)
        await asyncio.gather(*joined)
        self._threads = []

    async def do(
        self, work: Work[T], workspace: int, patience: float = 0, given_up: Callable[[], BaseException] | None = None
    ) -> T:
        """Have it done by a thread; where none has begun within `patience` seconds, raises what `given_up` says."""
        loop = asyncio.get_running_loop()
        job = Job(work, workspace, loop, loop.create_future())
        self._queue.put(job)
        if given_up is None:
            return await job.answer  # type: ignore[no-any-return]
        alarm = loop.call_later(patience, _give_up, job, given_up)
        try:
            return await job.answer  # type: ignore[no-any-return]
        finally:
            alarm.cancel()

    def take(self, most: int) -> list[Job]:
        """What is queued, at most so many; waits for the first. [] when it is time to stop."""
        batch: list[Job] = []
        while (job := self._queue.get()) is not None:
            batch += [job] if job.taken() else []
            if batch and (len(batch) == most or self._queue.empty()):
                return batch
        if batch:
            self._queue.put(None)  # finish these first, then stop
        return batch


def _give_up(job: Job, given_up: Callable[[], BaseException]) -> None:
    if job.taken():
        job.error = given_up()
        _tell([job])


def answer(jobs: Sequence[Job]) -> None:
    """Wake the event loop once for all of them."""
    with contextlib.suppress(RuntimeError):  # it has ended: nobody waits any more
        jobs[0].loop.call_soon_threadsafe(_tell, jobs)


def _tell(jobs: Sequence[Job]) -> None:
    for job in jobs:
        if job.answer.done():
            continue
        if job.error is not None:
            job.answer.set_exception(job.error)
        else:
            job.answer.set_result(job.result)
