"""How cost grows from 100 to 100,000 contractors: the idle tick, a pulse falling due for everybody, its fan-out, a night.

    python -m tests.bench.growth [FILE.json]      (then `python -m tests.bench.plot FILE.json FILE.png` draws it)

Everything runs as the bot runs it, on a file of its own; the chat answers at once, so that only our cost is seen.
"""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert, update
from sqlmodel import Session, col, select

import schedules
import storage
from bot.card import Card
from bot.chat import Landing, Pace
from bot.courier import Courier
from bot.turns import Turns
from schedules.health import plan_night
from storage.database import EVERYONE
from storage.sqlite import SqliteDatabase, sqlite_engine
from tests.bench.nightly import NIGHT, TEAM, fill

SIZES = (100, 1_000, 10_000, 100_000)
SENT = 500  # messages over which one's cost is taken
TICKS = 50
MEASURES = ("idle tick", "pulse due for all", "message sent", "night")


class Instant:
    """A chat that takes everything at once."""

    async def direct(self, user: str) -> str:
        return f"D{user}"

    async def send(self, channel: str, card: Card, *, key: str, thread: str = "", locale: str = "en") -> Landing:
        return Landing(channel, key)


def calendar(path: str, people: int) -> None:
    """Everybody's pulse falls due at one moment; a workspace and its contractors are there already."""
    managers = max(1, people // TEAM)
    with sqlite_engine(path).begin() as connection:
        due = [
            {"workspace_id": 1, "kind": "pulse.ask", "subject": managers + n, "name": "2026-W49", "due_at": NIGHT}
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
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "care.db")
        fill(path, people)
        calendar(path, people)
        database = SqliteDatabase(path).open()
        clock = [NIGHT - timedelta(hours=1)]

        async def learn(_workspace: int, _user: str) -> None: ...

        turns = Turns(database, {}, schedules.dues(), schedules.letters(), lambda: clock[0], lambda: None, learn)
        courier = Courier(database, {1: Instant()}, schedules.letters(), lambda: clock[0], boot="bench")  # type: ignore[dict-item]
        courier.pace = Pace(0, 0)
        await turns.tick(clock[0])
        idle = statistics.median([await cpu(lambda: turns.tick(clock[0])) for _ in range(TICKS)])
        clock[0] = NIGHT
        asked = await cpu(lambda: turns.tick(clock[0]))
        await database.write(_keep_only_some, EVERYONE)
        sent = await cpu(courier.drain)
        await database.write(lambda db: plan_night(db, NIGHT - timedelta(minutes=1)), 1)
        clock[0] = NIGHT + timedelta(minutes=1)
        night = await cpu(lambda: turns.tick(clock[0]))
        await database.close()
    each = min(SENT, people)
    return dict(zip(MEASURES, (idle * 1e3, asked * 1e3, sent * 1e3 / each, night * 1e3), strict=True))


def _keep_only_some(db: Session) -> None:
    """The rest of the ledger stays, but is due later: one message's cost with all of it around."""
    rows = storage.deliveries.Delivery
    waiting = rows.state == storage.deliveries.State.DUE
    first = db.exec(select(col(rows.id)).where(waiting).order_by(col(rows.id)).limit(SENT)).all()
    later = update(rows).where(waiting, col(rows.id).not_in(first))  # type: ignore[arg-type]
    db.exec(later.values(next_at=NIGHT + timedelta(days=1)))


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
