"""What comes in over HTTP: only what Slack signed, only once, and only of this workspace."""

import asyncio
import json
from copy import deepcopy
from datetime import timedelta

import pytest
from sqlmodel import Session, select

import storage
from bot.demo import payloads
from bot.demo.outbox import signature
from bot.demo.workspace import Json
from bot.slack.inbound import genuine
from storage.inbound import Seen
from tests.blockers import opened
from tests.conftest import Town
from tests.wire import JSON, Wire, conversation, tapped, wrapped, written


@pytest.fixture
def wire(town: Town) -> Wire:
    return Wire(town)


# -- who signed it -----------------------------------------------------------------------------------


async def test_what_slack_signed_is_done(wire: Wire) -> None:
    payload = await tapped(wire.town)
    before = wire.kept()
    assert await wire.deliver(payload) == 200
    assert wire.kept() != before


@pytest.mark.parametrize(
    "change",
    [
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": "v0="},
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": "ü" * 67},
        {"X-Slack-Request-Timestamp": ""},
        {"X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Request-Timestamp": "-1"},
        {"X-Slack-Request-Timestamp": "nan"},
        {"X-Slack-Request-Timestamp": "9" * 12},
        {"X-Slack-Request-Timestamp": "1" * 5000},
        {"X-Slack-Request-Timestamp": "١٧٩٥٧٠٥٢٠٠"},
    ],
)
async def test_a_wrong_signature_is_refused_and_nothing_is_done(wire: Wire, change: dict[str, str]) -> None:
    body, kind = wrapped(await tapped(wire.town))
    before = wire.kept(), wire.shown()
    assert await wire.post(body, wire.signed(body) | change, kind) == (401, "")
    await wire.town.settle()
    assert (wire.kept(), wire.shown()) == before


async def test_a_missing_signature_another_secret_and_another_body_are_refused(wire: Wire) -> None:
    body, kind = wrapped(await tapped(wire.town))
    before = wire.kept(), wire.shown()
    whole = wire.signed(body)
    for headers in (
        {},
        *({name: whole[name]} for name in whole),
        wire.signed(body, secret="somebody else's"),
        wire.signed(body + " "),
        wire.signed(""),
    ):
        assert (await wire.post(body, headers, kind))[0] == 401, headers
    await wire.town.settle()
    assert (wire.kept(), wire.shown()) == before


async def test_how_long_a_refusal_takes_tells_nobody_how_much_of_a_signature_was_right(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    body, kind = wrapped(await tapped(wire.town))
    monkeypatch.setattr("hmac.compare_digest", lambda *_: False)  # what alone decides: it always takes as long
    assert await wire.post(body, wire.signed(body), kind) == (401, "")


async def test_where_there_is_no_secret_nobody_has_signed_anything(wire: Wire) -> None:
    body, now = "{}", wire.town.now.timestamp()
    stamp = str(int(now))
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature("", stamp, body)}
    assert not genuine(b"", headers, body.encode(), now)


@pytest.mark.parametrize(("age", "status"), [(301, 401), (-301, 401), (299, 200), (-299, 200)])
async def test_a_signature_is_good_for_five_minutes(wire: Wire, age: float, status: int) -> None:
    body, kind = wrapped(await tapped(wire.town))
    before = wire.kept()
    assert (await wire.post(body, wire.signed(body, age=age), kind))[0] == status
    await wire.town.settle()
    assert (wire.kept() == before) == (status == 401)


async def test_a_request_that_is_replayed_has_no_second_effect_and_later_is_refused(wire: Wire) -> None:
    body, kind = wrapped(await tapped(wire.town, "4"))
    headers = wire.signed(body)
    assert (await wire.post(body, headers, kind))[0] == 200
    await wire.deliver(await tapped(wire.town, "2"))  # she changed her mind since
    before = wire.kept()
    assert (await wire.post(body, headers, kind))[0] == 200
    await wire.town.settle()
    assert wire.kept() == before
    await wire.town.goes(minutes=6)
    before = wire.kept()
    assert (await wire.post(body, headers, kind))[0] == 401
    assert wire.kept() == before


async def test_the_address_proves_itself_to_slack_only_when_slack_asks(wire: Wire) -> None:
    asked = json.dumps({"type": "url_verification", "challenge": "3eZbrw1a", "token": "x"})
    status, text = await wire.send(asked, JSON)
    assert (status, json.loads(text)) == (200, {"challenge": "3eZbrw1a"})
    assert await wire.post(asked, {}, JSON) == (401, "")


# -- once ---------------------------------------------------------------------------------------------


async def test_a_message_that_comes_three_times_at_once_is_answered_once(wire: Wire) -> None:
    event = written(wire.town, "I cannot get into the cluster")
    assert set(await asyncio.gather(*(wire.deliver(event) for _ in range(3)))) == {200}
    assert len(wire.town.person("ana").cards("I did not understand")) == 1


async def test_a_command_that_comes_again_is_answered_once(wire: Wire) -> None:
    await wire.town.engage()
    workspace = wire.town.world.workspace
    asks = payloads.command(
        workspace, workspace.person("U0MO"), workspace.channels["C0TEAM"], "/contractor", "edit @ana"
    )
    assert "Here to solve" in (await wire.send(*wrapped(asks)))[1]
    assert await wire.send(*wrapped(asks)) == (200, "")


async def test_a_tap_that_comes_again_after_the_next_one_does_not_count_again(wire: Wire) -> None:
    four, two = await tapped(wire.town, "4"), await tapped(wire.town, "2")
    for payload in (four, two):
        assert await wire.deliver(payload) == 200
    after = wire.kept()
    assert await wire.deliver(four) == 200
    assert wire.kept() == after


async def test_a_message_that_slack_sends_again_is_answered_once(wire: Wire) -> None:
    town = wire.town
    event = written(town, "I cannot get into the cluster")
    body, kind = wrapped(event)
    for number in range(4):
        again = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": "http_timeout"} if number else {}
        assert (await wire.post(body, wire.signed(body) | again, kind))[0] == 200
        await town.settle()
    assert len(town.person("ana").cards("I did not understand")) == 1


async def test_what_came_in_is_known_again_a_day_later_and_forgotten_when_nobody_sends_it_again(wire: Wire) -> None:
    town, event = wire.town, written(wire.town, "I cannot get into the cluster")

    def seen(db: Session) -> bool:
        return event["event_id"] in db.exec(select(Seen.id)).all()

    await wire.deliver(event)
    await town.goes(days=1)
    await town.world.app.housekeeping()
    await wire.deliver(event)
    assert len(town.person("ana").cards("I did not understand")) == 1
    await town.goes(days=2)
    await town.world.app.housekeeping()
    assert not await town.db(seen)


async def test_the_same_words_written_twice_are_answered_twice(wire: Wire) -> None:
    for _ in range(2):
        await wire.deliver(written(wire.town, "I cannot get into the cluster"))
    assert len(wire.town.person("ana").cards("I did not understand")) == 2


async def test_a_form_that_comes_twice_makes_one_blocker(wire: Wire) -> None:
    town = wire.town
    await town.engage()
    form = await opened(town, "The staging server is down")
    await form.submit()
    await town.settle()
    (sent,) = [each.sent for each in town.world.workspace.log if each.what == "view_submission"]
    before = wire.kept()
    assert await wire.deliver(sent) == 200
    assert wire.kept() == before
    assert sum('INSERT INTO "blocker"' in line for line in before) == 1


async def test_what_somebody_was_before_does_not_come_back_with_a_late_word_of_it(wire: Wire) -> None:
    workspace, lee = wire.town.world.workspace, wire.town.world.workspace.person("lee")

    def changed(**profile: object) -> Json:
        vars(lee).update(profile)
        return payloads.event(workspace, payloads.user_event(workspace, lee, "user_change"))

    made, overtaken, taken = (
        changed(admin=True),
        changed(admin=True, tz="Asia/Tokyo"),
        changed(admin=False, tz="Europe/Berlin"),
    )
    for payload in (made, taken, made, overtaken):
        assert await wire.deliver(payload) == 200
    found = await wire.town.db(lambda db: storage.people.by_user(db, lee.id))
    assert found is not None
    assert (found.admin, found.zone) == (False, "Europe/Berlin")


async def test_a_word_from_a_clock_that_is_days_ahead_silences_no_later_one(town: Town) -> None:
    def news(db: Session, said: timedelta, after: timedelta) -> bool:
        return storage.inbound.is_news(db, "", "profile:U0NEW", town.now + said, town.now + after)

    assert await town.db(lambda db: news(db, timedelta(days=3), timedelta()))
    assert await town.db(lambda db: news(db, timedelta(hours=1), timedelta(hours=1)))


# -- another workspace's ---------------------------------------------------------------------------------


def elsewhere(payload: Json) -> Json:
    """The same from another team."""
    strange = deepcopy(payload)
    for name in ("team_id", "team"):
        if name in strange:
            strange[name] = {"id": "T0ELSE", "domain": "else"} if isinstance(strange[name], dict) else "T0ELSE"
    return strange


async def test_another_workspace_is_ignored_whatever_it_sends(wire: Wire) -> None:
    town = wire.town
    every = await conversation(town)
    lee = town.world.workspace.person("lee")
    lee.name = "Somebody Else"
    every.append(payloads.event(town.world.workspace, payloads.user_event(town.world.workspace, lee, "user_change")))
    every.append(payloads.event(town.world.workspace, {"type": "app_uninstalled"}))
    before = wire.kept(), wire.shown()
    for number, payload in enumerate(every):
        new = elsewhere(payload) | {key: f"new{number}" for key in ("trigger_id", "event_id") if key in payload}
        assert await wire.deliver(new) == 200
    assert (wire.kept(), wire.shown()) == before
