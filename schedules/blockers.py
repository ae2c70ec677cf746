"""When a blocker climbs, and the cards that are sent about it."""

from datetime import datetime

from sqlmodel import Session

import storage
from bot import care, words
from bot.card import Card
from bot.care.blockers import WAITING, BlockerStepRow, Dossier, Kind, Rung
from bot.care.people import Subject
from bot.planner import Falls, Owed, Planner, Skip
from storage.deliveries import PAUSED

planner = Planner("blockers")


@planner.due("next")
def next_(db: Session, due: Falls, now: datetime, missed: bool) -> None:
    """Somebody's clock ran out, or a paused engagement is looked at again."""
    storage.blockers.advance(db, storage.blockers.get(db, due.subject), now)


@planner.moved
def moved(db: Session, person: int, now: datetime) -> None:
    """The clock runs in other hours from now on."""
    storage.blockers.follow(db, person, now)


@planner.letter("report")
def report(db: Session, owed: Owed, now: datetime) -> Card:
    """The contractor's own card of their report."""
    about = _dossier(db, int(owed.subject), now)
    return words.blockers.report(about, about.people[about.blocker.contractor_id].zone)


def _asked(db: Session, owed: Owed) -> Subject:
    found = storage.blockers.get(db, int(owed.subject))
    about = storage.blockers.subject(db, found)
    return about if owed.updates else care.blockers.still_asked(found, about)


@planner.letter("notice", about=_asked)
def notice(db: Session, owed: Owed, now: datetime) -> Card | Skip:
    """To whoever is asked; nothing once it is settled, or when they are away or muted since."""
    about = _dossier(db, int(owed.subject), now)
    reader = storage.people.get(db, owed.person_id) if owed.person_id else None
    if not owed.updates:
        if about.blocker.state not in WAITING:
            return Skip("settled before it was sent")
        if reader is not None and care.people.paused(reader, now):
            return Skip(PAUSED)
    why = _why(about, owed.updates or owed.key)
    if reader is not None:
        return words.blockers.notice(about, reader.zone, (), why)
    return words.blockers.notice(about, *care.blockers.zones(about), why)


@planner.letter("news")
def news(db: Session, owed: Owed, now: datetime) -> Card | Skip:
    """What moved, for the contractor; while they are away or muted only their report's card says it."""
    step = storage.blockers.step(db, int(owed.subject))
    about = _dossier(db, step.blocker_id, now)
    contractor = about.people[about.blocker.contractor_id]
    if not owed.updates and care.people.paused(contractor, now):
        return Skip(PAUSED)
    return words.blockers.news(about, step, contractor.zone)


def _dossier(db: Session, blocker_id: int, now: datetime) -> Dossier:
    return storage.blockers.dossier(db, storage.blockers.get(db, blocker_id), now)


def _why(about: Dossier, key: str) -> str:
    """As what somebody was asked by the message under this key."""
    step: BlockerStepRow | None = next((one for one in about.steps if key in one.keys.split()), None)
    if step is None:
        return ""
    handed = any(one.kind == Kind.HANDED and (one.id or 0) > (step.id or 0) for one in about.steps)
    if handed and step.to_id != about.blocker.owner_id:
        return Kind.HANDED
    if step.kind != Kind.ASKED:
        return step.kind
    if step.to_id is None:
        return Rung.CARE
    return Rung.OWNER if step.to_id == about.blocker.owner_id else Rung.MANAGER
