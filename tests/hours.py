"""How people agree on golden hours in the town, for the tests about them."""

from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session

import storage
from tests.conftest import Town

WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


async def propose(town: Town, contractor: str, days: tuple[str, ...], start: str, length: str) -> None:
    """The contractor types a window on their own clock."""
    person = town.person(contractor)
    await person.says("hours")
    await (await person.sees("commits to answer you")).tap("Another window")
    form = await person.form("A golden window")
    form.choose("On which days", *days)
    form.fill("From", start)
    form.choose("For how long", length)
    assert not (await form.submit()).errors
    await town.settle()


async def agree(
    town: Town,
    contractor: str = "ana",
    manager: str = "mo",
    days: tuple[str, ...] = WEEK,
    start: str = "15:00",
    length: str = "2 hours",
) -> None:
    """The contractor proposes, the manager accepts."""
    await propose(town, contractor, days, start, length)
    await (await town.person(manager).sees("suggests a window")).tap("Accept")
    await town.settle()


async def ask(town: Town, text: str, who: str = "ana") -> None:
    """Ask in golden hours, from the overview."""
    person = town.person(who)
    await person.says("hours")
    await town.settle()
    await (await person.sees("commits to answer in these hours")).tap("Ask in golden hours")
    form = await person.form("Ask in golden hours")
    form.fill("Your question", text)
    assert not (await form.submit()).errors
    await town.settle()


async def reminders(town: Town) -> list[tuple[str, str]]:
    """What the ledger knows of reminders: key and state."""
    return sorted((key, state) for key, state, _ in await town.ledger() if key.startswith("hours:"))


async def change(town: Town, name: str, **values: Any) -> None:
    """Change what is kept of somebody."""
    person_id = await town.person_id(name)

    def work(db: Session) -> None:
        person = storage.people.get(db, person_id)
        for field, value in values.items():
            setattr(person, field, value)
        db.add(person)

    await town.db(work)


async def engagement(town: Town, engagement_id: int, **values: Any) -> None:
    """Change an engagement."""

    def work(db: Session) -> None:
        found = storage.engagements.get(db, engagement_id)
        for field, value in values.items():
            setattr(found, field, value)
        db.add(found)

    await town.db(work)


def at(town: Town, text: str) -> None:
    """Begin on another day (UTC), before anything is agreed."""
    town.world.clock.put_forward(datetime.fromisoformat(text).replace(tzinfo=UTC))
