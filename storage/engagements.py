"""Engagements: who works for whom."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Index
from sqlmodel import Field, Session, col, select

from bot.care import engagements as rules
from bot.care.engagements import OPEN, RUNNING, EngagementRow, Status
from bot.care.occurrences import local_date
from bot.errors import NotFound
from storage import deliveries, occurrences
from storage.database import Scoped, one_at_a_time
from storage.deliveries import Priority

ASK_HOURS_AFTER = timedelta(minutes=5)  # first they are told what for


class Engagement(EngagementRow, Scoped, table=True):
    __table_args__ = (Index("ix_engagement_contractor", "workspace_id", "contractor_id"),)

    contractor_id: int = Field(foreign_key="person.id", index=True)
    manager_id: int = Field(foreign_key="person.id", index=True)


def get(db: Session, engagement_id: int) -> Engagement:
    """One engagement of this workspace. Raises NotFound."""
    found = db.exec(select(Engagement).where(Engagement.id == engagement_id)).first()
    if found is None:
        raise NotFound
    return found


def of_contractor(db: Session, person_id: int) -> Sequence[Engagement]:
    """The open engagements somebody works under, oldest first."""
    return db.exec(
        select(Engagement)
        .where(Engagement.contractor_id == person_id, col(Engagement.status).in_(OPEN))
        .order_by(col(Engagement.id))
    ).all()


def of_manager(db: Session, person_id: int) -> Sequence[Engagement]:
    """The open engagements somebody manages, oldest first."""
    return db.exec(
        select(Engagement)
        .where(Engagement.manager_id == person_id, col(Engagement.status).in_(OPEN))
        .order_by(col(Engagement.id))
    ).all()


def running(db: Session, person_id: int) -> bool:
    """Whether somebody works under an engagement in which the bot asks and reminds."""
    return any(one.status in RUNNING for one in of_contractor(db, person_id))


def invited(db: Session, person_id: int) -> Sequence[Engagement]:
    """The engagements that wait for somebody to join."""
    return [one for one in of_contractor(db, person_id) if one.status == Status.INVITED]


def all_open(db: Session) -> Sequence[Engagement]:
    """Every open engagement of the workspace, oldest first."""
    return db.exec(select(Engagement).where(col(Engagement.status).in_(OPEN)).order_by(col(Engagement.id))).all()


# -- its life: what is kept, who is told, what falls due ----------------------------------------------


def begin(db: Session, engagement: Engagement, zone: str, now: datetime) -> None:
    """Let it run. The contractor hears of it first; the manager's note waits for that. `zone` is the contractor's."""
    engagement.status = rules.status_on(engagement.starts_on, local_date(now, zone))
    _keep(db, engagement)
    deliveries.plan(db, told(engagement), "engagements.begun", at=now, subject=_id(engagement),
                    person=engagement.contractor_id, priority=Priority.URGENT)  # fmt: skip
    tell_manager(db, engagement, now)
    if engagement.status == Status.ONBOARDING:
        occurrences.plan(db, "onboarding.introduce", _id(engagement), now)
    follow(db, engagement, zone, now)


def wait(db: Session, engagement: Engagement) -> None:
    """Keep it until the contractor has joined."""
    engagement.status = Status.INVITED
    _keep(db, engagement)


def change(db: Session, engagement: Engagement, zone: str, now: datetime, tell: bool, manager_before: int) -> None:
    """Keep new terms. The contractor sees them where they changed anything; a new manager and the old one hear of it."""
    if engagement.status in RUNNING:
        engagement.status = rules.status_on(engagement.starts_on, local_date(now, zone))
    _keep(db, engagement)
    if engagement.status == Status.INVITED:
        return
    if tell:
        deliveries.plan(db, f"engagement-updated:{engagement.id}:{now.isoformat()}", "engagements.updated", at=now,
                        subject=_id(engagement), person=engagement.contractor_id)  # fmt: skip
    if manager_before != engagement.manager_id:
        tell_manager(db, engagement, now)
        key = f"engagement-handed-over:{engagement.id}:{manager_before}:{now.isoformat()}"
        deliveries.plan(db, key, "engagements.handed_over", at=now, subject=_id(engagement), person=manager_before)
    follow(db, engagement, zone, now)


def told(engagement: EngagementRow) -> str:
    """The ledger's key of what the contractor is told when it begins."""
    return f"engaged:{engagement.id}"


def tell_manager(db: Session, engagement: Engagement, now: datetime) -> None:
    """Owe the manager a short note, whenever it becomes theirs."""
    key = f"engaged-manager:{engagement.id}:{engagement.manager_id}:{now.date()}"
    deliveries.plan(db, key, "engagements.manages", at=now, subject=_id(engagement), person=engagement.manager_id)
    ask_hours(db, engagement.manager_id, now)


def ask_hours(db: Session, person_id: int, now: datetime) -> None:
    """Somebody answers for something from now on: a little later they are asked, once ever, when they work."""
    occurrences.plan(db, "away.hours_needed", person_id, now + ASK_HOURS_AFTER)


def follow(db: Session, engagement: Engagement, zone: str, now: datetime) -> None:
    """Let the calendar follow what was agreed: the end, the end of onboarding, the pulse."""
    occurrences.plan(db, "engagements.settles", _id(engagement), rules.settles_at(engagement.starts_on, zone))
    if engagement.ends_on is None:
        occurrences.cancel(db, "engagements.ends", _id(engagement))
    else:
        occurrences.plan(db, "engagements.ends", _id(engagement), rules.ends_at(engagement.ends_on, zone))
    occurrences.plan(db, "engagements.follow", engagement.contractor_id, now)


def pause(db: Session, engagement: Engagement, now: datetime, by: int | None) -> bool:
    """Ask and remind of nothing for a while; answers whether that was new."""
    if engagement.status not in RUNNING:
        return False
    _move(db, engagement, Status.PAUSED, now, by)
    return True


def resume(db: Session, engagement: Engagement, zone: str, now: datetime, by: int | None) -> bool:
    """Go on after a pause; answers whether that was new."""
    if engagement.status != Status.PAUSED:
        return False
    _move(db, engagement, rules.status_on(engagement.starts_on, local_date(now, zone)), now, by, "resumed")
    return True


def end(db: Session, engagement: Engagement, zone: str, now: datetime, by: int | None) -> bool:
    """It is over: nothing of it falls due any more, both are told; answers whether that was new."""
    if engagement.status not in OPEN:
        return False
    was_invited = engagement.status == Status.INVITED
    engagement.ended_on = local_date(now, zone)
    for kind in ("engagements.settles", "engagements.ends", "onboarding.introduce", "onboarding.ask"):
        occurrences.cancel(db, kind, _id(engagement))
    if was_invited:  # neither has heard of it yet
        engagement.status = Status.ENDED
        _keep(db, engagement)
    else:
        _move(db, engagement, Status.ENDED, now, by)
    return True


def _move(db: Session, engagement: Engagement, status: Status, now: datetime, by: int | None, letter: str = "") -> None:
    """Change the status and tell both but whoever (`by`) did it; the pulse follows."""
    engagement.status = status
    _keep(db, engagement)
    for person in dict.fromkeys((engagement.contractor_id, engagement.manager_id)):
        if person != by:
            key = f"engagement-{letter or status}:{engagement.id}:{person}:{now.isoformat()}"
            deliveries.plan(db, key, f"engagements.{letter or status}", at=now, subject=_id(engagement), person=person)
    occurrences.plan(db, "engagements.follow", engagement.contractor_id, now)


def _keep(db: Session, engagement: Engagement) -> None:
    """Keep it beside the contractor's others: no two are of the same work, and they begin when the contractor is here."""
    one_at_a_time(db, "person", engagement.contractor_id)
    db.add(engagement)
    db.flush()


def _id(engagement: EngagementRow) -> int:
    return engagement.id or 0
