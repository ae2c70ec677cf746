"""The local workspace's clients send what Slack sends and do with the answers what Slack does."""

from collections.abc import AsyncIterator

import pytest

from bot.demo.echo import Echo
from bot.demo.workspace import ClientRefusal
from tests.demo_world import CHART, TEXT, TITLE, World, a_world, asks, button, buttons, modal, opened, section


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as made:
        yield made


# -- commands ------------------------------------------------------------------------------------------


async def test_a_command_is_signed_and_its_people_are_escaped(world: World) -> None:
    await world.outbox.command(
        world.people["mo"], world.workspace.channel("care"), "/contractor", "kpis @ana <b> #care"
    )
    heard = world.bot.heard[0]
    assert heard.genuine
    assert heard.payload["text"] == "kpis <@U0ANA|ana> &lt;b&gt; <#C0CARE|care>"
    assert heard.payload["channel_name"] == "care"


async def test_guests_and_deactivated_people_have_no_commands(world: World) -> None:
    care = world.workspace.channel("care")
    for who in ("ana", "gone"):
        with pytest.raises(ClientRefusal):
            await world.outbox.command(world.people[who], care, "/contractor", "help")
    assert world.bot.heard == []


async def test_a_commands_answer_is_for_the_sender_unless_it_says_otherwise(world: World) -> None:
    care = world.workspace.channel("care")
    world.bot.answers["slash"] = {"text": "only you", "blocks": [section("only you")]}
    await world.outbox.command(world.people["mo"], care, "/contractor", "help")
    world.bot.answers["slash"] = {"text": "everybody", "response_type": "in_channel"}
    await world.outbox.command(world.people["mo"], care, "/contractor", "help")
    world.bot.answers["slash"] = "plain words"
    await world.outbox.command(world.people["mo"], care, "/contractor", "help")
    assert [(each.text, each.only_for) for each in care.messages] == [
        ("only you", "U0MO"),
        ("everybody", None),
        ("plain words", "U0MO"),
    ]


async def test_a_command_that_is_not_acknowledged_in_time_fails_visibly(world: World) -> None:
    world.outbox.ack_seconds, world.bot.pause = 0.05, 0.5
    answer = await world.outbox.command(world.people["mo"], world.workspace.channel("care"), "/contractor", "help")
    assert answer.error == "http_timeout"
    assert "operation_timeout" in world.workspace.channel("care").messages[-1].text


# -- response_url and trigger --------------------------------------------------------------------------


async def test_a_response_url_works_five_times_in_thirty_minutes(world: World) -> None:
    await world.outbox.command(world.people["mo"], world.workspace.channel("care"), "/contractor", "help")
    url = world.bot.heard[0].payload["response_url"]
    for number in range(5):
        assert (await world.respond(url, text=str(number)))[0] == 200
    assert await world.respond(url, text="6") == (404, {"ok": False, "error": "used_url"})
    await world.outbox.command(world.people["mo"], world.workspace.channel("care"), "/contractor", "help")
    world.later(minutes=31)
    late = await world.respond(world.bot.heard[1].payload["response_url"], text="late")
    assert late == (404, {"ok": False, "error": "expired_url"})


async def test_a_tapped_card_is_replaced_or_deleted_through_its_response_url(world: World) -> None:
    care = world.workspace.channel("care")
    blocks = [section("Ready?"), buttons(button("Yes", "yes", "1"))]
    await world.call("chat.postEphemeral", channel="C0CARE", user="U0MO", text="Ready?", blocks=blocks)
    await world.outbox.tap(world.people["mo"], care.messages[0], "yes")
    payload = world.bot.heard[0].payload
    assert payload["container"]["is_ephemeral"]
    assert "message" not in payload
    assert payload["actions"][0]["value"] == "1"
    await world.respond(payload["response_url"], replace_original=True, text="Good.", blocks=[section("Good.")])
    assert [each.text for each in care.messages] == ["Good."]
    await world.respond(payload["response_url"], delete_original=True)
    assert care.messages == []


async def test_a_trigger_opens_one_view_within_three_seconds(world: World) -> None:
    await world.outbox.shortcut(world.people["ana"], "blocker")
    trigger = world.bot.heard[0].payload["trigger_id"]
    assert (await world.call("views.open", trigger_id=trigger, view=modal(section("x"))))["ok"]
    again = await world.call("views.open", trigger_id=trigger, view=modal(section("x")))
    assert again["error"] == "exchanged_trigger_id"
    await world.outbox.shortcut(world.people["ana"], "blocker")
    world.later(seconds=4)
    late = await world.call("views.open", trigger_id=world.bot.heard[1].payload["trigger_id"], view=modal(section("x")))
    assert late["error"] == "expired_trigger_id"


# -- forms ---------------------------------------------------------------------------------------------


async def test_a_form_beyond_slacks_limits_is_refused(world: World) -> None:
    trigger = world.workspace.issue_trigger("U0ANA")
    long_title = modal(section("x"), title={"type": "plain_text", "text": "x" * 25})
    without_submit = {"type": "modal", "title": TITLE, "blocks": [asks("Role", TEXT, "role")]}
    for view in (long_title, without_submit, modal(CHART), modal(section("x"), private_metadata="x" * 3001)):
        answer = await world.call("views.open", trigger_id=trigger, view=view)
        assert answer["error"] == "invalid_arguments", view
        assert "json-pointer:/view" in answer["response_metadata"]["messages"][0]


async def test_what_was_typed_arrives_and_the_form_closes(world: World) -> None:
    zones = {
        "type": "static_select",
        "action_id": "zone",
        "option_groups": [
            {"label": TITLE, "options": [{"text": {"type": "plain_text", "text": "Lisbon"}, "value": "pt"}]}
        ],
    }
    manager = {"type": "users_select", "action_id": "who"}
    view = await opened(
        world, "ana", modal(asks("Role", TEXT, "role"), asks("Zone", zones, "zone"), asks("Manager", manager, "boss"))
    )
    typed = {"role": {"text": "Data engineer"}, "zone": {"zone": "pt"}, "boss": {"who": "U0MO"}}
    _, errors = await world.outbox.submit(world.people["ana"], view, typed)
    assert errors == {}
    values = world.bot.heard[-1].payload["view"]["state"]["values"]
    assert values["role"]["text"] == {"type": "plain_text_input", "value": "Data engineer"}
    assert values["zone"]["zone"]["selected_option"]["value"] == "pt"
    assert values["boss"]["who"]["selected_user"] == "U0MO"
    assert world.workspace.modals["U0ANA"] == []


async def test_an_empty_required_question_never_leaves_the_client(world: World) -> None:
    number = {"type": "number_input", "action_id": "n", "is_decimal_allowed": False, "min_value": "1", "max_value": "5"}
    view = await opened(world, "ana", modal(asks("Role", TEXT, "role"), asks("Hours", number, "hours", optional=True)))
    answer, errors = await world.outbox.submit(world.people["ana"], view, {"hours": {"n": "9"}})
    assert answer is None
    assert errors == {
        "role": "Please complete this required field.",
        "hours": "Please enter a number between 1 and 5.",
    }
    assert [each.kind for each in world.bot.heard] == ["shortcut"]


async def test_errors_keep_the_form_open_with_what_was_typed(world: World) -> None:
    view = await opened(world, "ana", modal(asks("Role", TEXT, "role")))
    world.bot.answers["view_submission"] = {"response_action": "errors", "errors": {"role": "Too short."}}
    _, errors = await world.outbox.submit(world.people["ana"], view, {"role": {"text": "x"}})
    assert errors == {"role": "Too short."}
    assert world.workspace.modals["U0ANA"] == [view]
    assert view.typed["role"]["text"]["value"] == "x"
    world.bot.answers["view_submission"] = {"response_action": "errors", "errors": {"no-such-block": "?"}}
    answer, errors = await world.outbox.submit(world.people["ana"], view, {"role": {"text": "x"}})
    assert answer is not None
    assert "no-such-block" in answer.refusal


async def test_a_form_can_change_into_the_next_one_or_clear_everything(world: World) -> None:
    view = await opened(world, "ana", modal(asks("Role", TEXT, "role")))
    world.bot.answers["view_submission"] = {"response_action": "update", "view": modal(section("Step 2"))}
    await world.outbox.submit(world.people["ana"], view, {"role": {"text": "x"}})
    assert world.workspace.modals["U0ANA"][0].body["blocks"][0]["text"]["text"] == "Step 2"
    world.bot.answers["view_submission"] = {"response_action": "push", "view": modal(section("Step 3"))}
    await world.outbox.submit(world.people["ana"], view)
    assert len(world.workspace.modals["U0ANA"]) == 2
    world.bot.answers["view_submission"] = {"response_action": "clear"}
    await world.outbox.submit(world.people["ana"], world.workspace.modals["U0ANA"][-1])
    assert world.workspace.modals["U0ANA"] == []


async def test_a_view_is_updated_by_id_unless_its_hash_is_old(world: World) -> None:
    view = await opened(world, "ana", modal(asks("Role", TEXT, "role")))
    old = view.hash
    assert (await world.call("views.update", view_id=view.id, hash=old, view=modal(section("x"))))["ok"]
    late = await world.call("views.update", view_id=view.id, hash=old, view=modal(section("y")))
    assert late["error"] == "hash_conflict"
    assert (await world.call("views.update", view_id="V0", view=modal(section("y"))))["error"] == "not_found"


async def test_closing_is_told_only_when_the_bot_asked(world: World) -> None:
    await opened(world, "ana", modal(section("x")))
    await world.outbox.close_view(world.people["ana"])
    await opened(world, "ana", modal(section("x"), notify_on_close=True))
    await world.outbox.close_view(world.people["ana"])
    assert [each.kind for each in world.bot.heard] == ["shortcut", "shortcut", "view_closed"]


async def test_a_search_offers_what_the_bot_answers(world: World) -> None:
    search = {"type": "external_select", "action_id": "zone", "min_query_length": 1}
    view = await opened(world, "ana", modal(asks("Zone", search, "zone")))
    option = {"text": {"type": "plain_text", "text": "Lisbon"}, "value": "Europe/Lisbon"}
    world.bot.answers["block_suggestion"] = {"option_groups": [{"label": TITLE, "options": [option]}]}
    assert await world.outbox.suggest(world.people["ana"], view, "zone", "lis") == [option]
    await world.outbox.submit(world.people["ana"], view, {"zone": {"zone": option}})
    state = world.bot.heard[-1].payload["view"]["state"]["values"]["zone"]["zone"]
    assert state["selected_option"]["value"] == "Europe/Lisbon"


async def test_the_home_is_published_for_one_person(world: World) -> None:
    home = {"type": "home", "blocks": [section("Your week"), buttons(button("Blocked?", "blocked"))]}
    assert (await world.call("views.publish", user_id="U0ANA", view=home))["ok"]
    await world.outbox.open_home(world.people["ana"])
    await world.outbox.tap(world.people["ana"], world.workspace.homes["U0ANA"], "blocked")
    payload = world.bot.heard[-1].payload
    assert payload["view"]["type"] == "home"
    assert "response_url" not in payload


# -- events --------------------------------------------------------------------------------------------


async def test_direct_messages_and_mentions_reach_the_bot_and_nothing_else_does(world: World) -> None:
    care = world.workspace.channel("care")
    await world.outbox.message(world.people["ana"], world.workspace.dm("U0ANA"), "blocker")
    await world.outbox.message(world.people["mo"], care, "lunch?")
    await world.outbox.message(world.people["mo"], care, "@contractor-care hello")
    assert [(each.kind, each.payload["event"].get("channel_type")) for each in world.bot.heard] == [
        ("message", "im"),
        ("app_mention", None),
    ]


async def test_an_event_without_an_answer_comes_again_at_once_then_after_one_and_five_minutes(world: World) -> None:
    world.bot.status = 500
    await world.outbox.open_home(world.people["ana"])
    assert await world.outbox.deliver_due() == 0
    world.later(minutes=1)
    assert await world.outbox.deliver_due() == 1
    world.later(minutes=5)
    assert await world.outbox.deliver_due() == 1
    world.later(hours=1)
    assert await world.outbox.deliver_due() == 0
    numbers = [each.headers.get("X-Slack-Retry-Num") for each in world.bot.heard]
    assert numbers == [None, "1", "2", "3"]
    assert world.bot.heard[1].headers["X-Slack-Retry-Reason"] == "http_error"
    assert len({each.payload["event_id"] for each in world.bot.heard}) == 1


async def test_the_bots_own_direct_messages_come_back_to_it_when_echo_is_on(world: World) -> None:
    echo = Echo(world.outbox)
    await world.call("chat.postMessage", channel="U0ANA", text="hello")
    await world.call("chat.postMessage", channel="C0CARE", text="hello")
    await echo.close()
    assert [each.payload["event"]["bot_id"] for each in world.bot.heard] == [world.workspace.bot_id]
