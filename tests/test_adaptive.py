"""Teams never refuses a card and never reads what people typed as anything but words."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import assume, given, settings

from bot import card as c
from bot.language import speaking
from bot.teams import adaptive
from bot.text import JOINER, clean, visible
from tests import adaptive as teams
from tests import blockkit
from tests.blockkit import Json, boxes, strings, thorough
from tests.test_words import EXAMPLES, each_example

MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
NASTY = "<at>Mo</at> **b** _i_ [l](https://evil.example) {{DATE(2026-11-23T09:30:00Z)}} # h"


def shown(*parts: c.Part, **more: Any) -> list[Json]:
    """The elements of a message with these parts."""
    made: list[Json] = adaptive.message(c.card("Something", *parts), **more)["body"]
    return made


def only(*parts: c.Part, **more: Any) -> Json:
    """The one element of a message."""
    (element,) = shown(*parts, **more)
    return element


def told(element: Json) -> str:
    """An element's words."""
    return "".join(text for key, text in strings(element) if key == "text")


# -- nothing is refused ----------------------------------------------------------------------------------------


@each_example
def test_teams_takes_every_example(name: str) -> None:
    for asks in (adaptive.never, lambda _route: True):
        made = EXAMPLES[name]()
        cards = [adaptive.dialog(made, {}), adaptive.inline(made, {})] if isinstance(made, c.Form) else (
            [adaptive.message(made, asks), adaptive.message(made, asks, home=True)])  # fmt: skip
        assert [list(teams.faults(card)) for card in cards] == [[], []]
        assert "more not shown" not in json.dumps(cards)


@each_example
def test_every_example_is_of_the_published_types(name: str) -> None:
    made = EXAMPLES[name]()
    drawn = adaptive.dialog(made, {}) if isinstance(made, c.Form) else adaptive.message(made)
    teams.validate(drawn)


@each_example
def test_nothing_of_a_button_is_cut_off(name: str) -> None:
    made = EXAMPLES[name]()
    drawn = adaptive.dialog(made, {}) if isinstance(made, c.Form) else adaptive.message(made)
    titles = [box["title"] for box in boxes(drawn) if str(box.get("type")).startswith("Action.")]
    assert [title for title in titles if title.endswith("…") and blockkit.units(title) > 70] == []


@thorough
@given(blockkit.cards)
def test_teams_never_refuses_a_card(card: c.Card) -> None:
    made = adaptive.message(card)
    assert list(teams.faults(made)) == []
    assert 0 < blockkit.units(adaptive.summary(card)) <= 1000


@settings(thorough, max_examples=50)
@given(blockkit.cards)
def test_every_card_is_of_the_published_types(card: c.Card) -> None:
    teams.validate(adaptive.message(card, lambda route: len(route) % 2 == 0))


# -- what people typed -----------------------------------------------------------------------------------------


@thorough
@given(blockkit.cards)
def test_nothing_that_teams_reads_as_markdown_was_typed(card: c.Card) -> None:
    assume(teams.MARK not in str(card))
    made = adaptive.message(teams.marked(card))
    assert [text for text in teams.read_as_markdown(made) if teams.MARK in text] == []


@thorough
@given(blockkit.cards)
def test_nothing_typed_is_lost_without_a_word(card: c.Card) -> None:
    def bare(text: str) -> str:
        return "".join(clean(text).replace(JOINER, "").split())

    said = [part for part in card.parts if isinstance(part, c.Text | c.Heading | c.Facts | c.Buttons)]
    made = adaptive.message(replace(card, parts=tuple(said)))
    everything = "\n".join(text for _key, text in strings(made))
    if said and "…" not in everything and "more not shown" not in everything:
        readable = bare(everything)
        about = [typed for part in said if isinstance(part, c.Buttons) and not part.row for typed in teams.typed(part)]
        assert [
            text
            for text in teams.typed(tuple(said))
            if visible(text) and bare(text) not in readable and text not in about
        ] == []


def test_typed_words_are_shown_letter_by_letter() -> None:
    element = only(c.Text("Ana says {what}", what=c.Typed(NASTY)))
    assert element["type"] == "RichTextBlock"
    assert [run["text"].replace(JOINER, "") for run in element["inlines"]] == ["Ana says ", NASTY]
    assert not {"<at>", "</at>", "{{"} & {live for live in ("<at>", "</at>", "{{") if live in told(element)}


def test_our_own_line_is_a_text_block_unless_something_in_it_is_markup() -> None:
    assert only(c.Text("Kept. I ask again.")) == {"type": "TextBlock", "text": "Kept. I ask again.", "wrap": True}
    for marked in ("care_admin", "2 * 3", "1. first", "- so", "a <b>", "see https://care.example", "two\nlines", "a|b"):
        assert only(c.Text(marked))["type"] == "RichTextBlock", marked


def test_a_time_is_the_readers_own_in_their_words() -> None:
    when = c.Text("Until {end}", end=c.When(MONDAY, "Europe/Berlin", ("America/New_York",)))
    assert only(when)["text"] == "Until Mon 23 Nov, 10:30 Berlin / Mon 23 Nov, 04:30 New York"
    with speaking("de"):
        assert only(when)["text"].startswith("Until Mo. 23 Nov., 10:30 Berlin")
    assert only(when, locale="de")["text"].startswith("Until Mo. 23 Nov.")


def test_somebody_is_mentioned_by_name_and_told_apart() -> None:
    who = [c.Mention("29:a", "Ana [x]"), c.Mention("29:b", "Ana x"), c.Mention("29:a", "Ana [x]")]
    made = adaptive.message(c.card("", *[c.Text("Meet {who}", who=one) for one in who]))
    entities = made["msteams"]["entities"]
    assert [(each["text"], each["mentioned"]["id"]) for each in entities] == [
        ("<at>Ana x</at>", "29:a"), (f"<at>Ana x{JOINER}</at>", "29:b"),
    ]  # fmt: skip
    assert [element["text"] for element in made["body"]] == [
        "Meet <at>Ana x</at>", f"Meet <at>Ana x{JOINER}</at>", "Meet <at>Ana x</at>",
    ]  # fmt: skip


def test_beside_typed_words_a_mention_is_a_name_and_a_link_a_button() -> None:
    line = c.line(
        "{m}{t}{l}", m=c.Mention("29:a", "Ana"), t=c.Typed(" says "), l=c.Link("this", "https://care.example")
    )
    words, links = shown(c.Text(line))
    assert [(run["text"], run.get("weight")) for run in words["inlines"]] == [
        ("@Ana", "Bolder"), (" says ", None), ("this", None),
    ]  # fmt: skip
    assert links["actions"] == [{"type": "Action.OpenUrl", "title": "this", "url": "https://care.example"}]


def test_a_link_cannot_break_out_of_its_markup() -> None:
    link = c.Text("{l}", l=c.Link("a]b", "https://care.example/(x)"))
    assert only(link)["text"] == "[a b](https://care.example/%28x%29)"
    assert only(c.Text("{l}", l=c.Link("ok", "javascript:alert(1)")))["text"] == "ok"


def test_facts_are_columns_until_somebody_typed_one() -> None:
    assert only(c.facts(("Round", "12"), ("Since", "")))["facts"] == [
        {"title": "Round", "value": "12"}, {"title": "Since", "value": "–"},
    ]  # fmt: skip
    first, second = shown(c.facts(("Project", c.Typed("*x*")), ("Round", "1")))
    assert [run["text"] for run in first["inlines"]] == ["Project", ": ", "*x*"]
    assert (second["type"], second["spacing"]) == ("RichTextBlock", "Small")
    assert only(c.facts(("Manager", c.Mention("29:m", "Mo"))))["text"] == "Manager: <at>Mo</at>"


def test_a_typed_heading_is_as_large_and_reads_no_markdown() -> None:
    own, typed = only(c.Heading("Blockers")), only(c.Heading(c.Typed("**x**")))
    assert (own["type"], own["style"], own["size"]) == ("TextBlock", "heading", "Large")
    assert (typed["inlines"][0]["text"], typed["inlines"][0]["size"]) == ("**x**", "Large")


def test_the_notification_is_words_alone() -> None:
    assert (
        adaptive.summary(c.card(c.line("{x} said", x=c.Typed("<at>*Mo*</at>"))))
        == f"<{JOINER}at>*Mo*<{JOINER}/at> said"
    )


# -- too much --------------------------------------------------------------------------------------------------


def test_long_text_ends_after_a_word() -> None:
    for text in (told(only(c.Text("forty-two " * 900))), told(only(c.Text(c.Typed("forty-two " * 900))))):
        assert blockkit.units(text) <= 4000
        assert text.endswith("forty-two…")


def test_what_does_not_fit_is_counted_and_buttons_come_before_text() -> None:
    made = shown(*[c.Text("word " * 500) for _ in range(9)], c.buttons(c.Button("Resolve", "b.resolve", "1")))
    assert made[-2]["type"] == "ActionSet"
    assert made[-1]["text"] == f"{10 - (len(made) - 1)} more not shown"


def test_choices_beyond_what_a_card_holds_are_counted() -> None:
    people = tuple(c.Choice(str(i), f"{i} {'name ' * 12}") for i in range(300))
    menu, note = shown(c.Select("Owner", "b.owner", people))
    offered = menu["items"][0]["choices"]
    assert 20 < len(offered) < 300
    assert note["text"] == f"{300 - len(offered)} more not shown"


def test_of_a_row_too_large_for_a_card_most_stays() -> None:
    made = shown(c.buttons(*[c.Button(str(i), "x.y", str(i) * 1200) for i in range(6)]))
    kept = [action for element in made[:-1] for action in element["actions"]]
    assert 2 < len(kept) < 6
    assert "more not shown" in made[-1]["text"]


def test_a_button_that_would_be_about_half_a_value_is_left_out() -> None:
    row, note = shown(c.buttons(c.Button("A", "x.a", "v" * 2001), c.Button("B", "x.b", "w")))
    assert [action["title"] for action in row["actions"]] == ["B"]
    assert note["text"] == "1 more not shown"


def test_only_who_is_still_on_a_shortened_card_is_mentioned() -> None:
    texts = [c.Text(c.line("{m} {x}", m=c.Mention(f"29:{i}", f"Ana {i}"), x="word " * 400)) for i in range(20)]
    made = adaptive.message(c.card("", *texts))
    assert list(teams.faults(made)) == []
    assert 0 < len(made["msteams"]["entities"]) == len(made["body"]) - 1 < 20


def test_a_divider_is_the_upper_edge_of_what_follows() -> None:
    first, second = shown(c.Text("a"), c.Divider(), c.Text("b"), c.Divider())
    assert ("separator" in first, second["separator"]) == (False, True)


# -- numbers ---------------------------------------------------------------------------------------------------


def pulse(*series: tuple[c.Label, tuple[float | None, ...]], weeks: int = 3, kind: str = "line") -> c.Chart:
    weeks_ = tuple(f"W{i}" for i in range(weeks))
    return c.Chart("Pulse", weeks_, series, ("Mood rose.",), c.ChartKind(kind), x_label="Week")


def test_a_line_chart_never_invents_a_number_and_names_the_gap() -> None:
    chart, sentence, gaps, more = shown(pulse(("Mood", (3, None, 5)), ("Load", (1, 2, 4)), ("Empty", (None,))))
    assert (chart["type"], chart["title"], chart["showTitle"], chart["xAxisTitle"]) == (
        "Chart.Line",
        "Pulse",
        True,
        "Week",
    )
    assert chart["data"] == [
        {"legend": "Mood", "values": [{"x": "W0", "y": 3}, {"x": "W2", "y": 5}]},
        {"legend": "Load", "values": [{"x": "W0", "y": 1}, {"x": "W1", "y": 2}, {"x": "W2", "y": 4}]},
    ]
    assert (sentence["text"], sentence["isSubtle"]) == ("Mood rose.", True)
    assert (told(gaps), more["text"]) == ("No number for: W1", "1 more not shown")


def test_bars_stand_alone_or_in_groups() -> None:
    alone = shown(pulse(("Mood", (1, None, 3)), kind="bar"))[0]
    assert (alone["type"], alone["data"]) == ("Chart.VerticalBar", [{"x": "W0", "y": 1}, {"x": "W2", "y": 3}])
    grouped = shown(pulse(("Mood", (1, 2, 3)), ("Load", (3, 2, 1)), kind="bar"))[0]
    assert (grouped["type"], [one["legend"] for one in grouped["data"]]) == (
        "Chart.VerticalBar.Grouped",
        ["Mood", "Load"],
    )


def test_a_line_keeps_its_newest_points() -> None:
    points = shown(pulse(("Mood", tuple(range(30))), weeks=30))[0]["data"][0]["values"]
    assert [point["x"] for point in points] == [f"W{i}" for i in range(10, 30)]


def test_where_there_are_no_charts_title_and_sentence_are_read_once() -> None:
    for chart in (pulse(("Mood", (1, 2, 3))), pulse(("Mood", (None, float("nan"))))):
        words = json.dumps(teams.fallen_back(adaptive.message(c.card("Chart", chart))))
        assert (words.count("Pulse"), words.count("Mood rose.")) == (1, 1)


def test_progress_says_its_number_and_falls_back_to_a_bar_of_text() -> None:
    label, bar = shown(c.Progress("Milestones", 3, 5))
    assert told(label) == "Milestones 60 %"
    assert (bar["type"], bar["value"], bar["max"], bar["fallback"]["text"]) == (
        "ProgressBar",
        60,
        100,
        "▓▓▓▓▓▓░░░░ 60 %",
    )


def test_a_table_falls_back_to_a_line_for_each_row() -> None:
    caption, table = shown(
        c.Table("Milestones", ("Name", "Due"), (((c.Typed("<b>"),), (c.Bold("late"),)), ((), ("Friday",))))
    )
    assert told(caption) == "Milestones"
    assert [[told(cell) for cell in row["cells"]] for row in table["rows"]] == [
        ["Name", "Due"], ["<b>", "late"], ["–", "Friday"],
    ]  # fmt: skip
    assert [told(line) for line in table["fallback"]["items"]] == ["Name: <b> · Due: late", "Name: – · Due: Friday"]


def test_long_tables_say_how_many_rows_are_missing() -> None:
    made = shown(c.Table("Rows", ("Name",), tuple(((f"row {i}",),) for i in range(130))))
    kept = len(made[1]["rows"]) - 1
    assert 20 < kept < 130
    assert made[2]["text"] == f"{130 - kept} more not shown"


# -- what people can do ----------------------------------------------------------------------------------------


def test_a_tap_comes_back_as_its_route_and_value() -> None:
    row = shown(c.buttons(*[c.Button("A", "pulse.answer", f"e:{i}") for i in range(14)]))
    assert [len(element["actions"]) for element in row] == [6, 6, 2]
    pressed = [action for element in row for action in element["actions"]]
    assert {(action["type"], action["verb"]) for action in pressed} == {("Action.Execute", "pulse.answer")}
    for data in ("data", "fallback"):
        sent = [action[data] if data == "data" else action[data]["data"] for action in pressed]
        assert [adaptive.value_of(one) for one in sent] == [f"e:{i}" for i in range(14)]
        assert {adaptive.route_of(one) for one in sent} == {"pulse.answer"}


def test_a_button_that_asks_opens_a_dialog() -> None:
    row = c.buttons(c.Button("Report", "/blocker"), c.Button("Hi", "x.hi"))
    report, hi = only(row, asks=lambda route: route == "/blocker")["actions"]
    assert (report["type"], report["data"]["msteams"]) == ("Action.Submit", {"type": "task/fetch"})
    assert adaptive.route_of(report["data"]) == "/blocker"
    assert hi["type"] == "Action.Execute"


def test_buttons_of_a_home_say_so() -> None:
    row = c.buttons(c.Button("A", "x.a"))
    assert only(row, home=True)["actions"][0]["data"]["care"]["home"] is True
    assert "home" not in only(row)["actions"][0]["data"]["care"]


@pytest.mark.parametrize("about", ["42", "", "a#b:c", "<é>"])
def test_a_choice_comes_back_with_what_it_is_about(about: str) -> None:
    menu = c.Select("Owner", "b.owner", (c.Choice("", "Nobody"), c.Choice("p:1", "Ana")), about, "p:1")
    first, second = shown(menu, menu)
    asked, act = first["items"][0], first["items"][1]["actions"][0]
    assert (asked["label"], asked["style"], asked["value"], act["title"]) == ("Owner", "compact", "p:1", "Choose")
    assert asked["id"] != second["items"][0]["id"]
    for choice, value in zip(asked["choices"], ("", "p:1"), strict=True):
        data = act["data"] | {asked["id"]: choice["value"]}
        assert (adaptive.route_of(data), adaptive.value_of(data)) == ("b.owner", f"{about}:{value}")


def test_a_choice_that_asks_opens_a_dialog_with_what_was_chosen() -> None:
    menu = only(c.Select("KPI", "kpis.edit", (c.Choice("1", "Quality"),), "e:7"), asks=lambda _route: True)
    asked, act = menu["items"][0], menu["items"][1]["actions"][0]
    assert act["data"]["msteams"] == {"type": "task/fetch"}
    assert adaptive.value_of(act["data"] | {asked["id"]: "1"}) == "e:7:1"
    assert adaptive.chose_nothing(act["data"])  # where nothing is how it stands, nothing is chosen beforehand
    assert "value" not in asked


def test_a_menu_that_holds_how_something_stands_is_read_with_any_tap_on_its_card() -> None:
    pair = (c.Choice("care", "Care"), c.Choice("", "Nobody"))
    menu, row = shown(c.Select("Seen by", "p.seen", pair, "7", "care", holds=True), c.buttons(c.Button("Go", "p.go")))
    asked, own, tap = menu["items"][0], menu["items"][1]["actions"][0], row["actions"][0]
    left = {asked["id"]: asked["choices"][1]["value"]}
    assert adaptive.held(tap["data"] | left) == [("p.seen", "7:")]
    assert adaptive.held(own["data"] | left) == []
    assert adaptive.held(tap["data"] | {asked["id"]: asked["value"]}) == []
    assert adaptive.held(tap["data"]) == []


def test_the_present_answer_is_not_told_by_colour_alone() -> None:
    about, row = shown(c.buttons(c.Button("3", "pulse.answer", "e:3", chosen=True), about="How was your week?"))
    assert (about["text"], row["actions"][0]["title"], row["actions"][0]["style"]) == (
        "How was your week?",
        "✓ 3",
        "positive",
    )


def test_danger_is_asked_about_in_its_own_words() -> None:
    sure = c.Confirm("Erase?", "All answers go.", "Erase", "Keep")
    shows = only(c.buttons(c.Button("Erase", "p.erase", "1", c.Style.DANGER, sure)))["actions"][0]
    title, text, row = shows["card"]["body"]
    assert (shows["type"], shows["style"], told(title), told(text)) == (
        "Action.ShowCard",
        "destructive",
        "Erase?",
        "All answers go.",
    )
    (yes,) = row["actions"]
    assert (yes["type"], yes["title"], adaptive.value_of(yes["data"])) == ("Action.Execute", "Erase", "1")


def test_a_card_without_parts_still_says_its_summary() -> None:
    assert only()["text"] == "Something"


def test_an_image_that_cannot_be_fetched_is_described() -> None:
    assert only(c.Image("file:///secret", "A calendar"))["text"] == "A calendar"
    assert only(c.Image("https://care.example/x.png", ""))["altText"] == "–"


@pytest.mark.parametrize("data", [{}, {"care": None}, {"care": []}, {"care": {"route": 1, "value": [], "pick": {}}}])
def test_what_is_not_ours_is_about_nothing(data: Json) -> None:
    assert (adaptive.route_of(data), adaptive.value_of(data), adaptive.fields(data)) == ("", "", {})
    assert adaptive.context(data) == {}
