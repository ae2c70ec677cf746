"""What Slack refuses, as its reference has it, and arbitrary cards and forms to try it on."""

import json
import math
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from bot import card as c

Json = dict[str, Any]

MODAL_BLOCKS = {"section", "rich_text", "context", "divider", "input", "header", "image", "actions"}
PAGE_BLOCKS = MODAL_BLOCKS - {"input"} | {"table", "data_visualization"}


def units(text: str) -> int:
    """Length in UTF-16, the largest of the ways to count characters."""
    return len(text.encode("utf-16-le")) // 2


def strings(thing: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every string in some JSON with the key it stands under."""
    if isinstance(thing, str):
        yield key, thing
    elif isinstance(thing, dict):
        for name, value in thing.items():
            yield from strings(value, name)
    elif isinstance(thing, list):
        for each in thing:
            yield from strings(each, key)


def boxes(thing: Any) -> Iterator[Json]:
    """Every object in some JSON."""
    if isinstance(thing, dict):
        yield thing
        for value in thing.values():
            yield from boxes(value)
    elif isinstance(thing, list):
        for each in thing:
            yield from boxes(each)


def text_within(box: Json | None, most: int) -> bool:
    """Whether a text object says something, and not too much."""
    return box is None or (0 < units(box["text"]) <= most and box["text"].strip() != "")


def faults(blocks: list[Json], surface: str) -> Iterator[str]:
    """Everything in these blocks that Slack would refuse on "message", "home" or "modal"."""
    if not 0 < len(blocks) <= (50 if surface == "message" else 100):
        yield f"{len(blocks)} blocks"
    read = sum(units(text) for key, text in strings(blocks) if key in {"text", "alt_text", "title", "label", "name"})
    if surface == "message" and read > 13_200:
        yield f"{read} characters"
    if surface != "message" and len(json.dumps(blocks)) > 245_000:
        yield "too many bytes"
    yield from together(blocks)
    allowed = MODAL_BLOCKS if surface == "modal" else PAGE_BLOCKS
    for block in blocks:
        if block["type"] not in allowed:
            yield f"{block['type']} on {surface}"
        yield from CHECKS[block["type"]](block)
    for box in boxes(blocks):
        yield from element(box)


def together(blocks: list[Json]) -> Iterator[str]:
    """What must not be twice, or too often."""
    for name in ("block_id", "action_id"):
        ids = Counter(text for key, text in strings(blocks) if key == name)
        yield from (f"{name} {each} twice" for each, count in ids.items() if count > 1)
        yield from (f"{name} too long or empty" for each in ids if not 0 < len(each) <= 255)
    types = Counter(block["type"] for block in blocks)
    if types["data_visualization"] > 2 or types["table"] > 1:
        yield "too many charts or tables"


def section(block: Json) -> Iterator[str]:
    """Text or fields."""
    if not ("text" in block or block.get("fields")) or not text_within(block.get("text"), 3000):
        yield "section text"
    fields = block.get("fields", [])
    if len(fields) > 10 or not all(text_within(field, 2000) for field in fields):
        yield "section fields"


def field(block: Json) -> Iterator[str]:
    """An input with its label."""
    if not (text_within(block["label"], 2000) and text_within(block.get("hint"), 2000)):
        yield "input label or hint"


def rich(block: Json) -> Iterator[str]:
    """Rich text with ink in it."""
    for part in block["elements"]:
        if not part["elements"] or any(box.get("text") == "" for box in part["elements"]):
            yield "empty rich text"


def table(block: Json) -> Iterator[str]:
    """At most 100 × 20 cells, none empty, all rows alike, 10,000 characters together."""
    rows, widths = block["rows"], {len(row) for row in block["rows"]}
    if not 0 < len(rows) <= 100 or len(widths) != 1 or not 0 < max(widths) <= 20:
        yield "table shape"
    cells = [text for key, text in strings(rows) if key == "text"]
    if any(not text for text in cells) or sum(map(units, cells)) > 10_000:
        yield "table cells"
    for cell in (cell for row in rows for cell in row if cell["type"] == "rich_text"):
        yield from rich(cell)


def chart(block: Json) -> Iterator[str]:
    """Every series with a number for every category, everything named once."""
    categories, series = block["chart"]["axis_config"]["categories"], block["chart"]["series"]
    names = [one["name"] for one in series]
    if not (0 < units(block["title"]) <= 50 and 0 < len(categories) <= 20 and 0 < len(series) <= 6):
        yield "chart size"
    if len(set(categories)) < len(categories) or len(set(names)) < len(names):
        yield "chart names twice"
    if not all(0 < units(name) <= 20 for name in (*names, *categories)):
        yield "chart name length"
    if any([point["label"] for point in one["data"]] != categories for one in series):
        yield "a series misses a category"
    if not all(math.isfinite(point["value"]) for one in series for point in one["data"]):
        yield "not a number"
    if any(not 0 < units(text) <= 50 for key, text in strings(block) if key in {"x_label", "y_label"}):
        yield "axis label"


CHECKS: dict[str, Any] = {
    "section": section,
    "input": field,
    "rich_text": rich,
    "table": table,
    "data_visualization": chart,
    "header": lambda block: () if text_within(block["text"], 150) else ("header",),
    "context": lambda block: (
        ()
        if 0 < len(block["elements"]) <= 10 and all(text_within(one, 2000) for one in block["elements"])
        else ("ctx",)
    ),
    "actions": lambda block: () if 0 < len(block["elements"]) <= 25 else ("actions",),
    "image": lambda block: (
        () if 0 < units(block["alt_text"]) <= 2000 and 0 < units(block["image_url"]) <= 3000 else ("image",)
    ),
    "divider": lambda block: (),
}


def element(box: Json) -> Iterator[str]:
    """The limits of whatever can be acted on."""
    kind = box.get("type")
    if kind == "button" and not (text_within(box["text"], 75) and units(box.get("value", "x")) in range(1, 2001)):
        yield "button"
    if "confirm" in box and isinstance(box["confirm"], dict) and kind == "button":
        lengths = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
        yield from (f"confirm {key}" for key, most in lengths.items() if not text_within(box["confirm"][key], most))
    if not text_within(box.get("placeholder"), 150):
        yield "placeholder"
    if "options" in box or "option_groups" in box:
        yield from menu(box, 10 if kind in {"checkboxes", "radio_buttons"} else 100)
    if kind == "plain_text_input" and not (
        1 <= box["max_length"] <= 3000 and units(box.get("initial_value", "x")) in range(1, box["max_length"] + 1)
    ):
        yield "text field"
    if kind == "number_input":
        numbers = [float(box[key]) for key in ("min_value", "initial_value", "max_value") if key in box]
        if numbers != sorted(numbers) or "e" in "".join(
            box.get(key, "") for key in ("min_value", "initial_value", "max_value")
        ):
            yield "number field"


def menu(box: Json, most: int) -> Iterator[str]:
    """Options, each with words and a value of its own; what is preset is among them."""
    groups = box.get("option_groups") or [{"options": box["options"]}]
    offered = [option for group in groups for option in group["options"]]
    if not 0 < len(groups) <= 100 or any(not 0 < len(group["options"]) <= most for group in groups):
        yield "number of options"
    if any(not text_within(group.get("label"), 75) for group in groups):
        yield "group label"
    for option in offered:
        if not (text_within(option["text"], 75) and 0 < units(option["value"]) <= 150):
            yield "option"
    if len({option["value"] for option in offered}) < len(offered):
        yield "option value twice"
    preset = [*box.get("initial_options", []), *filter(None, [box.get("initial_option")])]
    if any(option not in offered for option in preset):
        yield "preset option"


# -- arbitrary cards and forms -------------------------------------------------------------------------------

thorough = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))

NASTY = [
    "", " ", "\n\n", "\x00", "\ud800", "\u202egnp.exe", "\u200b", "<!channel>", "<!here|x>", "@here and @channel",
    "<@U123>", "*b*", "_i_", "~s~", "`c`", "```\nx\n```", "> quote", "&lt;", "&amp;", "{{DATE}}", ":fire:", "#general",
    "<https://evil.example|ok>", "🏳️‍🌈" * 40, "👩‍💻", "שלום עולם", "مرحبا", "e\u0301" * 90, "word " * 900, "x" * 4000, "&" * 3000, "*" * 999,
]  # fmt: skip
texts = st.one_of(
    st.sampled_from(NASTY), st.text(max_size=40), st.lists(st.sampled_from(NASTY), max_size=4).map("".join)
)
ids = st.text("abcdefghij.", min_size=1, max_size=60)
typed = texts.map(c.Typed)
labels = st.one_of(texts, typed)
people = st.one_of(st.just("U0123ABC"), st.just("29:teams-id"), texts)
whens = st.builds(
    c.When,
    st.integers(0, 2_800_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    st.sampled_from(["Europe/Berlin", "Asia/Kolkata", "UTC"]),
    st.sampled_from([(), ("America/Sao_Paulo",)]),
)
urls = st.one_of(st.just("https://care.example/x?a=1&b=2"), st.just("javascript:alert(1)"), texts)
inlines = st.one_of(
    texts, typed, texts.map(c.Bold), st.builds(c.Mention, people, texts), whens, st.builds(c.Link, texts, urls)
)
lines = st.lists(inlines, max_size=5).map(tuple)
numbers = st.one_of(st.none(), st.floats(), st.integers(-(10**6), 10**6).map(float))


def many(items: st.SearchStrategy[Any], most: int, often: int = 4) -> st.SearchStrategy[Any]:
    """A tuple of a few of these, or seldom of as many as `most`."""
    few = st.lists(items, max_size=often).map(tuple)
    crowd = st.tuples(items, st.integers(often, most)).map(lambda drawn: (drawn[0],) * drawn[1])
    return st.one_of(few, few, few, crowd)


confirms = st.builds(c.Confirm, texts, texts, texts, texts)
presses = st.builds(
    c.Button, labels, ids, texts, st.sampled_from(c.Style), st.one_of(st.none(), confirms), st.booleans()
)
choices = st.one_of(
    st.lists(st.builds(c.Choice, texts, labels, st.sampled_from(["", "", "Europe", "word " * 40])), max_size=14).map(
        tuple
    ),
    st.tuples(st.integers(11, 700), texts, st.sampled_from(["", "America"])).map(
        lambda drawn: tuple(c.Choice(f"z{index}", f"{index}{drawn[1]}", drawn[2]) for index in range(drawn[0]))
    ),
)
charts = st.builds(
    c.Chart, texts, many(labels, 40, 24), many(st.tuples(labels, many(numbers, 40, 24)), 9), lines,
    st.sampled_from(c.ChartKind), texts, texts,
)  # fmt: skip
tables = st.builds(c.Table, texts, many(labels, 30), many(many(lines, 30), 150))
parts = st.one_of(
    st.builds(c.Text, lines, small=st.booleans()), labels.map(c.Heading), st.just(c.Divider()),
    many(st.tuples(labels, lines), 40).map(c.Facts), st.builds(c.Image, urls, texts), charts,
    st.builds(c.Progress, labels, st.floats(), st.floats()), tables, st.builds(c.Buttons, many(presses, 60), labels),
    st.builds(c.Select, texts, ids, choices, texts, st.sampled_from(["", "z3"])),
)  # fmt: skip
cards = st.builds(c.Card, st.one_of(texts, lines), many(parts, 120, 6))


def fields(kind: type[Any], **more: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Fields of one kind; ids are given afterwards."""
    return st.builds(kind, id=st.just(""), label=texts, hint=texts, optional=st.booleans(), **more)


asked = st.one_of(
    fields(c.TextField, value=texts, lines=st.booleans(), longest=st.integers(0, 9000), placeholder=texts),
    fields(c.NumberField, value=numbers, least=numbers, most=numbers, decimals=st.booleans()),
    fields(c.DateField, value=st.one_of(st.none(), st.just(date(2026, 11, 23)))),
    fields(c.TimeField, value=st.one_of(st.none(), st.just(time(9, 30)))),
    fields(c.ChoiceField, choices=choices, value=st.sampled_from(["", "z3"]), many=st.booleans()),
    fields(c.SeveralField, choices=choices, values=st.sampled_from([(), ("z3", "z5")])),
    fields(c.ToggleField, text=texts, value=st.booleans()),
    fields(c.PersonField, value=people),
    fields(c.ChannelField, value=st.one_of(st.just("C0123ABC"), people)),
)
forms = st.builds(
    c.Form, texts, ids, many(st.one_of(asked, st.builds(c.Text, lines), st.just(c.Divider())), 130, 5), texts,
    st.text(max_size=60),
)  # fmt: skip
