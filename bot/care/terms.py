"""The terms of an engagement as a form asks them: what it offers, and how its answers are read and checked."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from functools import lru_cache
from typing import Any

from bot.care.kpis import TEMPLATES
from bot.care.people import PersonRow
from bot.care.working import parse_time, parse_zone

LONGEST_ROLE, LONGEST_BOTTLENECK = 120, 1000
YEARS = range(1990, 2100)  # a slip of the keyboard outside of them


class Problem(StrEnum):
    """Why an answer needs another look."""

    NEEDED = "needed"
    LONG = "long"
    NO_DATE = "no date"
    ENDS_FIRST = "ends first"
    OVER = "over"
    NO_COUNTRY = "no country"
    NO_ZONE = "no zone"
    NO_DAY = "no day"
    NO_TIME = "no time"
    SAME_TIME = "same time"
    SAME_PERSON = "same person"
    NOT_HERE = "not here"
    TWICE = "twice"
    NO_TEMPLATE = "no template"


@dataclass(frozen=True, slots=True)
class Clock:
    """When a contractor works, as agreed. `zone` is IANA, "" as in their profile; `days` ISO weekdays."""

    zone: str
    days: str
    starts: time
    ends: time


def clock_of(person: PersonRow) -> Clock:
    """When somebody works, as it is known now: a zone only if it was told."""
    return Clock(person.zone if person.zone_told else "", person.days, person.starts, person.ends)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a form says of an engagement, people left out. `clock` is None where the contractor keeps their own."""

    role: str
    bottleneck: str
    starts_on: date
    ends_on: date | None
    jurisdiction: str
    channel: str
    template: str
    clock: Clock | None


def read(fields: Mapping[str, Any], today: date) -> tuple[Terms | None, dict[str, Problem]]:
    """A form's answers as terms, or what is wrong by field; `today` is the contractor's date."""
    wrong: dict[str, Problem] = {}
    terms = Terms(
        role=_words(fields, "role", LONGEST_ROLE, wrong),
        bottleneck=_words(fields, "bottleneck", LONGEST_BOTTLENECK, wrong),
        starts_on=_day(fields, "starts_on", wrong) or date.min,
        ends_on=_day(fields, "ends_on", wrong, optional=True),
        jurisdiction=_one_of(fields, "jurisdiction", countries(), Problem.NO_COUNTRY, wrong),
        channel=_text(fields, "channel"),
        template=_one_of(fields, "template", TEMPLATES, Problem.NO_TEMPLATE, wrong),
        clock=_clock(fields, wrong) if "opens" in fields else None,
    )
    if terms.ends_on is not None and "starts_on" not in wrong:
        if terms.ends_on < terms.starts_on:
            wrong["ends_on"] = Problem.ENDS_FIRST
        elif terms.ends_on < today:
            wrong["ends_on"] = Problem.OVER
    return (None if wrong else terms), wrong


def _text(fields: Mapping[str, Any], name: str) -> str:
    return str(fields.get(name) or "").strip()


def _words(fields: Mapping[str, Any], name: str, longest: int, wrong: dict[str, Problem]) -> str:
    text = _text(fields, name)
    if not text:
        wrong[name] = Problem.NEEDED
    elif len(text) > longest:
        wrong[name] = Problem.LONG
    return text


def _day(fields: Mapping[str, Any], name: str, wrong: dict[str, Problem], optional: bool = False) -> date | None:
    text = _text(fields, name)
    if not text and optional:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = date.max
    if found.year not in YEARS:
        wrong[name] = Problem.NO_DATE
        return None
    return found


def _one_of(
    fields: Mapping[str, Any], name: str, known: Container[str], problem: Problem,
    wrong: dict[str, Problem],
) -> str:  # fmt: skip
    text = _text(fields, name)
    if text and text not in known:
        wrong[name] = problem
    return text


def _clock(fields: Mapping[str, Any], wrong: dict[str, Problem]) -> Clock:
    zone, opens, closes = _text(fields, "zone"), _time(fields, "opens", wrong), _time(fields, "closes", wrong)
    if zone and parse_zone(zone) is None:
        wrong["zone"] = Problem.NO_ZONE
    given = fields.get("days") or ()
    days = "".join(
        sorted({one for one in (given.split(",") if isinstance(given, str) else given) if one in set("1234567")})
    )
    if not days:
        wrong["days"] = Problem.NO_DAY
    if opens == closes and "opens" not in wrong and "closes" not in wrong:
        wrong["closes"] = Problem.SAME_TIME
    return Clock(parse_zone(zone) or "", days, opens, closes)


def _time(fields: Mapping[str, Any], name: str, wrong: dict[str, Problem]) -> time:
    found = parse_time(_text(fields, name))
    if found is None:
        wrong[name] = Problem.NO_TIME
    return found or time(0)


# -- what a form offers -------------------------------------------------------------------------------

_CONTINENTS = frozenset(
    ["Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"]
)  # the other names of the database are old or technical
_NO_COUNTRY = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})  # territories of CLDR that are none


@lru_cache(maxsize=1)
def zones() -> tuple[str, ...]:
    """The IANA zones that people live in, sorted, so that each continent's stand together; UTC last."""
    from zoneinfo import available_timezones

    return (*sorted(zone for zone in available_timezones() if zone.partition("/")[0] in _CONTINENTS), "UTC")


@lru_cache(maxsize=1)
def countries() -> frozenset[str]:
    """The ISO 3166 codes of all countries and territories (source: CLDR, through Babel)."""
    from babel import Locale

    known = (str(code) for code in Locale("en").territories)
    return frozenset(code for code in known if len(code) == 2 and code not in _NO_COUNTRY)
