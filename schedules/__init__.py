"""What time does, a planner for each feature: the contents page."""

from datetime import datetime

from sqlmodel import Session

from bot.planner import Due, Letter, Planner
from schedules import (
    admin,
    away,
    blockers,
    engagements,
    health,
    home,
    hours,
    kpis,
    onboarding,
    people,
    pulse,
)

PLANNERS: tuple[Planner, ...] = (
    admin.planner,
    away.planner,
    blockers.planner,
    engagements.planner,
    health.planner,
    home.planner,
    hours.planner,
    kpis.planner,
    onboarding.planner,
    people.planner,
    pulse.planner,
)


def begin(db: Session, now: datetime) -> None:
    """What has to be on a workspace's calendar from the start."""
    health.plan_night(db, now)


def dues() -> dict[str, Due]:
    """Every kind of occurrence by name."""
    return {name: due for planner in PLANNERS for name, due in planner.dues.items()}


def letters() -> dict[str, Letter]:
    """Every kind of message by name."""
    return {name: letter for planner in PLANNERS for name, letter in planner.letters.items()}
