"""What is so on Teams alone: mentions and threads, clocks, lists that are searched, and a bad day outside."""

from typing import Any

import pytest
from sqlmodel import Session

import storage
from bot.app import App
from bot.card import Text, card
from bot.chat import Ambiguous, Post, Route, Turn
from bot.demo.organisation import Json
from bot.demo.teams import activities
from bot.demo.teams.cards import actions, inputs
from bot.demo.teams.clients import Clients
from bot.demo.teams.tenant import Conversation
from bot.errors import DatabaseAway, TeamsRefused, TeamsUnreachable
from bot.settings import Settings
from storage.people import Person
from tests.conftest import Town
from tests.demo_teams_town import PROJECT
from tests.test_pulse import asked

pytestmark = pytest.mark.chats("teams")


def clients(town: Town) -> Clients:
    assert town.world.teams is not None
    return town.world.teams.clients


def _posts(turn: Turn) -> Post:
    return Post(card("Said to all.", Text("Said to all.")))


async def kept(town: Town, handle: str) -> Person | None:
    user = clients(town).tenant.person(handle).id
    return await town.db(lambda db: storage.people.by_user(db, user))


def private(town: Town, handle: str) -> list[str]:
    tenant = clients(town).tenant
    chat = tenant.chat(tenant.person(handle).id)
    return [each.summary for each in chat.activities if each.user == tenant.bot.id]


# -- lists on cards ------------------------------------------------------------------------------------------


def on_card(card: Json | None, title: str) -> Json:
    """What is tapped under this title."""
    assert card is not None
    return next(each for each in actions(card) if each["title"] == title)


async def test_who_may_see_an_answer_counts_as_it_stands_in_the_list_when_the_pulse_is_submitted(town: Town) -> None:
    await asked(town)
    ana, tenant = clients(town).tenant.person("ana"), clients(town).tenant
    question = tenant.chat(ana.id).activities[-1]
    await clients(town).tap(ana, question, on_card(question.card, "4"))
    await town.settle()
    assert question.card is not None
    ((listed, menu),) = inputs(question.card).items()
    nobody = menu["choices"][-1]
    assert "only in totals" in nobody["title"]
    await clients(town).tap(ana, question, on_card(question.card, "Submit"), {listed: nobody["value"]})
    await town.settle()
    card = await town.person("ana").sees("Thank you, your pulse is in")
    assert "Seen by nobody by name; only in totals" in card.text


async def test_a_list_acts_on_nothing_that_was_not_chosen_and_says_so(town: Town) -> None:
    await town.engage()
    ada, tenant = clients(town).tenant.person("ada"), clients(town).tenant
    await town.person("ada").commands("settings")
    await town.person("ada").sees("Admins")
    settings = next(each for each in reversed(tenant.chat(ada.id).activities) if "Admins" in str(each.card))
    assert settings.card is not None
    lists = [each for each in inputs(settings.card).values() if "Take off" in each["label"]]
    assert lists
    assert all("value" not in each for each in lists)
    button = next(each for each in actions(settings.card) if (each["data"]["care"].get("pick") or "") == lists[0]["id"])
    answer = await clients(town).tap(ada, settings, button)
    assert "Nothing is chosen in the list yet" in str(answer.body)


# -- among others ---------------------------------------------------------------------------------------------


async def test_what_is_said_in_a_channel_without_the_bot_is_none_of_its_business(town: Town) -> None:
    tenant = clients(town).tenant
    mo, project = tenant.person("mo"), tenant.conversations[PROJECT]
    message = tenant.post(project, mo, text="help")
    await clients(town).send(activities.said(tenant, mo, project, message, []))
    await town.settle()
    assert private(town, "mo") == []


async def test_a_mention_in_a_channel_is_answered_in_ones_own_chat(town: Town) -> None:
    tenant = clients(town).tenant
    await clients(town).say(tenant.person("mo"), tenant.conversations[PROJECT], "@contractor-care help")
    await town.settle()
    assert "What I can do for you" in private(town, "mo")
    assert [each for each in tenant.conversations[PROJECT].activities if each.user == tenant.bot.id] == []


async def test_who_is_mentioned_with_a_word_is_who_is_meant(town: Town) -> None:
    await town.engage()
    tenant = clients(town).tenant
    await clients(town).say(tenant.person("mo"), tenant.conversations[PROJECT], "@contractor-care kpis @ana")
    await town.settle()
    assert any("Ana Sousa" in each for each in private(town, "mo")) or await town.person("mo").sees("Ana Sousa")


async def test_who_taps_is_told_where_the_answer_is(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    app = town.world.app
    tenant = clients(town).tenant
    mo = tenant.person("mo")
    monkeypatch.setattr(app.turns, "routes", {**app.turns.routes, "/whoswho": Route(_posts, reads=True)})

    async def told(route: str, place: str) -> str:
        action = {"type": "Action.Execute", "verb": route, "data": {"care": {"route": route, "value": ""}}}
        made = activities.invoke(
            tenant, mo, tenant.conversations[place], "adaptiveCard/action", {"action": action}, None
        )
        return str((await clients(town).send(made)).body["value"])

    assert await told("/help", tenant.chat(mo.id).id) == "See my next message."
    assert await told("/help", PROJECT) == "I wrote to you in our chat."
    assert await told("/whoswho", PROJECT) == "I posted it here."
    await town.settle()
    assert [each.summary for each in tenant.conversations[PROJECT].activities] == ["Said to all."]


@pytest.fixture
async def group(town: Town) -> Conversation:
    """A group chat of Mo, Ana and Lee to which Mo has added the bot."""
    tenant = clients(town).tenant
    made = tenant.add_group("launch", [tenant.person(name) for name in ("mo", "ana", "lee")])
    await clients(town).add_to_group(tenant.person("mo"), made)
    await town.settle()
    return made


def said_there(town: Town, place: Conversation) -> list[str]:
    return [each.summary for each in place.activities if each.user == clients(town).tenant.bot.id]


async def test_in_a_group_chat_a_mention_is_answered_in_ones_own_chat_alone(town: Town, group: Conversation) -> None:
    await town.engage()
    tenant = clients(town).tenant
    await clients(town).say(tenant.person("mo"), group, "kpis @ana")
    await town.settle()
    assert private(town, "mo") == []
    await clients(town).say(tenant.person("mo"), group, "@contractor-care kpis @ana")
    await town.settle()
    await town.person("mo").sees("Ana Sousa")
    assert said_there(town, group) == []
    assert private(town, "ana") == []


async def test_a_form_that_is_asked_for_in_a_group_chat_opens_from_ones_own(town: Town, group: Conversation) -> None:
    await town.engage("lee")
    await town.person("lee").commands("blocker the VPN drops", where="launch")
    form = await town.person("lee").form("Report a blocker")
    assert form.value("What stops you?") == "the VPN drops"
    assert not (await form.submit()).errors
    await town.person("lee").sees("What stops you: the VPN drops")
    assert said_there(town, group) == []


async def test_a_group_chat_can_be_where_somebody_works_until_the_bot_is_taken_out(
    town: Town, group: Conversation
) -> None:
    chat = clients(town).tenant
    app = town.world.app.teams
    assert app is not None
    landed = await app.chat.send(group.id, card("Hi", Text("Hi")), key="k")
    await app.chat.send(group.id, card("There", Text("There")), key="l", thread=landed.message)
    assert said_there(town, group) == ["Hi", "There"]
    assert await app.chat.members(group.id) == ["29:ana", "29:mo", "29:lee"]
    assert await searched(town, "care.channels", "laun") == ["launch"]
    await clients(town).remove_from_group(chat.person("mo"), group)
    assert group.id not in app.chat.rooms


async def test_whom_nothing_reaches_alone_is_told_so_where_they_asked(town: Town, group: Conversation) -> None:
    tenant = clients(town).tenant
    tenant.blocked.add("29:lee")
    await clients(town).say(tenant.person("lee"), group, "@contractor-care help")
    await town.settle()
    assert said_there(town, group) == [
        "I can't write to whoever asked alone: add me to your own chats, then ask again."
    ]
    await clients(town).say(tenant.person("lee"), tenant.conversations[PROJECT], "@contractor-care help")
    await town.settle()
    (told,) = [each for each in tenant.conversations[PROJECT].activities if each.user == tenant.bot.id]
    assert told.root != told.id


async def test_that_is_said_once_there_though_the_answer_to_it_is_lost(
    town: Town, group: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.followups.AGAIN", (0.01,))
    tenant, teams = clients(town).tenant, town.world.app.teams
    assert teams is not None
    post = teams.chat.post

    async def lost(*args: Any, **about: Any) -> None:
        await post(*args, **about)
        raise Ambiguous("the answer was lost")

    monkeypatch.setattr(teams.chat, "post", lost)
    tenant.blocked.add("29:lee")
    await clients(town).say(tenant.person("lee"), group, "@contractor-care help")
    await town.settle()
    assert len(said_there(town, group)) == 1


# -- clocks ----------------------------------------------------------------------------------------------------


async def test_somebodys_own_message_tells_their_zone_and_their_own_hours_stay(town: Town) -> None:
    tenant = clients(town).tenant
    lee = tenant.person("lee")
    lee.tz = "America/Lima"
    await town.person("lee").says("help")
    await town.settle()
    found = await kept(town, "lee")
    assert found is not None
    assert found.zone == "America/Lima"

    def own(db: Session) -> None:
        person = storage.people.by_user(db, lee.id)
        assert person is not None
        person.hours_confirmed = True

    await town.db(own)
    lee.tz = "Asia/Tokyo"
    await town.person("lee").says("help")
    await town.settle()
    found = await kept(town, "lee")
    assert found is not None
    assert found.zone == "America/Lima"


# -- forms -----------------------------------------------------------------------------------------------------


async def searched(town: Town, dataset: str, typed: str) -> list[str]:
    tenant = clients(town).tenant
    mo = tenant.person("mo")
    value = {"queryText": typed, "queryOptions": {"skip": 0, "top": 15}, "dataset": dataset}
    made = activities.invoke(tenant, mo, tenant.chat(mo.id), "application/search", value, None)
    answer = await clients(town).send(made)
    return [each["title"] for each in answer.body["value"]["results"]]


async def test_lists_that_are_too_long_are_searched(town: Town) -> None:
    assert "Lisbon" in await searched(town, "care.options/zone", "lisb")
    assert (await searched(town, "care.options/jurisdiction", "portu"))[0] == "Portugal"
    assert await searched(town, "care.channels", "proj") == ["project"]
    assert len(await searched(town, "care.options/zone", "")) == 15
    assert await searched(town, "care.secrets", "") == []


async def test_somebody_who_is_chosen_already_is_shown_by_name(town: Town) -> None:
    await town.engage()
    ada = town.person("ada")
    await ada.says("edit @ana")
    await town.settle()
    card = ada.cards()[-1]
    await card.tap(card.buttons[0])
    await ada.form()
    tenant = clients(town).tenant
    shown = inputs(tenant.dialogs[tenant.person("ada").id].card)["manager"]
    assert shown["choices"] == [{"title": "Mo Haddad", "value": tenant.person("mo").id}]


# -- a bad day ---------------------------------------------------------------------------------------------------


def mute(town: Town, **more: Any) -> Json:
    tenant = clients(town).tenant
    mo = tenant.person("mo")
    action = {"type": "Action.Execute", "verb": "away.mute", "data": {"care": {"route": "away.mute", "value": "7:"}}}
    made = activities.invoke(tenant, mo, tenant.chat(mo.id), "adaptiveCard/action", {"action": action}, None)
    return made | more


async def test_a_tap_that_comes_again_has_no_second_effect(town: Town) -> None:
    tap = mute(town)
    answers = [await clients(town).send(tap) for _ in range(3)]
    await town.settle()
    assert [answer.body["value"] for answer in answers[1:]] == ["Done.", "Done."]
    assert len(private(town, "mo")) <= 2  # who the bot is, and one answer


async def test_what_two_people_write_at_the_same_moment_is_answered_to_both(town: Town) -> None:
    tenant = clients(town).tenant
    for handle in ("mo", "lee"):
        person = tenant.person(handle)
        message = tenant.post(tenant.chat(person.id), person, text="add")
        said = activities.said(tenant, person, tenant.chat(person.id), message, [])
        await clients(town).send(said | {"id": "1764147600000"})
        await town.settle()
        assert "That is open only to workspace admins" in private(town, handle)[-1]


async def test_a_tap_counts_though_nothing_can_be_sent(town: Town) -> None:
    clients(town).tenant.faults.add("error")
    clients(town).tenant.person("mo").tz = "Asia/Tokyo"
    answer = await clients(town).send(mute(town))
    assert answer.status == 200
    await town.settle()
    found = await kept(town, "mo")
    assert found is not None
    assert found.muted_until is not None


async def test_half_a_character_makes_nobody_stumble(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    await town.engage()
    tenant = clients(town).tenant
    ana, chat = tenant.person("ana"), tenant.chat("29:ana")
    message = tenant.post(chat, ana, text="blocker it \ud83d is")
    await clients(town).send(activities.said(tenant, ana, chat, message, []))
    await town.settle()
    assert private(town, "ana")
    assert "unexpected error" not in caplog.text


@pytest.mark.parametrize(
    "odd",
    [
        {"conversation": {"id": 7}}, {"entities": 7}, {"entities": [7]}, {"value": []}, {"value": {"action": 7}}, {"value": {"action": {"data": 7}}},
        {"value": {"action": {"data": {"care": 7}}}}, {"value": {"action": {"data": {"care": {"route": 7}}}}}, {"channelData": 7}, {"id": 7},
        {"channelData": {"tenant": 7}}, {"replyToId": {}}, {"from": {"id": "29:" + "x" * 5000}}, {"localTimezone": {}}, {"name": 7},
        {"value": {"action": {"data": {"care": {"route": "away.mute", "value": "x" * 100_000}}}}},
    ],
    ids=lambda odd: str(odd)[:60],
)  # fmt: skip
async def test_whatever_an_activity_holds_it_is_never_an_error_of_ours(
    town: Town, odd: Json, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await clients(town).send(mute(town) | odd)
    await town.settle()
    assert answer.status in (200, 400)
    assert "unexpected error" not in caplog.text


async def test_what_was_heard_while_nothing_could_be_kept_is_kept_when_it_is_heard_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant, app = clients(town).tenant, town.world.app
    assert app.teams is not None
    mo, made = tenant.person("mo"), tenant.add_channel("19:new@thread.tacv2", "new", [tenant.person("mo")])
    mo.tz = "Asia/Tokyo"
    tenant.personal.discard(mo.id)
    said = activities.said(tenant, mo, made, tenant.post(made, mo, text="help"), [])
    alone = activities.said(tenant, mo, tenant.chat(mo.id), tenant.post(tenant.chat(mo.id), mo, text="help"), [])
    app.teams.chat._direct.pop(mo.id, None)

    async def away(*_: object) -> None:
        raise DatabaseAway

    with monkeypatch.context() as changed:
        changed.setattr(app.database, "write", away)
        assert [(await clients(town).send(each)).status for each in (said, alone)] == [503, 503]
    assert [(await clients(town).send(each)).status for each in (said, alone)] == [200, 200]
    found = await kept(town, "mo")
    assert found is not None
    assert (found.zone, found.direct) == ("Asia/Tokyo", tenant.chat(mo.id).id)
    assert made.id in [room.channel for room in await town.db(storage.rooms.every)]


async def test_a_service_without_a_slash_at_its_end_is_no_other_host(town: Town) -> None:
    tenant, app = clients(town).tenant, town.world.app.teams
    assert app is not None
    bare = tenant.service_url.rstrip("/")
    place = tenant.chat("29:mo")
    said = activities.said(tenant, tenant.person("mo"), place, tenant.post(place, tenant.person("mo"), text="help"), [])
    token = clients(town).keys.token(tenant.app_id, bare)
    assert (await clients(town).send(said | {"serviceUrl": bare}, token)).status == 200
    assert app.chat.service_url == f"{bare}/"
    await town.settle()
    assert "What I can do for you" in private(town, "mo")


async def test_a_secret_that_is_wrong_and_a_microsoft_that_is_away_are_said_at_the_start(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value, refusal in (
        ("TEAMS_APP_PASSWORD", "wrong", TeamsRefused), ("TEAMS_LOGIN_URL", "http://127.0.0.1:1/", TeamsUnreachable),
    ):  # fmt: skip
        with monkeypatch.context() as changed:
            changed.setenv(name, value)
            app = App(Settings(), town.world.clock.now)
            app.database = town.world.app.database
            with pytest.raises(refusal):
                await app._connect_teams()
