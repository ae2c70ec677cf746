"""The courier and its ledger in virtual time: hours of sending in seconds, with chats that keep limits of their own."""

import asyncio
import selectors
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlmodel import Session, select

import storage
from bot.card import Card, Text, Typed, card
from bot.chat import Landing, Limited, Pace
from bot.courier import Courier
from bot.planner import Letter, Owed
from storage.database import EVERYONE, CareSession, Work
from storage.sqlite import sqlite_engine

SLACK = Pace(1.0, 0.25)
START = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
T = TypeVar("T")


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose clock stands still while anything can be done, and jumps when all wait."""

    def __init__(self) -> None:
        super().__init__(selectors.SelectSelector())
        self.now = 0.0

    def time(self) -> float:
        return self.now

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:  # type: ignore[attr-defined]
            self.now = max(self.now, self._scheduled[0].when())  # type: ignore[attr-defined]
        super()._run_once()  # type: ignore[misc]


def simulate(story: Coroutine[Any, Any, T]) -> T:
    """Play a story in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(story)


@dataclass
class Inline:
    """The real storage without its thread, which would not know of virtual time."""

    path: Path
    connection: Connection = field(init=False)

    def __post_init__(self) -> None:
        self.engine = sqlite_engine(str(self.path))
        self.connection = self.engine.connect()
        self.connection.connection.driver_connection.execute("PRAGMA synchronous=OFF")  # type: ignore[union-attr]

    async def write(self, work: Work[T], workspace: int) -> T:
        info = {"workspace": workspace, "connection": self.connection}
        with self.connection.begin(), CareSession(self.connection, expire_on_commit=False, info=info) as db:
            found = work(db)
            db.commit()
        return found

    read = write

    async def close(self) -> None:
        self.connection.close()
        self.engine.dispose()


@dataclass
class Limits:
    """A chat that takes as many messages as it says, or fewer, and counts what it turned away."""

    pace: Pace = SLACK
    finds: bool = True
    takes: Pace = SLACK  # what it really allows
    latency: float = 0.2
    refusing: Callable[[str, float], float] = lambda call, at: 0.0  # seconds to wait, for a call at a moment
    arrived: list[tuple[str, str, float]] = field(default_factory=list)  # channel, key, when
    turned_away: Counter[str] = field(default_factory=Counter)
    early: int = 0  # calls while it had asked to be left alone
    _last: dict[str, float] = field(default_factory=dict)
    _minute: "deque[float]" = field(default_factory=deque)
    _alone: dict[str, float] = field(default_factory=dict)

    async def direct(self, user: str) -> str:
        return f"D{user}"

    async def send(self, channel: str, shown: Card, *, key: str, thread: str = "", locale: str = "en") -> Landing:
        now = asyncio.get_running_loop().time()
        await self._take("send", max(self._too_soon(channel, now), self.refusing("send", now)))
        self._last[channel] = now
        self._minute.append(now)
        self.arrived.append((channel, key, now))
        return Landing(channel, f"{len(self.arrived)}")

    async def find(self, channel: str, key: str, since: datetime) -> Landing | None:
        await self._take("find", self.refusing("find", asyncio.get_running_loop().time()))
        return next((Landing(where, "1") for where, sent, _at in self.arrived if sent == key), None)

    async def update(self, landing: Landing, shown: Card, *, locale: str = "en") -> None:
        await self._take("update", self.refusing("update", asyncio.get_running_loop().time()))

    async def _take(self, call: str, wait: float) -> None:
        """Answer after a while; refuse when it is too much, or when it had asked to be left alone."""
        now = asyncio.get_running_loop().time()
        self.early += now < self._alone.get(call, 0.0) - self.latency  # what was on its way cannot know
        if wait > 0:
            self.turned_away[call] += 1
            self._alone[call] = max(now + self.latency + wait, self._alone.get(call, 0.0))
        await asyncio.sleep(self.latency)
        if wait > 0:
            raise Limited(wait)

    def _too_soon(self, channel: str, now: float) -> float:
        """Seconds until one more is welcome: one a second in a channel, so many a minute in all."""
        most = round(60 / self.takes.per_workspace) if self.takes.per_workspace else 10**9
        while self._minute and self._minute[0] <= now - 60:
            self._minute.popleft()
        full = self._minute[0] + 60 - now if len(self._minute) >= most else 0.0
        return max(full, self._last.get(channel, -9e9) + self.takes.per_channel - now - 1e-6)


@dataclass
class Fleet:
    """Many workspaces with a courier in front of them."""

    database: Inline
    chats: dict[int, Any] = field(default_factory=dict)
    courier: Courier = field(init=False)

    def __post_init__(self) -> None:
        letters = {"tests.note": Letter(compose, False)}
        self.courier = Courier(self.database, self.chats, letters, self.now, boot="here", spread=lambda: 1.0)

    def now(self) -> datetime:
        return START + timedelta(seconds=asyncio.get_running_loop().time())

    async def workspace(self, name: str, people: int, chat: Any) -> int:
        """A workspace with so many people, who have been welcomed."""

        def make(db: Session) -> int:
            return int(storage.people.workspace(db, "slack", name).id or 0)

        workspace = await self.database.write(make, EVERYONE)
        rows = [
            storage.people.Person(user=f"U{n}", name=f"Person {n}", direct=f"DU{n}", welcomed_at=START)
            for n in range(people)
        ]
        await self.database.write(lambda db: db.add_all(rows), workspace)
        self.chats[workspace] = chat
        return workspace

    async def owes(self, workspace: int, priority: int = storage.deliveries.Priority.FAN_OUT, **more: Any) -> None:
        """A note to everybody of a workspace, or to whom `more` says."""

        def plan(db: Session) -> None:
            now = self.now()
            if more:
                storage.deliveries.plan(db, kind="tests.note", at=now, priority=priority, **more)
                return
            for person in everybody(db):
                db.add(storage.deliveries.Delivery(key=f"note:{person}", kind="tests.note", person_id=person, due_at=now,
                                                   next_at=now, priority=priority))  # fmt: skip

        await self.database.write(plan, workspace)

    async def until(self, done: Callable[[], bool], most: float = 1e6) -> float:
        """Run the courier, with its sweep every five seconds, until something is so; how many seconds it took."""
        clock = asyncio.get_running_loop().time
        began = clock()
        running = asyncio.create_task(self.courier.run())
        self.courier.wake()
        while not done() and clock() < began + most:
            await asyncio.sleep(1)
            if int(clock()) % 5 == 0:
                await self.courier.sweep()
        running.cancel()
        return clock() - began


def everybody(db: Session) -> list[int]:
    """The ids of all people of the workspace."""
    return [one for one in db.exec(select(storage.people.Person.id)).all() if one]


def compose(db: Session, owed: Owed, now: datetime) -> Card:
    """A note."""
    return card((Typed("A note"),), Text(Typed("A note")))
