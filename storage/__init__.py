"""What is kept: one file per feature, its tables and its queries."""

from storage import (
    admin,
    away,
    blockers,
    cases,
    database,
    deliveries,
    engagements,
    health,
    hours,
    inbound,
    kpis,
    occurrences,
    onboarding,
    people,
    pulse,
    transfer,
)

__all__ = [
    "admin",
    "away",
    "blockers",
    "cases",
    "database",
    "deliveries",
    "engagements",
    "health",
    "hours",
    "inbound",
    "kpis",
    "occurrences",
    "onboarding",
    "people",
    "pulse",
    "transfer",
]
