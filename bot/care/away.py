"""Away, and when somebody works: what makes such a thing valid, and how absences add up."""

from collections.abc import Iterable, Sequence
from datetime import date, time, timedelta
from enum import StrEnum
from functools import lru_cache

from sqlmodel import Field, SQLModel

from bot.care.occurrences import DAY

LONGEST = timedelta(days=366)  # nobody plans further; a clock that runs in working hours has to end somewhere
BACKDATED = timedelta(days=31)  # who fell ill says so afterwards, and those days are days away too
LISTED = 12  # absences to come that a card names
KEPT = timedelta(days=14)  # what was held back longer ago than this nobody needs to be shown

Period = tuple[date, date]  # local dates, both inclusive


class AwayPeriodRow(SQLModel):
    """Some days on which somebody is away; no reason, ever. Local dates of their own zone, both inclusive."""

    id: int | None = Field(default=None, primary_key=True)
    person_id: int
    first: date
    last: date


class Wrong(StrEnum):
    """What is not right about what was filled in."""

    MISSING = "missing"
    BACKWARDS = "backwards"
    PAST = "past"
    TOO_EARLY = "too early"
    TOO_LONG = "too long"
    NO_DAYS = "no days"
    NO_HOURS = "no hours"
    REGION = "region"


def wrong_period(first: date | None, last: date | None, today: date) -> dict[str, Wrong]:
    """What is wrong with an absence, by field: its `first` and `last` day."""
    if first is None or last is None:
        return {name: Wrong.MISSING for name, day in (("first", first), ("last", last)) if day is None}
    if last < first:
        return {"last": Wrong.BACKWARDS}
    if last < today:
        return {"last": Wrong.PAST}
    if first < today - BACKDATED:
        return {"first": Wrong.TOO_EARLY}
    return {"last": Wrong.TOO_LONG} if last > today + LONGEST else {}


def wrong_resume(day: date | None, today: date) -> Wrong | None:
    """What is wrong with the day on which a mute is to end."""
    if day is None:
        return Wrong.MISSING
    if day <= today:
        return Wrong.PAST
    return Wrong.TOO_LONG if day > today + LONGEST else None


def wrong_hours(
    zone: str | None, days: Sequence[str], starts: time | None, ends: time | None, country: str, region: str
) -> dict[str, Wrong]:
    """What is wrong with somebody's working hours, by field. An end before the start is on the next day."""
    found = {
        name: Wrong.MISSING for name, given in (("zone", zone), ("starts", starts), ("ends", ends)) if given is None
    }
    if not days:
        found["days"] = Wrong.NO_DAYS
    if starts is not None and starts == ends:
        found["ends"] = Wrong.NO_HOURS
    if region and region not in regions(country):
        found["region"] = Wrong.REGION
    return found


@lru_cache(maxsize=256)
def regions(country: str) -> tuple[str, ...]:
    """The parts of a country (ISO 3166) whose public holidays are known by themselves, such as "BY" of "DE"."""
    from holidays import list_supported_countries  # here, because importing it takes longer than all of the above

    known: dict[str, list[str]] = list_supported_countries()
    return tuple(known.get(country, ()))


def joined(periods: Iterable[Period]) -> list[Period]:
    """The same days in as few absences as possible, in order."""
    found: list[Period] = []
    for first, last in sorted(periods):
        if found and first <= found[-1][1] + DAY:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def back(periods: Iterable[Period], today: date) -> list[Period]:
    """Back today: an absence that runs now ends yesterday, or never was; those to come stay."""
    found: list[Period] = []
    for first, last in periods:
        if first <= today <= last:
            found += [(first, today - DAY)] if first < today else []
        else:
            found.append((first, last))
    return joined(found)


def without(periods: Iterable[Period], unwanted: Period) -> list[Period]:
    """An absence that will not be; the others stay."""
    return [period for period in periods if period != unwanted]


def ahead(periods: Iterable[Period], today: date) -> list[Period]:
    """The absences that run now or are to come, in order."""
    return [period for period in joined(periods) if period[1] >= today]
