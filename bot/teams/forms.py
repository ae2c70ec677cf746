"""How a form is shown to somebody and shown again: who and what is in its lists, and what was typed kept in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from bot.card import ChannelField, Choice, Form, Label, PersonField, Typed
from bot.chat import Again, Inbound, Place
from bot.followups import context
from bot.language import speaking
from bot.teams import adaptive, inbound
from bot.teams.connector import CARD
from bot.text import Json
from bot.turns import Answer, Refusal
from bot.words import people as words

CHANNELS = "care.channels"
OPTIONS = "care.options/"  # and the id of a field
SEARCHED = (CHANNELS, f"{OPTIONS}zone", f"{OPTIONS}country")

Draw = Callable[[Form, Mapping[str, str], Mapping[str, str], Mapping[str, str]], Json]
Titled = tuple[str, Json]  # a form's title, its card


class Names(Protocol):
    """Who people are, and what the channels and group chats are called that the bot is in, whichever replica was told."""

    async def named(self, users: Sequence[str]) -> Mapping[str, str]: ...
    async def rooms(self) -> Mapping[str, str]: ...
    async def mapped(self, fields: Mapping[str, Any]) -> dict[str, Any]: ...


@dataclass
class Forms:
    """One tenant's forms."""

    people: Names

    async def submitted(self, activity: Json) -> Inbound:
        """What was answered, with our own people in it."""
        come = inbound.submitted(activity)
        return replace(come, fields=await self.people.mapped(come.fields))

    async def shown(
        self, form: Form, place: Place, locale: str, draw: Draw, errors: Mapping[str, str] = adaptive.NOBODY
    ) -> Titled:
        """A form in somebody's language, as a dialog or as a message."""
        names = await self._names(form)
        with speaking(locale):
            return form.title, draw(form, context(place), errors, names)

    async def after(self, activity: Json, come: Inbound, answer: Answer, draw: Draw) -> Titled | None:
        """The form that follows a submission: with what needs another look, the next one, or refused as it was typed."""
        match answer.outcome:
            case Again(form, errors):
                return await self.shown(form.filled(come.fields), come.place, answer.locale, draw, errors)
            case Form() as form:
                return await self.shown(form, come.place, answer.locale, draw)
            case Refusal(sentence):
                data = inbound.data_of(activity)
                return adaptive.given_back(data, sentence, await self._called(data, come.fields, answer.locale))
        return None

    async def found(self, dataset: str, query: str) -> list[Json]:
        """What a searched list offers."""
        return adaptive.found(await self._options(dataset), query)

    async def _options(self, dataset: str) -> tuple[Choice, ...]:
        if dataset == CHANNELS:
            return tuple(Choice(room, Typed(name or room)) for room, name in (await self.people.rooms()).items())
        about = dataset.removeprefix(OPTIONS)
        if about == "zone":
            return words.zone_choices()
        return words.country_choices() if about in ("country", "jurisdiction") else ()

    async def _names(self, form: Form) -> dict[str, str]:
        """How people and channels are called that are chosen already; others come with the client's own lists."""
        people = [field.value for field in form.fields if isinstance(field, PersonField) and field.value]
        known = dict(await self.people.named(people)) if people else {}
        if not any(isinstance(field, ChannelField) and field.value for field in form.fields):
            return known
        return known | {room: name for room, name in (await self.people.rooms()).items() if name}

    async def _called(self, data: Mapping[str, Any], fields: Mapping[str, Any], locale: str) -> dict[str, Label]:
        """How the values are called that somebody found in a searched list."""
        people = await self.people.named([value for value in fields.values() if isinstance(value, str) and value])
        with speaking(locale):
            lists = [await self._options(dataset) for dataset in SEARCHED]
        known: dict[str, Label] = {one.value: one.label for choices in lists for one in choices}
        return known | {str(data.get(name)): Typed(people[one]) for name, one in fields.items() if str(one) in people}


def dialog(title: str, card: Json) -> Json:
    """The answer that opens a dialog, or puts another form into the one that is open."""
    shown = {"title": title, "width": "medium", "card": {"contentType": CARD, "content": card}}
    return {"task": {"type": "continue", "value": shown}}


def told(sentence: str) -> Json:
    """The answer that says a sentence where a dialog would be."""
    return {"task": {"type": "message", "value": sentence}}
