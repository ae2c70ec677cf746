"""Introductions and the greetings under them."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Field, Session, col, select

from bot.care.onboarding import GreetingRow, IntroductionRow, State
from bot.errors import NotFound
from storage import deliveries, occurrences
from storage.database import Instant, Scoped, one_at_a_time
from storage.deliveries import Delivery, Priority


class Introduction(IntroductionRow, Scoped, table=True):
    engagement_id: int = Field(foreign_key="engagement.id", unique=True)
    told_at: datetime | None = Field(default=None, sa_type=Instant)


class Greeting(GreetingRow, Scoped, table=True):
    introduction_id: int = Field(foreign_key="introduction.id", primary_key=True)
    person_id: int = Field(foreign_key="person.id", primary_key=True)
    greeted_at: datetime = Field(sa_type=Instant)


def get(db: Session, introduction_id: int) -> Introduction:
    """One introduction. Raises NotFound."""
    found = db.exec(select(Introduction).where(Introduction.id == introduction_id)).first()
    if found is None:
        raise NotFound
    return found


def introduction(db: Session, engagement_id: int) -> Introduction | None:
    """The introduction to an engagement, if it was ever offered."""
    return db.exec(select(Introduction).where(Introduction.engagement_id == engagement_id)).first()


def offer(db: Session, engagement_id: int) -> Introduction:
    """The introduction to an engagement, offered now if it was not yet."""
    return introduction(db, engagement_id) or keep(db, Introduction(engagement_id=engagement_id))


def keep(db: Session, one: Introduction) -> Introduction:
    """Keep what was changed."""
    db.add(one)
    db.flush()
    return one


def key(engagement_id: int) -> str:
    """The ledger's key of the post: one for each engagement, so that it is posted once."""
    return f"intro:{engagement_id}"


def ask_key(engagement_id: int) -> str:
    """The ledger's key of the question."""
    return f"intro-ask:{engagement_id}"


def posting(db: Session, engagement_id: int) -> Delivery | None:
    """What became of the post."""
    return deliveries.by_key(db, key(engagement_id))


def post(db: Session, one: Introduction, channel: str, now: datetime) -> None:
    """Owe the channel the introduction; once more if it could not be posted before, and not while its words change."""
    one_at_a_time(db, "introduction", one.id)
    about = one.engagement_id
    if not deliveries.plan(db, key(about), "onboarding.introduction", at=now, subject=one.id or 0, channel=channel,
                           priority=Priority.URGENT):  # fmt: skip
        deliveries.again(db, key(about), channel, now)
    occurrences.plan(db, "onboarding.check", one.id or 0, now)


def decline(db: Session, one: Introduction, now: datetime) -> None:
    """Post nothing, ask no more."""
    one.state = State.DECLINED
    keep(db, one)
    for owed in (key(one.engagement_id), ask_key(one.engagement_id)):
        deliveries.withdraw(db, owed, "declined", now)


def greet(db: Session, one: Introduction, person_id: int, now: datetime) -> bool:
    """Keep a greeting; false when this person said hi before."""
    if any(greeting.person_id == person_id for greeting in greetings(db, one)):
        return False
    one_at_a_time(db, "introduction", one.id)  # or a note that is written now would leave this one out for good
    db.add(Greeting(introduction_id=one.id or 0, person_id=person_id, greeted_at=now))
    db.flush()
    return True


def greetings(db: Session, one: Introduction) -> Sequence[Greeting]:
    """Who said hi, the first first."""
    return db.exec(
        select(Greeting)
        .where(Greeting.introduction_id == one.id)
        .order_by(col(Greeting.greeted_at), col(Greeting.person_id))
    ).all()


def gather(db: Session, one: Introduction, batch: str) -> bool:
    """Put the greetings nobody was told of into one note; answers whether there were any."""
    new = [greeting for greeting in greetings(db, one) if not greeting.batch]
    for greeting in new:
        greeting.batch = batch
        db.add(greeting)
    db.flush()
    return bool(new)
