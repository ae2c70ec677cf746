"""Golden hours: the window in which the team commits to answer, kept on the contractor's wall clock."""

from collections.abc import Collection, Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise, takewhile
from statistics import median
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlmodel import Field, SQLModel

from bot.care.engagements import EngagementRow
from bot.care.occurrences import DAY, Occurrence, falls_due, instant, local_date
from bot.care.people import PersonRow, away_on
from bot.care.working import NO_TIME, Shift, WorkingHours, clock_span, is_holiday, shift_on

SHORTEST, LONGEST = timedelta(hours=2), timedelta(hours=3)  # room for a real exchange, short enough to keep
REMINDER = timedelta(minutes=10)  # before the window opens
FURTHEST = timedelta(hours=4)  # a longer stretch would reach into somebody's night
APART = timedelta(hours=1)  # two suggestions closer than this are one suggestion
MOST = 3  # suggestions that can still be compared at a glance
LENGTHS = (120, 150, 180)  # minutes: what a form offers between SHORTEST and LONGEST
NOTICE = 7  # days before a clock change moves the window: a week in which to agree on another
LOOK_AHEAD = timedelta(days=15)  # at every reminder; a window once a week is seen to move with a whole week's notice
AS_FAR = timedelta(days=366)  # how far ahead days off are looked up


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


# -- what is agreed between two people -------------------------------------------------------------


class Status(StrEnum):
    """What became of an offer."""

    WAITING = "waiting"  # for the other side
    AGREED = "agreed"
    DECLINED = "declined"
    REPLACED = "replaced"  # a later one took its place
    STOPPED = "stopped"


class OfferRow(SQLModel):
    """Golden hours that one side put to the other: wall time in the contractor's zone. Only its status changes."""

    id: int | None = Field(default=None, primary_key=True)
    engagement_id: int
    manager_id: int  # who commits: a manager who comes later has promised nothing
    by_contractor: bool
    weekdays: str  # ISO, such as "12345"
    start: time
    minutes: int
    zone: str  # IANA
    status: str = Status.WAITING
    offered_at: datetime
    decided_at: datetime | None = None
    stopped_by: int | None = None


class QuestionRow(SQLModel):
    """A question asked in golden hours. What is measured is how long the team took, and nothing else."""

    id: int | None = Field(default=None, primary_key=True)
    engagement_id: int
    offer_id: int
    text: str
    asked_at: datetime
    due_at: datetime  # the close of the window in which the team committed to answer
    times: int = 1  # how often it was put to the manager: once, and again whenever the answer was not enough
    answered_at: datetime | None = None
    waited: int | None = None  # golden minutes from question to answer


def golden_of(offer: OfferRow) -> GoldenHours:
    """The window an offer is about."""
    return GoldenHours(frozenset(int(day) for day in offer.weekdays), offer.start, offer.minutes, offer.zone)


@dataclass(frozen=True, slots=True)
class Between:
    """An engagement as one of its two sides sees it."""

    engagement: EngagementRow
    me: PersonRow  # who reads
    other: PersonRow

    @property
    def contracting(self) -> bool:
        """Whether the contractor reads."""
        return self.me.id == self.engagement.contractor_id

    @property
    def contractor(self) -> PersonRow:
        """Who proposes and asks."""
        return self.me if self.contracting else self.other

    @property
    def manager(self) -> PersonRow:
        """Who commits and answers."""
        return self.other if self.contracting else self.me

    @property
    def people(self) -> tuple[PersonRow, PersonRow]:
        """Both, the reader first."""
        return self.me, self.other

    def waits_for_me(self, offer: OfferRow) -> bool:
        """Whether it is the reader who accepts, counters or declines."""
        return offer.status == Status.WAITING and offer.by_contractor != self.contracting


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the golden hours of an engagement stand, for one of its two sides."""

    between: Between
    agreed: OfferRow | None = None
    waiting: OfferRow | None = None
    questions: tuple[QuestionRow, ...] = ()  # open ones
    answered: tuple[QuestionRow, ...] = ()


class OnWall(NamedTuple):
    """A window as a clock shows it week after week, until clocks change."""

    weekdays: frozenset[int]
    start: time
    end: time


def on_wall(golden: GoldenHours, zone: str, on: date) -> OnWall:
    """The window on the clock of `zone`, as it is around the contractor's date `on`."""
    start, end = in_zone(golden, zone, on)
    days_later = (start.date() - on).days
    return OnWall(frozenset(_weekday(day, days_later) for day in golden.weekdays), start.time(), end.time())


def from_wall(
    weekdays: Iterable[int], start: time, minutes: int, zone: str, contractor_zone: str, on: date
) -> GoldenHours:
    """Golden hours from how they look in `zone` around its date `on`: what a manager typed, on the contractor's wall."""
    there = instant(on, start, zone).astimezone(ZoneInfo(contractor_zone))
    days_later = (there.date() - on).days
    days = frozenset(_weekday(day, days_later) for day in weekdays)
    return GoldenHours(days, there.time(), minutes, contractor_zone)


def is_off(golden: GoldenHours, day: date, people: Iterable[PersonRow]) -> bool:
    """Whether one of these is away or has a public holiday on their own date when the contractor's `day` opens."""
    opens_at = instant(day, golden.start, golden.zone)
    dates = ((one, local_date(opens_at, one.zone)) for one in people)
    return any(away_on(one, local) or is_holiday(one.country, local) for one, local in dates)


def days_off(golden: GoldenHours, people: Collection[PersonRow], since: datetime) -> frozenset[date]:
    """The contractor's dates without a window, for a year from `since`; later ones are not known yet."""
    windows = takewhile(lambda window: window.opens_at < since + AS_FAR, golden.windows(since))
    days = (date.fromisoformat(window.name) for window in windows)
    return frozenset(day for day in days if is_off(golden, day, people))


def next_move(golden: GoldenHours, zones: Collection[str], since: datetime) -> tuple[Window, Window] | None:
    """The last window before and the first after a clock change that moves it for one of `zones`, if it comes soon."""
    soon = takewhile(lambda window: window.opens_at <= since + LOOK_AHEAD, golden.windows(since))
    for before, after in pairwise(soon):
        days = date.fromisoformat(before.name), date.fromisoformat(after.name)
        if any(shift_by_dst(golden, zone, *days) for zone in zones):
            return before, after
    return None


def notice_at(golden: GoldenHours, move: Window) -> datetime:
    """When to tell of the first window that a clock change moves: a week before, on the contractor's wall clock."""
    return instant(date.fromisoformat(move.name) - NOTICE * DAY, golden.start, golden.zone)


def day_before(golden: GoldenHours, day: date) -> date:
    """The contractor's last date with a window before `day`."""
    return next(day - DAY * back for back in range(1, 8) if (day - DAY * back).isoweekday() in golden.weekdays)


def median_wait(answered: Iterable[QuestionRow]) -> timedelta | None:
    """The median answer time in golden hours; None before the first answer."""
    waited = [one.waited for one in answered if one.waited is not None]
    return timedelta(minutes=median(waited)) if waited else None


def kept(answered: Iterable[QuestionRow]) -> int:
    """How many questions were answered by the close of their window."""
    return sum(one.answered_at is not None and one.answered_at <= one.due_at for one in answered)


def back_at(person: PersonRow, now: datetime) -> datetime | None:
    """When somebody who is away or muted can be asked again; None when they can be now."""
    until = [person.muted_until] if person.muted_until and now < person.muted_until else []
    if person.away_until and away_on(person, local_date(now, person.zone)):
        until.append(instant(person.away_until + DAY, person.starts, person.zone))
    return max(until, default=None)
