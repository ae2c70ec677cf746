"""The minute tick with 100,000 engagements and nobody due."""

import asyncio
import statistics
import time
from datetime import UTC, datetime, timedelta

from sqlalchemy import event, insert
from sqlalchemy.engine import Engine

import handlers
import schedules
import storage
from bot.turns import Turns
from storage.database import engine_of, open_database
from tests.bench.ground import ground, settle

PEOPLE = 100_000
TICKS = 200
NOW = datetime(2026, 11, 26, 15, tzinfo=UTC)


def fill(url: str) -> None:
    """A pulse on the calendar for each of a hundred thousand people, all in the future."""
    engine = engine_of(url)
    with engine.begin() as connection:
        rows = [
            {
                "workspace_id": 1,
                "kind": "pulse.ask",
                "subject": n,
                "name": "2026-W49",
                "due_at": NOW + timedelta(minutes=n + 1),
            }
            for n in range(PEOPLE)
        ]
        connection.execute(insert(storage.occurrences.Occurrence), rows)
    engine.dispose()


async def measure() -> None:
    """Print the median tick and how many queries one makes."""
    with ground() as url:
        fill(url)
        settle(url)
        queries: list[str] = []
        event.listen(Engine, "before_cursor_execute", lambda *given: queries.append(given[2]))
        database = open_database(url).open()

        async def nobody(_workspace: int, _user: str) -> None:
            return None

        turns = Turns(
            database, handlers.routes(), schedules.dues(), schedules.letters(), lambda: NOW, lambda: None, nobody
        )
        await turns.tick(NOW)
        queries.clear()
        took = []
        for _ in range(TICKS):
            began = time.perf_counter()
            assert await turns.tick(NOW) == 0
            took.append(time.perf_counter() - began)
        asked = [query for query in queries if not query.startswith("BEGIN")]
        await database.close()
    print(
        f"minute tick, {PEOPLE:,} people, nobody due: {statistics.median(took) * 1000:.2f} ms, "
        f"{len(asked) / TICKS:.0f} query (reach 2 ms, worth reaching 0.2 ms, one query)"
    )


if __name__ == "__main__":
    asyncio.run(measure())
