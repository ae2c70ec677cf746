"""One torture from the first start to the verdict."""

import asyncio
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from sqlalchemy import create_engine
from sqlmodel import Session

from storage.database import EVERYONE, CareSession, engine_of, is_postgres
from storage.sqlite import sqlite_path
from tests.torture import plan, verdict
from tests.torture.crowd import Crowd
from tests.torture.verdict import Verdict
from tests.torture.world import World, a_world

T = TypeVar("T")
CALM = (60, 3600, 3600, 2 * 86_400)  # seconds jumped over at the end, until nothing is owed any more
A_LIFE = 2.5  # seconds from one start to the next: over all of them people are asked
AT_MOST = 60  # seconds the bot gets after each of them


@dataclass
class Outcome:
    """What happened, for whoever reads it."""

    seed: str
    starts: int
    kills: int
    caught: int  # messages that were being sent when the bot was killed
    ended: list[int]
    calls: int
    struck: Counter[str]
    taps: int
    acknowledged: int
    verdict: Verdict
    stumbled: list[str]  # unexpected errors in the bot's log
    seconds: float

    @property
    def wrong(self) -> list[str]:
        """Everything that must not be."""
        return self.verdict.wrong + [f"stumbled: {one}" for one in self.stumbled]

    def __str__(self) -> str:
        made, faults = self.verdict, ", ".join(f"{kind} {count}" for kind, count in sorted(self.struck.items()))
        skipped = ", ".join(f"{reason} {count}" for reason, count in made.skipped.items()) or "none"
        return (
            f"seed {self.seed}: {self.kills} kills and {self.starts} starts in {self.seconds:.0f} s"
            f" (ended by themselves: {self.ended or 'none'}); {self.caught} messages were being sent at a kill\n"
            f"workspace: {self.calls} calls; faults: {faults}\n"
            f"people: {self.taps} requests, {self.acknowledged} deeds acknowledged, {len(made.forgotten)} not kept once\n"
            f"ledger: {made.sent} sent, {made.waiting} not due yet, skipped: {skipped}\n"
            f"lost {len(made.lost)}, repeated {len(made.repeated)}, unexplained {len(made.unexplained)}, "
            f"unexpected errors {len(self.stumbled)}"
        )


async def torture(folder: Path, seed: str, contractors: int, each: int, kills: int, database: str = "") -> Outcome:
    """Kill the bot `kills` times while `contractors` people do `each` things; then compare."""
    began = time.monotonic()
    async with a_world(folder, seed, contractors, free_port(), kills * A_LIFE, database) as world:
        crowd, made = Crowd(world, plan.deeds(seed, contractors, each)), Verdict()
        caught = 0
        acting = asyncio.create_task(crowd.act())
        for life in plan.lives(seed, kills):
            await world.start()
            if not life.early:
                await world.answers()
            await asyncio.sleep(life.seconds)
            await world.end()
            caught += look(world, verdict.in_hand)
            if life.jump:
                await world.jump(life.jump)
        world.weather.fair = True
        await world.start()
        await acting
        await crowd.remember()
        await world.end(signal.SIGTERM)
        look(world, lambda db: verdict.of_deeds(db, crowd, made))
        await calm(world)
        look(world, lambda db: verdict.of_ledger(db, world.workspace, world.clock.now(), made))
        log = world.log.read_text().splitlines()
        stumbled = [line for line in log if "unexpected error" in line or "Traceback" in line]
        return Outcome(
            seed, world.starts, kills, caught, world.ended, sum(world.weather.calls.values()), world.weather.struck, crowd.tried,
            len(crowd.acknowledged), made, stumbled, time.monotonic() - began,
        )  # fmt: skip


async def calm(world: World) -> None:
    """Let everything fall due that was put off, in fair weather, each time by a bot that was stopped and started."""
    for seconds in CALM:
        world.clock.ahead += timedelta(seconds=seconds)
        await world.start()
        for _ in range(AT_MOST):
            await asyncio.sleep(1)
            if not look(world, lambda db: verdict.still_owed(db, world.clock.now())):
                break
        await world.end(signal.SIGTERM)


def look(world: World, work: Callable[[Session], T]) -> T:
    """Read what is kept, beside the bot: without the lock of a writer, or one would keep the other waiting."""
    url = world.database
    engine = engine_of(url) if is_postgres(url) else create_engine(f"sqlite:///{sqlite_path(url)}")
    with CareSession(engine, info={"workspace": EVERYONE}) as db:
        found = work(db)
    engine.dispose()
    return found


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
