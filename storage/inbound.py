"""What has come in already, so that a retry has no second effect."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Field, Session, SQLModel, col

from storage.database import Instant
from storage.rows import keep

KEPT = timedelta(days=2)  # platforms stop retrying within hours


class Seen(SQLModel, table=True):
    workspace_id: int = Field(primary_key=True)
    id: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant, index=True)


def first_time(db: Session, inbound_id: str, now: datetime) -> bool:
    """Record an inbound id; False when it was recorded before."""
    return keep(db, Seen, {"id": inbound_id, "at": now}, by=("workspace_id", "id"))


def forget(db: Session, now: datetime) -> None:
    """Drop what no platform retries any more."""
    db.exec(delete(Seen).where(col(Seen.at) < now - KEPT))
