"""What the system's clock does to the bot: it goes back, it stood still for weeks, and nobody is asked twice or in a burst."""

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

import storage
from bot.app import patient
from bot.errors import DatabaseAway
from schedules.clock import start as start_clock
from storage.deliveries import Call
from storage.slots import Slot
from tests.conftest import Town

THURSDAY = "2026-11-26 15:00"


def sqlite_error(sentence: str) -> sqlite3.OperationalError:
    """What another process that holds the file makes of a statement."""
    error = sqlite3.OperationalError(sentence)
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return error


async def test_a_clock_that_goes_back_after_the_question_does_not_ask_it_again(town: Town) -> None:
    await town.engage()
    await town.until(THURSDAY, "Europe/Lisbon")
    assert len(town.person("ana").cards("Your weekly pulse")) == 1
    before = await town.ledger()
    town.world.clock.moved -= timedelta(hours=3)
    await town.settle()
    await town.goes(hours=4)
    assert len(town.person("ana").cards("Your weekly pulse")) == 1
    assert set(before) <= set(await town.ledger())
    await town.goes(days=7)
    questions = [key for key, _state, _reason in await town.ledger() if key.startswith("pulse:")]
    assert len([key for key in questions if "~" not in key]) == 2  # of two weeks


async def test_a_clock_that_goes_back_does_not_hold_up_what_is_due(town: Town) -> None:
    await town.engage()
    town.world.clock.moved -= timedelta(hours=3)
    await town.until(THURSDAY, "Europe/Lisbon")
    assert len(town.person("ana").cards("Your weekly pulse")) == 1


async def test_after_weeks_without_the_bot_nobody_is_asked_what_they_missed(town: Town) -> None:
    await town.engage()
    town.world.clock.put_forward(town.now + timedelta(days=24))  # nothing happens meanwhile: three Thursdays pass
    await town.settle()
    assert town.person("ana").cards("Your weekly pulse") == []
    missed = [(state, reason) for key, state, reason in await town.ledger() if key.startswith("pulse")]
    assert missed == [("skipped", "missed: the bot was not running in time")]
    await town.goes(days=1)
    assert len(town.person("ana").cards("Your weekly pulse")) == 1


async def test_what_has_long_been_free_is_forgotten_at_night_and_not_what_a_chat_asked_for(town: Town) -> None:
    def plan(db: Session) -> None:
        storage.slots.hold(db, Call.FIND, town.now - timedelta(days=2))
        storage.slots.hold(db, Call.SEND, town.now + timedelta(hours=1))

    await town.db(plan)
    await town.world.app.housekeeping()
    assert await town.db(lambda db: list(db.exec(select(Slot.lane)))) == ["!send"]


async def test_a_stop_in_the_middle_of_what_the_clock_does_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    begun, ended = asyncio.Event(), []

    async def long() -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("cut off")

    clock = start_clock(long, long, long)
    clock.modify_job("housekeeping", next_run_time=datetime(2026, 1, 1, tzinfo=UTC))
    await begun.wait()
    clock.shutdown(wait=False)
    await asyncio.sleep(0.05)
    assert ended == ["cut off"]
    assert [record.getMessage() for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []


@pytest.mark.parametrize(
    ("trouble", "said"),
    [(DatabaseAway(), []), (sqlite_error("database is locked"), []), (RuntimeError(), ["unexpected error"])],
    ids=["away", "locked", "broken"],
)
async def test_what_the_clock_does_may_fail_once_without_an_end_of_the_bot_and_the_log_tells_what_nobody_else_does(
    caplog: pytest.LogCaptureFixture, trouble: Exception, said: list[str]
) -> None:
    async def fails() -> None:
        raise trouble

    await patient(fails)()
    assert [record.getMessage() for record in caplog.records if record.name.startswith("bot.")] == said
