"""A town in which there is one of everything: all of it about Ana, who works for Mo, and something of another pair."""

from dataclasses import dataclass
from datetime import date, time, timedelta

from sqlmodel import Session

import storage
from bot.care.blockers import Severity
from bot.care.hours import GoldenHours, Status
from bot.care.occurrences import iso_week
from bot.care.pulse import OPEN_FOR
from storage.blockers import Blocker, Report
from storage.cases import HealthAlert
from storage.engagements import Engagement
from storage.kpis import Kpi
from storage.people import Person, Topic
from tests.conftest import Town

GOLDEN = GoldenHours(frozenset({1, 2, 3, 4, 5}), time(15), 120, "Europe/Lisbon")
# Beside those of the town: another manager's contractor and their manager, whoever is asked for help, and nobody.
OTHERS = {"max": "Max Weil", "ria": "Ria Sato", "nia": "Nia Okoro"}


@dataclass
class Everything:
    """The ids of what there is, by name, as values of buttons have them."""

    ids: dict[str, int]

    def value(self, pattern: str) -> str:
        """What a button about it carries: "{round}:work:4"."""
        return pattern.format(**self.ids)


async def everything(town: Town) -> Everything:
    """Make it."""
    for handle, name in OTHERS.items():
        await town.db(lambda db, h=handle, n=name: storage.people.learn(db, f"U0{h.upper()}", town.now, name=n))
    ids = {handle: await town.person_id(handle) for handle in ("ana", "mo", "kei", "ada", "lee")}
    ids["engagement"] = await town.engage(template="design")
    ids |= await town.db(lambda db: {one.user[2:].lower(): one.id or 0 for one in _others(db)})
    await town.engage("lee", "mo", role="Tester")
    ids |= await town.db(lambda db: _make(town, db, ids))
    return Everything(ids)


def _others(db: Session) -> list[Person]:
    found = [storage.people.by_user(db, f"U0{handle.upper()}") for handle in OTHERS]
    return [one for one in found if one is not None]


def _make(town: Town, db: Session, ids: dict[str, int]) -> dict[str, int]:
    engagement = storage.engagements.get(db, ids["engagement"])
    other = storage.engagements.of_contractor(db, ids["lee"])[0]
    other.manager_id = ids["max"]
    db.add(other)
    return _asked(town, db, engagement) | _hours(town, db, engagement) | _blockers(town, db, engagement, ids["ria"])


def _asked(town: Town, db: Session, engagement: Engagement) -> dict[str, int]:
    """A round that is open, KPIs, an introduction, an alert, a line of who's who."""
    ana, week = engagement.contractor_id, iso_week(town.now.date())
    round_ = storage.pulse.open_round(db, ana, week, ["week", "support"], town.now, town.now + OPEN_FOR)
    storage.pulse.tap(db, round_.id or 0, "week", 4, "care")
    kpi: Kpi = storage.kpis.of_engagement(db, engagement)[0]
    storage.kpis.record(db, kpi, date(2026, 11, 20), 80, engagement.manager_id, town.now)
    alert, topic = HealthAlert(person_id=ana, raised_at=town.now), Topic(topic="Invoices", person_id=ana)
    db.add_all([alert, topic])
    db.flush()
    introduction = storage.onboarding.offer(db, engagement.id or 0)
    found = {"round": round_, "kpi": kpi, "introduction": introduction, "alert": alert, "topic": topic}
    return {name: one.id or 0 for name, one in found.items()}


def _hours(town: Town, db: Session, engagement: Engagement) -> dict[str, int]:
    """Golden hours that are agreed, others that wait for Mo, a question that is open and one that is answered."""
    agreed, waiting = (storage.hours.put(db, engagement, GOLDEN, True, town.now) for _ in range(2))
    storage.hours.settle(db, agreed, Status.AGREED, town.now)
    between = storage.hours.between(db, engagement, engagement.contractor_id)
    question, answered = (storage.hours.ask(db, between, agreed, "Which one?", town.now) for _ in range(2))
    storage.hours.answer(db, between, answered, town.now)
    found = {"agreed": agreed, "waiting": waiting, "question": question, "answered": answered}
    return {name: one.id or 0 for name, one in found.items()}


def _blockers(town: Town, db: Session, engagement: Engagement, asked: int) -> dict[str, int]:
    """One that waits for Ria, one that was solved, words that were kept, and a message that was held back."""
    ana = engagement.contractor_id
    told = Report(engagement.id or 0, asked, "No access", "", Severity.STOPPED, town.now - timedelta(hours=1))
    stuck, solved = (storage.blockers.report(db, ana, told, town.now) for _ in range(2))
    _solve(db, solved, asked, town)
    draft = storage.blockers.keep_draft(db, ana, "The build is red", "", town.now)
    storage.deliveries.plan(db, "held", "pulse.question", at=town.now, subject=ana, person=ana)
    return {"blocker": stuck.id or 0, "solved": solved.id or 0, "draft": draft.id or 0}


def _solve(db: Session, blocker: Blocker, by: int, town: Town) -> None:
    storage.blockers.resolve(db, blocker, by, "", town.now)
