"""Blockers: a dated notice of what stops a contractor, and the ladder it climbs until somebody answers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlmodel import Field, SQLModel

from bot.care.occurrences import local_date
from bot.care.people import PersonRow, Subject
from bot.care.working import Away, WorkingHours, add_working, add_working_days, next_start

HASTE = 2  # times faster runs the clock of somebody who cannot go on: every hour of theirs is lost
PATIENCE = 4  # days somebody may be out of reach before the next is asked: a long weekend, not a holiday
FARTHEST = 400  # days ahead that an absence is believed, so that "away for ever" still ends
OLDEST = timedelta(days=366)  # a blocker that began earlier was surely mistyped


class Severity(StrEnum):
    """How much it stops the contractor."""

    SLOWED = "slowed"
    STOPPED = "stopped"


class State(StrEnum):
    """Where a blocker stands."""

    OPEN = "open"  # nobody has answered yet
    SEEN = "seen"  # somebody is on it
    RESOLVED = "resolved"
    CLOSED = "closed"  # the engagement ended first


WAITING = (State.OPEN, State.SEEN)


class Rung(StrEnum):
    """Who is asked, one after the other."""

    OWNER = "owner"
    MANAGER = "manager"
    CARE = "care"


class Kind(StrEnum):
    """What happened to a blocker."""

    REPORTED = "reported"
    ASKED = "asked"
    PASSED = "passed"  # not asked, because they are out of reach for days
    ACKNOWLEDGED = "acknowledged"
    HANDED = "handed"
    AGAIN = "again"  # seen but not solved: asked again
    NUDGED = "nudged"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    PAUSED = "paused"
    RESUMED = "resumed"
    CLOSED = "closed"


BY_NAME = (Kind.ASKED, Kind.HANDED)


@dataclass(frozen=True, slots=True)
class Escalation:
    """How fast and how far a blocker climbs. Hours and days are working time of whoever was asked."""

    clock_hours: float = 4
    most_notices: int = 3  # of one climb: the owner, the manager, the care team
    again_after: int = 1
    stale_after: int = 3
    most_nudges: int = 2  # then it stays on the lists: a third reminder would tell nobody anything new

    def clock(self, severity: str) -> timedelta:
        """How long one of the ladder has before the next is asked."""
        hours = timedelta(hours=self.clock_hours)
        return hours / HASTE if severity == Severity.STOPPED else hours


class BlockerRow(SQLModel):
    """What stops whom. `round` counts the climbs: a report, a hand-over and a reopening each begin one."""

    id: int | None = Field(default=None, primary_key=True)
    engagement_id: int
    contractor_id: int
    owner_id: int
    stops: str
    needs: str = ""
    severity: str = Severity.SLOWED
    since: datetime
    reported_at: datetime
    state: str = State.OPEN
    round: int = 1
    reached: str = ""  # the highest rung asked in this round
    notices: int = 0
    nudges: int = 0
    again: bool = False  # asked again since it was last acknowledged
    moved_at: datetime  # when the clock that runs now was started
    seen_by: int | None = None
    with_care: bool = False  # it reached the care team, who may see it from then on
    paused: bool = False  # the engagement is


class BlockerStepRow(SQLModel):
    """One step of a blocker's history. `by_id` is None for the bot, `to_id` for the care team."""

    id: int | None = Field(default=None, primary_key=True)
    blocker_id: int
    kind: str
    at: datetime
    by_id: int | None = None
    to_id: int | None = None
    note: str = ""
    keys: str = ""  # of the ledger, space-separated: the cards to keep up to date


class BlockerDraftRow(SQLModel):
    """Words somebody typed that wait for their form to be opened."""

    id: int | None = Field(default=None, primary_key=True)
    person_id: int
    text: str
    whom: str = ""  # the platform id of somebody mentioned in it
    at: datetime


@dataclass(frozen=True, slots=True)
class Seat:
    """Who stands on a rung. The care team is nobody in particular (`person` None): it is there at any hour.

    `hours` are those in which the clock runs while it is their turn; for the care team, the owner's.
    """

    rung: Rung
    person: int | None
    hours: WorkingHours
    away: Away = ()
    muted_until: datetime | None = None
    reachable: bool = True


class Move(NamedTuple):
    """What happens next if nobody does anything: `passed` are those who are out of reach until then."""

    at: datetime
    kind: Kind
    seat: Seat
    passed: tuple[Seat, ...] = ()


@dataclass(frozen=True, slots=True)
class Dossier:
    """A blocker with everything there is to say about it."""

    blocker: BlockerRow
    role: str
    people: Mapping[int, PersonRow]
    steps: Sequence[BlockerStepRow]
    next: Move | None


def ladder(*seats: Seat | None) -> tuple[Seat, ...]:
    """The rungs in order; whoever would stand on two stands on the lower one."""
    kept: dict[int | None, Seat] = {}
    for seat in seats:
        if seat is not None:
            kept.setdefault(seat.person, seat)
    return tuple(kept.values())


def next_move(
    blocker: BlockerRow, seats: Sequence[Seat], holder: Seat, rules: Escalation, now: datetime
) -> Move | None:
    """What is due next, at or after `now`; None when nothing is.

    `holder` is whose turn it is: who acknowledged, else who was asked last, else the owner.
    """
    if blocker.paused or blocker.state not in WAITING:
        return None
    above = _above(seats, blocker.reached) if blocker.notices < rules.most_notices else ()
    if blocker.state == State.OPEN and above:
        over = (
            runs_out(holder, blocker.moved_at, rules.clock(blocker.severity)) if blocker.reached else blocker.moved_at
        )
        return _ask(Kind.ASKED, above, max(now, over))
    if blocker.state == State.SEEN and not blocker.again and blocker.notices < rules.most_notices:
        others = tuple(seat for seat in above if seat.person != holder.person)
        return _ask(Kind.AGAIN, others or (holder,), max(now, _days(holder, blocker.moved_at, rules.again_after)))
    if blocker.nudges < rules.most_nudges:
        return Move(free_at(holder, max(now, _days(holder, blocker.moved_at, rules.stale_after))), Kind.NUDGED, holder)
    return None


def made(blocker: BlockerRow, move: Move, now: datetime) -> None:
    """Keep that a move was made."""
    blocker.moved_at = now
    blocker.with_care = blocker.with_care or move.seat.rung == Rung.CARE
    if move.kind == Kind.NUDGED:
        blocker.nudges += 1
        return
    blocker.notices += 1
    blocker.again = move.kind == Kind.AGAIN
    blocker.reached = max(blocker.reached, move.seat.rung, key=_height)


def acknowledge(blocker: BlockerRow, by: int, now: datetime) -> None:
    """Somebody is on it: the ladder stops here."""
    blocker.state, blocker.seen_by, blocker.moved_at, blocker.again = State.SEEN, by, now, False


def climb_again(blocker: BlockerRow, now: datetime) -> None:
    """Begin at the foot of the ladder: for a new owner, or because it was not solved after all."""
    blocker.round += 1
    blocker.state, blocker.reached, blocker.seen_by, blocker.moved_at = State.OPEN, "", None, now
    blocker.notices, blocker.nudges, blocker.again = 0, 0, False


def free_at(seat: Seat, at: datetime) -> datetime:
    """The first instant at or after `at` at which somebody can be asked: in their working hours, not away, not muted."""
    if seat.person is None:
        return at
    at = max(at, seat.muted_until or at)
    return next_start(seat.hours, at, _believed(seat, at, FARTHEST))


def runs_out(seat: Seat, since: datetime, clock: timedelta) -> datetime:
    """When a clock that is started now runs out in somebody's working time; a long absence does not stop it for good."""
    return add_working(seat.hours, since, clock, _believed(seat, since, PATIENCE))


def involved(blocker: BlockerRow, manager: int, steps: Iterable[BlockerStepRow]) -> Subject:
    """Whom a blocker is about, for deciding access: whoever was asked by name counts as responsible.

    A reminder, like being passed over, makes nobody responsible: one of the care team has no more of it than the team.
    """
    asked = {step.to_id for step in steps if step.kind in BY_NAME and step.to_id is not None}
    return Subject(blocker.contractor_id, frozenset({manager}), frozenset(asked | {blocker.owner_id}))


def still_asked(blocker: BlockerRow, about: Subject) -> Subject:
    """Whom a notice is for that has not left yet: of those who were asked, the owner and who is on it."""
    return replace(about, responsible=about.responsible & {blocker.owner_id, blocker.seen_by})


def _ask(kind: Kind, seats: Sequence[Seat], at: datetime) -> Move:
    """The first who can be reached soon; if nobody can, who can be reached first."""
    near = [seat for seat in seats if seat.reachable and free_at(seat, at) - at <= timedelta(days=PATIENCE)]
    seat = near[0] if near else min(seats, key=lambda one: (not one.reachable, free_at(one, at)))
    return Move(free_at(seat, at), kind, seat, tuple(seats[: seats.index(seat)]))


def _days(seat: Seat, since: datetime, days: int) -> datetime:
    """When so many working days are over; one that ends with the day's work is over the next morning."""
    away = _believed(seat, since, PATIENCE)
    return next_start(seat.hours, add_working_days(seat.hours, since, days, away), away)


def _believed(seat: Seat, at: datetime, days: int) -> tuple[tuple[date, date], ...]:
    """Somebody's absences, cut off so many days from `at`."""
    last = local_date(at, seat.hours.zone) + timedelta(days=days)
    return tuple((first, min(until, last)) for first, until in seat.away if first <= last)


def _above(seats: Sequence[Seat], reached: str) -> tuple[Seat, ...]:
    return tuple(seat for seat in seats if _height(seat.rung) > _height(reached))


def _height(rung: str) -> int:
    return list(Rung).index(Rung(rung)) if rung else -1


def zones(about: Dossier) -> tuple[str, tuple[str, ...]]:
    """The zones in which a channel reads its times: the contractor's, beside the owner's."""
    blocker = about.blocker
    return about.people[blocker.contractor_id].zone, (about.people[blocker.owner_id].zone,)
