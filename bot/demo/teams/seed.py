"""The demo's team on Teams: the same people in the same channels, and what Teams tells only when somebody writes."""

from datetime import datetime

from sqlmodel import Session

import storage
from bot.demo.seed import TEAM
from bot.demo.start import DemoClock
from bot.demo.teams.tenant import Tenant

TEAM_ROOM, CARE_ROOM, SHOP_ROOM = (f"19:{name}@thread.tacv2" for name in ("team", "care", "project-shop"))


def northwind(clock: DemoClock) -> Tenant:
    """The organisation everybody is in."""
    tenant = Tenant(name="Northwind demo", now=clock.now)
    staff = [
        tenant.add_user("29:mo", "Mo Haddad", "mo", email="mo@northwind.example", tz="America/Chicago"),
        tenant.add_user("29:kei", "Kei Mori", "kei", email="kei@northwind.example", tz="Asia/Tokyo"),
        tenant.add_user("29:ada", "Ada Berg", "ada", email="ada@northwind.example", tz="Europe/Berlin", admin=True),
    ]
    contractors = [
        tenant.add_user(f"29:{one.handle}", one.name, one.handle, email=f"{one.handle}@freelance.example", tz=one.zone,
                        guest=one.guest)
        for one in TEAM
    ]  # fmt: skip
    tenant.add_channel(TEAM_ROOM, "team", [*staff, *contractors])
    tenant.add_channel(CARE_ROOM, "care", [staff[1], staff[2]])
    tenant.add_channel(SHOP_ROOM, "project-shop", [staff[0], *contractors])
    tenant.personal |= {each.id for each in tenant.people}
    return tenant


def met(db: Session, tenant: Tenant, now: datetime) -> None:
    """As if everybody had written once: their zones are known then; and who is an admin, which Teams never tells."""
    for user in tenant.people:
        storage.people.learn(db, user.id, now, zone=user.tz, locale=user.locale.split("-")[0]).admin = user.admin
