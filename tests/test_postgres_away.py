"""Whoever taps while PostgreSQL is away is told so, and what they tapped counts when they tap again."""

import logging
from collections.abc import Iterator

import pytest

from tests.conftest import Town
from tests.postgres import Cluster, binary, cluster, missing
from tests.test_pulse import asked
from tests.test_watch import numbers, ready
from tests.wire import Wire, tapped, wrapped


@pytest.fixture
def server() -> Iterator[Cluster]:
    """A server that may be stopped."""
    if not binary("pg_ctl"):
        missing()
    with cluster() as made:
        yield made


@pytest.fixture
def kept(server: Cluster) -> str:
    """Instead of a file."""
    return server.migrated()


async def test_a_tap_is_not_acknowledged_while_nothing_can_be_kept(
    server: Cluster, town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="storage")
    tap, wire = await tapped(town), Wire(town)
    await town.world.app.tick()
    assert (await ready(town))[0] == 200
    server.stop()
    assert await wire.send(*wrapped(tap)) == (503, "")
    status, problems = await ready(town)
    assert (status, list(problems)) == (503, ["database"])
    server.start()
    assert await wire.deliver(tap) == 200
    card = await town.person("ana").sees("Your weekly pulse")
    assert "✓ 4" in card.buttons
    assert (await ready(town))[0] == 200
    said = [record.getMessage() for record in caplog.records if record.name.startswith("storage")]
    assert said == ["the database is in trouble; waiting for it", "the database is well again"]


@pytest.mark.chats("teams")
async def test_on_teams_a_tap_is_not_acknowledged_either_and_counts_when_it_is_tapped_again(
    server: Cluster, town: Town
) -> None:
    card = await asked(town)
    server.stop()
    with pytest.raises(AssertionError, match="did not answer properly"):
        await card.tap("4", under="How was your week, all in all?")
    assert town.chat.log[-1].status == 503
    server.start()
    await card.tap("4", under="How was your week, all in all?")
    assert "✓ 4" in (await town.person("ana").sees("Your weekly pulse")).buttons


async def test_numbers_are_told_while_the_database_is_away_and_say_that_it_is(server: Cluster, town: Town) -> None:
    await town.world.app.tick()
    assert (await numbers(town))["care_database_trouble"] == 0
    server.stop()
    told = await numbers(town)
    assert told["care_database_trouble"] == 1
    assert told["care_clock_lag_seconds"] == 0
    assert "care_deliveries_due_now" not in told  # nobody knows
    server.start()
    assert (await numbers(town))["care_deliveries_due_now"] == 0
