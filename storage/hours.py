"""Golden hours: what was offered and agreed, and the questions asked in them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Field, Session, col, select

from bot.care.engagements import EngagementRow
from bot.care.hours import (
    Between,
    GoldenHours,
    OfferRow,
    QuestionRow,
    Standing,
    Status,
    answer_due,
    answer_time,
    days_off,
    golden_of,
    next_move,
    notice_at,
)
from bot.errors import NotFound
from storage import engagements, occurrences, people
from storage.database import Instant, Scoped, one_at_a_time

RECENT = timedelta(days=90)  # answers older than that say little of how it goes now
MINUTE = timedelta(minutes=1)


class GoldenOffer(OfferRow, Scoped, table=True):
    engagement_id: int = Field(foreign_key="engagement.id", index=True)
    manager_id: int = Field(foreign_key="person.id")
    stopped_by: int | None = Field(default=None, foreign_key="person.id")
    offered_at: datetime = Field(sa_type=Instant)
    decided_at: datetime | None = Field(default=None, sa_type=Instant)


class GoldenQuestion(QuestionRow, Scoped, table=True):
    engagement_id: int = Field(foreign_key="engagement.id", index=True)
    offer_id: int = Field(foreign_key="goldenoffer.id")
    asked_at: datetime = Field(sa_type=Instant)
    due_at: datetime = Field(sa_type=Instant)
    answered_at: datetime | None = Field(default=None, sa_type=Instant)


def between(db: Session, engagement: EngagementRow, reader: int) -> Between:
    """An engagement as its contractor sees it, else as whoever manages (or managed) it. Raises NotFound."""
    other = engagement.manager_id if reader == engagement.contractor_id else engagement.contractor_id
    return Between(engagement, people.get(db, reader), people.get(db, other))


def standing(db: Session, engagement: EngagementRow, reader: int, now: datetime) -> Standing:
    """Where golden hours stand for one of the two sides: open questions, and the answers of the last 90 days."""
    asked = db.exec(
        select(GoldenQuestion)
        .where(GoldenQuestion.engagement_id == engagement.id)
        .where(col(GoldenQuestion.answered_at).is_(None) | (col(GoldenQuestion.answered_at) > now - RECENT))
        .order_by(col(GoldenQuestion.id))
    ).all()
    return Standing(
        between(db, engagement, reader),
        current(db, engagement, Status.AGREED),
        current(db, engagement, Status.WAITING),
        tuple(one for one in asked if one.answered_at is None),
        tuple(one for one in asked if one.answered_at is not None),
    )


# -- offers --------------------------------------------------------------------------------------------


def offer_of(db: Session, offer_id: int) -> GoldenOffer:
    """An offer, whatever became of it. Raises NotFound."""
    found = db.exec(select(GoldenOffer).where(GoldenOffer.id == offer_id)).first()
    if found is None:
        raise NotFound
    return found


def current(db: Session, engagement: EngagementRow, status: Status) -> GoldenOffer | None:
    """The offer of an engagement that waits or stands agreed, with the manager it has now."""
    return db.exec(
        select(GoldenOffer)
        .where(GoldenOffer.engagement_id == engagement.id, GoldenOffer.manager_id == engagement.manager_id)
        .where(GoldenOffer.status == status)
        .order_by(col(GoldenOffer.id).desc())
    ).first()


def put(db: Session, engagement: EngagementRow, golden: GoldenHours, by_contractor: bool, now: datetime) -> GoldenOffer:
    """One side offers a window to the other; one waits at a time."""
    one_at_a_time(db, "engagement", engagement.id)
    made = GoldenOffer(
        engagement_id=engagement.id or 0,
        manager_id=engagement.manager_id,
        by_contractor=by_contractor,
        weekdays="".join(str(day) for day in sorted(golden.weekdays)),
        start=golden.start,
        minutes=golden.minutes,
        zone=golden.zone,
        offered_at=now,
    )
    db.add(made)
    db.flush()
    return made


def settle(db: Session, offer: GoldenOffer, status: Status, now: datetime, by: int | None = None) -> None:
    """Decide an offer; what is no longer agreed reminds nobody."""
    offer.status, offer.decided_at, offer.stopped_by = status, now, by
    db.add(offer)
    if status is not Status.AGREED:
        occurrences.cancel(db, "hours.remind", offer.id or 0)
        occurrences.cancel(db, "hours.moved", offer.id or 0)
    db.flush()


def plan_next(db: Session, offer: GoldenOffer, zones: Sequence[str], after: datetime) -> None:
    """Put the next reminder on the calendar, and a week before it the next clock change that moves the window."""
    golden, offer_id = golden_of(offer), offer.id or 0
    reminder = golden.next_reminder(after)
    occurrences.plan(db, "hours.remind", offer_id, reminder.due_at, reminder.name)
    move = next_move(golden, zones, after)
    if move is not None:  # planned again at every reminder until it is past; the ledger's key tells it once
        occurrences.plan(db, "hours.moved", offer_id, max(after, notice_at(golden, move[1])), move[1].name)


# -- questions -------------------------------------------------------------------------------------------


def question_of(db: Session, question_id: int) -> GoldenQuestion:
    """A question, open or answered. Raises NotFound."""
    found = db.exec(select(GoldenQuestion).where(GoldenQuestion.id == question_id)).first()
    if found is None:
        raise NotFound
    return found


def ask(db: Session, sides: Between, offer: GoldenOffer, text: str, now: datetime) -> GoldenQuestion:
    """Keep a question and put the end of the window it is to be answered in on the calendar."""
    made = GoldenQuestion(
        engagement_id=offer.engagement_id, offer_id=offer.id or 0, text=text, asked_at=now, due_at=now
    )
    db.add(made)
    db.flush()
    commit(db, sides, made, offer, now)
    return made


def commit(db: Session, sides: Between, asked: GoldenQuestion, offer: GoldenOffer, now: datetime) -> None:
    """Have a question answered by the close of the window that is open, or of the next; days off do not count."""
    golden = golden_of(offer)
    asked.due_at = answer_due(golden, now, days_off(golden, sides.people, now))
    db.add(asked)
    occurrences.plan(db, "hours.unanswered", asked.id or 0, asked.due_at, asked.due_at.date().isoformat())


def answer(db: Session, sides: Between, asked: GoldenQuestion, now: datetime) -> None:
    """Keep when a question was answered, and how many golden minutes it took."""
    golden = golden_of(offer_of(db, asked.offer_id))
    off = days_off(golden, sides.people, asked.asked_at)
    asked.answered_at = now
    asked.waited = round(answer_time(golden, asked.asked_at, now, off) / MINUTE)
    db.add(asked)
    occurrences.cancel(db, "hours.unanswered", asked.id or 0)
    db.flush()


def reopen(db: Session, asked: GoldenQuestion) -> None:
    """It was not answered after all: its time runs on from when it was asked."""
    asked.answered_at = asked.waited = None
    asked.times += 1
    db.add(asked)


def key(asked: QuestionRow, letter: str, before: int = 0) -> str:
    """The ledger's key of one of the messages a question makes, each time it is put to the manager."""
    return f"hours-{letter}:{asked.id}:{asked.times - before}"


def engagement_of(db: Session, row: OfferRow | QuestionRow) -> engagements.Engagement:
    """The engagement an offer or a question belongs to."""
    return engagements.get(db, row.engagement_id)
