"""Form → modal, and a submitted modal → what was answered."""

import json
import math
from collections.abc import Callable, Mapping
from decimal import Decimal

from bot.card import (
    AnyField,
    ChannelField,
    ChoiceField,
    DateField,
    Divider,
    Form,
    NumberField,
    PersonField,
    SeveralField,
    Text,
    TextField,
    TimeField,
    ToggleField,
)
from bot.language import _
from bot.slack.choices import all_of, chosen, offered, picked
from bot.slack.page import Page
from bot.slack.room import MODAL
from bot.slack.text import EMPTY, Json, clean, clip, hidden, is_channel, is_person, plain_text, size
from bot.text import left_out

FEW = 10  # choices that can be shown open
LONG = 2000  # of labels and hints
ANSWER = 3000  # the longest text Slack lets anybody type
CONTEXT = 3000
TITLE = 24
FARTHEST = 1e15  # numbers beyond it lose their last digit

# -- showing ---------------------------------------------------------------------------------------------


def modal(form: Form, context: Mapping[str, str] | None = None) -> Json:
    """A form as a modal. Raises ValueError if its hidden value is too long: half of it would be about another thing."""
    page = Page(MODAL)
    for part in form.parts:
        if isinstance(part, Text | Divider):
            page.show(part)
        else:
            page.blocks.append(_input(part))
    if not page.blocks:
        page.show(Text(EMPTY))
    return {
        "type": "modal",
        "callback_id": form.route,
        "private_metadata": _packed(form.value, context or {}),
        "title": plain_text(form.title, TITLE),
        "submit": plain_text(form.submit, TITLE),
        "close": plain_text(_("Cancel"), TITLE),
        "blocks": page.laid_out(),
    }


def _input(field: AnyField) -> Json:
    """Each field is an input block named after it; the end of its action id says how to read the answer."""
    kind, element, hint = _element(field)
    element["action_id"] = f"{field.id}#{kind}"
    # A box that must be ticked is no question: whatever it says, a toggle may be left alone.
    optional = field.optional or isinstance(field, ToggleField)
    block: Json = {"type": "input", "block_id": field.id, "label": plain_text(field.label, LONG), "element": element}
    block["optional"] = optional
    if hint := " ".join(filter(None, (field.hint, hint))):
        block["hint"] = plain_text(hint, LONG)
    return block


def _element(field: AnyField) -> tuple[str, Json, str]:
    """How the answer is read, the element, and what its hint has to add."""
    match field:
        case TextField():
            return "text", _text(field), ""
        case NumberField():
            return "number", _number(field), ""
        case DateField():
            initial: Json = {"initial_date": field.value.isoformat()} if field.value else {}
            return "date", {"type": "datepicker", **initial}, ""
        case TimeField():
            initial = {"initial_time": field.value.strftime("%H:%M")} if field.value else {}
            return "time", {"type": "timepicker", **initial}, ""
        case ChoiceField():
            return "choice", *_choice(field)
        case SeveralField():
            return "several", *_several(field)
        case ToggleField():
            return "toggle", *_toggle(field)
        case PersonField():
            initial = {"initial_user": field.value} if is_person(field.value) else {}
            return "person", {"type": "users_select", **initial}, ""
        case ChannelField():
            initial = {"initial_conversation": field.value} if is_channel(field.value) else {}
            only = {"include": ["public", "private"], "exclude_bot_users": True}
            return "channel", {"type": "conversations_select", "filter": only, **initial}, ""


def _text(field: TextField) -> Json:
    longest = min(max(field.longest, 1), ANSWER)
    element: Json = {"type": "plain_text_input", "multiline": field.lines, "max_length": longest}
    value = clean(field.value)
    if value := clip(value if field.lines else " ".join(value.split()), longest):
        element["initial_value"] = value
    if field.placeholder:
        element["placeholder"] = plain_text(field.placeholder, 150)
    return element


def _number(field: NumberField) -> Json:
    element: Json = {"type": "number_input", "is_decimal_allowed": field.decimals}
    least, most = _bound(field.least, field, math.ceil), _bound(field.most, field, math.floor)
    if least is not None and most is not None and least > most:
        least = most = None
    value = _bound(field.value, field, round)
    if value is not None and ((least is not None and value < least) or (most is not None and value > most)):
        value = None  # Slack would refuse the form
    named = {"min_value": least, "max_value": most, "initial_value": value}
    return element | {name: _digits(number) for name, number in named.items() if number is not None}


def _bound(number: float | None, field: NumberField, whole: Callable[[float], int]) -> float | None:
    if number is None or not math.isfinite(number) or abs(number) > FARTHEST:
        return None
    return number if field.decimals else whole(number)


def _digits(number: float) -> str:
    """A number without an exponent, which Slack does not read."""
    return f"{Decimal(repr(number)):f}".removesuffix(".0")


def _choice(field: ChoiceField) -> tuple[Json, str]:
    menu, more = offered(field.choices, MODAL)
    few = not field.many and "options" in menu and len(menu["options"]) <= FEW
    element: Json = {"type": "radio_buttons", **menu} if few else {"type": "static_select", **menu}
    if now := picked(menu, [field.value]):
        element["initial_option"] = now[0]
    return element, left_out(more) if more else ""


def _several(field: SeveralField) -> tuple[Json, str]:
    menu, more = offered(field.choices, MODAL)
    few = len(all_of(menu)) <= FEW
    element: Json = {"type": "checkboxes", "options": all_of(menu)} if few else {"type": "multi_static_select", **menu}
    if now := picked(menu, field.values) if field.values else []:
        element["initial_options"] = now
    return element, left_out(more) if more else ""


def _toggle(field: ToggleField) -> tuple[Json, str]:
    """What does not fit beside the box is said in full under it."""
    option = {"text": plain_text(field.text, 75), "value": "yes"}
    element: Json = {"type": "checkboxes", "options": [option]}
    if field.value:
        element["initial_options"] = [option]
    return element, field.text if size(clean(field.text)) > 75 else ""


def _packed(value: str, context: Mapping[str, str]) -> str:
    """The context as JSON in the first line, the value as it is after it."""
    first = json.dumps(dict(context), separators=(",", ":"))
    about = hidden(value, CONTEXT - len(first) - 1)
    if about is None:
        raise ValueError("a form's hidden value is too long for Slack")
    return f"{first}\n{about}"


# -- reading ---------------------------------------------------------------------------------------------


def context(view: Json) -> tuple[str, dict[str, str]]:
    """A modal's hidden value, and what it was opened with."""
    first, _line, value = str(view.get("private_metadata") or "").partition("\n")
    return value, json.loads(first) if first else {}


def answers(view: Json) -> dict[str, str | list[str]]:
    """What was answered, by field id: text ("" if nothing), or a list where several could be chosen."""
    values = (view.get("state") or {}).get("values") or {}
    return {
        field: _answer(action_id.rpartition("#")[2], state)
        for field, elements in values.items()
        for action_id, state in elements.items()
    }


def _answer(kind: str, state: Json) -> str | list[str]:
    match kind:
        case "several":
            return [value for option in state.get("selected_options") or () if (value := chosen(option))]
        case "toggle":
            return "yes" if state.get("selected_options") else ""
        case "choice":
            return chosen(state.get("selected_option"))
        case "person" | "channel":
            return str(state.get("selected_user") or state.get("selected_conversation") or "")
        case _:
            return str(state.get("value") or state.get("selected_date") or state.get("selected_time") or "")


def errors(form_errors: Mapping[str, str]) -> Json:
    """A sentence under each field that needs another look, as the answer to a submission."""
    sentences = {field: clip(clean(sentence), LONG) or EMPTY for field, sentence in form_errors.items()}
    return {"response_action": "errors", "errors": sentences}
