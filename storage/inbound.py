"""What has come in already, so that a retry has no second effect."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col

from storage.database import Instant, connection

KEPT = timedelta(days=2)  # platforms stop retrying within hours


class Seen(SQLModel, table=True):
    workspace_id: int = Field(primary_key=True)
    id: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant, index=True)


_table = Seen.__table__  # type: ignore[attr-defined]
_INSERT = {
    "sqlite": sqlite.insert(_table).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(_table).on_conflict_do_nothing(),
}


def first_time(db: Session, inbound_id: str, now: datetime) -> bool:
    """Record an inbound id; False when it was recorded before."""
    plain = connection(db)
    values = {"workspace_id": db.info["workspace"], "id": inbound_id, "at": now}
    return plain.execute(_INSERT[plain.dialect.name], values).rowcount == 1


def forget(db: Session, now: datetime) -> None:
    """Drop what no platform retries any more."""
    db.exec(delete(Seen).where(col(Seen.at) < now - KEPT))
