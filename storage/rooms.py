"""Where the bot was let in, on a chat that must be told an address for every message it is sent."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlmodel import Field, Session, UniqueConstraint, col, delete, select

from storage.database import Scoped


class Room(Scoped, table=True):
    """A conversation: a channel, a group chat or a 1:1. `reference` is our own JSON of how it is reached."""

    __table_args__ = (UniqueConstraint("workspace_id", "channel"),)

    id: int | None = Field(default=None, primary_key=True)
    channel: str
    kind: str  # "personal", "channel" or "groupChat"
    team: str = ""  # the team a channel belongs to
    name: str = ""
    reference: str = "{}"


def every(db: Session) -> Sequence[Room]:
    """All of them, the one heard from last at the end."""
    return db.exec(select(Room).order_by(col(Room.id))).all()


def names(db: Session, channels: Iterable[str]) -> dict[str, str]:
    """What these are called, where the chat told."""
    rows = db.exec(select(Room.channel, Room.name).where(col(Room.channel).in_(set(channels)))).all()
    return {channel: name for channel, name in rows if name}


def keep(db: Session, channel: str, kind: str, team: str, name: str, reference: dict[str, Any]) -> None:
    """Remember a conversation and how it is reached now."""
    found = db.exec(select(Room).where(Room.channel == channel)).first() or Room(channel=channel, kind=kind)
    found.kind, found.reference = kind, json.dumps(reference)
    found.team, found.name = team or found.team, name or found.name
    db.add(found)


def leave(db: Session, channels: Sequence[str]) -> None:
    """The bot was removed from these."""
    db.exec(delete(Room).where(col(Room.channel).in_(channels)))
