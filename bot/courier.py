"""Takes what is due in the ledger to the chats, once in effect."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import random

from sqlmodel import Session

import storage.deliveries
import storage.people
from bot.chat import Ambiguous, Chat, Landing, Limited, Pace, Refused, Unsent
from bot.holds import BEAT, Holds, Unheld
from bot.language import speaking
from bot.pacing import Pacing
from bot.packing import Packer, Parcel
from bot.planner import Letter
from bot.turns import reference, unheard
from storage.database import EVERYONE, Database, gave_up
from storage.deliveries import HOLD, Call, Lane, State

log = logging.getLogger(__name__)

AT_ONCE = 20  # in flight of one workspace: Slack rate-limits looking for markers, so few may become ambiguous at once
AHEAD = 1.0  # seconds of sends that are taken in hand before their turn: what is urgent waits no longer than that
SETTLES = timedelta(seconds=5)  # how long a lost reply's message may take to be found in the channel's history
BACKOFF = (2, 10, 60, 300, 900, 3600)  # seconds before the next attempt when a chat is in trouble
MOST_ATTEMPTS = 12
LONGEST_BEHIND = timedelta(minutes=1)  # how long a reader's other messages wait for the one in front that is in trouble
UNSURE = "may have arrived: look there, and have it sent again if it did not"


@dataclass
class Courier:
    """`deliver` everything due; `run` does so whenever it is woken."""

    database: Database
    chats: Mapping[int, Chat]
    letters: Mapping[str, Letter]
    now: Callable[[], datetime]
    boot: str
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    pace: Pace | None = None  # instead of each chat's own
    spread: Callable[[], float] = lambda: 1 + random() / 5  # so that what failed together is not tried together
    shared: bool = False  # other replicas deliver, too
    pacing: Pacing = field(init=False)
    holds: Holds = field(init=False)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _expected: "dict[tuple[int, str], asyncio.Future[None]]" = field(default_factory=dict)
    _in_hand: set[int] = field(default_factory=set)  # deliveries that are being sent
    _queued: Counter[int] = field(default_factory=Counter)  # workspace -> of those, how many wait for their turn
    _rounds: "dict[int, asyncio.Task[int]]" = field(default_factory=dict)
    _more: dict[int, asyncio.Event] = field(default_factory=dict)  # of a round: there may be more to claim now
    _resting: bool = False

    def __post_init__(self) -> None:
        self.pacing = Pacing(self.database, self.now, self.shared)
        self.holds = Holds(self.now, self.shared)

    @property
    def packer(self) -> Packer:
        """What is claimed is packed by it."""
        return Packer(self.letters, self.pacing, self.boot, self.shared)

    @property
    def busy(self) -> bool:
        """Whether something is on its way."""
        return bool(self._rounds)

    def expect(self, workspace: int, key: str) -> "asyncio.Future[None]":
        """Done as soon as the message of this key has left, or will not."""
        return self._expected.setdefault((workspace, key), asyncio.get_running_loop().create_future())

    def wake(self) -> None:
        """There may be something to deliver."""
        self._woken.set()

    async def run(self) -> None:
        """Deliver whenever woken, until cancelled."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            try:
                for begun in await self._set_out():
                    begun.add_done_callback(_tell)
            except Exception as error:  # a bad moment of the database must not be the end of all messages
                unheard(error)

    async def keep_hold(self) -> None:
        """Beside other replicas: say what is still in hand, and take over what a dead one left; until cancelled."""
        await self.holds.keep(self._beat)

    async def _beat(self) -> None:
        now = self.now()
        renew = partial(storage.deliveries.renew, boot=self.boot, ids=set(self._in_hand), until=now + HOLD)
        self.holds.renewed(await self.database.write(renew, EVERYONE), now + HOLD)
        if await self.recover():
            asyncio.get_running_loop().call_later(SETTLES.total_seconds(), self.wake)

    async def sweep(self) -> None:
        """What nobody woke us for: left half-way, or put off until now."""
        await self.recover()
        self.wake()

    async def recover(self) -> int:
        """Take over what a dead process, or a bad moment of this one, left half-way."""
        now = self.now()
        take_over = partial(storage.deliveries.recover, in_hand=self._in_hand, shared=self.shared)
        return await self.database.write(lambda db: take_over(db, self.boot, now, now + SETTLES), EVERYONE)

    async def drain(self) -> int:
        """Deliver all that is due now; answers how many left or were settled."""
        settled = 0
        while happened := sum(await asyncio.gather(*await self._set_out())):
            settled += happened
        return settled

    async def rest(self, seconds: float) -> None:
        """Take nothing more in hand, and let what is under way arrive; what does not is looked for after the next start."""
        self._resting = True
        for more in self._more.values():
            more.set()
        if rounds := list(self._rounds.values()):
            await asyncio.wait(rounds, timeout=seconds)
        for begun in rounds:
            begun.cancel()
        await asyncio.gather(*rounds, return_exceptions=True)

    # -- rounds: one for each workspace that is owed something, so that none waits for another ----------------

    async def _set_out(self) -> "list[asyncio.Task[int]]":
        """Begin a round for each workspace that is owed something; who is on one already hears that there is more."""
        owed = await self.database.write(partial(storage.deliveries.owed, now=self.now()), EVERYONE)
        begun = []
        for workspace in owed:
            if workspace in self._rounds:
                self._more[workspace].set()
            elif not self._resting:
                self._more[workspace] = asyncio.Event()
                self._rounds[workspace] = asyncio.create_task(self._round(workspace))
                begun.append(self._rounds[workspace])
        self._release()
        return begun

    async def _round(self, workspace: int) -> int:
        """Deliver what one workspace is owed, the urgent first and each reader's in order, until nothing is due."""
        settled, carried = 0, dict[asyncio.Task[None], Lane]()
        try:
            while True:
                self._more[workspace].clear()
                room = 0 if self._resting else self._room(workspace, len(carried))
                claim = partial(self._claim, most=room, busy=set(carried.values()))
                parcels, closed = await self.database.write(claim, workspace) if room else ([], 0)
                settled += closed + len(parcels)
                for parcel in parcels:
                    carried[asyncio.create_task(self._carry(parcel))] = parcel.lane
                if not (parcels or closed or carried):
                    return settled
                if not (parcels or closed):
                    await self._changed(workspace, carried)
                for task in [task for task in carried if task.done()]:
                    carried.pop(task)
                    task.result()
        except asyncio.CancelledError:
            for task in carried:
                task.cancel()
            raise
        finally:
            await asyncio.gather(*carried, return_exceptions=True)
            del self._rounds[workspace], self._more[workspace]
            self._release()

    def _room(self, workspace: int, carried: int) -> int:
        """How many more may be taken in hand: no more than can be sent soon, so that what is urgent can still go first."""
        chat = self.chats.get(workspace)
        pace = self.pace or (chat.pace if chat else None)
        soon = max(1, int(AHEAD / pace.per_workspace)) if pace and pace.per_workspace else AT_ONCE
        return max(0, min(AT_ONCE - carried, soon - self._queued[workspace]))

    async def _changed(self, workspace: int, carried: "dict[asyncio.Task[None], Lane]") -> None:
        """Until a message has left, or arrived, or there is something new."""
        more = asyncio.create_task(self._more[workspace].wait())
        try:
            await asyncio.wait({more, *carried}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            more.cancel()

    def _release(self) -> None:
        """Nothing more is due: whoever waits for a message has waited enough."""
        for workspace, key in list(self._expected):
            if workspace not in self._rounds:
                self._arrived(workspace, key)

    def _arrived(self, workspace: int, key: str) -> None:
        expected = self._expected.pop((workspace, key), None)
        if expected is not None and not expected.done():
            expected.set_result(None)

    # -- inside a transaction -------------------------------------------------------------------------

    def _claim(self, db: Session, most: int, busy: set[Lane]) -> tuple[list[Parcel], int]:
        """Of each reader the first, and nobody's who is being written to."""
        if db.info["workspace"] not in self.chats and storage.people.the_workspace(db).active:
            return [], 0  # another replica has this chat, or this one after its next start
        now = self.now()
        parcels: list[Parcel] = []
        closed = 0
        held = self.pacing.held(db, now)
        for delivery in storage.deliveries.claimable(db, now, most, held, busy, self.shared):
            if delivery.lane in busy:
                continue
            parcel = self.packer.pack(db, delivery, now)
            if isinstance(parcel, Parcel):
                parcels.append(parcel)
                busy = busy | {parcel.lane}
            else:
                closed += parcel
        return parcels, closed

    # -- outside --------------------------------------------------------------------------------------

    async def _carry(self, parcel: Parcel) -> None:
        """Send one; whatever happens to it happens to it alone."""
        self._in_hand.add(parcel.id)
        self._queued[parcel.workspace] += 1
        queued = [1]  # until its turn has come

        def leaves() -> None:
            self._queued[parcel.workspace] -= queued.pop() if queued else 0
            if parcel.workspace in self._more:
                self._more[parcel.workspace].set()

        try:
            await self._deliver(parcel, leaves)
        except Exception as error:  # a bad moment of the database: it is looked for when its lease is over
            unheard(error, workspace=parcel.workspace, key=parcel.key)
        finally:
            leaves()
            self._in_hand.discard(parcel.id)

    async def _deliver(self, parcel: Parcel, leaves: Callable[[], None]) -> None:
        chat = self.chats.get(parcel.workspace)
        if chat is None:
            return await self._settle(parcel, State.FAILED, "no chat is connected for this workspace")
        try:
            with speaking(parcel.locale):
                landing = await self._send(chat, parcel, leaves)
        except Unheld:
            await self._again(parcel, BEAT, ambiguous=parcel.ambiguous, counts=False)
        except Limited as limit:
            await self._again(parcel, limit.seconds * self.spread(), ambiguous=parcel.ambiguous, counts=False)
        except Ambiguous as trouble:
            unsent = isinstance(trouble, Unsent)
            if parcel.attempts >= MOST_ATTEMPTS:
                reason = f"the chat did not take it: {trouble}" if unsent else "the chat did not answer"
                return await self._settle(parcel, State.FAILED, reason)
            wait = max(SETTLES.total_seconds(), BACKOFF[min(parcel.attempts - 1, len(BACKOFF) - 1)])
            await self._again(parcel, wait * self.spread(), ambiguous=parcel.ambiguous or not unsent)
        except Refused as refusal:
            await self._settle(parcel, State.FAILED, refusal.reason, unreachable=refusal.unreachable)
        except Exception as error:  # one message that cannot be drawn must not hold up the others
            if gave_up(error):
                raise
            number = reference(error, workspace=parcel.workspace, key=parcel.key)
            await self._settle(parcel, State.FAILED, f"reference {number}")
        else:
            await self._settle(parcel, State.SENT, landing=landing)

    async def _send(self, chat: Chat, parcel: Parcel, leaves: Callable[[], None]) -> Landing:
        if parcel.updates is not None:
            with self.pacing.allowed(parcel.workspace, Call.UPDATE, self.wake):
                await chat.update(parcel.updates, parcel.card, locale=parcel.locale)
            return parcel.updates
        with self.pacing.allowed(parcel.workspace, Call.OPEN, self.wake):
            channel = await chat.direct(parcel.user) if parcel.user else parcel.channel
        if parcel.ambiguous and not chat.finds and not parcel.user and parcel.attempts > 1:
            # Twice in a 1:1 is a nuisance and its answers are keyed; twice before everybody is for a person to decide.
            raise Refused(UNSURE)
        if parcel.ambiguous:
            with self.pacing.allowed(parcel.workspace, Call.FIND, self.wake):
                if (found := await chat.find(channel, parcel.key, parcel.since)) is not None:
                    return found
        await self.pacing.turn(parcel.workspace, channel, self.pace or chat.pace, self.sleep)
        leaves()
        with self.pacing.allowed(parcel.workspace, Call.SEND, self.wake):
            async with self.holds.sending(parcel.hold, parcel.held_until):
                return await chat.send(channel, parcel.card, key=parcel.key, thread=parcel.thread, locale=parcel.locale)

    async def _settle(
        self, parcel: Parcel, state: State, reason: str = "", *, landing: Landing | None = None,
        unreachable: bool = False,
    ) -> None:  # fmt: skip
        def work(db: Session) -> None:
            where = (landing.channel, landing.message) if landing else ("", "")
            storage.deliveries.settle(db, parcel.id, state, self.now(), reason, where)
            person = storage.people.by_user(db, parcel.user) if parcel.user else None
            if person is not None and unreachable:
                person.unreachable = reason
            if person is not None and parcel.kind == storage.deliveries.WELCOME and state is State.SENT:
                person.welcomed_at = self.now()
            db.add_all(filter(None, [person]))

        await self.database.write(work, parcel.workspace)
        self._arrived(parcel.workspace, parcel.key)
        if state is State.FAILED:
            log.warning("delivery failed", extra={"workspace": parcel.workspace, "key": parcel.key, "reason": reason})

    async def _again(self, parcel: Parcel, seconds: float, *, ambiguous: bool, counts: bool = True) -> None:
        """Later; the reader's other messages stay behind it, though not for long."""
        now, wait = self.now(), timedelta(seconds=seconds)

        def work(db: Session) -> None:
            storage.deliveries.put_off(db, parcel.hold, now + wait, ambiguous, counts, self.boot)
            storage.deliveries.stay_behind(db, parcel.lane, now + min(wait, LONGEST_BEHIND))
            self.pacing.tell(db, now)

        await self.database.write(work, parcel.workspace)


def _tell(begun: "asyncio.Task[int]") -> None:
    """A round that nobody waits for has failed: the log is the only place left to tell."""
    error = None if begun.cancelled() else begun.exception()
    if error is not None:
        unheard(error)
