"""A town in which there is one of everything: all of it about Ana, who works for Mo, and something of another pair."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol

from sqlmodel import Session

import storage
from bot.care.blockers import Severity
from bot.care.hours import GoldenHours, Status
from bot.care.occurrences import iso_week
from bot.care.pulse import OPEN_FOR
from storage.blockers import Report
from storage.cases import HealthAlert
from storage.engagements import Engagement
from storage.people import Topic
from tests.conftest import Town

GOLDEN = GoldenHours(frozenset({1, 2, 3, 4, 5}), time(15), 120, "Europe/Lisbon")
# Ana works for Mo, and Lee for Max; Kei is care, Ada is admin, Ria was asked for help, and Nia is nobody.
PEOPLE = {
    "ana": "Ana Sousa", "mo": "Mo Haddad", "kei": "Kei Mori", "ada": "Ada Berg", "lee": "Lee Park", "max": "Max Weil",
    "ria": "Ria Sato", "nia": "Nia Okoro",
}  # fmt: skip


class Kept(Protocol):
    """A row, of whichever table."""

    id: int | None


@dataclass
class Everything:
    """The ids of what there is, by name, as values of buttons have them."""

    ids: dict[str, int]

    def value(self, pattern: str) -> str:
        """What a button about it carries: "{round}:work:4"."""
        return pattern.format(**self.ids)


async def everything(town: Town) -> Everything:
    """Make it."""
    return Everything(await town.db(lambda db: made(db, town.now)))


def made(db: Session, now: datetime, mark: str = "") -> dict[str, int]:
    """Make it where this session is; `mark` is in every word of it."""
    ids = {handle: _person(db, handle, name + mark, now) for handle, name in PEOPLE.items()}
    engagement = _engagement(db, ids["ana"], ids["mo"], "Designer" + mark, now)
    _engagement(db, ids["lee"], ids["max"], "Tester" + mark, now)
    return ids | {"engagement": engagement.id or 0} | {
        name: row.id or 0
        for some in (_asked(db, engagement, now, mark), _hours(db, engagement, now, mark),
                     _blockers(db, engagement, ids["ria"], now, mark))
        for name, row in some.items()
    }  # fmt: skip


def _person(db: Session, handle: str, name: str, now: datetime) -> int:
    person = storage.people.learn(db, f"U0{handle.upper()}", now, name=name, admin=handle == "ada")
    person.care, person.welcomed_at = handle == "kei", now
    return person.id or 0


def _engagement(db: Session, contractor: int, manager: int, role: str, now: datetime) -> Engagement:
    engagement = Engagement(contractor_id=contractor, manager_id=manager, role=role, bottleneck=f"{role} needed",
                            starts_on=date(2026, 11, 2), status="active", template="design")  # fmt: skip
    db.add(engagement)
    db.flush()
    storage.pulse.plan_next(db, storage.pulse.schedule(db, contractor), "Europe/Lisbon", now)
    return engagement


def _asked(db: Session, engagement: Engagement, now: datetime, mark: str) -> dict[str, Kept]:
    """A round that is open, KPIs, an introduction, an alert, a line of who's who, a message that was held back."""
    ana, week = engagement.contractor_id, iso_week(now.date())
    round_ = storage.pulse.open_round(db, ana, week, ["week", "support"], now, now + OPEN_FOR)
    storage.pulse.tap(db, round_.id or 0, "week", 4, "care")
    kpi = storage.kpis.of_engagement(db, engagement)[0]
    storage.kpis.record(db, kpi, date(2026, 11, 20), 80, engagement.manager_id, now)
    alert, topic = HealthAlert(person_id=ana, raised_at=now), Topic(topic="Invoices" + mark, person_id=ana)
    db.add_all([alert, topic])
    db.flush()
    introduction = storage.onboarding.offer(db, engagement.id or 0)
    storage.deliveries.skip(db, "held", "pulse.question", "paused", now, ana, round_.id or 0)
    held = storage.deliveries.by_key(db, "held")
    assert held is not None
    return {"round": round_, "kpi": kpi, "introduction": introduction, "alert": alert, "topic": topic, "held": held}


def _hours(db: Session, engagement: Engagement, now: datetime, mark: str) -> dict[str, Kept]:
    """Golden hours that are agreed, others that wait for Mo, a question that is open and one that is answered."""
    agreed, waiting = (storage.hours.put(db, engagement, GOLDEN, True, now) for _ in range(2))
    storage.hours.settle(db, agreed, Status.AGREED, now)
    between = storage.hours.between(db, engagement, engagement.contractor_id)
    question, answered = (storage.hours.ask(db, between, agreed, "Which one?" + mark, now) for _ in range(2))
    storage.hours.answer(db, between, answered, now)
    return {"agreed": agreed, "waiting": waiting, "question": question, "answered": answered}


def _blockers(db: Session, engagement: Engagement, asked: int, now: datetime, mark: str) -> dict[str, Kept]:
    """One that waits for Ria, one that was solved, and words that were kept."""
    ana = engagement.contractor_id
    told = Report(engagement.id or 0, asked, "No access" + mark, "", Severity.STOPPED, now - timedelta(hours=1))
    stuck, solved = (storage.blockers.report(db, ana, told, now) for _ in range(2))
    storage.blockers.resolve(db, solved, asked, "", now)
    draft = storage.blockers.keep_draft(db, ana, "The build is red" + mark, "", now)
    return {"blocker": stuck, "solved": solved, "draft": draft}
