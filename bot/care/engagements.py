"""The engagement: a contractor works for a manager under it. What it is, and what makes it valid."""

import re
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlmodel import Field, SQLModel

from bot.care.occurrences import instant, local_date
from bot.care.people import PersonRow, Subject

ONBOARDING = timedelta(days=90)  # the 30-60-90 goals end with it; after that an engagement is simply active
ENDS_AT = time(9)  # on the day after the last one: a goodbye is read in the morning


class Status(StrEnum):
    INVITED = "invited"  # added by e-mail, not in the workspace yet
    ONBOARDING = "onboarding"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


RUNNING = (Status.ONBOARDING, Status.ACTIVE)  # those in which the bot asks and reminds
OPEN = (Status.INVITED, *RUNNING, Status.PAUSED)


class EngagementRow(SQLModel):
    """Person ids throughout; `channel` is the platform's id of the engagement's channel."""

    id: int | None = Field(default=None, primary_key=True)
    contractor_id: int
    manager_id: int
    role: str
    bottleneck: str
    starts_on: date
    ends_on: date | None = None  # the last day, in the contractor's zone
    jurisdiction: str = ""  # ISO 3166 country
    channel: str = ""
    status: str = Status.ONBOARDING
    buddy_id: int | None = None
    owner_id: int | None = None
    lead_id: int | None = None
    operations_id: int | None = None
    template: str = ""  # the role template its KPIs came from
    ended_on: date | None = None  # when it really ended


def subject(engagement: EngagementRow) -> Subject:
    """Whom an engagement is about, for deciding access."""
    return Subject(engagement.contractor_id, frozenset({engagement.manager_id}))


# -- its life -----------------------------------------------------------------------------------------


def status_on(starts_on: date, today: date) -> Status:
    """Onboarding until 90 days after the start, then active; `today` is the contractor's date."""
    return Status.ONBOARDING if today < starts_on + ONBOARDING else Status.ACTIVE


def settles_at(starts_on: date, zone: str) -> datetime:
    """When onboarding is over, in UTC."""
    return instant(starts_on + ONBOARDING, time(0), zone)


def ends_at(ends_on: date, zone: str) -> datetime:
    """When an engagement with this last day ends by itself, in UTC: the morning after, for the contractor."""
    return instant(ends_on + timedelta(days=1), ENDS_AT, zone)


def asks_from(starts_on: date, zone: str, now: datetime) -> datetime:
    """From when something may be asked under an engagement: never before its first day."""
    return max(now, instant(starts_on, time(0), zone))


def today_of(person: PersonRow, now: datetime) -> date:
    """Somebody's own date."""
    return local_date(now, person.zone)


def same_work(one: EngagementRow, role: str, manager_id: int) -> bool:
    """Whether this would be the same engagement twice."""
    return one.manager_id == manager_id and one.role.strip().casefold() == role.strip().casefold()


# -- who can be added ---------------------------------------------------------------------------------

_EMAIL = re.compile(r"[^\s<>|:@,;\"()]+@[^\s<>|:@,;\"()]+\.[^\s<>|:@,;\"().]{2,}")


def email_in(text: str) -> str:
    """The e-mail address in what was typed, in small letters; "" where there is none."""
    found = _EMAIL.search(text)
    return found[0].lower() if found else ""


def is_email(text: str) -> bool:
    """Whether this is one e-mail address and nothing else."""
    return email_in(text) == text.strip().lower() != ""
