"""A pulse of ten thousand contractors in one workspace, in virtual time: how long beside what the limits allow."""

import tempfile
import time
from collections import Counter
from pathlib import Path

import storage.migrations
from bot.chat import Pace
from tests.simulation import SLACK, Fleet, Inline, Limits, simulate

CONTRACTORS = 10_000


async def _play(folder: Path, takes: Pace) -> tuple[Limits, float, float]:
    storage.migrations.ensure(str(folder / "care.db"))
    database, chat, began = Inline(folder / "care.db"), Limits(takes=takes), time.process_time()
    fleet = Fleet(database)
    await fleet.owes(await fleet.workspace("one", CONTRACTORS, chat))
    took = await fleet.until(lambda: len(chat.arrived) >= CONTRACTORS)
    await database.close()
    return chat, took, time.process_time() - began


def measure() -> None:
    """Print it, under limits that are as they say and under some that are half of it."""
    for name, takes in (("honest", SLACK), ("half of what they say", Pace(1.0, 2 * SLACK.per_workspace))):
        with tempfile.TemporaryDirectory() as folder:
            chat, took, cpu = simulate(_play(Path(folder), takes))
        ideal = CONTRACTORS * takes.per_workspace
        times = Counter(key for _channel, key, _at in chat.arrived)
        print(f"{CONTRACTORS} pulses, limits {name}: {took / 60:.1f} min, {took / ideal:.3f} × what they allow "
              f"(reach 1.05); 429s {sum(chat.turned_away.values())}, lost {CONTRACTORS - len(times)}, "
              f"repeated {len(chat.arrived) - len(times)}; {cpu / CONTRACTORS * 1000:.1f} ms CPU each")  # fmt: skip


if __name__ == "__main__":
    measure()
