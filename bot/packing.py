"""A delivery made ready to be sent: composed from fresh data, in the transaction that claims it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

import storage.deliveries
import storage.people
from bot.card import Card
from bot.chat import Landing
from bot.language import speaking
from bot.pacing import Pacing
from bot.planner import Later, Letter, Skip
from bot.turns import reference
from storage.database import gave_up
from storage.deliveries import HOLD, LEASE, Delivery, Hold, Lane, State
from storage.people import Person


@dataclass(frozen=True, slots=True)
class Parcel:
    """A claimed delivery with everything needed to send it outside any transaction."""

    id: int
    workspace: int
    lane: Lane
    key: str
    kind: str
    user: str
    channel: str
    card: Card
    locale: str
    since: datetime
    ambiguous: bool
    attempts: int
    held_until: datetime
    thread: str = ""
    updates: Landing | None = None

    @property
    def hold(self) -> Hold:
        """Of this delivery at this attempt."""
        return self.id, self.attempts


@dataclass
class Packer:
    """Packs for one process, `boot`."""

    letters: Mapping[str, Letter]
    pacing: Pacing
    boot: str
    shared: bool

    def pack(self, db: Session, delivery: Delivery, now: datetime) -> Parcel | bool:
        """True when the row was closed or put off instead, False when it waits for another."""
        person = storage.people.get(db, delivery.person_id) if delivery.person_id else None
        letter = self.letters.get(delivery.kind)
        reason = storage.deliveries.reason_to_skip(delivery, person, now, prompt=bool(letter and letter.prompt))
        if reason or letter is None:
            return _close(db, delivery, now, reason or "nobody composes this kind")
        if (waits := self._waits(db, delivery, person, now)) is not None:
            return waits
        if delivery.updates and not any(storage.deliveries.landed(db, delivery.updates)):
            return _close(db, delivery, now, "what it would change was not sent")
        locale = person.locale if person else "en"
        composed = _composed(db, delivery, letter, locale, now)
        return self._claimed(db, delivery, person, composed, locale, now) if isinstance(composed, Card) else True

    def _waits(self, db: Session, delivery: Delivery, person: Person | None, now: datetime) -> bool | None:
        """Whether it waits for another, the welcome first of all; True when that other one can go now."""
        if person is not None and person.welcomed_at is None and delivery.kind != storage.deliveries.WELCOME:
            welcome = storage.deliveries.plan_welcome(db, delivery.person_id or 0, now)
            if welcome and storage.deliveries.waits_for(db, delivery, welcome):
                held = self.pacing.held(db, now).values()  # perhaps the welcome is: then this waits as long
                delivery.next_at = max(delivery.next_at, *held, now)
                return storage.deliveries.is_due(db, welcome) and not held
        return False if storage.deliveries.waits_for(db, delivery, delivery.thread, delivery.updates) else None

    def _claimed(
        self, db: Session, delivery: Delivery, person: Person | None, composed: Card, locale: str, now: datetime
    ) -> Parcel:
        until = now + (HOLD if self.shared else LEASE)
        storage.deliveries.claim(db, delivery, self.boot, until)
        assert delivery.id is not None
        return Parcel(
            delivery.id, delivery.workspace_id, delivery.lane, delivery.key, delivery.kind, person.user if person else "", delivery.channel,
            composed, locale, delivery.due_at, delivery.ambiguous, delivery.attempts, until,
            storage.deliveries.landed(db, delivery.thread)[1],
            Landing(*storage.deliveries.landed(db, delivery.updates)) if delivery.updates else None,
        )  # fmt: skip


def _composed(db: Session, delivery: Delivery, letter: Letter, locale: str, now: datetime) -> Card | None:
    """None where there is nothing to be sent, or not now; the row says so then."""
    try:
        with speaking(locale), db.begin_nested():
            composed = letter.told(db, delivery, now, storage.people.reader)
    except Exception as error:  # one card that cannot be composed must not hold up the others
        if gave_up(error):
            raise
        number = reference(error, workspace=delivery.workspace_id, key=delivery.key)
        storage.deliveries.close(db, delivery, State.FAILED, now, f"reference {number}")
        return None
    if isinstance(composed, Skip):
        _close(db, delivery, now, composed.reason)
        return None
    if isinstance(composed, Later):
        delivery.next_at = max(composed.at, now + timedelta(seconds=1))
        db.add(delivery)
        return None
    return composed


def _close(db: Session, delivery: Delivery, now: datetime, reason: str) -> bool:
    storage.deliveries.close(db, delivery, State.SKIPPED, now, reason)
    return True
