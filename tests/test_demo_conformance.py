"""Everything the local workspace sends, takes and answers is as Slack's own types say."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.demo.echo import Echo
from bot.demo.methods import METHODS, POSTING
from bot.demo.workspace import Json
from tests.demo_conformance import answer_faults, conforms, need_schemas, schema
from tests.demo_world import TEXT, World, a_world, asks, button, buttons, modal, opened, section


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as made:
        yield made


def test_the_table_of_methods_is_a_subset_of_slacks() -> None:
    need_schemas()
    published = schema("methods.json")
    for name, method in METHODS.items():
        theirs = published[name]
        assert method.arguments <= set(theirs["args"]), name
        assert {each for each in theirs["args"] if theirs["args"][each].get("required")} <= set(method.required), name
        scopes = {each["name"] for each in theirs["scopes"].get("bot", [])}
        assert set(method.scopes) <= scopes, name
        label = theirs["rate_limit"]["label"]
        if label.startswith("Tier"):
            assert f"{method.per_minute}+" in label, name
        else:
            assert method.per_minute >= POSTING, name


CHOICES = [{"text": {"type": "plain_text", "text": "One"}, "value": "1"}]
EVERY_INPUT: list[Json] = [
    TEXT,
    {"type": "number_input", "action_id": "e", "is_decimal_allowed": True},
    {"type": "static_select", "action_id": "e", "options": CHOICES},
    {"type": "external_select", "action_id": "e"},
    {"type": "radio_buttons", "action_id": "e", "options": CHOICES},
    {"type": "checkboxes", "action_id": "e", "options": CHOICES},
    {"type": "multi_static_select", "action_id": "e", "options": CHOICES},
    {"type": "users_select", "action_id": "e"},
    {"type": "conversations_select", "action_id": "e", "filter": {"include": ["public"]}},
    {"type": "datepicker", "action_id": "e"},
    {"type": "timepicker", "action_id": "e"},
]
ACTING: list[tuple[Json, Any]] = [
    (button("Go", "e"), None),
    (EVERY_INPUT[2], "1"),
    (EVERY_INPUT[4], "1"),
    (EVERY_INPUT[5], ["1"]),
    (EVERY_INPUT[6], ["1"]),
    (EVERY_INPUT[7], "U0MO"),
    (EVERY_INPUT[8], "C0CARE"),
    (EVERY_INPUT[9], "2026-03-02"),
    (EVERY_INPUT[10], "09:30"),
    ({"type": "overflow", "action_id": "e", "options": CHOICES}, "1"),
]


async def test_everything_sent_is_as_slacks_types_say(world: World) -> None:
    need_schemas()
    ana, mo, care = world.people["ana"], world.people["mo"], world.workspace.channel("care")
    echo = Echo(world.outbox)
    await world.outbox.command(mo, care, "/contractor", "kpis @ana")
    await world.call("chat.postMessage", channel="U0ANA", text="x", blocks=[section("x")])
    await echo.close()
    await world.outbox.message(ana, world.workspace.dm("U0ANA"), "blocked by @mo")
    await world.outbox.message(mo, care, "@contractor-care hi")
    form = [asks("Q", element, f"i{number}", optional=True) for number, element in enumerate(EVERY_INPUT)]
    view = await opened(world, "ana", modal(*form, buttons(button("More", "more")), notify_on_close=True))
    await world.outbox.tap(ana, view, "more")
    await world.outbox.suggest(ana, view, "e", "lis", block_id="i3")
    await world.outbox.submit(ana, view, {})
    await opened(world, "ana", modal(section("x"), notify_on_close=True))
    await world.outbox.close_view(ana)
    home = {"type": "home", "blocks": [section("Home"), buttons(button("Go", "go"))]}
    await world.call("views.publish", user_id="U0ANA", view=home)
    await world.outbox.open_home(ana)
    await world.outbox.tap(ana, world.workspace.homes["U0ANA"], "go")
    rows = [buttons(element, block_id=f"r{number}") for number, (element, _) in enumerate(ACTING)]
    await world.call("chat.postMessage", channel="C0CARE", text="x", blocks=rows)
    card = care.messages[-1]
    for number, (element, given) in enumerate(ACTING):
        await world.outbox.tap(mo, card, element["action_id"], given, block_id=f"r{number}")
    await world.outbox.message_action(mo, card, "make_blocker")
    await world.outbox.reaction_added(mo, card, "wave")
    await world.outbox.team_join(mo)
    await world.outbox.user_change(ana)
    await world.outbox.member_joined_channel(ana, care)
    await world.outbox.app_uninstalled()
    await world.outbox.tokens_revoked()
    kinds = set(schema("inbound.schema.json")["definitions"]["Inbound"]["properties"])
    assert {each.kind for each in world.bot.heard} == kinds
    conforms(world.workspace)


async def test_every_answer_is_as_slacks_types_say(world: World) -> None:
    need_schemas()
    world.workspace.oauth_codes.add("c0de")
    form = [asks("Q", element, f"i{number}", optional=True) for number, element in enumerate(EVERY_INPUT)]
    trigger = world.workspace.issue_trigger("U0ANA")
    marker = {"event_type": "delivery", "event_payload": {"key": "k"}}
    calls: list[tuple[str, Json]] = [
        ("auth.test", {}),
        ("chat.postMessage", {"channel": "C0CARE", "text": "x", "blocks": [section("x")], "metadata": marker}),
        ("conversations.history", {"channel": "C0CARE", "include_all_metadata": True}),
        ("conversations.members", {"channel": "C0CARE"}),
        ("conversations.open", {"users": "U0ANA", "return_im": True}),
        ("dnd.info", {"user": "U0MO"}),
        ("oauth.v2.access", {"code": "c0de"}),
        ("users.info", {"user": "U0ANA", "include_locale": True}),
        ("users.list", {"limit": 2}),
        ("views.open", {"trigger_id": trigger, "view": modal(*form)}),
        ("views.publish", {"user_id": "U0ANA", "view": {"type": "home", "blocks": [section("x")]}}),
    ]
    for method, args in calls:
        answer = await world.call(method, **args)
        assert answer["ok"], answer
        assert answer_faults(method, answer) == [], method
        assert answer_faults(method, await world.call(method, nonsense=1)) == [], method
