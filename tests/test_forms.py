"""A form is never refused, and what is answered in it comes back as it was given."""

from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest
from hypothesis import given, settings

from bot import card as c
from bot.slack import blocks
from tests import blockkit
from tests.blockkit import Json, strings, thorough
from tests.demo_conformance import need_schemas, validator


def field(asked: c.AnyField, **more: Any) -> Json:
    """The input block of a field."""
    (block,) = blocks.modal(c.Form("Form", "x.y", (replace(asked, **more),), "Save"))["blocks"]
    return dict(block)


@thorough
@given(blockkit.forms)
def test_slack_never_refuses_a_form(form: c.Form) -> None:
    named = tuple(
        replace(part, id=f"f{at}") if isinstance(part, c.Field) else part for at, part in enumerate(form.parts)
    )
    view = blocks.modal(replace(form, parts=named), {"channel": "C1"})
    assert list(blockkit.faults(view["blocks"], "modal")) == []
    assert all(0 < blockkit.units(view[key]["text"]) <= 24 for key in ("title", "submit", "close"))
    assert len(view["private_metadata"]) <= 3000
    assert blocks.context(view) == (form.value.replace("\x00", ""), {"channel": "C1"})


@settings(thorough, max_examples=25)
@given(blockkit.forms)
def test_every_modal_is_of_slacks_own_types(form: c.Form) -> None:
    need_schemas()
    validator("blockkit.schema.json").validate({"modal": blocks.modal(form)})


def test_a_form_that_would_be_about_half_a_value_is_not_opened() -> None:
    with pytest.raises(ValueError, match="too long"):
        blocks.modal(c.form("Form", "x.y", "Save", value="v" * 3000))


def test_a_hundred_groups_at_most_and_the_rest_is_counted() -> None:
    groups = tuple(c.Choice(str(i), f"Choice {i}", f"Group {i}") for i in range(120))
    block = field(c.ChoiceField(id="x", label="X", hint="Pick one.", choices=groups))
    assert len(block["element"]["option_groups"]) == 100
    assert block["hint"]["text"] == "Pick one. 20 more not shown"


def test_490_zones_are_offered_in_groups_of_at_most_100() -> None:
    zones = [
        *(c.Choice(f"A/{i}", f"{chr(65 + i // 6)} {i}", "America") for i in range(150)),
        c.Choice("E/1", "Rome", "Europe"),
    ]
    made = field(c.ChoiceField(id="zone", label="Zone", choices=tuple(zones), value="A/149"))["element"]
    labels = [(group["label"]["text"], len(group["options"])) for group in made["option_groups"]]
    assert labels == [("America A–M", 75), ("America M–Y", 75), ("Europe", 1)]
    assert made["initial_option"]["value"] == "A/149"


PAIR = (c.Choice("a", "A"), c.Choice("b", "B"))
ALL = c.form(
    "A title that is far too long for Slack", "sow.save", "Save",
    c.Text("About {x}", x=c.Typed("*x*")),
    c.TextField(id="why", label="Why", value="because", lines=True, hint="One line"),
    c.NumberField(id="rate", label="Rate", value=12.5, least=0, most=100, decimals=True),
    c.DateField(id="on", label="On", value=date(2026, 11, 23)), c.TimeField(id="at", label="At", value=time(9, 30)),
    c.ChoiceField(id="one", label="One", choices=PAIR, value="b"),
    c.SeveralField(id="some", label="Some", choices=PAIR, values=("a", "b")),
    c.ToggleField(id="yes", label="Yes", text="Yes", value=True),
    c.PersonField(id="who", label="Who", value="U1"), c.ChannelField(id="where", label="Where", value="C1"),
    value="engagement:7\n2",
)  # fmt: skip
INITIAL = {"selected_option": "initial_option", "selected_options": "initial_options", "selected_date": "initial_date",
           "selected_time": "initial_time", "selected_user": "initial_user", "value": "initial_value",
           "selected_conversation": "initial_conversation"}  # fmt: skip


def submitted(view: Json, filled: bool) -> Json:
    """A view as Slack sends it back, untouched or with everything cleared."""
    values = {
        block["block_id"]: {
            element["action_id"]: {"type": element["type"]}
            | {name: element[initial] if filled else None for name, initial in INITIAL.items() if initial in element}
        }
        for block in view["blocks"]
        if (element := block.get("element"))
    }
    return {**view, "state": {"values": values}}


def test_a_form_comes_back_as_it_was_filled() -> None:
    view = blocks.modal(ALL, {"channel": "C1", "message": "1.2"})
    assert view["title"]["text"] == "A title that is far too…"
    assert blocks.context(view) == ("engagement:7\n2", {"channel": "C1", "message": "1.2"})
    assert blocks.answers(submitted(view, filled=True)) == {
        "why": "because", "rate": "12.5", "on": "2026-11-23", "at": "09:30", "one": "b", "some": ["a", "b"],
        "yes": "yes", "who": "U1", "where": "C1",
    }  # fmt: skip


def test_a_form_left_empty_comes_back_empty() -> None:
    answers = blocks.answers(submitted(blocks.modal(ALL), filled=False))
    assert answers == dict.fromkeys(["why", "rate", "on", "at", "one", "yes", "who", "where"], "") | {"some": []}


def test_few_choices_are_open_and_many_are_searched() -> None:
    eleven = tuple(c.Choice(str(i), str(i)) for i in range(11))
    one, some = c.ChoiceField(id="x", label="X", choices=PAIR), c.SeveralField(id="x", label="X", choices=PAIR)
    kinds = [field(one), field(one, many=True), field(one, choices=eleven), field(some), field(some, choices=eleven)]
    assert [block["element"]["type"] for block in kinds] == [
        "radio_buttons", "static_select", "static_select", "checkboxes", "multi_static_select",
    ]  # fmt: skip


def test_a_toggle_may_be_left_off_and_says_all_it_has_to_say() -> None:
    promise = "My manager may see the numbers I enter here, but never the comments I give to the care team."
    block = field(c.ToggleField(id="x", label="Consent", text=promise))
    assert block["optional"] is True
    assert block["hint"]["text"] == promise


def test_a_number_out_of_range_does_not_keep_the_form_from_opening() -> None:
    element = field(c.NumberField(id="x", label="X", value=500, least=0.5, most=1e3), most=20)["element"]
    assert element["min_value"] == "1"
    assert element["max_value"] == "20"
    assert "initial_value" not in element


def test_numbers_are_written_as_slack_reads_them() -> None:
    element = field(c.NumberField(id="x", label="X", value=0.00001, least=-3.0, most=1e300, decimals=True))["element"]
    assert (element["initial_value"], element["min_value"]) == ("0.00001", "-3")
    assert "max_value" not in element


def test_a_field_of_one_line_is_filled_with_one_line() -> None:
    assert field(c.TextField(id="x", label="X", value="two\nlines"))["element"]["initial_value"] == "two lines"
    assert (
        field(c.TextField(id="x", label="X", value="two\nlines", lines=True))["element"]["initial_value"]
        == "two\nlines"
    )


def test_only_somebody_of_slack_is_picked_beforehand() -> None:
    assert "initial_user" not in field(c.PersonField(id="x", label="X", value="29:teams-id"))["element"]
    assert "initial_conversation" not in field(c.ChannelField(id="x", label="X", value="D012"))["element"]


def test_errors_stand_under_their_fields() -> None:
    assert len(blocks.errors({"rate": "word " * 900})["errors"]["rate"]) <= 2000
    assert blocks.errors({"rate": "Please give a number."}) == {
        "response_action": "errors",
        "errors": {"rate": "Please give a number."},
    }


def test_no_two_ids_are_alike_in_a_modal() -> None:
    view = blocks.modal(ALL)
    for name in ("block_id", "action_id"):
        found = [text for key, text in strings(view) if key == name]
        assert len(set(found)) == len(found) == 9
