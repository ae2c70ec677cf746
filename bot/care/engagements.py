"""The engagement: a contractor works for a manager under it. What it is, and what makes it valid."""

from datetime import date
from enum import StrEnum

from sqlmodel import Field, SQLModel

from bot.care.people import Subject


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
    ends_on: date | None = None
    jurisdiction: str = ""  # ISO 3166 country
    channel: str = ""
    status: str = Status.ONBOARDING
    buddy_id: int | None = None
    owner_id: int | None = None
    lead_id: int | None = None
    operations_id: int | None = None
    template: str = ""  # the role template its KPIs came from


def subject(engagement: EngagementRow) -> Subject:
    """Whom an engagement is about, for deciding access."""
    return Subject(engagement.contractor_id, frozenset({engagement.manager_id}))
