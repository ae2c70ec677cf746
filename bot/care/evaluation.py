"""How well the points do on weeks that are over: lived through in order, judged by what came next."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from bot.care.health import (
    REST,
    Blank,
    Candidate,
    Case,
    Event,
    Milestone,
    Scale,
    Score,
    Signals,
    Week,
    choose,
    points,
    step,
    urgency,
)

WINDOW = 12  # weeks a score looks back
AHEAD = 4  # weeks in which low mood and repeated alerts are looked for
SILENCE = 3  # weeks
LOW_AHEAD = 1 / 3  # of the way up the scale: a mean of 2 where answers go from 1 to 4

Urgency = tuple[int, float]


class PersonWeek(NamedTuple):
    """One recorded week; `left` is None where leaving may not be judged, as in silent weeks."""

    person: str
    value: Week
    tenure_days: int
    left: bool | None


Company = Mapping[int, Sequence[PersonWeek]]  # by week, nobody twice in one


class Ranking(NamedTuple):
    """How often someone it came true for ranks above someone else: .5 is chance, None cannot be said."""

    auc: float | None
    rows: int
    hits: int


class Rate(NamedTuple):
    """So many of so many."""

    hits: int
    rows: int

    @property
    def share(self) -> float:
        """Between 0 and 1; nothing of nothing is 0."""
        return self.hits / self.rows if self.rows else 0.0


class PulseFigures(NamedTuple):
    """What weekly pulses show; a company is taken for a team."""

    people: int
    companies: int
    low_mood: Ranking  # of answered weeks
    silence: Ranking  # of answered weeks
    leaving: Ranking
    new: Rate  # new alerts, of all person-weeks
    changed: Rate  # alerts because something changed in an open case, of all person-weeks
    again: Rate  # new alerts with another alert about the same person within four weeks
    borne_out: Rate  # new alerts before four weeks of low mood or without an answer
    base: Rate  # all person-weeks before the same


class MilestoneFigures(NamedTuple):
    """Leaving within 28 days, by how the latest milestone stands."""

    everyone: Rate
    by_milestone: dict[Milestone, Rate]
    leaving: Ranking


@dataclass(slots=True)
class Track:
    """One person's weeks as they went by; weeks not on record are pauses."""

    first: int
    weeks: list[Week] = field(default_factory=list)
    rows: list[PersonWeek | None] = field(default_factory=list)
    ranks: list[Urgency] = field(default_factory=list)
    answers: int = 0
    total: float = 0
    case: Case = REST
    alerts: dict[int, Event] = field(default_factory=dict)  # by position in weeks

    def score(self, week: int, row: PersonWeek, group_mean: float, on: Scale) -> Score:
        """Take in one week and score it by what is known by then."""
        gap = week - self.first - len(self.weeks)
        self.weeks += [Blank.PAUSED] * gap + [row.value]
        if not isinstance(row.value, Blank):
            self.answers, self.total = self.answers + 1, self.total + row.value
        mean = self.total / self.answers if self.answers else 0
        score = points(Signals(self.weeks[-WINDOW:], self.answers, mean, group_mean, row.tenure_days), on)
        self.rows += [None] * gap + [row]
        self.ranks += [(0, 0.0)] * gap + [urgency(score)]
        return score

    def answered(self, at: int) -> bool:
        """Whether there was an answer, hidden or not."""
        return self.weeks[at] not in (Blank.MISSED, Blank.PAUSED)

    def low_ahead(self, at: int, on: Scale) -> bool | None:
        """Whether the next four weeks are low on the whole; None if they have no number."""
        numbers = [week for week in self.weeks[at + 1 : at + 1 + AHEAD] if not isinstance(week, Blank)]
        if not numbers:
            return None
        return sum(numbers) / len(numbers) <= on.lowest + LOW_AHEAD * (on.highest - on.lowest)

    def silent_ahead(self, at: int, weeks: int = SILENCE) -> bool | None:
        """Whether the next weeks all go unanswered; None if they are not all on record."""
        ahead = self.weeks[at + 1 : at + 1 + weeks]
        if len(ahead) < weeks or Blank.PAUSED in ahead:
            return None
        return ahead.count(Blank.MISSED) == weeks

    def trouble_ahead(self, at: int, on: Scale) -> bool | None:
        """Whether an alert here would be borne out: four weeks low, or without any answer."""
        low, silent = self.low_ahead(at, on), self.silent_ahead(at, AHEAD)
        return None if low is None and silent is None else bool(low or silent)

    def alerted_again(self, at: int) -> bool:
        """Whether another alert followed within four weeks."""
        return any(at < other <= at + AHEAD for other in self.alerts)


def auc(ranked: Iterable[tuple[Urgency, bool | None]]) -> Ranking:
    """Area under the curve of a ranking, ties counted half; an outcome of None is left out."""
    known = sorted([pair for pair in ranked if pair[1] is not None], key=itemgetter(0))
    below = hits = 0
    wins = 0.0
    for _, tied in groupby(known, key=itemgetter(0)):
        outcomes = [outcome for _, outcome in tied]
        here = outcomes.count(True)
        others = len(outcomes) - here
        wins += here * (below + others / 2)
        hits, below = hits + here, below + others
    return Ranking(wins / (hits * below) if hits and below else None, len(known), hits)


def rate(outcomes: Iterable[bool | None]) -> Rate:
    """How many of the known outcomes came true."""
    known = [outcome for outcome in outcomes if outcome is not None]
    return Rate(sum(known), len(known))


def replay(company: Company, on: Scale) -> list[Track]:
    """Live through one company's weeks: score everybody, then alert as the budget allows."""
    tracks: dict[str, Track] = {}
    answers, total = 0, 0.0
    for week in sorted(company):
        numbers = [row.value for row in company[week] if not isinstance(row.value, Blank)]
        answers, total = answers + len(numbers), total + sum(numbers)
        group_mean = total / answers if answers else on.middle
        scores = {}
        for row in company[week]:
            track = tracks.setdefault(row.person, Track(week))
            scores[row.person] = track.score(week, row, group_mean, on)
        _alert(tracks, scores, week)
    return list(tracks.values())


def _alert(tracks: dict[str, Track], scores: dict[str, Score], week: int) -> None:
    pending: dict[str, tuple[Case, Event]] = {}
    for person, score in scores.items():
        case, event = step(tracks[person].case, score, week)
        if event in (Event.NEW, Event.CHANGED):
            pending[person] = case, event
        else:
            tracks[person].case = case
    candidates = [Candidate(person, "", scores[person]) for person in pending]
    for chosen in choose(candidates, {"": len(scores)}):
        track = tracks[str(chosen.person)]
        track.case, track.alerts[len(track.weeks) - 1] = pending[str(chosen.person)]


def pulse_figures(companies: Sequence[Company], on: Scale) -> PulseFigures:
    """Every figure of weekly pulses."""
    tracks = [track for company in companies for track in replay(company, on)]
    spots = [(track, at) for track in tracks for at, row in enumerate(track.rows) if row is not None]
    answered = [(track, at) for track, at in spots if track.answered(at)]
    events = [event for track in tracks for event in track.alerts.values()]
    new = [(track, at) for track in tracks for at, event in track.alerts.items() if event is Event.NEW]
    return PulseFigures(
        people=len(tracks),
        companies=len(companies),
        low_mood=_ranking(answered, lambda track, at: track.low_ahead(at, on)),
        silence=_ranking(answered, Track.silent_ahead),
        leaving=_ranking(spots, lambda track, at: row.left if (row := track.rows[at]) else None),
        new=Rate(events.count(Event.NEW), len(spots)),
        changed=Rate(events.count(Event.CHANGED), len(spots)),
        again=rate(track.alerted_again(at) for track, at in new),
        borne_out=rate(track.trouble_ahead(at, on) for track, at in new),
        base=rate(track.trouble_ahead(at, on) for track, at in spots),
    )


def _ranking(spots: list[tuple[Track, int]], came_true: Callable[[Track, int], bool | None]) -> Ranking:
    return auc((track.ranks[at], came_true(track, at)) for track, at in spots)


def milestone_figures(rows: Iterable[tuple[Milestone, int, bool]]) -> MilestoneFigures:
    """From (milestone, days since the start, left within 28 days)."""
    known = list(rows)
    return MilestoneFigures(
        everyone=rate(left for _, _, left in known),
        by_milestone={stands: rate(left for other, _, left in known if other is stands) for stands in Milestone},
        leaving=auc((urgency(points(Signals(milestone=stands, tenure_days=day))), left) for stands, day, left in known),
    )
