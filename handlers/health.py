"""Checking in: the care team's alerts, and what a contractor sees of their own signals."""

from collections.abc import Sequence
from datetime import date, timedelta

import storage
from bot import care, words
from bot.access import CARE, CONTRACTOR
from bot.card import Card, Form, Part
from bot.care.cases import LIVE, LONGEST_SNOOZE, NOT_A_CONCERN, Verdict, Why
from bot.chat import Again, Outcome, Router, Turn, Whisper
from bot.errors import N_
from storage.cases import HealthAlert

router = Router("health")

PAGE = 8  # alerts on one card
USUAL_SNOOZE = timedelta(days=7)


@router.command("health", about=N_("Check-ins: how people are doing, and what the care team sees about you"))
def health(turn: Turn) -> Whisper:
    """The care team's open check-ins; a contractor's own signals."""
    if CARE not in turn.actor.roles:
        return _mine(turn)
    first = int(turn.value) if turn.value.isdecimal() else 0
    alerts = storage.cases.live(turn.db, first, PAGE + 1)
    page = storage.cases.all_shown(turn.db, alerts[:PAGE])
    return Whisper(words.health.overview(
        page, max(0, first - PAGE) if first else -1, first + PAGE if len(alerts) > PAGE else -1,
        storage.cases.record(turn.db, turn.now), CONTRACTOR in turn.actor.roles,
    ))  # fmt: skip


@router.action("mine", reads=True)
def mine(turn: Turn) -> Whisper:
    """All the signals about oneself, as the care team would be told them tonight."""
    return _mine(turn)


@router.action("open", reads=True)
def open_(turn: Turn) -> Whisper:
    """One alert with everything that can be done about it."""
    return Whisper(_card(turn, _alert(turn)))


@router.action("take")
def take(turn: Turn) -> Card:
    """Say that one checks in."""
    alert = _alert(turn)
    if alert.state in LIVE:
        storage.cases.take(turn.db, alert, turn.actor.id, turn.now)
    return _card(turn, alert)


@router.action("comments", reads=True)
def comments(turn: Turn) -> Whisper:
    """What was given to the care team to read: for this reader alone, never on the card in a channel."""
    alert = _alert(turn)
    rounds = storage.cases.comments(turn.db, alert.person_id, turn.now)
    return Whisper(words.health.comments(storage.people.get(turn.db, alert.person_id).name, rounds))


@router.action("snooze")
def snooze(turn: Turn) -> Form | Card:
    """Ask until when."""
    alert = _alert(turn)
    if alert.state not in LIVE:
        return _card(turn, alert)
    return words.health.snooze_form(alert, _today(turn) + USUAL_SNOOZE)


@router.form("snoozed")
def snoozed(turn: Turn) -> Outcome:
    """Set it aside until a day of theirs."""
    alert, today = _alert(turn), _today(turn)
    try:
        until = date.fromisoformat(turn.text("until"))
    except ValueError:
        until = today
    if not today < until <= today + timedelta(days=LONGEST_SNOOZE):
        form = words.health.snooze_form(alert, today + USUAL_SNOOZE).filled(turn.fields)
        return Again(form, {"until": words.health.not_that_day()})
    if alert.state in LIVE:
        storage.cases.set_aside(turn.db, alert, until, turn.actor.zone, turn.now)
    return _card(turn, alert)


@router.action("dismiss")
def dismiss(turn: Turn) -> Form | Card:
    """Ask why it is not a concern."""
    alert = _alert(turn)
    return words.health.dismiss_form(alert) if alert.state in LIVE else _card(turn, alert)


@router.form("dismissed")
def dismissed(turn: Turn) -> Card:
    """Not a concern; quiet unless something else comes up."""
    alert, why = _alert(turn), Why(turn.text("why"))
    if alert.state in LIVE and why in NOT_A_CONCERN:
        storage.cases.dismiss(turn.db, alert, why, turn.text("note"), turn.now)
    return _card(turn, alert)


@router.action("resolve")
def resolve(turn: Turn) -> Form | Card:
    """Ask what was found; also of an alert that closed by itself."""
    alert = _alert(turn)
    return _card(turn, alert) if alert.verdict else words.health.resolve_form(alert)


@router.form("resolved")
def resolved(turn: Turn) -> Card:
    """Keep what was found."""
    alert, verdict = _alert(turn), Verdict(turn.text("found"))
    if verdict and not alert.verdict:
        storage.cases.resolve(turn.db, alert, verdict, turn.text("note"), turn.now)
    return _card(turn, alert)


@router.section
def home(turn: Turn) -> Sequence[Part]:
    """The care team's open check-ins; a contractor's way to their own signals."""
    parts: list[Part] = []
    if CARE in turn.actor.roles:
        parts += words.health.home_care(*storage.cases.count_live(turn.db))
    if CONTRACTOR in turn.actor.roles:
        parts += words.health.home_mine()
    return parts


def _alert(turn: Turn) -> HealthAlert:
    return storage.cases.get(turn.db, int(turn.value))


def _today(turn: Turn) -> date:
    return care.occurrences.local_date(turn.now, turn.actor.zone)


def _card(turn: Turn, alert: HealthAlert) -> Card:
    return words.health.alert(storage.cases.shown(turn.db, alert))


def _mine(turn: Turn) -> Whisper:
    team = storage.health.team_of(turn.db, turn.actor.id)
    known = {person: signals for person, _, signals in storage.health.signals(turn.db, team, turn.now)}
    signals = known.get(turn.actor.id)
    reasons = care.health.points(signals).reasons if signals else ()
    return Whisper(words.health.mine(reasons, storage.cases.of_person(turn.db, turn.actor.id)))
