"""The conversations of features that matter most, over PostgreSQL: the same stories, word for word."""

import pytest
from sqlalchemy import text
from sqlmodel import select

import storage
from storage.postgres import plain_engine
from tests import test_blockers, test_pulse
from tests.blockers import opened
from tests.conftest import Town

for story in (test_pulse, test_blockers):
    globals().update({name: told for name, told in vars(story).items() if name.startswith("test_")})


@pytest.fixture
def kept(migrated_postgres: str) -> str:
    """Instead of a file."""
    return migrated_postgres


@pytest.mark.chats("slack", "teams")
async def test_a_zero_among_what_somebody_typed_makes_nobody_stumble(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    await town.engage()
    form = await opened(town)
    form.fill("What stops you?", "It \0is down")
    form.fill("What would get you moving?", "An account")
    assert not (await form.submit()).errors
    await town.settle()
    assert "unexpected error" not in caplog.text
    await town.person("ana").sees("What stops you: It is down")


async def test_what_another_replica_died_planning_is_planned_by_the_next_sweep(
    town: Town, migrated_postgres: str
) -> None:
    await town.engage()
    app = town.world.app
    falls = await town.db(lambda db: storage.occurrences.next_of(db, "pulse.ask", town.now))
    assert falls is not None
    town.world.clock.put_forward(falls)
    engine = plain_engine(migrated_postgres)
    with engine.connect() as dying:
        dying.execute(text("SELECT * FROM occurrence FOR UPDATE"))
        assert await app.tick() == 0
        await app.sweep()
        assert "pulse.question" not in await planned(town)
        dying.rollback()
    engine.dispose()
    await app.sweep()
    assert "pulse.question" in await planned(town)


async def planned(town: Town) -> set[str]:
    """The kinds of what the ledger holds."""
    return set(await town.db(lambda db: db.exec(select(storage.deliveries.Delivery.kind)).all()))
