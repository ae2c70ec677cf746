"""Form → card with inputs, and what was submitted → what was answered."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from bot.card import (
    AnyField,
    Bold,
    ChannelField,
    Choice,
    ChoiceField,
    DateField,
    Form,
    NumberField,
    PersonField,
    SeveralField,
    Text,
    TextField,
    TimeField,
    ToggleField,
    Typed,
)
from bot.language import _, ngettext
from bot.teams.actions import CARE, care_of, cared, coded, decoded, executed, is_plain, offered
from bot.teams.page import Page
from bot.teams.text import RED, SMALL, literal, oneline, paragraph
from bot.text import Json, clean, clip, hidden, left_out

FEW = 10  # choices that can be shown open
STATIC = 100  # choices that travel with the card; more are searched for
LONG = 1000  # of labels and hints
ANSWER = 3000  # the longest text a form takes, on any platform
ABOUT = 3000  # of a form's hidden value
FARTHEST = 1e15  # numbers beyond it lose their last digit
SEVERAL, TOGGLE = "several", "toggle"  # how an answer is read; all others are text
CONTEXT = ("channel", "message", "direct", "home")

PEOPLE = "graph.microsoft.com/users?scope=currentContext"
CHANNELS = "care.channels"
OPTIONS = "care.options/"  # and the field's id
SEARCHED = 15  # of what is found, Teams shows no more

# -- showing ---------------------------------------------------------------------------------------------


def fields_of(form: Form, page: Page, errors: Mapping[str, str], names: Mapping[str, str]) -> None:
    """Put a form's parts on a page; under each field its hint, and in red what needs another look.

    Teams shows a long form from its beginning: what is wrong farther down would be out of sight, so it is told there.
    """
    known = {field.id for field in form.fields}
    for sentence in (sentence for field, sentence in errors.items() if field not in known):
        page.add(*_red(sentence, page))
    if wrong := len(known & errors.keys()):
        page.show(Text(Bold(ngettext("{n} answer needs another look.", "{n} answers need another look.", wrong))))
    for part in form.parts:
        if not isinstance(part, AnyField):
            page.show(part)
            continue
        asked, hint = _input(part, names)
        under = [*_hinted(" ".join(filter(None, (part.hint, hint))), page), *_red(errors.get(part.id, ""), page)]
        page.add({"type": "Container", "items": [asked, *under]} if under else asked)


def submit(form: Form, context: Mapping[str, str], inline: bool) -> Json:
    """The action that sends a form. Raises ValueError if its value is too long: half of it is about another thing."""
    value = hidden(form.value, ABOUT)
    if value is None:
        raise ValueError("a form's hidden value is too long for Teams")
    kinds = {field.id: _kind(field) for field in form.fields}
    care = {**context, **cared(form.route, value), "fields": kinds}
    title = oneline(form.submit, 75)
    if inline:
        return executed(title, care | {"inline": True}) | {"style": "positive"}
    return {"type": "Action.Submit", "title": title, "style": "positive", "data": {CARE: care}}


def forget(card: Json, submitting: Json) -> Json:
    """Read answers only of the fields that found room: one that did not must not come back as empty."""
    asked = submitting["data"][CARE]["fields"]
    shown = {each.get("id") for element in card["body"] for each in (element, *element.get("items", ()))}
    for field in asked.keys() - shown:
        del asked[field]
    return card


def _kind(field: AnyField) -> str:
    match field:
        case SeveralField():
            return SEVERAL
        case ToggleField():
            return TOGGLE
        case _:
            return ""


def _hinted(hint: str, page: Page) -> list[Json]:
    return paragraph((hint,), page.mentions, SMALL, "Small") if hint else []


def _red(sentence: str, page: Page) -> list[Json]:
    return paragraph((sentence,), page.mentions, RED) if sentence else []


def _input(field: AnyField, names: Mapping[str, str]) -> tuple[Json, str]:
    """A field's input, and what its hint has to add."""
    made, hint = _element(field, names)
    made |= {"id": field.id, "label": oneline(field.label, LONG)}
    # A box that must be ticked is no question: whatever it says, a toggle may be left alone.
    if not field.optional and not isinstance(field, ToggleField):
        made |= {"isRequired": True, "errorMessage": _("Please answer this.")}
    return made, hint


def _element(field: AnyField, names: Mapping[str, str]) -> tuple[Json, str]:
    match field:
        case TextField():
            return _text(field), ""
        case NumberField():
            return _number(field), ""
        case DateField():
            return {"type": "Input.Date"} | ({"value": field.value.isoformat()} if field.value else {}), ""
        case TimeField():
            return {"type": "Input.Time"} | ({"value": field.value.strftime("%H:%M")} if field.value else {}), ""
        case ChoiceField():
            return _choice(field)
        case SeveralField():
            return _several(field)
        case ToggleField():
            return _toggle(field)
        case PersonField():
            return _searched(PEOPLE, _named(field.value, names)), ""
        case ChannelField():
            return _searched(CHANNELS, _named(field.value, names)) | {"style": "filtered"}, ""


def _text(field: TextField) -> Json:
    longest = min(max(field.longest, 1), ANSWER)
    made: Json = {"type": "Input.Text", "isMultiline": field.lines, "maxLength": longest}
    value = clean(field.value)
    if value := clip(value if field.lines else " ".join(value.split()), longest):
        made["value"] = value
    if field.placeholder:
        made["placeholder"] = oneline(field.placeholder, 150)
    return made


def _number(field: NumberField) -> Json:
    least, most = _bound(field.least, field, math.ceil), _bound(field.most, field, math.floor)
    if least is not None and most is not None and least > most:
        least = most = None
    value = _bound(field.value, field, round)
    if value is not None and ((least is not None and value < least) or (most is not None and value > most)):
        value = None
    named = {"min": least, "max": most, "value": value}
    return {"type": "Input.Number"} | {name: number for name, number in named.items() if number is not None}


def _bound(number: float | None, field: NumberField, whole: Callable[[float], int]) -> float | None:
    if number is None or not math.isfinite(number) or abs(number) > FARTHEST:
        return None
    return number if field.decimals and number != int(number) else whole(number)


def _choice(field: ChoiceField) -> tuple[Json, str]:
    if len(field.choices) > STATIC:
        now = [choice for choice in field.choices if choice.value == field.value][:1]
        return _searched(f"{OPTIONS}{field.id}", offered(tuple(now))[0]) | {"style": "filtered"}, ""
    choices, more = offered(field.choices)
    made: Json = {"type": "Input.ChoiceSet", "style": "filtered" if field.many else _style(field), "choices": choices}
    if any(choice["value"] == coded(field.value) for choice in choices):
        made["value"] = coded(field.value)
    return made | {"wrap": True}, left_out(more) if more else ""


def _several(field: SeveralField) -> tuple[Json, str]:
    # What was chosen comes back with commas between: a value with one in it would be two.
    choices, more = offered(tuple(choice for choice in field.choices if "," not in choice.value))
    made: Json = {"type": "Input.ChoiceSet", "isMultiSelect": True, "style": _style(field), "choices": choices}
    wanted = {coded(value) for value in field.values}
    if now := [choice["value"] for choice in choices if choice["value"] in wanted]:
        made["value"] = ",".join(now)
    more += sum("," in choice.value for choice in field.choices)
    return made | {"wrap": True}, left_out(more) if more else ""


def _style(field: ChoiceField | SeveralField) -> str:
    """Open choices are read as Markdown: what somebody typed is offered in a menu, which does not."""
    few = len(field.choices) <= FEW and all(is_plain(choice.label) for choice in field.choices)
    return "expanded" if few else "compact"


def _toggle(field: ToggleField) -> tuple[Json, str]:
    """A title is read as Markdown: one with marks in it is said under the box."""
    plain = is_plain(field.text)
    title = oneline(field.text if plain else field.label, LONG)
    made = {"type": "Input.Toggle", "title": title if literal(title) else _("Yes"), "wrap": True}
    return made | {"value": "true" if field.value else "false"}, "" if plain else field.text


def _searched(dataset: str, chosen: list[Json]) -> Json:
    """A list that is asked for while somebody types; what is chosen already travels along."""
    made: Json = {"type": "Input.ChoiceSet", "choices": chosen, "placeholder": _("Type to search")}
    made["choices.data"] = {"type": "Data.Query", "dataset": dataset}
    return made | ({"value": chosen[0]["value"]} if chosen else {})


def _named(value: str, names: Mapping[str, str]) -> list[Json]:
    return offered((Choice(value, Typed(names.get(value) or value)),))[0] if value else []


# -- reading ---------------------------------------------------------------------------------------------


def fields(data: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """What was answered, by field id: text ("" if nothing), or a list where several could be chosen."""
    asked = care_of(data).get("fields")
    if not isinstance(asked, dict):
        return {}
    return {str(field): _answer(kind, data.get(field)) for field, kind in asked.items()}


def _answer(kind: object, given: object) -> str | list[str]:
    text = written(given)
    if kind == SEVERAL:
        return [decoded(value) for value in text.split(",") if value]
    if kind == TOGGLE:
        return "yes" if text == "true" else ""
    return decoded(text[:ANSWER])  # more is nothing that a field of ours lets anybody type


def written(given: object) -> str:
    """An answer as text; clients send numbers and toggles as themselves or as words."""
    match given:
        case str():
            return given
        case bool():
            return "true" if given else "false"
        case float() if given.is_integer():
            return str(int(given))
        case int() | float():
            return str(given)
        case _:
            return ""


def context(data: Mapping[str, Any]) -> dict[str, str]:
    """Where a form was asked from."""
    care = care_of(data)
    return {name: str(value) for name in CONTEXT if (value := care.get(name))}


def found(choices: tuple[Choice, ...], query: str) -> list[Json]:
    """The choices that hold what was typed, those that begin with it first, as a search is answered."""
    wanted = query.casefold().strip()
    titled = [(oneline(choice.label, 75), coded(choice.value)) for choice in choices]
    hits = [(title, value) for title, value in titled if wanted in title.casefold()]
    hits.sort(key=lambda hit: not hit[0].casefold().startswith(wanted))
    return [{"title": title, "value": value} for title, value in hits[:SEARCHED]]
