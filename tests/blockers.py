"""How people get stuck in the town, for the tests about it."""

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlmodel import Session, select

import storage
from storage.blockers import Blocker
from storage.engagements import Engagement
from tests.conftest import Town
from tests.demo_driver import Form

STUCK = "No access to staging"
MORNING = "2026-11-23 09:00"  # of whoever is asked, in their own zone


async def opened(town: Town, stops: str = STUCK, who: str = "ana") -> Form:
    """The report's form, as a guest gets it: a word, then a tap."""
    person = town.person(who)
    await person.says(f"blocker {stops}")
    await (await person.sees("I kept your words")).tap("Report it")
    return await person.form("Report a blocker")


async def report(
    town: Town, stops: str = STUCK, whom: str = "", severity: str = "", who: str = "ana", engaged: bool = False
) -> None:  # fmt: skip
    """Ana, who works for Mo, reports what stops her."""
    if not engaged:
        await town.engage(who)
    form = await opened(town, stops, who)
    if whom:
        form.pick("From whom do you need it?", town.person(whom))
    if severity:
        form.choose("How badly does it stop you?", severity)
    assert not (await form.submit()).errors
    await town.settle()


async def asked(town: Town, **more: Any) -> None:
    """Ana has reported, and it is Mo's morning."""
    await report(town, **more)
    await town.until(MORNING, "America/Chicago")


async def answers(town: Town, who: str, label: str, note: str = "", whom: str = "", where: str | None = None) -> None:
    """Tap a button of the notice, and fill in the form if there is one."""
    person = town.person(who)
    await (await person.sees("What stops them", where=where)).tap(label)
    if person.has_form():
        form = await person.form()
        if note:
            form.fill(form.labels[-1], note)
        if whom:
            form.pick("Who can help?", town.person(whom))
        assert not (await form.submit()).errors
    await town.settle()


def runs_out_and_goes(town: Town, who: int, first: date, last: date) -> Callable[[Session], None]:
    """The clock of the first blocker runs out, and whoever is asked next says that they are away before that leaves."""

    def work(db: Session) -> None:
        town.world.clock.put_forward(town.now.replace(minute=0, hour=15))
        storage.blockers.advance(db, storage.blockers.get(db, 1), town.now)
        storage.away.add(db, storage.people.get(db, who), first, last, town.now)

    return work


async def kept(town: Town) -> Blocker:
    """The newest blocker."""

    def look(db: Session) -> Blocker:
        return db.exec(select(Blocker)).all()[-1]

    return await town.db(look)


async def change(town: Town, name: str, **values: Any) -> None:
    """Change what is kept of somebody."""
    person_id = await town.person_id(name)

    def work(db: Session) -> None:
        person = storage.people.get(db, person_id)
        for field, value in values.items():
            setattr(person, field, value)
        db.add(person)

    await town.db(work)


async def engagements_are(town: Town, status: str) -> None:
    """Whatever runs is now of this status, whoever has a form about it open."""

    def work(db: Session) -> None:
        for one in db.exec(select(Engagement)).all():
            one.status = status
            db.add(one)

    await town.db(work)
