"""The local workspace answers the Web API as Slack does, refusals and bad days included."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import ClientConnectionError

from bot.demo.workspace import Json, Workspace
from tests.demo_world import CHART, MONDAY, TITLE, World, a_world, button, buttons, section


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as made:
        yield made


# -- who may call --------------------------------------------------------------------------------------


async def test_a_call_without_the_right_token_is_refused(world: World) -> None:
    assert (await world.call("auth.test", "xoxb-wrong"))["error"] == "invalid_auth"
    async with world.http.post(world.server.api_url + "auth.test") as response:
        assert (await response.json())["error"] == "not_authed"


async def test_auth_test_names_the_bot_and_its_scopes(world: World) -> None:
    _, answer, headers = await world.raw("auth.test")
    assert (answer["team_id"], answer["user_id"]) == ("T0DEMO", world.workspace.bot.id)
    assert "chat:write" in headers["X-OAuth-Scopes"].split(",")


async def test_each_of_two_workspaces_answers_to_its_own_token(world: World) -> None:
    other = Workspace(team_id="T0TWO", name="Southwind", token="xoxb-two", now=lambda: MONDAY)
    world.server.workspaces.append(other)
    assert (await world.call("auth.test", "xoxb-two"))["team"] == "Southwind"
    assert (await world.call("chat.postMessage", "xoxb-two", channel="C0CARE", text="hi"))[
        "error"
    ] == "channel_not_found"
    assert world.workspace.channel("care").messages == []


async def test_an_uninstalled_app_can_call_nothing_until_a_code_is_exchanged(world: World) -> None:
    await world.outbox.app_uninstalled()
    assert (await world.call("auth.test"))["error"] == "account_inactive"
    world.workspace.oauth_codes.add("c0de")
    assert (await world.call("oauth.v2.access", code="c0de"))["access_token"] == world.workspace.token
    assert (await world.call("oauth.v2.access", code="c0de"))["error"] == "invalid_code"
    assert (await world.call("auth.test"))["ok"]


async def test_unknown_methods_arguments_and_missing_scopes_are_refused(world: World) -> None:
    assert (await world.call("chat.shout"))["error"] == "unknown_method"
    odd = await world.call("users.info", user="U0ANA", colour="red")
    assert odd["error"] == "invalid_arguments"
    assert odd["response_metadata"]["messages"] == ["[ERROR] unknown argument: colour"]
    assert (await world.call("users.info"))["error"] == "invalid_arguments"
    world.workspace.granted = frozenset({"chat:write"})
    assert (await world.call("users.info", user="U0ANA"))["error"] == "missing_scope"


async def test_a_web_page_elsewhere_cannot_use_the_api(world: World) -> None:
    headers = {"Authorization": f"Bearer {world.workspace.token}", "Origin": "http://elsewhere.example"}
    async with world.http.post(world.server.api_url + "auth.test", headers=headers) as response:
        assert (await response.json())["error"] == "invalid_auth"


async def test_forms_and_json_bodies_say_the_same(world: World) -> None:
    form = {"token": world.workspace.token, "channel": "C0CARE", "blocks": json.dumps([section("hello")])}
    async with world.http.post(world.server.api_url + "chat.postMessage", data=form) as response:
        assert (await response.json())["ok"]
    form["blocks"] = "[{"
    async with world.http.post(world.server.api_url + "chat.postMessage", data=form) as response:
        assert (await response.json())["error"] == "invalid_blocks_format"


# -- messages ------------------------------------------------------------------------------------------


async def test_timestamps_are_unique_and_grow_even_when_time_stands_still(world: World) -> None:
    stamps = [(await world.call("chat.postMessage", channel="C0CARE", text="x"))["ts"] for _ in range(5)]
    assert stamps == sorted(set(stamps))


async def test_metadata_comes_back_from_history_only_when_asked_for(world: World) -> None:
    marker = {"event_type": "delivery", "event_payload": {"key": "pulse:1"}}
    dm = (await world.call("conversations.open", users="U0ANA"))["channel"]["id"]
    await world.call("chat.postMessage", channel=dm, text="hi", metadata=marker)
    plain = await world.call("conversations.history", channel=dm)
    full = await world.call("conversations.history", channel=dm, include_all_metadata=True)
    assert "metadata" not in plain["messages"][0]
    assert full["messages"][0]["metadata"] == marker
    broken = await world.call("chat.postMessage", channel=dm, text="hi", metadata={"event_type": "x"})
    assert broken["error"] == "invalid_metadata_format"


async def test_history_is_newest_first_paged_and_without_ephemeral_messages_or_replies(world: World) -> None:
    first = await world.call("chat.postMessage", channel="C0CARE", text="1")
    await world.call("chat.postMessage", channel="C0CARE", text="reply", thread_ts=first["ts"])
    await world.call("chat.postEphemeral", channel="C0CARE", user="U0MO", text="secret")
    await world.call("chat.postMessage", channel="C0CARE", text="2")
    page = await world.call("conversations.history", channel="C0CARE", limit=1)
    rest = await world.call(
        "conversations.history", channel="C0CARE", limit=1, cursor=page["response_metadata"]["next_cursor"]
    )
    assert [each["text"] for each in page["messages"] + rest["messages"]] == ["2", "1"]
    assert (page["has_more"], rest["has_more"]) == (True, False)
    since = await world.call("conversations.history", channel="C0CARE", oldest=first["ts"])
    assert [each["text"] for each in since["messages"]] == ["2"]


async def test_the_bot_posts_only_where_it_is_a_member(world: World) -> None:
    assert (await world.call("chat.postMessage", channel="C0FAR", text="hi"))["error"] == "not_in_channel"
    assert (await world.call("conversations.join", channel="C0FAR"))["ok"]
    assert (await world.call("chat.postMessage", channel="C0FAR", text="hi"))["ok"]


async def test_an_ephemeral_message_reaches_members_only_and_cannot_be_edited(world: World) -> None:
    refused = await world.call("chat.postEphemeral", channel="C0CARE", user="U0ANA", text="psst")
    assert refused["error"] == "user_not_in_channel"
    ts = (await world.call("chat.postEphemeral", channel="C0CARE", user="U0MO", text="psst"))["message_ts"]
    assert (await world.call("chat.update", channel="C0CARE", ts=ts, text="x"))["error"] == "message_not_found"


async def test_only_the_bots_own_messages_can_be_updated_and_deleted(world: World) -> None:
    theirs = await world.outbox.message(world.people["mo"], world.workspace.channel("care"), "hello")
    assert (await world.call("chat.update", channel="C0CARE", ts=theirs.ts, text="x"))["error"] == "cant_update_message"
    assert (await world.call("chat.delete", channel="C0CARE", ts=theirs.ts))["error"] == "cant_delete_message"
    ts = (await world.call("chat.postMessage", channel="C0CARE", text="a", blocks=[section("a")]))["ts"]
    assert (await world.call("chat.update", channel="C0CARE", ts=ts, text="b", blocks=[section("b")]))["ok"]
    assert (await world.call("conversations.history", channel="C0CARE", limit=1))["messages"][0]["text"] == "b"
    assert (await world.call("chat.delete", channel="C0CARE", ts=ts))["ok"]


@pytest.mark.parametrize(
    ("blocks", "complaint"),
    [
        ([section("x", str(number)) for number in range(51)], "no more than 50 items"),
        ([section("x" * 3001)], "less than 3001 characters [json-pointer:/blocks/0/text/text]"),
        ([section("")], "more than 0 characters"),
        ([buttons(button("a" * 76, "a"))], "less than 76"),
        ([buttons(button("a", "same"), button("b", "same"))], "action_id already exists: same"),
        ([section("x"), section("y")], "block_id already exists: q"),
        ([buttons(*[button("x", str(number)) for number in range(26)])], "no more than 25"),
        ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "must be a valid text object"),
        ([{"type": "marquee"}], "unsupported type: marquee"),
        ([{"type": "section", "text": TITLE, "colour": "red"}], "invalid additional property: colour"),
        ([{"type": "image", "image_url": "https://example.com/a.png"}], "missing required field: alt_text"),
        ([CHART, CHART, CHART], "no more than 2 data_visualization"),
    ],
)
async def test_blocks_beyond_slacks_limits_are_refused(world: World, blocks: list[Json], complaint: str) -> None:
    answer = await world.call("chat.postMessage", channel="C0CARE", text="x", blocks=blocks)
    assert answer["error"] == "invalid_blocks"
    assert any(complaint in each for each in answer["response_metadata"]["messages"]), answer
    assert world.workspace.channel("care").messages == []


async def test_too_much_text_in_one_message_is_refused(world: World) -> None:
    blocks = [section("x" * 2900, str(number)) for number in range(5)]
    answer = await world.call("chat.postMessage", channel="C0CARE", text="x", blocks=blocks)
    assert answer["error"] == "msg_blocks_too_long"


async def test_an_empty_message_is_refused(world: World) -> None:
    assert (await world.call("chat.postMessage", channel="C0CARE"))["error"] == "no_text"


# -- people --------------------------------------------------------------------------------------------


async def test_guests_zones_and_deactivated_people_are_told_apart(world: World) -> None:
    ana = (await world.call("users.info", user="U0ANA", include_locale=True))["user"]
    assert (ana["is_restricted"], ana["is_ultra_restricted"], ana["tz"]) == (True, False, "Europe/Lisbon")
    assert ana["locale"] == "en-US"
    assert (await world.call("users.info", user="U0MO"))["user"]["tz_offset"] == -6 * 3600
    members = (await world.call("users.list"))["members"]
    assert [each["id"] for each in members if each["deleted"]] == ["U0GONE"]
    assert (await world.call("conversations.open", users="U0GONE"))["error"] == "user_disabled"
    assert (await world.call("users.lookupByEmail", email="gil@example.com"))["error"] == "users_not_found"
    assert (await world.call("users.lookupByEmail", email="Mo@example.com"))["user"]["id"] == "U0MO"


async def test_addresses_need_their_own_scope(world: World) -> None:
    assert (await world.call("users.info", user="U0MO"))["user"]["profile"]["email"] == "mo@example.com"
    world.workspace.granted -= {"users:read.email"}
    assert "email" not in (await world.call("users.info", user="U0MO"))["user"]["profile"]


async def test_quiet_hours_are_told_in_unix_seconds(world: World) -> None:
    assert not (await world.call("dnd.info", user="U0MO"))["dnd_enabled"]
    world.people["mo"].dnd = (MONDAY, MONDAY + timedelta(hours=8))
    quiet = await world.call("dnd.info", user="U0MO")
    assert quiet["next_dnd_end_ts"] - quiet["next_dnd_start_ts"] == 8 * 3600


async def test_members_come_in_pages(world: World) -> None:
    page = await world.call("conversations.members", channel="C0CARE", limit=2)
    rest = await world.call(
        "conversations.members", channel="C0CARE", limit=2, cursor=page["response_metadata"]["next_cursor"]
    )
    assert page["members"] + rest["members"] == ["U0MO", "U0KEI", world.workspace.bot.id]
    assert rest["response_metadata"]["next_cursor"] == ""


async def test_the_bot_lists_its_own_channels(world: World) -> None:
    everything = await world.call("conversations.list")
    own = await world.call("users.conversations")
    assert [each["name"] for each in everything["channels"]] == ["care", "far"]
    assert [each["name"] for each in own["channels"]] == ["care"]


# -- limits and bad days -------------------------------------------------------------------------------


async def test_a_second_message_in_the_same_second_and_channel_has_to_wait(world: World) -> None:
    world.workspace.pace.enabled = True
    await world.call("chat.postMessage", channel="C0CARE", text="1")
    status, _, headers = await world.raw("chat.postMessage", channel="C0CARE", text="2")
    assert (status, headers["Retry-After"]) == (429, "1")
    assert (await world.call("chat.postMessage", channel="U0MO", text="elsewhere"))["ok"]
    world.later(seconds=1)
    assert (await world.call("chat.postMessage", channel="C0CARE", text="2"))["ok"]


async def test_a_method_called_more_often_than_its_tier_has_to_wait(world: World) -> None:
    world.workspace.pace.enabled = True
    for _ in range(20):
        await world.call("users.list")
    status, _, headers = await world.raw("users.list")
    assert (status, headers["Retry-After"]) == (429, "60")


async def test_faults_strike_as_often_as_told(world: World) -> None:
    faults = world.workspace.faults
    faults.add("rate_limit", times=1, seconds=7)
    faults.add("error", times=1, method="chat.postMessage")
    status, _, headers = await world.raw("auth.test")
    assert (status, headers["Retry-After"]) == (429, "7")
    assert (await world.call("auth.test"))["ok"]
    async with world.http.post(
        world.server.api_url + "chat.postMessage",
        json={"channel": "C0CARE", "text": "x"},
        headers={"Authorization": f"Bearer {world.workspace.token}"},
    ) as response:
        assert response.status == 500
    assert world.workspace.channel("care").messages == []


@pytest.mark.parametrize(("kind", "kept"), [("drop", ["x"]), ("lose", [])])
async def test_a_dropped_reply_leaves_the_message_there_and_a_lost_call_does_not(
    world: World, kind: str, kept: list[str]
) -> None:
    world.workspace.faults.add(kind, times=1)
    with pytest.raises(ClientConnectionError):
        await world.call("chat.postMessage", channel="C0CARE", text="x")
    assert [each.text for each in world.workspace.channel("care").messages] == kept
