"""What people do, a router for each feature: the contents page."""

from bot.chat import Command, Route, Router, Shortcut
from handlers import (
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
    templates,
)

# In the order in which help and the Home show them.
ROUTERS: tuple[Router, ...] = (
    pulse.router,
    blockers.router,
    hours.router,
    health.router,
    kpis.router,
    templates.router,
    people.router,
    onboarding.router,
    engagements.router,
    away.router,
    admin.router,
    home.router,
)


def routes() -> dict[str, Route]:
    """Every route by name."""
    return {name: route for router in ROUTERS for name, route in router.routes.items()}


def commands() -> tuple[Command, ...]:
    """Every word people can type."""
    return tuple(command for router in ROUTERS for command in router.commands)


def shortcuts() -> tuple[Shortcut, ...]:
    """Everything in the platform's own menus."""
    return tuple(shortcut for router in ROUTERS for shortcut in router.shortcuts)
