"""Somebody in a workspace: who they are, when they work, whether they can be asked anything right now."""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlmodel import Field, SQLModel

from bot.care.working import WorkingHours

DEFAULT_START, DEFAULT_END = time(9), time(17)  # until somebody sets their own
DEFAULT_DAYS = "12345"  # ISO weekdays, Monday first


class WorkspaceRow(SQLModel):
    """A Slack workspace or a Teams tenant. `team` is the platform's id of it."""

    id: int | None = Field(default=None, primary_key=True)
    platform: str
    team: str
    name: str = ""
    bot_user: str = ""
    care_channel: str = ""
    intro_channel: str = ""
    care_seeded: bool = False
    active: bool = True


class PersonRow(SQLModel):
    """Anybody the bot knows. `user` is empty until somebody added by e-mail joins."""

    id: int | None = Field(default=None, primary_key=True)
    user: str = ""
    directory: str = ""  # what a directory beside the chat calls them (Entra), where there is one
    email: str = ""
    name: str = ""
    zone: str = "UTC"
    locale: str = "en"
    country: str = ""  # ISO 3166, for public holidays
    days: str = DEFAULT_DAYS
    starts: time = DEFAULT_START
    ends: time = DEFAULT_END
    hours_confirmed: bool = False  # they set their own hours; until then the profile's zone and 9 to 17
    zone_told: bool = False  # by their chat, an engagement or themselves; until then a contractor is in their manager's
    zone_agreed: bool = False  # an engagement says their zone: their profile no longer does
    guest: bool = False
    admin: bool = False
    workspace_admin: bool = False  # the platform says so; nobody here can take it from them
    care: bool = False
    active: bool = True
    external: bool = False  # of another organisation: cannot use commands here
    direct: str = ""  # the 1:1 channel with the bot
    unreachable: str = ""  # why nothing reaches them; empty while something does
    welcomed_at: datetime | None = None
    muted_until: datetime | None = None
    away_from: date | None = None
    away_until: date | None = None  # their last day away, in their own zone


class TopicRow(SQLModel):
    """Whom to ask for something, as an admin or a manager wrote it down."""

    id: int | None = Field(default=None, primary_key=True)
    topic: str
    person_id: int
    note: str = ""


class Role(StrEnum):
    """What somebody is to a workspace, and (but for ANYONE) what they are to one engagement or report."""

    ANYONE = "anyone"
    CONTRACTOR = "contractor"
    MANAGER = "manager"
    CARE = "care"
    ADMIN = "admin"
    RESPONSIBLE = "responsible"  # only to a thing: somebody who was asked for it


def paused(person: PersonRow, now: datetime) -> bool:
    """Whether nothing is to be asked of them now: muted, or away on this day of their own zone."""
    if person.muted_until is not None and now < person.muted_until:
        return True
    return away_on(person, now.astimezone(ZoneInfo(person.zone)).date())


def away_on(person: PersonRow, day: date) -> bool:
    """Whether they said they are away on this day."""
    if person.away_until is None or day > person.away_until:
        return False
    return person.away_from is None or day >= person.away_from


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who acts, as much of them as every turn needs. `zone` is IANA; `locale` like "en"."""

    id: int
    workspace_id: int
    user: str
    name: str
    zone: str
    locale: str
    guest: bool
    welcomed: bool
    lost: bool  # nothing reached them the last time
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a thing is about: its contractor, their managers, whoever was asked for it. Person ids."""

    contractor: int | None
    managers: frozenset[int] = frozenset()
    responsible: frozenset[int] = frozenset()


def working_hours(person: PersonRow) -> WorkingHours:
    """When somebody works, on their own wall clock, with their country's public holidays."""
    days = frozenset(int(day) for day in person.days)
    return WorkingHours(person.zone, days, person.starts, person.ends, person.country or None)


def away(person: PersonRow) -> tuple[tuple[date, date], ...]:
    """The local dates on which they said they are away, as the working-time rules take them."""
    if person.away_until is None:
        return ()
    return ((person.away_from or date.min, person.away_until),)
