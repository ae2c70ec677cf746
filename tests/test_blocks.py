"""Slack never refuses a card and never reads what people typed as anything but words."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings

from bot import card as c
from bot.slack import blocks
from tests import blockkit
from tests.blockkit import Json, boxes, thorough
from tests.demo_conformance import need_schemas, validator

MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
NASTY = "<!channel> @here *b* _i_ `c` ~s~ &lt; <@U123> :fire: > q"


def shown(*parts: c.Part) -> list[Json]:
    """The blocks of a message with these parts."""
    made: list[Json] = blocks.message(c.card("Something", *parts))["blocks"]
    return made


def only(*parts: c.Part) -> Json:
    """The one block of a message."""
    (block,) = shown(*parts)
    return block


def marked(rendered: Json) -> str:
    """Everything Slack would read as markup."""
    return "\n".join(
        [rendered.get("text", "")] + [box["text"] for box in boxes(rendered) if box.get("type") == "mrkdwn"]
    )


# -- nothing is refused ----------------------------------------------------------------------------------------


@thorough
@given(blockkit.cards)
def test_slack_never_refuses_a_card(card: c.Card) -> None:
    message, home = blocks.message(card), blocks.home(card)
    assert list(blockkit.faults(message["blocks"], "message")) == []
    assert list(blockkit.faults(home["blocks"], "home")) == []
    assert 0 < blockkit.units(message["text"]) <= 3000
    assert list(blockkit.faults(blocks.without_charts(message)["blocks"], "message")) == []


@settings(thorough, max_examples=25)
@given(blockkit.cards)
def test_everything_is_of_slacks_own_types(card: c.Card) -> None:
    need_schemas()
    validator("blockkit.schema.json").validate({"message": {"blocks": blocks.message(card)["blocks"]}})
    validator("blockkit.schema.json").validate({"home": blocks.home(card)})


@thorough
@given(blockkit.cards)
def test_nothing_that_slack_reads_as_markup_was_made_by_others(card: c.Card) -> None:
    own = marked(blocks.message(card))
    for mark in ("<!", "<#", "@here", "@channel", "@everyone", "```"):
        assert mark not in own
    assert not any(part.startswith(">") for part in own.split("\n"))
    assert "\x00" not in own
    json.dumps(blocks.home(card), ensure_ascii=False).encode()  # no half of a surrogate pair anywhere


# -- what people typed -----------------------------------------------------------------------------------------


def test_typed_words_are_shown_letter_by_letter() -> None:
    block = only(c.Text("Ana says {what}", what=c.Typed(NASTY)))
    assert block["type"] == "rich_text"
    assert block["elements"][0]["elements"] == [{"type": "text", "text": "Ana says "}, {"type": "text", "text": NASTY}]


def test_bold_mentions_links_and_times_stay_what_they_are_beside_typed_words() -> None:
    line = c.line(
        "{b}{m}{l}{w}{t}", b=c.Bold("!"), m=c.Mention("U1", "Ana"), l=c.Link("here", "https://care.example/?a=1&b=2"),
        w=c.When(MONDAY, "Europe/Berlin"), t=c.Typed("x"),
    )  # fmt: skip
    assert only(c.Text(line))["elements"][0]["elements"] == [
        {"type": "text", "text": "!", "style": {"bold": True}},
        {"type": "user", "user_id": "U1"},
        {"type": "link", "url": "https://care.example/?a=1&b=2", "text": "here"},
        {"type": "text", "text": "Mon 23 Nov, 10:30 Berlin"},
        {"type": "text", "text": "x"},
    ]


def test_our_own_line_is_a_section_that_links_nothing_by_itself() -> None:
    line = c.line("{who} & co: {link}", who=c.Mention("U1", "Ana"), link=c.Link("a<b", "https://care.example/?a=1&b=2"))
    assert only(c.Text(line)) == {
        "type": "section",
        "text": {
            "type": "mrkdwn",
            "text": "<@U1> &amp; co: <https://care.example/?a=1&amp;b=2|a&lt;\u2060b>",
            "verbatim": True,
        },
    }


def test_a_name_that_cannot_be_mentioned_cannot_ping_either() -> None:
    assert marked(blocks.message(c.card("", c.Text((c.Mention("29:x", "<!channel>"),))))).endswith(
        "&lt;\u2060!channel\u2060&gt;"
    )


def test_a_link_that_could_break_out_of_its_markup_is_only_its_words() -> None:
    assert only(c.Text((c.Link("ok", "https://x.example|<!channel>"),)))["text"]["text"] == "ok"


def test_the_notification_pings_nobody_and_has_no_weight() -> None:
    text = blocks.message(c.card(c.line("{x}", x=c.Typed(NASTY))))["text"]
    for live in ("<", ">", "@here", "*b*", "_i_", "`c`", "~s~", ":fire:"):
        assert live not in text
    assert text.replace("\u2060", "") == NASTY.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def test_names_with_underscores_can_be_copied_from_a_section() -> None:
    assert only(c.Text("care_admin@example.com"))["text"]["text"] == "care_admin@example.com"


def test_shortcodes_are_drawn_in_our_words_only() -> None:
    assert only(c.Heading(":wave: Hello"))["text"]["emoji"]
    assert not only(c.Heading(c.Typed(":wave: Hello")))["text"]["emoji"]
    assert not only(c.Small("{x}", x=c.Typed(":wave:")))["elements"][0]["emoji"]


def test_facts_are_columns_until_somebody_typed_one() -> None:
    assert only(c.facts(("Round", "12"), ("Since", c.Mention("U1", "Ana"))))["fields"] == [
        {"type": "mrkdwn", "text": "*Round*\n12", "verbatim": True},
        {"type": "mrkdwn", "text": "*Since*\n<@U1>", "verbatim": True},
    ]
    typed = only(c.facts(("Project", c.Typed("*x*")), ("Round", "")))["elements"][0]["elements"]
    assert [(each["text"], "style" in each) for each in typed] == [
        ("Project", True), (": ", False), ("*x*", False), ("\n", False), ("Round", True), (": ", False), ("–", False),
    ]  # fmt: skip


def test_small_print_with_typed_words_keeps_its_link() -> None:
    line = c.line("{x} {y}", x=c.Typed("a"), y=c.Link("b", "https://care.example"))
    assert "https://care.example" in json.dumps(only(c.Small(line)))


# -- too much --------------------------------------------------------------------------------------------------


def test_long_text_ends_after_a_word() -> None:
    text = only(c.Text("forty-two " * 400))["text"]["text"]
    assert len(text) <= 3000
    assert text.endswith("forty-two…")


def test_what_does_not_fit_is_counted() -> None:
    made = shown(*[c.Text("word " * 500) for _ in range(9)], c.buttons(c.Button("Resolve", "b.resolve", "1")))
    assert made[-2]["type"] == "actions"
    left = 10 - (len(made) - 1)
    assert left > 0
    assert made[-1]["elements"][0]["text"] == f"{left} more not shown"


def test_buttons_are_kept_before_text() -> None:
    made = shown(*[c.Text("Some words")] * 60, c.buttons(c.Button("Resolve", "b.resolve", "1")))
    assert made[-2]["type"] == "actions"
    assert made[-1]["elements"][0]["text"] == "12 more not shown"


def test_fifty_blocks_at_most_and_the_last_says_what_is_missing() -> None:
    made = shown(*[c.Divider()] * 80)
    assert len(made) == 50
    assert made[-1]["elements"][0]["text"] == "31 more not shown"


def test_a_message_offers_all_zones_too() -> None:
    zones = tuple(c.Choice(f"America/Zone_{i}", f"Zone number {i}", "America") for i in range(490))
    (block,) = shown(c.Select("Zone", "people.zone", zones))
    assert sum(len(group["options"]) for group in block["accessory"]["option_groups"]) == 490


def test_choices_beyond_what_a_message_holds_are_counted() -> None:
    people = tuple(c.Choice(str(i), f"{i} {'name ' * 14}") for i in range(300))
    menu, note = shown(c.Select("Owner", "b.owner", people))
    offered = [option for group in menu["accessory"]["option_groups"] for option in group["options"]]
    assert 100 < len(offered) < 300
    assert note["elements"][0]["text"] == f"{300 - len(offered)} more not shown"


def test_of_a_row_too_wordy_for_a_message_most_stays() -> None:
    asked = c.Confirm("title " * 20, "text " * 60, "yes " * 9, "no " * 9)
    made = shown(c.buttons(*[c.Button("label " * 15, "x.y", str(i), confirm=asked) for i in range(25)]))
    assert len([button for row in made[:-1] for button in row["elements"]]) > 12


def test_a_button_that_would_be_about_half_a_value_is_left_out() -> None:
    made = shown(c.buttons(c.Button("A", "x.a", "v" * 2001), c.Button("B", "x.b", "w")))
    assert [button["value"] for button in made[0]["elements"]] == ["w"]
    assert made[1]["elements"][0]["text"] == "1 more not shown"


# -- numbers ---------------------------------------------------------------------------------------------------


def pulse(*series: tuple[c.Label, tuple[float | None, ...]], weeks: int = 3) -> c.Chart:
    return c.Chart("Pulse", tuple(f"W{i}" for i in range(weeks)), series, ("Mood rose.",))


def test_a_chart_never_invents_a_number_and_names_the_gap() -> None:
    chart, sentence, gaps = shown(pulse(("Mood", (3, None, 5)), ("Load", (1, 2, float("nan"))), ("Empty", (None,))))[:3]
    assert [one["name"] for one in chart["chart"]["series"]] == ["Mood", "Load"]
    assert chart["chart"]["series"][0]["data"] == [{"label": "W0", "value": 3}]
    assert sentence["elements"][0]["text"] == "Mood rose."
    assert gaps["elements"][0]["text"] == "No number for: W1, W2"


def test_a_line_keeps_its_newest_points() -> None:
    chart = shown(pulse(("Mood", tuple(range(30))), weeks=30))[0]
    assert chart["chart"]["axis_config"]["categories"] == [f"W{i}" for i in range(10, 30)]


def test_six_lines_at_most_and_the_rest_is_counted() -> None:
    chart, _sentence, note = shown(pulse(*[(f"Line {i}", (1, 2, 3)) for i in range(8)]))
    assert len(chart["chart"]["series"]) == 6
    assert note["elements"][0]["text"] == "2 more not shown"


def test_names_that_clipping_made_alike_are_told_apart() -> None:
    long = "An engagement with a long name"
    names = [one["name"] for one in shown(pulse((long, (1, 2, 3)), (long, (1, 2, 3))))[0]["chart"]["series"]]
    assert names == ["An engagement with…", "An engagement… 2"]


def test_a_third_chart_is_its_sentence_and_so_are_all_where_charts_are_refused() -> None:
    message = blocks.message(c.card("Charts", *[pulse(("Mood", (1, 2, 3)))] * 3))
    kinds = [block["type"] for block in message["blocks"]]
    assert kinds == ["data_visualization", "context", "data_visualization", "context", "rich_text"]
    plain = blocks.without_charts(message)
    assert [block["type"] for block in plain["blocks"]] == ["section", "context", "section", "context", "rich_text"]
    assert json.dumps(plain).count("Mood rose.") == json.dumps(plain).count("Pulse") == 3
    assert message["blocks"][0]["type"] == "data_visualization"


def test_progress_is_full_only_when_it_is_done() -> None:
    def bar(value: float, whole: float) -> str:
        return str(only(c.Progress("Milestones", value, whole))["elements"][0]["elements"][1]["text"])

    assert bar(3, 5) == "\n▓▓▓▓▓▓░░░░ 60 %"
    assert bar(999, 1000) == "\n▓▓▓▓▓▓▓▓▓░ 99 %"
    assert bar(7, 0) == "\n░░░░░░░░░░ 0 %"


def test_a_table_is_a_table_once_and_lines_after_that() -> None:
    table = c.Table("Milestones", ("Name", "Due"), (((c.Typed("<b>"),), (c.Bold("late"),)), ((), ("Friday",))))
    _, first, _, second = shown(table, table)
    assert [cell["type"] for cell in first["rows"][1]] == ["raw_text", "rich_text"]
    assert first["rows"][2][0] == {"type": "raw_text", "text": "–"}
    lines = "".join(each["text"] for each in second["elements"][0]["elements"])
    assert lines == "Name: <b> · Due: late\nName: – · Due: Friday"


def test_long_tables_say_how_many_rows_are_missing() -> None:
    made = shown(c.Table("Rows", ("Name",), tuple(((f"row {i}",),) for i in range(130))))
    assert len(made[1]["rows"]) == 100
    assert made[2]["elements"][0]["text"] == "31 more not shown"


# -- what people can do ----------------------------------------------------------------------------------------


def test_the_present_answer_is_not_told_by_colour_alone() -> None:
    about, row = shown(c.buttons(c.Button("3", "pulse.answer", "e:3", chosen=True), about="How was your week?"))
    assert about["elements"][0]["text"] == "How was your week?"
    assert (row["elements"][0]["text"]["text"], row["elements"][0]["style"]) == ("✓ 3", "primary")


def test_a_tap_comes_back_as_its_route_and_value() -> None:
    row = shown(c.buttons(*[c.Button("A", "pulse.answer", f"e:{i}") for i in range(30)]))
    pressed = [button for block in row for button in block["elements"]]
    assert {blocks.route_of(button["action_id"]) for button in pressed} == {"pulse.answer"}
    assert [blocks.value_of(button) for button in pressed] == [f"e:{i}" for i in range(30)]


@pytest.mark.parametrize("about", ["42", "", "a#b:c", "<é>"])
def test_a_choice_comes_back_with_what_it_is_about(about: str) -> None:
    menu = c.Select("Owner", "b.owner", (c.Choice("", "Nobody"), c.Choice("p:1", "Ana")), about, "p:1")
    first, second = shown(menu, menu)
    assert first["accessory"]["initial_option"]["value"] == "p:1"
    for block, option in ((first, 1), (second, 0)):
        picked = block["accessory"]["options"][option]
        action = {"type": "static_select", "block_id": block["block_id"], "selected_option": picked}
        assert blocks.value_of(action) == f"{about}:{menu.choices[option].value}"
        assert blocks.route_of(block["accessory"]["action_id"]) == "b.owner"


def test_danger_is_asked_about_in_its_own_words() -> None:
    sure = c.Confirm("Erase?", "All answers go.", "Erase", "Keep")
    button = only(c.buttons(c.Button("Erase", "p.erase", "1", c.Style.DANGER, sure)))["elements"][0]
    assert (button["style"], button["confirm"]["style"], button["confirm"]["deny"]["text"]) == (
        "danger",
        "danger",
        "Keep",
    )


def test_a_card_without_parts_still_says_its_summary() -> None:
    assert only() == {"type": "section", "text": {"type": "mrkdwn", "text": "Something", "verbatim": True}}


def test_an_image_that_cannot_be_fetched_is_described() -> None:
    assert only(c.Image("file:///secret", "A calendar"))["elements"][0]["text"] == "A calendar"
    assert only(c.Image("https://care.example/x.png", ""))["alt_text"] == "–"


def test_a_search_offers_its_choices() -> None:
    offered = blocks.options([c.Choice("1", c.Typed("*Ana*"))])
    assert offered == {"options": [{"text": {"type": "plain_text", "text": "*Ana*", "emoji": False}, "value": "1"}]}
