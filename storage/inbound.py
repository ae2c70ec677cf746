"""What has come in already, so that a retry has no second effect."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Field, Session, SQLModel, col, select

from storage.database import Instant
from storage.rows import keep

KEPT = timedelta(days=2)  # platforms stop retrying within hours
AHEAD = timedelta(minutes=5)  # of ours a platform's clock may be, at most


class Seen(SQLModel, table=True):
    workspace_id: int = Field(primary_key=True)
    id: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant, index=True)


def first_time(db: Session, inbound_id: str, now: datetime) -> bool:
    """Record an inbound id; False when it was recorded before."""
    return keep(db, Seen, {"id": inbound_id, "at": now}, by=("workspace_id", "id"))


def is_news(db: Session, inbound_id: str, about: str, at: datetime, now: datetime) -> bool:
    """Whether a word about something has not come before, and no later one has overtaken it."""
    if inbound_id and not first_time(db, inbound_id, now):
        return False
    latest = db.exec(select(Seen.at).where(Seen.workspace_id == db.info["workspace"], Seen.id == about)).first()
    if latest is not None and latest > at:
        return False
    heard(db, about, min(at, now + AHEAD))
    return True


def heard(db: Session, about: str, at: datetime) -> None:
    """Something is done about this; of two at once, be it new to both, the second is run again on what the first kept."""
    keep(db, Seen, {"id": about, "at": at}, by=("workspace_id", "id"), change=("at",))


def forget(db: Session, now: datetime) -> None:
    """Drop what no platform retries any more."""
    db.exec(delete(Seen).where(col(Seen.at) < now - KEPT))
