"""Forms on Teams: refused, they come back as they were filled in; where no dialog opens, they stand in the chat."""

import json
import zlib
from base64 import b64encode
from contextlib import suppress
from time import process_time
from typing import Any

import pytest

from bot import card as c
from bot.care.blockers import Severity
from bot.demo.organisation import Json
from bot.demo.teams import activities, cards
from bot.demo.teams.cards import inputs
from bot.demo.teams.clients import Clients
from bot.demo.teams.tenant import Activity, Conversation
from bot.shapes import Malformed
from bot.teams import actions, adaptive
from bot.teams.html import plain
from bot.teams.room import MOST, sent
from tests import adaptive as teams
from tests.blockers import STUCK, engagements_are, opened
from tests.conftest import Town
from tests.demo_driver import Form
from tests.demo_teams_town import CARE, PROJECT
from tests.test_dialogs import ALL, FROM, submitted
from tests.test_words import EXAMPLES

pytestmark = pytest.mark.chats("teams")
SORRY = "That is *closed*. Ask Mo."
REPORT = {"stops": "It is down", "since_day": "2026-11-23", "since_time": "08:00", "severity": Severity.SLOWED}


def clients(town: Town) -> Clients:
    assert town.world.teams is not None
    return town.world.teams.clients


def dialog(town: Town, handle: str) -> Json:
    return clients(town).tenant.dialogs[clients(town).tenant.person(handle).id].card


# -- a form travels with itself --------------------------------------------------------------------------------


def given_back(data: Json, names: dict[str, c.Label] | None = None) -> tuple[str, Json]:
    found = adaptive.given_back(data, SORRY, names or {})
    assert found is not None
    return found


@pytest.mark.parametrize("draw", [adaptive.dialog, adaptive.inline])
def test_a_refused_form_is_the_same_form_with_what_was_typed_and_the_sentence_on_top(draw: Any) -> None:
    data = submitted(draw(ALL, FROM, {"why": "Say more."}), why="else", rate="3.5", some="b", yes="false", who="aad-1")
    title, card = given_back(data, {"aad-1": c.Typed("Ana *Sousa*")})
    assert title == "About the work"
    assert [run["text"] for run in card["body"][0]["inlines"]] == [SORRY]
    assert "Say more." not in json.dumps(card)
    assert list(teams.faults(card)) == []
    now = inputs(card)
    assert {name: now[name]["value"] for name in ("why", "rate", "some", "yes", "on")} == {
        "why": "else", "rate": 3.5, "some": "b", "yes": "false", "on": "2026-11-23",
    }  # fmt: skip
    assert now["who"]["choices"] == [{"title": "Ana *Sousa*", "value": "aad-1"}]
    assert (adaptive.route_of(submitted(card)), adaptive.context(submitted(card))) == ("sow.save", FROM)


def test_what_was_emptied_stays_empty_and_it_can_be_refused_again() -> None:
    once = given_back(submitted(adaptive.dialog(ALL, FROM), why="", rate="many", on=""))[1]
    twice = given_back(submitted(once, why="at last"))[1]
    assert ["value" in inputs(once)[name] for name in ("why", "rate", "on")] == [False, False, False]
    assert inputs(twice)["why"]["value"] == "at last"
    assert json.dumps(twice).count(SORRY) == 1


@pytest.mark.parametrize("name", [name for name, example in EXAMPLES.items() if isinstance(example(), c.Form)])
@pytest.mark.parametrize("draw", [adaptive.dialog, adaptive.inline])
def test_every_form_of_ours_can_be_given_back_when_it_is_full_to_the_brim(name: str, draw: Any) -> None:
    form = EXAMPLES[name]()
    assert isinstance(form, c.Form)
    full = {one.id: "w" * one.longest for one in form.fields if isinstance(one, c.TextField)}
    card = given_back(submitted(draw(form, FROM), **full))[1]
    assert sent(card) <= MOST
    assert {each: inputs(card)[each]["value"] for each in full} == full
    assert list(teams.faults(card)) == []


def test_a_form_that_leaves_no_room_does_not_travel() -> None:
    asked = [c.TextField(id=f"f{i}", label="Why", longest=3000, lines=True) for i in range(5)]
    full = {one.id: "w" * 3000 for one in asked}
    assert adaptive.given_back(submitted(adaptive.dialog(c.form("F", "x.y", "S", *asked), {})), SORRY, {})
    assert (
        adaptive.given_back(submitted(adaptive.dialog(c.form("F", "x.y", "S", *asked), {}), **full), SORRY, {}) is None
    )
    form = c.form("F", "x.y", "S", *asked[:3]).filled(full)
    cards = [adaptive.dialog(form, {"channel": "c" * more}) for more in range(2800, 4000, 50)]
    assert {"form" in submitted(card)["care"] for card in cards} == {True, False}
    assert max(sent(card) for card in cards) <= MOST


@pytest.mark.parametrize("packed", ["?", "AAAA", 7, [], {}, "eJwDAAAAAAE=", "eJyrVspJLEpPVYoFAA4SAxI="])
def test_what_is_no_form_of_ours_is_none(packed: object) -> None:
    data = submitted(adaptive.dialog(ALL, FROM))
    data["care"]["form"] = packed
    with suppress(Malformed):
        assert adaptive.given_back(data, SORRY, {}) is None


# -- in a dialog -----------------------------------------------------------------------------------------------


async def refused(town: Town) -> Form:
    """Ana's report, filled in and refused: nothing of hers runs any more."""
    await town.engage()
    form = await opened(town)
    form.fill("What would get you moving?", "An *account*")
    form.pick("From whom do you need it?", town.person("lee"))
    await engagements_are(town, "ended")
    await form.submit()
    return form


async def test_a_refused_dialog_stays_open_with_everything_typed(town: Town) -> None:
    form = await refused(town)
    now = {each.label: each.value for each in form.shown.fields}
    assert now["What stops you?"] == STUCK
    assert now["What would get you moving?"] == "An *account*"
    shown = dialog(town, "ana")
    assert inputs(shown)["whom"]["choices"][0]["title"] == "Lee Park"
    (told,) = shown["body"][0]["inlines"]
    assert told["color"] == "Attention"
    assert told["text"] in form.text


async def test_what_was_refused_can_be_sent_again_when_it_may_be(town: Town) -> None:
    form = await refused(town)
    await engagements_are(town, "active")
    fresh = await town.person("ana").form("Report a blocker")
    assert not (await fresh.submit()).errors
    assert not form.is_open
    await town.settle()
    await town.person("ana").sees("What you need: An *account*")


async def test_from_a_dialog_of_before_what_was_typed_comes_back_with_the_sentence(town: Town) -> None:
    await town.engage()
    tenant, ana = clients(town).tenant, clients(town).tenant.person("ana")
    care = {"route": "blockers.resolved", "value": "7", "fields": {"note": ""}}
    asked = {"data": {"care": care, "note": "It was the VPN"}, "context": {"theme": "default"}}
    made = activities.invoke(tenant, ana, tenant.chat(ana.id), "task/submit", asked, None)
    answer = await clients(town).send(made)
    assert answer.body["task"]["type"] == "message"
    assert "It was the VPN" in answer.body["task"]["value"]


# -- in the chat -----------------------------------------------------------------------------------------------


async def tapped(town: Town, handle: str, action: Json, place: str, message: str = "") -> Json:
    """What the bot answers to the tap of a card that was sent long ago."""
    tenant = clients(town).tenant
    person = tenant.person(handle)
    made = activities.invoke(
        tenant,
        person,
        tenant.conversations[place],
        "adaptiveCard/action",
        {"action": action, "trigger": "manual"},
        None,
    )
    answer = await clients(town).send(made | {"replyToId": message})
    await town.settle()
    body: Json = answer.body
    return body


def newest(town: Town, handle: str) -> Activity:
    tenant = clients(town).tenant
    return [each for each in tenant.chat(tenant.person(handle).id).activities if each.user == tenant.bot.id][-1]


async def in_the_chat(town: Town) -> Activity:
    """Ana taps a button that opens forms only since she was sent it, so that her client does not ask for a dialog."""
    await town.engage()
    chat = clients(town).tenant.chat("29:ana")
    old = actions.executed("Report a blocker", actions.cared("/blocker", "the VPN"))
    answer = await tapped(town, "ana", old, chat.id, "17")
    assert answer["value"] == "See my next message."
    return newest(town, "ana")


async def send_form(town: Town, form: Activity, handle: str = "ana", **typed: str) -> Json:
    card = form.seen_by(clients(town).tenant.person(handle))
    assert card is not None
    (action,) = [each for each in cards.actions(card) if each["type"] == "Action.Execute"]
    await clients(town).tap(clients(town).tenant.person(handle), form, action, typed)
    await town.settle()
    assert form.card is not None
    return form.card


async def test_where_no_dialog_can_open_the_form_stands_in_the_chat(town: Town) -> None:
    form = await in_the_chat(town)
    assert form.card is not None
    assert form.card["body"][0]["text"] == form.summary == "Report a blocker"
    assert inputs(form.card)["stops"]["value"] == "the VPN"
    assert list(teams.faults(form.card)) == []


async def test_what_needs_another_look_comes_back_in_the_same_message_for_all_of_ones_clients(town: Town) -> None:
    form = await in_the_chat(town)
    card = await send_form(town, form, stops="*It* is down", needs="An account", since_time="09:01")
    assert (inputs(card)["stops"]["value"], inputs(card)["needs"]["value"]) == ("*It* is down", "An account")
    assert "That is still to come. Give when it began." in json.dumps(card)
    assert form.seen_by(clients(town).tenant.person("ana")) == card
    assert form is newest(town, "ana")


async def test_a_form_in_the_chat_that_is_refused_keeps_what_was_typed(town: Town) -> None:
    form = await in_the_chat(town)
    await engagements_are(town, "ended")
    card = await send_form(town, form, stops="It is down")
    assert inputs(card)["stops"]["value"] == "It is down"
    assert card["body"][0]["inlines"][0]["color"] == "Attention"
    await engagements_are(town, "active")
    assert inputs(await send_form(town, form)) == {}
    await town.person("ana").sees("What stops you: It is down")


async def test_a_form_that_was_sent_becomes_what_is_so_now(town: Town) -> None:
    form = await in_the_chat(town)
    card = await send_form(town, form, stops="It is down")
    assert inputs(card) == {}
    assert form is not newest(town, "ana")
    await town.person("ana").sees("What stops you: It is down")


async def test_a_client_that_sends_the_tap_of_a_dialog_as_a_message_gets_the_form_too(town: Town) -> None:
    await town.engage()
    tenant, ana = clients(town).tenant, clients(town).tenant.person("ana")
    chat = tenant.chat(ana.id)
    old = Activity("17", chat.id, tenant.bot.id, tenant.now())
    asks = {"msteams": {"type": "task/fetch"}, "care": {"route": "/blocker", "value": "the VPN"}}
    await clients(town).send(activities.submitted(tenant, ana, chat, old, asks))
    await town.settle()
    form = newest(town, "ana")
    assert form.card is not None
    (execute,) = [each for each in cards.actions(form.card) if each["type"] == "Action.Execute"]
    await clients(town).send(activities.submitted(tenant, ana, chat, form, execute["fallback"]["data"] | REPORT))
    await town.settle()
    await town.person("ana").sees("What stops you: It is down")
    assert inputs(form.card) == {}


async def test_words_too_long_for_a_button_are_in_the_form_at_once(town: Town) -> None:
    await town.engage("lee")
    tenant = clients(town).tenant
    await clients(town).say(
        tenant.person("lee"), tenant.channel("project"), f"@{tenant.bot.handle} blocker {'x' * 2500}"
    )
    await town.settle()
    form = newest(town, "lee")
    assert form.card is not None
    assert inputs(form.card)["stops"]["value"] == "x" * 2500


async def test_a_form_after_a_form_takes_its_place(town: Town) -> None:
    chat = clients(town).tenant.chat("29:ada")
    await tapped(town, "ada", actions.executed("Add", actions.cared("/add", "")), chat.id, "17")
    form = newest(town, "ada")
    card = await send_form(town, form, "ada", person=clients(town).tenant.aad(clients(town).tenant.person("lee")))
    assert card["body"][0]["text"] == form.summary == "Add a contractor"
    assert {"role", "bottleneck"} < set(inputs(card))


async def test_words_in_a_thread_are_no_tap_on_what_began_it(town: Town) -> None:
    await town.engage("lee")
    tenant = clients(town).tenant
    lee, project = tenant.person("lee"), tenant.channel("project")
    text, entities = tenant.mentioned(f"@{tenant.bot.handle} blocker the VPN")
    message = tenant.post(project, lee, text=text)
    await clients(town).send(activities.said(tenant, lee, project, message, entities) | {"replyToId": "1"})
    await town.settle()
    assert [each["title"] for each in cards.actions(newest(town, "lee").card or {})] == ["Open"]


async def test_a_search_in_a_form_does_not_make_two_peoples_chat_one_of_ours(town: Town) -> None:
    tenant, app = clients(town).tenant, town.world.app.teams
    assert app is not None
    theirs = Conversation("19:lee_mo@unq.gbl.spaces", "personal", "", ["29:lee", "29:mo"])
    asked = {"queryText": "lis", "dataset": "care.options/zone"}
    await clients(town).send(activities.invoke(tenant, tenant.person("lee"), theirs, "application/search", asked, None))
    assert theirs.id not in app.chat.rooms
    assert await app.chat.direct("29:lee") != theirs.id


# -- made up by somebody ---------------------------------------------------------------------------------------


async def asks(town: Town, handle: str, name: str, value: Json, place: str, message: str = "") -> Json:
    """What is answered to an invoke that no card of ours has made."""
    tenant = clients(town).tenant
    made = activities.invoke(tenant, tenant.person(handle), tenant.conversations[place], name, value, None)
    answer = await clients(town).send(made | {"replyToId": message})
    await town.settle()
    body: Json = answer.body
    return body


async def test_what_somebody_puts_in_the_place_of_a_form_is_shown_to_nobody_else(town: Town) -> None:
    app = town.world.app.teams
    assert app is not None
    ours = await app.chat.send(PROJECT, c.card("Hi", c.Text("Hi")), key="k")
    theirs = {
        "type": "AdaptiveCard",
        "version": "1.5",
        "body": [{"type": "TextBlock", "text": "[Log in](https://x.y)"}],
    }
    packed = b64encode(zlib.compress(json.dumps(["Log in", theirs]).encode())).decode()
    data = {"care": {"route": "no.such", "inline": True, "fields": {}, "form": packed}}
    action = {"type": "Action.Execute", "verb": "no.such", "data": data}
    answer = await asks(town, "lee", "adaptiveCard/action", {"action": action}, PROJECT, ours.message)
    assert "older version" in answer["value"]
    (there,) = clients(town).tenant.conversations[PROJECT].activities
    assert (there.summary, there.edited) == ("Hi", False)


async def test_a_form_changes_no_card_of_a_conversation_that_it_was_not_sent_from(town: Town) -> None:
    await town.engage()
    tenant, app = clients(town).tenant, town.world.app.teams
    assert app is not None
    alert = await app.chat.send(CARE, c.card("Alert", c.Text("Alert")), key="k")
    care = {
        "route": "blockers.reported",
        "channel": CARE,
        "message": alert.message,
        "fields": dict.fromkeys(REPORT, ""),
    }
    await asks(town, "ana", "task/submit", {"data": {"care": care, **REPORT}}, tenant.chat("29:ana").id)
    (there,) = tenant.conversations[CARE].activities
    assert (there.summary, there.edited) == ("Alert", False)
    await town.person("ana").sees("Thank you, your blocker is reported: It is down")


# -- from a message's menu -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<div>Staging is down for a &lt;b&gt;day&lt;/b&gt; &amp; more</div>", "Staging is down for a <b>day</b> & more"),
        ("<p>one</p>\n<p>&nbsp;</p><p>two</p><ul><li>a</li><li>b</li></ul>", "one\ntwo\na\nb"),
        ("<div>ask <at id=\"0\">Mo Haddad</at>&nbsp;please<br>now</div>", "ask Mo Haddad please\nnow"),
        ("ok <img alt='😀' src='https://x.example/1'> <emoji alt='👍'></emoji>", "ok 😀 👍"),
        ("<attachment id='1'></attachment><p>see <a href='https://x.example'>this</a></p>", "see this"),
        ("<pre>a\nb</pre>", "a\nb"), ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        ("<script>alert(1)</script>x<style>y", "x"), ("a < b", "a < b"), ("<p>", ""), ("", ""),
        ("<img alt='&gt;:( \"a>b\"' src=x>c", '>:( "a>b"c'), ("<!-- a --><![ if x]>b<!doctype html>", "b"),
        ("<a b='c", "<a b='c"), ("</b></script>a<pre", "a<pre"), ("<IMG data-alt=x ALT=y>", "y"),
        ("**b** {{DATE(2026-11-23T09:30:00Z)}}", "**b** {{DATE(2026-11-23T09:30:00Z)}}"),
    ],
)  # fmt: skip
def test_of_a_messages_html_only_its_words_are_read(written: str, read: str) -> None:
    assert plain(written) == read


@pytest.mark.parametrize("piece", ["<", "<a ", "<!--", "<a b='", "<![", "</", "&", "<pre>", "\u00a0\n", "<b alt "])
def test_however_a_message_is_written_it_is_read_in_no_time(piece: str) -> None:
    begun = process_time()
    plain(piece * (200_000 // len(piece)))
    assert process_time() - begun < 1


async def menu(town: Town, **odd: Any) -> tuple[int, Any]:
    """What the bot answers when Lee chooses its action on what Mo wrote to him, in a chat that it is not in."""
    tenant = clients(town).tenant
    lee, mo = tenant.person("lee"), tenant.person("mo")
    theirs = Conversation("19:lee_mo@unq.gbl.spaces", "personal", "", [lee.id, mo.id])
    said = Activity("17", theirs.id, mo.id, tenant.now(), "Staging is\ndown")
    value = activities.chosen(tenant, said, "blockers.from_message")
    made = activities.invoke(tenant, lee, theirs, "composeExtension/fetchTask", value | odd, None)
    answer = await clients(town).send(made)
    await town.settle()
    return answer.status, answer.body


async def test_in_a_chat_of_two_people_the_action_opens_the_form_and_the_bot_never_takes_it_for_its_own(
    town: Town,
) -> None:
    await town.engage("lee")
    _status, body = await menu(town)
    assert inputs(body["task"]["value"]["card"]["content"])["stops"]["value"] == "Staging is\ndown"
    app = town.world.app.teams
    assert app is not None
    assert "19:lee_mo@unq.gbl.spaces" not in app.chat.rooms
    assert await app.chat.direct("29:lee") != "19:lee_mo@unq.gbl.spaces"


async def test_who_may_not_report_is_told_so_where_the_form_would_be(town: Town) -> None:
    _status, body = await menu(town)
    assert body["task"]["type"] == "message"
    assert "open only to" in body["task"]["value"]


@pytest.mark.parametrize(
    "odd",
    [
        {"messagePayload": None}, {"messagePayload": 7}, {"messagePayload": {"body": 7}}, {"commandId": 7}, {"commandId": ""},
        {"commandId": "x.y"}, {"messagePayload": {"body": {"content": "<" * 9000}}}, {"commandId": "away.mute"},
        {"messagePayload": {"body": {"content": 7, "contentType": []}}},
    ],
    ids=str,
)  # fmt: skip
async def test_whatever_a_message_holds_it_is_never_an_error_of_ours(
    town: Town, odd: Json, caplog: pytest.LogCaptureFixture
) -> None:
    await town.engage("lee")
    assert (await menu(town, **odd))[0] in (200, 400)
    assert "unexpected error" not in caplog.text
