"""Reporting what stops me, and answering for it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, time

import storage
from bot import access, care, words
from bot.access import CARE, CONTRACTOR
from bot.card import Card, Form, Part
from bot.care.blockers import OLDEST, WAITING, Severity, State
from bot.care.engagements import RUNNING
from bot.chat import Again, Router, Turn, Whisper
from bot.errors import N_, NotFound, NothingRunning, NotWithCare
from bot.language import _
from bot.words.blockers_forms import LONGEST, NOTE, Started
from storage.blockers import Blocker, Report
from storage.engagements import Engagement
from storage.people import Person

router = Router("blockers")


# -- reporting -----------------------------------------------------------------------------------------


@router.command("blocker", "blocked", "stuck", about=N_("Tell what stops you, or see what is blocked"))
def blocker(turn: Turn) -> Form | Whisper | Card:
    """A contractor's report, with whatever they wrote after the word; everybody's list."""
    if turn.value.lower() in ("list", "open"):
        return Whisper(_list(turn))
    if CONTRACTOR not in turn.actor.roles:
        if turn.value:
            access.check(turn.actor, "blockers.report")  # says why not
        return Whisper(_list(turn))
    if turn.place.direct and not turn.place.message:  # typed: no form can open, so the words wait for one tap
        return _offer(turn)
    return _form(turn, Started(turn.value, _first(turn.people)))


@router.shortcut("report", "global", N_("Report a blocker"), N_("Say what stops you; it gets moved"))
def report(turn: Turn) -> Form:
    """From the platform's own menu."""
    return _form(turn, Started())


@router.shortcut("from_message", "message", N_("Report as a blocker"), N_("Make this message a blocker"))
def from_message(turn: Turn) -> Form:
    """From a message: its text is what stops me."""
    return _form(turn, Started(turn.value))


@router.action("draft")
def draft(turn: Turn) -> Form:
    """From words that came by direct message."""
    kept = storage.blockers.draft(turn.db, int(turn.value), turn.actor.id)
    return _form(turn, Started(kept.text, kept.whom, f"draft:{kept.id}"))


@router.action("from_pulse")
def from_pulse(turn: Turn) -> Form | Card | None:
    """One tap from the pulse: what slows me down goes to my manager as it is. No form, unless it must be asked where."""
    round_ = storage.pulse.round_of(turn.db, int(turn.value), turn.actor.id)
    if round_.blocker_id is not None:
        return _view(turn, storage.blockers.get(turn.db, round_.blocker_id))
    engagements = _engagements(turn)
    if len(engagements) > 1 or not round_.sent_slowing:
        return _form(turn, Started(round_.sent_slowing, "", f"pulse:{round_.id}"))
    only = engagements[0]
    told = Report(only.id or 0, only.manager_id, round_.sent_slowing, "", Severity.SLOWED, turn.now)
    return _reported(turn, told, f"pulse:{round_.id}")


@router.form("reported")
def reported(turn: Turn) -> Card | Again | None:
    """Keep the report, or give the form back with what needs another look."""
    engagement, wrong = _chosen(turn)
    whom, errors = _person(turn, engagement.manager_id, not_me=True)
    since, unclear = _since(turn)
    wrong |= errors | unclear
    if not turn.text("stops"):
        wrong["stops"] = _("Say in a few words what stops you.")
    if wrong or whom is None or since is None:
        return Again(_form(turn, Started(value=turn.value)).filled(turn.fields), wrong)
    severity = Severity(turn.text("severity") or Severity.SLOWED)
    stops, needs = turn.text("stops")[:LONGEST], turn.text("needs")[:LONGEST]
    return _reported(turn, Report(engagement.id or 0, whom, stops, needs, severity, since), turn.value)


# -- answering -----------------------------------------------------------------------------------------


@router.action("acknowledge")
def acknowledge(turn: Turn) -> Card:
    """I am on it: the clock stops."""
    found = _found(turn)
    if found.state != State.OPEN:
        return _view(turn, found, stale=found.seen_by != turn.actor.id)
    storage.blockers.acknowledge(turn.db, found, turn.actor.id, turn.now)
    return _view(turn, found)


@router.action("resolve")
def resolve(turn: Turn) -> Form | Card:
    """Ask what was done."""
    found = _found(turn)
    return words.blockers_forms.resolve(found.id or 0) if found.state in WAITING else _view(turn, found, stale=True)


@router.form("resolved")
def resolved(turn: Turn) -> Card:
    """It is solved."""
    return _settle(turn, WAITING, storage.blockers.resolve)


@router.action("reopen")
def reopen(turn: Turn) -> Form | Card:
    """Ask what is still missing."""
    found = _found(turn)
    _in_force(turn, found)
    reopens = found.state == State.RESOLVED
    return words.blockers_forms.reopen(found.id or 0) if reopens else _view(turn, found, stale=True)


@router.form("reopened")
def reopened(turn: Turn) -> Card:
    """It was not solved after all."""
    _in_force(turn, _found(turn))
    return _settle(turn, (State.RESOLVED,), storage.blockers.reopen)


@router.action("hand")
def hand(turn: Turn) -> Form | Card:
    """Ask who can help instead."""
    found = _found(turn)
    return words.blockers_forms.hand(found.id or 0) if found.state in WAITING else _view(turn, found, stale=True)


@router.form("handed")
def handed(turn: Turn) -> Card | Again:
    """Somebody else answers for it from now on."""
    found = _found(turn)
    if found.state not in WAITING:
        return _view(turn, found, stale=True)
    whom, wrong = _person(turn, None)
    if whom == found.contractor_id:
        wrong["whom"] = _("That is who is stuck. Pick somebody who can help them.")
    elif whom == found.owner_id:
        wrong["whom"] = _("It is with them already. Pick somebody else.")
    if wrong or whom is None:
        return Again(words.blockers_forms.hand(found.id or 0).filled(turn.fields), wrong)
    storage.blockers.hand_over(turn.db, found, turn.actor.id, whom, turn.text("note")[:NOTE], turn.now)
    return _view(turn, found)


# -- looking -------------------------------------------------------------------------------------------


@router.action("open")
def open_(turn: Turn) -> Whisper:
    """One blocker as it stands."""
    return Whisper(_view(turn, _found(turn)))


@router.action("list")
def list_(turn: Turn) -> Whisper:
    """Every open one the reader may see."""
    return Whisper(_list(turn))


@router.section
def home(turn: Turn) -> Sequence[Part]:
    """What is blocked, on the Home."""
    waiting = _waiting(turn)
    mine = sum(one.contractor_id == turn.actor.id for one in waiting)
    return words.blockers.home(mine, len(waiting) - mine, CONTRACTOR in turn.actor.roles)


# -- shared --------------------------------------------------------------------------------------------


def _engagements(turn: Turn) -> list[Engagement]:
    """The actor's running engagements. Raises NothingRunning."""
    running = [one for one in storage.engagements.of_contractor(turn.db, turn.actor.id) if one.status in RUNNING]
    if not running:
        raise NothingRunning
    return running


def _form(turn: Turn, started: Started) -> Form:
    running = _engagements(turn)
    managers = storage.people.several(turn.db, {one.manager_id for one in running})
    choices = [(str(one.id), one.role, managers[one.manager_id].name) for one in running]
    return words.blockers_forms.report(started, choices, turn.actor.zone, turn.now)


def _offer(turn: Turn) -> Card:
    _engagements(turn)
    if not turn.value:
        return words.blockers_forms.offer(None, "")
    kept = storage.blockers.keep_draft(turn.db, turn.actor.id, turn.value, _first(turn.people), turn.now)
    return words.blockers_forms.offer(kept.id, kept.text)


def _chosen(turn: Turn) -> tuple[Engagement, dict[str, str]]:
    """The engagement that is meant; the first, with an error, where that was left open."""
    running = _engagements(turn)
    if len(running) == 1:
        return running[0], {}
    meant = [one for one in running if str(one.id) == turn.text("engagement")]
    return (meant or running)[0], {} if meant else {"engagement": _("Say in which engagement it stops you.")}


def _person(turn: Turn, otherwise: int | None, not_me: bool = False) -> tuple[int | None, dict[str, str]]:
    """The person who was picked, as somebody who can be asked."""
    if not turn.text("whom") and otherwise is not None:
        return otherwise, {}
    picked: Person | None = storage.people.by_user(turn.db, turn.text("whom"))
    if picked is None or not picked.active:
        return None, {"whom": _("I can't reach them here. Pick somebody of this workspace.")}
    if not_me and picked.id == turn.actor.id:
        return None, {"whom": _("Pick somebody other than yourself, or nobody: then I ask your manager.")}
    return picked.id, {}


def _since(turn: Turn) -> tuple[datetime | None, dict[str, str]]:
    """When it began, on the contractor's own clock."""
    try:
        day, at = date.fromisoformat(turn.text("since_day")), time.fromisoformat(turn.text("since_time"))
    except ValueError:
        return None, {"since_day": _("Give a day and a time, like 2026-11-23 and 15:00.")}
    since = care.occurrences.instant(day, at.replace(tzinfo=None), turn.actor.zone)
    if since > turn.now:
        return None, {"since_time": _("That is still to come. Give when it began.")}
    if since < turn.now - OLDEST:
        return None, {"since_day": _("That is more than a year ago. Is the year right?")}
    return since, {}


def _reported(turn: Turn, told: Report, source: str) -> Card | None:
    """Keep it, remember where the words came from, and say what happens now."""
    made = storage.blockers.report(turn.db, turn.actor.id, told, turn.now)
    kind, _colon, id_ = source.partition(":")
    if kind == "draft":
        storage.blockers.drop_draft(turn.db, int(id_), turn.actor.id)
    if kind == "pulse":
        round_ = storage.pulse.round_of(turn.db, int(id_), turn.actor.id)
        round_.blocker_id = made.id
        turn.db.add(round_)
    if turn.place.direct and not turn.place.message:
        return None  # the report itself comes next, in the same place
    about = storage.blockers.dossier(turn.db, made, turn.now)
    return words.blockers.noted(about, turn.actor.zone, int(id_) if kind == "pulse" else None)


def _found(turn: Turn) -> Blocker:
    """The blocker a tap is about, if the actor may do this to it. Raises NotFound, NotWithCare or NotAllowed."""
    if not turn.value.isdecimal():
        raise NotFound
    found = storage.blockers.get(turn.db, int(turn.value))
    about = storage.blockers.subject(turn.db, found)
    if found.with_care:
        access.check(turn.actor, turn.route, about)
        return found
    without = replace(turn.actor, roles=turn.actor.roles - {CARE})
    if not access.may(without, turn.route, about) and access.may(turn.actor, turn.route, about):
        raise NotWithCare
    access.check(without, turn.route, about)
    return found


def _in_force(turn: Turn, found: Blocker) -> None:
    """Whether somebody could be asked again. Raises NothingRunning."""
    if storage.engagements.get(turn.db, found.engagement_id).status not in RUNNING:
        raise NothingRunning


def _settle(turn: Turn, states: Sequence[State], work: Callable[..., None]) -> Card:
    found = _found(turn)
    if found.state not in states:
        return _view(turn, found, stale=True)
    work(turn.db, found, turn.actor.id, turn.text("note")[:NOTE], turn.now)
    return _view(turn, found)


def _view(turn: Turn, found: Blocker, stale: bool = False) -> Card:
    """The blocker as its reader sees it; in a channel with both sides' zones."""
    about = storage.blockers.dossier(turn.db, found, turn.now)
    if found.contractor_id == turn.actor.id:
        return words.blockers.report(about, turn.actor.zone, stale)
    if turn.place.message and not turn.place.direct:
        zone, others = care.blockers.zones(about)
        return words.blockers.notice(about, zone, others, stale=stale)
    return words.blockers.notice(about, turn.actor.zone, stale=stale)


def _waiting(turn: Turn) -> Sequence[Blocker]:
    return storage.blockers.waiting(turn.db, turn.actor.id, care=CARE in turn.actor.roles)


def _list(turn: Turn) -> Card:
    waiting = _waiting(turn)
    people = storage.people.several(turn.db, {one.contractor_id for one in waiting})
    shown = [(one, people[one.contractor_id].name) for one in waiting]
    return words.blockers.listed(shown, turn.actor.zone, CONTRACTOR in turn.actor.roles)


def _first(people: Sequence[str]) -> str:
    return people[0] if people else ""
