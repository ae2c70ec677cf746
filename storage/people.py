"""Workspaces and the people in them."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Index, bindparam, exists, literal_column, or_, text
from sqlalchemy import select as core_select
from sqlmodel import Field, Session, UniqueConstraint, col, select

from bot.care.engagements import OPEN
from bot.care.people import Actor, PersonRow, Role, TopicRow, WorkspaceRow
from bot.care.whoswho import folded
from bot.care.working import parse_language, parse_zone
from bot.errors import NotFound
from storage import inbound, occurrences
from storage.database import Instant, Scoped, connection, one_at_a_time
from storage.engagements import Engagement, of_contractor

_IS_HERE = text("person.user <> ''")  # said wherever somebody is looked up, so that the partial index is used


class Workspace(WorkspaceRow, table=True):
    __table_args__ = (UniqueConstraint("platform", "team"),)


class Person(PersonRow, Scoped, table=True):
    __table_args__ = (
        Index("uq_person_user", "workspace_id", "user", unique=True,
              sqlite_where=text("user <> ''"), postgresql_where=text("\"user\" <> ''")),
        Index("ix_person_email", "workspace_id", "email"),
        Index("ix_person_care", "workspace_id", "care"),
    )  # fmt: skip

    directory: str = Field(default="", sa_column_kwargs={"server_default": text("''")})
    zone_told: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    welcomed_at: datetime | None = Field(default=None, sa_type=Instant)
    muted_until: datetime | None = Field(default=None, sa_type=Instant)


class Topic(TopicRow, Scoped, table=True):
    person_id: int = Field(foreign_key="person.id", index=True)


def workspace(db: Session, platform: str, team: str) -> Workspace:
    """The workspace of this platform and team, made when it is new."""
    found = db.exec(select(Workspace).where(Workspace.platform == platform, Workspace.team == team)).first()
    if found is None:
        found = Workspace(platform=platform, team=team)
        db.add(found)
        db.flush()
    return found


def the_workspace(db: Session) -> Workspace:
    """The workspace this session is scoped to."""
    return db.exec(select(Workspace).where(Workspace.id == db.info["workspace"])).one()


def get(db: Session, person_id: int) -> Person:
    """One person of this workspace. Raises NotFound."""
    found = db.exec(select(Person).where(Person.id == person_id)).first()
    if found is None:
        raise NotFound
    return found


def by_user(db: Session, user: str) -> Person | None:
    """The person behind a platform id, where known."""
    return db.exec(select(Person).where(Person.user == user, _IS_HERE)).first()


def by_directory(db: Session, names: Iterable[str]) -> Mapping[str, str]:
    """Platform ids of people by what the directory calls them, where known."""
    rows = db.exec(select(Person.directory, Person.user).where(col(Person.directory).in_(set(names)))).all()
    return {directory: user for directory, user in rows if user}


def names(db: Session, users: Iterable[str]) -> Mapping[str, str]:
    """What people are called, by platform id."""
    return dict(db.exec(select(Person.user, Person.name).where(col(Person.user).in_(set(users)))).all())


def by_email(db: Session, email: str) -> Person | None:
    """The person with this e-mail address, in the workspace or invited."""
    return db.exec(select(Person).where(Person.email == email.strip().lower())).first()


def invite(db: Session, email: str, name: str, now: datetime) -> Person:
    """Somebody who is not in the workspace yet; `learn` binds them when they join."""
    _comes(db, email, now)
    person = by_email(db, email) or Person(email=email.strip().lower())
    if not person.user:
        person.name = name or person.name
    db.add(person)
    db.flush()
    return person


def _comes(db: Session, email: str, now: datetime) -> None:
    """Somebody is invited, or joins: no row of theirs is there yet for another who does either to meet.

    The address itself is not written there: it is kept with the person, and goes when they go.
    """
    digest = hashlib.sha256(email.strip().lower().encode(errors="replace")).hexdigest()
    inbound.heard(db, f"email:{digest}", now)


def several(db: Session, ids: Iterable[int]) -> Mapping[int, Person]:
    """People by id."""
    return {one.id: one for one in db.exec(select(Person).where(col(Person.id).in_(set(ids)))).all() if one.id}


def care_team(db: Session) -> Sequence[Person]:
    """The members of the care team."""
    return db.exec(
        select(Person).where(col(Person.care).is_(True), col(Person.active).is_(True)).order_by(Person.name)
    ).all()


def admins(db: Session) -> Sequence[Person]:
    """The people who may administer the bot."""
    return db.exec(select(Person).where(col(Person.admin).is_(True), col(Person.active).is_(True))).all()


def topics(db: Session) -> Sequence[Topic]:
    """Who to ask for what, as it was written down."""
    return db.exec(select(Topic).order_by(col(Topic.id))).all()


def topic(db: Session, topic_id: int) -> Topic:
    """One line of it. Raises NotFound."""
    found = db.exec(select(Topic).where(Topic.id == topic_id)).first()
    if found is None:
        raise NotFound
    return found


def same_topic(db: Session, said: str, person_id: int) -> Topic | None:
    """A line that says the same of the same person, however it is written."""
    rows = db.exec(select(Topic).where(Topic.person_id == person_id)).all()
    return next((row for row in rows if folded(row.topic) == folded(said)), None)


def engagements_with(db: Session, person_id: int) -> Sequence[Engagement]:
    """The open engagements in which somebody has a part, whichever, oldest first."""
    theirs = [
        column == person_id
        for column in (
            col(Engagement.contractor_id), col(Engagement.manager_id), col(Engagement.buddy_id),
            col(Engagement.owner_id), col(Engagement.lead_id), col(Engagement.operations_id),
        )
    ]  # fmt: skip
    return db.exec(
        select(Engagement).where(or_(*theirs), col(Engagement.status).in_(OPEN)).order_by(col(Engagement.id))
    ).all()


_person = Person.__table__  # type: ignore[attr-defined]
_engagement = Engagement.__table__  # type: ignore[attr-defined]


def _is(column: Any) -> Any:
    return exists().where(column == _person.c.id, _engagement.c.status != literal_column("'ended'"))


# Columns, not an object: every turn asks this first, and an ORM row would cost as much as the rest of a tap.
_ACTOR = core_select(
    _person.c.id,
    _person.c.name,
    _person.c.zone,
    _person.c.locale,
    _person.c.guest,
    _person.c.welcomed_at.is_not(None).label("welcomed"),
    (_person.c.unreachable != "").label("lost"),
    _person.c.admin,
    _person.c.care,
    _is(_engagement.c.contractor_id).label("contractor"),
    _is(_engagement.c.manager_id).label("manager"),
).where(
    _person.c.workspace_id == bindparam("workspace"),
    _person.c.user == bindparam("user"),
    _IS_HERE,
)

_FLAGS = (Role.ADMIN, Role.CARE, Role.CONTRACTOR, Role.MANAGER)


def actor(db: Session, user: str) -> Actor | None:
    """Who acts, with their roles; None when the bot has never seen them."""
    workspace_id = db.info["workspace"]
    row = connection(db).execute(_ACTOR, {"workspace": workspace_id, "user": user}).first()
    if row is None:
        return None
    person_id, name, zone, locale, guest, welcomed, lost, *flags = row
    roles = frozenset(role for role, holds in zip(_FLAGS, flags, strict=True) if holds)
    return Actor(person_id, workspace_id, user, name, zone, locale, guest, welcomed, lost, roles)


def reader(db: Session, person_id: int | None, channel: str) -> Actor:
    """Who reads what is sent to a person, as what they are now, or into a channel: the care channel is the care team."""
    found = actor(db, get(db, person_id).user) if person_id else None
    roles = {Role.CARE} if channel and channel == the_workspace(db).care_channel else ()
    return found or Actor(0, db.info["workspace"], "", channel, "UTC", "en", False, False, False, frozenset(roles))


def directs(db: Session) -> dict[str, str]:
    """The 1:1 channels that are known already, by platform id."""
    return dict(db.exec(select(Person.user, Person.direct).where(Person.direct != "")).all())


def remember_direct(db: Session, user: str, channel: str) -> None:
    """Keep somebody's 1:1 channel."""
    if (person := by_user(db, user)) is not None:
        person.direct = channel
        db.add(person)


def lost(db: Session, user: str, reason: str) -> None:
    """Nothing reaches somebody any more, until they are heard from again."""
    if (person := by_user(db, user)) is not None:
        person.unreachable = reason
        db.add(person)


def found(db: Session, person_id: int) -> Person:
    """Somebody is heard from, perhaps where nothing reached them."""
    person = get(db, person_id)
    person.unreachable = ""
    db.add(person)
    return person


def left(db: Session, user: str) -> None:
    """Somebody is in the workspace no more."""
    if (person := by_user(db, user)) is not None:
        person.active = False
        db.add(person)


def found_by(db: Session, user: str) -> None:
    """Who lets the bot in where nobody has a say yet is its first admin; they name the others."""
    one_at_a_time(db, "workspace", db.info["workspace"])
    person = by_user(db, user)
    if person is not None and not person.guest and not admins(db):
        person.admin = True
        db.add(person)


def seed_care(db: Session, users: Iterable[str]) -> None:
    """Make the members of the care channel the care team, once; later it is admins who say."""
    row = the_workspace(db)
    if row.care_seeded:  # by another replica, or another start, while the chat was asked who they are
        return
    for user in users:
        if (person := by_user(db, user)) is not None:
            person.care = True
            db.add(person)
    row.care_seeded = True
    db.add(row)


def deactivate(db: Session) -> None:
    """The bot was removed from this workspace."""
    row = the_workspace(db)
    row.active = False
    db.add(row)


# What people set themselves is theirs: their profile never overwrites it.
def learn(db: Session, user: str, now: datetime, **described: Any) -> Person:
    """Keep what the platform says of somebody; an invitation by e-mail is bound to them when they join."""
    person = by_user(db, user)
    if person is None and described.get("email"):
        _comes(db, described["email"], now)
        invited = by_email(db, described["email"])
        if invited is not None and not invited.user:
            person = invited
            occurrences.plan(db, "engagements.joined", invited.id or 0, now)
    if person is None:
        person = Person()
    person.user = user
    _learn_admin(person, bool(described.pop("admin", False)))
    zone = "" if person.hours_confirmed or person.zone_agreed else parse_zone(described.get("zone") or "")
    described["zone"] = zone  # an unknown one would break every clock of theirs, an unknown language every date
    described["locale"] = parse_language(described.get("locale") or "")
    if person.unreachable and described.get("active"):
        person.unreachable = ""
    person.zone_told = person.zone_told or bool(zone)
    elsewhere = person.id is not None and zone not in ("", None, person.zone)
    for name, value in described.items():
        if value not in ("", None):
            setattr(person, name, value)
    db.add(person)
    db.flush()
    if elsewhere:
        moved(db, person.id or 0, now)
    return person


def borrow_zone(db: Session, contractor: Person, manager: Person, now: datetime) -> None:
    """Whoever's zone nobody has told is in the zone of whom they work for, of the first where there are several."""
    first = next((one.manager_id for one in of_contractor(db, contractor.id or 0)), manager.id)
    if contractor.zone_told or contractor.zone == manager.zone or first != manager.id:
        return
    contractor.zone = manager.zone
    db.add(contractor)
    db.flush()
    moved(db, contractor.id or 0, now)


def out_of_reach(db: Session) -> Sequence[tuple[str, str]]:
    """People whom nothing reaches, by platform id, with the reason."""
    return db.exec(select(Person.user, Person.unreachable).where(Person.unreachable != "")).all()


def _learn_admin(person: Person, admin: bool) -> None:
    """An admin of the platform's workspace is one here too, for as long as they are; others stay what they were named."""
    if admin:
        person.admin = True
    elif person.workspace_admin:
        person.admin = False
    person.workspace_admin = admin


def moved(db: Session, person_id: int, now: datetime) -> None:
    """Somebody's zone, working hours or absences have changed: have every feature plan anew what depends on them."""
    occurrences.plan(db, "people.moved", person_id, now)
