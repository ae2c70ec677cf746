"""PostgreSQL without room on its disk, or without memory: nothing is called broken or failed, and all goes on by itself."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

import storage
from bot.errors import DatabaseAway
from storage.deliveries import State
from tests.conftest import Town
from tests.test_courier import Post, post
from tests.test_watch import ready
from tests.wire import Wire, tapped, wrapped

__all__ = ["post"]

FULL, NO_MEMORY, IO, HELD = "53100", "53200", "58030", "55P03"


@pytest.fixture
def kept(migrated_postgres: str) -> str:
    """Instead of a file."""
    return migrated_postgres


@contextlib.asynccontextmanager
async def trouble(town: Town, table: str, code: str = FULL) -> AsyncIterator[None]:
    """What the server says to whoever writes into a table; a little may fit into the others still."""
    await town.db(lambda db: db.connection().execute(text(
        f"CREATE FUNCTION trouble() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}'; END $$ "
        f"LANGUAGE plpgsql; CREATE TRIGGER trouble BEFORE INSERT OR UPDATE ON {table} EXECUTE FUNCTION trouble()")) and None)  # fmt: skip
    yield
    await town.db(lambda db: db.connection().execute(text("DROP FUNCTION trouble() CASCADE")) and None)


@pytest.mark.parametrize("code", [FULL, NO_MEMORY, IO, HELD])
async def test_what_time_could_not_do_happens_when_it_can_and_is_not_called_broken(town: Town, code: str) -> None:
    await town.engage()
    due = await town.db(lambda db: storage.occurrences.next_of(db, "pulse.ask", town.now))
    assert due is not None
    town.world.clock.put_forward(due)
    async with trouble(town, "pulseround", code):
        with pytest.raises(DatabaseAway):
            await town.world.app.tick()
        status, problems = await ready(town)
        assert (status, list(problems)) == (503, ["database"])
    await town.settle()
    assert len(town.person("ana").cards("Your weekly pulse")) == 1
    assert [row for row in await town.ledger() if "broken" in row[0]] == []


async def test_what_cannot_be_kept_is_not_acknowledged_and_counts_when_it_comes_again(town: Town) -> None:
    tap, wire = await tapped(town), Wire(town)
    async with trouble(town, "pulseanswer"):
        assert await wire.send(*wrapped(tap)) == (503, "")
    assert await wire.deliver(tap) == 200
    assert "✓ 4" in (await town.person("ana").sees("Your weekly pulse")).buttons


async def test_what_was_sent_when_nothing_could_be_kept_is_looked_for_and_not_sent_again(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    town, full = post.town, asyncio.Event()
    chat = town.world.app.slack_chat
    assert chat is not None
    send = chat.send
    async with contextlib.AsyncExitStack() as stack:

        async def sends(*args: Any, **more: Any) -> Any:
            landing = await send(*args, **more)
            await stack.enter_async_context(trouble(town, "delivery"))
            full.set()
            return landing

        monkeypatch.setattr(chat, "send", sends)
        await post.owes("note")
        town.world.app.courier.wake()
        await full.wait()
        while town.world.app.courier.busy:
            await asyncio.sleep(0.05)
        assert (await post.row("note")).state == State.SENDING
    monkeypatch.undo()
    await town.goes(minutes=1)
    await town.world.app.courier.sweep()
    await town.goes(minutes=1)
    assert (await post.row("note")).state == State.SENT
    assert post.arrived("mo") == ["note"]
