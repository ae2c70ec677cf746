"""Everything the bot says: data in, cards out; one file per feature, one EXAMPLE per card."""

from bot.words import (
    admin,
    away,
    blockers,
    blockers_forms,
    engagements,
    health,
    home,
    hours,
    hours_offers,
    hours_questions,
    kpis,
    onboarding,
    people,
    pulse,
    templates,
    terms,
)

__all__ = [
    "admin",
    "away",
    "blockers",
    "blockers_forms",
    "engagements",
    "health",
    "home",
    "hours",
    "hours_offers",
    "hours_questions",
    "kpis",
    "onboarding",
    "people",
    "pulse",
    "templates",
    "terms",
]
