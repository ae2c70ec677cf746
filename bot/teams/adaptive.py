"""Card and Form ↔ Adaptive Cards 1.5: the one door to how Teams shows things and says what was done."""

from collections.abc import Mapping

from bot.card import Card, Form, Heading, Text
from bot.language import speaking
from bot.teams import inputs
from bot.teams.actions import Asks, chose_nothing, held, never, route_of, sends_form, value_of
from bot.teams.inputs import context, fields, found
from bot.teams.page import Page
from bot.teams.returning import carrying, given_back
from bot.teams.text import plain_line
from bot.text import EMPTY, Json

__all__ = [
    "chose_nothing", "context", "dialog", "fields", "found", "given_back", "held", "inline", "message", "never", "route_of",
    "sends_form", "summary", "value_of",
]  # fmt: skip

SUMMARY = 1000  # a notification
NOBODY: Mapping[str, str] = {}


def message(card: Card, asks: Asks = never, home: bool = False, locale: str = "") -> Json:
    """A card as an Adaptive Card; `asks` says which routes open a form, `home` that it is somebody's Home."""
    if locale:
        with speaking(locale):
            return message(card, asks, home)
    page = Page(asks, home)
    for part in card.parts:
        page.show(part)
    if not page.body:
        page.show(Text((card.summary,) if isinstance(card.summary, str) else card.summary))
    return page.laid_out()


def summary(card: Card) -> str:
    """The notification of the activity a card travels in."""
    return plain_line((card.summary,) if isinstance(card.summary, str) else card.summary, SUMMARY)


def dialog(
    form: Form, context: Mapping[str, str], errors: Mapping[str, str] = NOBODY, names: Mapping[str, str] = NOBODY
) -> Json:
    """A form as the card of a dialog: `context` comes back with it; `names` says who the ids in it are."""

    def drawn(wrong: Mapping[str, str]) -> tuple[Json, Json]:
        page = Page()
        inputs.fields_of(form, page, wrong, names)
        if not page.body:
            page.show(Text(EMPTY))
        submitting = inputs.submit(form, context, inline=False)
        return inputs.forget(page.laid_out(actions=[submitting]), submitting), submitting

    return carrying(*drawn(errors), form.title, drawn(NOBODY)[0])


def inline(
    form: Form, context: Mapping[str, str], errors: Mapping[str, str] = NOBODY, names: Mapping[str, str] = NOBODY
) -> Json:
    """A form as a message, where no dialog can open."""

    def drawn(wrong: Mapping[str, str]) -> tuple[Json, Json]:
        page = Page()
        page.show(Heading(form.title))
        inputs.fields_of(form, page, wrong, names)
        submitting = inputs.submit(form, context, inline=True)
        page.add({"type": "ActionSet", "actions": [submitting]})
        return inputs.forget(page.laid_out(), submitting), submitting

    return carrying(*drawn(errors), form.title, drawn(NOBODY)[0])
