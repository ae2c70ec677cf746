"""A bot that is told to stop takes nothing more in hand and loses nothing of what it has."""

import asyncio
import signal
from collections import Counter
from pathlib import Path

from bot.demo.faults import Fault
from bot.slack.transport import MARKER
from tests.torture import verdict
from tests.torture.run import free_port, look
from tests.torture.verdict import Verdict
from tests.torture.world import World, a_world

CONTRACTORS = 40
STOPS = 10  # seconds


def marked(world: World) -> Counter[str]:
    """How often each message of the ledger arrived."""
    messages = [each for channel in world.workspace.channels.values() for each in channel.messages]
    markers = [each.metadata or {} for each in messages if (each.metadata or {}).get("event_type") == MARKER]
    return Counter(str(each["event_payload"]["key"]) for each in markers)


async def test_what_is_being_sent_arrives_within_ten_seconds_and_the_rest_after_the_next_start(tmp_path: Path) -> None:
    async with a_world(tmp_path, "stopping", CONTRACTORS, free_port(), 0.0) as world:
        world.weather.strike = lambda method: Fault("slow", seconds=0.7)  # type: ignore[method-assign]
        await world.start()
        while len(marked(world)) < 5:
            await asyncio.sleep(0.05)
        assert world.process is not None
        await asyncio.wait_for(world.end(signal.SIGTERM), STOPS)
        assert world.process.returncode == 0
        assert look(world, verdict.in_hand) == 0  # nothing is left half-way
        before = marked(world)
        assert 5 <= len(before) < CONTRACTORS * 2
        world.weather.strike = lambda method: None  # type: ignore[method-assign]
        await world.start()
        while len(marked(world)) < CONTRACTORS * 2:
            await asyncio.sleep(0.05)
        await world.end(signal.SIGTERM)
        made = Verdict()
        look(world, lambda db: verdict.of_ledger(db, world.workspace, world.clock.now(), made))
        assert made.wrong == []
        assert made.sent == CONTRACTORS * 2
        assert [one for one in world.workspace.log if one.what == "conversations.history"] == []  # none was in doubt
        log = world.log.read_text()
        assert "error" not in log


async def test_a_chat_that_answers_nothing_any_more_makes_a_stop_take_no_longer_than_ten_seconds(
    tmp_path: Path,
) -> None:
    async with a_world(tmp_path, "stalled", 10, free_port(), 0.0) as world:
        world.weather.strike = lambda method: None  # type: ignore[method-assign]
        await world.start()
        await world.answers()
        world.weather.strike = lambda method: Fault("slow", seconds=18)  # type: ignore[method-assign]
        while not look(world, verdict.in_hand):
            await asyncio.sleep(0.05)
        someone = world.workspace.person("U0C00001")
        asks = asyncio.create_task(world.outbox.shortcut(someone, "blockers.report"))  # its form does not open
        await world.outbox.message(someone, world.workspace.dm(someone.id), "help")  # its answer does not arrive
        await asyncio.wait_for(world.end(signal.SIGTERM), STOPS)
        await asks
        assert world.process is not None
        assert world.process.returncode == 0


async def test_an_answer_that_is_on_its_way_arrives_before_the_end(tmp_path: Path) -> None:
    async with a_world(tmp_path, "answering", 1, free_port(), 0.0) as world:
        world.weather.strike = lambda method: None  # type: ignore[method-assign]
        await world.start()
        while len(marked(world)) < 2:  # nothing else is owed any more
            await asyncio.sleep(0.05)
        someone = world.workspace.person("c0")
        chat = world.workspace.dm(someone.id)
        before = len(chat.messages)
        world.weather.strike = lambda method: Fault("slow", seconds=1)  # type: ignore[method-assign]
        await world.outbox.message(someone, chat, "help")
        assert len(chat.messages) == before + 1  # what they said; the answer waits for a slow chat
        await asyncio.wait_for(world.end(signal.SIGTERM), STOPS)
        assert len(chat.messages) == before + 2
