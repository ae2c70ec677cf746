"""Pulse schedules, rounds and answers."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, bindparam, text
from sqlalchemy import select as core_select
from sqlmodel import Field, Session, col, select

from bot.care.mood import sounds_negative
from bot.care.occurrences import WIDEST_MOVE, next_weekly, week_before
from bot.care.pulse import RESUME_WITHIN, Outcome, PulseAnswerRow, PulseRoundRow, PulseScheduleRow, Seen, mean
from bot.errors import NotFound
from storage import occurrences
from storage.database import Instant, Scoped, connection
from storage.engagements import of_contractor
from storage.rows import keep


class PulseSchedule(PulseScheduleRow, Scoped, table=True):
    person_id: int = Field(foreign_key="person.id", unique=True)


class PulseRound(PulseRoundRow, Scoped, table=True):
    __table_args__ = (UniqueConstraint("person_id", "week"),)

    person_id: int = Field(foreign_key="person.id")
    week: str = Field(index=True)
    asked_at: datetime = Field(sa_type=Instant)
    closes_at: datetime = Field(sa_type=Instant)
    submitted_at: datetime | None = Field(default=None, sa_type=Instant)
    managers: str = Field(default="", sa_column_kwargs={"server_default": text("''")})


class PulseAnswer(PulseAnswerRow, Scoped, table=True):
    __table_args__ = (Index("ix_pulseanswer_round", "workspace_id", "round_id"),)

    round_id: int = Field(foreign_key="pulseround.id", primary_key=True)
    question: str = Field(primary_key=True)


def schedule(db: Session, person_id: int) -> PulseSchedule:
    """When somebody is asked; the default until they choose."""
    found = db.exec(select(PulseSchedule).where(PulseSchedule.person_id == person_id)).first()
    if found is None:
        found = PulseSchedule(person_id=person_id)
        db.add(found)
        db.flush()
    return found


def plan_next(db: Session, chosen: PulseSchedule, zone: str, after: datetime) -> datetime:
    """Put the next question on the calendar: never twice in one ISO week, whatever was changed."""
    due = next_weekly({chosen.weekday}, chosen.at, zone, after, chosen.last_week or None)
    occurrences.plan(db, "pulse.ask", chosen.person_id, due.due_at, due.name)
    return due.due_at


def replan(db: Session, person_id: int, zone: str, now: datetime) -> None:
    """After a change of zone: the same wall time in the new zone, in the week that was planned or a later one.

    Where the new clock has passed it already, the question is due at once, so that no week is lost.
    """
    planned = occurrences.of(db, "pulse.ask", person_id)
    if planned is None or planned.due_at <= now:
        return
    chosen = schedule(db, person_id)
    asked = max(chosen.last_week, week_before(planned.name))
    due = next_weekly({chosen.weekday}, chosen.at, zone, now, asked, grace=WIDEST_MOVE)
    occurrences.plan(db, "pulse.ask", person_id, due.due_at, due.name)


def resume(db: Session, round_id: int, now: datetime) -> bool:
    """Back from a pause: a round that was opened meanwhile counts as asked now, if enough of it is left."""
    round_ = round_of(db, round_id)
    if round_.closes_at < now + RESUME_WITHIN:
        return False
    if round_.paused:
        round_.paused, round_.asked_at = False, now
        db.add(round_)
        occurrences.plan(db, "pulse.close", round_id, round_.closes_at, round_.week)
    return True


def open_round(
    db: Session, person_id: int, week: str, questions: Sequence[str], asked_at: datetime, closes_at: datetime,
    paused: bool = False,
) -> PulseRound:  # fmt: skip
    """Begin the round of a week, once."""
    found = db.exec(select(PulseRound).where(PulseRound.person_id == person_id, PulseRound.week == week)).first()
    if found is None:
        found = PulseRound(person_id=person_id, week=week, questions=",".join(questions), asked_at=asked_at,
                           closes_at=closes_at, paused=paused)  # fmt: skip
        db.add(found)
        db.flush()
    return found


def round_of(db: Session, round_id: int, person_id: int | None = None) -> PulseRound:
    """A round, of this person where given. Raises NotFound."""
    query = select(PulseRound).where(PulseRound.id == round_id)
    if person_id is not None:
        query = query.where(PulseRound.person_id == person_id)
    found = db.exec(query).first()
    if found is None:
        raise NotFound
    return found


def latest(db: Session, person_id: int) -> PulseRound | None:
    """Somebody's newest round that was really asked."""
    return db.exec(
        select(PulseRound)
        .where(PulseRound.person_id == person_id, col(PulseRound.paused).is_(False))
        .order_by(col(PulseRound.week).desc())
        .limit(1)
    ).first()


def answers(db: Session, round_id: int) -> Sequence[PulseAnswer]:
    """The answers of a round."""
    return db.exec(select(PulseAnswer).where(PulseAnswer.round_id == round_id)).all()


# The hot path: a tap is one look at the round and one upsert, without an object in between.
_round = PulseRound.__table__  # type: ignore[attr-defined]
_answer = PulseAnswer.__table__  # type: ignore[attr-defined]
_OPEN = core_select(_round.c.closes_at).where(
    _round.c.id == bindparam("round"),
    _round.c.person_id == bindparam("person"),
    _round.c.workspace_id == bindparam("workspace"),
)


def closes_at(db: Session, round_id: int, person_id: int) -> datetime:
    """When the round of this person closes. Raises NotFound."""
    values = {"round": round_id, "person": person_id, "workspace": db.info["workspace"]}
    found: datetime | None = connection(db).execute(_OPEN, values).scalar()
    if found is None:
        raise NotFound
    return found


def tap(db: Session, round_id: int, question: str, score: int, seen: str) -> None:
    """Keep a tapped score; who may see it stays as it was."""
    values = {"round_id": round_id, "question": question, "score": score, "seen": seen, "sent_seen": Seen.CARE}
    keep(db, PulseAnswer, values, by=("round_id", "question"), change=("score",))


def see(db: Session, round_: PulseRound, question: str, seen: str) -> None:
    """Let one answer be seen so, once it is submitted."""
    found = db.exec(
        select(PulseAnswer).where(PulseAnswer.round_id == round_.id, PulseAnswer.question == question)
    ).first() or PulseAnswer(round_id=round_.id or 0, question=question)
    found.seen = seen
    db.add(found)
    db.flush()


def latest_submitted(db: Session, contractors: Sequence[int]) -> Sequence[PulseRound]:
    """Each one's newest submitted round."""
    newest: dict[int, PulseRound] = {}
    for one in db.exec(
        select(PulseRound)
        .where(col(PulseRound.person_id).in_(contractors), col(PulseRound.submitted_at).is_not(None))
        .order_by(col(PulseRound.week))
    ).all():
        newest[one.person_id] = one
    return list(newest.values())


def submit(db: Session, round_: PulseRound, now: datetime) -> None:
    """What was tapped and written is what counts from now on."""
    given = answers(db, round_.id or 0)
    for one in given:
        one.sent, one.sent_seen = one.score, one.seen
        db.add(one)
    round_.submitted_at, round_.paused = now, False  # answered after all
    round_.sent_comment, round_.sent_slowing = round_.comment, round_.slowing
    round_.sent_comment_seen = round_.comment_seen
    round_.outcome, round_.mean = Outcome.ANSWERED, mean(given)
    round_.managers = ",".join(dict.fromkeys(str(one.manager_id) for one in of_contractor(db, round_.person_id)))
    written = (round_.comment, round_.slowing) if round_.comment_seen != Seen.TOTALS else ()
    round_.heavy = any(sounds_negative(one) for one in written)
    db.add(round_)


def miss(db: Session, round_: PulseRound) -> None:
    """The round closed, and nothing was submitted."""
    if round_.submitted_at is None:
        round_.outcome = Outcome.MISSED
        db.add(round_)


def set_seen(db: Session, round_: PulseRound, seen: str) -> None:
    """Let everything of a round be seen so, once it is submitted."""
    for question in round_.questions.split(","):  # those that are still to be tapped, too
        see(db, round_, question, seen)
    round_.comment_seen = seen
    db.add(round_)


def by_team(db: Session, week: str) -> dict[int, list[tuple[str, int]]]:
    """A week's submitted scores by the manager whose total counts them: whoever comes or goes later changes none."""
    found: dict[int, list[tuple[str, int]]] = {}
    for managers, question, score in db.exec(
        select(PulseRound.managers, PulseAnswer.question, PulseAnswer.sent)
        .join(PulseAnswer, col(PulseAnswer.round_id) == PulseRound.id)
        .where(PulseRound.week == week, col(PulseRound.submitted_at).is_not(None), PulseRound.managers != "")
        .where(col(PulseAnswer.sent).is_not(None))
    ).all():
        found.setdefault(int(managers.partition(",")[0]), []).append((question, score or 0))
    return found


def history(db: Session, person_id: int, most: int = 12) -> Sequence[PulseRound]:
    """Somebody's last rounds, newest first."""
    return db.exec(
        select(PulseRound).where(PulseRound.person_id == person_id).order_by(col(PulseRound.week).desc()).limit(most)
    ).all()
