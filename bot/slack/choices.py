"""What people can choose from: options, in groups where there are groups or too many."""

import math
from collections.abc import Iterable

from bot.card import Choice
from bot.slack.room import Surface
from bot.slack.text import Json, clip, hidden, plain_text

MOST = 100  # options of a menu or of a group, and groups of a menu
NOTHING = "∅"  # Slack refuses an option without a value


def offered(choices: Iterable[Choice], surface: Surface) -> tuple[Json, int]:
    """`options` or `option_groups` of a menu, and how many choices are left out of it."""
    asked = tuple(choices)
    made: dict[str, Json] = {}
    groups: dict[str, list[str]] = {}
    for choice in asked:
        value = hidden(choice.value, 150)
        if value is not None and (value := value or NOTHING) not in made:
            made[value] = {"text": plain_text(choice.label, 75), "value": value}
            groups.setdefault(choice.group, []).append(value)
    kept = list(made)[: surface.fitting(list(made.values()), surface.choices)]
    if len(kept) <= MOST and set(groups) <= {""}:
        some = [made[value] for value in kept] or [{"text": plain_text("", 75), "value": NOTHING}]
        return {"options": some}, len(asked) - len(kept)
    return _grouped(made, groups, set(kept), len(asked))


def _grouped(made: dict[str, Json], groups: dict[str, list[str]], kept: set[str], asked: int) -> tuple[Json, int]:
    parts: list[Json] = []
    for name, values in groups.items():
        members = [made[value] for value in values if value in kept]
        parts += _parts(name, members) if members else []
    parts = parts[:MOST]
    return {"option_groups": parts}, asked - sum(len(part["options"]) for part in parts)


def _parts(name: str, members: list[Json]) -> list[Json]:
    """A group of more than 100 becomes several: “America A–F”."""
    length = math.ceil(len(members) / math.ceil(len(members) / MOST))
    parts: list[Json] = []
    for start in range(0, len(members), length):
        some = members[start : start + length]
        initials = f"{some[0]['text']['text'][0]}–{some[-1]['text']['text'][0]}"
        label = name if length == len(members) else f"{clip(name, 60)} {initials}"
        parts.append({"label": plain_text(label, 75), "options": some})
    return parts


def all_of(menu: Json) -> list[Json]:
    """Every option of a menu, grouped or not."""
    return menu.get("options") or [option for group in menu["option_groups"] for option in group["options"]]


def picked(menu: Json, values: Iterable[str]) -> list[Json]:
    """The options with these values, to be shown as chosen."""
    wanted = {value or NOTHING for value in values}
    return [option for option in all_of(menu) if option["value"] in wanted]


def chosen(option: Json | None) -> str:
    """The value of an option that came back, "" for none."""
    value = str((option or {}).get("value") or "")
    return "" if value == NOTHING else value
