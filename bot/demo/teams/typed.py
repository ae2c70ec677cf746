"""What the inputs of a card hold: as it was sent, as somebody filled it in, and what the client finds wrong with it. Pure."""

import re
from collections.abc import Mapping

from bot.demo.organisation import Json
from bot.demo.teams.cards import inputs

MISSING = "This field is required."


def initial(part: Json) -> str:
    """What an input holds before anybody touches it."""
    if part["type"] == "Input.Toggle":
        return str(part.get("value", part.get("valueOff", "false")))
    return "" if part.get("value") is None else str(part["value"])


def now(card: Json, typed: Mapping[str, str]) -> dict[str, str]:
    """What every input holds."""
    return {name: typed.get(name, initial(part)) for name, part in inputs(card).items()}


def held(card: Json, typed: Mapping[str, str]) -> dict[str, str]:
    """What the client sends: an empty text as it is, anything else that is empty not at all."""
    kinds = inputs(card)
    return {
        name: value for name, value in now(card, typed).items() if value != "" or kinds[name]["type"] == "Input.Text"
    }


def wrong_inputs(card: Json, typed: Mapping[str, str]) -> dict[str, str]:
    """What the client refuses before it sends: required inputs left empty, what is out of bounds."""
    known = inputs(card)
    wrong = {name: _wrong(known[name], value) for name, value in now(card, typed).items()}
    return {name: sentence for name, sentence in wrong.items() if sentence}


def _wrong(part: Json, value: str) -> str:
    said = str(part.get("errorMessage") or "")
    if not value or (part["type"] == "Input.Toggle" and value == part.get("valueOff", "false")):
        return (said or MISSING) if part.get("isRequired") else ""
    match part["type"]:
        case "Input.Number":
            return "" if _within(part, value) else said or "That number will not do."
        case "Input.Date":
            return "" if re.fullmatch(r"\d{4}-\d\d-\d\d", value) else said or "That is no date."
        case "Input.Time":
            return "" if re.fullmatch(r"\d\d:\d\d", value) else said or "That is no time of day."
        case "Input.Text" if part.get("regex"):
            return "" if re.search(part["regex"], value) else said or "That will not do."
        case "Input.ChoiceSet" if "choices.data" not in part:
            offered = {str(each["value"]) for each in part["choices"]}
            given = value.split(",") if part.get("isMultiSelect") else [value]
            return "" if offered.issuperset(given) else "Choose one of what is offered."
    return ""


def _within(part: Json, value: str) -> bool:
    try:
        number = float(value)
    except ValueError:
        return False
    least, most = part.get("min"), part.get("max")
    return (least is None or number >= least) and (most is None or number <= most)
