"""Two workspaces in one database, with people of the same ids in both: neither ever hears of the other."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, inspect
from sqlmodel import Session, SQLModel, select

import handlers
import storage
from bot.chat import Inbound
from bot.turns import Refusal
from storage.database import EVERYONE, Scoped, scoped
from storage.people import Person
from tests.conftest import MONDAY, Town
from tests.everything import PEOPLE, Everything, everything, made
from tests.test_access import FIELDS, LET_IN, turns

MARK = " of Southwind"  # in every word of the second workspace; no word of the first has it
TABLES = [one.class_ for one in SQLModel._sa_registry.mappers if issubclass(one.class_, Scoped)]
NAMES = "|".join(str(table.__tablename__) for table in TABLES)
WEEK = 7


@pytest.fixture
async def north(town: Town) -> Everything:
    return await everything(town)


@pytest.fixture
async def south(town: Town, north: Everything) -> tuple[int, Everything]:
    """The second workspace and what there is in it; the same happened there at the same time."""

    def make(db: Session) -> tuple[int, Everything]:
        workspace = storage.people.workspace(db, "slack", "T0SOUTH").id or 0
        with scoped(db, workspace):
            return workspace, Everything(made(db, town.now, MARK))

    assert town.world.app.slack is not None
    return await town.world.app.database.write(make, EVERYONE)


def rows(db: Session, workspace: int) -> dict[str, list[str]]:
    """All there is of one workspace, table by table."""
    with scoped(db, workspace):
        return {str(table.__tablename__): sorted(map(repr, db.exec(select(table)).all())) for table in TABLES}


@contextmanager
def unscoped() -> Iterator[list[str]]:
    """Every reading statement meanwhile that asks a table without saying of which workspace."""
    found: list[str] = []

    def look(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asks = re.search(rf'(FROM|JOIN) "?({NAMES})\b', statement) and statement.startswith("SELECT")
        if asks and not re.search(r"workspace_id\"? (=|IN)", statement):
            found.append(statement)

    event.listen(Engine, "before_cursor_execute", look)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", look)


async def attempts(town: Town, workspace: int, about: Everything) -> list[tuple[str, str, Any]]:
    """Everybody of a workspace tries every route: (who, route, what they see)."""
    runs, _ = turns(town)
    return [
        (who, route, (await runs.run(
            Inbound("", "T", f"U0{who.upper()}", route, about.value(pattern), FIELDS.get(route, {})), workspace
        )).outcome)
        for let_in, routes in LET_IN.items() for route, pattern in routes.items() for who in let_in.split()
    ]  # fmt: skip


async def test_nothing_shown_in_one_workspace_is_of_the_other(
    town: Town, north: Everything, south: tuple[int, Everything]
) -> None:
    workspace, here = south
    await town.settle()
    with unscoped() as statements:
        seen = await attempts(town, workspace, here)
    said = [(who, route, repr(outcome).replace("\\'", "'")) for who, route, outcome in seen]
    told = [
        (who, route, name)
        for who, route, text in said
        for name in PEOPLE.values()
        if re.search(f"{name}(?!{MARK})", text)
    ]
    assert not told, told
    assert sum(MARK in text for _, _, text in said) > 50, "it shows something"
    assert not statements, statements


async def test_no_id_of_one_workspace_opens_anything_in_the_other(
    town: Town, north: Everything, south: tuple[int, Everything]
) -> None:
    workspace, _ = south
    about = {route for routes in LET_IN.values() for route, pattern in routes.items() if "{" in pattern}
    for who, route, outcome in await attempts(town, workspace, north):
        if route in about - {"/kpis"}:  # which is one's own without an id
            assert isinstance(outcome, Refusal), (who, route)
            assert "can't find that" in outcome.sentence or "older version" in outcome.sentence, (who, route, outcome)


async def test_a_week_in_one_workspace_leaves_the_other_as_it_was(town: Town, south: tuple[int, Everything]) -> None:
    workspace, _ = south
    before = await town.world.app.database.write(lambda db: rows(db, workspace), EVERYONE)
    await town.db(_works_on)
    runs, north = turns(town)
    assert north != workspace
    for route in handlers.routes():
        await runs.run(Inbound("", "T", "U0ADA", route, "1"), north)
    assert await town.world.app.database.write(lambda db: rows(db, workspace), EVERYONE) == before


def _works_on(db: Session) -> None:
    """Somebody moves, is away, is looked at, and leaves."""
    person = storage.people.by_user(db, "U0ANA")
    assert person is not None
    storage.away.add(db, person, MONDAY.date(), MONDAY.date() + timedelta(days=WEEK), MONDAY)
    storage.people.seed_care(db, ["U0LEE"])
    storage.people.learn(db, "U0MO", MONDAY, name="Mo", zone="Asia/Tokyo")
    for engagement in storage.engagements.all_open(db):
        storage.engagements.end(db, engagement, "Asia/Tokyo", MONDAY, by=None)
    storage.cases.close_ended(db, MONDAY)


async def test_time_passes_in_both_and_every_row_belongs_where_its_people_do(
    town: Town, south: tuple[int, Everything]
) -> None:
    for days in range(1, WEEK + 1):
        await town.world.app.turns.tick(town.now + timedelta(days=days))
    astray = await town.world.app.database.write(_astray, EVERYONE)
    assert astray == []


def _astray(db: Session) -> list[tuple[str, str]]:
    """Rows that speak of a row of another workspace."""
    homes = {
        str(table.__tablename__): {inspect(row).identity[0]: row.workspace_id for row in db.exec(select(table)).all()}
        for table in TABLES
    }
    return [
        (str(table.__tablename__), key.parent.name)
        for table in TABLES
        for row in db.exec(select(table)).all()
        for key in SQLModel.metadata.tables[str(table.__tablename__)].foreign_keys
        if key.column.table.name in homes
        and (other := getattr(row, key.parent.name)) is not None
        and homes[key.column.table.name][other] != row.workspace_id
    ]


async def test_letters_are_composed_of_their_own_workspace_alone(town: Town, south: tuple[int, Everything]) -> None:
    workspace, _ = south
    await town.world.app.turns.tick(town.now + timedelta(days=WEEK))

    def compose(db: Session) -> list[str]:
        with scoped(db, workspace):
            owed = db.exec(select(storage.deliveries.Delivery)).all()
            letters = town.world.app.courier.letters
            return [repr(letters[one.kind].compose(db, one, town.now)) for one in owed if one.kind in letters]

    composed = await town.world.app.database.write(compose, EVERYONE)
    assert len(composed) > 10
    assert [text for text in composed for name in PEOPLE.values() if re.search(f"{name}(?!{MARK})", text)] == []


async def test_a_row_of_another_workspace_cannot_be_written(town: Town, south: tuple[int, Everything]) -> None:
    workspace, _ = south

    def slip(db: Session) -> None:
        db.add(Person(user="U0SLIP", workspace_id=workspace))
        db.flush()

    with pytest.raises(RuntimeError, match="another workspace"):
        await town.db(slip)
