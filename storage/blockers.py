"""Blockers, their history, and what moves them: every move is kept, told and planned on from here."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Index
from sqlmodel import Field, Session, col, delete, or_, select

import bot.care.blockers as rules
from bot.care.blockers import (
    WAITING,
    BlockerDraftRow,
    BlockerRow,
    BlockerStepRow,
    Dossier,
    Escalation,
    Kind,
    Move,
    Rung,
    Seat,
    State,
)
from bot.care.engagements import RUNNING, EngagementRow, Status
from bot.care.people import Subject, away, working_hours
from bot.errors import NotFound
from storage import deliveries, engagements, occurrences, people
from storage.database import Instant, Scoped
from storage.deliveries import Priority
from storage.people import Person

NEXT = "blockers.next"
LOOK = timedelta(days=1)  # how often a paused engagement is looked at
ASKING = (Kind.ASKED, Kind.AGAIN, Kind.NUDGED)
STOPPED = (Kind.ACKNOWLEDGED, Kind.HANDED, Kind.RESOLVED, Kind.REOPENED, Kind.PAUSED, Kind.CLOSED)
DRAFTS = timedelta(days=30)  # how long words are kept that were never reported


class Blocker(BlockerRow, Scoped, table=True):
    __table_args__ = (Index("ix_blocker_contractor", "workspace_id", "contractor_id"),)

    engagement_id: int = Field(foreign_key="engagement.id", index=True)
    contractor_id: int = Field(foreign_key="person.id", index=True)
    owner_id: int = Field(foreign_key="person.id", index=True)
    seen_by: int | None = Field(default=None, foreign_key="person.id")
    since: datetime = Field(sa_type=Instant)
    reported_at: datetime = Field(sa_type=Instant)
    moved_at: datetime = Field(sa_type=Instant)


class BlockerStep(BlockerStepRow, Scoped, table=True):
    blocker_id: int = Field(foreign_key="blocker.id", index=True)
    by_id: int | None = Field(default=None, foreign_key="person.id")
    to_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    at: datetime = Field(sa_type=Instant)


class BlockerDraft(BlockerDraftRow, Scoped, table=True):
    person_id: int = Field(foreign_key="person.id", index=True)
    at: datetime = Field(sa_type=Instant)


@dataclass(frozen=True, slots=True)
class Report:
    """What a contractor reports."""

    engagement_id: int
    owner_id: int
    stops: str
    needs: str
    severity: str
    since: datetime


# -- looking -------------------------------------------------------------------------------------------


def escalation(db: Session) -> Escalation:
    """How fast and how far blockers climb in this workspace."""
    return Escalation()


def get(db: Session, blocker_id: int) -> Blocker:
    """One blocker of this workspace. Raises NotFound."""
    found = db.exec(select(Blocker).where(Blocker.id == blocker_id)).first()
    if found is None:
        raise NotFound
    return found


def step(db: Session, step_id: int) -> BlockerStep:
    """One step of a history. Raises NotFound."""
    found = db.exec(select(BlockerStep).where(BlockerStep.id == step_id)).first()
    if found is None:
        raise NotFound
    return found


def steps(db: Session, blocker_id: int) -> Sequence[BlockerStep]:
    """The history of a blocker, oldest first."""
    return db.exec(select(BlockerStep).where(BlockerStep.blocker_id == blocker_id).order_by(col(BlockerStep.id))).all()


def dossier(db: Session, blocker: Blocker, now: datetime) -> Dossier:
    """A blocker with its people, its history and what comes next."""
    engagement = engagements.get(db, blocker.engagement_id)
    history = steps(db, blocker.id or 0)
    ids = {engagement.manager_id, blocker.contractor_id, blocker.owner_id, blocker.seen_by}
    ids |= {one.by_id for one in history} | {one.to_id for one in history}
    known = people.several(db, {one for one in ids if one is not None})
    return Dossier(blocker, engagement.role, known, history, _next(db, blocker, now))


def subject(db: Session, blocker: Blocker) -> Subject:
    """Whom a blocker is about, for deciding access."""
    manager = engagements.get(db, blocker.engagement_id).manager_id
    return rules.involved(blocker, manager, steps(db, blocker.id or 0))


def waiting(db: Session, person_id: int, *, care: bool) -> Sequence[Blocker]:
    """The open blockers somebody may see, oldest first: their own, those they answer for; the care team's where `care`."""
    managed = [one.id for one in engagements.of_manager(db, person_id)]
    theirs = or_(
        col(Blocker.contractor_id) == person_id,
        col(Blocker.owner_id) == person_id,
        col(Blocker.seen_by) == person_id,
        col(Blocker.engagement_id).in_(managed),
        *([col(Blocker.with_care).is_(True)] if care else []),
    )
    query = select(Blocker).where(col(Blocker.state).in_(WAITING), theirs)
    return db.exec(query.order_by(col(Blocker.reported_at), col(Blocker.id))).all()


def open_days(db: Session, contractor_ids: Collection[int], now: datetime) -> dict[int, float]:
    """How long each contractor's oldest open blocker has been reported, in days; nothing for those without one."""
    found: dict[int, float] = {}
    query = select(Blocker).where(col(Blocker.contractor_id).in_(contractor_ids), col(Blocker.state).in_(WAITING))
    for one in db.exec(query).all():
        days = (now - one.reported_at) / timedelta(days=1)
        found[one.contractor_id] = max(days, found.get(one.contractor_id, 0.0))
    return found


# -- drafts --------------------------------------------------------------------------------------------


def keep_draft(db: Session, person_id: int, text: str, whom: str, now: datetime) -> BlockerDraft:
    """Keep typed words until their form is opened; long forgotten ones go."""
    db.exec(
        delete(BlockerDraft).where(
            col(BlockerDraft.workspace_id) == db.info["workspace"],
            col(BlockerDraft.person_id) == person_id,
            col(BlockerDraft.at) < now - DRAFTS,
        )
    )
    made = BlockerDraft(person_id=person_id, text=text, whom=whom, at=now)
    db.add(made)
    db.flush()
    return made


def draft(db: Session, draft_id: int, person_id: int) -> BlockerDraft:
    """Somebody's own draft. Raises NotFound."""
    found = db.exec(
        select(BlockerDraft).where(BlockerDraft.id == draft_id, BlockerDraft.person_id == person_id)
    ).first()
    if found is None:
        raise NotFound
    return found


def drop_draft(db: Session, draft_id: int, person_id: int) -> None:
    """A draft was reported; perhaps for the second time, from a form that was still open."""
    for found in db.exec(
        select(BlockerDraft).where(BlockerDraft.id == draft_id, BlockerDraft.person_id == person_id)
    ).all():
        db.delete(found)


# -- what people do --------------------------------------------------------------------------------------


def report(db: Session, contractor_id: int, reported: Report, now: datetime) -> Blocker:
    """Keep a report, give the contractor their card of it, and start to climb."""
    blocker = Blocker(
        engagement_id=reported.engagement_id, contractor_id=contractor_id, owner_id=reported.owner_id,
        stops=reported.stops, needs=reported.needs, severity=reported.severity, since=reported.since,
        reported_at=now, moved_at=now,
    )  # fmt: skip
    db.add(blocker)
    db.flush()
    first = _keep(db, blocker, Kind.REPORTED, now, by=contractor_id)
    first.keys = f"blocker:{blocker.id}:report"
    deliveries.plan(
        db, first.keys, "blockers.report", at=now, subject=blocker.id or 0, person=contractor_id,
        priority=Priority.URGENT,
    )  # fmt: skip
    advance(db, blocker, now)
    return blocker


def acknowledge(db: Session, blocker: Blocker, by: int, now: datetime) -> None:
    """Somebody is on it; the contractor is told."""
    rules.acknowledge(blocker, by, now)
    _changed(db, blocker, _keep(db, blocker, Kind.ACKNOWLEDGED, now, by=by), now)


def resolve(db: Session, blocker: Blocker, by: int, note: str, now: datetime) -> None:
    """It is solved; the contractor is told, unless they said so themself."""
    blocker.state = State.RESOLVED
    _changed(db, blocker, _keep(db, blocker, Kind.RESOLVED, now, by=by, note=note), now)


def reopen(db: Session, blocker: Blocker, by: int, reason: str, now: datetime) -> None:
    """It was not solved after all: the owner is asked again, and their clock starts anew."""
    rules.climb_again(blocker, now)
    _changed(db, blocker, _keep(db, blocker, Kind.REOPENED, now, by=by, note=reason), now)


def hand_over(db: Session, blocker: Blocker, by: int, to: int, note: str, now: datetime) -> None:
    """Somebody else answers for it from now on, on a clock of their own."""
    rules.climb_again(blocker, now)
    blocker.owner_id = to
    _changed(db, blocker, _keep(db, blocker, Kind.HANDED, now, by=by, to=to, note=note), now)


def follow_manager(db: Session, engagement: EngagementRow, before: int, by: int, now: datetime) -> None:
    """What waits for who was the manager waits for who is it now: the one before is told that they hear no more of it."""
    for blocker in waiting(db, engagement.contractor_id, care=False):
        if (blocker.engagement_id, blocker.owner_id) == (engagement.id, before):
            hand_over(db, blocker, by, engagement.manager_id, "", now)


# -- what time does --------------------------------------------------------------------------------------


def advance(db: Session, blocker: Blocker, now: datetime) -> None:
    """Make every move that is due and put the next one on the calendar."""
    if not _in_force(db, blocker, now):
        return
    move = _next(db, blocker, now)
    while move is not None and move.at <= now:
        _make(db, blocker, move, now)
        move = _next(db, blocker, now)
    db.add(blocker)
    db.flush()
    if move is None:
        occurrences.cancel(db, NEXT, blocker.id or 0)
    else:
        occurrences.plan(db, NEXT, blocker.id or 0, move.at, f"{blocker.round}.{blocker.notices}.{blocker.nudges}")


def follow(db: Session, person_id: int, now: datetime) -> None:
    """An engagement of theirs was paused, resumed, ended or changed, or the hours of whom they wait for: follow at once."""
    for blocker in waiting(db, person_id, care=False):
        advance(db, blocker, now)


def _in_force(db: Session, blocker: Blocker, now: datetime) -> bool:
    """Whether the clock runs: not in a paused engagement; in an ended one the blocker is closed."""
    status = engagements.get(db, blocker.engagement_id).status
    if blocker.state not in WAITING:
        occurrences.cancel(db, NEXT, blocker.id or 0)
        return False
    if status in RUNNING:
        if blocker.paused:
            blocker.paused, blocker.moved_at = False, now
            _tell(db, blocker, _keep(db, blocker, Kind.RESUMED, now), now)
        return True
    if status == Status.ENDED:
        blocker.state = State.CLOSED
        occurrences.cancel(db, NEXT, blocker.id or 0)
        _tell(db, blocker, _keep(db, blocker, Kind.CLOSED, now), now)
        return False
    occurrences.plan(db, NEXT, blocker.id or 0, now + LOOK, "paused")
    if not blocker.paused:
        blocker.paused = True
        _tell(db, blocker, _keep(db, blocker, Kind.PAUSED, now), now)
    return False


def _next(db: Session, blocker: Blocker, now: datetime) -> Move | None:
    if blocker.state not in WAITING:
        return None
    seats = _ladder(db, blocker)
    return rules.next_move(blocker, seats, _holder(db, blocker, seats), escalation(db), now)


def _ladder(db: Session, blocker: Blocker) -> tuple[Seat, ...]:
    manager_id = engagements.get(db, blocker.engagement_id).manager_id
    found = people.several(db, {blocker.owner_id, manager_id})
    owner, manager = _seat(found[blocker.owner_id], Rung.OWNER), _seat(found[manager_id], Rung.MANAGER)
    helped = _care(db, without={owner.person, manager.person, blocker.contractor_id})
    return rules.ladder(owner, manager, Seat(Rung.CARE, None, owner.hours) if helped else None)


def _holder(db: Session, blocker: Blocker, seats: Sequence[Seat]) -> Seat:
    """Whose turn it is: who acknowledged and still answers for it, else who was asked last, else the owner."""
    seen = people.get(db, blocker.seen_by) if blocker.seen_by is not None else None
    if seen is not None and (seen.care or _answers(subject(db, blocker), seen.id)):
        return _seat(seen, Rung(blocker.reached or Rung.OWNER))
    return next((seat for seat in seats if seat.rung == blocker.reached), seats[0])


def _answers(about: Subject, person_id: int | None) -> bool:
    return person_id in about.managers | about.responsible


def _seat(person: Person, rung: Rung) -> Seat:
    reachable = bool(person.user) and person.active and not person.unreachable
    return Seat(rung, person.id, working_hours(person), away(person), person.muted_until, reachable)


def _care(db: Session, without: Collection[int | None]) -> list[Person | str]:
    """Where the care team is asked: their channel, else each member who was not asked already."""
    channel = people.the_workspace(db).care_channel
    return [channel] if channel else [one for one in people.care_team(db) if one.id not in without]


def _make(db: Session, blocker: Blocker, move: Move, now: datetime) -> None:
    """Ask or remind, and keep that it was done."""
    for passed in move.passed:
        _keep(db, blocker, Kind.PASSED, now, to=passed.person)
    rules.made(blocker, move, now)
    kept = _keep(db, blocker, move.kind, now, to=move.seat.person)
    kept.keys = " ".join(_ask(db, blocker, move.seat, now))
    _tell(db, blocker, kept, now)


def _ask(db: Session, blocker: Blocker, seat: Seat, now: datetime) -> Iterable[str]:
    """Owe the notice to whoever it is for; answers the ledger's keys."""
    key = f"blocker:{blocker.id}:{blocker.round}:{blocker.notices}.{blocker.nudges}"

    def owe(key: str, at: datetime = now, **to: object) -> str:
        deliveries.plan(db, key, "blockers.notice", at=at, subject=blocker.id or 0, priority=Priority.URGENT, **to)  # type: ignore[arg-type]
        return key

    if seat.person is not None:
        engagements.ask_hours(db, seat.person, now)
        return [owe(key, person=seat.person)]
    asked = [one.to_id for one in steps(db, blocker.id or 0)]
    where = _care(db, without={*asked, blocker.owner_id, blocker.contractor_id})
    return [
        owe(key, channel=one)
        if isinstance(one, str)
        else owe(f"{key}:{one.id}", rules.free_at(_seat(one, Rung.CARE), now), person=one.id)
        for one in where
    ]


# -- telling ---------------------------------------------------------------------------------------------


def _keep(
    db: Session, blocker: Blocker, kind: Kind, now: datetime, *, by: int | None = None, to: int | None = None,
    note: str = "",
) -> BlockerStep:  # fmt: skip
    kept = BlockerStep(blocker_id=blocker.id or 0, kind=kind, at=now, by_id=by, to_id=to, note=note)
    db.add(blocker)
    db.add(kept)
    db.flush()
    return kept


def _changed(db: Session, blocker: Blocker, kept: BlockerStep, now: datetime) -> None:
    """Somebody did something: tell it, then let the clock go on from there."""
    _tell(db, blocker, kept, now)
    advance(db, blocker, now)


def _tell(db: Session, blocker: Blocker, kept: BlockerStep, now: datetime) -> None:
    """Draw every card about this blocker anew, and let the contractor know of what is news to them."""
    db.add(kept)
    for one in steps(db, blocker.id or 0):
        for key in one.keys.split():
            if kept.kind in STOPPED and one.kind in ASKING:  # whoever was to be asked in their morning no longer is
                deliveries.withdraw(db, key, "settled before it was sent", now)
            if one.id != kept.id:
                deliveries.refresh(db, key, now, str(kept.id))
    if kept.by_id == blocker.contractor_id or (
        kept.kind == Kind.ASKED and blocker.notices == 1 and not _passed(db, kept)
    ):
        return
    key = f"blocker:{blocker.id}:news:{kept.id}"
    if kept.kind == Kind.RESOLVED:
        kept.keys = key
    deliveries.plan(
        db, key, "blockers.news", at=now, subject=kept.id or 0, person=blocker.contractor_id, priority=Priority.URGENT
    )


def _passed(db: Session, kept: BlockerStep) -> bool:
    """Whether somebody was passed over for this step: then even the first one asked is news."""
    before = [one for one in steps(db, kept.blocker_id) if (one.id or 0) < (kept.id or 0)]
    return bool(before) and before[-1].kind == Kind.PASSED
