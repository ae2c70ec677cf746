"""PostgreSQL keeps what SQLite keeps: the same tables, one effect each, and a sentence where it cannot be used."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlmodel import Session, SQLModel, select

import storage
from bot import cli
from bot.card import Card, Text, Typed, card
from bot.chat import Landing, Limited, Pace
from bot.courier import SETTLES, Courier
from bot.errors import DatabaseAway, NewerTables, NoServer
from bot.pacing import Pacing
from bot.planner import Letter
from bot.settings import BadSetting, Settings
from storage import migrations
from storage.database import EVERYONE, CareSession, Store, open_database
from storage.deliveries import Call, Delivery, State
from storage.migrations import postgres as server_migrations
from storage.postgres import THREADS, plain_engine
from tests.conftest import MONDAY
from tests.postgres import binary, cluster, missing

NOWHERE = "postgresql://care:hush@127.0.0.1:9/care"


@pytest.fixture
async def two(migrated_postgres: str) -> tuple[Store, Store]:
    """Two replicas' sides of one database."""
    return open_database(migrated_postgres).open(), open_database(migrated_postgres).open()


def workspace(db: Session) -> int:
    return int(storage.people.workspace(db, "slack", "T1").id or 0)


# -- tables ------------------------------------------------------------------------------------------------


def test_the_migrations_make_exactly_the_tables_that_the_code_describes(empty_postgres: str) -> None:
    server_migrations.ensure(empty_postgres)
    engine = plain_engine(empty_postgres)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        drift = compare_metadata(context, SQLModel.metadata)
        assert server_migrations.revision(connection) == migrations.HEAD
    engine.dispose()
    assert drift == []


def test_replicas_that_start_at_once_make_the_tables_once(empty_postgres: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(server_migrations.ensure, [empty_postgres] * 4))


def test_a_newer_database_is_refused_in_a_sentence_and_left_alone(
    migrated_postgres: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = plain_engine(migrated_postgres)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    engine.dispose()
    with pytest.raises(NewerTables):
        server_migrations.ensure(migrated_postgres)
    monkeypatch.setenv("DATABASE_URL", migrated_postgres)
    assert cli.main(["migrate"]) == cli.MISUSED
    assert "was made by a newer version of Contractor Care" in capsys.readouterr().err


def test_a_server_that_cannot_be_reached_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(NoServer):
        server_migrations.ensure(NOWHERE)
    monkeypatch.setenv("DATABASE_URL", NOWHERE)
    assert cli.main(["migrate"]) == cli.MISUSED
    said = capsys.readouterr().err
    assert "care:***@127.0.0.1:9/care cannot be used" in said
    assert "hush" not in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg", "postgresql+asyncpg", "postgres"])
def test_any_spelling_of_an_address_is_the_same_database(
    migrated_postgres: str, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{scheme}://{migrated_postgres.partition('://')[2]}")
    assert cli.main(["migrate"]) == 0


@pytest.mark.parametrize("url", ["postgresql://", "postgresql://host", "postgresql+pg8000://host/care"])
def test_an_address_without_a_database_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(BadSetting):
        Settings()


# -- one effect each ---------------------------------------------------------------------------------------


async def test_what_two_replicas_plan_at_once_is_planned_once(two: tuple[Store, Store]) -> None:
    where = await two[0].write(workspace, EVERYONE)

    def plan(db: Session) -> list[bool]:
        return [storage.deliveries.plan(db, f"key:{n}", "tests.note", at=MONDAY, channel="C1") for n in range(50)]

    first, second = await asyncio.gather(*(each.write(plan, where) for each in two))
    assert [one + other for one, other in zip(first, second, strict=True)] == [1] * 50
    await close(two)


async def test_what_comes_in_at_two_replicas_at_once_counts_once(two: tuple[Store, Store]) -> None:
    where = await two[0].write(workspace, EVERYONE)

    def come(each: Store, number: int) -> "asyncio.Task[bool]":
        work = each.write(lambda db: storage.inbound.first_time(db, f"event:{number}", MONDAY), where)
        return asyncio.ensure_future(work)

    first = [come(each, number) for number in range(30) for each in two]
    assert sum(await asyncio.gather(*first)) == 30
    await close(two)


async def test_of_two_that_decide_on_the_same_row_the_second_sees_what_the_first_did(two: tuple[Store, Store]) -> None:
    where = await two[0].write(workspace, EVERYONE)
    await two[0].write(lambda db: storage.deliveries.plan(db, "key", "tests.note", at=MONDAY, channel="C1"), where)

    def add_one(db: Session) -> None:
        row = storage.deliveries.by_key(db, "key")
        assert row is not None
        row.attempts += 1
        db.add(row)

    await asyncio.gather(*(each.write(add_one, where) for each in two for _ in range(5)))
    assert (await two[0].read(lambda db: storage.deliveries.by_key(db, "key"), where)).attempts == 10  # type: ignore[union-attr]
    await close(two)


async def test_who_meets_others_again_and_again_is_told_to_come_back_and_not_that_something_broke(
    two: tuple[Store, Store], migrated_postgres: str
) -> None:
    where = await two[0].write(workspace, EVERYONE)
    await two[0].write(lambda db: storage.deliveries.plan(db, "key", "tests.note", at=MONDAY, channel="C1"), where)
    engine = plain_engine(migrated_postgres)

    def is_overtaken(db: Session) -> None:
        row = storage.deliveries.by_key(db, "key")
        assert row is not None
        with engine.begin() as other:
            other.execute(text("UPDATE delivery SET attempts = attempts + 1"))
        row.reason = "mine"
        db.add(row)

    with pytest.raises(DatabaseAway):
        await two[0].write(is_overtaken, where)
    engine.dispose()
    assert two[0].trouble == ""  # it does answer
    await close(two)


def plan_notes(db: Session) -> None:
    """Twelve messages to three readers in turn."""
    for number in range(12):
        at = MONDAY + timedelta(seconds=number)
        storage.deliveries.plan(db, f"note:{number:02}", "tests.note", at=at, channel=f"C{number % 3}")


def claim(db: Session) -> list[str]:
    """What a replica takes in hand when it asks now: of each reader the first."""
    taken, seen = [], set()
    for row in storage.deliveries.claimable(db, MONDAY + timedelta(minutes=1), 4, shared=True):
        if row.lane not in seen:
            seen.add(row.lane)
            storage.deliveries.claim(db, row, "me", MONDAY + timedelta(minutes=2))
            taken.append(row.key)
    return taken


async def test_two_replicas_never_write_to_one_reader_at_once_and_the_first_message_goes_first(
    two: tuple[Store, Store],
) -> None:
    where = await two[0].write(workspace, EVERYONE)
    await two[0].write(plan_notes, where)
    taken = await asyncio.gather(*(each.write(claim, where) for each in two for _ in range(4)))
    assert sorted(key for keys in taken for key in keys) == ["note:00", "note:01", "note:02"]
    await close(two)


async def test_a_replica_does_not_wait_for_another_that_is_taking_messages_nor_overtake_it(
    two: tuple[Store, Store], migrated_postgres: str
) -> None:
    where = await two[0].write(workspace, EVERYONE)
    await two[0].write(plan_notes, where)
    await two[0].write(
        lambda db: storage.deliveries.plan(db, "late", "tests.note", at=MONDAY + timedelta(seconds=6), channel="C9"),
        where,
    )
    engine = plain_engine(migrated_postgres)
    with CareSession(engine, info={"workspace": where}) as other:
        assert claim(other) == ["note:00", "note:01", "note:02"]
        other.flush()
        assert await asyncio.wait_for(two[0].write(claim, where), 5) == ["late"]
        other.commit()
    engine.dispose()
    await close(two)


async def test_replicas_share_the_pace_and_what_a_chat_asked_for(two: tuple[Store, Store]) -> None:
    where = await two[0].write(workspace, EVERYONE)

    def take(db: Session) -> float:
        return storage.slots.take(db, "C1", per_channel=1.0, per_workspace=0.25)

    waits = sorted(await asyncio.gather(*(each.write(take, where) for each in two for _ in range(4))))
    for number, wait in enumerate(waits):
        assert wait == pytest.approx(number * 0.25, abs=0.2)
    assert await two[1].write(lambda db: storage.slots.left(db, "C1"), where) > 1.5
    until = MONDAY + timedelta(seconds=30)
    await two[0].write(lambda db: storage.slots.hold(db, storage.deliveries.Call.SEND, until), where)
    assert await two[1].read(lambda db: storage.slots.held(db, MONDAY), where) == {"send": until}
    assert await two[1].read(lambda db: storage.slots.held(db, until), where) == {}
    assert await two[1].read(lambda db: storage.slots.held(db, MONDAY), where + 1) == {}  # another workspace's chat
    await close(two)


async def test_what_a_chat_asked_of_one_replica_holds_for_what_another_has_in_hand_already(
    two: tuple[Store, Store],
) -> None:
    where = await two[0].write(workspace, EVERYONE)
    first, second = (Pacing(each, lambda: MONDAY, shared=True) for each in two)
    for pacing, seconds in ((first, 60), (second, 5)):
        with suppress(Limited), pacing.allowed(where, Call.SEND, lambda: None):
            raise Limited(seconds)
    await two[0].write(lambda db: first.tell(db, MONDAY), where)
    assert await second._take(where, "C1", Pace(1.0, 0.25)) == 0
    with pytest.raises(Limited) as limit, second.allowed(where, Call.SEND, lambda: None):
        pytest.fail("the chat was called though it had asked to wait")
    assert limit.value.seconds == 60
    await two[1].write(lambda db: second.tell(db, MONDAY), where)
    held = await two[1].read(lambda db: storage.slots.held(db, MONDAY), where)
    assert held == {Call.SEND: MONDAY + timedelta(seconds=60)}
    await close(two)


async def test_a_replica_that_is_turned_away_tells_the_others(two: tuple[Store, Store]) -> None:
    where, chat = await two[0].write(workspace, EVERYONE), Busy(0)
    await two[0].write(plan_one, where)
    await a_courier(two[0], where, chat).drain()
    another = Pacing(two[1], lambda: MONDAY, shared=True)
    assert list(await two[1].write(lambda db: another.held(db, MONDAY), where)) == [Call.SEND]
    await close(two)


async def test_a_live_replicas_work_is_left_to_it_until_its_lease_is_over(two: tuple[Store, Store]) -> None:
    where = await two[0].write(workspace, EVERYONE)

    def claimed(db: Session) -> None:
        storage.deliveries.plan(db, "key", "tests.note", at=MONDAY, channel="C1")
        row = storage.deliveries.by_key(db, "key")
        assert row is not None
        storage.deliveries.claim(db, row, "first", MONDAY + storage.deliveries.HOLD)

    def recover(db: Session, seconds: float) -> int:
        now = MONDAY + timedelta(seconds=seconds)
        return storage.deliveries.recover(db, "second", now, now, shared=True)

    def renew(db: Session) -> None:
        ids = db.exec(select(Delivery.id)).all()
        until = MONDAY + timedelta(seconds=25)
        storage.deliveries.renew(db, "first", [one for one in ids if one], until)

    await two[0].write(claimed, where)
    assert await two[1].write(lambda db: recover(db, 10), EVERYONE) == 0
    await two[0].write(renew, EVERYONE)
    assert await two[1].write(lambda db: recover(db, 20), EVERYONE) == 0
    assert await two[1].write(lambda db: recover(db, 26), EVERYONE) == 1
    row = await two[0].read(lambda db: storage.deliveries.by_key(db, "key"), where)
    assert row is not None
    assert (row.state, row.ambiguous) == (State.DUE, True)
    await close(two)


@dataclass
class SlowChat:
    """A chat whose answer takes its time, while the clock goes on."""

    seconds: float
    clock: datetime = MONDAY
    sent: list[str] = field(default_factory=list)
    pace = Pace(0, 0)
    finds = True

    def now(self) -> datetime:
        return self.clock

    async def direct(self, user: str) -> str:
        self.clock += timedelta(seconds=self.seconds)
        return f"D{user}"

    async def send(self, channel: str, card: Card, *, key: str, thread: str = "", locale: str = "en") -> Landing:
        self.sent.append(key)
        return Landing(channel, key)


class Busy(SlowChat):
    """A chat that turns every message away."""

    async def send(self, channel: str, card: Card, *, key: str, thread: str = "", locale: str = "en") -> Landing:
        raise Limited(60)


def plan_one(db: Session) -> None:
    """A message to Ana."""
    person = storage.people.learn(db, "U1", MONDAY, name="Ana")
    person.welcomed_at = MONDAY
    storage.deliveries.plan(db, "key", "tests.note", at=MONDAY, person=person.id)


def plan_next(db: Session) -> None:
    """Another, which is due after it."""
    person = storage.people.by_user(db, "U1")
    assert person is not None
    storage.deliveries.plan(db, "next", "tests.note", at=MONDAY, person=person.id)


def a_courier(database: Store, where: int, chat: SlowChat) -> Courier:
    """One replica's, with letters of the tests' own."""
    letters = {"tests.note": Letter(lambda _db, _owed, _now: card((Typed("n"),), Text(Typed("n"))), False)}
    chats: Any = {where: chat}
    return Courier(database, chats, letters, chat.now, boot="first", shared=True)


@pytest.mark.parametrize(("seconds", "sent", "state"), [(2, ["key"], State.SENT), (12, [], State.DUE)])
async def test_a_replica_that_was_frozen_gives_back_what_another_may_be_about_to_take_over(
    two: tuple[Store, Store], seconds: float, sent: list[str], state: State
) -> None:
    where, chat = await two[0].write(workspace, EVERYONE), SlowChat(seconds)
    await two[0].write(plan_one, where)
    await a_courier(two[0], where, chat).drain()
    row = await two[0].read(lambda db: storage.deliveries.by_key(db, "key"), where)
    assert row is not None
    assert (chat.sent, row.state, row.ambiguous) == (sent, state, False)
    await close(two)


async def test_what_was_in_hand_while_the_server_was_away_and_had_not_left_leaves_when_it_is_back(
    two: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.pacing.AWAY", 0.01)
    where, chat = await two[0].write(workspace, EVERYONE), SlowChat(0)
    chat.finds, chat.pace = (
        False,
        Pace(0.01, 0.01),
    )  # where nobody can look whether it has arrived, it must not be in doubt
    await two[0].write(lambda db: storage.deliveries.plan(db, "key", "tests.note", at=MONDAY, channel="C1"), where)
    courier, take = a_courier(two[0], where, chat), storage.slots.take
    troubles = [DatabaseAway(), DatabaseAway()]

    def away(*args: Any) -> float:
        if troubles:
            raise troubles.pop()
        return take(*args)

    monkeypatch.setattr(storage.slots, "take", away)
    await courier.drain()
    assert (troubles, chat.sent) == ([], ["key"])
    await close(two)


@dataclass
class Frozen(SlowChat):
    """A chat that is asked just before its replica freezes; when it goes on, another has taken over what it had in hand."""

    another: Store | None = None

    async def direct(self, user: str) -> str:
        now = self.clock + storage.deliveries.HOLD * 2
        assert self.another is not None
        take_over = partial(storage.deliveries.recover, boot="second", now=now, at=now + SETTLES, shared=True)
        assert await self.another.write(take_over, EVERYONE) == 1
        self.clock = now
        await asyncio.sleep(0.3)  # long enough to say again what is still in hand
        return f"D{user}"


async def test_a_replica_that_goes_on_after_it_was_frozen_keeps_no_hold_of_what_another_has_taken_over(
    two: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.holds.BEAT", 0.02)
    where = await two[0].write(workspace, EVERYONE)
    await two[0].write(plan_one, where)
    chat = Frozen(0, another=two[1])
    courier = a_courier(two[0], where, chat)
    holding = asyncio.create_task(courier.keep_hold())
    await courier.drain()
    holding.cancel()
    await asyncio.gather(holding, return_exceptions=True)
    assert chat.sent == []
    await close(two)


@dataclass
class Lasting(SlowChat):
    """A chat that is asked for longer than a hold lasts; meanwhile one replica says what it has, and another looks."""

    couriers: list[Courier] = field(default_factory=list)
    others_took: int = 0

    async def direct(self, user: str) -> str:
        mine, another = self.couriers
        for _ in range(2):
            self.clock += storage.deliveries.HOLD * 0.6
            await mine._beat()
        self.others_took += await another.recover() + await another.drain()
        return f"D{user}"


async def test_what_a_replica_says_it_still_has_in_hand_is_left_to_it_and_its_reader_hears_of_nobody_else(
    two: tuple[Store, Store],
) -> None:
    where = await two[0].write(workspace, EVERYONE)
    await two[0].write(plan_one, where)
    await two[0].write(plan_next, where)
    chat = Lasting(0)
    chat.couriers = [a_courier(each, where, chat) for each in two]
    chat.couriers[1].boot = "second"
    await chat.couriers[0].drain()
    rows = await two[0].read(lambda db: [storage.deliveries.by_key(db, key) for key in ("key", "next")], where)
    assert [(row.state, row.attempts) for row in rows if row] == [(State.SENT, 1)] * 2
    assert (chat.sent, chat.others_took) == (["key", "next"], 0)
    await close(two)


async def test_a_replica_that_could_not_say_what_it_has_in_hand_says_it_again(
    two: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.holds.BEAT", 0.01)
    courier, tried = a_courier(two[0], 1, SlowChat(0)), list[bool]()

    async def recover() -> int:
        tried.append(True)
        raise RuntimeError

    monkeypatch.setattr(courier, "recover", recover)
    holding = asyncio.create_task(courier.keep_hold())
    while len(tried) < 3:
        await asyncio.sleep(0.01)
        assert not holding.done()
    holding.cancel()
    await asyncio.gather(holding, return_exceptions=True)
    await close(two)


async def test_replicas_hear_of_what_one_of_them_has_planned(two: tuple[Store, Store]) -> None:
    where = await two[0].write(workspace, EVERYONE)
    heard: asyncio.Queue[None] = asyncio.Queue()
    listening = asyncio.create_task(two[1].listen(lambda: heard.put_nowait(None)))
    await asyncio.wait_for(heard.get(), 10)  # that it listens now
    await two[0].write(lambda db: storage.deliveries.plan(db, "key", "tests.note", at=MONDAY, channel="C1"), where)
    await asyncio.wait_for(heard.get(), 10)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await close(two)


async def close(databases: tuple[Store, Store]) -> None:
    for each in databases:
        await each.close()


async def test_as_many_functions_as_there_are_threads_are_run_at_once(two: tuple[Store, Store]) -> None:
    meet = Barrier(THREADS)
    await asyncio.gather(*(two[0].write(lambda db: meets(db, meet), EVERYONE) for _ in range(THREADS)))
    await close(two)


def meets(db: Session, barrier: Barrier) -> None:
    """Hold a connection until all the others hold one."""
    storage.database.connection(db)
    barrier.wait(20)


async def test_a_stop_waits_for_what_is_being_kept(migrated_postgres: str) -> None:
    database, meet = open_database(migrated_postgres).open(), Barrier(2)

    def slow(db: Session) -> int:
        meets(db, meet)
        return workspace(db)

    kept = asyncio.create_task(database.write(slow, EVERYONE))
    await asyncio.sleep(0)
    closing = asyncio.create_task(database.close())
    await asyncio.sleep(0.05)
    assert not closing.done()
    await asyncio.to_thread(meet.wait, 20)
    await closing
    assert await asyncio.wait_for(kept, 20) > 0


# -- a server that goes away ---------------------------------------------------------------------------------


async def test_a_server_that_goes_away_is_waited_for_a_moment_then_said_to_be_away_and_found_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    if not binary("pg_ctl"):
        missing()
    with cluster() as server:
        database = open_database(server.migrated()).open()
        where = await database.write(workspace, EVERYONE)
        server.stop("immediate")
        with pytest.raises(DatabaseAway):
            await database.write(workspace, EVERYONE)
        assert re.fullmatch(r"the database does not answer \(\w+\)", database.trouble)  # and not where it is
        server.start()
        assert await database.write(workspace, EVERYONE) == where
        assert database.trouble == ""
        server.stop()
        server.start()
        assert await database.read(workspace, EVERYONE) == where
        await database.close()


def test_nothing_of_a_driver_is_loaded_where_sqlite_is_used(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = (
        "import sys, bot.app, storage; from storage.database import open_database; "
        f"open_database('sqlite+aiosqlite:///{tmp_path}/x.db').open(); print('psycopg' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout
    assert said == "False\n"
