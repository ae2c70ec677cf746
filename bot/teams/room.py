"""How much Teams takes of one card, and how it is measured."""

import json
from collections.abc import Iterator

from bot.text import Json, size

# Teams names 28 KB of UTF-16 for a card; some of it is left for the activity the card travels in.
MOST = 13_500  # units of two bytes
ROW = 6  # buttons that are seen side by side; the others would be behind “…”
CHOICES = 5_000  # units of one menu
NOTE = 250  # room for the line that says what is left out

# Every card is measured whole, on the way of every tap: nothing in it holds itself.
_written = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode


def sent(thing: object) -> int:
    """The length of the JSON in UTF-16 units."""
    return size(_written(thing))


def fitting(things: list[Json], most: int) -> int:
    """How many of these, from the first, fit together."""
    if sent(things) <= most:
        return len(things)
    for index, thing in enumerate(things):
        most -= sent(thing) + 2
        if most < 0:
            return index
    return len(things)


def rows(actions: list[Json]) -> list[Json]:
    """Buttons in rows of which all are seen."""
    return [{"type": "ActionSet", "actions": actions[at : at + ROW]} for at in range(0, len(actions), ROW)]


def halved(element: Json) -> Iterator[Json]:
    """A row too large for a card, as rows of which some may fit."""
    actions = element.get("actions", ())
    if len(actions) < 2 or sent(element) <= MOST // 3:
        yield element
    else:
        middle = len(actions) // 2
        yield from halved(element | {"actions": actions[:middle]})
        yield from halved({"type": "ActionSet", "actions": actions[middle:]})
