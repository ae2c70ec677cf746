"""A database that is full, locked or read-only: a sentence, nothing half-written, and all goes on when it is well again."""

import asyncio
import contextlib
import logging
import resource
import sqlite3
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select

import storage
import storage.migrations
from bot.card import card
from bot.chat import Inbound, Route, Turn
from bot.errors import DatabaseAway
from bot.planner import Due, Letter, Owed
from storage.database import connection
from storage.deliveries import Delivery, State
from storage.sqlite import SqliteDatabase
from tests.conftest import MONDAY, Town
from tests.test_cli import PATIENCE, Bench, bench
from tests.test_courier import Post, post
from tests.test_watch import ready
from tests.wire import Wire

__all__ = ["bench", "post"]

SORRY = "Something went wrong on our side; nothing was changed."
KINDS = ("locked", "full", "read-only")
PRAGMAS = {"full": ("max_page_count=1", "max_page_count=1073741823"), "read-only": ("query_only=1", "query_only=0")}
MUCH = "nothing works " * 200  # more than fits into the pages there are


@contextlib.asynccontextmanager
async def trouble(town: Town, kind: str) -> AsyncIterator[None]:
    """The file cannot be written: somebody else holds it, no page fits in any more, or it may only be read."""
    database = town.world.app.database
    if kind == "locked":
        with contextlib.closing(sqlite3.connect(database.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
        return
    driver = await town.db(lambda db: connection(db).connection.driver_connection)
    assert driver is not None
    bad, good = PRAGMAS[kind]
    driver.execute(f"PRAGMA {bad}")
    yield
    driver.execute(f"PRAGMA {good}")


@pytest.mark.parametrize("kind", KINDS)
async def test_what_cannot_be_kept_is_said_to_be_lost_and_counts_when_it_is_done_again(
    town: Town, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="storage")
    await town.engage()
    wire, ana, times = Wire(town), town.person("ana"), 3 if kind == "full" else 1
    await town.world.app.tick()
    await ana.says("help")
    await town.settle()
    async with trouble(town, kind):
        for _ in range(times):
            await ana.says(f"blocker {MUCH}")
        await ana.sees(SORRY)
        status, problems = await ready(town)
        assert kind == "full" or (status, list(problems)) == (503, ["database"])  # a little may fit in still
        assert "SQL" not in str(problems)  # it is told what is wrong, not what was to be kept
    drafts = [line for line in wire.kept() if 'INSERT INTO "blockerdraft"' in line]
    assert len(drafts) == len(ana.cards("I kept your words"))  # what still found room is kept whole, and said to be
    assert len(drafts) + len(ana.cards(SORRY)) == times
    await ana.says(f"blocker {MUCH} again")
    await ana.sees("again")
    assert (await ready(town))[0] == 200
    said = {record.getMessage() for record in caplog.records if record.name.startswith("storage")}
    assert said == {"the database is in trouble; waiting for it", "the database is well again"}


@pytest.mark.parametrize("kind", KINDS)
async def test_what_the_bot_owes_waits_for_its_database_and_then_arrives_once(post: Post, kind: str) -> None:
    await post.owes("note")
    courier = post.town.world.app.courier
    async with trouble(post.town, kind):
        if kind == "full":
            await fails(post.town)
        else:
            with pytest.raises(OperationalError):
                await courier.drain()
            assert post.arrived("mo") == []
    await post.town.goes(minutes=3)
    assert post.arrived("mo") == ["note"]
    assert (await post.row("note")).state == State.SENT


async def test_what_could_not_be_kept_is_not_acknowledged_though_all_is_well_a_moment_later(town: Town) -> None:
    turns, troubles = town.world.app.turns, [DatabaseAway()]

    def handler(turn: Turn) -> Any:
        if troubles:
            raise troubles.pop()
        return card(())

    turns.routes = {**turns.routes, "home.opened": Route(handler, False)}
    come = Inbound("event:1", town.world.workspace.team_id, "U0MO", "home.opened")
    with pytest.raises(DatabaseAway):
        await turns.run(come, town.workspace)
    assert (await turns.run(come, town.workspace)).outcome is not None


async def test_a_bad_moment_of_the_database_is_not_the_end_of_all_messages(post: Post) -> None:
    app = post.town.world.app
    async with trouble(post.town, "locked"):
        app.courier.wake()
        while not app.database.trouble:
            await asyncio.sleep(0.01)
    await post.owes("note")
    app.courier.wake()
    async with asyncio.timeout(PATIENCE):
        while post.arrived("mo") != ["note"]:
            await asyncio.sleep(0.01)


async def test_a_message_is_not_called_failed_because_it_could_not_be_composed_in_a_bad_moment(post: Post) -> None:
    courier, troubles = post.town.world.app.courier, [DatabaseAway()]

    def compose(db: Session, owed: Owed, now: datetime) -> Any:
        if troubles:
            raise troubles.pop()
        return post.compose(db, owed, now)

    courier.letters = {**courier.letters, "tests.note": Letter(compose, False)}
    await post.owes("note")
    with pytest.raises(DatabaseAway):
        await courier.drain()
    assert (await post.row("note")).state == State.DUE
    await post.town.settle()
    assert post.arrived("mo") == ["note"]


@pytest.mark.parametrize("kind", ["locked", "read-only"])
async def test_what_time_could_not_do_happens_when_it_can_and_is_not_called_broken(town: Town, kind: str) -> None:
    await town.engage()
    app = town.world.app
    due = await town.db(lambda db: storage.occurrences.next_of(db, "pulse.ask", town.now))
    assert due is not None
    town.world.clock.put_forward(due)
    async with trouble(town, kind):
        with pytest.raises(OperationalError):
            await app.tick()
    await town.settle()
    assert len(town.person("ana").cards("Your weekly pulse")) == 1
    assert [row for row in await town.ledger() if "broken" in row[0]] == []


async def test_a_disk_that_fills_up_while_something_happens_takes_it_back_whole_and_it_happens_later(
    town: Town,
) -> None:
    await town.engage()
    turns = town.world.app.turns
    due = turns.dues["pulse.ask"]

    def too_much(db: Session, row: Any, now: datetime, missed: bool) -> None:
        due.work(db, row, now, missed)
        connection(db).exec_driver_sql("PRAGMA max_page_count=1")
        fill(db, now)

    turns.dues = {**turns.dues, "pulse.ask": Due(too_much, due.grace)}
    falls = await town.db(lambda db: storage.occurrences.next_of(db, "pulse.ask", town.now))
    assert falls is not None
    town.world.clock.put_forward(falls)
    before = Wire(town).kept()
    with pytest.raises(OperationalError):
        await turns.tick(town.now)
    assert Wire(town).kept() == before
    turns.dues = {**turns.dues, "pulse.ask": due}
    await town.db(lambda db: connection(db).exec_driver_sql(f"PRAGMA {PRAGMAS['full'][1]}") and None)
    await town.settle()
    assert len(town.person("ana").cards("Your weekly pulse")) == 1


async def test_a_message_is_not_called_failed_because_its_address_could_not_be_kept(post: Post) -> None:
    chat = post.town.world.app.slack_chat
    assert chat is not None
    remember = chat._remember
    assert remember is not None

    async def in_trouble(user: str, channel: str) -> None:
        async with trouble(post.town, "locked"):
            await remember(user, channel)

    chat._remember = in_trouble
    await post.owes("note", "kei")
    with contextlib.suppress(OperationalError):  # whoever looks for more meanwhile finds it locked, too
        await post.town.world.app.courier.drain()
    assert (await post.row("note")).state == State.SENDING
    chat._remember = remember
    await post.town.goes(minutes=2)
    await post.town.world.app.courier.sweep()
    await post.town.goes(minutes=1)
    assert (await post.row("note")).state == State.SENT
    assert post.arrived("kei") == ["note"]


@pytest.mark.parametrize("kind", ["locked", "read-only"])
async def test_who_is_here_is_learnt_when_the_database_can_keep_it(
    town: Town, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.app.ROSTER_AGAIN", 0.1)
    app = town.world.app
    town.newcomer("New Comer", "new")
    async with trouble(town, kind):
        settling = asyncio.create_task(app._settle_in())
        await asyncio.sleep(2)
        assert not settling.done()
    await asyncio.wait_for(settling, 10)
    assert await town.person_id("new")


async def fails(town: Town) -> None:
    """Something that is too large, with other things in its transaction."""

    with pytest.raises(OperationalError, match="full"):
        await town.db(lambda db: fill(db, town.now))


def fill(db: Session, now: datetime) -> None:
    """More than there is room for."""
    for number in range(300):
        storage.deliveries.plan(db, f"much:{number}", "tests.note", at=now, subject=MUCH, channel="C0TEAM")


async def test_what_is_caught_inside_a_transaction_that_a_full_disk_has_ended_is_not_kept_piece_by_piece(
    tmp_path: Path, migrated: Path
) -> None:
    (tmp_path / "care.db").write_bytes(migrated.read_bytes())
    database = SqliteDatabase(str(tmp_path / "care.db")).open()

    def work(db: Session) -> None:
        connection(db).exec_driver_sql("PRAGMA max_page_count=1")
        with contextlib.suppress(OperationalError):
            for number in range(300):
                storage.deliveries.skip(db, f"{number}:{MUCH}", "tests.note", MUCH, MONDAY)
        connection(db).exec_driver_sql("PRAGMA max_page_count=100000")
        storage.deliveries.skip(db, "after", "tests.note", "broken", MONDAY)

    with pytest.raises(Exception, match=r"full|ended|savepoint"):
        await database.write(work, 1)
    assert await database.write(lambda db: db.exec(select(Delivery.key)).all(), 1) == []
    assert database.trouble == ""
    await database.close()


# -- each function's own, and the last of them ----------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path, migrated: Path) -> SqliteDatabase:
    """An open database with nothing in it."""
    (tmp_path / "care.db").write_bytes(migrated.read_bytes())
    return SqliteDatabase(str(tmp_path / "care.db")).open()


def plans(key: str, error: Exception | None = None) -> Callable[[Session], None]:
    def work(db: Session) -> None:
        storage.deliveries.plan(db, key, "tests.note", at=MONDAY, channel="C0TEAM")
        if error is not None:
            raise error

    return work


async def test_who_fails_takes_back_what_they_wrote_and_nothing_of_those_who_share_their_transaction(
    file: SqliteDatabase,
) -> None:
    works = [plans("one"), plans("fails", ZeroDivisionError()), plans("two")]
    ended = await asyncio.gather(*(file.write(work, 1) for work in works), return_exceptions=True)
    assert [type(one) for one in ended] == [type(None), ZeroDivisionError, type(None)]
    assert await file.write(lambda db: sorted(db.exec(select(Delivery.key))), 1) == ["one", "two"]
    await file.close()


async def test_a_stop_keeps_what_is_queued_before_it_ends(file: SqliteDatabase) -> None:
    begun, gate = Event(), Event()

    def holds_up(_: Session) -> None:
        begun.set()
        gate.wait(PATIENCE)

    first = asyncio.create_task(file.write(holds_up, 1))
    await asyncio.to_thread(begun.wait, PATIENCE)
    last = asyncio.create_task(file.write(plans("last"), 1))
    await asyncio.sleep(0)
    closing = asyncio.create_task(file.close())
    await asyncio.sleep(0.05)
    assert not closing.done()
    gate.set()
    await closing
    assert (first.done(), last.done()) == (True, True)
    again = SqliteDatabase(file.path).open()
    assert await again.write(lambda db: db.exec(select(Delivery.key)).all(), 1) == ["last"]
    await again.close()


# -- at the start ------------------------------------------------------------------------------------------


async def test_a_file_that_somebody_else_holds_is_said_in_one_sentence(bench: Bench, tmp_path: Path) -> None:
    storage.migrations.ensure(str(tmp_path / "care.db"))
    with contextlib.closing(sqlite3.connect(tmp_path / "care.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        code, out, err = await bench.says("run")
    assert (code, out) == (2, "")
    assert "care.db cannot be used as the database (database is locked)" in err
    assert err.count("\n") == 1
    async with bench.running():
        pass


async def test_a_disk_without_room_is_said_in_one_sentence_and_with_room_it_starts(bench: Bench) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-B", "-m", "bot", "run", env=bench.environment, stdout=PIPE, stderr=PIPE,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000)),
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert (process.returncode, out) == (2, b"")
    assert b"care.db cannot be used as the database (" in err
    assert err.count(b"\n") == 1
    async with bench.running():
        pass


async def test_an_answer_is_not_lost_for_the_words_before_it_that_could_not_be_kept(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise DatabaseAway

    monkeypatch.setattr("bot.turns.storage.deliveries.plan_welcome", away)
    await town.person("lee").says("help")
    await town.person("lee").sees("What I can do for you")
