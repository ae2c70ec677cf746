"""The small town of the conversation tests as an organisation on Teams."""

from datetime import datetime

from sqlmodel import Session

import storage
from bot.demo.organisation import Json, User
from bot.demo.start import DemoClock
from bot.demo.teams.tenant import Tenant

CARE, TEAM, PROJECT = (f"19:{name}@thread.tacv2" for name in ("care", "team", "project"))
WORDS = {"blockers.report": "blocker", "hours.ask": "ask"}  # which word does what Slack has a global shortcut for


def northwind_on_teams(clock: DemoClock) -> Tenant:
    """The same people in the same channels."""
    tenant = Tenant(name="Northwind", now=clock.now)
    people: dict[str, User] = {
        "ana": tenant.add_user("29:ana", "Ana Sousa", "ana", email="ana@example.com", tz="Europe/Lisbon", guest=True),
        "mo": tenant.add_user("29:mo", "Mo Haddad", "mo", email="mo@example.com", tz="America/Chicago"),
        "kei": tenant.add_user("29:kei", "Kei Mori", "kei", email="kei@example.com", tz="Asia/Tokyo"),
        "ada": tenant.add_user("29:ada", "Ada Berg", "ada", email="ada@example.com", tz="Europe/Berlin", admin=True),
        "lee": tenant.add_user("29:lee", "Lee Park", "lee", email="lee@example.com", tz="Asia/Kathmandu"),
    }
    tenant.add_channel(CARE, "care", [people["kei"]])
    tenant.add_channel(TEAM, "team", list(people.values()))
    tenant.add_channel(PROJECT, "project", [people["ana"], people["mo"], people["lee"]])
    tenant.personal = set(tenant.users) - {tenant.bot.id}  # an admin set it up for everybody, long ago
    return tenant


def known(db: Session, tenant: Tenant, now: datetime) -> None:
    """What Teams tells of nobody until they write: their zone; and what it never tells: who is an admin."""
    for user in tenant.people:
        storage.people.learn(db, user.id, now, zone=user.tz, locale=user.locale.split("-")[0]).admin = user.admin


def sent(tenant: Tenant) -> list[Json]:
    """Every card that the bot has sent and that is still there."""
    return [each.card for place in tenant.conversations.values() for each in place.activities if each.card]
