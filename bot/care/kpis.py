"""KPIs: what was agreed to be measured, how a reading stands against its target, where a line of them is going."""

import math
import re
from calendar import monthrange
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlmodel import Field, SQLModel

FEWEST, MOST = 3, 5  # KPIs of one role: fewer say little, more blur what counts
CAP = 150.0  # percent: beyond it one runaway number would hide all the others
SHOWN = 12  # periods of a trend
STEADY_WITHIN = 5.0  # percentage points that are noise rather than a trend
RECENT = 3  # readings on each side of a comparison
LARGEST = 1e9
EARLIEST = date(2000, 1, 1)  # a reading from before is a slip of the pen
CARRIED = timedelta(days=31)  # a monthly reading stands in the weeks until the next one


class Kind(StrEnum):
    OUTPUT = "output"  # deliverables, quality, volume, deadlines
    INPUT = "input"  # the rhythm that leads there


class Direction(StrEnum):
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    CLOSE_TO = "close_to"


class Cadence(StrEnum):
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class Trend(StrEnum):
    """Where attainment is going; since it is read against the target, rising is better whatever the direction."""

    RISING = "rising"
    STEADY = "steady"
    FALLING = "falling"


class KpiRow(SQLModel):
    """One KPI, of an engagement or of a role template. Without words of its own it has those of `standard`."""

    id: int | None = Field(default=None, primary_key=True)
    engagement_id: int | None = None
    template: str = ""  # the role template it belongs to, where it is of no engagement
    standard: str = ""  # key of a KPI of ours, whose name and unit are translated
    name: str = ""
    unit: str = ""
    kind: str = Kind.OUTPUT
    target: float
    direction: str = Direction.AT_LEAST
    cadence: str = Cadence.MONTHLY
    stopped: bool = False  # no longer used; its readings stay


class KpiReadingRow(SQLModel):
    """What was measured on a day, against the target of that time: a new target never rewrites the past."""

    kpi_id: int
    day: date
    value: float
    target: float
    recorded_by_id: int | None = None  # None: imported
    recorded_at: datetime


class Standard(NamedTuple):
    """A KPI of ours; its name and unit are words of this key."""

    key: str
    kind: Kind
    target: float
    direction: Direction
    cadence: Cadence


_LEAST, _MOST, _OUT, _IN = Direction.AT_LEAST, Direction.AT_MOST, Kind.OUTPUT, Kind.INPUT
_WEEK, _MONTH = Cadence.WEEKLY, Cadence.MONTHLY
_ON_TIME = Standard("on_time", _OUT, 90, _LEAST, _MONTH)
_ACCEPTED = Standard("accepted", _OUT, 85, _LEAST, _MONTH)
_DRAFTS = Standard("drafts", _IN, 1, _LEAST, _WEEK)

# Role -> what such work is usually measured by: results, and the rhythm that leads there; never presence.
TEMPLATES: Mapping[str, tuple[Standard, ...]] = {
    "software": (
        _ACCEPTED,
        _ON_TIME,
        Standard("defects", _OUT, 2, _MOST, _MONTH),
        Standard("cycle", _IN, 5, _MOST, _WEEK),
        _DRAFTS,
    ),
    "data": (
        _ACCEPTED,
        _ON_TIME,
        Standard("wrong_figures", _OUT, 1, _MOST, _MONTH),
        Standard("first_finding", _IN, 3, _MOST, _WEEK),
        _DRAFTS,
    ),
    "design": (
        Standard("two_rounds", _OUT, 80, _LEAST, _MONTH),
        _ON_TIME,
        Standard("buildable", _OUT, 80, _LEAST, _MONTH),
        _DRAFTS,
    ),
    "writing": (
        Standard("texts", _OUT, 4, _LEAST, _MONTH),
        Standard("two_rounds", _OUT, 80, _LEAST, _MONTH),
        Standard("corrections", _OUT, 1, _MOST, _MONTH),
        _DRAFTS,
    ),
    "support": (
        Standard("solved", _OUT, 40, _LEAST, _WEEK),
        Standard("first_answer_solves", _OUT, 70, _LEAST, _WEEK),
        Standard("satisfaction", _OUT, 4.5, _LEAST, _MONTH),
        Standard("first_answer", _IN, 4, _MOST, _WEEK),
        Standard("guides", _IN, 2, _LEAST, _MONTH),
    ),
    "operations": (
        Standard("without_rework", _OUT, 95, _LEAST, _MONTH),
        _ON_TIME,
        Standard("restored", _OUT, 8, _MOST, _MONTH),
        Standard("improvements", _IN, 1, _LEAST, _MONTH),
        Standard("progress_notes", _IN, 1, _LEAST, _WEEK),
    ),
}


# -- one reading --------------------------------------------------------------------------------------


def attainment(value: float, target: float, direction: str) -> float:
    """How much of the target a reading reaches, in percent from 0 to CAP; 100 exactly where the target is met.

    At least: value / target. At most: target / value. Close to: what the distance leaves of 100.
    """
    if direction == Direction.CLOSE_TO:
        return max(0.0, 100 - 100 * abs(value - target) / target) if target else 100.0 * (value == 0)
    whole, part = (target, value) if direction == Direction.AT_LEAST else (value, target)
    if whole <= 0:  # at most 0, and it is 0; or nothing at all where something is the most
        return 100.0 if part <= 0 else CAP
    return min(CAP, max(0.0, 100 * (part / whole)))  # in this order a target that is met is 100, never 99.99…


def number(typed: str, decimal: str, group: str) -> float | None:
    """A number from 0 to LARGEST as people write it, with these signs; None where it could be read in two ways.

    A group sign is taken only where three digits end the groups (in India those before have two), so that “1,5” is never fifteen.
    """
    text = re.sub(r"\s|’", "'", typed.strip())
    groups = "|".join(re.escape(sign) for sign in {group, "'"} if sign.strip() and sign != decimal)
    whole = rf"\d{{1,3}}(?:(?:{groups})\d{{2,3}})*(?:{groups})\d{{3}}|\d+"
    if not re.fullmatch(rf"(?:{whole})(?:{re.escape(decimal)}\d+)?", text, re.ASCII):
        return None
    value = float(re.sub(groups, "", text).replace(decimal, "."))
    return value if math.isfinite(value) and value <= LARGEST else None


# -- agreeing on one -----------------------------------------------------------------------------------


class Problem(StrEnum):
    """Why a KPI cannot be kept as it was asked for."""

    NO_NAME = "no_name"
    TAKEN = "taken"
    NO_UNIT = "no_unit"
    NO_NUMBER = "no_number"
    ZERO = "zero"


class Wanted(NamedTuple):
    """A KPI as it was asked for; an empty name or unit of one of ours means ours."""

    name: str
    unit: str
    kind: Kind
    target: float | None
    direction: Direction
    cadence: Cadence


def problems(wanted: Wanted, standard: str, others: Collection[str]) -> dict[str, Problem]:
    """What is wrong, by field; `others` are the names there are already."""
    found: dict[str, Problem] = {}
    if not (wanted.name or standard):
        found["name"] = Problem.NO_NAME
    elif wanted.name.casefold() in {other.casefold() for other in others}:
        found["name"] = Problem.TAKEN
    if not (wanted.unit or standard):
        found["unit"] = Problem.NO_UNIT
    if wanted.target is None:
        found["target"] = Problem.NO_NUMBER
    elif wanted.target == 0 and wanted.direction != Direction.AT_MOST:
        found["target"] = Problem.ZERO  # nothing is a share of "at least 0"
    return found


# -- periods -------------------------------------------------------------------------------------------


class Period(NamedTuple):
    """An ISO week or a calendar month, both ends included."""

    cadence: Cadence
    start: date
    end: date

    def holds(self, day: date) -> bool:
        """Whether a day is in it."""
        return self.start <= day <= self.end


def period(cadence: Cadence, day: date) -> Period:
    """The week or month a day is in."""
    if cadence == Cadence.WEEKLY:
        start = day - timedelta(days=day.weekday())
        return Period(cadence, start, start + timedelta(days=6))
    return Period(cadence, day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))


def periods(cadence: Cadence, until: date, count: int = SHOWN) -> tuple[Period, ...]:
    """The last periods, oldest first, the one of `until` being the last."""
    found = [period(cadence, until)]
    while len(found) < count:
        found.append(period(cadence, found[-1].start - timedelta(days=1)))
    return tuple(reversed(found))


def shown_since(today: date) -> date:
    """The first day whose reading can stand in a trend."""
    return min(periods(cadence, today)[0].start for cadence in Cadence) - CARRIED


# -- several readings ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one KPI stands; `latest` and `attained` (percent) are None while there is no reading."""

    kpi: KpiRow
    latest: KpiReadingRow | None = None
    attained: float | None = None
    trend: Trend | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """A kind's mean attainment, period by period (percent; None: no reading), and where it is going."""

    kind: Kind
    periods: tuple[Period, ...]
    attained: tuple[float | None, ...]
    trend: Trend | None

    @property
    def points(self) -> list[tuple[Period, float]]:
        """The periods with a reading."""
        return [(at, value) for at, value in zip(self.periods, self.attained, strict=True) if value is not None]


def trend(attained: Sequence[float]) -> Trend | None:
    """Whether the last readings stand higher than those before them; None for fewer than two."""
    some = min(RECENT, len(attained) // 2)
    if not some:
        return None
    change = (sum(attained[-some:]) - sum(attained[-2 * some : -some])) / some
    if abs(change) < STEADY_WITHIN:
        return Trend.STEADY
    return Trend.RISING if change > 0 else Trend.FALLING


def standing(kpi: KpiRow, readings: Sequence[KpiReadingRow], today: date) -> Standing:
    """Where a KPI stands, from its readings in any order."""
    if not readings:
        return Standing(kpi)
    latest = max(readings, key=lambda one: one.day)
    line = [_at(kpi, readings, at) for at in periods(Cadence(kpi.cadence), today)]
    attained = attainment(latest.value, latest.target, kpi.direction)
    return Standing(kpi, latest, attained, trend([value for value in line if value is not None]))


def course(
    kind: Kind, kpis: Sequence[KpiRow], readings: Mapping[int, Sequence[KpiReadingRow]], today: date
) -> Course | None:
    """A kind's trend, by weeks where any of its KPIs was measured weekly; None while it has no reading in sight.

    Only where one of that cadence was measured: what else still stands would show no more than that it is missing.
    """
    mine = [one for one in kpis if one.kind == kind and readings.get(one.id or 0)]
    for cadence in (Cadence.WEEKLY, Cadence.MONTHLY):
        spans = periods(cadence, today)
        days = [reading.day for one in mine if one.cadence == cadence for reading in readings[one.id or 0]]
        line = [
            _mean([_at(one, readings[one.id or 0], at) for one in mine]) if any(map(at.holds, days)) else None
            for at in spans
        ]
        known = [index for index, value in enumerate(line) if value is not None]
        if known:
            kept = slice(known[0], known[-1] + 1)
            return Course(kind, spans[kept], tuple(line[kept]), trend([value for value in line if value is not None]))
    return None


def _at(kpi: KpiRow, readings: Sequence[KpiReadingRow], at: Period) -> float | None:
    """What a KPI attained in a period: its newest reading there, or its monthly one that still stands."""
    since = at.start if kpi.cadence == at.cadence else at.end - CARRIED
    inside = [one for one in readings if since <= one.day <= at.end]
    if not inside:
        return None
    newest = max(inside, key=lambda one: one.day)
    return attainment(newest.value, newest.target, kpi.direction)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
