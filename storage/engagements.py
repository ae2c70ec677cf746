"""Engagements: who works for whom."""

from collections.abc import Sequence

from sqlmodel import Field, Session, col, select

from bot.care.engagements import OPEN, RUNNING, EngagementRow
from bot.errors import NotFound
from storage.database import Scoped


class Engagement(EngagementRow, Scoped, table=True):
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
