"""A PostgreSQL that has no time: who waits too long is turned away, and nobody is held up by what does not end."""

import asyncio

import pytest
from sqlalchemy import text
from sqlmodel import Session

import storage
from bot.errors import DatabaseAway, DatabaseBusy
from storage.database import EVERYONE, open_database
from tests.test_postgres import workspace


async def test_who_waits_too_long_for_a_connection_is_turned_away_and_the_server_is_not_called_away(
    migrated_postgres: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("storage.postgres.THREADS", 1)
    monkeypatch.setattr("storage.postgres.PATIENCE", 0.5)
    database = open_database(migrated_postgres).open()
    where = await database.write(workspace, EVERYONE)

    def slow(db: Session) -> None:
        storage.database.connection(db).execute(text("SELECT pg_sleep(0.2)"))

    ended = await asyncio.gather(*(database.write(slow, where) for _ in range(12)), return_exceptions=True)
    away = [one for one in ended if one is not None]
    assert {type(one) for one in away} == {DatabaseBusy}
    assert 0 < len(away) < len(ended)
    assert (database.turned_away, database.trouble) == (len(away), "")
    (said,) = caplog.records
    assert said.getMessage().startswith("more is asked of the database than it can do")
    assert await database.write(workspace, EVERYONE) == where
    await database.close()


async def test_a_statement_that_does_not_end_holds_up_no_stop(migrated_postgres: str) -> None:
    database = open_database(migrated_postgres).open()
    stuck = [
        asyncio.create_task(
            database.write(lambda db: storage.database.connection(db).execute(text("SELECT pg_sleep(60)")), EVERYONE)
        )
        for _ in range(4)
    ]
    await asyncio.sleep(0.2)
    async with asyncio.timeout(5):
        await database.close()
    for each in stuck:
        each.cancel()


async def test_where_nobody_gives_a_connection_back_the_server_is_away_and_not_busy(
    migrated_postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.postgres.THREADS", 1)
    monkeypatch.setattr("storage.postgres.PATIENCE", 0.3)
    database = open_database(migrated_postgres).open()
    await database.write(workspace, EVERYONE)
    holds = asyncio.create_task(
        database.write(lambda db: storage.database.connection(db).execute(text("SELECT pg_sleep(2)")), EVERYONE)
    )
    await asyncio.sleep(0.1)
    with pytest.raises(DatabaseAway) as away:
        await database.write(workspace, EVERYONE)
    assert type(away.value) is DatabaseAway
    assert database.trouble
    await holds
    assert database.trouble == ""
    await database.close()
