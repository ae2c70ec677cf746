"""What people can tap: buttons and menus, each carrying its route in the one key that is ours."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from bot.card import Button, Choice, Confirm, Label, Select, Style
from bot.language import _
from bot.teams.room import CHOICES, fitting
from bot.teams.text import literal, oneline, runs
from bot.text import Json, clean, hidden

CARE = "care"  # of an action's data; Teams writes inputs beside it and overwrites what has the same name
PICK = "pick."  # begins the ids of menus in cards
VALUE = 2000
LABEL = 75
CHOICE = 150  # of a choice's value
FEW = 20  # choices that always fit
NOTHING = "∅"  # an empty value would mean that nothing was chosen

Asks = Callable[[str], bool]


def never(_route: str) -> bool:
    """No route opens a form."""
    return False


# -- actions ---------------------------------------------------------------------------------------------


def action(title: str, care: Json, style: Style, asks: Asks) -> Json:
    """One tap. Where its handler answers with a form it asks for a dialog, which Action.Execute cannot open."""
    route: str = care["route"]
    look = {} if style is Style.PLAIN else {"style": "destructive" if style is Style.DANGER else "positive"}
    if asks(route):
        return {"type": "Action.Submit", "title": title, "data": {"msteams": {"type": "task/fetch"}, CARE: care}} | look
    return executed(title, care) | look


def executed(title: str, care: Json) -> Json:
    """A tap that is answered in place; where that is unknown, a message with the same data."""
    data = {CARE: care}
    older = {"type": "Action.Submit", "title": title, "data": data}
    return {"type": "Action.Execute", "title": title, "verb": care["route"], "data": data, "fallback": older}


def confirmed(asked: Confirm, title: str, yes: Json, style: Style) -> Json:
    """A button that first opens a question; tapped once more it closes it again."""
    body = [
        {"type": "RichTextBlock", "inlines": runs((asked.title,), {"weight": "Bolder"})},
        {"type": "RichTextBlock", "inlines": runs((asked.text,))},
        {"type": "ActionSet", "actions": [yes]},
    ]
    look = {"style": "destructive"} if style is Style.DANGER else {}
    return {"type": "Action.ShowCard", "title": title, "card": {"type": "AdaptiveCard", "body": body}} | look


def button(made: Button, home: bool, asks: Asks) -> Json | None:
    """None if its value is too long: half a value would be about another thing."""
    value = hidden(made.value, VALUE)
    if value is None:
        return None
    title = oneline(made.label, LABEL - len("✓ "))
    style = made.style
    if made.chosen:  # never by colour alone
        title, style = f"✓ {title}", Style.MAIN if style is Style.PLAIN else style
    care = cared(made.route, value, home)
    if made.confirm is None:
        return action(title, care, style, asks)
    yes = action(oneline(made.confirm.yes, LABEL), care, style, asks)
    return confirmed(made.confirm, title, yes, made.style)


def cared(route: str, value: str, home: bool = False) -> Json:
    """What travels along unseen."""
    care: Json = {"route": route, "value": value}
    return care | {"home": True} if home else care


# -- what can be chosen ----------------------------------------------------------------------------------


def offered(choices: tuple[Choice, ...]) -> tuple[list[Json], int]:
    """The choices of a menu that fit, and how many do not."""
    made: dict[str, Json] = {}
    for choice in choices:
        value = hidden(choice.value, CHOICE)
        if value is not None and (value := coded(value)) not in made:
            made[value] = {"title": oneline(choice.label, LABEL), "value": value}
    kept = list(made.values())
    if len(kept) > FEW:
        kept = kept[: fitting(kept, CHOICES)]
    return kept, len(choices) - len(kept)


def coded(value: str) -> str:
    """A choice's value as it travels."""
    return clean(value) or NOTHING


def decoded(value: object) -> str:
    """A choice's value as it was meant."""
    return "" if value == NOTHING or value is None else str(value)


def is_plain(label: Label) -> bool:
    """Whether a label is the bot's own and reads the same where Markdown is read."""
    return isinstance(label, str) and literal(label)


def menu(part: Select, number: int, home: bool, asks: Asks) -> tuple[Json | None, int]:
    """A menu with the button that acts on what is chosen in it, and how many choices have no room."""
    about = hidden(part.value, VALUE)
    choices, more = offered(part.choices)
    if not choices or about is None:
        return None, 1
    now = coded(part.chosen)
    now = now if now in [choice["value"] for choice in choices] else ""
    pick = PICK + (json.dumps([number, part.route, about, now]) if part.holds else str(number))
    asked: Json = {"type": "Input.ChoiceSet", "id": pick, "label": oneline(part.label, 300), "style": "compact"}
    asked |= {"choices": choices, "placeholder": _("Choose…")} | ({"value": now} if now else {})
    care = cared(part.route, about, home) | {"pick": pick}
    act = {"type": "ActionSet", "actions": [action(_("Choose"), care, Style.PLAIN, asks)]}
    return {"type": "Container", "items": [asked, act]}, more


# -- reading a tap ---------------------------------------------------------------------------------------


def care_of(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is ours in an action's data; nothing if it is not there or not whole."""
    care = data.get(CARE)
    return care if isinstance(care, dict) else {}


def route_of(data: Mapping[str, Any]) -> str:
    """The route an action belongs to, "" for none of ours."""
    route = care_of(data).get("route")
    return route if isinstance(route, str) else ""


def sends_form(data: Mapping[str, Any]) -> bool:
    """Whether an action sends the form of a message."""
    return care_of(data).get("inline") is True


def held(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Route and value of each menu that holds how something stands and was left at something else, unless it was tapped itself."""
    found = []
    for pick, chosen in data.items():
        if pick.startswith(f"{PICK}[") and chosen and pick != care_of(data).get("pick"):
            _number, route, about, before = json.loads(pick.removeprefix(PICK))
            if chosen != before:
                found.append((str(route), f"{about}:{decoded(chosen)}"))
    return found


def chose_nothing(data: Mapping[str, Any]) -> bool:
    """Whether a menu's button was tapped and nothing is chosen in the menu."""
    pick = care_of(data).get("pick")
    return isinstance(pick, str) and not data.get(pick)


def value_of(data: Mapping[str, Any]) -> str:
    """What a tap is about; for a menu that, a colon, and what was chosen."""
    care = care_of(data)
    about, pick = care.get("value"), care.get("pick")
    value = about if isinstance(about, str) else ""
    return f"{value}:{decoded(data.get(pick))}" if isinstance(pick, str) else value
