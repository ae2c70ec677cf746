"""One person's week is found by that person's rows: nothing looks through a workspace, however many are in it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event
from sqlmodel import Session

import storage
from tests.conftest import MONDAY, Town
from tests.test_pulse import THURSDAY, answers

# A table from end to end, or all of a workspace's rows in it; the earliest of an index in its order is neither.
LOOKS_THROUGH = re.compile(r"SCAN [a-z]+(?! USING COVERING INDEX)\b|INDEX \w+ \(workspace_id=\?\)")


@contextmanager
def heard() -> Iterator[dict[str, Any]]:
    """Every question to the database from here on, with what it was asked with."""
    said: dict[str, Any] = {}

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            said[statement] = parameters

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


async def plans(town: Town, said: dict[str, Any]) -> dict[str, str]:
    """How the database goes about each of them."""

    def explain(db: Session) -> dict[str, str]:
        cursor = db.connection().connection.cursor()
        found = {}
        for each, asked_with in said.items():
            steps = cursor.execute(f"EXPLAIN QUERY PLAN {each}", asked_with).fetchall()
            found[each] = "; ".join(step[3] for step in steps)
        return found

    return await town.db(explain)


async def passes(town: Town, said: dict[str, Any], least: int) -> None:
    """At least so many questions, and each goes to its rows by an index."""
    found = await plans(town, said)
    assert len(found) >= least
    assert [(plan, each) for each, plan in found.items() if LOOKS_THROUGH.search(plan)] == []


async def test_a_pulse_from_its_question_to_its_receipt_looks_through_no_workspace(town: Town) -> None:
    await town.engage()
    await town.until("2026-11-26 14:59", "Europe/Lisbon")
    with heard() as said:
        await town.until(THURSDAY, "Europe/Lisbon")
        card = await answers(town, await town.person("ana").sees("Your weekly pulse"))
        await card.tap("Submit")
        await card.becomes("Thank you, your pulse is in")
    await passes(town, said, least=10)


async def test_a_few_teams_of_the_nightly_look_look_through_no_workspace(town: Town) -> None:
    await town.engage()
    people = [storage.health.Looked(await town.person_id("ana"), 1, MONDAY.date())]
    ids = [one.person for one in people]
    with heard() as said:
        await town.db(lambda db: (storage.health.signals(db, people, MONDAY), storage.cases.standings(db, ids)))
    await passes(town, said, least=5)
