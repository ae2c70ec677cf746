"""The local Teams organisation answers the bot as the Bot Connector does, and its clients are as strict as Teams'."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientConnectionError

from bot.demo.organisation import ClientRefusal, Json
from bot.demo.run import gallery
from bot.demo.teams.answers import SEARCHED, SENTENCE
from bot.demo.teams.cards import ADAPTIVE, LARGEST, weight, wrong
from tests.demo_teams_world import (
    TeamsWorld,
    a_teams_world,
    card,
    dialog,
    message,
    opens,
    row,
    submits,
    tap,
    text_input,
    words,
)


@pytest.fixture
async def world() -> AsyncIterator[TeamsWorld]:
    async with a_teams_world() as made:
        yield made


# -- who may call ----------------------------------------------------------------------------------------------


async def test_a_token_is_given_for_the_right_secret_only_and_nothing_works_without_one(world: TeamsWorld) -> None:
    assert (await world.sign_in(client_secret="guess"))[0] == 401
    assert (await world.sign_in(scope="https://graph.microsoft.com/.default"))[0] == 401
    world.token = "demo-guess"
    assert (await world.call("GET", f"/{world.tenant.team_id}/pagedmembers"))[0] == 401
    await world.sign_in()
    assert (await world.call("GET", f"/{world.tenant.team_id}/pagedmembers"))[0] == 200
    world.connector.forget_tokens()
    assert (await world.call("GET", f"/{world.tenant.team_id}/pagedmembers"))[0] == 401


async def test_keys_are_found_through_the_metadata_and_prove_every_activity(world: TeamsWorld) -> None:
    async with world.http.get(world.connector.environment["TEAMS_OPENID_URL"]) as response:
        where = (await response.json())["jwks_uri"]
    async with world.http.get(where) as response:
        keys = (await response.json())["keys"]
    assert [(each["kid"], each["kty"], each["endorsements"]) for each in keys] == [("demo-key", "RSA", ["msteams"])]
    await world.clients.say(world.people["ana"], world.tenant.chat("29:ana"), "hello")
    claims = world.bot.claims[-1]
    assert claims["serviceurl"] == world.tenant.service_url
    assert claims["exp"] > claims["iat"]


# -- what the bot can do -----------------------------------------------------------------------------------------


async def test_a_message_can_be_sent_changed_and_taken_away_by_the_bot_alone(world: TeamsWorld) -> None:
    sent = await world.shows("ana", card(words("One")))
    path = f"/{sent.conversation}/activities/{sent.id}"
    assert (await world.call("PUT", path, message(card(words("Two")))))[0] == 200
    assert sent.card == card(words("Two"))
    mine = world.tenant.post(world.tenant.chat("29:ana"), world.people["ana"], text="mine")
    status, answer = await world.call("DELETE", f"/{sent.conversation}/activities/{mine.id}")
    assert (status, answer["error"]["code"]) == (404, "ActivityNotFoundInConversation")
    assert (await world.call("DELETE", path))[0] == 200
    assert world.tenant.chat("29:ana").find(sent.id) is None


async def test_who_blocked_the_bot_or_is_from_elsewhere_is_not_reached(world: TeamsWorld) -> None:
    place = await world.chat("ana")
    await world.clients.uninstall(world.people["ana"])
    status, answer = await world.call("POST", f"/{place}/activities", message(card(words("Hello"))))
    assert (status, answer["error"]["code"]) == (403, "MessageWritesBlocked")
    far = {"bot": {"id": world.tenant.bot.id}, "members": [{"id": "29:far"}], "tenantId": world.tenant.tenant_id}
    assert (await world.call("POST", "", far))[0] == 403
    status, answer = await world.call("POST", "/19:far@thread.tacv2/activities", message(card(words("Hello"))))
    assert (status, answer["error"]["code"]) == (403, "BotNotInConversationRoster")


async def test_the_roster_comes_by_pages_and_tells_guests_by_their_names(world: TeamsWorld) -> None:
    path, found, token = f"/{world.tenant.team_id}/pagedmembers?pageSize=2", [], ""
    while True:
        _, page = await world.call("GET", path + (f"&continuationToken={token}" if token else ""))
        found += page["members"]
        if not (token := page.get("continuationToken", "")):
            break
    assert [each["name"] for each in found] == ["Ana Sousa", "Mo Field", "Kei Mori", "Fay Far"]
    assert ["#EXT#" in each["userPrincipalName"] for each in found] == [True, False, False, False]
    _, one = await world.call("GET", f"/{world.tenant.team_id}/members/29:mo")
    assert one["email"] == "mo@northwind.example"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (message(card(words("x")), text="and words"), "BadSyntax"),
        ({"type": "message"}, "BadSyntax"),
        (message(card(words("x")), summary=""), "BadArgument"),
        (message(card({"type": "Dial"})), "BadArgument"),
        (message(card(words("x" * 15_000))), "MessageSizeTooBig"),
        (message(card(words("x"), version="1.6")), "BadArgument"),
    ],
)
async def test_what_teams_would_not_show_is_refused(world: TeamsWorld, body: Json, code: str) -> None:
    status, answer = await world.call("POST", f"/{await world.chat('ana')}/activities", body)
    assert status in (400, 413)
    assert answer["error"]["code"] == code


@pytest.mark.parametrize(
    ("faulty", "said"),
    [
        (card(tap("x" * 5, "a") | {"fallback": None}), "Action.Execute without fallback"),
        (card({"type": "ProgressBar", "value": 3}), "ProgressBar without fallback"),
        (card(row(*(tap(str(n), "a") for n in range(7)))), "more than six actions in a row"),
        (card(text_input("a", "A"), text_input("a", "B")), "two inputs are called 'a'"),
        (card(words("<at>Ana</at>")), "<at>Ana</at> leads nowhere"),
        (card(words("x"), msteams={"entities": [{"text": "<at>Mo</at>"}]}), "nobody is called <at>Mo</at>"),
        (card(row({"type": "Action.Fly", "title": "x"})), "unknown: Action.Fly"),
        (card(row({"type": "Action.Submit", "title": "x", "data": {"msteams": {"type": "fly"}}})), "of type 'fly'"),
        (card({"type": "Input.ChoiceSet", "id": "c", "label": "C", "choices": []}), "without choices"),
        ([], "not an AdaptiveCard"),
    ],
)
def test_each_fault_of_a_card_is_named(faulty: Any, said: str) -> None:
    assert said in "; ".join(wrong(faulty))


def test_a_card_is_measured_as_teams_measures_it() -> None:
    letters = (LARGEST - weight(card(words("")))) // 2
    assert wrong(card(words("x" * letters))) == []
    assert wrong(card(words("x" * (letters + 1)))) != []


def test_what_has_a_fallback_may_be_unknown_and_a_dialog_takes_no_execute() -> None:
    assert wrong(card({"type": "Chart.Spider", "fallback": words("a spider")})) == []
    assert wrong(card(row(tap("Go", "go"))), dialog=True) == ["Action.Execute in a dialog"]


# -- bad days ------------------------------------------------------------------------------------------------------


async def test_faults_strike_as_on_a_bad_day(world: TeamsWorld) -> None:
    path = f"/{await world.chat('ana')}/activities"
    world.tenant.faults.add("rate_limit", times=1)
    assert (await world.call("POST", path, message(card(words("x")))))[0] == 429
    world.tenant.faults.add("error", times=1, method="activities.send")
    headers = {"Authorization": f"Bearer {world.token}"}
    async with world.http.post(f"{world.tenant.service_url}v3/conversations{path}", json={}, headers=headers) as broken:
        assert broken.status == 502
    world.tenant.faults.add("drop", times=1)
    with pytest.raises(ClientConnectionError):
        await world.call("POST", path, message(card(words("dropped"))))
    assert [each.card for each in world.tenant.chat("29:ana").activities] == [card(words("dropped"))]


async def test_a_thread_takes_seven_messages_a_second_where_limits_are_kept(world: TeamsWorld) -> None:
    path = f"/{await world.chat('ana')}/activities"
    world.connector.pace.enabled = True
    statuses = [(await world.call("POST", path, message(card(words("x")))))[0] for _ in range(8)]
    assert statuses == [200] * 7 + [429]
    world.later(seconds=1)
    assert (await world.call("POST", path, message(card(words("x")))))[0] == 200
    assert (await world.call("POST", path, message(card(words("x")))))[0] == 429  # eight in two seconds


# -- what people do --------------------------------------------------------------------------------------------------


async def test_the_bot_hears_its_own_chat_and_what_mentions_it_in_a_channel(world: TeamsWorld) -> None:
    mo, care = world.people["mo"], world.tenant.channel("care")
    assert await world.clients.say(mo, care, "nothing for bots") is None
    await world.clients.say(mo, care, "@contractor-care kpis @ana")
    heard = world.bot.heard[-1]
    assert heard["text"] == "<at>Contractor Care</at> kpis <at>Ana Sousa</at>"
    assert [each["mentioned"]["id"] for each in heard["entities"] if each["type"] == "mention"] == [
        world.tenant.bot.id,
        "29:ana",
    ]
    assert heard["conversation"]["id"].startswith(f"{care.id};messageid=")
    assert heard["channelData"]["team"]["id"] == world.tenant.team_id
    with pytest.raises(ClientRefusal, match="not in"):
        await world.clients.say(world.people["ana"], care, "hello")
    await world.clients.say(world.people["ana"], world.tenant.chat("29:ana"), "hello")
    assert world.bot.kinds[-3:] == ["installationUpdate", "conversationUpdate", "message"]
    assert world.bot.heard[-1]["entities"][0]["timezone"] == "Europe/Lisbon"


@pytest.mark.parametrize(
    "typed", ["@Contractor Care kpis @Ana", "@contractor-care kpis @Ana Sousa", "@CONTRACTOR CARE kpis @ana"]
)
def test_somebody_is_mentioned_by_name_or_handle_however_it_is_written(world: TeamsWorld, typed: str) -> None:
    assert world.tenant.mentioned(typed)[0] == "<at>Contractor Care</at> kpis <at>Ana Sousa</at>"


@pytest.mark.parametrize("typed", ["@anastasia", "mail@ana", "@ana-b", "@ana.b", "@nobody"])
def test_what_only_begins_like_a_name_mentions_nobody(world: TeamsWorld, typed: str) -> None:
    assert world.tenant.mentioned(typed) == (typed, [])


async def test_an_answer_in_a_thread_stays_in_it(world: TeamsWorld) -> None:
    mo, care = world.people["mo"], world.tenant.channel("care")
    await world.clients.say(mo, care, "@contractor-care help")
    thread = world.bot.heard[-1]["conversation"]["id"]
    assert (await world.call("POST", f"/{thread}/activities", message(card(words("Here")))))[0] == 200
    assert care.activities[-1].root == care.activities[0].id


async def test_a_tap_sends_what_the_inputs_hold_and_shows_the_answer_to_who_tapped(world: TeamsWorld) -> None:
    ana = world.people["ana"]
    go = tap("Go", "pulse.answer", value="7")
    sent = await world.shows("ana", card(words("Asked"), text_input("why", "Why", value="so"), row(go)))
    world.bot.answers["adaptiveCard/action"] = {"statusCode": 200, "type": ADAPTIVE, "value": card(words("Done"))}
    answer = await world.clients.tap(ana, sent, go, {"why": "because"})
    assert answer.ok
    heard = world.bot.heard[-1]
    assert (heard["replyToId"], heard["value"]["action"]["verb"]) == (sent.id, "pulse.answer")
    assert heard["value"]["action"]["data"] == {"care": {"route": "pulse.answer", "value": "7"}, "why": "because"}
    assert sent.seen_by(ana) == card(words("Done"))
    assert sent.seen_by(world.people["mo"]) != card(words("Done"))
    with pytest.raises(ClientRefusal, match="no longer there"):
        await world.clients.tap(ana, sent, go)


async def test_a_tap_may_be_answered_by_a_sentence_and_by_nothing_else(world: TeamsWorld) -> None:
    ana, go = world.people["ana"], tap("Go", "go")
    sent = await world.shows("ana", card(row(go)))
    world.bot.answers["adaptiveCard/action"] = {"statusCode": 200, "type": SENTENCE, "value": "Not today."}
    assert (await world.clients.tap(ana, sent, go)).ok
    assert [each.text for each in world.tenant.notices[ana.id]] == ["Not today."]
    for odd in (
        {},
        {"statusCode": 200, "type": "text/plain"},
        {"statusCode": 200, "type": ADAPTIVE, "value": card({"type": "Dial"})},
    ):
        world.bot.answers["adaptiveCard/action"] = odd
        assert (await world.clients.tap(ana, sent, go)).refusal, odd


async def test_a_confirmation_is_a_card_that_holds_the_action(world: TeamsWorld) -> None:
    end = tap("Yes, end it", "end")
    asks: Json = {"type": "Action.ShowCard", "title": "End", "card": card(words("Really?"), row(end))}
    sent = await world.shows("ana", card(row(asks)))
    with pytest.raises(ClientRefusal):
        await world.clients.tap(world.people["ana"], sent, asks)
    world.bot.answers["adaptiveCard/action"] = {"statusCode": 200, "type": SENTENCE, "value": "It has ended."}
    assert (await world.clients.tap(world.people["ana"], sent, end)).ok


async def test_a_dialog_opens_comes_back_with_a_sentence_and_closes(world: TeamsWorld) -> None:
    ana, opener = world.people["ana"], opens("Report", "blockers.report")
    sent = await world.shows("ana", card(row(opener)))
    form = card(text_input("what", "What", isRequired=True), submits("Send", "blockers.made"))
    world.bot.answers["task/fetch"] = dialog("A blocker", form)
    assert (await world.clients.tap(ana, sent, opener)).ok
    assert world.bot.heard[-1]["value"]["data"]["care"] == {"route": "blockers.report"}
    shown = world.tenant.dialogs[ana.id]
    assert await world.clients.submit(ana, shown) == (None, {"what": "This field is required."})
    again = card(
        text_input("what", "What", value="x"), words("Say more", color="Attention"), submits("Send", "blockers.made")
    )
    world.bot.answers["task/submit"] = dialog("A blocker", again)
    await world.clients.submit(ana, shown, {"what": "x"})
    assert world.bot.heard[-1]["value"]["data"] == {"care": {"route": "blockers.made"}, "what": "x"}
    assert world.bot.heard[-1]["replyToId"] == sent.id
    assert world.tenant.dialogs[ana.id].card == again
    world.bot.answers["task/submit"] = {}
    await world.clients.submit(ana, shown, {"what": "it is stuck"})
    assert world.tenant.dialogs == {}


async def test_a_list_is_searched_at_the_bot_and_people_at_the_client(world: TeamsWorld) -> None:
    ana, opener = world.people["ana"], opens("Move", "move")
    sent = await world.shows("ana", card(row(opener)))
    zone = {"type": "Input.ChoiceSet", "id": "zone", "label": "Zone", "choices": [],
            "choices.data": {"type": "Data.Query", "dataset": "care.options/zone"}}  # fmt: skip
    who = zone | {
        "id": "who",
        "choices.data": {"type": "Data.Query", "dataset": "graph.microsoft.com/users?scope=currentContext"},
    }
    world.bot.answers["task/fetch"] = dialog("Move", card(zone, who, submits("Go", "moved")))
    await world.clients.tap(ana, sent, opener)
    shown = world.tenant.dialogs[ana.id]
    found = [{"title": "Kathmandu", "value": "Asia/Kathmandu"}]
    world.bot.answers["application/search"] = {"statusCode": 200, "type": SEARCHED, "value": {"results": found}}
    assert await world.clients.search(ana, shown, "zone", "kath") == found
    assert world.bot.heard[-1]["value"]["dataset"] == "care.options/zone"
    assert [each["title"] for each in await world.clients.search(ana, shown, "who", "mo")] == ["Mo Field", "Kei Mori"]


async def test_a_bot_that_is_slow_broken_or_gone_is_noted(world: TeamsWorld) -> None:
    ana, chat = world.people["ana"], world.tenant.chat("29:ana")
    await world.clients.install(ana)
    world.clients.ack_seconds = 0.05
    await world.clients.close()
    world.bot.pause = 0.2
    said = await world.clients.say(ana, chat, "hello")
    assert said is not None
    assert said.error == "http_timeout"
    world.bot.pause, world.bot.status = 0.0, 500
    said = await world.clients.say(ana, chat, "hello")
    assert said is not None
    assert (said.error, said.status) == ("http_error", 500)
    assert world.tenant.log[-1].note == "http_error"


async def test_a_token_of_the_bot_ends_after_an_hour(world: TeamsWorld) -> None:
    now = world.connector.keys.now()
    world.connector.keys.now = lambda: now + timedelta(hours=2)
    assert (await world.call("GET", f"/{world.tenant.team_id}/pagedmembers"))[0] == 401


def test_teams_shows_every_example_card_as_it_is() -> None:
    found = {item.name: wrong(item.teams_card) for item in gallery()}
    assert {name: faults for name, faults in found.items() if faults} == {}
