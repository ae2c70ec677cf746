"""Adaptive Cards as Teams takes them: what there is in one, and what is wrong with it. Pure."""

import json
import re
from collections.abc import Iterator

from bot.demo.organisation import Json

ADAPTIVE = "application/vnd.microsoft.card.adaptive"
LARGEST = 28 * 1024  # bytes of UTF-16
NEWEST = (1, 5)
SUBMITS = frozenset(("task/fetch", "messageBack", "imBack", "invoke", "signin"))  # data.msteams.type
PEOPLE = "graph.microsoft.com/users"

# Type -> what it cannot do without.
ELEMENTS: dict[str, tuple[str, ...]] = {
    "TextBlock": ("text",), "RichTextBlock": ("inlines",), "Image": ("url", "altText"), "FactSet": ("facts",),
    "Container": ("items",), "ColumnSet": ("columns",), "Column": ("items",), "ActionSet": ("actions",),
    "Table": ("columns", "rows"), "TableRow": ("cells",), "TableCell": ("items",),
    "Input.Text": ("id", "label"), "Input.Number": ("id", "label"), "Input.Date": ("id", "label"),
    "Input.Time": ("id", "label"), "Input.Toggle": ("id", "title"), "Input.ChoiceSet": ("id", "choices"),
    "ProgressBar": ("value",), "Chart.Line": ("data",), "Chart.VerticalBar": ("data",),
    "Chart.VerticalBar.Grouped": ("data",), "Chart.HorizontalBar": ("data",), "Chart.Gauge": ("value", "segments"),
}  # fmt: skip
ACTIONS: dict[str, tuple[str, ...]] = {
    "Action.Execute": ("title", "verb", "fallback"), "Action.Submit": ("title",), "Action.OpenUrl": ("title", "url"),
    "Action.ShowCard": ("title", "card"),
}  # fmt: skip
NEWER = frozenset(("Table", "ProgressBar"))  # than what every phone shows: they need a fallback, as charts do
CHILDREN = ("body", "items", "columns", "rows", "cells", "actions")


def parts(card: Json) -> Iterator[Json]:
    """Every element and action of a card, those in its ShowCards too; fallbacks are not there while they are not needed."""
    for key in CHILDREN:
        for each in card.get(key) or () if isinstance(card.get(key), list) else ():
            if isinstance(each, dict):
                if "type" in each:
                    yield each
                yield from parts(each)
    if isinstance(card.get("card"), dict):
        yield from parts(card["card"])


def inputs(card: Json) -> dict[str, Json]:
    """The inputs of a card, by id."""
    return {each["id"]: each for each in parts(card) if str(each["type"]).startswith("Input.")}


def actions(card: Json) -> list[Json]:
    """Everything that can be tapped, top to bottom."""
    return [each for each in parts(card) if str(each["type"]).startswith("Action.")]


def weight(card: Json) -> int:
    """How large Teams finds a card."""
    return len(json.dumps(card, ensure_ascii=False, separators=(",", ":")).encode("utf-16-le", "surrogatepass"))


def wrong(card: object, *, dialog: bool = False) -> list[str]:
    """Why Teams would not show a card, or not all of it; nothing when all is well."""
    if not isinstance(card, dict) or card.get("type") != "AdaptiveCard":
        return ["not an AdaptiveCard"]
    faults = [] if _version(card) else [f"version {card.get('version')!r}"]
    if weight(card) > LARGEST:
        faults.append(f"{weight(card)} bytes; {LARGEST} are the most")
    for part in parts(card):
        faults += _part(part, dialog)
    ids = [str(each.get("id")) for each in parts(card) if str(each["type"]).startswith("Input.")]
    faults += [f"two inputs are called {each!r}" for each in sorted({each for each in ids if ids.count(each) > 1})]
    return faults + _mentions(card)


def _version(card: Json) -> bool:
    found = re.fullmatch(r"(\d+)\.(\d+)", str(card.get("version", "")))
    return found is not None and (int(found[1]), int(found[2])) <= NEWEST


def _part(part: Json, dialog: bool) -> list[str]:
    kind = str(part["type"])
    needs = (ELEMENTS | ACTIONS).get(kind)
    if needs is None:
        return [f"unknown: {kind}"] if "fallback" not in part else []
    faults = [f"{kind} without {name}" for name in needs if part.get(name) in (None, "")]
    if (kind in NEWER or kind.startswith("Chart.")) and "fallback" not in part:
        faults.append(f"{kind} without fallback")
    if kind == "Action.Execute" and dialog:
        faults.append("Action.Execute in a dialog")
    if kind == "ActionSet" and len(part.get("actions") or ()) > 6:
        faults.append("more than six actions in a row")
    if kind == "Action.Submit" and (set_as := ((part.get("data") or {}).get("msteams") or {}).get("type")):
        faults += [] if set_as in SUBMITS else [f"Action.Submit of type {set_as!r}"]
    if kind == "Input.ChoiceSet":
        faults += _choices(part)
    return faults


def _choices(part: Json) -> list[str]:
    faults = [] if part.get("label") or part.get("placeholder") else ["Input.ChoiceSet without label"]
    values = [str(each.get("value")) for each in part.get("choices") or ()]
    if not values and "choices.data" not in part:
        faults.append("Input.ChoiceSet without choices")
    if len(values) != len(set(values)):
        faults.append(f"{part.get('id')} offers a value twice")
    if part.get("isMultiSelect") and any("," in each for each in values):
        faults.append(f"{part.get('id')} has a comma in a value")
    return faults


def _mentions(card: Json) -> list[str]:
    """Every mention is one that was said, and every one that was said leads somewhere."""
    entities = (card.get("msteams") or {}).get("entities") or []
    said = "\n".join(str(each.get("text", "")) for each in parts(card) if each["type"] == "TextBlock")
    faults = [f"nobody is called {each['text']}" for each in entities if each.get("text", "") not in said]
    known = {each.get("text") for each in entities}
    return faults + [f"{each} leads nowhere" for each in re.findall(r"<at>[^<]*</at>", said) if each not in known]
