"""Who has a say, and what an admin should have a look at."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, or_, select

import bot.care.admin as rules
from bot.care.admin import Kept, Look, Named, Overview, Problem, Trouble
from bot.care.away import ahead
from bot.care.engagements import OPEN
from bot.care.people import paused
from bot.errors import CannotBeNamed, LastAdmin, WorkspaceAdmin
from storage import away, deliveries, people, rooms
from storage.away import AwayPeriod
from storage.database import one_at_a_time
from storage.deliveries import Delivery, State
from storage.engagements import Engagement
from storage.people import Person
from storage.pulse import PulseRound


def name(db: Session, person: Person, named: Named, by: int, now: datetime) -> bool:
    """Let somebody be in the care team, or an admin, and tell them. False where they were. Raises CannotBeNamed."""
    if person.guest or person.external or not person.active:
        raise CannotBeNamed(name=person.name)
    if getattr(person, named):
        return False
    setattr(person, named, True)
    db.add(person)
    _tell(db, person, named, by, now)
    return True


def take_back(db: Session, person: Person, named: Named, by: int, now: datetime) -> bool:
    """Undo that, and tell them. False where they were not. Raises LastAdmin or WorkspaceAdmin."""
    if not getattr(person, named):
        return False
    if named is Named.ADMIN:
        if person.workspace_admin:
            raise WorkspaceAdmin(name=person.name)
        one_at_a_time(db, "workspace", person.workspace_id)
        if len(people.admins(db)) == 1:
            raise LastAdmin
    setattr(person, named, False)
    db.add(person)
    _tell(db, person, named, by, now)
    return True


def _tell(db: Session, person: Person, named: Named, by: int, now: datetime) -> None:
    if person.id != by:
        subject = f"{named}:{by}:{int(getattr(person, named))}"
        deliveries.plan(db, f"role:{person.id}:{subject}:{now.isoformat()}", "admin.role", at=now, subject=subject,
                        person=person.id)  # fmt: skip


def joined_care_channel(db: Session, person: Person, now: datetime) -> None:
    """Whoever comes into the care channel may belong to the care team: let the admins say."""
    if person.care or person.guest or person.external:
        return
    for admin in people.admins(db):
        deliveries.plan(db, f"care-joined:{person.id}:{admin.id}", "admin.joined", at=now, subject=person.id or 0,
                        person=admin.id)  # fmt: skip


def care_decided(db: Session, person: Person, now: datetime) -> None:
    """Show every admin who was asked what has become of it."""
    for admin in people.admins(db):
        deliveries.refresh(db, f"care-joined:{person.id}:{admin.id}", now)


def entered(db: Session, channel: str, now: datetime) -> None:
    """The bot has come into this channel, or ("") into some: what it could not post there lately, it can now."""
    for row in _failed(db, now):
        if row.channel and channel in ("", row.channel) and row.reason.partition(":")[0] in rules.NOT_THERE:
            deliveries.revive(db, row, now)


def overview(db: Session, person_id: int, now: datetime) -> Overview:
    """Everything that the settings of this person show."""
    person = people.get(db, person_id)
    return Overview(
        person=person,
        absences=ahead(away.of(db, person), away.today(person, now)),
        held=[row.kind for row in away.held_back(db, person_id, now)] if paused(person, now) else [],
        admin=look(db, now) if person.admin else None,
    )


def look(db: Session, now: datetime) -> Look:
    """What admins see of everybody: the roles, and what needs a look."""
    return Look(list(people.care_team(db)), list(people.admins(db)), problems(db, now))


def problems(db: Session, now: datetime) -> list[Problem]:
    """People and channels that nothing reaches, hours that nobody has set."""
    unset = [one.name for one in _answering(db) if not one.hours_confirmed]
    return [
        *(Problem(Trouble.LEFT, one.name) for one in _left(db)),
        *(Problem(Trouble.UNREACHABLE, one.name, one.unreachable) for one in _unreachable(db)),
        *_refused(db, now),
        *([Problem(Trouble.NO_HOURS, ", ".join(sorted(unset)), count=len(unset))] if unset else []),
    ]


def kept(db: Session, person_id: int) -> Kept:
    """What is kept about somebody, counted."""
    rounds = db.exec(select(PulseRound).where(PulseRound.person_id == person_id)).all()
    of_mine = (Engagement.contractor_id == person_id) | (Engagement.manager_id == person_id)
    return Kept(
        person=people.get(db, person_id),
        engagements=db.exec(select(func.count(col(Engagement.id))).where(of_mine)).one(),
        pulses=sum(1 for one in rounds if one.submitted_at is not None),
        comments=sum(1 for one in rounds if one.comment or one.slowing),
        absences=db.exec(select(func.count(col(AwayPeriod.id))).where(AwayPeriod.person_id == person_id)).one(),
        messages=db.exec(select(func.count(col(Delivery.id))).where(Delivery.person_id == person_id)).one(),
    )


_HELPERS = (
    Engagement.manager_id,
    Engagement.buddy_id,
    Engagement.owner_id,
    Engagement.lead_id,
    Engagement.operations_id,
)


def _part(*columns: object) -> ColumnElement[bool]:
    """Whether a person has one of these parts in an open engagement."""
    return or_(
        *(col(Person.id).in_(select(column).where(col(Engagement.status).in_(OPEN))) for column in columns)  # type: ignore[call-overload]
    )


def _answering(db: Session) -> Sequence[Person]:
    """Those who answer for something; a contractor's own hours are agreed with the engagement."""
    return db.exec(select(Person).where(_part(*_HELPERS), col(Person.active), Person.user != "")).all()


def _left(db: Session) -> Sequence[Person]:
    taking_part = _part(Engagement.contractor_id, *_HELPERS)
    return db.exec(select(Person).where(taking_part, col(Person.active).is_(False))).all()


def _unreachable(db: Session) -> Sequence[Person]:
    return db.exec(select(Person).where(Person.unreachable != "", col(Person.active))).all()


def _failed(db: Session, now: datetime) -> Sequence[Delivery]:
    since = now - rules.RECENT
    return db.exec(select(Delivery).where(Delivery.state == State.FAILED, col(Delivery.done_at) >= since)).all()


def _refused(db: Session, now: datetime) -> list[Problem]:
    """Failed deliveries by where they should have gone; those to a person who is unreachable are said already."""
    gone = {one.id for one in _unreachable(db)}
    counted = Counter((row.channel, row.reason) for row in _failed(db, now) if row.person_id not in gone)
    named = _channel_names(db, {channel for channel, _reason in counted if channel})
    return [
        Problem(Trouble.CHANNEL if channel else Trouble.FAILED, named.get(channel, channel), reason, count)
        for (channel, reason), count in counted.most_common()
    ]


def _channel_names(db: Session, channels: Collection[str]) -> dict[str, str]:
    """What channels are to us: their names where the chat told them, else their ids, and whose engagement's they are."""
    named = rooms.names(db, channels)
    rows = db.exec(select(Engagement).where(col(Engagement.channel).in_(channels))).all()
    contractors = people.several(db, {row.contractor_id for row in rows})
    whose = {row.channel: contractors[row.contractor_id].name for row in rows}
    return named | {each: f"{named.get(each, each)} ({name})" for each, name in whose.items()}
