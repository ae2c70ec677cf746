"""The introduction: when it is offered, what may still change about it, how greetings are gathered."""

from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlmodel import Field, SQLModel

from bot.care.occurrences import instant
from bot.care.people import PersonRow, away, working_hours
from bot.care.working import next_start

AFTER = timedelta(hours=1)  # between hearing of an engagement and the next message: no burst
GATHER = timedelta(hours=2)  # from the first greeting to the note about it
APART = timedelta(hours=24)  # between two such notes
LONGEST_FACT, LONGEST_TEXT = 300, 1500
LISTED = 20  # names on the posted card; the rest is a number


class State(StrEnum):
    """Where an introduction stands; whether it is posted, the ledger says."""

    ASKED = "asked"
    DRAFTED = "drafted"
    APPROVED = "approved"
    DECLINED = "declined"


class IntroductionRow(SQLModel):
    """One introduction to one engagement. `text` is what the contractor saw, letter by letter."""

    id: int | None = Field(default=None, primary_key=True)
    engagement_id: int
    state: str = State.ASKED
    fun_fact: str = ""
    text: str = ""
    told_at: datetime | None = None  # when the contractor last got a note about greetings


class GreetingRow(SQLModel):
    """Somebody said hi, once. `batch` names the note in which the contractor hears of it."""

    introduction_id: int
    person_id: int
    greeted_at: datetime
    batch: str = ""


def ask_at(contractor: PersonRow, starts_on: date, now: datetime) -> datetime:
    """When to offer it, in UTC: in the contractor's working hours, on the first day or a while from now."""
    earliest = max(now + AFTER, instant(starts_on, contractor.starts, contractor.zone))
    return next_start(working_hours(contractor), earliest, away(contractor))


def note_at(introduction: IntroductionRow, now: datetime) -> datetime:
    """When the contractor hears of a greeting: with those that come meanwhile, at most once a day."""
    at = now + GATHER
    return at if introduction.told_at is None else max(at, introduction.told_at + APART)
