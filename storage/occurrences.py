"""What falls due next: one row for each thing that time does to somebody, under an index of due instants."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Index, func
from sqlalchemy import select as core_select
from sqlmodel import Field, Session, col, select

from storage.database import Instant, Scoped, connection
from storage.rows import keep


class Occurrence(Scoped, table=True):
    """The next occurrence of `kind` for `subject`. `name` is its local date or ISO week; it goes into ledger keys."""

    __table_args__ = (Index("ix_occurrence_subject", "workspace_id", "kind", "subject", unique=True),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    subject: int
    due_at: datetime = Field(sa_type=Instant, index=True)
    name: str = ""


def plan(db: Session, kind: str, subject: int, due_at: datetime, name: str = "") -> None:
    """Let `kind` fall due for `subject` at `due_at`, instead of whenever it would have been."""
    values = {"kind": kind, "subject": subject, "due_at": due_at, "name": name}
    keep(db, Occurrence, values, by=("workspace_id", "kind", "subject"), change=("due_at", "name"))


def cancel(db: Session, kind: str, subject: int) -> None:
    """Nothing of this kind falls due for `subject` any more."""
    if (found := of(db, kind, subject)) is not None:
        db.delete(found)
        db.flush()  # or it would take back what is planned anew


def of(db: Session, kind: str, subject: int) -> Occurrence | None:
    """The next occurrence of this kind, if one is planned."""
    mine = select(Occurrence).where(Occurrence.kind == kind, Occurrence.subject == subject)
    return db.exec(mine.execution_options(populate_existing=True)).first()


_FIRST = core_select(func.min(Occurrence.__table__.c.due_at))  # type: ignore[attr-defined]


def anything_due(db: Session, by: datetime) -> bool:
    """Whether anything at all is due, in any workspace: one look at the index, asked every minute."""
    first: datetime | None = connection(db).execute(_FIRST).scalar()
    return first is not None and first <= by


def due(db: Session, by: datetime, most: int = 200) -> Sequence[Occurrence]:
    """What is due at or before `by` and in no other replica's hands, earliest first."""
    return db.exec(
        select(Occurrence)
        .where(col(Occurrence.due_at) <= by)
        .order_by(col(Occurrence.due_at))
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()


def next_due(db: Session) -> datetime | None:
    """When the next thing falls due."""
    return db.exec(select(Occurrence.due_at).order_by(col(Occurrence.due_at)).limit(1)).first()


def next_of(db: Session, kind: str, after: datetime, subject: int | None = None) -> datetime | None:
    """When the next occurrence of a kind falls due after an instant, for one subject or for any."""
    query = select(Occurrence.due_at).where(Occurrence.kind == kind, col(Occurrence.due_at) > after)
    if subject is not None:
        query = query.where(Occurrence.subject == subject)
    return db.exec(query.order_by(col(Occurrence.due_at)).limit(1)).first()
