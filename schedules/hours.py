"""When golden hours are reminded of, moved by a clock change, or close on an open question; what is then sent."""

from datetime import date, datetime, timedelta

from sqlmodel import Session

import storage
from bot import care, words
from bot.card import Card
from bot.care.engagements import RUNNING
from bot.care.engagements import Status as Engaged
from bot.care.hours import REMINDER, Between, Status, Window
from bot.care.people import Subject
from bot.planner import Falls, Later, Owed, Planner, Skip
from storage.hours import GoldenOffer, GoldenQuestion

planner = Planner("hours")

MINUTE = timedelta(minutes=1)


@planner.due("remind", grace=REMINDER)
def remind(db: Session, due: Falls, now: datetime, missed: bool) -> None:
    """Remind both sides, each on their own clock, and put the next reminder on the calendar."""
    made = storage.hours.offer_of(db, due.subject)
    between = _still_agreed(db, made, now)
    if between is None:
        return
    golden, day = care.hours.golden_of(made), date.fromisoformat(due.name)
    if not missed and between.engagement.status in RUNNING and not care.hours.is_off(golden, day, between.people):
        for person in between.people:
            storage.deliveries.plan(
                db, f"hours:{made.id}:{due.name}:{person.id}", "hours.reminder", at=now, person=person.id,
                subject=f"{made.id}:{due.name}", not_after=_window(made, day).opens_at,
            )  # fmt: skip
    storage.hours.plan_next(db, made, [one.zone for one in between.people], max(now, due.due_at))


@planner.due("moved")
def moved(db: Session, due: Falls, now: datetime, missed: bool) -> None:
    """Some days before a clock change moves the window, offer it anew to both sides."""
    made = storage.hours.offer_of(db, due.subject)
    between = _still_agreed(db, made, now)
    if between is None or between.engagement.status not in RUNNING:
        return
    for person in between.people:
        storage.deliveries.plan(
            db, f"hours-moved:{made.id}:{due.name}:{person.id}", "hours.moved", at=now, person=person.id,
            subject=f"{made.id}:{due.name}",
        )  # fmt: skip


@planner.due("unanswered")
def unanswered(db: Session, due: Falls, now: datetime, missed: bool) -> None:
    """The window closed on an open question: remind the manager, once, and tell the contractor."""
    asked = storage.hours.question_of(db, due.subject)
    engagement = storage.hours.engagement_of(db, asked)
    made = storage.hours.current(db, engagement, Status.AGREED)
    if asked.answered_at is not None or made is None or engagement.status not in RUNNING:
        return
    between = storage.hours.between(db, engagement, engagement.contractor_id)
    golden = care.hours.golden_of(made)
    opened = care.occurrences.local_date(asked.due_at - golden.length, golden.zone)
    if care.hours.is_off(
        golden, opened, between.people
    ):  # since it was asked, somebody went away: nobody promised then
        storage.hours.commit(db, between, asked, made, now)
        return
    for name, person in (("nudge", between.manager), ("unanswered", between.contractor)):
        storage.deliveries.plan(
            db, storage.hours.key(asked, name), f"hours.{name}", at=now, subject=due.subject, person=person.id
        )


@planner.moved
def elsewhere(db: Session, person: int, now: datetime) -> None:
    """Somebody's zone has changed: other clock changes than before may move their windows for one of the two."""
    for engagement in storage.people.engagements_with(db, person):
        made = storage.hours.current(db, engagement, Status.AGREED)
        if made is not None and person in (engagement.contractor_id, engagement.manager_id):
            between = storage.hours.between(db, engagement, engagement.contractor_id)
            storage.occurrences.cancel(db, "hours.moved", made.id or 0)
            # A minute back: a reminder that is due right now is planned again rather than lost; its key sends it once.
            storage.hours.plan_next(db, made, [one.zone for one in between.people], now - MINUTE)


def _still_agreed(db: Session, made: GoldenOffer, now: datetime) -> Between | None:
    """The two sides of a window that still stands; one that a former manager committed to ends here."""
    engagement = storage.hours.engagement_of(db, made)
    if made.status != Status.AGREED or engagement.status == Engaged.ENDED:
        return None
    if made.manager_id != engagement.manager_id:
        storage.hours.settle(db, made, Status.STOPPED, now)
        storage.deliveries.plan(db, f"hours-stopped:{made.id}", "hours.stopped", at=now, subject=made.id or 0,
                                person=engagement.contractor_id)  # fmt: skip
        return None
    return storage.hours.between(db, engagement, engagement.contractor_id)


def _window(made: GoldenOffer, day: date) -> Window:
    golden = care.hours.golden_of(made)
    opens_at = care.occurrences.instant(day, golden.start, golden.zone)
    return Window(day.isoformat(), opens_at, opens_at + golden.length)


# -- letters ---------------------------------------------------------------------------------------------


def _offered(db: Session, owed: Owed) -> Subject:
    """Whom an offer is about now: a reminder's subject names a day, too."""
    made = storage.hours.offer_of(db, int(owed.subject.partition(":")[0]))
    return care.engagements.subject(storage.hours.engagement_of(db, made))


def _put(db: Session, owed: Owed) -> Subject:
    """Whom a question is about now."""
    asked = storage.hours.question_of(db, int(owed.subject))
    return care.engagements.subject(storage.hours.engagement_of(db, asked))


@planner.letter("reminder", prompt=True, about=_offered)
def reminder(db: Session, owed: Owed, now: datetime) -> Card | Skip:
    """Golden hours are about to open."""
    offer_id, day = owed.subject.split(":")
    made = storage.hours.offer_of(db, int(offer_id))
    if made.status != Status.AGREED:
        return Skip("no longer agreed")
    engagement = storage.hours.engagement_of(db, made)
    standing = storage.hours.standing(db, engagement, owed.person_id or 0, now)
    return words.hours.reminder(standing, _window(made, date.fromisoformat(day)))


@planner.letter("moved", about=_offered)
def moved_letter(db: Session, owed: Owed, now: datetime) -> Card | Skip | Later:
    """A clock change moves the window; whoever is away reads it when they are back."""
    offer_id, name = owed.subject.split(":")
    made = storage.hours.offer_of(db, int(offer_id))
    if made.status != Status.AGREED:
        return Skip("no longer agreed")
    between = _seen_by(db, made, owed)
    if (back := care.hours.back_at(between.me, now)) is not None:
        return Later(back)
    after = date.fromisoformat(name)
    before = care.hours.day_before(care.hours.golden_of(made), after)
    return words.hours.moved(between, made, before, after, _window(made, after))


@planner.letter("offer", about=_offered)
def offer(db: Session, owed: Owed, now: datetime) -> Card | Later:
    """A window to accept, counter or decline; it waits for whoever is away."""
    made = storage.hours.offer_of(db, int(owed.subject))
    between = _seen_by(db, made, owed)
    if not owed.updates and (back := care.hours.back_at(between.me, now)) is not None:
        return Later(back)
    return words.hours_offers.offer(between, made, now)


@planner.letter("decided", about=_offered)
def decided(db: Session, owed: Owed, now: datetime) -> Card:
    """What became of a suggestion."""
    made = storage.hours.offer_of(db, int(owed.subject))
    return words.hours_offers.decided(_seen_by(db, made, owed), made, now)


@planner.letter("stopped", about=_offered)
def stopped(db: Session, owed: Owed, now: datetime) -> Card:
    """Golden hours have ended."""
    made = storage.hours.offer_of(db, int(owed.subject))
    return words.hours_offers.stopped(_seen_by(db, made, owed), made)


@planner.letter("question", about=_put)
def question(db: Session, owed: Owed, now: datetime) -> Card | Later | Skip:
    """A question for the manager; while they are away it waits, and so does the clock."""
    return _for_manager(db, owed, now, nudge=False)


@planner.letter("nudge", about=_put)
def nudge(db: Session, owed: Owed, now: datetime) -> Card | Later | Skip:
    """The window closed on a question: the only reminder."""
    return _for_manager(db, owed, now, nudge=True)


def _for_manager(db: Session, owed: Owed, now: datetime, nudge: bool) -> Card | Later | Skip:
    asked, between = _asked(db, owed)
    if not owed.updates:
        if asked.answered_at is not None:
            return Skip("answered")
        if (back := care.hours.back_at(between.me, now)) is not None:
            return Later(back)
    return words.hours_questions.question(between, asked, nudge)


@planner.letter("unanswered")
def still_open(db: Session, owed: Owed, now: datetime) -> Card | Skip:
    """The contractor is told that the window closed without an answer."""
    asked, between = _asked(db, owed)
    if asked.answered_at is not None and not owed.updates:
        return Skip("answered")
    return words.hours_questions.unanswered(between, asked)


@planner.letter("answered")
def answered(db: Session, owed: Owed, now: datetime) -> Card | Skip:
    """The contractor is told that the manager answered."""
    asked, between = _asked(db, owed)
    if asked.answered_at is None and not owed.updates:
        return Skip("open again")
    return words.hours_questions.asked(between, asked)


def _seen_by(db: Session, made: GoldenOffer, owed: Owed) -> Between:
    return storage.hours.between(db, storage.hours.engagement_of(db, made), owed.person_id or 0)


def _asked(db: Session, owed: Owed) -> tuple[GoldenQuestion, Between]:
    asked = storage.hours.question_of(db, int(owed.subject))
    return asked, storage.hours.between(db, storage.hours.engagement_of(db, asked), owed.person_id or 0)
