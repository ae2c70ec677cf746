"""What carries a message from the ledger to a chat: the courier itself, or a job queue with a job for each message.

    python -m tests.bench.carriers      (the queue is measured where `procrastinate` is installed)

The same letters, the same ledger, and a chat that takes everything at once, so that only the carrying is seen.
"""

import asyncio
import logging
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlmodel import Session

import storage
from bot.card import Card, Text, Typed, card
from bot.chat import Landing, Pace
from bot.courier import Courier
from bot.packing import Parcel
from bot.planner import Letter, Owed
from storage.database import EVERYONE, Store, open_database, scoped
from storage.postgres import address
from tests.postgres import found

MESSAGES = 1_000
NOW = datetime(2026, 11, 26, 15, tzinfo=UTC)
Carry = Callable[[Courier, Store], Awaitable[object]]


class Taking:
    """A chat that takes everything at once."""

    pace = Pace(0, 0)
    finds = True

    async def direct(self, user: str) -> str:
        return f"D{user}"

    async def send(self, channel: str, card: Card, *, key: str, thread: str = "", locale: str = "en") -> Landing:
        return Landing(channel, key)


def compose(_db: Session, owed: Owed, _now: datetime) -> Card:
    """As small as a letter can be."""
    return card((Typed(owed.key),), Text(Typed(owed.key)))


def owe(db: Session) -> int:
    """Everybody a message."""
    workspace = storage.people.workspace(db, "slack", "T1").id or 0
    with scoped(db, workspace):
        for n in range(MESSAGES):
            person = storage.people.Person(user=f"U{n}", name=f"Person {n}", welcomed_at=NOW)
            db.add(person)
            db.flush()
            storage.deliveries.plan(db, f"note:{n}", "bench.note", at=NOW, person=person.id)
    return workspace


async def drained(courier: Courier, _database: Store) -> None:
    """The courier takes what is due from the ledger."""
    await courier.drain()


async def queued(courier: Courier, database: Store, url: str) -> None:
    """A job for each message; the queue's workers bring it back to the courier."""
    procrastinate = import_module("procrastinate")
    where = address(url).set(drivername="postgresql").render_as_string(hide_password=False)
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=where, max_size=20))

    def take(db: Session, key: str) -> Parcel | bool:
        row = storage.deliveries.by_key(db, key)
        assert row is not None
        return courier.packer.pack(db, row, NOW)

    @app.task(name="deliver")  # type: ignore[untyped-decorator, unused-ignore]
    async def deliver(key: str) -> None:
        parcel = await database.write(partial(take, key=key), 1)
        assert isinstance(parcel, Parcel)
        await courier._deliver(parcel, lambda: None)

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        await deliver.batch_defer_async(*({"key": f"note:{n}"} for n in range(MESSAGES)))
        await app.run_worker_async(concurrency=20, wait=False, delete_jobs="always", install_signal_handlers=False)


async def measure(name: str, url: str, carry: Carry) -> None:
    """Print what one message costs this process, and how long all of them took."""
    database = open_database(url)
    await database.prepare()
    database.open()
    chats: Any = {await database.write(owe, EVERYONE): Taking()}
    courier = Courier(database, chats, {"bench.note": Letter(compose, False)}, lambda: NOW, boot="bench",
                      shared=database.shared)  # fmt: skip
    began, cpu = time.perf_counter(), time.process_time()
    await carry(courier, database)
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    states, _since, _due = await database.read(lambda db: storage.deliveries.census(db, NOW), EVERYONE)
    assert states == {storage.deliveries.State.SENT: MESSAGES}, states
    await database.close()
    print(f"{name}: {cpu / MESSAGES * 1000:.2f} ms CPU a message, {MESSAGES / took:.0f} messages/s")


def main() -> None:
    """Each of them."""
    logging.getLogger("procrastinate").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder, found() as server:
        file = f"sqlite+aiosqlite:///{Path(folder)}/care.db"
        asyncio.run(measure("courier over SQLite", file, drained))
        asyncio.run(measure("courier over PostgreSQL", server.migrated(), drained))
        try:
            import_module("procrastinate")
        except ImportError:
            print("procrastinate is not installed: the queue is not measured")
            return
        url = server.migrated()
        asyncio.run(
            measure("Procrastinate over PostgreSQL", url, lambda courier, database: queued(courier, database, url))
        )


if __name__ == "__main__":
    main()
