"""What Teams refuses, and what it would read as markup: for cards and forms alike."""

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft6Validator

from bot import card as c
from tests.blockkit import Json, boxes, strings, units
from tests.demo_conformance import SCHEMAS

MOST = 28 * 1024  # bytes of UTF-16
SCHEMA = SCHEMAS / "teams" / "adaptive-card-1.5.schema.json"
EXTENSIONS = {"Chart.Line", "Chart.VerticalBar", "Chart.VerticalBar.Grouped", "ProgressBar"}
NEWER = EXTENSIONS | {"Table", "Action.Execute"}  # than 1.2, beyond which not every client can be relied on
KNOWN = NEWER | {
    "AdaptiveCard", "TextBlock", "RichTextBlock", "TextRun", "FactSet", "Image", "Container", "ActionSet", "TableRow",
    "TableCell", "Action.Submit", "Action.OpenUrl", "Action.ShowCard", "Input.Text", "Input.Number", "Input.Date",
    "Input.Time", "Input.Toggle", "Input.ChoiceSet", "Data.Query", "mention", "task/fetch",
}  # fmt: skip
LIVE = re.compile(r"<at>[^<>]*</at>|\[[^\[\]]*\]\(https?://[^()\s]*\)")
MARKUP = re.compile(r"[*_~`\[\]\\|<#]|^\s*[-+>]\s|^\s*\d+[.)]\s", re.MULTILINE)
MARK = "¤"  # what somebody typed begins with it, see `marked`


def fallen_back(thing: Any) -> Any:
    """A copy as a client shows it that knows Adaptive Cards 1.5 and nothing of Teams' own."""
    if isinstance(thing, list):
        return [fallen_back(each) for each in thing]
    if not isinstance(thing, dict):
        return thing
    if thing.get("type") in EXTENSIONS:
        return fallen_back(thing["fallback"])
    kept = {key: fallen_back(value) for key, value in thing.items() if key not in ("choices.data", "msteams")}
    return kept | {"style": "compact"} if kept.get("style") == "filtered" else kept


@cache
def validator() -> Draft6Validator:
    """The published schema; skipped where it is not there, required in CI."""
    if not SCHEMA.is_file():
        if os.environ.get("CI"):
            pytest.fail(f"CONFORMANCE_SCHEMAS does not hold the schemas: {SCHEMAS}")
        pytest.skip(f"no schemas in {SCHEMAS}: set CONFORMANCE_SCHEMAS")
    return Draft6Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def validate(card: Json) -> None:
    """What the card falls back to is of the published types."""
    validator().validate(fallen_back(card))


def faults(card: Json) -> Iterator[str]:
    """Everything in a card that Teams would refuse, clip or misread."""
    if 2 * units(json.dumps(card, ensure_ascii=False)) > MOST:
        yield "too large"
    json.dumps(card, ensure_ascii=False).encode()  # no half of a surrogate pair anywhere
    ids = Counter(box["id"] for box in boxes(card) if str(box.get("type")).startswith("Input."))
    yield from (f"{each} twice" for each, count in ids.items() if count > 1)
    yield from (f"{each} is taken" for each in ids if each in ("care", "msteams"))
    for box in boxes(card):
        yield from element(box)
    yield from markup(card)
    yield from mentions(card)


def element(box: Json) -> Iterator[str]:
    """What one element must have."""
    kind = box.get("type")
    if kind is not None and kind not in KNOWN:
        yield f"unknown {kind}"
    if kind in NEWER and "fallback" not in box:
        yield f"{kind} without a fallback"
    if kind == "TextBlock" and not box.get("wrap"):
        yield "text that is cut off"
    if kind == "Image" and not box["altText"].strip():
        yield "an image without words"
    if kind == "ActionSet" and not 0 < len(box["actions"]) <= 6:
        yield "buttons behind “…”"
    if kind in ("TextBlock", "TextRun") and box["text"] == "":
        yield "empty text"
    if kind == "RichTextBlock" and not "".join(run["text"] for run in box["inlines"]).strip():
        yield "an empty paragraph"
    if str(kind).startswith("Action.") and not box["title"].strip():
        yield "an action without a title"
    if kind == "Input.ChoiceSet" and "value" in box:
        offered = {choice["value"] for choice in box["choices"]}
        values = box["value"].split(",") if box.get("isMultiSelect") else [box["value"]]
        yield from (f"chosen {value} is no choice" for value in values if value not in offered)


def read_as_markdown(card: Json) -> Iterator[str]:
    """Every text in which Teams looks for Markdown."""
    for box in boxes(card):
        kind = box.get("type")
        if kind == "TextBlock":
            yield box["text"]
        elif kind == "FactSet":
            yield from (text for fact in box["facts"] for text in (fact["title"], fact["value"]))
        elif kind == "Input.Toggle":
            yield box["title"]
        elif kind == "Input.ChoiceSet" and box.get("style", "compact") == "expanded":
            yield from (choice["title"] for choice in box["choices"])


def markup(card: Json) -> Iterator[str]:
    """Markup that is not a mention or a link of ours, and times and mentions where none can be."""
    yield from (f"markup in {text!r}" for text in read_as_markdown(card) if MARKUP.search(LIVE.sub("", text)))
    shown = [text for key, text in strings(card) if key not in ("value", "url", "route", "verb", "id", "user")]
    yield from (f"a time in {text!r}" for text in shown if "{{" in text)
    runs = [box["text"] for box in boxes(card) if box.get("type") == "TextRun"]
    yield from (f"a mention in {text!r}" for text in runs if "<at" in text.lower())


def mentions(card: Json) -> Iterator[str]:
    """Who is mentioned is mentioned somewhere, under a text of their own."""
    entities = card.get("msteams", {}).get("entities", [])
    told = "\n".join(box["text"] for box in boxes(card) if box.get("type") == "TextBlock")
    found = set(re.findall(r"<at>[^<>]*</at>", told))
    if found - {each["text"] for each in entities}:
        yield "a mention of nobody"
    if len({each["text"] for each in entities}) < len(entities):
        yield "two people under one text"
    yield from (f"{each['text']} is not on the card" for each in entities if each["text"] not in told)


def marked(thing: Any) -> Any:
    """The same card or form, with a mark on everything that somebody typed."""
    if isinstance(thing, c.Typed):
        return c.Typed(MARK + thing.text)
    if isinstance(thing, c.Text):
        return c.Text(marked(thing.line), small=thing.small)
    if isinstance(thing, tuple):
        return tuple(marked(each) for each in thing)
    if is_dataclass(thing) and not isinstance(thing, type) and type(thing).__module__ == "bot.card":
        return type(thing)(**{field.name: marked(getattr(thing, field.name)) for field in fields(thing)})
    return thing


def typed(thing: Any) -> Iterator[str]:
    """Everything in a card that somebody typed."""
    if isinstance(thing, c.Typed):
        yield thing.text
    elif isinstance(thing, tuple):
        for each in thing:
            yield from typed(each)
    elif is_dataclass(thing) and not isinstance(thing, type):
        for field in fields(thing):
            yield from typed(getattr(thing, field.name))
