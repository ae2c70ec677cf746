"""When an introduction is offered and its greetings are told; the post itself."""

from datetime import datetime, timedelta

from sqlmodel import Session

import storage
from bot import care, words
from bot.card import Card
from bot.care.engagements import RUNNING, Status
from bot.care.onboarding import State
from bot.planner import Falls, Owed, Planner, Skip
from storage import deliveries
from storage.engagements import Engagement
from storage.onboarding import Introduction

planner = Planner("onboarding")

LOOK_AGAIN = timedelta(minutes=1)  # whether the post has landed
STILL_NEWS = timedelta(days=2)  # greetings older than that are on the card anyway


@planner.due("introduce")
def introduce(db: Session, due: Falls, now: datetime, missed: bool) -> None:
    """Put the offer on the calendar of a new engagement, in the contractor's working hours."""
    engagement = storage.engagements.get(db, due.subject)
    contractor = storage.people.get(db, engagement.contractor_id)
    at = care.onboarding.ask_at(contractor, engagement.starts_on, now)
    storage.occurrences.plan(db, "onboarding.ask", due.subject, at)


@planner.due("ask")
def ask_now(db: Session, due: Falls, now: datetime, missed: bool) -> None:
    """Offer it, once."""
    engagement = storage.engagements.get(db, due.subject)
    if engagement.status not in RUNNING:
        return
    one = storage.onboarding.offer(db, due.subject)
    if one.state == State.ASKED:
        key = storage.onboarding.ask_key(due.subject)
        deliveries.plan(db, key, "onboarding.offer", at=now, subject=one.id or 0, person=engagement.contractor_id,
                        priority=deliveries.Priority.FAN_OUT)  # fmt: skip


@planner.due("check")
def check(db: Session, due: Falls, now: datetime, missed: bool) -> None:
    """When the chat refused the post, tell the contractor and those who can do something about it."""
    one, engagement = _of(db, due.subject)
    found = storage.onboarding.posting(db, one.engagement_id)
    if found is None or found.state in (deliveries.State.DUE, deliveries.State.SENDING):
        if found is not None:
            storage.occurrences.plan(db, "onboarding.check", due.subject, now + LOOK_AGAIN)
        return
    if found.state == deliveries.State.FAILED:
        stamp = now.isoformat()
        deliveries.plan(db, f"intro-not-posted:{engagement.id}:{stamp}", "onboarding.not_posted", at=now,
                        subject=due.subject, person=engagement.contractor_id)  # fmt: skip
        for admin in storage.people.admins(db):
            deliveries.plan(db, f"intro-no-way:{engagement.id}:{admin.id}:{stamp}", "onboarding.no_way", at=now,
                            subject=due.subject, person=admin.id)  # fmt: skip


@planner.due("greetings")
def greetings(db: Session, due: Falls, now: datetime, missed: bool) -> None:
    """One quiet note for all who said hi meanwhile."""
    one, engagement = _of(db, due.subject)
    if storage.onboarding.gather(db, one, due.name):
        one.told_at = now
        storage.onboarding.keep(db, one)
        deliveries.plan(db, f"intro-hi:{engagement.id}:{due.name}", "onboarding.greeted", at=now,
                        subject=f"{one.id}/{due.name}", person=engagement.contractor_id, not_after=now + STILL_NEWS,
                        priority=deliveries.Priority.FAN_OUT)  # fmt: skip


@planner.letter("offer", prompt=True)
def offer(db: Session, owed: Owed, now: datetime) -> Card | Skip:
    """Shall I introduce you?"""
    one, engagement = _of(db, int(owed.subject))
    if one.state != State.ASKED or engagement.status not in RUNNING:
        return Skip("no longer a question")
    return words.onboarding.ask(engagement, storage.people.get(db, engagement.manager_id).name)


@planner.letter("introduction")
def introduction(db: Session, owed: Owed, now: datetime) -> Card | Skip:
    """The post, with everybody who said hi so far."""
    one, engagement = _of(db, int(owed.subject))
    if not owed.updates and (one.state != State.APPROVED or engagement.status == Status.ENDED):
        return Skip("no longer to be posted")
    contractor = storage.people.get(db, engagement.contractor_id)
    greeters = [greeting.person_id for greeting in storage.onboarding.greetings(db, one)]
    return words.onboarding.introduction(one, contractor, _names(db, greeters))


@planner.letter("not_posted")
def not_posted(db: Session, owed: Owed, now: datetime) -> Card | Skip:
    """The contractor learns that it waits."""
    one, engagement = _of(db, int(owed.subject))
    return words.onboarding.not_posted(engagement) if _waits(db, one) else Skip("posted meanwhile")


@planner.letter("no_way")
def no_way(db: Session, owed: Owed, now: datetime) -> Card | Skip:
    """An admin learns what to do."""
    one, engagement = _of(db, int(owed.subject))
    if not _waits(db, one):
        return Skip("posted meanwhile")
    found = storage.onboarding.posting(db, one.engagement_id)
    has_channel = bool(engagement.channel or storage.people.the_workspace(db).intro_channel)
    contractor = storage.people.get(db, engagement.contractor_id)
    return words.onboarding.no_way(engagement, contractor.name, has_channel, found.reason if found else "")


@planner.letter("greeted", prompt=True)  # no question, but nothing to be disturbed with while away or muted
def greeted(db: Session, owed: Owed, now: datetime) -> Card | Skip:
    """Who said hi."""
    about, _, batch = owed.subject.partition("/")
    one, engagement = _of(db, int(about))
    new = [greeting.person_id for greeting in storage.onboarding.greetings(db, one) if greeting.batch == batch]
    if not new or engagement.status == Status.ENDED:
        return Skip("nothing to tell")
    return words.onboarding.greeted(_names(db, new))


def _of(db: Session, introduction_id: int) -> tuple[Introduction, Engagement]:
    one = storage.onboarding.get(db, introduction_id)
    return one, storage.engagements.get(db, one.engagement_id)


def _waits(db: Session, one: Introduction) -> bool:
    """Whether it is approved, and neither posted nor on its way."""
    found = storage.onboarding.posting(db, one.engagement_id)
    gone = (deliveries.State.DUE, deliveries.State.SENDING, deliveries.State.SENT)
    return one.state == State.APPROVED and (found is None or found.state not in gone)


def _names(db: Session, ids: list[int]) -> list[str]:
    """Names in the order of the ids."""
    people = storage.people.several(db, ids)
    return [people[one].name for one in ids if one in people]
