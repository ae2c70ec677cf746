"""Whose working hours it is, and when a clock that runs only in working hours runs out."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple, TypeAlias
from zoneinfo import available_timezones

from bot.care.occurrences import DAY, days_from, instant, local_date

Away: TypeAlias = Collection[tuple[date, date]]  # local dates, both inclusive

NO_TIME = timedelta(0)
MONDAY_TO_FRIDAY = frozenset({1, 2, 3, 4, 5})


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When a person works, on their own wall clock; an end at or before the start is on the next day."""

    zone: str  # IANA
    days: frozenset[int] = MONDAY_TO_FRIDAY  # ISO weekdays on which a shift starts
    start: time = time(9)
    end: time = time(17)
    country: str | None = None  # ISO 3166, "DE" or "DE-BY": whose public holidays are kept

    def __post_init__(self) -> None:
        if not self.days or not self.days <= frozenset(range(1, 8)):
            raise ValueError(f"working days are ISO weekdays (1-7), not {sorted(self.days)}")

    @property
    def length(self) -> timedelta:
        """One working day as the wall clock counts it."""
        return clock_span(self.start, self.end) or DAY


def clock_span(start: time, end: time) -> timedelta:
    """How long a clock takes from `start` to the next `end`: less than a day, nothing if they are equal."""
    return (datetime.combine(date.min, end) - datetime.combine(date.min, start)) % DAY


class Shift(NamedTuple):
    """One stretch of work, in UTC; it belongs to the local date on which it starts."""

    opens_at: datetime
    closes_at: datetime


def shift_on(hours: WorkingHours, day: date) -> Shift:
    """The stretch of work that starts on a local date, whether or not the person works that day."""
    last = day if hours.start < hours.end else day + DAY
    return Shift(instant(day, hours.start, hours.zone), instant(last, hours.end, hours.zone))


def works_on(hours: WorkingHours, day: date, away: Away = ()) -> bool:
    """Whether a shift starts on a local date: a working day, no public holiday, nobody away."""
    return (
        day.isoweekday() in hours.days
        and not any(first <= day <= last for first, last in away)
        and not is_holiday(hours.country, day)
    )


def shifts(hours: WorkingHours, since: datetime, away: Away = ()) -> Iterator[Shift]:
    """Every stretch of work that closes after `since`, in order; OverflowError if `away` never ends."""
    # Two days back: last night's shift may still run, and a gap at midnight can move its end one date on.
    for day in days_from(local_date(since, hours.zone) - 2 * DAY):
        if works_on(hours, day, away):
            shift = shift_on(hours, day)
            if max(since, shift.opens_at) < shift.closes_at:
                yield shift


def is_working(hours: WorkingHours, at: datetime, away: Away = ()) -> bool:
    """Whether an aware instant lies in working hours; the closing instant no longer does."""
    return next(shifts(hours, at, away)).opens_at <= at


def next_start(hours: WorkingHours, at: datetime, away: Away = ()) -> datetime:
    """The first instant at or after `at` in working hours, in UTC."""
    return max(at.astimezone(UTC), next(shifts(hours, at, away)).opens_at)


def add_working(hours: WorkingHours, start: datetime, amount: timedelta, away: Away = ()) -> datetime:
    """When a clock of `amount` (not negative) runs out, in UTC, running from `start` in working hours only.

    Elapsed time counts, whatever the wall clock does; a clock that fills the day runs out as the day closes.
    """
    now, left = start.astimezone(UTC), amount
    for opens_at, closes_at in shifts(hours, now, away):
        now = max(now, opens_at)
        if now + left <= closes_at:
            break
        left -= closes_at - now
        now = closes_at
    return now + left


def add_working_days(hours: WorkingHours, start: datetime, days: int, away: Away = ()) -> datetime:
    """When `days` whole working days have passed, in UTC: one day after Friday 15:00 is Monday 15:00."""
    return add_working(hours, start, days * hours.length, away)


def working_between(hours: WorkingHours, start: datetime, end: datetime, away: Away = ()) -> timedelta:
    """The working time that elapses between two aware instants."""
    now, end, total = start.astimezone(UTC), end.astimezone(UTC), NO_TIME
    for opens_at, closes_at in shifts(hours, now, away):
        if opens_at >= end:
            break
        reached = min(closes_at, end)
        total += max(NO_TIME, reached - max(now, opens_at))
        now = reached
    return total


def is_holiday(country: str | None, on: date) -> bool:
    """Whether a local date is a public holiday in a country ("DE") or a part of it ("DE-BY")."""
    return holiday_name(country, on) is not None


def holiday_name(country: str | None, on: date) -> str | None:
    """The English name of a public holiday; an unknown country has none, an unknown part its country's."""
    return _holidays(country.strip().upper(), on.year).get(on) if country else None


@lru_cache(maxsize=1024)
def _holidays(country: str, year: int) -> Mapping[date, str]:
    from holidays import country_holidays  # here, because importing it takes longer than all of the above

    code, _, part = country.partition("-")
    if not re.fullmatch("[A-Z]{2}", code):
        return {}
    for subdivision in (part or None, None):
        try:
            # Without a language the names would follow the environment of the server.
            return dict(country_holidays(code, subdiv=subdivision, years=year, language="en_US"))
        except NotImplementedError:  # the library's word for "never heard of it"
            continue
    return {}


_TIME = re.compile(r"(\d{1,2})(?:[:.h]?(\d{2})|h)?\s*(?:([ap])\.?m\.?)?")
_TIME_WORDS = {"noon": time(12), "midday": time(12), "midnight": time(0)}


def parse_time(text: str) -> time | None:
    """A time of day as people type it ("9:30", "0930", "9am", "14h30", "24:00"); None on nonsense."""
    text = text.strip().lower()
    found = _TIME.fullmatch(text)
    if not found:
        return _TIME_WORDS.get(text)
    hour, minute, half = int(found[1]), int(found[2] or 0), found[3]
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    elif half:
        return None
    elif (hour, minute) == (24, 0):
        hour = 0
    return time(hour, minute) if hour < 24 and minute < 60 else None


_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY_GROUPS = {
    "weekday": MONDAY_TO_FRIDAY,
    "weekend": frozenset({6, 7}),
    "daily": frozenset(range(1, 8)),
    "everyday": frozenset(range(1, 8)),
}


def parse_days(text: str) -> frozenset[int] | None:
    """ISO weekdays as typed ("Mon-Fri", "mon, wed and sat", "weekdays", "1-5"); None on nonsense."""
    text = re.sub(r"\bevery\s+day\b", "everyday", text.strip().lower())
    text = re.sub(r"\s*(?:[-–—]|\b(?:to|through)\b)\s*", "-", text)
    words = [word for word in re.split(r"[\s,;/&+]+", text) if word and word != "and"]
    spans = [_span(word) for word in words]
    return frozenset().union(*spans) if spans and all(spans) else None


def _span(word: str) -> frozenset[int]:
    """One day, a group or a span that may run over Sunday; empty on nonsense."""
    if group := _DAY_GROUPS.get(word.removesuffix("s")):
        return group
    ends = [_weekday(end) for end in word.split("-")]
    if len(ends) > 2 or 0 in ends:
        return frozenset()
    first, last = ends[0], ends[-1]
    return frozenset((first - 1 + step) % 7 + 1 for step in range((last - first) % 7 + 1))


def _weekday(word: str) -> int:
    """The ISO weekday of a name, an abbreviation or a digit; 0 on nonsense."""
    word = word.removesuffix(".").removesuffix("s")
    if re.fullmatch("[1-7]", word):
        return int(word)
    return next(
        (number for number, name in enumerate(_DAY_NAMES, start=1) if len(word) >= 2 and name.startswith(word)), 0
    )


def parse_zone(text: str) -> str | None:
    """The IANA zone a person means, whatever its capitals or spaces ("europe/lisbon"); None on nonsense."""
    return _zones().get(text.strip().replace(" ", "_").lower())


@lru_cache(maxsize=512)
def parse_language(text: str) -> str | None:
    """The language of a locale ("pt-BR" is "pt") if dates can be written in it; None on all others."""
    from babel.localedata import exists  # with the first profile, not at the start

    language = text.replace("_", "-").partition("-")[0].lower()
    return language if re.fullmatch("[a-z]{2,3}", language) and exists(language) else None


@lru_cache(maxsize=1)
def _zones() -> Mapping[str, str]:
    return {name.lower(): name for name in available_timezones()}
