"""What somebody did is answered, also while the chat has a bad minute: perhaps twice, never by silence."""

import asyncio

import pytest

from bot.chat import Ambiguous, Limited, Place
from bot.followups import FollowUps
from tests.conftest import Town
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
