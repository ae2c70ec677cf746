"""Who has a say here, and what is shown to those who have: settings, troubles, what is kept about somebody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bot.care.people import PersonRow

RECENT = timedelta(days=14)  # a message that failed before that nobody waits for any more
NOT_THERE = frozenset({"not_in_channel", "channel_not_found"})  # what a chat says of a channel the bot is not in


class Named(StrEnum):
    """What admins make of others; the value is the person's column."""

    CARE = "care"
    ADMIN = "admin"


class Trouble(StrEnum):
    """What an admin should have a look at."""

    LEFT = "left"  # somebody of an engagement is no longer in the workspace
    UNREACHABLE = "unreachable"  # nothing reaches them
    CHANNEL = "channel"  # a channel in which the bot cannot post
    FAILED = "failed"  # messages to people that the chat refused
    NO_HOURS = "no hours"  # they answer for something and have not said when they work


@dataclass(frozen=True, slots=True)
class Problem:
    """`who`: a name or a channel; `reason`: the platform's own word for it, never personal text."""

    trouble: Trouble
    who: str
    reason: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Look:
    """What admins see of everybody."""

    care: Sequence[PersonRow]
    admins: Sequence[PersonRow]
    problems: Sequence[Problem]


@dataclass(frozen=True, slots=True)
class Overview:
    """One person's settings; `held`: the kinds of what was held back; `admin` only for admins."""

    person: PersonRow
    absences: Sequence[tuple[date, date]]
    held: Sequence[str]
    admin: Look | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept about somebody, counted."""

    person: PersonRow
    engagements: int
    pulses: int
    comments: int
    absences: int
    messages: int
