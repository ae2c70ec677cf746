"""An operator asks what became of a message, and has one sent again, beside the running bot."""

from datetime import timedelta

import pytest

import storage
from bot.deliveries import main as deliveries
from bot.errors import CareError
from bot.settings import Settings
from tests.conftest import Town
from tests.test_courier import Post, post

__all__ = ["post"]

SECRET = "my cat is ill"


async def asks(town: Town, *, failed: bool = False, retry: str = "", why: str = "") -> int:
    return await deliveries(Settings(), town.now, failed=failed, retry=retry, why=why)


async def fails(post: Post, key: str = "note") -> None:
    post.town.world.workspace.faults.add("lose", None, "chat.postMessage")
    await post.owes(key, said=SECRET)
    await post.town.goes(days=1)
    post.town.world.workspace.faults.clear()


async def test_what_failed_is_listed_with_when_to_whom_and_why_and_not_a_word_of_it(
    post: Post, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await asks(post.town, failed=True) == 0
    assert capsys.readouterr().out == "No message has failed.\n"
    await fails(post)
    assert await asks(post.town, failed=True) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.split("  ")[1:] == ["note", "tests.note", "Mo Haddad (U0MO)", "the chat did not answer"]
    assert line.startswith("2026-11-2")


async def test_what_failed_is_sent_again_by_hand_and_arrives_once(
    post: Post, capsys: pytest.CaptureFixture[str]
) -> None:
    await fails(post)
    assert await asks(post.town, retry="note") == 0
    assert "note is due again" in capsys.readouterr().out
    await post.town.world.app.courier.sweep()
    await post.town.settle()
    assert post.arrived("mo") == [SECRET]
    with pytest.raises(CareError) as refused:
        await asks(post.town, retry="note")
    assert refused.value.say() == "“note” was sent: only what failed or was skipped can be sent again."
    assert post.arrived("mo") == [SECRET]


async def test_what_is_of_no_more_use_is_not_sent_again_by_hand(post: Post) -> None:
    await post.owes("note", not_after=post.town.now - timedelta(hours=1))
    await post.town.settle()
    with pytest.raises(CareError) as refused:
        await asks(post.town, retry="note")
    assert refused.value.say() == "“note” was of use until 2026-11-23 08:00:00 UTC only, so it is not sent again."


async def test_what_time_missed_is_no_message_and_is_not_said_to_be_sent_again(town: Town) -> None:
    await town.engage()
    town.world.clock.put_forward(town.now + timedelta(days=24))
    await town.settle()
    [missed] = [
        key for key, state, _reason in await town.ledger() if state == "skipped" and key.startswith("pulse.ask")
    ]
    with pytest.raises(CareError) as refused:
        await asks(town, retry=missed)
    assert refused.value.say().startswith(f"“{missed}” is no message but something that fell due and did not happen")


async def test_an_unknown_key_is_said_in_a_sentence(post: Post) -> None:
    for asked in ({"why": "nothing"}, {"retry": "nothing"}):
        with pytest.raises(CareError) as refused:
            await asks(post.town, **asked)  # type: ignore[arg-type]
        assert refused.value.say().startswith("There is no message under the key “nothing”.")


async def test_the_story_of_a_message_tells_everything_but_its_words(
    post: Post, capsys: pytest.CaptureFixture[str]
) -> None:
    await post.sends("note", said=SECRET)
    await post.town.db(lambda db: storage.deliveries.refresh(db, "note", post.town.now, "closed"))
    assert await asks(post.town, why="note") == 0
    told = capsys.readouterr().out
    landed = post.town.world.workspace.dm("U0MO").messages[0].ts
    assert told.splitlines() == [
        "note, a tests.note to Mo Haddad (U0MO) (Northwind)", "due 2026-11-23 09:00:00 UTC", "1 attempt",
        "was sent 2026-11-23 09:00:00 UTC", f"it is message {landed} in D0MO", "changed by note~closed: waits to be sent",
    ]  # fmt: skip


async def test_the_story_of_one_that_is_in_trouble_says_when_it_is_tried_next(
    post: Post, capsys: pytest.CaptureFixture[str]
) -> None:
    post.town.world.workspace.faults.add("drop", 1, "chat.postMessage")
    await post.sends("note", said=SECRET, not_after=post.town.now + timedelta(days=1))
    await asks(post.town, why="note")
    told = capsys.readouterr().out
    assert "the last one may have arrived: it is looked for before it is sent again" in told
    assert "of use until 2026-11-24 09:00:00 UTC" in told
    assert "next attempt 2026-11-23 09:00:05 UTC" in told


async def test_without_a_question_it_counts(post: Post, capsys: pytest.CaptureFixture[str]) -> None:
    await post.sends("note")
    await post.owes("other", "kei")
    assert await asks(post.town) == 0
    told = capsys.readouterr().out.splitlines()
    assert "was sent: 1" in told
    assert "waits to be sent: 1" in told
    assert told[-1] == "1 should have left by now"


async def test_what_failed_in_doubt_is_looked_for_when_it_is_owed_again_in_the_same_channel(post: Post) -> None:
    faults = post.town.world.workspace.faults
    faults.add("drop", 1, "chat.postMessage")
    faults.add("error", None, "conversations.history")
    await post.sends("note", "C0TEAM")
    await post.town.goes(days=1)
    assert (await post.row("note")).state == "failed"
    faults.clear()
    await post.town.db(lambda db: storage.deliveries.again(db, "note", "C0TEAM", post.town.now))
    await post.town.settle()
    assert (await post.row("note")).state == "sent"
    assert post.arrived("C0TEAM") == ["note"]
