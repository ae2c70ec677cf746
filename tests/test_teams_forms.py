"""Forms on Teams: refused, they come back as they were filled in; where no dialog opens, they stand in the chat."""

import json
from contextlib import suppress
from typing import Any

import pytest

from bot import card as c
from bot.demo.organisation import Json
from bot.demo.teams import activities
from bot.demo.teams.cards import inputs
from bot.demo.teams.clients import Clients
from bot.shapes import Malformed
from bot.teams import adaptive
from bot.teams.room import MOST, sent
from tests import adaptive as teams
from tests.blockers import STUCK, engagements_are, opened
from tests.conftest import Town
from tests.demo_driver import Form
from tests.test_dialogs import ALL, FROM, submitted
from tests.test_words import EXAMPLES

pytestmark = pytest.mark.chats("teams")
SORRY = "That is *closed*. Ask Mo."


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
