"""What the workspace saw, compared with what is kept: nothing lost, nothing repeated, nothing forgotten."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from bot.demo.workspace import Message, Workspace
from bot.slack.transport import MARKER
from storage.blockers import Blocker, BlockerDraft
from storage.deliveries import Delivery, State
from storage.inbound import Seen
from storage.pulse import PulseAnswer, PulseRound
from tests.torture.crowd import Crowd


@dataclass
class Verdict:
    """The counts, and every single thing that is wrong."""

    sent: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    waiting: int = 0
    lost: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)  # acknowledged, and not stored, or stored twice
    unexplained: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        """Everything that must not be."""
        return [
            f"{about}: {one}"
            for about in ("lost", "repeated", "forgotten", "unexplained")
            for one in getattr(self, about)
        ]


def of_ledger(db: Session, workspace: Workspace, now: datetime, verdict: Verdict) -> None:
    """Every row of the ledger against every message that carries a marker."""
    landed: dict[str, list[Message]] = {}
    for channel in workspace.channels.values():
        for message in channel.messages:
            if (message.metadata or {}).get("event_type") == MARKER:
                landed.setdefault(str((message.metadata or {})["event_payload"]["key"]), []).append(message)
    verdict.repeated += [key for key, messages in landed.items() if len(messages) > 1]
    rows = {row.key: row for row in db.exec(select(Delivery)).all()}
    verdict.unexplained += [key for key in landed if key not in rows or rows[key].state != State.SENT]
    for row in rows.values():
        _judge(row, landed.get(row.key, []), now, verdict)
    for round_ in db.exec(select(PulseRound)).all():
        if f"pulse:{round_.person_id}:{round_.week}" not in rows:
            verdict.lost.append(f"the question of round {round_.id} was never planned")


def _judge(row: Delivery, messages: list[Message], now: datetime, verdict: Verdict) -> None:
    match row.state:
        case State.SENT:
            verdict.sent += 1
            if not row.updates and row.landed_message not in [one.ts for one in messages]:
                verdict.lost.append(f"{row.key} is said to be sent")
        case State.SKIPPED:
            verdict.skipped[row.reason] += 1
            if not row.reason:
                verdict.unexplained.append(f"{row.key} was skipped without a reason")
        case State.DUE if row.next_at > now:
            verdict.waiting += 1
        case _:
            verdict.lost.append(f"{row.key} is {row.state}: {row.reason}")


def of_deeds(db: Session, crowd: Crowd, verdict: Verdict) -> None:
    """Everything people were acknowledged against what is kept."""
    seen = set(db.exec(select(Seen.id)).all())
    verdict.forgotten += [one for one in crowd.acknowledged if one not in seen]
    drafts = Counter(one.text for one in db.exec(select(BlockerDraft)).all())
    blockers = Counter(one.stops for one in db.exec(select(Blocker)).all())
    for given, kept in ((crowd.said, drafts), (crowd.reported, blockers)):
        for words, acknowledged in given.items():
            if not int(acknowledged) <= kept[words] <= 1:
                verdict.forgotten.append(f"“{words}” is kept {kept[words]} times")
    answers = {(one.round_id, one.question): one.score for one in db.exec(select(PulseAnswer)).all()}
    for where, given_scores in crowd.scores.items():
        if answers.get(where) not in _possible(given_scores):
            verdict.forgotten.append(f"{where}: {answers.get(where)} instead of {given_scores}")


def _possible(given: list[tuple[int, bool]]) -> set[int | None]:
    """What may be kept: the last score that was acknowledged, or one after it that may have been heard."""
    last = max((number for number, (_score, acknowledged) in enumerate(given) if acknowledged), default=-1)
    heard: set[int | None] = {score for score, _ in given[max(last, 0) :]}
    return heard if last >= 0 else heard | {None}


def in_hand(db: Session) -> int:
    """How many messages are being sent."""
    return len(db.exec(select(Delivery.id).where(Delivery.state == State.SENDING)).all())


def still_owed(db: Session, now: datetime) -> int:
    """How many messages are due now or in somebody's hands."""
    waiting = (State.SENDING, State.DUE)
    rows = db.exec(select(Delivery).where(col(Delivery.state).in_(waiting))).all()
    return sum(row.state == State.SENDING or row.next_at <= now for row in rows)
