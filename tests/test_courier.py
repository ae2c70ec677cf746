"""What the bot owes arrives once, in order and in time, however badly the network behaves."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

import storage
from bot.card import Card, Text, Typed, card
from bot.chat import Landing, Pace
from bot.courier import Courier
from bot.demo import api
from bot.planner import Later, Letter, Owed, Skip
from storage.deliveries import PAUSED, Priority
from tests.conftest import MONDAY, Town

FACES = {"mo", "kei", "ana"}


@dataclass
class Post:
    """Letters of the tests' own: `says` is what the note of a key says when it leaves."""

    town: Town
    says: dict[str, str] = field(default_factory=dict)
    later: dict[str, datetime] = field(default_factory=dict)

    def compose(self, db: Session, owed: Owed, now: datetime) -> Card | Skip | Later:
        key = owed.updates or owed.key
        if key in self.later and now < self.later[key]:
            return Later(self.later[key])
        said = self.says[key]
        return card((Typed(said),), Text(Typed(said))) if said else Skip("nothing to say any more")

    async def owes(self, key: str, to: str = "mo", said: str | None = None, prompt: bool = False, **more: Any) -> None:
        """Plan a note to a person or, with a C in front, to a channel."""
        self.says[key] = key if said is None else said
        channel = to if to.startswith("C0") else ""
        more |= {"channel": channel} if channel else {"person": await self.town.person_id(to)}
        kind = "tests.question" if prompt else "tests.note"
        await self.town.db(lambda db: storage.deliveries.plan(db, key, kind, **{"at": self.town.now} | more))

    async def sends(self, key: str, to: str = "mo", **more: Any) -> None:
        """Plan a note and let it leave."""
        await self.owes(key, to, **more)
        await self.town.settle()

    async def row(self, key: str) -> storage.deliveries.Delivery:
        def look(db: Session) -> storage.deliveries.Delivery:
            return db.exec(select(storage.deliveries.Delivery).where(storage.deliveries.Delivery.key == key)).one()

        return await self.town.db(look)

    def arrived(self, *places: str) -> list[str]:
        """Every note that stands in these people's 1:1s or in channels, in the order of their arrival."""
        workspace = self.town.world.workspace
        channels = [workspace.channels[place] if place.startswith("C0") else workspace.dm(f"U0{place.upper()}")
                    for place in places]  # fmt: skip
        messages = [message for channel in channels for message in channel.messages]
        return [message.text for message in sorted(messages, key=lambda message: float(message.ts))]

    def calls(self, method: str) -> int:
        return sum(one.what == method for one in self.town.world.workspace.log)


@pytest.fixture
async def post(town: Town) -> Post:
    """The town's courier with two letters more; everybody but Ana has been welcomed."""
    made = Post(town)
    courier = town.world.app.courier
    courier.letters = {**courier.letters, "tests.note": Letter(made.compose, False),
                       "tests.question": Letter(made.compose, True)}  # fmt: skip
    for name in FACES - {"ana"}:
        await change(town, name, welcomed_at=town.now)
    return made


async def change(town: Town, name: str, **values: Any) -> None:
    person_id = await town.person_id(name)

    def work(db: Session) -> None:
        person = storage.people.get(db, person_id)
        for attribute, value in values.items():
            setattr(person, attribute, value)
        db.add(person)

    await town.db(work)


# -- once, whatever happens on the way ---------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "posts"), [("drop", 1), ("lose", 2), ("error", 2)])
async def test_a_send_whose_reply_is_lost_is_looked_for_before_it_is_repeated(
    post: Post, fault: str, posts: int
) -> None:
    post.town.world.workspace.faults.add(fault, 1, "chat.postMessage")
    await post.sends("note")
    assert post.arrived("mo") == (["note"] if fault == "drop" else [])
    assert (await post.row("note")).ambiguous
    await post.town.goes(seconds=10)
    assert post.arrived("mo") == ["note"]
    assert post.calls("chat.postMessage") == posts
    row = await post.row("note")
    assert row.state == "sent"
    assert row.landed_message == post.town.world.workspace.dm("U0MO").messages[0].ts


async def test_a_lost_reply_in_a_channel_is_found_there_too(post: Post) -> None:
    post.town.world.workspace.faults.add("drop", 1, "chat.postMessage")
    await post.sends("announcement", "C0TEAM")
    await post.town.goes(seconds=10)
    assert post.arrived("C0TEAM") == ["announcement"]
    assert (await post.row("announcement")).state == "sent"


async def test_a_look_up_that_fails_is_no_reason_to_send_again(post: Post) -> None:
    post.town.world.workspace.faults.add("drop", 1, "chat.postMessage")
    post.town.world.workspace.faults.add("error", 2, "conversations.history")
    await post.sends("note")
    await post.town.goes(minutes=5)
    assert post.calls("conversations.history") == 3
    assert post.arrived("mo") == ["note"]


async def test_what_is_in_doubt_stays_so_while_the_chat_lets_nobody_look(post: Post) -> None:
    workspace = post.town.world.workspace
    workspace.faults.add("drop", 1, "chat.postMessage")
    await post.sends("note")
    good, workspace.token = workspace.token, "xoxb-another"
    await post.town.goes(seconds=30)
    assert (await post.row("note")).ambiguous
    workspace.token = good
    await post.town.goes(minutes=10)
    assert post.arrived("mo") == ["note"]
    assert (await post.row("note")).state == "sent"


async def test_a_chat_that_never_answers_is_given_up_and_the_ledger_says_so(post: Post) -> None:
    post.town.world.workspace.faults.add("lose", None, "chat.postMessage")
    await post.sends("note")
    await post.town.goes(days=1)
    row = await post.row("note")
    assert (row.state, row.reason) == ("failed", "the chat did not answer")
    assert post.calls("chat.postMessage") == row.attempts == 12


class Killed(BaseException):
    """The process ends here."""


@dataclass
class Dying:
    """A chat during whose send the process dies, before or after the message was taken."""

    chat: Any
    after: bool
    pace, finds = Pace(0, 0), True

    async def direct(self, user: str) -> str:
        return str(await self.chat.direct(user))

    async def send(self, channel: str, shown: Card, **more: Any) -> Landing:
        if self.after:
            await self.chat.send(channel, shown, **more)
        raise Killed


@pytest.mark.parametrize("after", [True, False])
async def test_a_process_that_dies_while_sending_leaves_one_message(post: Post, after: bool) -> None:
    app = post.town.world.app
    await post.owes("note")
    dying = {workspace: Dying(chat, after) for workspace, chat in app.chats.items()}
    dead = Courier(app.database, dying, app.courier.letters, app.now, boot="dead")  # type: ignore[arg-type]
    with pytest.raises(Killed):
        await dead.drain()
    assert (await post.row("note")).state == "sending"
    assert await app.courier.drain() == 0  # nobody guesses: what is in somebody's hands is theirs
    await app.courier.sweep()
    await post.town.settle()
    assert post.calls("conversations.history") == 0  # what died with the process may still be on its way
    await post.town.goes(seconds=5)
    assert post.arrived("mo") == ["note"]
    assert post.calls("chat.postMessage") == 1
    assert (await post.row("note")).state == "sent"


async def test_what_is_being_sent_is_not_taken_over_by_the_same_process(post: Post) -> None:
    app = post.town.world.app
    post.town.world.workspace.faults.add("slow", 1, "chat.postMessage", seconds=0.3)
    await post.owes("note")
    sending = asyncio.create_task(app.courier.drain())
    while not post.calls("chat.postMessage"):
        await asyncio.sleep(0.01)
    post.town.world.clock.put_forward(post.town.now + storage.deliveries.LEASE * 2)
    assert await app.courier.recover() == 0
    await sending
    assert post.arrived("mo") == ["note"]


async def test_what_another_has_taken_over_is_neither_kept_nor_given_back(post: Post) -> None:
    await post.owes("note")
    now, later = post.town.now, post.town.now + timedelta(hours=1)

    def work(db: Session) -> object:
        row = storage.deliveries.by_key(db, "note")
        assert row is not None
        number = row.id or 0
        storage.deliveries.claim(db, row, "first", now)
        storage.deliveries.recover(db, "second", now, now)
        storage.deliveries.claim(db, row, "second", now)
        for hold, boot in (((number, 1), "first"), ((number, 2), "first"), ((number, 1), "second")):
            storage.deliveries.put_off(db, hold, later, False, True, boot)
        assert storage.deliveries.renew(db, "first", {number}, later) == set()
        assert storage.deliveries.renew(db, "second", {number}, now) == {(number, 2)}
        return row.state, row.boot, row.attempts, row.ambiguous, row.lease_until

    assert await post.town.db(work) == ("sending", "second", 2, True, now)


async def test_what_is_on_its_way_is_not_withdrawn_any_more(post: Post) -> None:
    await post.owes("note")

    def work(db: Session) -> str:
        row = storage.deliveries.by_key(db, "note")
        assert row is not None
        storage.deliveries.claim(db, row, "somebody", post.town.now)
        storage.deliveries.withdraw(db, "note", "answered", post.town.now)
        return row.state

    assert await post.town.db(work) == "sending"


# -- when and whether ------------------------------------------------------------------------------------


async def test_a_chat_that_asks_to_wait_is_left_alone_for_as_long_as_it_asked(post: Post) -> None:
    post.town.world.workspace.faults.add("rate_limit", 1, "chat.postMessage", seconds=30)
    await post.sends("to mo")
    await post.sends("to kei", "kei")
    await post.town.goes(seconds=29)
    assert post.arrived("mo", "kei") == []
    assert post.calls("chat.postMessage") == 1  # the one that was told to wait
    await post.town.goes(seconds=2)
    assert sorted(post.arrived("mo", "kei")) == ["to kei", "to mo"]
    assert (await post.row("to mo")).attempts == 1  # waiting is no attempt


async def test_a_chat_that_asked_to_wait_is_left_alone_by_the_next_process_too(post: Post) -> None:
    app = post.town.world.app
    post.town.world.workspace.faults.add("rate_limit", 1, "chat.postMessage", seconds=30)
    await post.sends("note")
    assert (await post.row("note")).next_at == post.town.now + timedelta(seconds=30)
    started = Courier(app.database, app.chats, app.courier.letters, app.now, boot="next", pace=Pace(0, 0))
    post.town.world.clock.put_forward(post.town.now + timedelta(seconds=29))
    await started.recover()
    assert await started.drain() == 0
    assert post.calls("chat.postMessage") == 1


@pytest.mark.parametrize("said", ["0", "", "-5", "soon", "inf", "Thu, 26 Nov 2026 15:00:00 GMT"])
async def test_a_chat_that_asks_to_wait_without_saying_for_how_long_is_left_alone_for_a_second(
    post: Post, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "perform", lambda *_: (api.LIMITED, 429, {"Retry-After": said}))
    await post.sends("note")
    row = await post.row("note")
    assert (row.state, row.next_at - post.town.now) == ("due", timedelta(seconds=1))


async def test_nothing_leaves_after_it_is_of_no_more_use(post: Post) -> None:
    post.town.world.workspace.faults.add("lose", 1, "chat.postMessage")
    await post.sends("note", not_after=post.town.now + timedelta(seconds=2))
    await post.town.goes(hours=1)
    row = await post.row("note")
    assert (row.state, row.reason) == ("skipped", "too late to be of use")
    assert post.arrived("mo") == []


@pytest.mark.parametrize(
    "pause",
    [lambda now: {"muted_until": now + timedelta(days=1)}, lambda now: {"away_until": now.date()}],
    ids=["muted", "away"],
)
async def test_who_is_away_or_muted_is_asked_nothing_and_still_told_what_they_wait_for(post: Post, pause: Any) -> None:
    await change(post.town, "mo", **pause(post.town.now))
    await post.owes("a question", prompt=True)
    await post.sends("news")
    assert post.arrived("mo") == ["news"]
    row = await post.row("a question")
    assert (row.state, row.reason) == ("skipped", PAUSED)


async def test_who_left_the_workspace_is_written_nothing(post: Post) -> None:
    await change(post.town, "mo", active=False)
    await post.sends("note")
    assert (await post.row("note")).reason == "not in the workspace"


async def test_a_letter_that_has_nothing_to_say_any_more_is_skipped_and_one_that_asks_for_later_comes_later(
    post: Post,
) -> None:
    post.later["then"] = post.town.now + timedelta(hours=2)
    await post.owes("never", said="")
    await post.sends("then")
    assert (await post.row("never")).reason == "nothing to say any more"
    await post.town.goes(minutes=119)
    assert post.arrived("mo") == []
    await post.town.goes(minutes=1)
    assert post.arrived("mo") == ["then"]


async def test_what_is_said_is_composed_when_it_leaves_not_when_it_was_planned(post: Post) -> None:
    await post.owes("note", said="as it was", at=post.town.now + timedelta(hours=1))
    post.says["note"] = "as it is"
    await post.town.goes(hours=1)
    assert post.arrived("mo") == ["as it is"]


async def test_planning_twice_sends_once(post: Post) -> None:
    await post.owes("note")
    await post.sends("note")
    await post.sends("note")
    assert post.arrived("mo") == ["note"]


# -- who cannot be reached, and what does not work ---------------------------------------------------------


async def test_somebody_nothing_reaches_is_marked_and_reached_again_is_not(post: Post) -> None:
    mo = post.town.world.workspace.person("mo")
    mo.deleted = True
    await post.sends("note")
    row = await post.row("note")
    assert (row.state, row.reason) == ("failed", "user_disabled")
    assert await post.town.db(storage.people.out_of_reach) == [("U0MO", "user_disabled")]
    mo.deleted = False
    await post.town.world.outbox.user_change(mo)
    await post.town.settle()
    assert await post.town.db(storage.people.out_of_reach) == []


async def test_somebody_one_message_cannot_be_taken_for_is_not_out_of_reach(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "perform", lambda *_: ({"ok": False, "error": "msg_too_long"}, 200, {}))
    await post.sends("note")
    row = await post.row("note")
    assert (row.state, row.reason) == ("failed", "msg_too_long")
    assert await post.town.db(storage.people.out_of_reach) == []


async def test_what_is_owed_where_this_process_has_no_chat_waits_for_one_that_has(post: Post) -> None:
    app = post.town.world.app
    await post.owes("note")
    other = Courier(app.database, {}, app.courier.letters, app.now, boot="without this chat")
    assert await other.drain() == 0
    assert (await post.row("note")).state == "due"
    await post.town.settle()
    assert post.arrived("mo") == ["note"]


async def test_what_is_owed_where_the_bot_was_removed_fails_and_says_why(post: Post) -> None:
    await post.town.world.outbox.app_uninstalled()
    await post.sends("note")
    row = await post.row("note")
    assert (row.state, row.reason) == ("failed", "no chat is connected for this workspace")


async def test_a_token_that_is_no_good_any_more_is_no_reason_to_give_up_a_message(post: Post) -> None:
    workspace = post.town.world.workspace
    good, workspace.token = workspace.token, "xoxb-another"
    await post.sends("note")
    await post.town.goes(minutes=5)
    assert (await post.row("note")).state == "due"
    assert await post.town.db(storage.people.out_of_reach) == []
    workspace.token = good
    await post.town.goes(minutes=10)
    assert post.arrived("mo") == ["note"]


async def test_a_token_that_is_never_good_again_is_why_a_message_failed(post: Post) -> None:
    post.town.world.workspace.token = "xoxb-another"
    await post.sends("note")
    await post.town.goes(days=1)
    row = await post.row("note")
    assert (row.state, row.reason) == ("failed", "the chat did not take it: invalid_auth")


async def test_a_channel_without_the_bot_fails_alone_and_says_what_to_do(post: Post) -> None:
    post.town.world.workspace.add_channel("C0FAR", "far", [], kind="group", bot=False)
    await post.owes("far", "C0FAR")
    await post.sends("near")
    assert post.arrived("mo") == ["near"]
    row = await post.row("far")
    assert row.state == "failed"
    assert "invite me" in row.reason or row.reason == "not_in_channel"


async def test_a_letter_that_breaks_does_not_hold_up_the_others(post: Post) -> None:
    await post.owes("broken", priority=Priority.URGENT)
    del post.says["broken"]
    await post.owes("unknown")
    await post.town.db(lambda db: unknown_kind(db, "unknown"))
    await post.sends("whole")
    assert post.arrived("mo") == ["whole"]
    broken = await post.row("broken")
    assert broken.state == "failed"
    assert broken.reason.startswith("reference ")
    assert (await post.row("unknown")).reason == "nobody composes this kind"


def unknown_kind(db: Session, key: str) -> None:
    row = storage.deliveries.by_key(db, key)
    assert row is not None
    row.kind = "nobody.knows"
    db.add(row)


# -- order, pace, the first words and later changes ----------------------------------------------------------


async def test_what_somebody_waits_for_goes_before_what_is_asked_of_many(post: Post) -> None:
    await post.owes("asked of many", "mo", priority=Priority.FAN_OUT)
    await post.owes("as usual", "mo")
    await post.sends("waited for", "mo", priority=Priority.URGENT)
    assert post.arrived("mo") == ["waited for", "as usual", "asked of many"]


async def test_one_readers_messages_keep_their_order_when_the_first_is_lost(post: Post) -> None:
    post.town.world.workspace.faults.add("lose", 1, "chat.postMessage")
    await post.owes("one")
    await post.owes("two")
    await post.sends("three")
    assert post.arrived("mo") == []
    await post.town.goes(seconds=10)
    assert post.arrived("mo") == ["one", "two", "three"]


async def test_a_message_in_trouble_puts_off_only_what_its_reader_is_to_get_soon_and_not_for_long(post: Post) -> None:
    now = post.town.now
    post.town.world.workspace.faults.add("rate_limit", 1, "chat.postMessage", seconds=600)
    await post.owes("soon", at=now + timedelta(seconds=2))
    await post.owes("later", at=now + timedelta(hours=1))
    await post.owes("to kei", "kei", at=now + timedelta(seconds=2))
    await post.sends("in trouble")
    waits = {key: ((await post.row(key)).next_at - now).total_seconds() for key in post.says}
    assert waits == {"in trouble": 600, "soon": 60, "later": 3600, "to kei": 2}


async def test_a_reader_in_trouble_does_not_hold_up_another(post: Post) -> None:
    post.town.world.workspace.faults.add("lose", 1, "chat.postMessage")
    await post.owes("to mo", "mo", priority=Priority.URGENT)
    await post.sends("to kei", "kei")
    assert len(post.arrived("mo", "kei")) == 1
    await post.town.goes(seconds=10)
    assert sorted(post.arrived("mo", "kei")) == ["to kei", "to mo"]


async def pauses(post: Post, pace: Pace, notes: Iterable[tuple[str, str]]) -> list[int]:
    """How long the courier wanted to wait before each send, in steps of ten seconds."""
    courier, waited = post.town.world.app.courier, []

    async def sleep(seconds: float) -> None:
        waited.append(round(seconds, -1))

    courier.sleep, courier.pace = sleep, pace
    for key, to in notes:
        await post.owes(key, to)
    await post.town.settle()
    return [int(each) for each in waited]


async def test_messages_of_one_channel_keep_its_distance(post: Post) -> None:
    notes = [("one", "mo"), ("two", "mo"), ("to kei", "kei"), ("three", "mo")]
    assert await pauses(post, Pace(1000, 0), notes) == [1000, 1000]  # nothing really waits here: each time a thousand


async def test_messages_of_one_workspace_keep_a_smaller_distance(post: Post) -> None:
    assert await pauses(post, Pace(0, 100), [("one", "mo"), ("two", "kei"), ("three", "C0TEAM")]) == [100, 200]


async def test_the_real_distances_are_those_slack_asks_for(post: Post) -> None:
    [chat] = post.town.world.app.chats.values()
    assert chat.pace == Pace(1.0, 0.25)
    assert Courier(post.town.world.app.database, {}, {}, lambda: MONDAY, boot="x").pace is None


async def test_who_the_bot_is_goes_first_and_once(post: Post) -> None:
    await post.owes("waited for", "ana", priority=Priority.URGENT)
    await post.sends("as usual", "ana")
    first, *rest = post.arrived("ana")
    assert first == "Hello, I am Contractor Care."
    assert rest == ["waited for", "as usual"]
    await post.sends("later", "ana")
    assert post.arrived("ana").count(first) == 1


async def test_nothing_overtakes_a_welcome_that_was_lost(post: Post) -> None:
    post.town.world.workspace.faults.add("lose", 1, "chat.postMessage")
    await post.sends("waited for", "ana", priority=Priority.URGENT)
    assert post.arrived("ana") == []
    await post.town.goes(minutes=1)
    assert post.arrived("ana") == ["Hello, I am Contractor Care.", "waited for"]


async def test_a_card_that_changed_is_changed_in_place(post: Post) -> None:
    await post.sends("note", said="before")
    post.says["note"] = "after"
    await post.town.db(lambda db: storage.deliveries.refresh(db, "note", post.town.now))
    await post.town.settle()
    assert post.arrived("mo") == ["after"]
    assert post.calls("chat.postMessage") == 1


async def test_what_was_never_sent_is_not_changed_and_a_change_that_is_lost_is_made_again(post: Post) -> None:
    await post.owes("note", said="before", at=post.town.now + timedelta(hours=1))
    await post.town.db(lambda db: storage.deliveries.refresh(db, "note", post.town.now))
    assert [key for key, _state, _reason in await post.town.ledger() if key.startswith("note~")] == []
    await post.town.goes(hours=1)
    post.says["note"] = "after"
    post.town.world.workspace.faults.add("lose", 1, "chat.update")
    await post.town.db(lambda db: storage.deliveries.refresh(db, "note", post.town.now))
    await post.town.settle()
    assert post.arrived("mo") == ["before"]
    await post.town.goes(seconds=10)
    assert post.arrived("mo") == ["after"]


async def test_a_change_of_what_was_never_taken_has_nothing_to_change(post: Post) -> None:
    post.town.world.workspace.add_channel("C0FAR", "far", [], kind="group", bot=False)
    post.town.world.workspace.faults.add("slow", 1, "chat.postMessage", seconds=0.3)
    await post.owes("note", "C0FAR")
    post.town.world.app.courier.wake()
    while (await post.row("note")).state != "sending":
        await asyncio.sleep(0.01)
    await post.town.db(lambda db: storage.deliveries.refresh(db, "note", post.town.now, "changed"))
    await post.town.settle()
    assert [(await post.row(key)).state for key in ("note", "note~changed")] == ["failed", "skipped"]
    assert post.calls("chat.update") == 0


async def test_what_is_no_longer_needed_does_not_leave(post: Post) -> None:
    await post.owes("note", at=post.town.now + timedelta(hours=1))
    await post.town.db(lambda db: storage.deliveries.withdraw(db, "note", "answered", post.town.now))
    await post.town.goes(hours=2)
    assert post.arrived("mo") == []
    assert (await post.row("note")).reason == "answered"


async def test_who_taps_or_writes_is_answered_at_once_whatever_waits_to_be_sent(post: Post) -> None:
    """A fan-out that takes an hour, in a chat that has just turned a message away."""
    courier, over = post.town.world.app.courier, asyncio.Event()
    waiting: list[float] = []

    async def sleep(seconds: float) -> None:
        waiting.append(seconds)
        await over.wait()

    courier.sleep, courier.pace = sleep, Pace(0, 100)
    for number in range(20):
        await post.owes(f"asked of many {number}", ("mo", "kei")[number % 2], priority=Priority.FAN_OUT)
    courier.wake()
    while not waiting:
        await asyncio.sleep(0.01)
    await post.town.person("mo").says("help")
    await post.town.person("mo").sees("/contractor")
    assert len(post.arrived("kei")) + len([said for said in post.arrived("mo") if said.startswith("asked")]) == 1
    over.set()
    courier.pace = Pace(0, 0)
    await post.town.settle()
    assert len(post.arrived("kei")) == 10


async def test_what_waits_for_a_welcome_that_may_not_be_looked_for_yet_waits_as_long(post: Post) -> None:
    workspace = post.town.world.workspace
    workspace.faults.add("drop", 1, "chat.postMessage")
    workspace.faults.add("rate_limit", 1, "conversations.history", seconds=60)
    await post.sends("waited for", "ana", priority=Priority.URGENT)
    await post.town.goes(seconds=10)  # the welcome's reply was lost, and the chat asks not to be searched
    await asyncio.wait_for(post.sends("news", "ana"), 5)
    await post.town.goes(minutes=2)
    assert post.arrived("ana")[0] == "Hello, I am Contractor Care."
    assert sorted(post.arrived("ana")[1:]) == ["news", "waited for"]
    assert post.calls("conversations.history") == 2
