"""A form travels inside itself, emptied, so that whoever is refused gets it back with everything they typed."""

import json
import math
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from typing import Any

from bot.card import Choice, Label, Typed
from bot.shapes import reads
from bot.teams.actions import CARE, care_of, offered
from bot.teams.inputs import written
from bot.teams.room import MOST, sent
from bot.teams.text import RED, Mentions, paragraph
from bot.text import Json

FORM = "form"  # of what is ours in an action's data
LARGEST = 100_000  # bytes of a form unpacked: beyond that it is none of ours


def carrying(card: Json, submitting: Json, title: str, bare: Json) -> Json:
    """The card of a form with the same form, `bare` of answers and errors, in its submission; left out if too large."""
    for asked in _inputs(bare):
        asked.pop("value", None)
    packed = b64encode(zlib.compress(json.dumps([title, bare]).encode())).decode()
    if sent(card) + len(packed) * (2 if "fallback" in submitting else 1) < MOST:
        submitting["data"][CARE][FORM] = packed
    return card


@reads
def given_back(data: Mapping[str, Any], sentence: str, names: Mapping[str, Label]) -> tuple[str, Json] | None:
    """Title and card of the form that was submitted, as it was filled in, with a sentence on top; None if there is no room.

    `names` says what the values are called that were found in a searched list.
    """
    packed = care_of(data).get(FORM)
    if not packed:
        return None
    title, card = json.loads(_unpacked(packed))
    for asked in _inputs(card):
        _fill(asked, written(data.get(asked["id"])), names)
    for action in _submissions(card):
        action["data"] = {CARE: dict(care_of(data))}
    card["body"][:0] = paragraph((Typed(sentence),), Mentions(), RED)
    return (str(title), card) if sent(card) < MOST else None


def _fill(asked: Json, given: str, names: Mapping[str, Label]) -> None:
    value = _number(given) if asked["type"] == "Input.Number" else given
    if value not in ("", None):
        asked["value"] = value
    if given and "choices.data" in asked and given not in [choice["value"] for choice in asked["choices"]]:
        asked["choices"] = offered((Choice(given, names.get(given) or Typed(given)),))[0]


def _number(given: str) -> float | None:
    try:
        number = float(given)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _unpacked(packed: str) -> bytes:
    """Raises ValueError."""
    try:
        return zlib.decompressobj().decompress(b64decode(packed), LARGEST)
    except zlib.error:
        raise ValueError("not packed by us") from None


def _inputs(card: Json) -> Iterator[Json]:
    for element in card["body"]:
        for each in (element, *element.get("items", ())):
            if each["type"].startswith("Input."):
                yield each


def _submissions(card: Json) -> Iterator[Json]:
    """What sends the form, and what does where that is unknown."""
    sets = [element["actions"] for element in card["body"] if "actions" in element]
    for action in (action for row in (card.get("actions", ()), *sets) for action in row if "data" in action):
        yield action
        if "fallback" in action:
            yield action["fallback"]
