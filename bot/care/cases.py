"""The care team's check-ins: what is kept of an alert and its verdict, and what one night changes."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from enum import StrEnum
from typing import NamedTuple

from sqlmodel import Field, SQLModel

from bot.care.health import (
    ASPECT,
    CALM,
    ENTER,
    REST,
    Aspect,
    Candidate,
    Case,
    Event,
    Reason,
    Score,
    Sign,
    Signals,
    choose,
    points,
    step,
)  # fmt: skip
from bot.care.occurrences import DAY, instant

RECORD_WEEKS = 12  # over which the alerts' precision is told
NIGHT = time(2, 30)  # UTC, when everybody is looked at: the week's last answers are in, and few are tapping
LONGEST_SNOOZE = 90  # days: later, it is a new question


class State(StrEnum):
    OPEN = "open"
    SNOOZED = "snoozed"
    CLOSED = "closed"


LIVE = (State.OPEN, State.SNOOZED)


class Verdict(StrEnum):
    """What the care team found."""

    NONE = ""
    CONCERN = "concern"
    NO_CONCERN = "no_concern"


class Why(StrEnum):
    """Why an alert is over."""

    NONE = ""
    RESOLVED = "resolved"
    KNOWN = "known"  # not a concern: the care team knew
    EXPLAINED = "explained"  # not a concern: there is a harmless explanation
    MISREAD = "misread"  # not a concern: the signals say something that is not so
    CALM = "calm"  # by itself
    ENDED = "ended"  # the engagement did


NOT_A_CONCERN = (Why.KNOWN, Why.EXPLAINED, Why.MISREAD)


class HealthStandingRow(SQLModel):
    """Where one person stands with the alerts, as `care.health.Case` has it; weeks are week_number()s."""

    id: int | None = Field(default=None, primary_key=True)
    person_id: int
    is_open: bool = False
    told: str = ""  # aspects, comma-separated
    calm_since: int | None = None
    quiet_until: int = 0
    alerted_week: int = 0  # of the last alert, for the budget
    snoozed_until: date | None = None  # looked at again from this day on (UTC)


class HealthAlertRow(SQLModel):
    """One alert from its first card to its verdict. Reasons are kept as they were told and as they were last seen."""

    id: int | None = Field(default=None, primary_key=True)
    person_id: int
    raised_at: datetime
    event: str = "new"  # what the newest card is about: "new", "changed", "back" from a snooze
    notices: int = 1  # cards; only the newest has buttons
    revision: int = 0  # of what the cards show
    reasons: str = "[]"
    latest: str = "[]"
    state: str = State.OPEN
    taken_by: int | None = None
    snoozed_until: date | None = None
    verdict: str = Verdict.NONE
    why: str = Why.NONE
    note: str = ""  # of the care team; the contractor may read it
    closed_at: datetime | None = None


class Told(NamedTuple):
    """What a card shows of an alert. Names are as people gave them."""

    alert: HealthAlertRow
    contractor: str
    role: str
    manager: str
    taken_by: str


class Record(NamedTuple):
    """How often an alert was right, beside how often there is a concern at all."""

    alerts: int
    judged: int
    concerns: int
    people: int  # with whom a concern was found
    contractors: int  # all of them


class Change(NamedTuple):
    """What one night brings for one person."""

    person: int
    case: Case
    event: Event
    score: Score


def case_of(row: HealthStandingRow) -> Case:
    """A standing as the rules take it."""
    told = frozenset(Aspect(one) for one in row.told.split(",") if one)
    return Case(row.is_open, told, row.calm_since, row.quiet_until)


def put(row: HealthStandingRow, case: Case) -> None:
    """A standing as the rules left it."""
    row.is_open, row.told = case.open, ",".join(sorted(case.told))
    row.calm_since, row.quiet_until = case.calm_since, case.quiet_until


def written(reasons: Sequence[Reason]) -> str:
    """Reasons as they are kept."""
    return json.dumps(reasons)


def read(kept: str) -> tuple[Reason, ...]:
    """Reasons that were kept."""
    return tuple(Reason(Sign(sign), *rest) for sign, *rest in json.loads(kept))


def alike(one: Sequence[Reason], other: Sequence[Reason]) -> bool:
    """Whether two lists of reasons say the same, but for days that went by."""
    return [_gist(reason) for reason in one] == [_gist(reason) for reason in other]


def aspects(reasons: Sequence[Reason]) -> frozenset[Aspect]:
    """What reasons are about."""
    return frozenset(ASPECT[reason.sign] for reason in reasons)


def _gist(reason: Reason) -> Reason:
    counts_days = ASPECT[reason.sign] in (Aspect.TENURE, Aspect.BLOCKER)
    return reason._replace(value=0) if counts_days else reason


def night(
    people: Iterable[tuple[int, int, Signals]], standings: Mapping[int, HealthStandingRow], week: int, today: date
) -> list[Change]:
    """One night's changes for whole teams of (person, team, signals): alerts within each team's budget for the week.

    An open case is always among them, so that what its card says can be kept up to date.
    """
    sizes: Counter[int | str] = Counter()
    raised: Counter[int | str] = Counter()
    changes: list[Change] = []
    alerts: dict[int | str, Change] = {}
    candidates: list[Candidate] = []
    for person, team, signals in people:
        sizes[team] += 1
        score = points(signals)
        standing = standings.get(person)
        if standing is not None:
            raised[team] += standing.alerted_week == week
        elif score.total < ENTER:
            continue
        change = _one(person, standing, score, week, today)
        if standing is not None and standing.snoozed_until is not None and change.event is Event.NEW:
            changes.append(change)  # they asked to hear of it again, so that no budget keeps it back
        elif change.event in (Event.NEW, Event.CHANGED):
            alerts[person] = change
            candidates.append(Candidate(person, team, score))
        elif change.event is Event.CLOSED or (standing is not None and standing.is_open):
            changes.append(change)
    changes += [alerts.pop(chosen.person) for chosen in choose(candidates, sizes, raised)]
    return changes + [_left_out(change, standings) for person, change in alerts.items() if person in standings]


def _left_out(change: Change, standings: Mapping[int, HealthStandingRow]) -> Change:
    """No room in this week's budget: the case stays as it was, so that the alert comes again; only calm it is not."""
    case = case_of(standings[change.person])
    return change._replace(case=case._replace(calm_since=None), event=Event.NOTHING)


def _one(person: int, standing: HealthStandingRow | None, score: Score, week: int, today: date) -> Change:
    case = case_of(standing) if standing is not None else REST
    back_on = standing.snoozed_until if standing is not None else None
    if back_on is not None and today < back_on:
        return Change(person, case, Event.NOTHING, score)
    after, event = step(case, score, week)
    if back_on is not None and event is Event.NOTHING:
        event = Event.CLOSED  # the snooze is over, and nothing that would be told stands any more
    return Change(person, after, event, score)


def night_of(day: date, zone: str) -> date:
    """The first night (by its UTC date) of a day as it is where somebody chose it."""
    begins = instant(day, time(0), zone)
    return begins.date() if begins.time() <= NIGHT else begins.date() + DAY


def is_calm(alert: HealthAlertRow) -> bool:
    """Whether what was told hardly shows any more."""
    return sum(reason.points for reason in read(alert.latest)) <= CALM
