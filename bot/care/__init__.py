"""The rules, pure: no clock, no await, no I/O; one file per feature."""

from bot.care import (
    admin,
    away,
    blockers,
    engagements,
    health,
    hours,
    kpis,
    occurrences,
    onboarding,
    people,
    pulse,
    terms,
    transfer,
    whoswho,
    working,
)

__all__ = [
    "admin",
    "away",
    "blockers",
    "engagements",
    "health",
    "hours",
    "kpis",
    "occurrences",
    "onboarding",
    "people",
    "pulse",
    "terms",
    "transfer",
    "whoswho",
    "working",
]
