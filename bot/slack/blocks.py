"""Card and Form ↔ Block Kit: the one door to how Slack shows things and says what was done."""

from collections.abc import Iterable

from bot.card import Card, Choice, Text, Typed
from bot.slack.choices import chosen, offered
from bot.slack.forms import answers, context, errors, modal
from bot.slack.page import SECTION, Page
from bot.slack.room import HOME, MESSAGE, MODAL, Surface
from bot.slack.text import Json, plain_text, summary

__all__ = [
    "answers",
    "context",
    "errors",
    "home",
    "message",
    "modal",
    "options",
    "route_of",
    "value_of",
    "without_charts",
]


def message(card: Card) -> Json:
    """A card as `text` and `blocks`: for posting, updating, ephemerals and response URLs."""
    return {"text": summary(card.summary, SECTION), "blocks": _laid_out(card, MESSAGE)}


def home(card: Card) -> Json:
    """A card as somebody's Home."""
    return {"type": "home", "blocks": _laid_out(card, HOME)}


def _laid_out(card: Card, surface: Surface) -> list[Json]:
    page = Page(surface)
    for part in card.parts:
        page.show(part)
    if not page.blocks:
        page.show(Text((card.summary,) if isinstance(card.summary, str) else card.summary))
    return page.laid_out()


def without_charts(rendered: Json) -> Json:
    """The same message or Home for a workspace that refuses charts: titles over the sentences that stay."""
    return {**rendered, "blocks": [_titled(block) for block in rendered["blocks"]]}


def _titled(block: Json) -> Json:
    if block["type"] != "data_visualization":
        return block
    return {"type": "section", "text": plain_text(Typed(block["title"]), SECTION)}


def options(choices: Iterable[Choice]) -> Json:
    """What a search field offers, as the answer to a suggestion request."""
    return offered(choices, MODAL)[0]


def route_of(action_id: str) -> str:
    """The route an action belongs to."""
    route, mark, _number = action_id.rpartition("#")
    return route if mark else action_id


def value_of(action: Json) -> str:
    """What a tapped button is about; for a menu that, a colon, and what was chosen."""
    if action.get("type") != "static_select":
        return str(action.get("value") or "")
    return f"{route_of(str(action.get('block_id', '')))}:{chosen(action.get('selected_option'))}"
