"""How much Slack takes: the limits of its messages and views, and how they are measured."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.slack.text import Json, size

ROW = 25  # elements of one row of buttons
BOX = 10  # what Slack seems to count for a block or element besides its text
_BARE = frozenset({None, "plain_text", "mrkdwn"})
_UNREAD = frozenset({"type", "action_id", "block_id", "value", "url", "image_url", "style", "user_id"})


def read(thing: object) -> int:
    """What Slack counts towards a message's text: every word that can be read, and a little for its box."""
    if isinstance(thing, str):
        return size(thing)
    if isinstance(thing, dict):
        box = 0 if thing.get("type") in _BARE else BOX
        return box + sum([read(value) for key, value in thing.items() if key not in _UNREAD])
    return sum([read(each) for each in thing]) if isinstance(thing, list) else 0


def sent(thing: object) -> int:
    """The length of the JSON; never less than `read` of the same thing."""
    return len(json.dumps(thing))


@dataclass(frozen=True, slots=True)
class Surface:
    """What one message or view has room for; `most` and `choices` (of one menu) are sizes as `count` measures them."""

    blocks: int
    most: int
    choices: int
    count: Callable[[object], int]
    charts: int
    tables: int

    def fitting(self, things: list[Json], most: int) -> int:
        """How many of these, from the first, fit together."""
        if sent(things) <= most:
            return len(things)
        for index, thing in enumerate(things):
            most -= self.count(thing)
            if most < 0:
                return index
        return len(things)


# Messages have been refused between 12,000 and 13,200 characters of text; views are at 250 kB.
# The first description of tables had one a message, a later one does not say: the others become lines.
MESSAGE = Surface(blocks=50, most=12_000, choices=8_000, count=read, charts=2, tables=1)
HOME = Surface(blocks=100, most=240_000, choices=90_000, count=sent, charts=2, tables=1)
MODAL = Surface(blocks=100, most=240_000, choices=90_000, count=sent, charts=0, tables=0)


def rows(elements: list[Json]) -> Iterator[list[Json]]:
    """Rows of at most 25 elements, none so full of words that a message could not take it."""
    while elements:
        count = max(1, min(ROW, MESSAGE.fitting(elements, MESSAGE.most // 3)))
        yield elements[:count]
        elements = elements[count:]
