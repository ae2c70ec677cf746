"""KPIs of an engagement: seeing them, agreeing on them, recording what was measured."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import storage
from bot import access, care, words
from bot.access import ADMIN, CONTRACTOR, MANAGER
from bot.card import Card, Form, Line, Part
from bot.care.kpis import MOST, Kind, Problem
from bot.care.people import Subject
from bot.chat import Again, Router, Turn, Whisper
from bot.errors import N_, NotFound, TooManyKpis, UnknownPerson
from storage.engagements import Engagement
from storage.kpis import Kpi

router = Router("kpis")

LONGEST_ID = 9  # digits
TOLD_AFTER = timedelta(minutes=10)  # several changes in a row are told at once


# -- seeing --------------------------------------------------------------------------------------------


@router.command("kpis", "kpi", usage="@who", about=N_("KPIs: where the work stands against what was agreed"))
def kpis(turn: Turn) -> Whisper:
    """The KPIs of one engagement; where it could be several, ask which."""
    if turn.value.isdecimal() and len(turn.value) <= LONGEST_ID:
        return Whisper(_shown(turn, _engagement(turn, turn.value)))
    return Whisper(_asked_for(turn))


@router.action("chosen")
def chosen(turn: Turn) -> Card:
    """One of many contractors was chosen from the list."""
    return _shown(turn, _engagement(turn, turn.value.rpartition(":")[2]))


@router.section
def home(turn: Turn) -> Sequence[Part]:
    """The way to the KPIs on the Home."""
    roles = turn.actor.roles
    return words.kpis.home(CONTRACTOR in roles, MANAGER in roles, ADMIN in roles)


def _asked_for(turn: Turn) -> Card:
    meant = _of_person(turn, turn.people[0]) if turn.people else _visible(turn)
    people = storage.people.several(turn.db, {one.contractor_id for one in meant})
    if turn.value and not turn.people:
        meant = [one for one in meant if turn.value.casefold().lstrip("@") in people[one.contractor_id].name.casefold()]
        if not meant:
            raise UnknownPerson(name=turn.value)
    if not meant:
        raise NotFound
    if len(meant) == 1:
        return _shown(turn, meant[0])
    if len(people) > 1:
        return words.kpis.whose([(str(one.id), people[one.contractor_id].name, one.role) for one in meant])
    managers = storage.people.several(turn.db, {one.manager_id for one in meant})
    return words.engagements.which("/kpis", [(str(one.id), one.role, managers[one.manager_id].name) for one in meant])


def _visible(turn: Turn) -> list[Engagement]:
    """The actor's own engagements, then those they manage."""
    own = storage.engagements.of_contractor(turn.db, turn.actor.id)
    return [*own, *(one for one in storage.engagements.of_manager(turn.db, turn.actor.id) if one not in own)]


def _of_person(turn: Turn, user: str) -> list[Engagement]:
    """Somebody's engagements that the actor may see. Raises UnknownPerson or NotAllowed."""
    person = storage.people.by_user(turn.db, user)
    if person is None:
        raise UnknownPerson(name=f"@{user}")
    found = storage.engagements.of_contractor(turn.db, person.id or 0)
    seen = [one for one in found if access.may(turn.actor, turn.route, care.engagements.subject(one))]
    if not seen:  # the same refusal whether they have engagements or not
        access.check(turn.actor, turn.route, Subject(person.id))
    return seen


def _engagement(turn: Turn, value: str) -> Engagement:
    """The engagement a button is about, if the actor may do there what they ask. Raises NotFound or NotAllowed."""
    engagement = storage.engagements.get(turn.db, int(value))
    access.check(turn.actor, turn.route, care.engagements.subject(engagement))
    return engagement


def _shown(turn: Turn, engagement: Engagement, note: Line | None = None) -> Card:
    today, agreed = _today(turn), storage.kpis.of_engagement(turn.db, engagement)
    readings = storage.kpis.readings(turn.db, agreed, care.kpis.shown_since(today))
    standings = [care.kpis.standing(one, readings[one.id or 0], today) for one in agreed]
    recorders = {one.latest.recorded_by_id for one in standings if one.latest and one.latest.recorded_by_id}
    people = storage.people.several(turn.db, {engagement.contractor_id, engagement.manager_id, *recorders})
    seen = words.kpis.Shown(
        engagement.id or 0, people[engagement.contractor_id].name, people[engagement.manager_id].name, engagement.role,
        standings, {kind: care.kpis.course(kind, agreed, readings, today) for kind in Kind},
        {person_id: person.name for person_id, person in people.items()},
        access.may(turn.actor, "kpis.add", care.engagements.subject(engagement)),
    )  # fmt: skip
    return words.kpis.shown(seen, note)


def _today(turn: Turn) -> date:
    return care.occurrences.local_date(turn.now, turn.actor.zone)


# -- recording -----------------------------------------------------------------------------------------


@router.action("record")
def record(turn: Turn) -> Form:
    """Ask for what was measured on a day."""
    engagement = _engagement(turn, turn.value)
    return words.kpis.record_form(engagement.id or 0, _agreed(turn, engagement), _today(turn))


@router.form("recorded")
def recorded(turn: Turn) -> Card | Again:
    """Keep the readings of a day: all of them, or none while one needs another look."""
    engagement = _engagement(turn, turn.value)
    agreed = _agreed(turn, engagement)
    typed = {one.id or 0: turn.text(f"kpi{one.id}") for one in agreed}
    values = {one.id or 0: words.templates.read_number(typed[one.id or 0], words.templates.unit(one)) for one in agreed}
    day, errors = _day(turn)
    errors |= {f"kpi{key}": words.templates.not_a_number() for key in typed if typed[key] and values[key] is None}
    if not any(typed.values()):
        errors[f"kpi{agreed[0].id}"] = words.kpis.nothing_recorded()
    if errors or day is None:
        form = words.kpis.record_form(engagement.id or 0, agreed, _today(turn))
        return Again(form.filled(turn.fields), errors)
    return _shown(turn, engagement, _keep(turn, agreed, values, day))


def _agreed(turn: Turn, engagement: Engagement) -> list[Kpi]:
    """What can be measured. Raises NotFound where all of it was stopped meanwhile."""
    if agreed := storage.kpis.of_engagement(turn.db, engagement):
        return agreed
    raise NotFound


def _day(turn: Turn) -> tuple[date | None, dict[str, str]]:
    try:
        day = date.fromisoformat(turn.text("day"))
    except ValueError:
        return None, {"day": words.kpis.not_a_day(future=False)}
    if day > _today(turn) or day < care.kpis.EARLIEST:
        return None, {"day": words.kpis.not_a_day(future=day > _today(turn))}
    return day, {}


def _keep(turn: Turn, agreed: Sequence[Kpi], values: Mapping[int, float | None], day: date) -> Line:
    """Record, and say in place of whose readings."""
    others: set[int] = set()
    count = 0
    for one in agreed:
        if (value := values[one.id or 0]) is None:
            continue
        before = storage.kpis.reading(turn.db, one, day)
        if before and before.recorded_by_id and before.recorded_by_id != turn.actor.id and before.value != value:
            others.add(before.recorded_by_id)
        storage.kpis.record(turn.db, one, day, value, turn.actor.id, turn.now)
        count += 1
    names = [person.name for person in storage.people.several(turn.db, others).values()]
    return words.kpis.recorded(count, day, names)


# -- agreeing ------------------------------------------------------------------------------------------


@router.action("add")
def add(turn: Turn) -> Form:
    """Ask for one more KPI. Raises TooManyKpis."""
    engagement = _engagement(turn, turn.value)
    if len(storage.kpis.of_engagement(turn.db, engagement)) >= MOST:
        raise TooManyKpis(most=MOST)
    return words.templates.kpi_form(None, "kpis.added", turn.value)


@router.form("added")
def added(turn: Turn) -> Card | Again:
    """Keep one more KPI and let the contractor know."""
    engagement = _engagement(turn, turn.value)
    agreed = storage.kpis.of_engagement(turn.db, engagement)
    if len(agreed) >= MOST:
        raise TooManyKpis(most=MOST)
    wanted = words.templates.wanted(turn.fields, None)
    problems = care.kpis.problems(wanted, "", [words.templates.name(one) for one in agreed])
    if problems:
        return _again(turn, words.templates.kpi_form(None, turn.route, turn.value), problems)
    storage.kpis.define(turn.db, Kpi(engagement_id=engagement.id, target=0), wanted)
    _tell(turn, engagement)
    return _shown(turn, engagement)


@router.action("edit")
def edit(turn: Turn) -> Form:
    """Ask how a KPI is to be changed; the value is engagement:kpi."""
    kpi, _about = _kpi(turn, turn.value.rpartition(":")[2])
    return words.templates.kpi_form(kpi, "kpis.edited", str(kpi.id), storage.kpis.measured(turn.db, kpi))


@router.form("edited")
def edited(turn: Turn) -> Card | Again:
    """Keep the change, or stop using the KPI, and let the contractor know."""
    kpi, engagement = _kpi(turn, turn.value)
    if turn.text("stop"):
        storage.kpis.stop(turn.db, kpi)
    else:
        wanted = words.templates.wanted(turn.fields, kpi)
        others = [one for one in storage.kpis.of_engagement(turn.db, engagement) if one.id != kpi.id]
        problems = care.kpis.problems(wanted, kpi.standard, [words.templates.name(one) for one in others])
        if problems:
            measured = storage.kpis.measured(turn.db, kpi)
            return _again(turn, words.templates.kpi_form(kpi, turn.route, turn.value, measured), problems)
        storage.kpis.define(turn.db, kpi, wanted)
    _tell(turn, engagement)
    return _shown(turn, engagement)


def _kpi(turn: Turn, value: str) -> tuple[Kpi, Engagement]:
    kpi = storage.kpis.get(turn.db, int(value))
    if kpi.engagement_id is None:
        raise NotFound
    return kpi, _engagement(turn, str(kpi.engagement_id))


def _again(turn: Turn, form: Form, problems: Mapping[str, Problem]) -> Again:
    return Again(form.filled(turn.fields), {field: words.templates.problem(one) for field, one in problems.items()})


def _tell(turn: Turn, engagement: Engagement) -> None:
    """Let the contractor know what is measured now, once for changes that follow each other."""
    if engagement.contractor_id == turn.actor.id:
        return
    at = turn.now + TOLD_AFTER
    stamp = int(turn.now.timestamp() // TOLD_AFTER.total_seconds())
    storage.deliveries.plan(
        turn.db, f"kpis-changed:{engagement.id}:{stamp}", "kpis.changed", subject=engagement.id or 0,
        person=engagement.contractor_id, at=at,
    )  # fmt: skip
