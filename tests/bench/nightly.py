"""How long the nightly look takes, how much memory, and how long a tap waits for it.

    python -m tests.bench.nightly [people …]      (default: 10000 50000 100000; with 12 weeks each)

A database is filled in a process of its own, so that filling it does not count; then one night runs as the bot runs it,
by the minute tick, while somebody taps every few milliseconds.
"""

import asyncio
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, col, select

import schedules
import storage
from bot.care.occurrences import iso_week
from bot.care.pulse import Outcome
from bot.turns import Turns
from schedules.health import plan_night
from storage.cases import HealthAlert
from storage.database import EVERYONE, Store, engine_of, open_database
from tests.bench.ground import ground, settle
from tests.bench.taps import memory

NIGHT = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
WEEKS, TEAM = 12, 20
ANSWERS = 0.85  # of the weeks
BATCH = 10_000
TAP_EVERY = 0.003  # seconds


def fill(url: str, people: int) -> None:
    """Contractors in teams of twenty, each with twelve weeks of pulse."""
    chance = random.Random(people)
    managers = max(1, people // TEAM)
    with engine_of(url).begin() as connection:

        def put(table: Any, rows: Iterable[dict[str, Any]]) -> None:
            for batch in _batches(rows):
                connection.execute(insert(table), batch)

        put(storage.people.Workspace, [{"platform": "slack", "team": "T1", "care_channel": "C0CARE"}])
        put(
            storage.people.Person,
            ({"workspace_id": 1, "user": f"U{n}", "name": f"Person {n}"} for n in range(1, people + managers + 1)),
        )
        put(
            storage.engagements.Engagement,
            (
                {
                    "workspace_id": 1,
                    "contractor_id": managers + n,
                    "manager_id": n % managers + 1,
                    "role": "Engineer",
                    "bottleneck": "",
                    "status": "active",
                    "starts_on": date(2026, 11, 1) - timedelta(days=chance.randrange(400)),
                }
                for n in range(1, people + 1)
            ),
        )
        for back in range(WEEKS, 0, -1):
            put(storage.pulse.PulseRound, _week(chance, range(managers + 1, managers + people + 1), back))


def _week(chance: random.Random, people: Iterable[int], back: int) -> Iterator[dict[str, Any]]:
    asked = NIGHT - timedelta(weeks=back, days=-2)
    for person in people:
        answered = chance.random() < ANSWERS
        usual = 3.9 - (person % 17 == 0) - 1.5 * (person % 43 == 0 and back < 3)
        yield {
            "workspace_id": 1, "person_id": person, "week": iso_week(asked.date()), "questions": "week",
            "asked_at": asked, "closes_at": asked + timedelta(hours=72), "submitted_at": asked if answered else None,
            "outcome": Outcome.ANSWERED if answered else Outcome.MISSED, "heavy": answered and chance.random() < 0.02,
            "mean": min(5.0, max(1.0, round(chance.gauss(usual, 0.6) * 4) / 4)) if answered else None,
        }  # fmt: skip


def _batches(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


async def nights(url: str) -> None:
    """The first night, which finds everything; the one after, which finds little; one while somebody taps."""
    database = open_database(url).open()
    clock = [NIGHT]

    async def learn(workspace: int, user: str) -> None: ...

    turns = Turns(database, {}, schedules.dues(), schedules.letters(), lambda: clock[0], lambda: None, learn)
    await database.write(lambda db: plan_night(db, NIGHT - timedelta(minutes=1)), 1)
    await turns.tick(NIGHT - timedelta(hours=1))
    await _tap(database)
    for what in ("first night", "the night after", "one with taps"):
        told, before = await database.write(_told, EVERYONE), _forget_peak()
        waits: list[float] = []
        tapping = asyncio.create_task(_taps(database, waits)) if what == "one with taps" else None
        began, busy = time.perf_counter(), time.process_time()
        await turns.tick(clock[0])
        seconds, cpu = time.perf_counter() - began, time.process_time() - busy
        told = await database.write(_told, EVERYONE) - told
        print(
            f"  {what}: {cpu:.2f} s CPU, {seconds:.2f} s, peak {_peak():.0f} MB (+{_peak() - before:.1f}), {told} alerts",
            flush=True,
        )
        if tapping is not None:
            tapping.cancel()
            print(f"    {len(waits)} taps waited {statistics.median(waits) * 1000:.0f} ms, "
                  f"at worst {max(waits) * 1000:.0f} ms", flush=True)  # fmt: skip
        clock[0] += timedelta(days=1)
    await database.close()


def _told(db: Session) -> int:
    return len(db.exec(select(col(HealthAlert.id))).all())


async def _taps(database: Store, waits: list[float]) -> None:
    while True:
        waits.append(await _tap(database))
        await asyncio.sleep(TAP_EVERY)


async def _tap(database: Store) -> float:
    """One tapped number, as the pulse keeps it."""
    began = time.perf_counter()
    await database.write(lambda db: storage.pulse.tap(db, 1, "week", 4, "care"), 1)
    return time.perf_counter() - began


def _peak() -> float:
    """Megabytes held at most since `_forget_peak`; getrusage would begin with what the parent process held."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise LookupError("no VmHWM")


def _forget_peak() -> float:
    """From now on `_peak` counts anew; answers what is held now."""
    Path("/proc/self/clear_refs").write_text("5")
    return memory(os.getpid())


def main() -> None:
    """Each size in processes of its own."""
    if sys.argv[1:2] == ["fill"]:
        fill(sys.argv[2], int(sys.argv[3]))
        settle(sys.argv[2])
    elif sys.argv[1:2] == ["run"]:
        asyncio.run(nights(sys.argv[2]))
    else:
        for people in [int(size) for size in sys.argv[1:]] or [10_000, 50_000, 100_000]:
            with ground() as url:
                print(f"{people} people, {WEEKS} weeks", flush=True)
                for what in (["fill", url, str(people)], ["run", url]):
                    subprocess.run([sys.executable, "-m", "tests.bench.nightly", *what], check=True)


if __name__ == "__main__":
    main()
