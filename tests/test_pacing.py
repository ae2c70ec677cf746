"""As fast as every chat allows and no faster; what is urgent goes first; nobody waits for another workspace."""

import asyncio
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.chat import Pace
from storage.deliveries import Priority
from tests.simulation import SLACK, Fleet, Inline, Limits, simulate

PULSE = 500  # contractors here; `python -m tests.bench.fanout` plays it with ten thousand


@pytest.fixture
def fleet(tmp_path: Path, migrated: Path) -> Any:
    shutil.copy(migrated, tmp_path / "care.db")
    database = Inline(tmp_path / "care.db")
    yield Fleet(database)
    database.connection.close()
    database.engine.dispose()


def test_a_pulse_is_as_fast_as_honest_limits_allow_and_never_turned_away(fleet: Fleet) -> None:
    async def story() -> None:
        chat = Limits()
        await fleet.owes(await fleet.workspace("one", PULSE, chat))
        took = await fleet.until(lambda: len(chat.arrived) == PULSE)
        assert took <= 1.05 * PULSE * chat.takes.per_workspace
        assert chat.turned_away == Counter()
        assert len({key for _channel, key, _at in chat.arrived}) == PULSE

    simulate(story())


def test_limits_that_are_lower_than_they_are_said_to_be_cost_time_and_lose_nothing(fleet: Fleet) -> None:
    async def story() -> None:
        chat = Limits(takes=Pace(1.0, 0.5))
        await fleet.owes(await fleet.workspace("one", PULSE, chat))
        took = await fleet.until(lambda: len(chat.arrived) == PULSE, 3600)
        assert Counter(key for _channel, key, _at in chat.arrived).most_common(1)[0][1] == 1
        assert len(chat.arrived) == PULSE
        assert took <= 1.2 * PULSE * chat.takes.per_workspace
        assert chat.early == 0  # it was left alone for as long as it asked

    simulate(story())


def test_a_chat_that_asks_to_wait_with_one_kind_of_call_is_still_sent_the_others(fleet: Fleet) -> None:
    async def story() -> None:
        refuses = lambda call, at: 30.0 if call == "find" and at < 1 else 0.0
        chat = Limits(refusing=refuses)
        one = await fleet.workspace("one", 20, chat)
        await fleet.owes(one)
        await fleet.database.write(lambda db: ambiguous(db, "note:1"), one)
        await fleet.until(lambda: len(chat.arrived) >= 19, 60)
        assert max(at for _channel, _key, at in chat.arrived) < 10
        assert chat.turned_away == {"find": 1}
        await fleet.until(lambda: len(chat.arrived) == 20, 60)
        assert chat.arrived[-1][1] == "note:1"
        assert chat.arrived[-1][2] > 30

    simulate(story())


def test_of_two_answers_that_ask_to_wait_the_longer_counts_whichever_came_last(fleet: Fleet) -> None:
    async def story() -> None:
        chat = Limits(latency=1.0, refusing=lambda call, at: 30.0 if at == 0 else 1.0 if at < 1.5 else 0.0)
        await fleet.owes(await fleet.workspace("one", 20, chat))
        await fleet.until(lambda: len(chat.arrived) == 20, 120)
        assert chat.turned_away["send"] > 1  # some were on their way when the first was turned away
        assert min(at for _channel, _key, at in chat.arrived) > 30

    simulate(story())


def test_what_one_workspaces_chat_asked_for_holds_for_no_other(fleet: Fleet) -> None:
    async def story() -> None:
        busy, quiet = Limits(refusing=lambda call, at: 60.0), Limits()
        await fleet.owes(await fleet.workspace("busy", 1, busy))
        await fleet.until(lambda: busy.turned_away["send"] == 1, 30)
        await fleet.owes(await fleet.workspace("quiet", 1, quiet))
        assert await fleet.until(lambda: len(quiet.arrived) == 1, 30) <= 2

    simulate(story())


def ambiguous(db: Any, key: str) -> None:
    from storage import deliveries

    row = deliveries.by_key(db, key)
    assert row is not None
    row.ambiguous = True
    db.add(row)


def test_what_is_urgent_overtakes_a_fan_out_within_two_seconds(fleet: Fleet) -> None:
    async def story() -> None:
        chat = Limits()
        one = await fleet.workspace("one", 400, chat)
        await fleet.owes(one)
        running = asyncio.create_task(fleet.until(lambda: len(chat.arrived) == 401))
        await asyncio.sleep(20)
        planned = asyncio.get_running_loop().time()
        await fleet.owes(one, Priority.URGENT, key="urgent", person=399)
        fleet.courier.wake()
        await running
        (sent,) = [at for _channel, key, at in chat.arrived if key == "urgent"]
        assert sent - planned < 2

    simulate(story())


def test_a_channel_with_much_to_be_told_holds_up_nobody_else(fleet: Fleet) -> None:
    async def story() -> None:
        chat = Limits()
        one = await fleet.workspace("one", 100, chat)
        for number in range(60):
            await fleet.owes(one, Priority.NORMAL, key=f"channel:{number}", channel="C0TEAM")
        await fleet.owes(one)
        await fleet.until(lambda: len(chat.arrived) == 160)
        people = [at for channel, _key, at in chat.arrived if channel != "C0TEAM"]
        assert max(people) < 40  # three of every four sends are theirs
        told = [at for channel, _key, at in chat.arrived if channel == "C0TEAM"]
        assert len(told) == 60
        assert told == sorted(told)
        assert chat.turned_away == Counter()

    simulate(story())


@pytest.mark.parametrize("trouble", ["noisy", "stalled", "limited"])
def test_one_workspace_in_trouble_delays_none_of_two_hundred_others(fleet: Fleet, trouble: str) -> None:
    async def story() -> None:
        hopeless = {
            "noisy": Limits(),
            "stalled": Limits(latency=19.0),
            "limited": Limits(refusing=lambda call, at: 60.0),
        }[trouble]
        bad = await fleet.workspace("bad", 500, hopeless)
        await fleet.owes(bad, Priority.URGENT)
        quiet = [Limits() for _ in range(200)]
        for number, chat in enumerate(quiet):
            await fleet.owes(await fleet.workspace(f"quiet {number}", 3, chat))
        took = await fleet.until(lambda: all(len(chat.arrived) == 3 for chat in quiet), 60)
        assert took <= 3
        assert all(chat.turned_away == Counter() for chat in quiet)

    simulate(story())


def test_a_workspace_that_came_to_life_while_another_was_stalled_does_not_wait_for_it(fleet: Fleet) -> None:
    async def story() -> None:
        await fleet.owes(await fleet.workspace("stalled", 50, Limits(latency=19.0)))
        chat = Limits()
        other = await fleet.workspace("other", 1, chat)
        running = asyncio.create_task(fleet.until(lambda: len(chat.arrived) == 1, 60))
        await asyncio.sleep(5)
        await fleet.owes(other)
        fleet.courier.wake()
        assert await running <= 7

    simulate(story())


@pytest.mark.parametrize("stalls", [1.0, 3.0])
def test_what_a_stalled_machine_has_missed_does_not_leave_all_at_once(fleet: Fleet, stalls: float) -> None:
    async def story() -> None:
        clock, left = asyncio.get_running_loop().time, list[float]()

        async def sleep(seconds: float) -> None:
            until = clock() + seconds
            await asyncio.sleep(seconds if not 1 <= until < 1 + stalls else 1 + stalls - clock())

        async def one(channel: str) -> None:
            await fleet.courier.pacing.turn(1, channel, SLACK, sleep)
            left.append(clock())

        await asyncio.gather(*(one(f"C{number}") for number in range(40)))
        assert max(Counter(left).values()) <= 3  # chats overlook a few
        assert max(left) < 40 * SLACK.per_workspace + stalls + 1

    simulate(story())


def test_a_machine_that_is_always_late_sends_all_the_same(fleet: Fleet) -> None:
    async def story() -> None:
        async def sleep(seconds: float) -> None:
            await asyncio.sleep(seconds + 5)

        pacing = fleet.courier.pacing
        await asyncio.wait_for(asyncio.gather(*(pacing.turn(1, f"C{n}", SLACK, sleep) for n in range(8))), 60)

    simulate(story())
