"""The introduction: the contractor drafts, changes and approves it; everybody can say hi."""

from collections.abc import Sequence

import storage
from bot import access, care, words
from bot.access import CONTRACTOR
from bot.card import Card, Form, Part
from bot.care.engagements import RUNNING, Status
from bot.care.onboarding import State
from bot.chat import Again, Router, Turn, Whisper
from bot.errors import EngagementOver, IntroductionPosted
from storage.engagements import Engagement
from storage.onboarding import Introduction

router = Router("onboarding")

OUT = (storage.deliveries.State.DUE, storage.deliveries.State.SENDING, storage.deliveries.State.SENT)


@router.action("open")
def open_(turn: Turn) -> Whisper:
    """Come back to it, wherever it stands."""
    engagement = _mine(turn)
    return Whisper(_card(turn, engagement, storage.onboarding.offer(turn.db, engagement.id or 0)))


@router.action("start")
def start(turn: Turn) -> Form:
    """Ask for a fun fact."""
    engagement = _mine(turn)
    return words.onboarding.start_form(engagement, _changeable(turn, engagement).fun_fact)


@router.form("drafted")
def drafted(turn: Turn) -> Card:
    """Draft it from role, bottleneck and fun fact, for the contractor alone."""
    engagement = _mine(turn)
    one = _changeable(turn, engagement)
    people = storage.people.several(turn.db, {engagement.contractor_id, engagement.manager_id})
    one.fun_fact, one.state = turn.text("fun_fact")[: care.onboarding.LONGEST_FACT], State.DRAFTED
    contractor, manager = people[engagement.contractor_id].name, people[engagement.manager_id].name
    one.text = words.onboarding.draft(engagement, contractor, manager, one.fun_fact)
    storage.onboarding.keep(turn.db, one)
    storage.deliveries.withdraw(turn.db, storage.onboarding.ask_key(engagement.id or 0), "begun already", turn.now)
    return words.onboarding.drafted(engagement, one)


@router.action("edit")
def edit(turn: Turn) -> Form:
    """The draft, to be changed."""
    engagement = _mine(turn)
    return words.onboarding.edit_form(engagement, _changeable(turn, engagement))


@router.form("edited")
def edited(turn: Turn) -> Card | Again:
    """Keep the contractor's own words."""
    engagement = _mine(turn)
    one = _changeable(turn, engagement)
    text = turn.text("text")[: care.onboarding.LONGEST_TEXT]
    if not text:
        form = words.onboarding.edit_form(engagement, one).filled(turn.fields)
        return Again(form, {"text": words.onboarding.text_needed()})
    one.text, one.state = text, State.DRAFTED
    storage.onboarding.keep(turn.db, one)
    return words.onboarding.drafted(engagement, one)


@router.action("approve")
def approve(turn: Turn) -> Card:
    """Post it as it was shown; a second tap changes nothing."""
    engagement = _mine(turn)
    one = storage.onboarding.offer(turn.db, engagement.id or 0)
    if one.state == State.DRAFTED:
        one.state = State.APPROVED
        storage.onboarding.keep(turn.db, one)
        _post(turn, engagement, one)
    return _card(turn, engagement, one)


@router.action("again")
def again(turn: Turn) -> Card:
    """Try once more to post what was approved."""
    engagement = _theirs(turn)
    one = storage.onboarding.offer(turn.db, engagement.id or 0)
    contractor = storage.people.get(turn.db, engagement.contractor_id)
    if one.state == State.APPROVED and not _is_out(turn, engagement):
        _post(turn, engagement, one)
    if turn.actor.id == engagement.contractor_id:
        return _card(turn, engagement, one)
    if _is_posted(turn, engagement):
        return words.onboarding.there(contractor.name)
    if one.state == State.APPROVED and not _is_out(turn, engagement):
        return words.onboarding.no_way(engagement, contractor.name, bool(_channel(turn, engagement)), "")
    return words.onboarding.tried_again(contractor.name)


@router.action("decline")
def decline(turn: Turn) -> Card:
    """No introduction."""
    engagement = _mine(turn)
    storage.onboarding.decline(turn.db, _changeable(turn, engagement, withdrawing=True), turn.now)
    return words.onboarding.declined(engagement)


@router.action("hi")
def hi(turn: Turn) -> Whisper | None:
    """Say hi, once; the posted card shows it, the contractor hears of it with the others."""
    one = storage.onboarding.get(turn.db, int(turn.value))
    engagement = storage.engagements.get(turn.db, one.engagement_id)
    if turn.actor.id == engagement.contractor_id:
        return Whisper(words.onboarding.own(len(storage.onboarding.greetings(turn.db, one))))
    if not storage.onboarding.greet(turn.db, one, turn.actor.id, turn.now):
        contractor = storage.people.get(turn.db, engagement.contractor_id)
        return Whisper(words.onboarding.already(contractor.name))
    storage.deliveries.refresh(
        turn.db, storage.onboarding.key(one.engagement_id), turn.now, f"hi:{turn.actor.id}"
    )  # fmt: skip
    if storage.occurrences.of(turn.db, "onboarding.greetings", one.id or 0) is None:
        at = care.onboarding.note_at(one, turn.now)
        storage.occurrences.plan(turn.db, "onboarding.greetings", one.id or 0, at, at.isoformat())
    return None


@router.section
def home(turn: Turn) -> Sequence[Part]:
    """The way back to each introduction that is not posted."""
    if CONTRACTOR not in turn.actor.roles:
        return ()
    parts: list[Part] = []
    for engagement in storage.engagements.of_contractor(turn.db, turn.actor.id):
        if engagement.status in RUNNING:
            one = storage.onboarding.introduction(turn.db, engagement.id or 0)
            count = len(storage.onboarding.greetings(turn.db, one)) if one else 0
            parts += words.onboarding.home(engagement, one, count, _is_posted(turn, engagement))
    return [words.onboarding.home_heading(), *parts] if parts else ()


def _theirs(turn: Turn) -> Engagement:
    """The engagement a button is about, while it is open. Raises NotFound, NotAllowed or EngagementOver."""
    engagement = storage.engagements.get(turn.db, int(turn.value))
    access.check(turn.actor, turn.route, care.engagements.subject(engagement))
    if engagement.status == Status.ENDED:
        raise EngagementOver
    return engagement


_mine = _theirs  # the rule of these routes lets nobody but the contractor through


def _changeable(turn: Turn, engagement: Engagement, withdrawing: bool = False) -> Introduction:
    """The introduction while nothing of it is in a channel. Raises IntroductionPosted."""
    found = storage.onboarding.posting(turn.db, engagement.id or 0)
    waits = found is not None and found.state == storage.deliveries.State.DUE and withdrawing
    if _is_out(turn, engagement) and not waits:
        raise IntroductionPosted
    return storage.onboarding.offer(turn.db, engagement.id or 0)


def _is_out(turn: Turn, engagement: Engagement) -> bool:
    """Whether it is posted or about to be."""
    found = storage.onboarding.posting(turn.db, engagement.id or 0)
    return found is not None and found.state in OUT


def _is_posted(turn: Turn, engagement: Engagement) -> bool:
    found = storage.onboarding.posting(turn.db, engagement.id or 0)
    return found is not None and found.state == storage.deliveries.State.SENT


def _channel(turn: Turn, engagement: Engagement) -> str:
    return engagement.channel or storage.people.the_workspace(turn.db).intro_channel


def _post(turn: Turn, engagement: Engagement, one: Introduction) -> None:
    """Owe it to the channel; without one, tell those who can name one."""
    if channel := _channel(turn, engagement):
        storage.onboarding.post(turn.db, one, channel, turn.now)
        return
    for admin in storage.people.admins(turn.db):
        key = f"intro-no-way:{engagement.id}:{admin.id}:{turn.now.date()}"
        storage.deliveries.plan(turn.db, key, "onboarding.no_way", at=turn.now, subject=one.id or 0, person=admin.id)


def _card(turn: Turn, engagement: Engagement, one: Introduction) -> Card:
    """Where it stands, for its contractor."""
    if _is_posted(turn, engagement):
        return words.onboarding.posted(len(storage.onboarding.greetings(turn.db, one)))
    match one.state:
        case State.DRAFTED:
            return words.onboarding.drafted(engagement, one)
        case State.APPROVED if _is_out(turn, engagement):
            return words.onboarding.on_its_way(engagement)
        case State.APPROVED:
            return words.onboarding.not_posted(engagement)
        case State.DECLINED:
            return words.onboarding.declined(engagement)
        case _:
            manager = storage.people.get(turn.db, engagement.manager_id)
            return words.onboarding.ask(engagement, manager.name)
