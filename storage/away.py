"""Absences, mutes and own working hours; what was held back meanwhile."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time

from sqlalchemy import Index
from sqlmodel import Field, Session, col, select

from bot.care.away import KEPT, AwayPeriodRow, Period, ahead, back, joined, without
from bot.care.occurrences import DAY, instant, local_date
from bot.care.people import paused, working_hours
from bot.care.working import next_start
from storage import deliveries, occurrences, people, pulse
from storage.database import Scoped
from storage.deliveries import PAUSED, Delivery, State
from storage.people import Person

RETURN = "away.back"


class AwayPeriod(AwayPeriodRow, Scoped, table=True):
    __table_args__ = (Index("ix_awayperiod_person", "workspace_id", "person_id"),)

    person_id: int = Field(foreign_key="person.id", index=True)


def periods(db: Session, person_ids: Iterable[int]) -> dict[int, list[Period]]:
    """The days on which each of these people was, is or will be away, in order; past ones too."""
    found: dict[int, list[Period]] = {person_id: [] for person_id in person_ids}
    rows = db.exec(select(AwayPeriod).where(col(AwayPeriod.person_id).in_(found)).order_by(col(AwayPeriod.first))).all()
    for row in rows:
        found[row.person_id].append((row.first, row.last))
    return found


def of(db: Session, person: Person) -> list[Period]:
    """One person's absences, in order."""
    return periods(db, [person.id or 0])[person.id or 0]


def today(person: Person, now: datetime) -> date:
    """The date where they are."""
    return local_date(now, person.zone)


def add(db: Session, person: Person, first: date, last: date, now: datetime) -> None:
    """They are away from `first` to `last`."""
    _keep(db, person, joined([*of(db, person), (first, last)]), now)


def cancel(db: Session, person: Person, period: Period, now: datetime) -> None:
    """They are not going to be away then."""
    _keep(db, person, without(of(db, person), period), now)


def returned(db: Session, person: Person, now: datetime) -> None:
    """They are back from where they were."""
    _keep(db, person, back(of(db, person), today(person, now)), now)
    resume(db, person, now)


def mute(db: Session, person: Person, until: datetime) -> None:
    """Ask them nothing until then."""
    person.muted_until = until
    db.add(person)
    occurrences.plan(db, "away.unmuted", person.id or 0, until)


def unmute(db: Session, person: Person, now: datetime) -> None:
    """They may be asked again."""
    person.muted_until = None
    db.add(person)
    occurrences.cancel(db, "away.unmuted", person.id or 0)
    resume(db, person, now)


def set_hours(
    db: Session, person: Person, *, zone: str, days: str, starts: time, ends: time, country: str, now: datetime
) -> None:
    """They say when they work; from now on their profile changes nothing of it."""
    person.zone, person.days, person.starts, person.ends, person.country = zone, days, starts, ends, country
    person.hours_confirmed = person.zone_told = True
    db.add(person)
    db.flush()
    settle(db, person, now)
    people.moved(db, person.id or 0, now)


def ask_hours(db: Session, person_id: int, now: datetime) -> None:
    """Somebody answers for something now: ask them once, ever, when they work; nothing if they said so already."""
    if not people.get(db, person_id).hours_confirmed:
        deliveries.plan(db, f"hours:{person_id}", "away.ask_hours", at=now, subject=person_id, person=person_id)


def settle(db: Session, person: Person, now: datetime) -> None:
    """Let the absence that runs or comes next be the one that everybody asks for; and be there when it ends."""
    day = today(person, now)
    coming = ahead(of(db, person), day)
    person.away_from, person.away_until = coming[0] if coming else (None, None)
    db.add(person)
    db.flush()
    pending = occurrences.of(db, "away.ended", person.id or 0)
    if pending is not None and pending.name < day.isoformat():
        return  # that one is over and waits for the morning: the next is planned when it has been dealt with
    if coming:
        _plan_end(db, person, coming[0][1])
    else:
        occurrences.cancel(db, "away.ended", person.id or 0)


def _plan_end(db: Session, person: Person, last: date) -> None:
    """At midnight the pause is over; a message waits until they are at work."""
    over = instant(last + DAY, time(0), person.zone)
    occurrences.plan(db, "away.ended", person.id or 0, next_start(working_hours(person), over), last.isoformat())


def held_back(db: Session, person_id: int, now: datetime) -> Sequence[Delivery]:
    """What they were not asked while they were away or muted and could still be, the newest of each kind and subject."""
    rows = db.exec(
        select(Delivery)
        .where(Delivery.person_id == person_id, Delivery.state == State.SKIPPED, Delivery.reason == PAUSED)
        .where(col(Delivery.done_at) >= now - KEPT)
        .where(col(Delivery.not_after).is_(None) | (col(Delivery.not_after) > now))
        .order_by(col(Delivery.done_at))
    ).all()
    return list({(row.kind, row.subject): row for row in rows}.values())


def told(db: Session, person_id: int, stamp: str) -> Sequence[Delivery]:
    """What was held back until the return of this stamp."""
    return db.exec(
        select(Delivery).where(Delivery.person_id == person_id, Delivery.reason == f"{PAUSED}, until {stamp}")
    ).all()


def resume(db: Session, person: Person, now: datetime) -> None:
    """The pause is over, unless another one runs: what was held back is shown once, several things in one card."""
    if paused(person, now):
        return
    open_ = [row for row in held_back(db, person.id or 0, now) if _still_open(db, row, now)]
    if len(open_) == 1:
        deliveries.revive(db, open_[0], now)
        return
    stamp = now.isoformat()
    for row in open_:
        row.reason = f"{PAUSED}, until {stamp}"
        db.add(row)
    if open_:
        subject = f"{person.id}:{stamp}"
        deliveries.plan(db, f"back:{subject}", RETURN, at=now, subject=subject, person=person.id)


def show(db: Session, person_id: int, delivery_id: int, now: datetime) -> None:
    """Send after all one thing that was held back. Nothing where it went out meanwhile."""
    row = db.exec(select(Delivery).where(Delivery.id == delivery_id, Delivery.person_id == person_id)).first()
    if row is not None and row.state == State.SKIPPED:
        deliveries.revive(db, row, now)


def _still_open(db: Session, row: Delivery, now: datetime) -> bool:
    return row.kind != "pulse.question" or pulse.resume(db, int(row.subject), now)


def _keep(db: Session, person: Person, kept: list[Period], now: datetime) -> None:
    for row in db.exec(select(AwayPeriod).where(AwayPeriod.person_id == person.id)).all():
        db.delete(row)
    db.flush()
    for first, last in kept:
        db.add(AwayPeriod(person_id=person.id or 0, first=first, last=last))
    db.flush()
    settle(db, person, now)
    people.moved(db, person.id or 0, now)
