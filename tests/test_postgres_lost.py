"""A server keeps something and the line is cut before it can say so: it counts once, and whoever did it hears of it."""

from collections.abc import AsyncIterator

import pytest
from sqlmodel import select

from storage.blockers import Blocker
from tests.blockers import opened
from tests.conftest import Town
from tests.postgres import Cable, cable


@pytest.fixture
async def line(migrated_postgres: str) -> AsyncIterator[Cable]:
    """What the bot's words to the server go through."""
    async with cable(migrated_postgres) as made:
        yield made


@pytest.fixture
def kept(line: Cable) -> str:
    """Instead of a file."""
    return line.near


async def test_a_report_that_was_kept_unheard_is_kept_once_and_answered(town: Town, line: Cable) -> None:
    await town.engage()
    form = await opened(town, "The staging server is down")
    line.cuts = 1
    assert not (await form.submit()).errors
    assert line.lost == 1
    await town.person("ana").sees("Your blocker")
    assert len(await town.db(lambda db: db.exec(select(Blocker)).all())) == 1


async def test_a_tap_that_was_kept_unheard_changes_the_card(town: Town, line: Cable) -> None:
    await town.engage()
    await town.until("2026-11-26 15:00", "Europe/Lisbon")
    card = await town.person("ana").sees("Your weekly pulse")
    line.cuts = 1
    await card.tap("4", under="How was your week, all in all?")
    await town.settle()
    assert line.lost == 1
    assert "✓ 4" in (await town.person("ana").sees("Your weekly pulse")).buttons


async def test_messages_arrive_once_while_what_was_kept_goes_unheard(town: Town, line: Cable) -> None:
    await town.engage()
    line.cuts = 12
    await town.until("2026-11-26 15:00", "Europe/Lisbon")
    for _ in range(6):
        await town.goes(minutes=1)
    assert line.lost == 12
    assert len(town.person("ana").cards("Your weekly pulse")) == 1
    assert len(town.person("ana").cards("Hello, I am Contractor Care")) == 1
    assert {state for _key, state, _reason in await town.ledger()} <= {"sent", "skipped", "due"}


async def test_a_refusal_that_was_kept_unheard_is_told(town: Town, line: Cable) -> None:
    await town.engage()
    line.cuts = 1
    await town.person("mo").commands("add @ana")
    assert line.lost == 1
    await town.person("mo").sees("That is open only to")
