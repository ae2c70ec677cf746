"""Takes what is due in the ledger to the chats, once in effect."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import random

from sqlmodel import Session

import storage.deliveries
import storage.people
from bot.card import Card
from bot.chat import Ambiguous, Chat, Landing, Limited, Pace, Refused, Unsent
from bot.language import speaking
from bot.planner import Later, Letter, Skip
from bot.turns import reference
from storage.database import EVERYONE, Database, scoped
from storage.deliveries import Delivery, State

log = logging.getLogger(__name__)

AT_ONCE = 20  # in flight together: Slack rate-limits looking for markers, so few may become ambiguous at once
SETTLES = timedelta(seconds=5)  # how long a lost reply's message may take to be found in the channel's history
BACKOFF = (2, 10, 60, 300, 900, 3600)  # seconds before the next attempt when a chat is in trouble
MOST_ATTEMPTS = 12
UNSURE = "may have arrived: look there, and have it sent again if it did not"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A claimed delivery with everything needed to send it outside any transaction."""

    id: int
    workspace: int
    key: str
    kind: str
    user: str
    channel: str
    card: Card
    locale: str
    since: datetime
    ambiguous: bool
    attempts: int
    thread: str = ""
    updates: Landing | None = None


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
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _slots: dict[tuple[int, str], float] = field(default_factory=dict)
    _expected: "dict[str, asyncio.Future[None]]" = field(default_factory=dict)
    _held: dict[int, datetime] = field(default_factory=dict)  # workspace -> not before, as its chat asked
    _in_hand: set[int] = field(default_factory=set)  # deliveries that are being sent
    _draining: int = 0

    @property
    def busy(self) -> bool:
        """Whether something is on its way."""
        return self._draining > 0

    def expect(self, key: str) -> "asyncio.Future[None]":
        """Done as soon as the message of this key has left, or will not."""
        return self._expected.setdefault(key, asyncio.get_running_loop().create_future())

    def wake(self) -> None:
        """There may be something to deliver."""
        self._woken.set()

    async def run(self) -> None:
        """Deliver whenever woken, until cancelled."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            try:
                await self.drain()
            except Exception as error:  # a bad moment of the database must not be the end of all messages
                reference(error)

    async def sweep(self) -> int:
        """What nobody woke us for: left half-way, or put off until now."""
        await self.recover()
        return await self.drain()

    async def recover(self) -> int:
        """Take over what a dead process, or a bad moment of this one, left half-way."""
        return await self.database.write(
            lambda db: storage.deliveries.recover(db, self.boot, self.now(), self._in_hand), EVERYONE
        )

    async def drain(self) -> int:
        """Deliver all that is due now; answers how many left or were settled."""
        self._draining += 1
        try:
            return await self._drain()
        finally:
            self._draining -= 1

    async def _drain(self) -> int:
        settled = 0
        while True:
            parcels, closed = await self.database.write(self._claim, EVERYONE)
            settled += closed + len(parcels)
            if not parcels and not closed:
                if not self._in_hand:
                    self._release()
                return settled
            lanes: dict[tuple[int, str], list[Parcel]] = {}
            for parcel in parcels:
                lanes.setdefault((parcel.workspace, parcel.user or parcel.channel), []).append(parcel)
            held = {parcel.id for parcel in parcels}
            self._in_hand |= held
            try:
                await asyncio.gather(*(self._lane(lane) for lane in lanes.values()))
            finally:
                self._in_hand -= held

    def _release(self) -> None:
        """Nothing more is due: whoever waits for a message has waited enough."""
        for expected in self._expected.values():
            if not expected.done():
                expected.set_result(None)
        self._expected.clear()

    async def _lane(self, parcels: list[Parcel]) -> None:
        """One reader's messages, in order: where one has to wait, those after it wait too."""
        wait = 0.0
        for parcel in parcels:
            if wait:
                await self._again(parcel, wait, ambiguous=parcel.ambiguous, counts=False)
            else:
                wait = await self._deliver(parcel)

    # -- inside a transaction -------------------------------------------------------------------------

    def _claim(self, db: Session) -> tuple[list[Parcel], int]:
        now = self.now()
        parcels: list[Parcel] = []
        closed = 0
        held = [workspace for workspace, until in self._held.items() if until > now]
        for delivery in storage.deliveries.claimable(db, now, AT_ONCE, without=held):
            with scoped(db, delivery.workspace_id):
                parcel = self._pack(db, delivery, now)
            if isinstance(parcel, Parcel):
                parcels.append(parcel)
            else:
                closed += parcel
        return parcels, closed

    def _pack(self, db: Session, delivery: Delivery, now: datetime) -> Parcel | bool:
        """Compose from fresh data; True when the row was closed or put off instead, False when it waits for another."""
        person = storage.people.get(db, delivery.person_id) if delivery.person_id else None
        letter = self.letters.get(delivery.kind)
        locale = person.locale if person else "en"
        reason = storage.deliveries.reason_to_skip(delivery, person, now, prompt=bool(letter and letter.prompt))
        if reason or letter is None:
            storage.deliveries.close(db, delivery, State.SKIPPED, now, reason or "nobody composes this kind")
            return True
        if person is not None and person.welcomed_at is None and delivery.kind != storage.deliveries.WELCOME:
            welcome = storage.deliveries.plan_welcome(db, delivery.person_id or 0, now)
            if welcome and storage.deliveries.waits_for(db, delivery, welcome):
                return storage.deliveries.is_due(db, welcome)
        if storage.deliveries.waits_for(db, delivery, delivery.thread, delivery.updates):
            return False
        try:
            with speaking(locale), db.begin_nested():
                composed = letter.compose(db, delivery, now)
        except Exception as error:  # one card that cannot be composed must not hold up the others
            storage.deliveries.close(db, delivery, State.FAILED, now, f"reference {reference(error)}")
            return True
        if isinstance(composed, Skip):
            storage.deliveries.close(db, delivery, State.SKIPPED, now, composed.reason)
            return True
        if isinstance(composed, Later):
            delivery.next_at = max(composed.at, now + timedelta(seconds=1))
            db.add(delivery)
            return True
        storage.deliveries.claim(db, delivery, self.boot, now)
        assert delivery.id is not None
        return Parcel(
            delivery.id, delivery.workspace_id, delivery.key, delivery.kind, person.user if person else "", delivery.channel,
            composed, locale, delivery.due_at, delivery.ambiguous, delivery.attempts,
            storage.deliveries.landed(db, delivery.thread)[1],
            Landing(*storage.deliveries.landed(db, delivery.updates)) if delivery.updates else None,
        )  # fmt: skip

    # -- outside --------------------------------------------------------------------------------------

    async def _deliver(self, parcel: Parcel) -> float:
        """Send one; answers for how many seconds it was put off, 0 when it is settled."""
        chat = self.chats.get(parcel.workspace)
        held = (self._held.get(parcel.workspace, self.now()) - self.now()).total_seconds()
        if chat is None:
            await self._settle(parcel, State.FAILED, "no chat is connected for this workspace")
            return 0.0
        try:
            if held > 0:
                raise Limited(held)
            with speaking(parcel.locale):
                landing = await self._send(chat, parcel)
        except Limited as limit:
            self._held[parcel.workspace] = self.now() + timedelta(seconds=limit.seconds)
            return await self._again(parcel, limit.seconds * self.spread(), ambiguous=parcel.ambiguous, counts=False)
        except Ambiguous as trouble:
            wait = max(SETTLES.total_seconds(), BACKOFF[min(parcel.attempts - 1, len(BACKOFF) - 1)])
            ambiguous = parcel.ambiguous or not isinstance(trouble, Unsent)
            return await self._again(parcel, wait * self.spread(), ambiguous=ambiguous)
        except Refused as refusal:
            await self._settle(parcel, State.FAILED, refusal.reason, unreachable=refusal.unreachable)
        except Exception as error:  # one message that cannot be drawn must not hold up the others
            await self._settle(parcel, State.FAILED, f"reference {reference(error)}")
        else:
            await self._settle(parcel, State.SENT, landing=landing)
        return 0.0

    async def _send(self, chat: Chat, parcel: Parcel) -> Landing:
        if parcel.updates is not None:
            await chat.update(parcel.updates, parcel.card, locale=parcel.locale)
            return parcel.updates
        channel = await chat.direct(parcel.user) if parcel.user else parcel.channel
        if parcel.ambiguous and not chat.finds and not parcel.user and parcel.attempts > 1:
            # Twice in a 1:1 is a nuisance and its answers are keyed; twice before everybody is for a person to decide.
            raise Refused(UNSURE)
        if parcel.ambiguous and (found := await chat.find(channel, parcel.key, parcel.since)) is not None:
            return found
        await self._pace(parcel.workspace, channel, self.pace or chat.pace)
        return await chat.send(channel, parcel.card, key=parcel.key, thread=parcel.thread, locale=parcel.locale)

    async def _pace(self, workspace: int, channel: str, pace: Pace) -> None:
        """Wait for the next free moment of this channel and of this workspace."""
        clock = asyncio.get_running_loop().time()
        at = max(clock, self._slots.get((workspace, channel), 0.0), self._slots.get((workspace, ""), 0.0))
        self._slots[workspace, channel] = at + pace.per_channel
        self._slots[workspace, ""] = at + pace.per_workspace
        if at > clock:
            await self.sleep(at - clock)
        if len(self._slots) > 10_000:
            self._slots = {slot: free for slot, free in self._slots.items() if free > clock}

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
        if (expected := self._expected.pop(parcel.key, None)) is not None and not expected.done():
            expected.set_result(None)
        if state is State.FAILED:
            log.warning("delivery failed", extra={"key": parcel.key, "reason": reason})

    async def _again(self, parcel: Parcel, seconds: float, *, ambiguous: bool, counts: bool = True) -> float:
        if counts and parcel.attempts >= MOST_ATTEMPTS:
            await self._settle(parcel, State.FAILED, "the chat did not answer")
            return 0.0
        at = self.now() + timedelta(seconds=seconds)
        await self.database.write(
            lambda db: storage.deliveries.put_off(db, parcel.id, at, ambiguous, counts), parcel.workspace
        )
        return seconds
