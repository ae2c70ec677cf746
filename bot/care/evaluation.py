"""How well the points do on weeks that are over: lived through in order, judged by what came next."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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
Outcomes = Counter[bool | None]
Ranks = Counter[tuple[Urgency, bool | None]]


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

    on: Scale
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
        return self.weeks[at] is not Blank.MISSED and self.weeks[at] is not Blank.PAUSED

    def low_ahead(self, at: int, on: Scale) -> bool | None:
        """Whether the next four weeks are low on the whole; None if they have no number."""
        numbers = [week for week in self.weeks[at + 1 : at + 1 + AHEAD] if not isinstance(week, Blank)]
        if not numbers:
            return None
        return sum(numbers) / len(numbers) <= on.lowest + LOW_AHEAD * (on.highest - on.lowest)

    def silent_ahead(self, at: int, weeks: int) -> bool | None:
        """Whether the next weeks all go unanswered; None if they are not all on record."""
        ahead = self.weeks[at + 1 : at + 1 + weeks]
        if len(ahead) < weeks or Blank.PAUSED in ahead:
            return None
        return ahead.count(Blank.MISSED) == weeks

    def alerted_again(self, at: int) -> bool:
        """Whether another alert followed within four weeks."""
        return any(at < other <= at + AHEAD for other in self.alerts)


def auc(ranked: Mapping[tuple[Urgency, bool | None], int]) -> Ranking:
    """Area under the curve from how often each rank met each outcome; ties count half, None not at all."""
    below = hits = 0
    wins = 0.0
    for rank in sorted({rank for rank, _ in ranked}):
        here, others = ranked.get((rank, True), 0), ranked.get((rank, False), 0)
        wins += here * (below + others / 2)
        hits, below = hits + here, below + others
    return Ranking(wins / (hits * below) if hits and below else None, hits + below, hits)


def rate(outcomes: Mapping[bool | None, int]) -> Rate:
    """How many of the known outcomes came true."""
    hits = outcomes.get(True, 0)
    return Rate(hits, hits + outcomes.get(False, 0))


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
            if row.person not in tracks:
                tracks[row.person] = Track(week)
            scores[row.person] = tracks[row.person].score(week, row, group_mean, on)
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


@dataclass(slots=True)
class Tally:
    """How often each rank or alert met each outcome, so that a company can be forgotten once it is counted."""

    people: int = 0
    companies: int = 0
    low_mood: Ranks = field(default_factory=Counter)
    silence: Ranks = field(default_factory=Counter)
    leaving: Ranks = field(default_factory=Counter)
    weeks: Outcomes = field(default_factory=Counter)
    new: Outcomes = field(default_factory=Counter)
    again: Outcomes = field(default_factory=Counter)
    events: Counter[Event] = field(default_factory=Counter)

    def add(self, track: Track, on: Scale) -> None:
        """Count one person's weeks and alerts."""
        self.people += 1
        for at, row in enumerate(track.rows):
            if row is not None:
                self._add(track, at, row.left, on)

    def _add(self, track: Track, at: int, left: bool | None, on: Scale) -> None:
        rank, event = track.ranks[at], track.alerts.get(at)
        low, silent = track.low_ahead(at, on), track.silent_ahead(at, AHEAD)
        trouble = None if low is None and silent is None else bool(low or silent)
        self.leaving[rank, left] += 1
        self.weeks[trouble] += 1
        if track.answered(at):
            self.low_mood[rank, low] += 1
            self.silence[rank, track.silent_ahead(at, SILENCE)] += 1
        if event is not None:
            self.events[event] += 1
        if event is Event.NEW:
            self.new[trouble] += 1
            self.again[track.alerted_again(at)] += 1


def pulse_figures(companies: Iterable[Company], on: Scale) -> PulseFigures:
    """Every figure of weekly pulses."""
    tally = Tally()
    for company in companies:
        tally.companies += 1
        for track in replay(company, on):
            tally.add(track, on)
    weeks = tally.weeks.total()
    return PulseFigures(
        on=on,
        people=tally.people,
        companies=tally.companies,
        low_mood=auc(tally.low_mood),
        silence=auc(tally.silence),
        leaving=auc(tally.leaving),
        new=Rate(tally.events[Event.NEW], weeks),
        changed=Rate(tally.events[Event.CHANGED], weeks),
        again=rate(tally.again),
        borne_out=rate(tally.new),
        base=rate(tally.weeks),
    )


def milestone_figures(rows: Iterable[tuple[Milestone, int, bool]]) -> MilestoneFigures:
    """From (milestone, days since the start, left within 28 days)."""
    everyone: Outcomes = Counter()
    by_milestone: dict[Milestone, Outcomes] = {stands: Counter() for stands in Milestone}
    ranks: Ranks = Counter()
    for stands, day, left in rows:
        everyone[left] += 1
        by_milestone[stands][left] += 1
        ranks[urgency(points(Signals(milestone=stands, tenure_days=day))), left] += 1
    return MilestoneFigures(rate(everyone), {stands: rate(met) for stands, met in by_milestone.items()}, auc(ranks))
