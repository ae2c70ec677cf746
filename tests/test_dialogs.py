"""A form in Teams is never refused, and what is answered in it comes back as it was given."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest
from hypothesis import assume, given, settings

from bot import card as c
from bot.teams import adaptive
from tests import adaptive as teams
from tests import blockkit
from tests.blockkit import Json, boxes, thorough
from tests.test_words import EXAMPLES

PAIR = (c.Choice("a", "A"), c.Choice("b", "B"))
ALL = c.form(
    "About the work", "sow.save", "Save",
    c.Text("About {x}", x=c.Typed("*x*")),
    c.TextField(id="why", label="Why", value="because", lines=True, hint="One line"),
    c.NumberField(id="rate", label="Rate", value=12.5, least=0, most=100, decimals=True),
    c.DateField(id="on", label="On", value=date(2026, 11, 23)), c.TimeField(id="at", label="At", value=time(9, 30)),
    c.ChoiceField(id="one", label="One", choices=PAIR, value="b"),
    c.SeveralField(id="some", label="Some", choices=PAIR, values=("a", "b")),
    c.ToggleField(id="yes", label="Yes", text="Yes, please", value=True),
    c.PersonField(id="who", label="Who", value="29:ana"), c.ChannelField(id="where", label="Where", value="19:care"),
    value="engagement:7\n2",
)  # fmt: skip
FROM = {"channel": "19:care", "message": "17", "direct": "1"}


def inputs(card: Json) -> dict[str, Json]:
    """The inputs of a card by id."""
    return {box["id"]: box for box in boxes(card["body"]) if str(box.get("type")).startswith("Input.")}


def field(asked: c.AnyField, **more: Any) -> Json:
    """The input of a field."""
    (made,) = inputs(adaptive.dialog(c.Form("Form", "x.y", (replace(asked, **more),), "Save"), {})).values()
    return made


def submitted(card: Json, **typed: Any) -> Json:
    """What Teams sends back: the action's data, and beside it every input as it stands, all of it text."""
    sent: Json = next(box["data"] for box in boxes(card) if box.get("type") in ("Action.Submit", "Action.Execute"))
    return sent | {name: str(each.get("value", "")) for name, each in inputs(card).items()} | typed


# -- nothing is refused ----------------------------------------------------------------------------------------


def named(form: c.Form) -> c.Form:
    """The same form with a name for each field."""
    parts = [replace(part, id=f"f{at}") if isinstance(part, c.Field) else part for at, part in enumerate(form.parts)]
    return replace(form, parts=tuple(parts))


@thorough
@given(blockkit.forms)
def test_teams_never_refuses_a_form(form: c.Form) -> None:
    form = named(form)
    wrong = {"f0": "Please give **a number**.", "": "Something else."}
    for card in (adaptive.dialog(form, FROM, wrong), adaptive.inline(form, FROM)):
        assert list(teams.faults(card)) == []
        data = submitted(card)
        assert (adaptive.route_of(data), adaptive.value_of(data)) == (form.route, form.value.replace("\x00", ""))
        assert adaptive.context(data) == FROM
        assert set(adaptive.fields(data)) == set(inputs(card))
        assert len(inputs(card)) == len(form.fields) or "more not shown" in json.dumps(card)


@settings(thorough, max_examples=50)
@given(blockkit.forms)
def test_every_dialog_is_of_the_published_types(form: c.Form) -> None:
    teams.validate(adaptive.dialog(named(form), FROM))


@thorough
@given(blockkit.forms)
def test_nothing_that_teams_reads_as_markdown_in_a_form_was_typed(form: c.Form) -> None:
    assume(teams.MARK not in str(form))
    made = adaptive.dialog(teams.marked(named(form)), FROM)
    assert [text for text in teams.read_as_markdown(made) if teams.MARK in text] == []


@pytest.mark.parametrize("name", [name for name, example in EXAMPLES.items() if isinstance(example(), c.Form)])
def test_every_form_of_ours_fits_when_it_is_full_to_the_brim_and_all_of_it_is_wrong(name: str) -> None:
    form = EXAMPLES[name]()
    assert isinstance(form, c.Form)
    full = form.filled({one.id: "\n" + "w" * (one.longest - 1) for one in form.fields if isinstance(one, c.TextField)})
    card = adaptive.dialog(full, FROM, {one.id: "Please say this in fewer words. " * 3 for one in form.fields})
    assert list(teams.faults(card)) == []
    assert set(inputs(card)) == {one.id for one in form.fields}
    assert "more not shown" not in json.dumps(card)


def test_a_form_that_would_be_about_half_a_value_is_not_opened() -> None:
    with pytest.raises(ValueError, match="too long"):
        adaptive.dialog(c.form("Form", "x.y", "Save", value="v" * 3001), {})


def test_however_many_links_a_form_holds_it_can_be_sent() -> None:
    link = c.Text((c.Typed("see"), c.Link("here", f"https://care.example/{'x' * 400}")))
    card = adaptive.inline(c.form("F", "x.y", "Save", *[link] * 64, c.TextField(id="why", label="Why")), {})
    assert adaptive.fields(submitted(card)) == {"why": ""}


def test_a_field_that_found_no_room_is_not_answered_as_empty() -> None:
    long = [c.TextField(id=f"f{i}", label="Why", value="w" * 2900, longest=3000, lines=True) for i in range(6)]
    card = adaptive.dialog(c.form("Form", "x.y", "Save", *long), {})
    assert set(adaptive.fields(submitted(card))) == set(inputs(card)) == {f"f{i}" for i in range(4)}
    assert "2 more not shown" in json.dumps(card)


# -- what comes back -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("draw", [adaptive.dialog, adaptive.inline])
def test_a_form_comes_back_as_it_was_filled(draw: Callable[..., Json]) -> None:
    data = submitted(draw(ALL, FROM))
    assert (adaptive.route_of(data), adaptive.value_of(data)) == ("sow.save", "engagement:7\n2")
    assert adaptive.context(data) == FROM
    assert adaptive.fields(data) == {
        "why": "because", "rate": "12.5", "on": "2026-11-23", "at": "09:30", "one": "b", "some": ["a", "b"],
        "yes": "yes", "who": "29:ana", "where": "19:care",
    }  # fmt: skip


def test_a_form_left_empty_comes_back_empty_even_where_nothing_is_sent_for_it() -> None:
    empty: dict[str, str | list[str]] = dict.fromkeys(["why", "rate", "on", "at", "one", "yes", "who", "where"], "") | {
        "some": []
    }
    card = adaptive.dialog(ALL, {})
    care = {"care": submitted(card)["care"]}
    assert adaptive.fields(care) == empty
    assert adaptive.fields(care | dict.fromkeys(inputs(card), "") | {"yes": "false"}) == empty


@pytest.mark.parametrize(
    ("sent", "read"), [("3", "3"), (3, "3"), (3.0, "3"), (2.5, "2.5"), (True, "true"), (None, ""), ([], "")]
)
def test_numbers_and_other_things_are_read_as_text(sent: object, read: str) -> None:
    assert adaptive.fields(submitted(adaptive.dialog(ALL, {}), rate=sent))["rate"] == read


def test_of_an_answer_no_more_is_read_than_a_field_lets_anybody_type() -> None:
    assert adaptive.fields(submitted(adaptive.dialog(ALL, {}), why="w" * 100_000))["why"] == "w" * 3000


def test_a_toggle_is_read_as_a_word_or_as_itself() -> None:
    card = adaptive.dialog(ALL, {})
    answers = [adaptive.fields(submitted(card, yes=sent))["yes"] for sent in ("true", True, "false", False, "")]
    assert answers == ["yes", "yes", "", "", ""]


def test_a_choice_without_a_value_is_a_choice_and_comes_back_without_one() -> None:
    nobody = c.ChoiceField(id="who", label="Who", choices=(c.Choice("", "Nobody"), *PAIR), value="")
    card = adaptive.dialog(c.form("Form", "x.y", "Save", nobody), {})
    assert inputs(card)["who"]["value"] != ""
    assert adaptive.fields(submitted(card)) == {"who": ""}


def test_what_was_not_asked_is_not_answered() -> None:
    assert "admin" not in adaptive.fields(submitted(adaptive.dialog(ALL, {}), admin="yes"))


# -- how it is asked -------------------------------------------------------------------------------------------


def test_a_dialog_is_sent_by_one_submit_and_a_message_by_an_execute() -> None:
    (sends,) = adaptive.dialog(ALL, FROM)["actions"]
    assert (sends["type"], sends["title"], "verb" in sends) == ("Action.Submit", "Save", False)
    last = adaptive.inline(ALL, FROM)["body"][-1]["actions"][0]
    assert (last["type"], last["verb"], last["data"]["care"]["inline"]) == ("Action.Execute", "sow.save", True)


def test_what_needs_another_look_stands_in_red_under_its_field_and_the_rest_on_top() -> None:
    card = adaptive.dialog(ALL, {}, {"rate": "Please give a number.", "x": "It is 5 *o'clock*."})
    first, rate = card["body"][0], next(each for each in card["body"] if each.get("items", [{}])[0].get("id") == "rate")
    assert [(run["text"], run["color"]) for run in first["inlines"]] == [("It is 5 *o'clock*.", "Attention")]
    assert (rate["items"][1]["text"], rate["items"][1]["color"]) == ("Please give a number.", "Attention")


def test_a_long_form_says_at_its_beginning_that_something_farther_down_needs_another_look() -> None:
    def begins(errors: dict[str, str]) -> str:
        return json.dumps(adaptive.dialog(ALL, {}, errors)["body"][0])

    assert "1 answer needs another look." in begins({"rate": "Please give a number."})
    assert "2 answers need another look." in begins({"rate": "Please give a number.", "on": "Please give a day."})
    assert "another look" not in begins({})


def test_few_choices_are_open_many_are_searched_and_typed_ones_are_no_markdown() -> None:
    eleven = tuple(c.Choice(str(i), str(i)) for i in range(11))
    one, some = c.ChoiceField(id="x", label="X", choices=PAIR), c.SeveralField(id="x", label="X", choices=PAIR)
    typed = (c.Choice("a", c.Typed("**A**")), c.Choice("b", "B"))
    kinds = [field(one), field(one, many=True), field(one, choices=eleven), field(one, choices=typed), field(some),
             field(some, choices=eleven), field(some, choices=typed)]  # fmt: skip
    assert [made["style"] for made in kinds] == [
        "expanded", "filtered", "compact", "compact", "expanded", "compact", "compact",
    ]  # fmt: skip


def test_more_than_a_hundred_choices_are_asked_for_and_the_chosen_one_travels_along() -> None:
    zones = tuple(c.Choice(f"Z/{i}", f"Zone {i}") for i in range(490))
    made = field(c.ChoiceField(id="zone", label="Zone", choices=zones, value="Z/7", many=True))
    assert made["choices.data"] == {"type": "Data.Query", "dataset": "care.options/zone"}
    assert (made["choices"], made["value"]) == ([{"title": "Zone 7", "value": "Z/7"}], "Z/7")


def test_a_search_finds_what_begins_so_first_and_fifteen_at_most() -> None:
    zones = tuple(c.Choice(f"Z/{i}", f"{'New ' if i % 2 else ''}York {i}") for i in range(60))
    found = adaptive.found(zones, " york")
    assert len(found) == 15
    assert {one["title"].split()[0] for one in found} == {"York"}
    assert adaptive.found(zones, "new york 59") == [{"title": "New York 59", "value": "Z/59"}]


def test_people_and_channels_are_searched_and_who_was_picked_is_named() -> None:
    card = adaptive.dialog(ALL, {}, names={"29:ana": "Ana *Sousa*"})
    who, where = inputs(card)["who"], inputs(card)["where"]
    assert who["choices.data"]["dataset"] == "graph.microsoft.com/users?scope=currentContext"
    assert (who["choices"], who["value"]) == ([{"title": "Ana *Sousa*", "value": "29:ana"}], "29:ana")
    assert (where["choices.data"]["dataset"], where["choices"][0]["title"]) == ("care.channels", "19:care")


def test_several_choices_never_carry_a_comma() -> None:
    made = field(c.SeveralField(id="x", label="X", choices=(c.Choice("a,b", "A"), c.Choice("c", "C")), values=("c",)))
    assert ([choice["value"] for choice in made["choices"]], made["value"]) == (["c"], "c")


def test_what_must_be_answered_is_said_by_the_client_but_a_toggle_may_be_left_off() -> None:
    toggle = c.ToggleField(id="x", label="X", text="Yes")
    assert field(c.TextField(id="x", label="X"))["errorMessage"] == "Please answer this."
    assert "isRequired" not in field(c.TextField(id="x", label="X", optional=True)) | field(toggle)


def test_a_number_out_of_range_does_not_keep_the_form_from_opening() -> None:
    made = field(c.NumberField(id="x", label="X", value=500, least=0.5, most=1e3), most=20)
    assert (made["min"], made["max"], "value" in made) == (1, 20, False)
    assert "max" not in field(c.NumberField(id="x", label="X", most=1e300))


def test_a_field_of_one_line_is_filled_with_one_line() -> None:
    asked = c.TextField(id="x", label="X", value="two\nlines")
    assert field(asked)["value"] == "two lines"
    assert field(asked, lines=True)["value"] == "two\nlines"


def test_a_toggle_says_all_it_has_to_say() -> None:
    asked = c.ToggleField(id="x", label="Consent", text="I agree to *all*.")
    assert field(asked)["title"] == "Consent"
    assert "I agree to *all*." in json.dumps(adaptive.dialog(c.form("F", "x.y", "S", asked), {}))
    assert field(asked, text="I agree.")["title"] == "I agree."
