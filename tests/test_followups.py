"""What somebody did is answered, also while the chat has a bad minute: perhaps twice, never by silence."""

import asyncio

import pytest

from bot.chat import Ambiguous, Limited, Place, Refused, Unsent
from bot.errors import DatabaseAway
from bot.followups import AGAIN, LONGEST, FollowUps, to_everybody
from tests.conftest import Town
from tests.simulation import simulate
from tests.test_pulse import answers, asked

TAKES = {"slack": "chat.postMessage", "teams": "activities.send"}


@pytest.mark.parametrize("fault", ["error", "lose", "rate_limit"])
@pytest.mark.chats("slack", "teams")
async def test_whoever_asks_while_the_chat_takes_nothing_is_answered_a_moment_later(town: Town, fault: str) -> None:
    ana = town.person("ana")
    await ana.says("help")
    await town.settle()
    before = len(ana.cards("What I can do for you"))
    town.chat.faults.add(fault, 1, TAKES["teams" if town.world.teams else "slack"])
    await ana.says("help")
    await town.settle()
    assert len(ana.cards("What I can do for you")) == before + 1


async def test_an_older_change_of_a_card_that_did_not_arrive_does_not_come_after_a_newer_one(town: Town) -> None:
    card = await asked(town)
    town.chat.faults.add("error", 1, "response_url")
    town.chat.faults.add("error", 1, "chat.update")
    await card.tap("2", under="How was your week, all in all?")
    card = await answers(town, card, "5")
    assert "✓ 5" in card.buttons
    assert "✓ 2" not in card.buttons


async def test_what_something_newer_has_changed_is_not_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.followups.AGAIN", (0.01, 0.01, 0.01))
    work, card, done = FollowUps(), Place("C1", "17"), list[str]()

    async def change(to: str, fails: list[Exception]) -> None:
        if fails:
            raise fails.pop()
        done.append(to)

    work.later(change, "older", [Ambiguous("lost")], changes=card)
    await asyncio.sleep(0)
    work.later(change, "newer", [], changes=card)
    work.later(change, "elsewhere", [Limited(0.01), Ambiguous("lost")])
    await work.drain(5)
    assert done == ["newer", "elsewhere"]
    assert not work.busy


async def test_what_a_chat_never_takes_is_given_up_and_said_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.followups.AGAIN", (0.0, 0.0))
    work, tries = FollowUps(), list[int]()

    async def never() -> None:
        tries.append(1)
        raise Ambiguous("lost")

    work.later(never)
    await work.drain(5)
    assert len(tries) == 3
    assert caplog.messages == ["a follow-up did not arrive"]


def test_a_chat_that_asks_to_wait_is_asked_again_when_it_said_and_one_that_asks_for_too_long_sooner() -> None:
    troubles, tries = [Limited(7.0), DatabaseAway(), Limited(1000.0)], list[float]()

    async def work() -> None:
        tries.append(asyncio.get_running_loop().time())
        if troubles:
            raise troubles.pop(0)

    async def story() -> None:
        follow_ups = FollowUps()
        follow_ups.later(work)
        await follow_ups.drain(100)

    simulate(story())
    assert tries == [0.0, 7.0, 7.0 + AGAIN[1], 7.0 + AGAIN[1] + LONGEST]


def test_the_end_of_what_was_overtaken_lets_nothing_overtake_what_came_after_it() -> None:
    follow_ups, card, done = FollowUps(), Place("C1", "17"), list[str]()

    async def change(to: str, takes: float, fails: list[Exception]) -> None:
        await asyncio.sleep(takes)
        if fails:
            raise fails.pop()
        done.append(to)

    async def story() -> None:
        follow_ups.later(change, "first", 0.1, [], changes=card)
        follow_ups.later(change, "second", 0.2, [Ambiguous("lost")], changes=card)
        await asyncio.sleep(0.5)  # the first has ended, the second is to begin anew
        follow_ups.later(change, "third", 0.1, [], changes=card)
        await follow_ups.drain(100)

    simulate(story())
    assert done == ["first", "third"]


async def test_a_stop_waits_for_what_a_follow_up_brings() -> None:
    follow_ups, done = FollowUps(), list[str]()

    async def second() -> None:
        await asyncio.sleep(0.01)
        done.append("second")

    async def first() -> None:
        follow_ups.later(second)

    follow_ups.later(first)
    await follow_ups.drain(5)
    assert done == ["second"]


@pytest.mark.parametrize(("trouble", "becomes"), [(Unsent("no line"), Unsent), (Ambiguous("lost"), Refused)])
def test_what_everybody_has_perhaps_read_is_not_tried_again_and_what_nobody_has_is(
    trouble: Exception, becomes: type[Exception]
) -> None:
    with pytest.raises(becomes), to_everybody():
        raise trouble
