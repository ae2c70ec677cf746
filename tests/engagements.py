"""Engagements as the tests speak of them: added by Ada, looked at by whoever may."""

from datetime import date
from typing import Any

from sqlmodel import Session, col, select

import storage
from tests.conftest import Town
from tests.demo_driver import Form, Person


async def the_form(town: Town, who: str = "@ana") -> Form:
    """The terms for somebody, as Ada has them open."""
    ada = town.person("ada")
    await ada.commands(f"add {who}")
    return await ada.form("Add a contractor")


def fill(town: Town, form: Form, manager: str = "mo", **more: str) -> Form:
    """Everything an engagement needs."""
    form.fill("Role", more.get("role", "Data engineer"))
    form.fill("What they are here to solve", more.get("bottleneck", "Reports take a week"))
    form.pick("Manager", town.person(manager))
    form.fill("First day", more.get("starts", "2026-11-23"))
    return form


async def added(town: Town) -> None:
    form = fill(town, await the_form(town))
    form.pick("Channel", "project")
    await form.submit()
    assert not form.errors
    await town.settle()


async def one(town: Town) -> storage.engagements.Engagement:
    """The newest engagement."""

    def look(db: Session) -> storage.engagements.Engagement:
        newest = col(storage.engagements.Engagement.id).desc()
        return db.exec(select(storage.engagements.Engagement).order_by(newest)).all()[0]

    return await town.db(look)


async def pulse_is_planned(town: Town, who: str = "ana") -> bool:
    person = await town.person_id(who)
    return await town.db(lambda db: storage.occurrences.of(db, "pulse.ask", person) is not None)


async def shows(town: Town, who: str, about: str = "@ana") -> Person:
    person = town.person(who)
    await person.commands(f"edit {about}")
    await town.settle()
    return person


async def begun(town: Town, contractor: str = "ana", **more: Any) -> int:
    """An engagement that has just begun, as adding it leaves it."""
    values: dict[str, Any] = {"starts_on": date(2026, 11, 23), "status": "invited"} | more
    engagement = await town.engage(contractor, **values)

    def begin(db: Session) -> None:
        one = storage.engagements.get(db, engagement)
        storage.engagements.begin(db, one, storage.people.get(db, one.contractor_id).zone, town.now)

    await town.db(begin)
    await town.settle()
    return engagement
