"""When a pulse is asked, reminded of and closed, and what is then sent."""

from datetime import datetime

from sqlmodel import Session

import storage
from bot import care, words
from bot.card import Card
from bot.care.pulse import ASK_GRACE, OPEN_FOR, REMIND_AFTER
from bot.planner import Falls, Owed, Planner, Skip
from storage.deliveries import PAUSED, Priority, State

planner = Planner("pulse")


@planner.due("ask", grace=ASK_GRACE)
def ask(db: Session, due: Falls, now: datetime, missed: bool) -> None:
    """Open the week's round for one contractor and put the next week's on the calendar."""
    if not storage.engagements.running(db, due.subject):
        return
    person = storage.people.get(db, due.subject)
    schedule = storage.pulse.schedule(db, due.subject)
    schedule.last_week = due.name
    if not missed:
        questions, schedule.position = care.pulse.questions(schedule.position)
        away = care.people.paused(person, now)
        paused = away or care.working.is_holiday(
            person.country, care.occurrences.local_date(now, person.zone))  # fmt: skip
        round_ = storage.pulse.open_round(db, due.subject, due.name, questions, now, now + OPEN_FOR, paused)
        if away:
            storage.deliveries.skip(
                db, f"pulse:{due.subject}:{due.name}", "pulse.question", PAUSED, now, due.subject, round_.id or 0,
                round_.closes_at,
            )  # fmt: skip
        if not paused and round_.id:
            storage.deliveries.plan(
                db, f"pulse:{due.subject}:{due.name}", "pulse.question", subject=round_.id, person=due.subject, at=now,
                not_after=round_.closes_at, priority=Priority.FAN_OUT,
            )  # fmt: skip
            storage.occurrences.plan(db, "pulse.remind", round_.id, now + REMIND_AFTER, due.name)
            storage.occurrences.plan(db, "pulse.close", round_.id, round_.closes_at, due.name)
    db.add(schedule)
    storage.pulse.plan_next(db, schedule, person.zone, max(now, due.due_at))


@planner.due("remind", grace=REMIND_AFTER)
def remind(db: Session, due: Falls, now: datetime, missed: bool) -> None:
    """Once, and only to those who have not answered."""
    round_ = storage.pulse.round_of(db, due.subject)
    if missed or round_.submitted_at is not None or not storage.engagements.running(db, round_.person_id):
        return
    storage.deliveries.plan(
        db, f"pulse-remind:{round_.person_id}:{round_.week}", "pulse.reminder", subject=due.subject,
        person=round_.person_id, at=now, not_after=round_.closes_at, priority=Priority.FAN_OUT,
    )  # fmt: skip


@planner.due("close")
def close(db: Session, due: Falls, now: datetime, missed: bool) -> None:
    """Show on the card that was sent that its round is over; whoever was away, muted or never got it missed nothing."""
    round_ = storage.pulse.round_of(db, due.subject)
    person = storage.people.get(db, round_.person_id)
    sent = storage.deliveries.by_key(db, f"pulse:{round_.person_id}:{round_.week}")
    if sent is not None and sent.state == State.SENT and not care.people.paused(person, round_.closes_at):
        storage.pulse.miss(db, round_)
    for key in (f"pulse:{round_.person_id}:{round_.week}", f"pulse-remind:{round_.person_id}:{round_.week}"):
        storage.deliveries.refresh(db, key, now, "closed")


@planner.moved
def moved(db: Session, person: int, now: datetime) -> None:
    """The question keeps its wall time when somebody's zone changes."""
    storage.pulse.replan(db, person, storage.people.get(db, person).zone, now)


@planner.letter("question", prompt=True)
def question(db: Session, owed: Owed, now: datetime) -> Card:
    """The week's questions with what was tapped so far."""
    return _draw(db, owed, now, reminder=False)


@planner.letter("reminder", prompt=True)
def reminder(db: Session, owed: Owed, now: datetime) -> Card | Skip:
    """The same card, said to be a reminder."""
    if not owed.updates and storage.pulse.round_of(db, int(owed.subject)).submitted_at is not None:
        return Skip("answered")
    return _draw(db, owed, now, reminder=True)


def _draw(db: Session, owed: Owed, now: datetime, reminder: bool) -> Card:
    round_ = storage.pulse.round_of(db, int(owed.subject))
    person = storage.people.get(db, round_.person_id)
    answers = {one.question: one for one in storage.pulse.answers(db, round_.id or 0)}
    return words.pulse.question(round_, answers, person.zone, now, reminder)
