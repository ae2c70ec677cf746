"""Alerts about people, where each person stands with them, and what the care team made of them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Index, UniqueConstraint, func
from sqlmodel import Field, Session, col, select

from bot.care.cases import (
    LIVE,
    RECORD_WEEKS,
    Change,
    HealthAlertRow,
    HealthStandingRow,
    Record,
    State,
    Told,
    Verdict,
    Why,
    alike,
    aspects,
    case_of,
    night_of,
    put,
    read,
    written,
)
from bot.care.engagements import RUNNING
from bot.care.health import Case, Event, close, not_a_concern, snooze, week_number
from bot.care.pulse import Seen
from bot.errors import NotFound
from storage import deliveries, people
from storage.database import Instant, Scoped
from storage.engagements import Engagement, of_contractor
from storage.health import PEOPLE, Among
from storage.pulse import PulseRound

COMMENT_WEEKS = 4  # of comments, beside an alert
AT_ONCE = 200  # alerts ended in one go, so that a tap does not wait for more


class HealthStanding(HealthStandingRow, Scoped, table=True):
    __table_args__ = (
        UniqueConstraint("person_id"),
        Index("ix_healthstanding_person", "workspace_id", "person_id"),
    )

    person_id: int = Field(foreign_key="person.id")


class HealthAlert(HealthAlertRow, Scoped, table=True):
    person_id: int = Field(foreign_key="person.id", index=True)
    raised_at: datetime = Field(sa_type=Instant)
    state: str = Field(default=State.OPEN, index=True)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)


def get(db: Session, alert_id: int) -> HealthAlert:
    """One alert of this workspace. Raises NotFound."""
    found = db.exec(select(HealthAlert).where(HealthAlert.id == alert_id)).first()
    if found is None:
        raise NotFound
    return found


def live(db: Session, first: int, most: int) -> Sequence[HealthAlert]:
    """What the care team has before it or set aside for a while, oldest first: never an order of urgency."""
    query = select(HealthAlert).where(col(HealthAlert.state).in_(LIVE)).order_by(col(HealthAlert.id))
    return db.exec(query.offset(first).limit(most)).all()


def of_person(db: Session, person_id: int, most: int = 5) -> Sequence[HealthAlert]:
    """Somebody's last alerts, newest first."""
    return db.exec(
        select(HealthAlert).where(HealthAlert.person_id == person_id).order_by(col(HealthAlert.id).desc()).limit(most)
    ).all()


def count_live(db: Session) -> tuple[int, int]:
    """How many alerts are open, and how many of them nobody has taken."""
    query = select(func.count(), func.count(col(HealthAlert.taken_by))).where(HealthAlert.state == State.OPEN)
    everyone, taken = db.exec(query).one()
    return everyone, everyone - taken


def standings(db: Session, persons: Iterable[int]) -> Mapping[int, HealthStanding]:
    """Where people stand, those who ever had an alert."""
    query = select(HealthStanding).where(Among(col(HealthStanding.person_id), PEOPLE))
    return {one.person_id: one for one in db.exec(query, params={"people": json.dumps(list(persons))}).all()}


def keep(
    db: Session, changes: Sequence[Change], known: Mapping[int, HealthStanding], now: datetime
) -> list[HealthAlert]:  # fmt: skip
    """Keep what a night changed; answers the alerts the care team is to be told."""
    alerts = _live_of(db, [change.person for change in changes])
    raised = []
    for change in changes:
        alert = alerts.get(change.person)
        alerting = change.event in (Event.NEW, Event.CHANGED)
        back = alert is not None and alert.state == State.SNOOZED
        _stand(db, known.get(change.person), change, week_number(now.date()) if alerting and not back else None)
        if alerting:
            raised.append(_raise(alert or HealthAlert(person_id=change.person, raised_at=now, notices=0), change))
        elif alert is not None and change.event is Event.CLOSED:
            _end(db, alert, Why.CALM, now)
        elif alert is not None and not alike(read(alert.latest), change.score.reasons):
            alert.latest = written(change.score.reasons)
            show(db, alert, now)
    db.add_all(raised)
    db.flush()
    return raised


def _live_of(db: Session, persons: Sequence[int]) -> dict[int, HealthAlert]:
    query = select(HealthAlert).where(col(HealthAlert.person_id).in_(persons), col(HealthAlert.state).in_(LIVE))
    return {one.person_id: one for one in db.exec(query).all()} if persons else {}


def _stand(db: Session, row: HealthStanding | None, change: Change, alerted: int | None) -> None:
    if row is None:
        row = HealthStanding(person_id=change.person)
    elif alerted is None and row.snoozed_until is None and case_of(row) == change.case:
        return
    put(row, change.case)
    row.snoozed_until = None
    row.alerted_week = alerted or row.alerted_week
    db.add(row)


def _raise(alert: HealthAlert, change: Change) -> HealthAlert:
    alert.event = "back" if alert.state == State.SNOOZED else change.event.value
    alert.state, alert.snoozed_until = State.OPEN, None
    alert.notices += 1
    alert.reasons = alert.latest = written(change.score.reasons)
    return alert


def _end(db: Session, alert: HealthAlert, why: Why, now: datetime) -> None:
    alert.state, alert.why, alert.closed_at, alert.snoozed_until = State.CLOSED, why, alert.closed_at or now, None
    show(db, alert, now)


def tell(db: Session, alert: HealthAlert, channel: str, team: Sequence[int], now: datetime) -> None:
    """Owe the care channel the newest card, or each of the care team where there is no channel."""
    for key, person in _keys(alert, alert.notices, channel, team):
        deliveries.plan(db, key, "health.alert", at=now, subject=alert.id or 0, person=person,
                        channel="" if person else channel)  # fmt: skip
    if alert.notices > 1:
        show(db, alert, now)


def show(db: Session, alert: HealthAlert, now: datetime) -> None:
    """Have every card of an alert drawn again, wherever it went."""
    alert.revision += 1
    db.add(alert)
    if alert.id is None:
        return
    team = [one.id for one in people.care_team(db) if one.id]
    for notice in range(1, alert.notices + 1):
        for channel in ("channel", ""):
            for key, _ in _keys(alert, notice, channel, team):
                deliveries.refresh(db, key, now, str(alert.revision))


def _keys(alert: HealthAlert, notice: int, channel: str, team: Sequence[int]) -> list[tuple[str, int | None]]:
    key = f"health:{alert.id}:{notice}"
    return [(key, None)] if channel else [(f"{key}:{person}", person) for person in team]


def shown(db: Session, alert: HealthAlert) -> Told:
    """An alert with the names its card shows."""
    return all_shown(db, [alert])[0]


def all_shown(db: Session, alerts: Sequence[HealthAlert]) -> list[Told]:
    """Alerts with the names their cards show."""
    works = {alert.person_id: next(iter(of_contractor(db, alert.person_id)), None) for alert in alerts}
    ids = {alert.person_id for alert in alerts} | {alert.taken_by for alert in alerts if alert.taken_by}
    names = {
        key: one.name for key, one in people.several(db, ids | {w.manager_id for w in works.values() if w}).items()
    }
    return [
        Told(alert, names[alert.person_id], work.role if work else "", names[work.manager_id] if work else "",
             names.get(alert.taken_by or 0, ""))
        for alert in alerts for work in [works[alert.person_id]]
    ]  # fmt: skip


# -- the care team's word ------------------------------------------------------------------------------


def take(db: Session, alert: HealthAlert, person_id: int, now: datetime) -> None:
    """Somebody of the care team checks in."""
    alert.taken_by = person_id
    show(db, alert, now)


def set_aside(db: Session, alert: HealthAlert, until: date, zone: str, now: datetime) -> None:
    """Look again on a day of whoever says so; it comes back only if there is still a reason."""
    row, night = _standing(db, alert.person_id), night_of(until, zone)
    put(row, snooze(week_number(night)))
    row.snoozed_until = night
    alert.state, alert.snoozed_until = State.SNOOZED, until
    db.add(row)
    show(db, alert, now)


def dismiss(db: Session, alert: HealthAlert, why: Why, note: str, now: datetime) -> None:
    """Not a concern: told again only when something else comes up."""
    row = _standing(db, alert.person_id)
    case = Case(True, case_of(row).told | aspects(read(alert.latest)))  # a snooze has forgotten what was told
    put(row, not_a_concern(case, week_number(now.date())))
    _judge(db, row, alert, Verdict.NO_CONCERN, why, note, now)


def resolve(db: Session, alert: HealthAlert, verdict: Verdict, note: str, now: datetime) -> None:
    """Looked after: quiet for the cooldown, then as anybody."""
    row = _standing(db, alert.person_id)
    if alert.state in LIVE:
        put(row, close(case_of(row), week_number(now.date())))
    _judge(db, row, alert, verdict, alert.why if alert.state == State.CLOSED else Why.RESOLVED, note, now)


def _judge(
    db: Session, row: HealthStanding, alert: HealthAlert, verdict: Verdict, why: str, note: str, now: datetime
) -> None:  # fmt: skip
    row.snoozed_until = None
    db.add(row)
    alert.verdict, alert.note = verdict, note
    _end(db, alert, Why(why), now)


def _standing(db: Session, person_id: int) -> HealthStanding:
    return standings(db, [person_id]).get(person_id) or HealthStanding(person_id=person_id)


def close_ended(db: Session, now: datetime) -> None:
    """Whoever no longer works under a running engagement is nobody to check in with for us."""
    works = select(Engagement.contractor_id).where(col(Engagement.status).in_(RUNNING))
    query = select(HealthAlert).where(col(HealthAlert.state).in_(LIVE), col(HealthAlert.person_id).not_in(works))
    for alert in db.exec(query.limit(AT_ONCE)).all():
        row = _standing(db, alert.person_id)
        put(row, close(case_of(row), week_number(now.date())))
        row.snoozed_until = None
        db.add(row)
        _end(db, alert, Why.ENDED, now)


def comments(db: Session, person_id: int, now: datetime) -> Sequence[PulseRound]:
    """Rounds with words that somebody gave to care to read, newest first; never those only in totals."""
    return db.exec(
        select(PulseRound)
        .where(
            PulseRound.person_id == person_id,
            col(PulseRound.submitted_at) >= now - timedelta(weeks=COMMENT_WEEKS),
            col(PulseRound.sent_comment_seen).in_((Seen.CARE, Seen.MANAGER)),
            (PulseRound.sent_comment != "") | (PulseRound.sent_slowing != ""),
        )
        .order_by(col(PulseRound.week).desc())
    ).all()


def record(db: Session, now: datetime) -> Record:
    """How often the alerts of the last weeks were right, beside how often there is a concern at all."""
    raised = col(HealthAlert.raised_at) >= now - timedelta(weeks=RECORD_WEEKS)
    concern = HealthAlert.verdict == Verdict.CONCERN
    count = func.count()
    return Record(
        db.exec(select(count).select_from(HealthAlert).where(raised)).one(),
        db.exec(select(count).select_from(HealthAlert).where(raised, HealthAlert.verdict != Verdict.NONE)).one(),
        db.exec(select(count).select_from(HealthAlert).where(raised, concern)).one(),
        db.exec(select(func.count(func.distinct(HealthAlert.person_id))).where(raised, concern)).one(),
        db.exec(select(func.count(func.distinct(Engagement.contractor_id)))
                .where(col(Engagement.status).in_(RUNNING))).one(),
    )  # fmt: skip
