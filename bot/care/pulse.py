"""The weekly pulse: what is asked, who may see an answer, what a team's total may say."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlmodel import Field, SQLModel

from bot.care.occurrences import instant, iso_week

DEFAULT_DAY, DEFAULT_HOUR = 4, time(15)  # Thursday 15:00 their time: late enough to have a week to speak of
OPEN_FOR = timedelta(hours=72)
REMIND_AFTER = timedelta(hours=24)
ASK_GRACE = timedelta(hours=24)
RESUME_WITHIN = timedelta(hours=24)  # with less than this left, a round that was paused stays so: no rush
LEAST = 5  # below this many answers a total would say who answered what
ROTATING = 3  # questions a week from the bank, beside the one that never changes

WEEK = "week"  # asked every week, so that weeks can be compared

# Support, clarity of goals, workload, access, belonging, paid on time: each topic comes round before any repeats.
BANK = (
    "support", "clarity", "workload", "access", "belonging", "paid",
    "answers", "priorities", "pace", "tools", "heard", "scope",
)  # fmt: skip


class Seen(StrEnum):
    """Who sees an answer by name."""

    CARE = "care"
    MANAGER = "manager"  # the care team, and my manager too
    TOTALS = "totals"  # nobody by name; only in totals


class Outcome(StrEnum):
    """What became of a round; one that was paused stays open for ever, and is no week at all."""

    OPEN = ""
    ANSWERED = "answered"
    MISSED = "missed"


class PulseScheduleRow(SQLModel):
    """When somebody is asked: a weekday (ISO) and an hour of their own zone; where they are in the bank."""

    id: int | None = Field(default=None, primary_key=True)
    person_id: int
    weekday: int = DEFAULT_DAY
    at: time = DEFAULT_HOUR
    position: int = 0
    last_week: str = ""


class PulseRoundRow(SQLModel):
    """One person's pulse of one ISO week. What counts is what was submitted, not what was tapped."""

    id: int | None = Field(default=None, primary_key=True)
    person_id: int
    week: str
    questions: str  # ids, comma-separated
    asked_at: datetime
    closes_at: datetime
    paused: bool = False  # away or muted when it would have been asked: neither answered nor missed
    comment: str = ""
    slowing: str = ""
    comment_seen: str = Seen.CARE
    submitted_at: datetime | None = None
    sent_comment: str = ""
    sent_slowing: str = ""
    sent_comment_seen: str = Seen.CARE
    managers: str = ""  # ids, comma-separated, as they were when it was submitted; the first one's total counts it
    blocker_id: int | None = None
    outcome: str = Outcome.OPEN
    mean: float | None = None  # of what was submitted by name; None too where everything is only in totals
    heavy: bool = False  # the comment sounds so, and those who look after people may read it


class PulseAnswerRow(SQLModel):
    """One answer, 1 to 5: as tapped (`score`, `seen`) and as submitted (`sent`, `sent_seen`)."""

    round_id: int
    question: str
    score: int | None = None
    seen: str = Seen.CARE
    sent: int | None = None
    sent_seen: str = Seen.CARE


def questions(position: int) -> tuple[tuple[str, ...], int]:
    """This week's questions and where the bank goes on next week: a full cycle before any repeats."""
    picked = tuple(BANK[(position + step) % len(BANK)] for step in range(ROTATING))
    return (WEEK, *picked), (position + ROTATING) % len(BANK)


def is_open(round_: PulseRoundRow, now: datetime) -> bool:
    """Whether answers can still change."""
    return now < round_.closes_at


def changed(round_: PulseRoundRow, answers: Iterable[PulseAnswerRow]) -> bool:
    """Whether something was tapped or written since the last submission."""
    return any((one.score, one.seen) != (one.sent, one.sent_seen) for one in answers if one.score) or (
        (round_.comment, round_.slowing, round_.comment_seen)
        != (round_.sent_comment, round_.sent_slowing, round_.sent_comment_seen)
    )


def mean(answers: Iterable[PulseAnswerRow]) -> float | None:
    """A pulse week as one number: the mean of what was submitted by name; None where nothing may enter a score."""
    scores = [one.sent for one in answers if one.sent and one.sent_seen != Seen.TOTALS]
    return sum(scores) / len(scores) if scores else None


def total_at(week: str) -> datetime:
    """When the last answer window of an ISO week has closed everywhere (UTC): a total before would move, and tell.

    Sunday's last minute in UTC-12, plus the 72 hours of a round.
    """
    year, number = week.split("-W")
    monday_after = date.fromisocalendar(int(year), int(number), 7) + timedelta(days=1)
    return instant(monday_after, time(12), "UTC") + OPEN_FOR


def last_total(now: datetime) -> str:
    """The newest ISO week whose total may be told."""
    day = now.date()
    while total_at(iso_week(day)) > now:
        day -= timedelta(days=7)
    return iso_week(day)


def publishable(sizes: Mapping[int, int]) -> frozenset[int]:
    """Which teams' totals may be shown, by number of answers, when the total of all of them is shown too.

    Those below five are hidden; while what is hidden could be found by subtraction, the smallest shown one is too.
    """
    shown = {team: size for team, size in sizes.items() if size >= LEAST}
    hidden = sum(size for size in sizes.values() if size < LEAST)
    while 0 < hidden < LEAST and shown:
        smallest = min(shown, key=lambda team: (shown[team], team))
        hidden += shown.pop(smallest)
    return frozenset(shown)


def totals(scores: Mapping[int, Iterable[tuple[str, int]]], team: int) -> dict[str, tuple[float, int]]:
    """A team's mean and number of answers by question, where they may be shown; `scores` are every team's.

    Each question for itself: people leave some out, and are not all asked the same ones in a week.
    """
    given: dict[str, dict[int, list[int]]] = {}
    for each, answers in scores.items():
        for question, score in answers:
            given.setdefault(question, {}).setdefault(each, []).append(score)
    shown: dict[str, tuple[float, int]] = {}
    for question, by_team in given.items():
        if team in publishable({each: len(some) for each, some in by_team.items()}):
            mine = by_team[team]
            shown[question] = (sum(mine) / len(mine), len(mine))
    return shown


def managers(round_: PulseRoundRow) -> list[int]:
    """Whose contractor somebody was when they submitted: nobody else is “my manager”, whoever comes after."""
    return [int(one) for one in round_.managers.split(",") if one]


def seen_alike(round_: PulseRoundRow, answers: Mapping[str, PulseAnswerRow]) -> Seen | None:
    """Who sees everything of a round by name; None where that differs from answer to answer."""
    each = {answers[one].seen if one in answers else Seen.CARE for one in round_.questions.split(",")}
    if round_.comment or round_.slowing:
        each.add(round_.comment_seen)
    return Seen(each.pop()) if len(each) == 1 else None
