"""Whom to check in with, and why: points that can each be said out loud, never a probability of leaving.

Pulse points tell continued low mood and, moderately, going silent; a newly missed milestone tells most.
Nothing here predicts who leaves. Weeks of pause (away, holiday, nothing asked) are as if they had not been.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from enum import Enum, StrEnum
from math import ceil
from typing import NamedTuple

RECENT = 4  # weeks: after three silent ones a pulse is stale, so these four hold all that still counts
FALL_ANSWERS = 4  # with fewer earlier answers nobody has a usual mood to fall from
SILENT_FROM, SILENT_LONG, SILENT_UNTIL = 2, 3, 6  # weeks; later, silence is how things are, not news
REGULAR = 0.75  # share of the weeks before the silence that were answered
MISSED_OFTEN = 2  # of the four weeks before an answer
NEW_DAYS = 45
BLOCKED_DAYS = 7
ENTER, CALM = 4, 2  # points: a case opens at or above, is calm at or below
CALM_WEEKS, COOLDOWN = 2, 4
BUDGET = 20  # people per alert in a team and week: 5 %


class Blank(Enum):
    """A pulse week that carries no number."""

    HIDDEN = "answered, only in totals"
    MISSED = "asked, not answered"
    PAUSED = "away, holiday, nothing asked, still open, or an anonymous round"


Week = float | Blank
_MISSED, _PAUSED = Blank.MISSED, Blank.PAUSED  # looked up once, not per person and week


class Milestone(Enum):
    """How the latest milestone that fell due stands."""

    FINE = "met, or none due"
    NEWLY_MISSED = "missed, the one before was not"
    STILL_MISSED = "missed, and so was the one before"


class Scale(NamedTuple):
    """The answer scale with its cut-offs; see scale()."""

    lowest: float
    highest: float
    worst: float
    low: float
    middle: float


def scale(lowest: float, highest: float) -> Scale:
    """A scale whose cut-offs stand, in proportion, where 1.5, 2.5 and 3 stand between 1 and 5."""
    span = highest - lowest
    return Scale(lowest, highest, lowest + span / 8, lowest + span * 3 / 8, lowest + span / 2)


FIVE = scale(1, 5)


class Sign(StrEnum):
    """What was noticed; bot/words says it."""

    FELL = "fell"
    WORST = "worst"
    LOW = "low"
    LOW_AGAIN = "low_again"
    SILENT = "silent"
    IRREGULAR = "irregular"
    NEW = "new"
    NEWLY_MISSED = "newly_missed"
    STILL_MISSED = "still_missed"
    BLOCKED = "blocked"
    LONG_DAYS = "long_days"
    COMMENT = "comment"


class Aspect(StrEnum):
    """What a sign is about; within one aspect a case only goes on, another aspect is a change."""

    MOOD = "mood"
    PRESENCE = "presence"
    TENURE = "tenure"
    MILESTONE = "milestone"
    BLOCKER = "blocker"
    HOURS = "hours"
    COMMENT = "comment"


ASPECT = {
    Sign.FELL: Aspect.MOOD,
    Sign.WORST: Aspect.MOOD,
    Sign.LOW: Aspect.MOOD,
    Sign.LOW_AGAIN: Aspect.MOOD,
    Sign.SILENT: Aspect.PRESENCE,
    Sign.IRREGULAR: Aspect.PRESENCE,
    Sign.NEW: Aspect.TENURE,
    Sign.NEWLY_MISSED: Aspect.MILESTONE,
    Sign.STILL_MISSED: Aspect.MILESTONE,
    Sign.BLOCKED: Aspect.BLOCKER,
    Sign.LONG_DAYS: Aspect.HOURS,
    Sign.COMMENT: Aspect.COMMENT,
}


class Reason(NamedTuple):
    """One sign, its points and its number: the latest mean, a count of weeks, or days."""

    sign: Sign
    points: int
    value: float = 0
    usual: float = 0  # the baseline, for FELL alone


class Signals(NamedTuple):
    """What is known about one person tonight; every number counts named answers only."""

    weeks: Sequence[Week] = ()  # the last 12 ISO weeks, oldest first, see pulse_week()
    answers: int = 0  # weeks with a number, ever, those above included
    mean: float = 0  # of these weeks
    group_mean: float = FIVE.middle  # of the team's numbers; the middle of the scale when too few to tell
    tenure_days: int = NEW_DAYS
    milestone: Milestone = Milestone.FINE
    blocked_days: float = 0  # of the oldest open blocker
    long_days: bool = False  # 12-hour days, which the contractor has already been told about
    negative_comment: bool = False


class Score(NamedTuple):
    """Points with their reasons. `recent` only breaks ties between people and is never shown."""

    total: int
    reasons: tuple[Reason, ...]
    recent: float  # mean of the last four weeks, a missed week taken as the worst answer


def pulse_week(numbers: Sequence[float], *, asked: bool, answered: bool, anonymous: bool = False) -> Week:
    """One week of one person: `numbers` are the answers given with a name to care or the manager.

    An anonymous round is a pause, so that who did not answer it is never derived."""
    if anonymous or not asked:
        return Blank.PAUSED
    if not answered:
        return Blank.MISSED
    return sum(numbers) / len(numbers) if numbers else Blank.HIDDEN


def milestone_state(missed: Sequence[bool]) -> Milestone:
    """From the milestones that fell due, oldest first: was each missed?"""
    if not missed or not missed[-1]:
        return Milestone.FINE
    return Milestone.STILL_MISSED if len(missed) > 1 and missed[-2] else Milestone.NEWLY_MISSED


def points(signals: Signals, on: Scale = FIVE) -> Score:
    """Every rule at once: the total, its reasons, and the number that breaks ties."""
    asked = [week for week in signals.weeks if week is not _PAUSED]
    recent = asked[-RECENT:]
    numbers = [week for week in recent if not isinstance(week, Blank)]
    reasons: list[Reason] = []
    if numbers:
        _mood(numbers, signals, on, reasons)
    if asked:
        _presence(asked, reasons)
    _work(signals, reasons)
    total = sum([reason.points for reason in reasons])
    return Score(total, tuple(reasons), _recent_mean(numbers, recent.count(_MISSED), on))


def _mood(numbers: list[float], signals: Signals, on: Scale, reasons: list[Reason]) -> None:
    latest = numbers[-1]
    if latest > on.low:
        pass
    elif latest > on.worst:
        reasons.append(Reason(Sign.LOW, 1, latest))
    elif (usual := _baseline(latest, signals)) is not None and usual >= on.middle:
        reasons.append(Reason(Sign.FELL, 3, latest, usual))
    else:
        reasons.append(Reason(Sign.WORST, 2, latest))
    lows = sum([number <= on.low for number in numbers])
    if lows >= 2:
        reasons.append(Reason(Sign.LOW_AGAIN, 1, lows))


def _baseline(latest: float, signals: Signals) -> float | None:
    """How this person usually answers, leaning on the team's mean while there is little to go by."""
    before = signals.answers - 1
    if before < FALL_ANSWERS:
        return None
    own = signals.answers * signals.mean - latest  # the fall itself is no part of what it fell from
    return (own + signals.group_mean) / (before + 1)


def _presence(asked: list[Week], reasons: list[Reason]) -> None:
    silent = 0
    while silent < len(asked) and asked[-1 - silent] is _MISSED:
        silent += 1
    before = asked[-silent - RECENT : -silent] if silent else asked[-RECENT - 1 : -1]
    missed = before.count(_MISSED)
    if not silent and missed >= MISSED_OFTEN:
        reasons.append(Reason(Sign.IRREGULAR, 1, missed))
    if SILENT_FROM <= silent <= SILENT_UNTIL and before and len(before) - missed >= REGULAR * len(before):
        reasons.append(Reason(Sign.SILENT, 3 if silent >= SILENT_LONG else 2, silent))


def _work(signals: Signals, reasons: list[Reason]) -> None:
    if signals.tenure_days < NEW_DAYS:
        reasons.append(Reason(Sign.NEW, 1, signals.tenure_days))
    if signals.milestone is Milestone.NEWLY_MISSED:
        reasons.append(Reason(Sign.NEWLY_MISSED, 3))
    elif signals.milestone is Milestone.STILL_MISSED:
        reasons.append(Reason(Sign.STILL_MISSED, 2))
    if signals.blocked_days > BLOCKED_DAYS:
        reasons.append(Reason(Sign.BLOCKED, 2, signals.blocked_days))
    if signals.long_days:
        reasons.append(Reason(Sign.LONG_DAYS, 2))
    if signals.negative_comment:
        reasons.append(Reason(Sign.COMMENT, 1))


def _recent_mean(numbers: list[float], missed: int, on: Scale) -> float:
    weeks = len(numbers) + missed
    return (sum(numbers) + missed * on.lowest) / weeks if weeks else on.highest


class Event(Enum):
    """What a night brought; NEW and CHANGED are alerts, if the budget chooses them."""

    NOTHING = "nothing"
    NEW = "new"
    CHANGED = "changed"
    CLOSED = "closed"


class Case(NamedTuple):
    """Where one person stands with the alerts; weeks are week_number()s."""

    open: bool = False
    told: frozenset[Aspect] = frozenset()  # what the care team already knows in this case
    calm_since: int | None = None
    quiet_until: int = 0  # no alert before this week


REST = Case()


def week_number(day: date) -> int:
    """ISO weeks counted without a break across years."""
    return (day.toordinal() - 1) // 7


def step(case: Case, score: Score, week: int) -> tuple[Case, Event]:
    """The case after tonight's score; calling it every night of a week is as good as once.

    When the budget leaves an alert out, keep the old case: the alert comes again the next night."""
    if not case.open:
        if score.total >= ENTER and week >= case.quiet_until:
            return Case(True, _aspects(score)), Event.NEW
        return case, Event.NOTHING
    if score.total <= CALM:
        return _calm(case, week)
    if week >= case.quiet_until and _changed(case, score):
        return Case(True, case.told | _aspects(score)), Event.CHANGED
    return case._replace(calm_since=None), Event.NOTHING


def _calm(case: Case, week: int) -> tuple[Case, Event]:
    since = week if case.calm_since is None else case.calm_since
    if week - since < CALM_WEEKS:
        return case._replace(calm_since=since), Event.NOTHING
    return close(case, week), Event.CLOSED


def _changed(case: Case, score: Score) -> bool:
    """Something of weight about another aspect; a single point is no news in an open case."""
    return any(reason.points > 1 and ASPECT[reason.sign] not in case.told for reason in score.reasons)


def _aspects(score: Score) -> frozenset[Aspect]:
    return frozenset([ASPECT[reason.sign] for reason in score.reasons])


def close(case: Case, week: int) -> Case:
    """Over, by itself or by the care team's word; quiet for the cooldown."""
    return Case(quiet_until=max(case.quiet_until, week + COOLDOWN))


def snooze(until: int) -> Case:
    """Set aside until a week; whoever is still at risk then is a new alert."""
    return Case(quiet_until=until)


def not_a_concern(case: Case, week: int) -> Case:
    """The care team knows: as long as it goes on, only a change is worth another word, and not at once."""
    return case._replace(quiet_until=week + COOLDOWN)


Key = int | str


class Candidate(NamedTuple):
    """Someone the night's scores would raise an alert about."""

    person: Key
    team: Key
    score: Score


def urgency(score: Score) -> tuple[int, float]:
    """Sorts people, higher first: points, then the lowest recent mean. For order only, never shown."""
    return score.total, -score.recent


def choose(
    candidates: Iterable[Candidate], team_sizes: Mapping[Key, int], raised: Mapping[Key, int] | None = None
) -> list[Candidate]:
    """Those the budget of each team and week has room for, most urgent first.

    `raised` counts the alerts each team already had this week."""
    spent = dict(raised or {})
    chosen = []
    for candidate in sorted(candidates, key=lambda one: urgency(one.score), reverse=True):
        team = candidate.team
        if spent.get(team, 0) < max(1, ceil(team_sizes.get(team, 1) / BUDGET)):
            spent[team] = spent.get(team, 0) + 1
            chosen.append(candidate)
    return chosen
