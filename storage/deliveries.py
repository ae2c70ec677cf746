"""The ledger: every message the bot owes somebody, under a key that names it, and what became of it."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Index, UniqueConstraint, and_, case, column, func, not_, or_, table
from sqlmodel import Field, Session, col, select

import bot.care.people as people
from storage.database import Instant, Scoped, one_at_a_time
from storage.rows import keep

WELCOME = "home.welcome"
PAUSED = "away or muted"  # why a prompt was held back; whoever it is for is shown it on their return
LEASE = timedelta(seconds=60)  # longer than any send takes, its time-out included
HOLD = timedelta(seconds=15)  # the same beside other replicas, where it is renewed as long as its sender lives


class State(StrEnum):
    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"


class Call(StrEnum):
    """What a chat is asked to do for a delivery; a chat that asks to wait means one of them."""

    OPEN = "open"
    FIND = "find"
    SEND = "send"
    UPDATE = "update"


Hold = tuple[int, int]  # of one delivery at one attempt
Lane = int | str  # whose messages keep their order: a person's, or a channel's


class Priority:
    """Lower goes first: who the bot is, then what somebody waits for, before what is asked of many."""

    FIRST, URGENT, NORMAL, FAN_OUT = -1, 0, 5, 9


class Delivery(Scoped, table=True):
    """One message. It goes to a person's 1:1 or a channel, or changes the message that `updates` names by key."""

    __table_args__ = (
        UniqueConstraint("workspace_id", "key"),
        Index("ix_delivery_state_next", "state", "next_at"),
        Index("ix_delivery_owed", "workspace_id", "state", "next_at"),  # or each workspace looks through all others'
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str
    kind: str
    subject: str = ""
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    channel: str = ""
    thread: str = ""  # the key of the delivery it is a reply to
    updates: str = ""  # the key of the delivery it changes in place
    due_at: datetime = Field(sa_type=Instant)
    next_at: datetime = Field(sa_type=Instant)
    not_after: datetime | None = Field(default=None, sa_type=Instant)
    priority: int = Priority.NORMAL
    state: str = State.DUE
    attempts: int = 0
    ambiguous: bool = False  # an earlier attempt may have arrived: look for its marker first
    boot: str = ""
    lease_until: datetime | None = Field(default=None, sa_type=Instant)
    landed_channel: str = ""
    landed_message: str = ""
    reason: str = ""  # why it was skipped or failed; never personal text
    done_at: datetime | None = Field(default=None, sa_type=Instant)

    @property
    def lane(self) -> Lane:
        """Whose messages it is one of."""
        return self.channel if self.person_id is None else self.person_id


def plan(
    db: Session,
    key: str,
    kind: str,
    *,
    at: datetime,
    subject: int | str = "",
    person: int | None = None,
    channel: str = "",
    thread: str = "",
    updates: str = "",
    not_after: datetime | None = None,
    priority: int = Priority.NORMAL,
) -> bool:
    """Owe somebody a message. Planning the same key twice plans once; answers whether it was new."""
    new = keep(
        db, Delivery,
        {"key": key, "kind": kind, "subject": str(subject), "person_id": person, "channel": channel, "thread": thread,
         "updates": updates, "due_at": at, "next_at": at, "not_after": not_after, "priority": priority},
        by=("workspace_id", "key"),
    )  # fmt: skip
    if new:
        db.info["planned"] = True
    return new


def plan_welcome(db: Session, person_id: int, at: datetime) -> str | None:
    """Before the bot writes to somebody for the first time it says who it is; answers the key while that is due."""
    key = f"welcome:{person_id}"
    plan(db, key, WELCOME, at=at, subject=person_id, person=person_id, priority=Priority.FIRST)
    found = by_key(db, key)
    return key if found and found.state in (State.DUE, State.SENDING) else None


def waits_for(db: Session, delivery: Delivery, *keys: str) -> bool:
    """Whether a delivery has to let others go first that are due or on their way; then it is not due before them."""
    for first in (by_key(db, key) for key in keys if key):
        if first is not None and first.state in (State.DUE, State.SENDING):
            delivery.next_at = max(delivery.next_at, first.next_at)
            delivery.priority = max(delivery.priority, first.priority + 1)  # or many that wait could be in its way
            db.add(delivery)
            return True
    return False


def refresh(db: Session, key: str, at: datetime, stamp: str = "") -> None:
    """Have the message sent under `key` drawn again from fresh data; nothing where it was never sent."""
    original = by_key(db, key)
    if original is not None and original.state == State.DUE:
        one_at_a_time(db, "delivery", original.id)  # or it is being composed from what was before
    if original is None or original.state not in (State.SENT, State.SENDING):
        return
    plan(
        db, f"{key}~{stamp or at.isoformat()}", original.kind, at=at, subject=original.subject,
        person=original.person_id, channel=original.channel, updates=key, priority=Priority.URGENT,
    )  # fmt: skip


def skip(
    db: Session, key: str, kind: str, reason: str, at: datetime, person: int | None = None, subject: int | str = "",
    not_after: datetime | None = None,
) -> None:  # fmt: skip
    """Record that an occurrence will not be sent, and why."""
    if by_key(db, key) is None:
        if reason == PAUSED:  # as in `close`
            one_at_a_time(db, "person", person)
        db.add(Delivery(key=key, kind=kind, subject=str(subject), person_id=person, due_at=at, next_at=at,
                        not_after=not_after, state=State.SKIPPED, reason=reason, done_at=at))  # fmt: skip
        db.flush()


def revive(db: Session, delivery: Delivery, now: datetime) -> None:
    """Owe a message after all that was skipped or refused: it is composed and sent as if it were due now."""
    delivery.state, delivery.reason, delivery.done_at = State.DUE, "", None
    delivery.next_at, delivery.attempts, delivery.ambiguous = now, 0, False
    db.add(delivery)
    db.flush()
    db.info["planned"] = True


def by_key(db: Session, key: str) -> Delivery | None:
    """The row under this key."""
    return db.exec(select(Delivery).where(Delivery.key == key)).first()


def is_due(db: Session, key: str) -> bool:
    """Whether the message of this key is still to be taken in hand."""
    found = by_key(db, key)
    return found is not None and found.state == State.DUE


def withdraw(db: Session, key: str, reason: str, now: datetime) -> None:
    """No longer needed: skip it unless it is on its way already."""
    found = by_key(db, key)
    if found is not None and found.state == State.DUE:
        close(db, found, State.SKIPPED, now, reason)


def again(db: Session, key: str, channel: str, now: datetime) -> None:
    """Owe what failed or was skipped once more, perhaps to another channel; its marker is looked for first."""
    found = by_key(db, key)
    if found is None or found.state not in (State.FAILED, State.SKIPPED):
        return
    found.ambiguous = found.channel == channel and found.attempts > 0
    found.state, found.channel, found.next_at, found.due_at = State.DUE, channel, now, min(now, found.due_at)
    found.attempts, found.reason, found.done_at = 0, "", None
    db.add(found)
    db.flush()
    db.info["planned"] = True


# What is not to be taken in hand while a chat wants to be left alone with this kind of call.
_person = table("person", column("id"), column("direct"))
_NEEDS: dict[Call, ColumnElement[bool]] = {
    Call.OPEN: select(_person.c.id).where(_person.c.id == col(Delivery.person_id), _person.c.direct == "").exists(),
    Call.FIND: col(Delivery.ambiguous).is_(True),
    Call.SEND: col(Delivery.updates) == "",
    Call.UPDATE: col(Delivery.updates) != "",
}


def owed(db: Session, now: datetime) -> Sequence[int]:
    """The workspaces that are owed something now."""
    return db.exec(
        select(Delivery.workspace_id).where(Delivery.state == State.DUE, col(Delivery.next_at) <= now).distinct()
    ).all()


def claimable(
    db: Session,
    now: datetime,
    most: int,
    held: Collection[Call] = (),
    busy: Collection[Lane] = (),
    shared: bool = False,
) -> Sequence[Delivery]:
    """What is due and not in anybody's hands, the urgent first; nothing for the `busy`, nothing that needs a held call."""
    if shared:
        busy = {*busy, *_being_written_to(db)}
    people = [lane for lane in busy if isinstance(lane, int)]
    channels = [lane for lane in busy if isinstance(lane, str)]
    nobody = col(Delivery.person_id).is_(None)
    free = or_(
        and_(nobody, col(Delivery.channel).not_in(channels)),
        and_(not_(nobody), col(Delivery.person_id).not_in(people)),
    )
    found = db.exec(
        select(Delivery)
        .where(Delivery.state == State.DUE, col(Delivery.next_at) <= now)
        .where(free, *(not_(_NEEDS[call]) for call in held))
        .order_by(*_FIRST_FIRST)
        .limit(most * 3 if shared else most)
    ).all()
    return _ours(db, found, most) if shared else found


_FIRST_FIRST = (col(Delivery.priority), col(Delivery.due_at), col(Delivery.id))


def _ours(db: Session, found: Sequence[Delivery], most: int) -> Sequence[Delivery]:
    """Without what another replica is taking at this moment, and without what its readers are to get after that."""
    free = select(col(Delivery.id)).where(col(Delivery.id).in_([row.id for row in found])).order_by(*_FIRST_FIRST)
    locked = set(db.exec(free.limit(most).with_for_update(skip_locked=True)).all())
    ours, busy = list[Delivery](), set[Lane]()
    for row in found:
        if row.id not in locked:
            busy.add(row.lane)
        elif row.lane not in busy:
            ours.append(row)
    return ours


def _being_written_to(db: Session) -> set[Lane]:
    """Whose messages are in the hands of any replica."""
    return {row.lane for row in db.exec(select(Delivery).where(Delivery.state == State.SENDING)).all()}


def claim(db: Session, delivery: Delivery, boot: str, until: datetime) -> None:
    """Take a delivery in hand, for this process and until then."""
    delivery.state, delivery.boot, delivery.lease_until = State.SENDING, boot, until
    delivery.attempts += 1
    db.add(delivery)


def reason_to_skip(delivery: Delivery, person: people.PersonRow | None, now: datetime, prompt: bool) -> str:
    """Why a due delivery is not to be sent any more; "" when it is."""
    if delivery.not_after is not None and now > delivery.not_after:
        return "too late to be of use"
    if person is None:
        return ""
    if not person.user or not person.active:
        return "not in the workspace"
    if prompt and people.paused(person, now):
        return PAUSED
    return ""


def landed(db: Session, key: str) -> tuple[str, str]:
    """Channel and id of the message sent under this key; empty where none was."""
    found = by_key(db, key) if key else None
    return (found.landed_channel, found.landed_message) if found else ("", "")


def settle(db: Session, delivery_id: int, state: State, now: datetime, reason: str, where: tuple[str, str]) -> None:
    """Record how a send ended and where the message is."""
    delivery = db.exec(select(Delivery).where(Delivery.id == delivery_id)).one()
    delivery.landed_channel, delivery.landed_message = where
    close(db, delivery, state, now, reason)


def renew(db: Session, boot: str, ids: Collection[int], until: datetime) -> set[Hold]:
    """Keep hold of what this process has in hand; answers of what it does: another may have taken over the rest."""
    mine = select(Delivery).where(col(Delivery.id).in_(ids), Delivery.boot == boot, Delivery.state == State.SENDING)
    kept = db.exec(mine).all()
    for delivery in kept:
        delivery.lease_until = until
        db.add(delivery)
    return {(one.id or 0, one.attempts) for one in kept}


def put_off(db: Session, hold: Hold, at: datetime, ambiguous: bool, counts: bool, boot: str) -> None:
    """Due again at `at`, unless it was taken over; a chat's "too many" does not count as an attempt."""
    delivery = db.exec(select(Delivery).where(Delivery.id == hold[0])).one()
    if (delivery.boot, delivery.attempts, delivery.state) != (boot, hold[1], State.SENDING):
        return
    delivery.state, delivery.next_at, delivery.ambiguous, delivery.lease_until = State.DUE, at, ambiguous, None
    delivery.attempts -= 0 if counts else 1
    db.add(delivery)


def stay_behind(db: Session, lane: Lane, until: datetime) -> None:
    """The other due messages of this reader wait as well, so that they keep their order."""
    theirs = Delivery.person_id == lane if isinstance(lane, int) else Delivery.channel == lane
    mine = col(Delivery.person_id).is_(None) if isinstance(lane, str) else True
    for delivery in db.exec(
        select(Delivery).where(Delivery.state == State.DUE, theirs, mine, col(Delivery.next_at) < until)
    ).all():
        delivery.next_at = until
        db.add(delivery)


def recover(
    db: Session, boot: str, now: datetime, at: datetime, in_hand: Collection[int] = (), shared: bool = False
) -> int:
    """Take over what a dead sender left half-way: due at `at`, when what it sent has arrived, its marker looked for first.

    Whoever is alone knows that every other is dead; beside other replicas only a lease that is over says so.
    """
    over = col(Delivery.lease_until) < now
    left = db.exec(
        select(Delivery).where(
            Delivery.state == State.SENDING,
            over if shared else (col(Delivery.boot) != boot) | over,
            col(Delivery.id).not_in(in_hand),
        )
    ).all()
    for delivery in left:
        delivery.state, delivery.ambiguous, delivery.next_at = State.DUE, True, at
        db.add(delivery)
    return len(left)


def close(db: Session, delivery: Delivery, state: State, now: datetime, reason: str = "") -> None:
    """Sent, skipped or failed: nothing more happens to it."""
    if reason == PAUSED:  # and their pause may end at this moment: what it has held back is looked up once
        one_at_a_time(db, "person", delivery.person_id)
    delivery.state, delivery.reason, delivery.done_at, delivery.lease_until = state, reason, now, None
    db.add(delivery)


def next_due(db: Session) -> datetime | None:
    """When the next message is to leave."""
    return db.exec(
        select(Delivery.next_at).where(Delivery.state == State.DUE).order_by(col(Delivery.next_at)).limit(1)
    ).first()


def census(db: Session, now: datetime) -> tuple[dict[str, int], datetime | None, int]:
    """How many rows are in each state, since when the oldest due one waits, and how many should have left by now."""
    counts = db.exec(select(Delivery.state, func.count()).group_by(Delivery.state)).all()
    due = select(func.count()).where(Delivery.state == State.DUE, col(Delivery.next_at) <= now)
    return dict(counts), _late_since(db, now), db.exec(due).one()


def _late_since(db: Session, now: datetime) -> datetime | None:
    """Since when the oldest one waits. What was tried is as late as it was due, whenever it is to be tried again."""
    tried = col(Delivery.boot) != ""
    since = func.min(case((tried, col(Delivery.due_at)), else_=col(Delivery.next_at)))
    waits = col(Delivery.state).in_((State.DUE, State.SENDING)) & or_(tried, col(Delivery.next_at) <= now)
    found: datetime | None = db.exec(select(since).where(waits)).one()
    return found


def failures(db: Session) -> Sequence[tuple[str, int]]:
    """Why messages failed, and how many."""
    return db.exec(
        select(Delivery.reason, func.count()).where(Delivery.state == State.FAILED).group_by(Delivery.reason)
    ).all()


def failed(db: Session) -> Sequence[Delivery]:
    """What failed, the newest first."""
    return db.exec(
        select(Delivery).where(Delivery.state == State.FAILED).order_by(col(Delivery.done_at).desc(), col(Delivery.id))
    ).all()


def everywhere(db: Session, key: str) -> Sequence[Delivery]:
    """The message of this key in each workspace that has one."""
    return db.exec(select(Delivery).where(Delivery.key == key).order_by(col(Delivery.workspace_id))).all()


def changes(db: Session, key: str) -> Sequence[Delivery]:
    """What changed, or is to change, the message of this key in place."""
    return db.exec(select(Delivery).where(Delivery.updates == key).order_by(col(Delivery.id))).all()
