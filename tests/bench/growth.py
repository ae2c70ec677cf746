"""How cost grows from 100 to 100,000 contractors: the idle tick, a pulse that falls due, its message, a night.

    python -m tests.bench.growth [FILE.json]      (then `python -m tests.bench.plot FILE.json FILE.png` draws it)

Everything runs as the bot runs it, on a database of its own; the chat answers at once, so that only our cost is seen.
"""

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert, update

import schedules
import storage
from bot.card import Card
from bot.chat import Landing, Pace
from bot.courier import Courier
from bot.turns import Turns
from schedules.health import plan_night
from storage.database import engine_of, open_database
from tests.bench.ground import ground, settle
from tests.bench.nightly import NIGHT, TEAM, fill

SIZES = (100, 1_000, 10_000, 100_000)
SOME = 500  # pulses and messages over which the cost of one is taken; everybody else's wait beside them
TICKS = 50
MEASURES = ("idle tick", "a pulse falls due", "a message sent", "the night")


class Instant:
    """A chat that takes everything at once."""

    async def direct(self, user: str) -> str:
        return f"D{user}"

    async def send(self, channel: str, card: Card, *, key: str, thread: str = "", locale: str = "en") -> Landing:
        return Landing(channel, key)


def calendar(url: str, people: int) -> None:
    """Some people's pulse falls due at one moment, everybody else's a day later; the contractors are there already."""
    managers = max(1, people // TEAM)
    with engine_of(url).begin() as connection:
        due = [
            {
                "workspace_id": 1,
                "kind": "pulse.ask",
                "subject": managers + n,
                "name": "2026-W49",
                "due_at": NIGHT + timedelta(days=n > SOME),
            }
            for n in range(1, people + 1)
        ]
        connection.execute(insert(storage.occurrences.Occurrence), due)
        connection.execute(update(storage.people.Person).values(welcomed_at=NIGHT))


async def cpu(work: Callable[[], Awaitable[object]]) -> float:
    """CPU seconds of this process."""
    before = time.process_time()
    await work()
    return time.process_time() - before


async def cost(people: int) -> dict[str, float]:
    """CPU milliseconds by measure."""
    with ground() as url:
        fill(url, people)
        calendar(url, people)
        settle(url)
        database = open_database(url).open()
        clock = [NIGHT - timedelta(hours=1)]

        async def learn(_workspace: int, _user: str) -> None: ...

        turns = Turns(database, {}, schedules.dues(), schedules.letters(), lambda: clock[0], lambda: None, learn)
        courier = Courier(database, {1: Instant()}, schedules.letters(), lambda: clock[0], boot="bench")  # type: ignore[dict-item]
        courier.pace = Pace(0.0, 0.0)
        await turns.tick(clock[0])
        idle = statistics.median([await cpu(lambda: turns.tick(clock[0])) for _ in range(TICKS)])
        clock[0] = NIGHT
        asked = await cpu(lambda: turns.tick(clock[0]))
        sent = await cpu(courier.drain)
        await database.write(lambda db: plan_night(db, NIGHT - timedelta(minutes=1)), 1)
        clock[0] = NIGHT + timedelta(minutes=1)
        night = await cpu(lambda: turns.tick(clock[0]))
        await database.close()
    each = min(SOME, people)
    return dict(zip(MEASURES, (idle * 1e3, asked * 1e3 / each, sent * 1e3 / each, night * 1e3), strict=True))


async def measure(file: str = "") -> None:
    """Print a line for each size, and keep all of it in a file where one is named."""
    found = {}
    for people in SIZES:
        found[people] = await cost(people)
        said = ", ".join(f"{name} {value:.2f} ms" for name, value in found[people].items())
        print(f"{people:,} contractors, CPU: {said}", flush=True)
    if file:
        Path(file).write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    asyncio.run(measure(*sys.argv[1:2]))
