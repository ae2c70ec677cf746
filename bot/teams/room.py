"""How much Teams takes of one card, and how it is measured."""

import json
from collections.abc import Iterator

from bot.text import Json, size

# Teams names 28 KB of UTF-16 for a card; some of it is left for the activity the card travels in.
MOST = 13_500  # units of two bytes
ROW = 6  # buttons that are seen side by side; the others would be behind “…”
CHOICES = 5_000  # units of one menu
NOTE = 250  # room for the line that says what is left out


def sent(thing: object) -> int:
    """The length of the JSON in UTF-16 units."""
    return size(json.dumps(thing, ensure_ascii=False))


def fitting(things: list[Json], most: int) -> int:
    """How many of these, from the first, fit together."""
    if sent(things) <= most:
        return len(things)
    for index, thing in enumerate(things):
        most -= sent(thing) + 2
        if most < 0:
            return index
    return len(things)


def rows(actions: list[Json]) -> Iterator[list[Json]]:
    """Rows of buttons that are all seen, none so large that a card could not take it."""
    while actions:
        count = max(1, min(ROW, fitting(actions[:ROW], MOST // 3)))
        yield actions[:count]
        actions = actions[count:]
