"""When a wall-clock schedule falls due: a local time on some weekdays in an IANA zone, as UTC instants."""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
WIDEST_MOVE = timedelta(hours=26)  # from UTC−12 to UTC+14: no change of zone puts a clock forward by more


class WallTime(NamedTuple):
    """A schedule as people say it; `next_occurrence(*wall_time, after)` reads it."""

    weekdays: frozenset[int]  # ISO: Monday is 1, Sunday is 7
    at: time
    zone: str


class Occurrence(NamedTuple):
    """One falling due. Its name (local date or ISO week) goes into the ledger key, so it happens once."""

    name: str
    due_at: datetime  # UTC


def instant(day: date, at: time, zone: str) -> datetime:
    """The UTC instant of a local time: a gap moves it forward by its length, an overlap takes the first."""
    return datetime.combine(day, at, tzinfo=ZoneInfo(zone)).replace(fold=0).astimezone(UTC)


def iso_week(day: date) -> str:
    """The ISO week of a local date, such as "2026-W48"; later weeks sort after earlier ones."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def week_before(week: str) -> str:
    """The ISO week before this one."""
    year, number = week.split("-W")
    return iso_week(date.fromisocalendar(int(year), int(number), 1) - DAY)


def local_date(at: datetime, zone: str) -> date:
    """The date on the wall in `zone` at an aware instant."""
    return at.astimezone(ZoneInfo(zone)).date()


def days_from(day: date) -> Iterator[date]:
    """`day` and every day after it; OverflowError at the end of the calendar."""
    while True:
        yield day
        day += DAY


def falls_due(weekdays: Collection[int], at: time, zone: str, since: datetime) -> Iterator[tuple[date, datetime]]:
    """Every (local date, UTC instant) of the schedule strictly after `since`, in order."""
    if not any(1 <= weekday <= 7 for weekday in weekdays):
        raise ValueError(f"a schedule needs an ISO weekday (1-7), not {weekdays!r}")
    # Yesterday counts too: a gap at midnight can move yesterday evening's occurrence into today.
    for day in days_from(local_date(since, zone) - DAY):
        if day.isoweekday() in weekdays and (due_at := instant(day, at, zone)) > since:
            yield day, due_at


def next_occurrence(weekdays: Collection[int], at: time, zone: str, after: datetime) -> Occurrence:
    """The first occurrence strictly after the aware instant `after`, named by its local date."""
    day, due_at = next(falls_due(weekdays, at, zone, after))
    return Occurrence(day.isoformat(), due_at)


def next_weekly(
    weekdays: Collection[int],
    at: time,
    zone: str,
    after: datetime,
    last_week: str | None = None,
    grace: timedelta = timedelta(0),
) -> Occurrence:
    """The next occurrence in a later ISO week than `last_week`, the last asked or skipped; named by its week.

    With `grace`, one that passed less than that before `after` is due at once (`due_at == after`): after a
    change of zone, WIDEST_MOVE keeps a clock that was put forward from losing the week.
    """
    week, due_at = next(
        (week, due_at)
        for day, due_at in falls_due(weekdays, at, zone, after - grace)
        if (week := iso_week(day)) > (last_week or "")
    )
    return Occurrence(week, max(due_at, after.astimezone(UTC)))


def missed(due_at: datetime, now: datetime, grace: timedelta) -> bool:
    """Whether it is too late to catch up: more than `grace` has passed since it was due."""
    return now - due_at > grace
