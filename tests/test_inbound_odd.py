"""What comes in over HTTP and is nothing that Slack sends, or almost: refused, without a trace and without a stumble."""

import hashlib
import hmac
import json
import logging
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.demo.workspace import Json
from tests.conftest import Town
from tests.wire import FORM, JSON, Wire, conversation, stumbled, tapped, wrapped


@pytest.fixture
def wire(town: Town) -> Wire:
    return Wire(town)


@pytest.fixture
def mishaps(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.WARNING)
    return caplog


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

THINGS: list[Any] = [
     None, True, 0, -1, 7, 10**30, 1e308, "", " ", "x", "0", "-1", "1:week:99", "999999999999999999999:week:4", "U0ANA",
     "2026-02-30", "25:61", "\x00", "\ud800", "⟦𝔘⟧" * 99, "x" * 5000, "a:b:c:d:e", "#", "<@U0MO>", "../..", "{", [], {}, [[]],
     [{}], [None], {"id": 7}, {"value": None}, {"id": "U0NEW"}]  # fmt: skip
JUNK: st.SearchStrategy[Any] = st.sampled_from(THINGS)
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
