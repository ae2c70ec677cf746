"""Golden hours: the window in which the team commits to answer, kept on the contractor's wall clock."""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.care.occurrences import DAY, Occurrence, falls_due, instant, local_date
from bot.care.working import NO_TIME, Shift, WorkingHours, clock_span, shift_on

SHORTEST, LONGEST = timedelta(hours=2), timedelta(hours=3)  # room for a real exchange, short enough to keep
REMINDER = timedelta(minutes=10)  # before the window opens
FURTHEST = timedelta(hours=4)  # a longer stretch would reach into somebody's night
APART = timedelta(hours=1)  # two suggestions closer than this are one suggestion
MOST = 3  # suggestions that can still be compared at a glance


class Window(NamedTuple):
    """Golden hours on one day, in UTC, named by the contractor's local date."""

    name: str
    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class GoldenHours:
    """An agreed window: ISO weekdays and wall time in the contractor's zone; it may cross midnight."""

    weekdays: frozenset[int]
    start: time
    minutes: int
    zone: str  # IANA

    @property
    def length(self) -> timedelta:
        """How long a window stays open, in elapsed time."""
        return timedelta(minutes=self.minutes)

    def windows(self, since: datetime, off: Container[date] = ()) -> Iterator[Window]:
        """Every window that closes after `since`, in order, but for the contractor's dates in `off`."""
        for day, opens_at in falls_due(self.weekdays, self.start, self.zone, since - self.length):
            if day not in off:
                yield Window(day.isoformat(), opens_at, opens_at + self.length)

    def next_window(self, after: datetime, off: Container[date] = ()) -> Window:
        """The first window that opens strictly after `after`."""
        return next(window for window in self.windows(after, off) if window.opens_at > after)

    def window_at(self, at: datetime, off: Container[date] = ()) -> Window | None:
        """The window that is open at an aware instant, if one is."""
        window = next(self.windows(at, off))
        return window if window.opens_at <= at else None

    def next_reminder(self, after: datetime, off: Container[date] = (), lead: timedelta = REMINDER) -> Occurrence:
        """The first reminder due strictly after `after`, `lead` before its window opens and named like it."""
        window = self.next_window(after + lead, off)
        return Occurrence(window.name, window.opens_at - lead)


def in_zone(golden: GoldenHours, zone: str, on: date) -> tuple[datetime, datetime]:
    """Where the window of the contractor's date `on` lies on the clock of `zone`: local start and end."""
    opens_at = instant(on, golden.start, golden.zone)
    there = ZoneInfo(zone)
    return opens_at.astimezone(there), (opens_at + golden.length).astimezone(there)


def shift_by_dst(golden: GoldenHours, team_zone: str, before: date, after: date) -> timedelta:
    """How far clock changes moved the window on the team's clock between two of the contractor's dates."""
    was, becomes = (in_zone(golden, team_zone, on)[0].replace(tzinfo=None) for on in (before, after))
    return (becomes - was) - (after - before)


def answer_due(golden: GoldenHours, asked_at: datetime, off: Container[date] = ()) -> datetime:
    """By when the team committed to answer: the close of the window open when asked, else of the next one."""
    return next(golden.windows(asked_at, off)).closes_at


def answered_within(golden: GoldenHours, asked_at: datetime, answered_at: datetime, off: Container[date] = ()) -> bool:
    """Whether the team kept its commitment for one question."""
    return answered_at <= answer_due(golden, asked_at, off)


def answer_time(golden: GoldenHours, asked_at: datetime, answered_at: datetime, off: Container[date] = ()) -> timedelta:
    """The golden hours that elapsed between a question and its answer; outside of them nobody waits."""
    total = NO_TIME
    for _, opens_at, closes_at in golden.windows(asked_at, off):
        if opens_at >= answered_at:
            break
        total += max(NO_TIME, min(closes_at, answered_at) - max(opens_at, asked_at))
    return total


class Stretch(NamedTuple):
    """How far a window reaches out of one person's working day: before it starts, after it ends."""

    before: timedelta
    after: timedelta

    @property
    def total(self) -> timedelta:
        """Both ends together."""
        return self.before + self.after


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Golden hours to propose, and honestly what they cost each side."""

    golden: GoldenHours
    mine: Stretch  # the contractor's
    theirs: Stretch  # the team's
    margin: timedelta  # from the window to the nearest end of either day; negative when somebody stretches

    @property
    def stretches(self) -> bool:
        """Whether the window leaves anybody's working day."""
        return self.margin < NO_TIME


def suggest(mine: WorkingHours, theirs: WorkingHours, on: date, length: timedelta = SHORTEST) -> tuple[Suggestion, ...]:
    """Up to three windows between a contractor's hours and the team's, the fairest first.

    Inside both working days if they share `length`, else as near to both as can be. The contractor's date
    `on` says which clock changes apply; it need not be a working day, and holidays do not matter. Fairest is
    what leaves most room to whoever has least, then what asks less of the contractor. Empty when a night
    lies in between, or when the two have no day in common.
    """
    offers = [offer for offset in (-1, 0, 1) for offer in _offers(mine, theirs, on, offset, length)]
    offers.sort(key=lambda offer: (-offer.margin, offer.mine.total))
    inside = [offer for offer in offers if not offer.stretches]
    return tuple(_distinct(inside or [offer for offer in offers if offer.margin >= -FURTHEST]))[:MOST]


def _offers(mine: WorkingHours, theirs: WorkingHours, on: date, offset: int, length: timedelta) -> Iterator[Suggestion]:
    """What one pair of working days gives: the contractor's of `on` and the team's, `offset` days later."""
    my_day, their_day = shift_on(mine, on), shift_on(theirs, on + offset * DAY)
    earliest = max(my_day.opens_at, their_day.opens_at)
    latest = min(my_day.closes_at, their_day.closes_at) - length
    # From earliest to latest it fits. Where it does not, latest comes first, and every start between the two
    # costs both sides together the same. Either way the middle treats them alike and the ends favour one.
    low, high = sorted((earliest, latest))
    for opens_at in (_half_hour(low + (high - low) / 2, mine.zone), low, high):
        window = Shift(opens_at, opens_at + length)
        starts_late = (local_date(opens_at, mine.zone) - on).days
        weekdays = frozenset(_weekday(day, starts_late) for day in mine.days if _weekday(day, offset) in theirs.days)
        if weekdays:
            start = opens_at.astimezone(ZoneInfo(mine.zone)).time()
            golden = GoldenHours(weekdays, start, length // timedelta(minutes=1), mine.zone)
            margin = min(opens_at - earliest, latest - opens_at)
            yield Suggestion(golden, _stretch(window, my_day), _stretch(window, their_day), margin)


def _stretch(window: Shift, day: Shift) -> Stretch:
    early, late = day.opens_at - window.opens_at, window.closes_at - day.closes_at
    return Stretch(max(NO_TIME, early), max(NO_TIME, late))


def _weekday(day: int, days_later: int) -> int:
    return (day - 1 + days_later) % 7 + 1


def _half_hour(at: datetime, zone: str) -> datetime:
    """The last full or half hour on the wall: a time people can remember."""
    local = at.astimezone(ZoneInfo(zone))
    return local.replace(minute=local.minute // 30 * 30, second=0, microsecond=0).astimezone(UTC)


def _distinct(offers: Iterable[Suggestion]) -> list[Suggestion]:
    """The offers whose starts are far enough apart on the clock, better ones first."""
    kept: list[Suggestion] = []
    for offer in offers:
        if all(_clock_distance(offer.golden.start, other.golden.start) >= APART for other in kept):
            kept.append(offer)
    return kept


def _clock_distance(one: time, other: time) -> timedelta:
    return min(clock_span(one, other), clock_span(other, one))
