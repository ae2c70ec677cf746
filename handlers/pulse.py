"""Answering the weekly pulse, and a manager's result."""

from collections.abc import Sequence
from datetime import datetime, time

import storage
from bot import care, words
from bot.access import CONTRACTOR, MANAGER
from bot.card import Card, Form, Part
from bot.chat import Again, Fresh, Outcome, Router, Turn, Whisper
from bot.errors import N_, PulseClosed
from bot.language import _
from storage.pulse import PulseRound

router = Router("pulse")


@router.command("pulse", about=N_("The weekly pulse: answer it, or see your team's result"))
def pulse(turn: Turn) -> Outcome:
    """A contractor's open round; a manager's result."""
    if CONTRACTOR in turn.actor.roles:
        round_ = storage.pulse.latest(turn.db, turn.actor.id)
        if round_ is not None and care.pulse.is_open(round_, turn.now):
            return Whisper(_question(turn, round_))
        if MANAGER not in turn.actor.roles:
            return Whisper(words.pulse.nothing_open(_next(turn), turn.actor.zone))
    return Whisper(_result(turn))


@router.action("answer")
def answer(turn: Turn) -> Fresh:
    """Keep one tapped number; it counts once submitted."""
    round_id, question, score = turn.value.split(":")
    if turn.now >= storage.pulse.closes_at(turn.db, int(round_id), turn.actor.id):
        raise PulseClosed
    storage.pulse.tap(turn.db, int(round_id), question, int(score), care.pulse.Seen.CARE)
    return Fresh("pulse.question", round_id)


@router.action("seen_by")
def seen_by(turn: Turn) -> Card:
    """Choose who sees all of this week's answers by name."""
    round_id, seen = turn.value.split(":")
    round_ = _mine(turn, round_id)
    storage.pulse.set_seen(turn.db, round_, care.pulse.Seen(seen))
    return _question(turn, round_)


@router.action("comment")
def comment(turn: Turn) -> Form:
    """Ask for words."""
    return words.pulse.comment_form(_mine(turn, turn.value))


@router.form("commented")
def commented(turn: Turn) -> Card:
    """Keep the words; they count once submitted."""
    round_ = _mine(turn, turn.value)
    round_.comment, round_.slowing = turn.text("comment"), turn.text("slowing")
    round_.comment_seen = care.pulse.Seen(turn.text("seen") or round_.comment_seen)
    turn.db.add(round_)
    turn.db.flush()
    return _question(turn, round_)


@router.action("each")
def each(turn: Turn) -> Form:
    """Choose who sees which answer."""
    round_ = _mine(turn, turn.value)
    return words.pulse.each_form(round_, _answers(turn, round_))


@router.form("each_chosen")
def each_chosen(turn: Turn) -> Card:
    """Keep who sees which answer."""
    round_ = _mine(turn, turn.value)
    for question in round_.questions.split(","):
        if turn.text(question):
            storage.pulse.see(turn.db, round_, question, care.pulse.Seen(turn.text(question)))
    return _question(turn, round_)


@router.action("submit")
def submit(turn: Turn) -> Card | Whisper:
    """Let it count, and say who can see it."""
    round_ = _mine(turn, turn.value)
    answers = _answers(turn, round_)
    if not (any(one.score for one in answers.values()) or round_.comment or round_.slowing):
        return Whisper(words.pulse.nothing_answered())
    storage.pulse.submit(turn.db, round_, turn.now)
    storage.occurrences.cancel(turn.db, "pulse.remind", round_.id or 0)
    storage.deliveries.withdraw(turn.db, f"pulse-remind:{round_.person_id}:{round_.week}", "answered", turn.now)
    return _receipt(turn, round_)


@router.action("edit")
def edit(turn: Turn) -> Card:
    """Back to the questions, until the round closes."""
    return _question(turn, _mine(turn, turn.value))


@router.action("schedule")
def schedule(turn: Turn) -> Form:
    """Choose day and hour."""
    return words.pulse.schedule_form(storage.pulse.schedule(turn.db, turn.actor.id), turn.actor.zone)


@router.form("scheduled")
def scheduled(turn: Turn) -> Outcome:
    """Keep day and hour; a week that was asked already is not asked again."""
    chosen = storage.pulse.schedule(turn.db, turn.actor.id)
    try:
        chosen.weekday, chosen.at = int(turn.text("weekday")), time.fromisoformat(turn.text("at"))
    except ValueError:
        form = words.pulse.schedule_form(chosen, turn.actor.zone).filled(turn.fields)
        return Again(form, {"at": _("Give an hour like 15:00.")})
    turn.db.add(chosen)
    due_at = storage.pulse.plan_next(turn.db, chosen, turn.actor.zone, turn.now)
    return Whisper(words.pulse.scheduled(due_at, turn.actor.zone))


@router.section
def home(turn: Turn) -> Sequence[Part]:
    """The contractor's pulse on their Home."""
    if CONTRACTOR not in turn.actor.roles:
        return ()
    round_ = storage.pulse.latest(turn.db, turn.actor.id)
    is_open = round_ is not None and care.pulse.is_open(round_, turn.now)
    submitted = round_ is not None and round_.submitted_at is not None
    return words.pulse.home(_next(turn), round_.id if round_ and is_open else None, submitted, turn.actor.zone)


def _mine(turn: Turn, round_id: str) -> PulseRound:
    """The actor's own open round. Raises NotFound or PulseClosed."""
    round_ = storage.pulse.round_of(turn.db, int(round_id), turn.actor.id)
    if not care.pulse.is_open(round_, turn.now):
        raise PulseClosed
    return round_


def _answers(turn: Turn, round_: PulseRound) -> dict[str, care.pulse.PulseAnswerRow]:
    return {one.question: one for one in storage.pulse.answers(turn.db, round_.id or 0)}


def _question(turn: Turn, round_: PulseRound) -> Card:
    return words.pulse.question(round_, _answers(turn, round_), turn.actor.zone, turn.now)


def _receipt(turn: Turn, round_: PulseRound) -> Card:
    team = [one.name for one in storage.people.care_team(turn.db)]
    engagements = storage.engagements.of_contractor(turn.db, turn.actor.id)
    managers = storage.people.several(turn.db, {one.manager_id for one in engagements}).values()
    answers = storage.pulse.answers(turn.db, round_.id or 0)
    return words.pulse.receipt(round_, answers, team, [one.name for one in managers], turn.actor.zone)


def _next(turn: Turn) -> datetime | None:
    planned = storage.occurrences.of(turn.db, "pulse.ask", turn.actor.id)
    return planned.due_at if planned else None


def _result(turn: Turn) -> Card:
    """The newest total that may be shown, and what the manager's own contractors chose to share with them."""
    if MANAGER not in turn.actor.roles:
        return words.pulse.no_team()
    week = care.pulse.last_total(turn.now)
    total = care.pulse.totals(storage.pulse.by_team(turn.db, week), turn.actor.id)
    team = [one.contractor_id for one in storage.engagements.of_manager(turn.db, turn.actor.id)]
    return words.pulse.result(week, total, _shared(turn, team))


def _shared(turn: Turn, team: Sequence[int]) -> list[tuple[str, str, float | None, str]]:
    people = storage.people.several(turn.db, team)
    shared = []
    for round_ in storage.pulse.latest_submitted(turn.db, team):
        if turn.actor.id not in care.pulse.managers(round_):
            continue
        given = [
            one for one in storage.pulse.answers(turn.db, round_.id or 0) if one.sent_seen == care.pulse.Seen.MANAGER
        ]
        comment = round_.sent_comment if round_.sent_comment_seen == care.pulse.Seen.MANAGER else ""
        if given or comment:
            shared.append((people[round_.person_id].name, round_.week, care.pulse.mean(given), comment))
    return shared
