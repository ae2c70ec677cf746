"""KPIs of engagements and of role templates, and what was measured."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, col, select

from bot.care.engagements import OPEN
from bot.care.kpis import TEMPLATES, KpiReadingRow, KpiRow, Standard, Wanted
from bot.care.transfer import Given, Target
from bot.errors import NotFound
from storage.database import Instant, Scoped, one_at_a_time, scoped
from storage.engagements import Engagement
from storage.people import Person


class Kpi(KpiRow, Scoped, table=True):
    engagement_id: int | None = Field(default=None, foreign_key="engagement.id", index=True)
    template: str = Field(default="", index=True)


class KpiReading(KpiReadingRow, Scoped, table=True):
    kpi_id: int = Field(foreign_key="kpi.id", primary_key=True)
    day: date = Field(primary_key=True)
    recorded_by_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    recorded_at: datetime = Field(sa_type=Instant)


# -- KPIs ----------------------------------------------------------------------------------------------


def of_engagement(db: Session, engagement: Engagement) -> list[Kpi]:
    """The KPIs in use under an engagement; those of its role template where none were ever defined."""
    from_template(db, engagement.id or 0, engagement.template)
    return _used(db, Kpi.engagement_id == engagement.id)


def from_template(db: Session, engagement_id: int, template: str) -> None:
    """Begin with a role template's KPIs; nothing where there are some already, or where it names no template."""
    if template not in TEMPLATES or db.exec(select(Kpi.id).where(Kpi.engagement_id == engagement_id).limit(1)).first():
        return
    one_at_a_time(db, "engagement", engagement_id)
    for one in of_template(db, template):
        copied = one.model_dump(exclude={"id", "template", "engagement_id", "workspace_id"})
        db.add(Kpi(**copied, engagement_id=engagement_id))
    db.flush()


def of_template(db: Session, template: str) -> list[Kpi]:
    """A role template as this workspace has it: its own once an admin has changed it, else ours (not kept)."""
    if db.exec(select(Kpi.id).where(Kpi.template == template).limit(1)).first():
        return _used(db, Kpi.template == template)
    return [_made(one, template) for one in TEMPLATES[template]]


def own_template(db: Session, template: str) -> list[Kpi]:
    """A role template that can be changed: ours is copied into the workspace first."""
    one_at_a_time(db, "workspace", db.info["workspace"])
    made = of_template(db, template)
    db.add_all(made)
    db.flush()
    return made


def get(db: Session, kpi_id: int) -> Kpi:
    """One KPI in use. Raises NotFound."""
    found = db.exec(select(Kpi).where(Kpi.id == kpi_id, col(Kpi.stopped).is_(False))).first()
    if found is None:
        raise NotFound
    return found


def _made(standard: Standard, template: str) -> Kpi:
    return Kpi(
        template=template, standard=standard.key, kind=standard.kind, target=standard.target,
        direction=standard.direction, cadence=standard.cadence,
    )  # fmt: skip


def _used(db: Session, owner: ColumnElement[bool] | bool) -> list[Kpi]:
    return list(db.exec(select(Kpi).where(owner, col(Kpi.stopped).is_(False)).order_by(col(Kpi.id))).all())


def define(db: Session, kpi: Kpi, wanted: Wanted) -> None:
    """Keep a KPI as it was asked for, beside the others: they are so many at most, each of a name of its own."""
    if kpi.engagement_id is not None:  # a template is the workspace's, see above
        one_at_a_time(db, "engagement", kpi.engagement_id)
    for name, value in wanted._asdict().items():
        setattr(kpi, name, value)
    db.add(kpi)
    db.flush()


def stop(db: Session, kpi: Kpi) -> None:
    """Use a KPI no longer; its readings stay."""
    kpi.stopped = True
    db.add(kpi)
    db.flush()


# -- readings ------------------------------------------------------------------------------------------


def measured(db: Session, kpi: Kpi) -> bool:
    """Whether there is any reading."""
    return db.exec(select(col(KpiReading.day)).where(KpiReading.kpi_id == kpi.id).limit(1)).first() is not None


def reading(db: Session, kpi: Kpi, day: date) -> KpiReading | None:
    """What was measured on a day."""
    return db.exec(select(KpiReading).where(KpiReading.kpi_id == kpi.id, KpiReading.day == day)).first()


def readings(db: Session, kpis: Iterable[Kpi], since: date) -> dict[int, list[KpiReading]]:
    """By KPI, what was measured since a day; the latest one where that is older."""
    found: dict[int, list[KpiReading]] = {one.id or 0: [] for one in kpis}
    for row in db.exec(select(KpiReading).where(col(KpiReading.kpi_id).in_(found), KpiReading.day >= since)).all():
        found[row.kpi_id].append(row)
    for kpi_id, rows in found.items():
        if not rows:
            older = select(KpiReading).where(KpiReading.kpi_id == kpi_id).order_by(col(KpiReading.day).desc())
            rows += db.exec(older.limit(1)).all()
    return found


def record(db: Session, kpi: Kpi, day: date, value: float, by: int, now: datetime) -> None:
    """Keep what was measured on a day; a second reading of a day takes the place of the first."""
    found = reading(db, kpi, day) or KpiReading(kpi_id=kpi.id or 0, day=day, value=value, target=0, recorded_at=now)
    found.value, found.target, found.recorded_by_id, found.recorded_at = value, kpi.target, by, now
    db.add(found)
    db.flush()


# -- import --------------------------------------------------------------------------------------------


class Measured(NamedTuple):
    """A KPI that readings can be imported for, and by what a file may call its contractor."""

    email: str
    user: str
    kpi: Kpi
    target: Target


def importable(db: Session) -> list[Measured]:
    """The KPIs in use of all open engagements in the session's scope, role templates begun where needed."""
    begun = select(Kpi.engagement_id).where(col(Kpi.engagement_id).is_not(None))
    for one in db.exec(
        select(Engagement).where(col(Engagement.status).in_(OPEN), col(Engagement.id).not_in(begun))
    ).all():
        with scoped(db, one.workspace_id):
            from_template(db, one.id or 0, one.template)
    rows = db.exec(
        select(Kpi, Engagement, Person)
        .where(Kpi.engagement_id == Engagement.id, Engagement.contractor_id == Person.id)
        .where(col(Engagement.status).in_(OPEN), col(Kpi.stopped).is_(False))
    ).all()
    return [
        Measured(person.email, person.user, kpi, Target(kpi.id or 0, kpi.workspace_id, engagement.role, kpi.target))
        for kpi, engagement, person in rows
    ]


def kept(db: Session, given: Sequence[Given]) -> dict[tuple[int, date], float]:
    """The readings there are of these KPIs, in the days that are given."""
    kpis, days = {one.to.kpi_id for one in given}, [one.day for one in given]
    within = col(KpiReading.day).between(min(days, default=date.max), max(days, default=date.min))
    rows = db.exec(select(col(KpiReading.kpi_id), col(KpiReading.day), col(KpiReading.value)).where(within)).all()
    return {(kpi_id, day): value for kpi_id, day, value in rows if kpi_id in kpis}


_reading = KpiReading.__table__  # type: ignore[attr-defined]
_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert(_reading), "postgresql": postgresql.insert(_reading)}


def take_in(db: Session, given: Sequence[Given], now: datetime) -> None:
    """Keep many imported readings; one of the same KPI and day is replaced."""
    connection = db.connection()
    insert = _INSERTS[connection.dialect.name]
    changed = {name: insert.excluded[name] for name in ("value", "target", "recorded_by_id", "recorded_at")}
    statement = insert.on_conflict_do_update(index_elements=["kpi_id", "day"], set_=changed)
    connection.execute(
        statement,
        [
            {"workspace_id": one.to.workspace_id, "kpi_id": one.to.kpi_id, "day": one.day, "value": one.value,
             "target": one.to.target, "recorded_by_id": None, "recorded_at": now}
            for one in given
        ],
    )  # fmt: skip
