"""A pulse of thousands by two replicas on one PostgreSQL, in real time: how long beside what the limits allow.

    TEST_DATABASE_URL=… python -m tests.bench.replicas [contractors]      (default: 10000, which take 42 minutes)

The workspace turns away what comes faster than it says; both replicas keep one pace, by rows of the database.
"""

import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlmodel import func, select

from bot.app import utc_now
from bot.demo.faults import Fault, Faults
from bot.slack.transport import SlackChat
from storage.database import EVERYONE
from storage.deliveries import Delivery, State
from tests.postgres import found
from tests.replicas import Fleet, fleet

BEGINS = timedelta(seconds=60)  # until both are up
ALLOWED = 1 / SlackChat.pace.per_workspace  # messages a second
BURST = 4  # messages at once that Slack overlooks


class Strict(Faults):
    """A workspace that takes what it says and not a message more."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__()
        self.clock, self.room, self.at, self.turned_away = clock, float(BURST), clock(), 0

    def strike(self, method: str) -> Fault | None:
        """The fault that hits this call, if any."""
        if method != "chat.postMessage":
            return None
        now = self.clock()
        self.room, self.at = min(BURST, self.room + (now - self.at) * ALLOWED), now
        if self.room < 1:
            self.turned_away += 1
            return Fault("rate_limit", seconds=1.0)
        self.room -= 1
        return None


async def all_sent(bots: Fleet, people: int) -> float:
    """Seconds until the ledger says so of every question."""
    sent = select(func.count()).where(Delivery.kind == "pulse.question", Delivery.state == State.SENT)
    began = time.monotonic()
    while await bots.database.read(lambda db: db.exec(sent).one(), EVERYONE) < people:
        await asyncio.sleep(2)
    return time.monotonic() - began


async def measure(people: int) -> None:
    """Print it."""
    with tempfile.TemporaryDirectory() as folder, found() as server:
        async with fleet(server.migrated(), Path(folder)) as bots:
            strict = bots.workspace.faults = Strict(time.monotonic)
            begins = utc_now() + BEGINS
            await bots.everybody_is_asked(people, begins)
            for _ in range(2):
                await bots.start(paced=True)
            await asyncio.sleep((begins - utc_now()).total_seconds())
            took = await all_sent(bots, people)
            asked, by = bots.asked(), Counter(row.boot for row in await bots.rows())
            print(f"{people} pulses by two replicas: {took / 60:.1f} min, {took * ALLOWED / people:.3f} × what the limits "
                  f"allow (reach 1.05), the wait for the minute's tick included; 429s {strict.turned_away}, "
                  f"lost {people - len(+asked)}, repeated {asked.total() - len(+asked)}; "
                  f"by replica {sorted(by.values())}")  # fmt: skip


if __name__ == "__main__":
    asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
