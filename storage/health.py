"""What is known about people for the nightly look: columns, not objects, for there may be a hundred thousand."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Index, String, and_, bindparam, exists, func, not_, text, tuple_
from sqlalchemy import select as core_select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Session

from bot.care.engagements import RUNNING
from bot.care.health import Blank, Signals, Week
from bot.care.occurrences import iso_week
from bot.care.pulse import LEAST, Outcome
from storage import blockers
from storage.away import AwayPeriod
from storage.engagements import Engagement
from storage.pulse import PulseRound

WEEKS = 12
RECENT_WEEKS = 4  # a comment older than that says nothing about now
START = "0:0"
AT_A_TIME = 100  # rows
AT_MOST = 500  # of somebody's own team, themself first

_engagement: Any = Engagement.__table__  # type: ignore[attr-defined]
_round: Any = PulseRound.__table__  # type: ignore[attr-defined]
_away: Any = AwayPeriod.__table__  # type: ignore[attr-defined]

# The two ways the night walks: team by team, and along each person's weeks without touching the rounds themselves.
Index("ix_engagement_team", _engagement.c.workspace_id, _engagement.c.manager_id)
Index("ix_pulseround_health", _round.c.workspace_id, _round.c.person_id, _round.c.week, _round.c.outcome, _round.c.mean)
Index(
    "ix_pulseround_heavy",
    _round.c.workspace_id,
    _round.c.person_id,
    _round.c.week,
    sqlite_where=text("heavy = 1"),
    postgresql_where=text("heavy"),
)


class Looked(NamedTuple):
    """Somebody to look at: person, team (the manager's person id) and the day they began."""

    person: int
    team: int
    starts_on: date


class Among(FunctionElement[bool]):
    """Whether a column is among the ids of a JSON list: one parameter, where writing out hundreds takes as long
    as the query."""

    inherit_cache = True
    name = "among"


def _sides(among: Among, compiler: Any, how: Any) -> list[str]:
    return [compiler.process(side, **how) for side in among.clauses]


@compiles(Among)
def _among(among: Among, compiler: Any, **how: Any) -> str:
    return "{} IN (SELECT value FROM json_each({}))".format(*_sides(among, compiler, how))


@compiles(Among, "postgresql")
def _among_postgresql(among: Among, compiler: Any, **how: Any) -> str:
    listed = "SELECT value::int FROM json_array_elements_text(CAST({} AS json))"
    return f"{{}} IN ({listed})".format(*_sides(among, compiler, how))


_first = _engagement.alias("first")
_later = _round.alias("later")
_HERE: Any = bindparam("workspace")
PEOPLE: Any = bindparam("people", type_=String)

# Somebody with two engagements counts once, under the first.
_RUNS = and_(
    _engagement.c.workspace_id == _HERE,
    _engagement.c.status.in_(RUNNING),
    not_(exists().where(_first.c.contractor_id == _engagement.c.contractor_id,
                        _first.c.status.in_(RUNNING), _first.c.id < _engagement.c.id)),
)  # fmt: skip
_COLUMNS = (_engagement.c.id, _engagement.c.contractor_id, _engagement.c.manager_id, _engagement.c.starts_on)
_TEAMS = (
    core_select(*_COLUMNS)
    .where(_RUNS, tuple_(_engagement.c.manager_id, _engagement.c.id) > tuple_(bindparam("manager"), bindparam("after")))
    .order_by(_engagement.c.manager_id, _engagement.c.id)
    .limit(bindparam("most"))
)
_TEAM_OF = (
    core_select(*_COLUMNS)
    .where(
        _RUNS,
        _engagement.c.manager_id.in_(
            core_select(_first.c.manager_id).where(
                _first.c.workspace_id == _HERE, _first.c.contractor_id == bindparam("one")
            )
        ),
    )
    .order_by((_engagement.c.contractor_id == bindparam("one")).desc())
    .limit(AT_MOST)
)
_MINE = and_(_round.c.workspace_id == _HERE, Among(_round.c.person_id, PEOPLE))
_WEEKS = (
    core_select(_round.c.person_id, _round.c.mean, _round.c.outcome)
    .where(_MINE, _round.c.week >= bindparam("since"), _round.c.outcome != Outcome.OPEN)
    .order_by(_round.c.person_id, _round.c.week)
)
_WEEKS_NAMED = _WEEKS.add_columns(_round.c.week)
_EARLIER = (
    core_select(_round.c.person_id, func.count(_round.c.mean), func.sum(_round.c.mean))
    .where(_MINE, _round.c.week < bindparam("since"), _round.c.mean.is_not(None))
    .group_by(_round.c.person_id)
)
_HEAVY = core_select(_round.c.person_id).where(
    _MINE, _round.c.heavy, _round.c.week >= bindparam("since"),
    not_(exists().where(_later.c.person_id == _round.c.person_id, _later.c.week > _round.c.week,
                        _later.c.outcome == Outcome.ANSWERED)),
)  # fmt: skip
_AWAY = core_select(_away.c.person_id, _away.c.first, _away.c.last).where(
    _away.c.workspace_id == _HERE, Among(_away.c.person_id, PEOPLE), _away.c.last >= bindparam("since")
)


def teams(db: Session, after: str, most: int) -> tuple[list[Looked], str]:
    """The next people with a running engagement, in whole teams, and where to go on; "" after the last.

    A team of more than `most` comes in parts: five percent of each part is five percent of the whole.
    """
    manager, last = map(int, after.split(":"))
    rows = list(_all(db, _TEAMS, manager=manager, after=last, most=most + 1))
    if len(rows) <= most:
        return [Looked(*row[1:]) for row in rows], ""
    unfinished = rows.pop()[2]
    whole = [row for row in rows if row[2] != unfinished] or rows
    return [Looked(*row[1:]) for row in whole], f"{whole[-1][2]}:{whole[-1][0]}"


def team_of(db: Session, person_id: int) -> list[Looked]:
    """The people of the teams somebody works in, themself among them while an engagement runs."""
    return [Looked(*row[1:]) for row in _all(db, _TEAM_OF, one=person_id)]


def signals(db: Session, people: Sequence[Looked], now: datetime) -> list[tuple[int, int, Signals]]:
    """(person, team, what is known about them), in the order given. Answers only in totals carry no number.

    Milestones and hours are not kept here yet; those inputs stay at what says nothing.
    """
    ids, today = [one.person for one in people], now.date()
    since, recent = (today - timedelta(weeks=back - 1) for back in (WEEKS, RECENT_WEEKS))
    weeks = _weeks(db, ids, since)
    numbers = {person: [week for week in mine if week.__class__ is float] for person, mine in weeks.items()}
    earlier = {person: found for person, *found in _all(db, _EARLIER, ids, since=iso_week(since))}
    heavy = {person for (person,) in _all(db, _HEAVY, ids, since=iso_week(recent))}
    blocked = blockers.open_days(db, ids, now)
    usual = _team_means(people, numbers)
    known = []
    for person, team, starts_on in people:
        count, total = earlier.get(person, _NOTHING)
        count, total = count + len(numbers[person]), total + sum(numbers[person])
        found = Signals(
            weeks[person], count, total / count if count else 0, usual[team], max(0, (today - starts_on).days),
            blocked_days=blocked.get(person, 0), negative_comment=person in heavy,
        )  # fmt: skip
        known.append((person, team, found))
    return known


_NOTHING = (0, 0.0)
_BLANKS = {Outcome.ANSWERED.value: Blank.HIDDEN, Outcome.MISSED.value: Blank.MISSED}


def _weeks(db: Session, ids: Sequence[int], since: date) -> dict[int, list[Week]]:
    """Each one's weeks that were asked and are over or answered, oldest first; a pause is as if it had not been."""
    weeks: dict[int, list[Week]] = {person: [] for person in ids}
    for person, mean, outcome in _all(db, _WEEKS, ids, since=iso_week(since)):
        weeks[person].append(mean or _BLANKS[outcome])
    for person, absences in _absences(db, ids, since).items():
        rows = _all(db, _WEEKS_NAMED, [person], since=iso_week(since))
        weeks[person] = [
            mean or _BLANKS[outcome]
            for _, mean, outcome, week in rows
            if outcome != Outcome.MISSED or not any(first <= week <= last for first, last in absences)
        ]
    return weeks


def _absences(db: Session, ids: Sequence[int], since: date) -> dict[int, list[tuple[str, str]]]:
    """The first and last ISO week of each time somebody was away; most people were not."""
    found: dict[int, list[tuple[str, str]]] = {}
    for person, first, last in _all(db, _AWAY, ids, since=since):
        found.setdefault(person, []).append((iso_week(first), iso_week(last)))
    return found


def _team_means(people: Sequence[Looked], numbers: Mapping[int, Sequence[float]]) -> dict[int, float]:
    """How each team usually answers; the middle of the scale where fewer than five people say."""
    sums: dict[int, list[float]] = {}
    for person, team, _ in people:
        total = sums.setdefault(team, [0, 0, 0])
        if mine := numbers[person]:
            total[0] += sum(mine)
            total[1] += len(mine)
            total[2] += 1
    middle = Signals().group_mean
    return {team: total / count if voices >= LEAST else middle for team, (total, count, voices) in sums.items()}


def _all(db: Session, statement: Any, people: Sequence[int] = (), **values: Any) -> Iterator[Any]:
    """Rows as they come, a few at a time: thousands kept at once would set the garbage collector to work."""
    values |= {"workspace": db.info["workspace"], "people": json.dumps(people)}
    for rows in db.connection().execute(statement, values).partitions(AT_A_TIME):
        yield from rows
