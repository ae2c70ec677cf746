"""What has come in already, so that a retry has no second effect."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlmodel import Field, Session, SQLModel, col

from storage.database import Instant, connection, insert_for

KEPT = timedelta(days=2)  # platforms stop retrying within hours


class Seen(SQLModel, table=True):
    workspace_id: int = Field(primary_key=True)
    id: str = Field(primary_key=True)
    at: datetime = Field(sa_type=Instant, index=True)


_statements: dict[str, Any] = {}


def first_time(db: Session, inbound_id: str, now: datetime) -> bool:
    """Record an inbound id; False when it was recorded before."""
    plain = connection(db)
    values = {"workspace_id": db.info["workspace"], "id": inbound_id, "at": now}
    name = plain.dialect.name
    if name not in _statements:
        made = insert_for(plain)(Seen).on_conflict_do_nothing()
        _statements[name] = made.execution_options(preserve_rowcount=True)  # of an insert it is forgotten otherwise
    return plain.execute(_statements[name], values).rowcount == 1


def forget(db: Session, now: datetime) -> None:
    """Drop what no platform retries any more."""
    db.exec(delete(Seen).where(col(Seen.at) < now - KEPT))
