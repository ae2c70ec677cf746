"""When the next message may leave: each channel's and workspace's free moments, and what chats asked to be left alone with."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlmodel import Session

import storage.slots
from bot.chat import Limited, Pace
from bot.errors import DatabaseAway
from storage.database import Database, Work
from storage.deliveries import Call

Sleep = Callable[[float], Awaitable[None]]
AWAY = 1.0  # seconds until a database that is away is asked again
LATE = 0.5  # seconds after its moment that a message may still leave: chats overlook a few at once, and not many
MOST_MOMENTS = 3  # taken for one message: a machine that is always late must not keep it for ever


@dataclass
class Pacing:
    """Of one process. Where it is `shared`, replicas take their moments in the database, which all of them see."""

    database: Database
    now: Callable[[], datetime]
    shared: bool = False
    limited: Counter[Call] = field(default_factory=Counter)  # how often a chat asked to be left alone
    _slots: dict[tuple[int, str], float] = field(default_factory=dict)
    _held: dict[tuple[int, Call], datetime] = field(default_factory=dict)  # not before, as the workspace's chat asked

    async def turn(self, workspace: int, channel: str, pace: Pace, sleep: Sleep) -> None:
        """Wait for the next free moment of this channel, and then of this workspace: what waits holds up nobody else."""
        if pace == Pace(0, 0):
            return
        if (wait := await self._left(workspace, channel)) > 0:
            await sleep(wait)
        clock = asyncio.get_running_loop().time
        for _ in range(MOST_MOMENTS):
            began = clock()
            if (wait := await self._take(workspace, channel, pace)) > 0:
                await sleep(wait)
            if clock() - began - wait <= LATE:
                return  # or else this machine was held up, and whatever waited here would leave at once

    async def _left(self, workspace: int, channel: str) -> float:
        if self.shared:
            return await self._there(partial(storage.slots.left, channel=channel), workspace)
        return self._slots.get((workspace, channel), 0.0) - asyncio.get_running_loop().time()

    async def _take(self, workspace: int, channel: str, pace: Pace) -> float:
        if self.shared:
            return await self._there(partial(self._take_there, channel=channel, pace=pace), workspace)
        clock = asyncio.get_running_loop().time()
        at = max(clock, self._slots.get((workspace, ""), 0.0))
        self._slots[workspace, ""] = at + pace.per_workspace
        self._slots[workspace, channel] = at + pace.per_channel
        if len(self._slots) > 10_000:
            self._slots = {slot: free for slot, free in self._slots.items() if free > clock}
        return at - clock

    async def _there(self, work: Work[float], workspace: int) -> float:
        """Where all see it. Nothing has left yet, so that a database that is away is only waited for."""
        while True:
            try:
                return await self.database.write(work, workspace)
            except DatabaseAway:
                await asyncio.sleep(AWAY)

    def _take_there(self, db: Session, channel: str, pace: Pace) -> float:
        """A moment; and what the chat asked another replica for meanwhile holds for this message, too."""
        self.held(db, self.now())
        return storage.slots.take(db, channel, pace.per_channel, pace.per_workspace)

    # -- what a chat asked for -------------------------------------------------------------------------

    @contextlib.contextmanager
    def allowed(self, workspace: int, call: Call, wake: Callable[[], None]) -> Iterator[None]:
        """One call to a chat, unless it asked to be left alone with this kind of call. Raises Limited."""
        held = (self._held.get((workspace, call), self.now()) - self.now()).total_seconds()
        if held > 0:
            raise Limited(held)
        try:
            yield
        except Limited as limit:
            self.limited[call] += 1
            self._hold(workspace, call, self.now() + timedelta(seconds=limit.seconds))
            asyncio.get_running_loop().call_later(limit.seconds, wake)
            raise

    def held(self, db: Session, now: datetime) -> dict[Call, datetime]:
        """What this workspace's chat does not want to be asked now, and until when, whichever replica was told."""
        workspace = db.info["workspace"]
        if self.shared:
            for call, until in storage.slots.held(db, now).items():
                self._hold(workspace, call, until)
        return {call: until for (where, call), until in list(self._held.items()) if where == workspace and until > now}

    def tell(self, db: Session, now: datetime) -> None:
        """Let the other replicas know."""
        for call, until in self.held(db, now).items() if self.shared else ():
            storage.slots.hold(db, call, until)

    def _hold(self, workspace: int, call: Call, until: datetime) -> None:
        """For as long as the longest of what was asked for: of two answers the later may ask for less."""
        self._held[workspace, call] = max(self._held.get((workspace, call), until), until)
