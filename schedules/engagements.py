"""When engagements begin, settle and end by themselves, and what is then told."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlmodel import Session

import storage
from bot import care, words
from bot.card import Card
from bot.care.engagements import RUNNING, Status
from bot.care.people import Subject
from bot.planner import Falls, Later, Owed, Planner, Skip
from storage.deliveries import State
from storage.engagements import Engagement
from storage.people import Person

planner = Planner("engagements")

AFTER = timedelta(minutes=1)  # how soon to look again whether the contractor has heard


@planner.due("joined")
def joined(db: Session, due: Falls, now: datetime, missed: bool) -> None:
    """Somebody invited by e-mail is here: let what waits for them begin; what is over by now never does."""
    person = storage.people.get(db, due.subject)
    today = care.engagements.today_of(person, now)
    for engagement in storage.engagements.invited(db, due.subject):
        if engagement.ends_on is not None and engagement.ends_on < today:
            storage.engagements.end(db, engagement, person.zone, now, by=None)
        else:
            storage.engagements.begin(db, engagement, person.zone, now)


@planner.due("settles")
def settles(db: Session, due: Falls, now: datetime, missed: bool) -> None:
    """Onboarding is over; a paused engagement is looked at again when it goes on."""
    engagement = storage.engagements.get(db, due.subject)
    if engagement.status == Status.ONBOARDING:
        engagement.status = Status.ACTIVE
        db.add(engagement)


@planner.due("ends")
def ends(db: Session, due: Falls, now: datetime, missed: bool) -> None:
    """The last day has passed."""
    engagement = storage.engagements.get(db, due.subject)
    zone = storage.people.get(db, engagement.contractor_id).zone
    storage.engagements.end(db, engagement, zone, now, by=None)


@planner.due("follow")
def follow(db: Session, due: Falls, now: datetime, missed: bool) -> None:
    """The weekly pulse is on the calendar of those whose engagement runs, and of nobody else; blockers follow too."""
    storage.blockers.follow(db, due.subject, now)
    running = [one for one in storage.engagements.of_contractor(db, due.subject) if one.status in RUNNING]
    if not running:
        storage.occurrences.cancel(db, "pulse.ask", due.subject)
        return
    planned = storage.occurrences.of(db, "pulse.ask", due.subject)
    if planned is not None and planned.due_at <= now:
        return  # it is being asked at this moment, and plans the next one itself
    zone = storage.people.get(db, due.subject).zone
    first = min(care.engagements.asks_from(one.starts_on, zone, now) for one in running)
    storage.pulse.plan_next(db, storage.pulse.schedule(db, due.subject), zone, first)


@planner.moved
def followed(db: Session, person: int, now: datetime) -> None:
    """A manager is elsewhere, and with them each contractor whose own zone nobody told."""
    manager = storage.people.get(db, person)
    for engagement in storage.engagements.of_manager(db, person):
        storage.people.borrow_zone(db, storage.people.get(db, engagement.contractor_id), manager, now)


@planner.moved
def moved(db: Session, person: int, now: datetime) -> None:
    """Days begin and end where the contractor is now."""
    zone = storage.people.get(db, person).zone
    for engagement in storage.engagements.of_contractor(db, person):
        if engagement.status != Status.INVITED:
            storage.engagements.follow(db, engagement, zone, now)


# -- letters ------------------------------------------------------------------------------------------


def _about(db: Session, owed: Owed) -> Subject:
    return care.engagements.subject(storage.engagements.get(db, int(owed.subject)))


@planner.letter("begun")
def begun(db: Session, owed: Owed, now: datetime) -> Card | Skip:
    """The contractor hears of it."""
    engagement, contractor, manager = _of(db, owed)
    if engagement.status == Status.ENDED:
        return Skip("ended")
    team = [one.name for one in storage.people.care_team(db)]
    return words.engagements.begun(engagement, contractor, manager, team)


@planner.letter("manages", about=_about)
def manages(db: Session, owed: Owed, now: datetime) -> Card | Skip | Later:
    """The manager hears of it, when the contractor has."""
    engagement, contractor, manager = _of(db, owed)
    first = storage.deliveries.by_key(db, storage.engagements.told(engagement))
    if first is not None and first.state in (State.DUE, State.SENDING):
        return Later(now + AFTER)
    if engagement.status == Status.ENDED:
        return Skip("no longer so")
    return words.engagements.manages(engagement, contractor, manager)


@planner.letter("handed_over")
def handed_over(db: Session, owed: Owed, now: datetime) -> Card | Skip:
    """The manager before hears who it is now."""
    engagement, contractor, manager = _of(db, owed)
    if owed.person_id == engagement.manager_id:
        return Skip("theirs again")
    return words.engagements.handed_over(engagement, contractor, manager)


@planner.letter("updated")
def updated(db: Session, owed: Owed, now: datetime) -> Card | Skip:
    """The contractor sees what was changed."""
    engagement, contractor, manager = _of(db, owed)
    if engagement.status == Status.ENDED:
        return Skip("ended")
    return words.engagements.updated(engagement, contractor, manager)


def _moved(*while_: Status) -> Callable[[Session, Owed, datetime], Card | Skip]:
    """What either side is told of a new status, as long as it still holds."""

    def compose(db: Session, owed: Owed, now: datetime) -> Card | Skip:
        engagement, contractor, manager = _of(db, owed)
        if engagement.status not in while_:
            return Skip("changed again")
        return words.engagements.moved(engagement, contractor, manager, owed.person_id == contractor.id)

    return compose


planner.letter("paused", about=_about)(_moved(Status.PAUSED))
planner.letter("resumed", about=_about)(_moved(*RUNNING))
planner.letter("ended", about=_about)(_moved(Status.ENDED))


def _of(db: Session, owed: Owed) -> tuple[Engagement, Person, Person]:
    engagement = storage.engagements.get(db, int(owed.subject))
    people = storage.people.several(db, {engagement.contractor_id, engagement.manager_id})
    return engagement, people[engagement.contractor_id], people[engagement.manager_id]
