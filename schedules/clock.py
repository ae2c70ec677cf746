"""APScheduler, holding a handful of jobs: not one per person, and not one that knows a feature."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import UTC

from apscheduler.schedulers.asyncio import AsyncIOScheduler

Job = Callable[[], Awaitable[object]]


def start(minutely: Job, sweep: Job, nightly: Job) -> AsyncIOScheduler:
    """Run the tick every minute, the courier's sweep every few seconds, house-keeping at night (UTC)."""
    clock = AsyncIOScheduler(
        timezone=UTC,
        # The default grace is one second: a busy moment would silently skip a tick.
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    clock.add_job(_endable(minutely), "cron", second=0, id="tick")
    clock.add_job(_endable(sweep), "interval", seconds=5, id="sweep")
    clock.add_job(_endable(nightly), "cron", hour=3, minute=30, id="housekeeping")
    clock.start()
    return clock


def _endable(job: Job) -> Job:
    """A job that a stop of the bot cuts off has not failed: what it left is done after the next start."""

    async def work() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await job()

    return work
