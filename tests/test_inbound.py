"""What comes in over HTTP: only what Slack signed, only once, and never anything that makes the bot stumble."""

import asyncio
import json
import logging
import sqlite3
from collections.abc import AsyncIterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import ClientSession
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.demo import payloads
from bot.demo.outbox import signature
from bot.demo.workspace import Json
from tests.blockers import opened
from tests.conftest import Town

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
THURSDAY = "2026-11-26 15:00"


@dataclass
class Wire:
    """The line between Slack and the bot, with every byte in our hands."""

    town: Town
    http: ClientSession

    def signed(self, body: str, *, age: float = 0, secret: str = "") -> dict[str, str]:
        """Slack's two headers for a body that was signed `age` seconds ago."""
        stamp = str(int((self.town.now - timedelta(seconds=age)).timestamp()))
        secret = secret or self.town.world.workspace.signing_secret
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature(secret, stamp, body)}

    async def post(self, body: str, headers: dict[str, str], kind: str = FORM) -> tuple[int, str]:
        """Status and text of the answer."""
        data = BytesIO(body.encode(errors="surrogateescape"))  # what is large goes in pieces
        async with self.http.post(self.town.world.bot_url, data=data, headers={"Content-Type": kind, **headers}) as got:
            return got.status, await got.text()

    async def send(self, body: str, kind: str = FORM) -> tuple[int, str]:
        """A body as Slack would sign it."""
        return await self.post(body, self.signed(body), kind)

    async def deliver(self, payload: Any) -> int:
        """A payload as Slack would send it; the bot has finished when this returns."""
        status, _text = await self.send(*wrapped(payload))
        await self.town.settle()
        return status

    def kept(self) -> list[str]:
        """Everything in the database."""
        connection = sqlite3.connect(self.town.world.app.database.path)
        try:
            return list(connection.iterdump())
        finally:
            connection.close()

    def shown(self) -> str:
        """Everything anybody can see in the workspace."""
        workspace = self.town.world.workspace
        return repr(([each.messages for each in workspace.channels.values()], workspace.homes, workspace.modals))


@pytest.fixture
async def wire(town: Town) -> AsyncIterator[Wire]:
    async with ClientSession() as http:
        yield Wire(town, http)


def wrapped(payload: Any) -> tuple[str, str]:
    """A payload as the body that Slack puts it into, and that body's type."""
    if isinstance(payload, dict) and "command" in payload:
        return urlencode(
            {key: value for key, value in payload.items() if isinstance(value, str)}, errors="replace"
        ), FORM
    if isinstance(payload, dict) and ("event" in payload or "challenge" in payload):
        return json.dumps(payload), JSON
    return urlencode({"payload": json.dumps(payload)}), FORM


async def tapped(town: Town, label: str = "4") -> Json:
    """What Slack would send if Ana tapped this number on the pulse that is before her; nothing is sent."""
    if not town.person("ana").cards("Your weekly pulse"):
        await town.engage()
        await town.until(THURSDAY, "Europe/Lisbon")
    workspace = town.world.workspace
    message = workspace.dm("U0ANA").messages[-1]
    found = [
        payloads.action(workspace, block, element, None)
        for block in message.blocks
        for element in block.get("elements", ())
        if element.get("text") and element["type"] == "button" and element["text"]["text"] == label
    ]
    return payloads.message_tapped(workspace, workspace.person("ana"), message, found[0], {})


def written(town: Town, text: str, who: str = "ana") -> Json:
    """What Slack would send if somebody wrote this to the bot; nothing is sent."""
    workspace = town.world.workspace
    user = workspace.person(who)
    message = workspace.post(workspace.dm(user.id), user, text)
    return payloads.event(workspace, payloads.said(workspace, message, "message"))


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


# -- what nobody sends -----------------------------------------------------------------------------------

WHO = {"id": "U0ANA", "team_id": "T0DEMO"}
TAP: Json = {"type": "block_actions", "user": WHO, "team": {"id": "T0DEMO"}, "trigger_id": "1.2.3"}
SAID: Json = {"type": "event_callback", "team_id": "T0DEMO", "event_id": "Ev9"}
VIEW: Json = {"type": "view_submission", "user": WHO, "team": {"id": "T0DEMO"}, "trigger_id": "1.2.3"}
BUTTON: Json = {"type": "button", "action_id": "pulse.answer#4", "value": "1:week:4"}

ODD: list[Any] = [
    None, [], [1], "text", 7, True, {}, {"type": None}, {"type": []}, {"type": {}}, {"type": "no such thing"},
    {"type": "url_verification"}, {"type": "url_verification", "challenge": 7},
    TAP, TAP | {"actions": None}, TAP | {"actions": []}, TAP | {"actions": {}}, TAP | {"actions": [None]},
    TAP | {"actions": ["x"]}, TAP | {"actions": [BUTTON], "user": None}, TAP | {"actions": [BUTTON], "user": "U0ANA"},
    TAP | {"actions": [BUTTON], "user": {"id": 7}}, TAP | {"actions": [BUTTON], "team": "T0DEMO", "user": {"id": "U0ANA"}},
    TAP | {"actions": [BUTTON], "container": "here"}, TAP | {"actions": [BUTTON], "channel": ["D0ANA"]},
    TAP | {"actions": [BUTTON | {"type": "static_select", "selected_option": 3}]}, TAP | {"actions": [BUTTON], "view": 3},
    SAID, SAID | {"event": None}, SAID | {"event": "message"}, SAID | {"event": {}, "team_id": 7},
    VIEW, VIEW | {"view": None}, VIEW | {"view": []}, VIEW | {"view": {"private_metadata": "{not json\nx"}},
    VIEW | {"view": {"state": {"values": [1]}}}, VIEW | {"view": {"state": {"values": {"a": {"b": 3}}}}},
    VIEW | {"view": {"state": "none"}},
    {"type": "shortcut", "team": {"id": "T0DEMO"}}, {"type": "message_action", "user": WHO, "message": "hello"},
    {"type": "block_suggestion", "team": {"id": "T0DEMO"}, "user": []},
    {"command": "/contractor"}, {"command": "/contractor", "user_id": "U0MO"}, {"command": "/contractor", "team_id": "T0DEMO"},
]  # fmt: skip


@pytest.fixture
def mishaps(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.WARNING)
    return caplog


def stumbled(mishaps: pytest.LogCaptureFixture) -> list[str]:
    """Where the bot did not know what had happened to it."""
    return [
        f"{record.getMessage()} {getattr(record, 'error', '')} {getattr(record, 'frames', '')}"
        for record in mishaps.records
        if record.levelno >= logging.ERROR or record.exc_info
    ]


async def test_what_has_not_the_shape_of_a_payload_is_refused_and_nothing_is_done(
    wire: Wire, mishaps: pytest.LogCaptureFixture
) -> None:
    await tapped(wire.town)
    before = wire.kept(), wire.shown()
    for payload in ODD:
        for body, kind in (wrapped(payload), (json.dumps(payload), JSON)):
            status, text = await wire.send(body, kind)
            assert (status, text) == (400, ""), body
    await wire.town.settle()
    assert (wire.kept(), wire.shown()) == before
    assert stumbled(mishaps) == []


DEEP = "[" * 100_000
RAW = [
    ("", FORM), ("", JSON), ("{", JSON), ("payload={", FORM), ("payload=", FORM), ("payload", FORM), ("%", FORM),
    ("payload=%7B%22type%22%3A%22block_actions", FORM), ("{\"type\": NaN}", JSON), ("\udcff\udcfe", JSON),
    ("payload=%FF%FE", FORM), ("\udcff=1", FORM), (DEEP, JSON), ("payload=" + DEEP, FORM), ("&" * 50_000, FORM),
    ("{\"a\":" * 50_000 + "1" + "}" * 50_000, JSON), ("{\"type\": " + "9" * 5000 + "}", JSON), ("null", "text/plain"),
    ("<xml/>", "text/xml"), ("{}", "multipart/form-data; boundary=x"), ("{}", "application/json; charset=no-such"),
]  # fmt: skip


async def test_what_cannot_be_read_at_all_is_refused_and_nothing_is_done(
    wire: Wire, mishaps: pytest.LogCaptureFixture
) -> None:
    await tapped(wire.town)
    before = wire.kept(), wire.shown()
    for body, kind in RAW:
        data = body.encode(errors="surrogateescape").decode("latin-1")
        stamp = str(int(wire.town.now.timestamp()))
        headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": raw_signature(wire.town, stamp, body)}
        status, text = await wire.post(body, headers, kind)
        assert (status, text) == (400, ""), data[:80]
    await wire.town.settle()
    assert (wire.kept(), wire.shown()) == before
    assert stumbled(mishaps) == []


def raw_signature(town: Town, stamp: str, body: str) -> str:
    """A signature over bytes that are no text."""
    import hashlib
    import hmac

    signed = f"v0:{stamp}:".encode() + body.encode(errors="surrogateescape")
    return "v0=" + hmac.new(town.world.workspace.signing_secret.encode(), signed, hashlib.sha256).hexdigest()


async def test_a_body_larger_than_any_payload_is_refused(wire: Wire, mishaps: pytest.LogCaptureFixture) -> None:
    before = wire.kept()
    body = json.dumps({"type": "event_callback", "event": {"text": "x" * 1_100_000}, "team_id": "T0DEMO"})
    assert (await wire.send(body, JSON))[0] == 413
    assert wire.kept() == before
    assert stumbled(mishaps) == []


async def test_what_slack_may_send_one_day_is_acknowledged_and_nothing_is_done(wire: Wire) -> None:
    await tapped(wire.town)
    before = wire.kept(), wire.shown()
    for event in ({}, {"type": "reaction_added"}, {"type": "message", "channel_type": "im", "subtype": "bot_message"}):
        assert await wire.deliver(SAID | {"event": event}) == 200
    assert await wire.deliver({"type": "view_closed", "user": WHO, "team": {"id": "T0DEMO"}}) == 200
    assert (wire.kept(), wire.shown()) == before


# -- almost what Slack sends ---------------------------------------------------------------------------------


async def conversation(town: Town) -> list[Json]:
    """One real payload of each kind there is."""
    await town.engage()
    workspace, ana, mo = town.world.workspace, town.person("ana"), town.person("mo")
    form = await opened(town, "The staging server is down")
    await form.submit()
    await mo.commands("who @ana")
    await ana.takes_shortcut("blockers.report")
    await ana.home()
    await (await ana.sees("Your blocker")).acts("blockers.from_message")
    lee = workspace.person("lee")
    await town.world.outbox.user_change(lee)
    await town.world.outbox.team_join(lee)
    await town.world.outbox.member_joined_channel(lee, workspace.channel("care"))
    await town.settle()
    every = {each.what: each.sent for each in workspace.log if each.who == "slack"}
    select = {"type": "static_select", "action_id": "pulse.seen_by#21.0", "block_id": "1#21", "action_ts": "1.2",
              "selected_option": {"text": {"type": "plain_text", "text": "Care team only"}, "value": "care"}}  # fmt: skip
    search = payloads.suggestion(workspace, workspace.person("ana"), workspace.dm("U0ANA").messages[-1],
                                 {"action_id": "onboarding.zones"}, "b", "Lis")  # fmt: skip
    return [*every.values(), every["block_actions"] | {"actions": [select]}, search, await tapped(town)]


JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, -1, 7, 10**30, 1e308, "", " ", "x", "0", "-1", "1:week:99", "999999999999999999999:week:4", "U0ANA",
     "2026-02-30", "25:61", "\x00", "\ud800", "⟦𝔘⟧" * 99, "x" * 5000, "a:b:c:d:e", "#", "<@U0MO>", "../..", "{", [], {}, [[]],
     [{}], [None], {"id": 7}, {"value": None}, {"id": "U0NEW"}]
)  # fmt: skip
EDIT = st.tuples(st.integers(0, 10_000), st.sampled_from(["put", "put", "put", "drop"]), JUNK)
MUTATION = st.tuples(st.integers(0, 1000), st.lists(EDIT, min_size=1, max_size=3))


def spots(payload: Any) -> list[tuple[Any, Any]]:
    """Everything in a payload that could be something else: (where it is in, under which name)."""
    inside = payload.items() if isinstance(payload, dict) else enumerate(payload) if isinstance(payload, list) else ()
    return [spot for name, value in inside for spot in [(payload, name), *spots(value)]]


def mutated(every: list[Json], which: int, edits: list[tuple[int, str, Any]]) -> Json:
    """A real payload with something in it put wrong."""
    payload = deepcopy(every[which % len(every)])
    for where, what, junk in edits:
        if there := spots(payload):
            inside, name = there[where % len(there)]
            if what == "drop":
                inside.pop(name)
            else:
                inside[name] = deepcopy(junk)
    return payload


def mutations() -> list[tuple[int, list[tuple[int, str, Any]]]]:
    """The same three hundred every time."""
    drawn: list[tuple[int, list[tuple[int, str, Any]]]] = []

    @settings(max_examples=300, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(MUTATION)
    def draw(mutation: tuple[int, list[tuple[int, str, Any]]]) -> None:
        drawn.append(mutation)

    draw()
    return drawn


async def test_a_real_payload_with_anything_wrong_in_it_never_makes_the_bot_stumble(
    wire: Wire, mishaps: pytest.LogCaptureFixture
) -> None:
    every = await conversation(wire.town)
    slack = wire.town.world.app.slack
    assert slack is not None
    assert len(every) >= 11
    for number, (which, edits) in enumerate(mutations()):
        new = {key: f"{number}.2.3" for key in ("trigger_id", "event_id") if key in every[which % len(every)]}
        payload = mutated([each | new for each in every], which, edits)
        status, text = await wire.send(*wrapped(payload))
        await slack.drain()
        assert stumbled(mishaps) == [], payload
        assert status in (200, 400), (status, payload)
        assert "reference" not in text, payload
    await wire.town.settle()
    assert stumbled(mishaps) == []
