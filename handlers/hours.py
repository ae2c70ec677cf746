"""Golden hours: proposed by the contractor, committed to by the manager, and the questions asked in them."""

from collections.abc import Sequence
from datetime import datetime, time

import storage
from bot import access, care, words
from bot.access import CONTRACTOR, MANAGER
from bot.card import Card, Form, Part
from bot.care.engagements import OPEN, EngagementRow
from bot.care.engagements import Status as Engaged
from bot.care.hours import Between, GoldenHours, Standing, Status, Suggestion, Window
from bot.chat import Again, Router, Turn, Whisper
from bot.errors import (
    N_,
    AlreadyAnswered,
    ContractorProposes,
    HoursPaused,
    NoGoldenHours,
    NotFound,
    OfferOver,
)
from bot.language import _
from bot.words.hours_said import HERE
from storage.deliveries import Priority
from storage.engagements import Engagement
from storage.hours import GoldenOffer, GoldenQuestion

router = Router("hours")

ON_HOME = 5  # engagements on one Home


@router.command("hours", "golden", usage="@who", about=N_("Golden hours: when your questions surely get an answer"))
def hours(turn: Turn) -> Whisper:
    """Where golden hours stand; which engagement is asked where there are several."""
    mine = _engagements(turn)
    if not mine:
        raise NotFound
    if len(mine) == 1:
        return Whisper(_overview(turn, mine[0]))
    sides = [storage.hours.between(turn.db, one, turn.actor.id) for one in mine]
    choices = [(str(one.engagement.id), one.engagement.role, one.other.name) for one in sides]
    return Whisper(words.engagements.which("hours.show", choices))


@router.action("show")
def show(turn: Turn) -> Whisper:
    """Where the golden hours of one engagement stand."""
    return Whisper(_overview(turn, _engagement(turn, turn.value)))


# -- agreeing on a window --------------------------------------------------------------------------------


@router.action("propose")
def propose(turn: Turn) -> Card:
    """Propose a window that was suggested: `engagement|weekdays|start|minutes` on the contractor's own clock."""
    engagement_id, weekdays, start, minutes = turn.value.split("|")
    engagement = _engagement(turn, engagement_id)
    days = frozenset(int(day) for day in weekdays)
    return _offer(turn, engagement, GoldenHours(days, time.fromisoformat(start), int(minutes), turn.actor.zone))


@router.action("another")
def another(turn: Turn) -> Form:
    """Type another window."""
    engagement = _engagement(turn, turn.value)
    return _window_form(turn, _may_offer(turn, engagement))


@router.form("offered")
def offered(turn: Turn) -> Whisper | Again:
    """Put a typed window to the other side; it was typed on the actor's own clock."""
    engagement = _engagement(turn, turn.value)
    standing = _may_offer(turn, engagement)
    try:
        start = time.fromisoformat(turn.text("start"))
    except ValueError:
        return Again(_window_form(turn, standing).filled(turn.fields), {"start": _("Give an hour like 15:00.")})
    days = turn.fields.get("days") or ()
    if not days:
        return Again(_window_form(turn, standing).filled(turn.fields), {"days": _("Choose at least one day.")})
    between, zone = standing.between, turn.actor.zone
    today = care.occurrences.local_date(turn.now, zone)
    golden = care.hours.from_wall(
        map(int, days), start, int(turn.text("minutes") or care.hours.LENGTHS[0]), zone, between.contractor.zone, today
    )
    return Whisper(_offer(turn, engagement, golden))


@router.action("accept")
def accept(turn: Turn) -> Card:
    """Agree: from now on both are reminded, and the team commits to answer."""
    made, engagement = _waiting(turn)
    before = storage.hours.current(turn.db, engagement, Status.AGREED)
    if before is not None:
        storage.hours.settle(turn.db, before, Status.REPLACED, turn.now)
    storage.hours.settle(turn.db, made, Status.AGREED, turn.now)
    between = storage.hours.between(turn.db, engagement, turn.actor.id)
    storage.hours.plan_next(turn.db, made, [one.zone for one in between.people], turn.now)
    return _decided(turn, made, between)


@router.action("decline")
def decline(turn: Turn) -> Card:
    """Say no; nobody asks why."""
    made, engagement = _waiting(turn)
    storage.hours.settle(turn.db, made, Status.DECLINED, turn.now)
    return _decided(turn, made, storage.hours.between(turn.db, engagement, turn.actor.id))


@router.action("stop")
def stop(turn: Turn) -> Card:
    """End what was agreed, and tell the other side."""
    made, engagement = _offered(turn)
    if made.status != Status.AGREED:
        raise OfferOver
    storage.hours.settle(turn.db, made, Status.STOPPED, turn.now, turn.actor.id)
    between = storage.hours.between(turn.db, engagement, turn.actor.id)
    storage.deliveries.plan(
        turn.db, f"hours-stopped:{made.id}", "hours.stopped", at=turn.now, subject=made.id or 0, person=between.other.id
    )
    return words.hours_offers.stopped(between, made)


@router.action("keep")
def keep(turn: Turn) -> Card:
    """Leave the window where a clock change moves it."""
    made, engagement = _offered(turn)
    if made.status != Status.AGREED:
        raise OfferOver
    return words.hours.keeping(storage.hours.between(turn.db, engagement, turn.actor.id))


def _may_offer(turn: Turn, engagement: Engagement) -> Standing:
    """The contractor proposes; a manager counters what was proposed or changes what was agreed."""
    standing = storage.hours.standing(turn.db, engagement, turn.actor.id, turn.now)
    if not standing.between.contracting and standing.waiting is None and standing.agreed is None:
        raise ContractorProposes
    return standing


def _window_form(turn: Turn, standing: Standing) -> Form:
    start_from = standing.waiting or standing.agreed
    golden = care.hours.golden_of(start_from) if start_from else None
    on = care.occurrences.local_date(turn.now, golden.zone if golden else turn.actor.zone)
    return words.hours_offers.window_form(standing.between, golden, on)


def _offer(turn: Turn, engagement: Engagement, golden: GoldenHours) -> Card:
    """Put a window to the other side; whatever waited gives way to it."""
    between = storage.hours.between(turn.db, engagement, turn.actor.id)
    waiting = storage.hours.current(turn.db, engagement, Status.WAITING)
    if waiting is not None:
        storage.hours.settle(turn.db, waiting, Status.REPLACED, turn.now)
        storage.deliveries.withdraw(turn.db, f"hours-offer:{waiting.id}", "a later suggestion took its place", turn.now)
        storage.deliveries.refresh(turn.db, f"hours-offer:{waiting.id}", turn.now, "replaced")
    made = storage.hours.put(turn.db, engagement, golden, between.contracting, turn.now)
    storage.deliveries.plan(
        turn.db, f"hours-offer:{made.id}", "hours.offer", at=turn.now, subject=made.id or 0, person=between.other.id
    )
    return words.hours_offers.suggestion_sent(between, made, turn.now)


def _decided(turn: Turn, made: GoldenOffer, between: Between) -> Card:
    """Tell whoever suggested it; the card that asked shows what was decided."""
    storage.deliveries.plan(
        turn.db, f"hours-decided:{made.id}", "hours.decided", at=turn.now, subject=made.id or 0, person=between.other.id
    )
    storage.deliveries.withdraw(turn.db, f"hours-offer:{made.id}", "answered", turn.now)
    storage.deliveries.refresh(turn.db, f"hours-offer:{made.id}", turn.now, "decided")
    if turn.value.endswith(HERE):
        return _overview(turn, between.engagement)
    return words.hours_offers.offer(between, made, turn.now)


# -- asking and answering ----------------------------------------------------------------------------------


@router.action("ask")
def ask(turn: Turn) -> Form:
    """Type a question."""
    engagement = _engagement(turn, turn.value)
    _promised(turn, engagement)
    return words.hours_questions.ask_form(storage.hours.between(turn.db, engagement, turn.actor.id))


@router.form("asked")
def asked(turn: Turn) -> Whisper | Again:
    """Take the question to the manager at once, due by the end of the window that is open or comes next."""
    engagement = _engagement(turn, turn.value)
    made = _promised(turn, engagement)
    between = storage.hours.between(turn.db, engagement, turn.actor.id)
    if not turn.text("question"):
        return Again(words.hours_questions.ask_form(between), {"question": _("Write your question.")})
    question = storage.hours.ask(turn.db, between, made, turn.text("question"), turn.now)
    _take(turn, question, between)
    return Whisper(words.hours_questions.asked(between, question))


@router.action("answered")
def answered(turn: Turn) -> Card:
    """The manager says it is answered; the contractor is told."""
    question, between = _answer(turn)
    storage.deliveries.plan(
        turn.db, storage.hours.key(question, "answered"), "hours.answered", at=turn.now, subject=question.id or 0,
        person=between.other.id,
    )  # fmt: skip
    return _overview(turn, between.engagement) if _here(turn) else words.hours_questions.question(between, question)


@router.action("got")
def got(turn: Turn) -> Card:
    """The contractor says they have their answer; the manager's card shows it."""
    question, between = _answer(turn)
    return _overview(turn, between.engagement) if _here(turn) else words.hours_questions.answered(between, question)


@router.action("reopen")
def reopen(turn: Turn) -> Card:
    """It was not answered after all: the manager gets it once more, for the next window."""
    question, engagement = _question(turn)
    if question.answered_at is None:
        return words.hours_questions.asked(storage.hours.between(turn.db, engagement, turn.actor.id), question)
    made = _promised(turn, engagement)
    between = storage.hours.between(turn.db, engagement, turn.actor.id)
    storage.hours.reopen(turn.db, question)
    storage.hours.commit(turn.db, between, question, made, turn.now)
    _take(turn, question, between)
    return words.hours_questions.asked(between, question)


def _promised(turn: Turn, engagement: Engagement) -> GoldenOffer:
    """The window in which answers are promised now. Raises NoGoldenHours or HoursPaused."""
    made = storage.hours.current(turn.db, engagement, Status.AGREED)
    if made is None:
        raise NoGoldenHours
    if engagement.status == Engaged.PAUSED:
        raise HoursPaused
    return made


def _take(turn: Turn, question: GoldenQuestion, between: Between) -> None:
    key = storage.hours.key(question, "question")
    storage.deliveries.plan(
        turn.db, key, "hours.question", at=turn.now, subject=question.id or 0, person=between.manager.id,
        priority=Priority.URGENT,
    )  # fmt: skip


def _answer(turn: Turn) -> tuple[GoldenQuestion, Between]:
    """Close a question; every card that shows it open is drawn again."""
    question, engagement = _question(turn)
    if question.answered_at is not None:
        raise AlreadyAnswered
    between = storage.hours.between(turn.db, engagement, turn.actor.id)
    storage.hours.answer(turn.db, between, question, turn.now)
    for letter in ("question", "nudge", "unanswered"):
        storage.deliveries.withdraw(turn.db, storage.hours.key(question, letter), "answered", turn.now)
        storage.deliveries.refresh(turn.db, storage.hours.key(question, letter), turn.now)
    storage.deliveries.refresh(turn.db, storage.hours.key(question, "answered", before=1), turn.now)
    return question, between


def _here(turn: Turn) -> bool:
    return turn.value.endswith(HERE)


# -- what a turn is about ------------------------------------------------------------------------------------


def _engagements(turn: Turn) -> list[Engagement]:
    """The actor's own, of both kinds; only those with whoever was mentioned."""
    mine = [
        *storage.engagements.of_contractor(turn.db, turn.actor.id),
        *storage.engagements.of_manager(turn.db, turn.actor.id),
    ]
    if not turn.people:
        return mine
    named = {one.id for user in turn.people if (one := storage.people.by_user(turn.db, user))}
    return [one for one in mine if named & {one.contractor_id, one.manager_id}]


def _engagement(turn: Turn, engagement_id: str) -> Engagement:
    """One of the actor's own. Raises NotAllowed, or NotFound where it has ended."""
    engagement = storage.engagements.get(turn.db, int(engagement_id))
    access.check(turn.actor, turn.route, care.engagements.subject(engagement))
    if engagement.status not in OPEN:
        raise NotFound
    return engagement


def _offered(turn: Turn) -> tuple[GoldenOffer, Engagement]:
    made = storage.hours.offer_of(turn.db, int(turn.value.removesuffix(HERE)))
    return made, _engagement(turn, str(made.engagement_id))


def _waiting(turn: Turn) -> tuple[GoldenOffer, Engagement]:
    """An offer that waits for the actor. Raises OfferOver."""
    made, engagement = _offered(turn)
    between = storage.hours.between(turn.db, engagement, turn.actor.id)
    if not between.waits_for_me(made) or made.manager_id != engagement.manager_id:
        raise OfferOver
    return made, engagement


def _question(turn: Turn) -> tuple[GoldenQuestion, Engagement]:
    question = storage.hours.question_of(turn.db, int(turn.value.removesuffix(HERE)))
    return question, _engagement(turn, str(question.engagement_id))


def _overview(turn: Turn, engagement: EngagementRow) -> Card:
    standing = storage.hours.standing(turn.db, engagement, turn.actor.id, turn.now)
    none_yet = standing.agreed is None and standing.waiting is None and standing.between.contracting
    suggestions = _suggestions(standing.between, turn.now) if none_yet else ()
    return words.hours.overview(standing, _window(standing, turn.now), suggestions, turn.now)


def _suggestions(between: Between, now: datetime) -> tuple[Suggestion, ...]:
    mine, theirs = (care.people.working_hours(one) for one in between.people)
    return care.hours.suggest(mine, theirs, care.occurrences.local_date(now, mine.zone))


def _window(standing: Standing, now: datetime) -> Window | None:
    """The window that is open or comes next, days off left out."""
    if standing.agreed is None:
        return None
    golden = care.hours.golden_of(standing.agreed)
    return next(golden.windows(now, care.hours.days_off(golden, standing.between.people, now)))


# -- the Home --------------------------------------------------------------------------------------------------


@router.section
def home(turn: Turn) -> Sequence[Part]:
    """Golden hours on the Home of either side, what waits for the reader first."""
    if not turn.actor.roles & {CONTRACTOR, MANAGER}:
        return ()
    standings = [storage.hours.standing(turn.db, one, turn.actor.id, turn.now) for one in _engagements(turn)]
    standings.sort(key=lambda one: not (one.questions or (one.waiting and one.between.waits_for_me(one.waiting))))
    shown = [(one, _window(one, turn.now)) for one in standings[:ON_HOME]]
    return words.hours.home(shown, max(0, len(standings) - ON_HOME), turn.now)
