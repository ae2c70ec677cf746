"""The nightly look at how everybody is doing, a few teams at a time, and the alerts that come of it."""

from datetime import datetime, timedelta

from sqlmodel import Session

import storage
from bot import care, words
from bot.card import Card
from bot.care.cases import NIGHT, State
from bot.planner import Falls, Owed, Planner, Skip

planner = Planner("health")

EVERY_DAY = frozenset(range(1, 8))
PEOPLE = 250  # looked at in one transaction: a tap waits no longer than these take


def plan_night(db: Session, now: datetime) -> None:
    """Put the next night on the calendar of this workspace, unless one is there."""
    workspace = db.info["workspace"]
    if storage.occurrences.of(db, "health.nightly", workspace) is None:
        due = care.occurrences.next_occurrence(EVERY_DAY, NIGHT, "UTC", now)
        storage.occurrences.plan(db, "health.nightly", workspace, due.due_at, due.name)


@planner.due("nightly")
def nightly(db: Session, due: Falls, now: datetime, missed: bool) -> None:
    """Begin a night; the next one is planned first, so that whatever breaks tonight breaks only tonight."""
    plan_night(db, now)
    storage.occurrences.plan(db, "health.look", due.subject, now, storage.health.START)


@planner.due("look", grace=timedelta(hours=20))
def look(db: Session, due: Falls, now: datetime, missed: bool) -> None:
    """Look at the next few teams; the occurrence's name says after whom to go on."""
    if missed:
        return  # the next night is as good
    people, after = storage.health.teams(db, due.name, PEOPLE)
    known = storage.cases.standings(db, [one.person for one in people])
    today = now.date()
    changes = care.cases.night(
        storage.health.signals(db, people, now), known, care.health.week_number(today), today
    )  # fmt: skip
    _tell(db, storage.cases.keep(db, changes, known, now), now)
    if after:
        storage.occurrences.plan(db, "health.look", due.subject, now, after)
    else:
        storage.cases.close_ended(db, now)


def _tell(db: Session, alerts: list[storage.cases.HealthAlert], now: datetime) -> None:
    if not alerts:
        return
    channel = storage.people.the_workspace(db).care_channel
    team = [] if channel else [one.id for one in storage.people.care_team(db) if one.id]
    for alert in alerts:
        storage.cases.tell(db, alert, channel, team, now)


@planner.letter("alert")
def alert(db: Session, owed: Owed, now: datetime) -> Card | Skip:
    """Whom to check in with and why, as it stands now; an older card of the same alert points to the newer."""
    found = storage.cases.get(db, int(owed.subject))
    if found.state != State.OPEN and not owed.updates:
        return Skip("settled before it was told")
    if _notice(owed.updates or owed.key) not in (0, found.notices):
        return words.health.superseded(storage.cases.shown(db, found))
    return words.health.alert(storage.cases.shown(db, found))


def _notice(key: str) -> int:
    """Which card of an alert a key names; 0 where it names none."""
    parts = key.split(":")
    return int(parts[2]) if len(parts) > 2 else 0
