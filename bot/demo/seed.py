"""The demo's team: eight contractors in eight zones, and twelve weeks of their history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, select

import storage
from bot import care
from bot.demo.start import DemoClock
from bot.demo.workspace import Workspace

WEEKS = 12
GOOD = (1, 3, 4, 7, 10)  # weeks ago
COUNTRIES = {"U0MO": "US", "U0KEI": "JP", "U0ADA": "DE"}
TOPICS = (
    ("mo", "Priorities of the shop", "What comes first, and why"),
    ("ada", "Accounts and access", "New tools, lost passwords"),
    ("kei", "Anything personal", "The care team; it stays there"),
    ("bruno", "Payments", "How money moves"),
    ("priya", "What customers say", ""),
)


@dataclass(frozen=True, slots=True)
class Story:
    """One contractor: who they are, and the weekly means of their last twelve pulses (0: not answered)."""

    handle: str
    name: str
    zone: str
    country: str
    role: str
    bottleneck: str
    template: str
    days_in: int
    pulses: Sequence[int]
    guest: bool = False


TEAM = (
    Story("ana", "Ana Sousa", "Europe/Lisbon", "PT", "Data engineer", "Reports take a week to be right", "data", 140,
          (4, 4, 5, 4, 4, 4, 5, 4, 4, 4, 4, 4), guest=True),  # thriving
    Story("tomas", "Tomás Rojas", "America/Argentina/Buenos_Aires", "AR", "Frontend developer",
          "The shop loses buyers at checkout", "software", 200, (5, 4, 4, 4, 4, 4, 3, 3, 3, 2, 2, 1)),  # declining
    Story("yuki", "Yuki Ogawa", "Asia/Tokyo", "JP", "Product designer", "Nobody owns the design system", "design", 120,
          (4, 4, 4, 3, 4, 4, 4, 4, 4, 0, 0, 0)),  # silent
    Story("sunita", "Sunita Thapa", "Asia/Kathmandu", "NP", "QA engineer", "Releases slip by days", "software", 90,
          (4, 4, 3, 4, 4, 4, 4, 3, 4, 3, 4, 3)),  # has a stuck blocker
    Story("zanele", "Zanele Dube", "Africa/Johannesburg", "ZA", "Technical writer", "The API has no docs", "writing", 3,
          ()),  # new
    Story("bruno", "Bruno Lima", "America/Sao_Paulo", "BR", "Backend developer", "Payments fail at peak", "software",
          700, (4, 4, 4, 4, 4, 4, 3, 4, 4, 4, 4, 4)),  # near the tenure mark
    Story("priya", "Priya Nair", "Asia/Kolkata", "IN", "Support lead", "First answers take a day", "support", 160,
          (4, 5, 4, 5, 4, 5, 4, 4, 5, 4, 5, 5)),
    Story("femi", "Femi Ade", "Africa/Lagos", "NG", "Operations analyst", "Invoices are late", "operations", 60,
          (3, 4, 3, 4, 3, 4, 4, 3, 4)),
)  # fmt: skip


def northwind(clock: DemoClock) -> Workspace:
    """The workspace everybody is in."""
    workspace = Workspace(name="Northwind demo", now=clock.now)
    staff = [
        workspace.add_user("U0MO", "Mo Haddad", "mo", email="mo@northwind.example", tz="America/Chicago"),
        workspace.add_user("U0KEI", "Kei Mori", "kei", email="kei@northwind.example", tz="Asia/Tokyo"),
        workspace.add_user("U0ADA", "Ada Berg", "ada", email="ada@northwind.example", tz="Europe/Berlin", admin=True),
    ]
    contractors = [
        workspace.add_user(
            f"U0{one.handle.upper()}", one.name, one.handle, email=f"{one.handle}@freelance.example", tz=one.zone,
            guest=one.guest,
        )
        for one in TEAM
    ]  # fmt: skip
    workspace.add_channel("C0TEAM", "team", [*staff, *contractors])
    workspace.add_channel("C0CARE", "care", [staff[1], staff[2]])
    workspace.add_channel("C0SHOP", "project-shop", [staff[0], *contractors])
    return workspace


def history(db: Session, now: datetime) -> None:
    """Engagements, pulses and the rest, as if the bot had been there for twelve weeks."""
    manager = storage.people.by_user(db, "U0MO")
    assert manager is not None
    for one in db.exec(select(storage.people.Person)).all():
        one.hours_confirmed, one.welcomed_at = True, now - timedelta(weeks=WEEKS)
        one.country = COUNTRIES.get(one.user, one.country)
        db.add(one)
    for story in TEAM:
        person = storage.people.by_user(db, f"U0{story.handle.upper()}")
        assert person is not None
        person.country = story.country
        if story.days_in < 7:
            person.welcomed_at = None  # hears of it all today
        db.add(person)
        engagement = storage.engagements.Engagement(
            contractor_id=person.id or 0, manager_id=manager.id or 0, role=story.role, bottleneck=story.bottleneck,
            starts_on=(now - timedelta(days=story.days_in)).date(), jurisdiction=story.country, channel="C0SHOP",
            status="onboarding" if story.days_in < 7 else "active", template=story.template,
        )  # fmt: skip
        db.add(engagement)
        db.flush()
        storage.engagements.follow(db, engagement, person.zone, now)
        _pulses(db, person, story, now)
        _kpis(db, engagement, story, now)
        if story.handle == "ana":
            _golden_hours(db, engagement, person, manager, now)
        if story.handle == "sunita":
            _stuck(db, engagement, now)
        if story.days_in < 7:
            storage.engagements.begin(db, engagement, person.zone, now)
    _topics(db)


def _pulses(db: Session, person: storage.people.Person, story: Story, now: datetime) -> None:
    schedule = storage.pulse.schedule(db, person.id or 0)
    today = now.date()
    for back, score in zip(range(len(story.pulses), 0, -1), story.pulses, strict=True):
        day = _thursday(today) - timedelta(weeks=back)
        asked = care.occurrences.instant(day, schedule.at, person.zone)
        asked_for, schedule.position = care.pulse.questions(schedule.position)
        week = care.occurrences.iso_week(day)
        round_ = storage.pulse.open_round(db, person.id or 0, week, asked_for, asked, asked + care.pulse.OPEN_FOR)
        if score:
            _answer(db, round_, asked_for, score, asked + timedelta(hours=2))
        schedule.last_week = week
    db.add(schedule)
    storage.pulse.plan_next(db, schedule, person.zone, now)


def _answer(
    db: Session, round_: storage.pulse.PulseRound, questions: Sequence[str], score: int, at: datetime
) -> None:  # fmt: skip
    for index, question in enumerate(questions):
        given = min(5, max(1, score + (1 if index == 1 and score < 5 else 0)))
        storage.pulse.tap(db, round_.id or 0, question, given, care.pulse.Seen.CARE)
    storage.pulse.submit(db, round_, at)


def _kpis(db: Session, engagement: storage.engagements.Engagement, story: Story, now: datetime) -> None:
    """Twelve weeks of readings that follow the pulses: good weeks go with good results."""
    for kpi in storage.kpis.of_engagement(db, engagement):
        for back, score in zip(range(len(story.pulses), 0, -1), story.pulses, strict=True):
            if back % (1 if kpi.cadence == care.kpis.Cadence.WEEKLY else 4):
                continue
            day, value = now.date() - timedelta(weeks=back), _measured(kpi, score or 3, back)
            storage.kpis.record(db, kpi, day, value, engagement.manager_id, now - timedelta(weeks=back))


def _measured(kpi: storage.kpis.Kpi, score: int, back: int) -> float:
    """Near the target, better in good weeks; no line of real work is quite straight."""
    step = max(1, kpi.target * 0.03) * ((score >= 4 and back in GOOD) - (score <= 2))
    better = kpi.target * (score - 4) * 0.06 + step
    value = kpi.target + (better if kpi.direction == care.kpis.Direction.AT_LEAST else -better)
    value = round(value, 1) if kpi.target % 1 else float(round(value))
    highest = 5 if kpi.target % 1 else 100 if kpi.target > 50 else value  # a mean of stars; percent
    return max(0.0, min(highest, value))


def _stuck(db: Session, engagement: storage.engagements.Engagement, now: datetime) -> None:
    """Reported nine days ago, seen the day after, and still there."""
    then = now - timedelta(days=9)
    report = storage.blockers.Report(
        engagement.id or 0, engagement.manager_id, "The test devices are locked", "An admin to release them",
        care.blockers.Severity.STOPPED, then,
    )  # fmt: skip
    blocker = storage.blockers.report(db, engagement.contractor_id, report, then)
    storage.blockers.acknowledge(db, blocker, engagement.manager_id, then + timedelta(days=1))


def _golden_hours(
    db: Session, engagement: storage.engagements.Engagement, contractor: storage.people.Person,
    manager: storage.people.Person, now: datetime,
) -> None:  # fmt: skip
    mine, theirs = care.people.working_hours(contractor), care.people.working_hours(manager)
    suggestion = care.hours.suggest(mine, theirs, now.date())[0]
    offer = storage.hours.put(db, engagement, suggestion.golden, True, now - timedelta(weeks=8))
    storage.hours.settle(db, offer, care.hours.Status.AGREED, now - timedelta(weeks=8), by=manager.id)
    storage.hours.plan_next(db, offer, (contractor.zone, manager.zone), now)


def _topics(db: Session) -> None:
    for handle, topic, note in TOPICS:
        person = storage.people.by_user(db, f"U0{handle.upper()}")
        assert person is not None
        db.add(storage.people.Topic(topic=topic, person_id=person.id or 0, note=note))


def _thursday(day: date) -> date:
    return day + timedelta(days=4 - day.isoweekday())
