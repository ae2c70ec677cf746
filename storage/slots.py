"""When each channel, workspace and kind of call is free again, where all replicas see it. On PostgreSQL only:
a process that is alone keeps this in mind (bot/pacing.py)."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, text
from sqlmodel import Field, Session, SQLModel, col, select

from storage.database import Instant, connection
from storage.deliveries import Call
from storage.rows import keep

WORKSPACE = ""  # the slot that all channels of a workspace share
KEPT = timedelta(days=1)


class Slot(SQLModel, table=True):
    workspace_id: int = Field(primary_key=True)
    lane: str = Field(primary_key=True)  # a channel, WORKSPACE, or "!" and a kind of call
    free_at: datetime = Field(sa_type=Instant, index=True)


# By the server's clock, which all replicas share.
_LEFT = text(
    "SELECT extract(epoch FROM free_at - clock_timestamp()) FROM slot WHERE workspace_id = :workspace AND lane = :lane"
)
_TAKE = text(
    "INSERT INTO slot (workspace_id, lane, free_at) "
    "VALUES (:workspace, :lane, clock_timestamp() + make_interval(secs => :step)) "
    "ON CONFLICT (workspace_id, lane) DO UPDATE "
    "SET free_at = greatest(slot.free_at, clock_timestamp()) + make_interval(secs => :step) "
    "RETURNING extract(epoch FROM free_at - clock_timestamp()) - :step"
)
_SET = text(
    "INSERT INTO slot (workspace_id, lane, free_at) "
    "VALUES (:workspace, :lane, clock_timestamp() + make_interval(secs => :step)) "
    "ON CONFLICT (workspace_id, lane) DO UPDATE SET free_at = excluded.free_at"
)


def left(db: Session, channel: str) -> float:
    """Seconds until a channel is free."""
    values = {"workspace": db.info["workspace"], "lane": channel}
    return max(0.0, float(connection(db).execute(_LEFT, values).scalar() or 0))


def take(db: Session, channel: str, per_channel: float, per_workspace: float) -> float:
    """Take the workspace's next free moment, for a message in this channel; answers in how many seconds it is."""
    plain, workspace = connection(db), db.info["workspace"]
    values = {"workspace": workspace, "lane": WORKSPACE, "step": per_workspace}
    wait = max(0.0, float(plain.execute(_TAKE, values).scalar() or 0))
    plain.execute(_SET, {"workspace": workspace, "lane": channel, "step": wait + per_channel})
    return wait


def hold(db: Session, call: Call, until: datetime) -> None:
    """A chat asked to be left alone with this kind of call."""
    keep(db, Slot, {"lane": f"!{call}", "free_at": until}, by=("workspace_id", "lane"), change=("free_at",))


def held(db: Session, now: datetime) -> Mapping[Call, datetime]:
    """What this workspace's chat asked to be left alone with, and until when."""
    rows = db.exec(
        select(Slot).where(
            Slot.workspace_id == db.info["workspace"], col(Slot.lane).startswith("!"), col(Slot.free_at) > now
        )
    ).all()
    return {Call(row.lane[1:]): row.free_at for row in rows}


def forget(db: Session, now: datetime) -> None:
    """Drop what has long been free."""
    db.exec(delete(Slot).where(col(Slot.free_at) < now - KEPT))
