"""Adding contractors, and what managers and admins do with their engagements."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import storage
from bot import access, care, words
from bot.access import ADMIN, CONTRACTOR, MANAGER
from bot.card import Card, Form, Part
from bot.care.engagements import Status
from bot.care.terms import Problem, Terms
from bot.chat import Again, Router, Turn, Whisper
from bot.errors import N_, ContractorAway, ContractorElsewhere, ContractorUnknown, EngagementOver, NoEngagement
from storage.engagements import Engagement
from storage.people import Person

router = Router("engagements")

ON_HOME = 8  # contractors on a Home that other features want room on, too
HELPERS = ("buddy", "owner", "lead", "operations")


# -- adding -------------------------------------------------------------------------------------------


@router.command("add", usage="@who", about=N_("Add a contractor"))
def add(turn: Turn) -> Form:
    """Somebody who is here, an e-mail address, or first the question whom."""
    if turn.people:
        return _terms_form(turn, _addable(storage.people.by_user(turn.db, turn.people[0])))
    if email := care.engagements.email_in(turn.value):
        return _invitation(turn, email)
    return words.terms.who_form(turn.value[:200])


@router.form("who")
def who(turn: Turn) -> Form | Again:
    """Whom to add, then the terms."""
    person, email = turn.text("person"), turn.text("email")
    field, problem = "email", ""
    if person and email:
        problem = "both"
    elif not person and not email:
        field, problem = "person", "nobody"
    elif email and not care.engagements.is_email(email):
        problem = "email"
    if problem:
        form = words.terms.who_form().filled(turn.fields)
        return Again(form, {field: words.terms.who_problem(problem)})
    return _invitation(turn, email) if email else _terms_form(turn, _addable(storage.people.by_user(turn.db, person)))


@router.form("added")
def added(turn: Turn) -> Card | Again:
    """Keep a new engagement; whoever it is about hears of it first."""
    contractor = _whom(turn)
    terms, wrong = care.terms.read(turn.fields, care.engagements.today_of(contractor, turn.now))
    manager, wrong = _manager(turn, contractor, wrong)
    name = contractor.name if contractor.user else turn.text("name")
    if not name:
        wrong["name"] = Problem.NEEDED
    if terms is not None and manager is not None and not wrong:
        wrong |= _twice(turn, contractor, terms, manager)
    if terms is None or manager is None or wrong:
        return Again(_form_for(turn, contractor).filled(turn.fields), words.terms.errors(wrong))
    if not contractor.user:
        contractor = storage.people.invite(turn.db, contractor.email, name, turn.now)
    engagement = Engagement(contractor_id=contractor.id or 0, manager_id=manager.id or 0, role=terms.role,
                            bottleneck=terms.bottleneck, starts_on=terms.starts_on, template=terms.template)  # fmt: skip
    _agree(turn, engagement, contractor, terms)
    storage.people.borrow_zone(turn.db, contractor, manager, turn.now)
    if contractor.user:
        storage.engagements.begin(turn.db, engagement, contractor.zone, turn.now)
    else:
        storage.engagements.wait(turn.db, engagement)
    storage.kpis.from_template(turn.db, engagement.id or 0, engagement.template)
    return words.engagements.added(engagement, contractor, manager)


def _addable(person: Person | None) -> Person:
    """Somebody who can be a contractor here. Raises what says why not."""
    if person is None:
        raise ContractorUnknown
    if person.external:
        raise ContractorElsewhere
    if not person.active:
        raise ContractorAway
    return person


def _terms_form(turn: Turn, contractor: Person) -> Form:
    today = care.engagements.today_of(contractor, turn.now)
    return words.terms.add_form(contractor, str(contractor.id), today)


def _invitation(turn: Turn, email: str) -> Form:
    """The terms for an address; whoever has it and is here already is added as they are."""
    known = storage.people.by_email(turn.db, email)
    if known is not None and known.user:
        return _terms_form(turn, _addable(known))
    invited = known or Person(email=email.lower(), zone=turn.actor.zone)
    return words.terms.add_form(invited, invited.email, care.engagements.today_of(invited, turn.now))


def _whom(turn: Turn) -> Person:
    """Whom the form is about: a person id, or the address of somebody who is not here yet (not kept so far)."""
    if turn.value.isdigit():
        return _addable(storage.people.get(turn.db, int(turn.value)))
    known = storage.people.by_email(turn.db, turn.value)
    if known is not None:
        return _addable(known)
    return Person(email=turn.value, zone=turn.actor.zone)


def _form_for(turn: Turn, contractor: Person) -> Form:
    return words.terms.add_form(contractor, turn.value, care.engagements.today_of(contractor, turn.now))


def _manager(
    turn: Turn, contractor: Person, wrong: dict[str, Problem]
) -> tuple[Person | None, dict[str, Problem]]:  # fmt: skip
    """Who was named as manager, and what is wrong with that."""
    user = turn.text("manager")
    manager = storage.people.by_user(turn.db, user) if user else None
    if not user:
        return None, wrong | {"manager": Problem.NEEDED}
    if manager is None or manager.external or not manager.active:
        return None, wrong | {"manager": Problem.NOT_HERE}
    if manager.id == contractor.id:
        return None, wrong | {"manager": Problem.SAME_PERSON}
    return manager, wrong


def _twice(turn: Turn, contractor: Person, terms: Terms, manager: Person, but: int | None = None) -> dict[str, Problem]:
    open_ones = storage.engagements.of_contractor(turn.db, contractor.id) if contractor.id else ()
    same = [one for one in open_ones if one.id != but and care.engagements.same_work(one, terms.role, manager.id or 0)]
    return {"role": Problem.TWICE} if same else {}


def _agree(turn: Turn, engagement: Engagement, contractor: Person, terms: Terms) -> None:
    """Write the terms down. What a contractor set about their own hours stays theirs."""
    engagement.role, engagement.bottleneck = terms.role, terms.bottleneck
    engagement.starts_on, engagement.ends_on = terms.starts_on, terms.ends_on
    engagement.jurisdiction, engagement.channel = terms.jurisdiction, terms.channel
    if not contractor.hours_confirmed:
        _agree_hours(turn, contractor, terms)


def _agree_hours(turn: Turn, contractor: Person, terms: Terms) -> None:
    before = (care.terms.clock_of(contractor), contractor.country)
    contractor.country = terms.jurisdiction or contractor.country
    if terms.clock is not None:
        contractor.days, contractor.starts, contractor.ends = terms.clock.days, terms.clock.starts, terms.clock.ends
        if terms.clock.zone:
            contractor.zone, contractor.zone_told, contractor.zone_agreed = terms.clock.zone, True, True
    turn.db.add(contractor)
    if (care.terms.clock_of(contractor), contractor.country) != before and contractor.id is not None:
        storage.people.moved(turn.db, contractor.id, turn.now)


# -- looking and changing -----------------------------------------------------------------------------


@router.command("edit", usage="@who", about=N_("Change, pause or end an engagement"))
def edit_who(turn: Turn) -> Whisper:
    """The engagement of somebody; which one, if there are several; everybody's, if nobody is named."""
    if not turn.people:
        return Whisper(words.engagements.listing(_rows(turn)))
    person = storage.people.by_user(turn.db, turn.people[0])
    found = storage.engagements.of_contractor(turn.db, person.id or 0) if person is not None else ()
    if not found:
        raise NoEngagement
    mine = [one for one in found if access.may(turn.actor, turn.route, care.engagements.subject(one))]
    if not mine:
        access.check(turn.actor, turn.route, care.engagements.subject(found[0]))
    if len(mine) == 1:
        return Whisper(_shown(turn, mine[0]))
    managers = storage.people.several(turn.db, {one.manager_id for one in mine})
    choices = [(str(one.id), one.role, managers[one.manager_id].name) for one in mine]
    return Whisper(words.engagements.which("engagements.show", choices))


@router.action("show")
def show(turn: Turn) -> Whisper:
    """One engagement and what can be done with it."""
    return Whisper(_shown(turn, _theirs(turn)))


@router.action("edit")
def edit(turn: Turn) -> Form:
    """The terms, filled in."""
    return _edit_form(turn, _open(turn))


@router.form("edited")
def edited(turn: Turn) -> Card | Again:
    """Keep the changes; the contractor sees them, a new manager gets the short note."""
    engagement = _open(turn)
    contractor = storage.people.get(turn.db, engagement.contractor_id)
    terms, wrong = care.terms.read(turn.fields, care.engagements.today_of(contractor, turn.now))
    manager: Person | None = storage.people.get(turn.db, engagement.manager_id)
    if _names_managers(turn):
        manager, wrong = _manager(turn, contractor, wrong)
    if terms is not None and manager is not None and not wrong:
        wrong |= _twice(turn, contractor, terms, manager, but=engagement.id)
    if terms is None or manager is None or wrong:
        return Again(_edit_form(turn, engagement).filled(turn.fields), words.terms.errors(wrong))
    before, manager_before = _seen(engagement, contractor), engagement.manager_id
    engagement.manager_id = manager.id or 0
    _agree(turn, engagement, contractor, replace(terms, template=engagement.template))
    storage.people.borrow_zone(turn.db, contractor, manager, turn.now)
    tell = _seen(engagement, contractor) != before
    storage.engagements.change(turn.db, engagement, contractor.zone, turn.now, tell, manager_before)
    if engagement.manager_id != manager_before:
        storage.blockers.follow_manager(turn.db, engagement, manager_before, turn.actor.id, turn.now)
    return _shown(turn, engagement)


@router.action("helpers")
def helpers(turn: Turn) -> Form:
    """Who else answers for something."""
    engagement = _open(turn)
    people = _helpers(turn, engagement)
    return words.terms.helpers_form(engagement, {name: person.user for name, person in people.items()})


@router.form("helped")
def helped(turn: Turn) -> Card | Again:
    """Keep who helps."""
    engagement = _open(turn)
    found: dict[str, int | None] = {}
    wrong: dict[str, Problem] = {}
    for name in HELPERS:
        person = storage.people.by_user(turn.db, turn.text(name)) if turn.text(name) else None
        if turn.text(name) and (person is None or person.external or not person.active):
            wrong[name] = Problem.NOT_HERE
        elif person is not None and person.id == engagement.contractor_id:
            wrong[name] = Problem.SAME_PERSON
        found[f"{name}_id"] = person.id if person else None
    if wrong:
        form = words.terms.helpers_form(engagement, {}).filled(turn.fields)
        return Again(form, words.terms.errors(wrong))
    for field, person_id in found.items():
        setattr(engagement, field, person_id)
        if person_id is not None:
            storage.engagements.ask_hours(turn.db, person_id, turn.now)
    turn.db.add(engagement)
    return _shown(turn, engagement)


@router.action("pause")
def pause(turn: Turn) -> Card:
    """Ask nothing under it until it goes on."""
    engagement = _open(turn)
    storage.engagements.pause(turn.db, engagement, turn.now, by=turn.actor.id)
    return _shown(turn, engagement)


@router.action("resume")
def resume(turn: Turn) -> Card:
    """Go on."""
    engagement = _open(turn)
    zone = storage.people.get(turn.db, engagement.contractor_id).zone
    storage.engagements.resume(turn.db, engagement, zone, turn.now, by=turn.actor.id)
    return _shown(turn, engagement)


@router.action("end")
def end(turn: Turn) -> Card:
    """It is over."""
    engagement = _theirs(turn)
    zone = storage.people.get(turn.db, engagement.contractor_id).zone
    storage.engagements.end(turn.db, engagement, zone, turn.now, by=turn.actor.id)
    return _shown(turn, engagement)


@router.section
def home(turn: Turn) -> Sequence[Part]:
    """A contractor's own engagements; whom a manager or an admin looks after."""
    parts: list[Part] = []
    if CONTRACTOR in turn.actor.roles:
        mine = storage.engagements.of_contractor(turn.db, turn.actor.id)
        managers = storage.people.several(turn.db, {one.manager_id for one in mine})
        parts += words.engagements.home_mine([(one, managers[one.manager_id].name) for one in mine])
    if turn.actor.roles & {MANAGER, ADMIN}:
        parts += words.engagements.home_theirs(_rows(turn), ADMIN in turn.actor.roles, ON_HOME)
    return parts


def _rows(turn: Turn) -> list[tuple[Engagement, str, str]]:
    """What the actor may change: everything for an admin, a manager's own otherwise."""
    is_admin = ADMIN in turn.actor.roles
    found = (
        storage.engagements.all_open(turn.db) if is_admin else storage.engagements.of_manager(turn.db, turn.actor.id)
    )
    people = storage.people.several(turn.db, {one for row in found for one in (row.contractor_id, row.manager_id)})
    return [(one, people[one.contractor_id].name, people[one.manager_id].name) for one in found]


def _theirs(turn: Turn) -> Engagement:
    """The engagement a button or form is about. Raises NotFound or NotAllowed."""
    engagement = storage.engagements.get(turn.db, int(turn.value))
    access.check(turn.actor, turn.route, care.engagements.subject(engagement))
    return engagement


def _open(turn: Turn) -> Engagement:
    """The same, while it has not ended. Raises EngagementOver too."""
    engagement = _theirs(turn)
    if engagement.status == Status.ENDED:
        raise EngagementOver
    return engagement


def _names_managers(turn: Turn) -> bool:
    return ADMIN in turn.actor.roles


def _edit_form(turn: Turn, engagement: Engagement) -> Form:
    people = storage.people.several(turn.db, {engagement.contractor_id, engagement.manager_id})
    contractor, manager = people[engagement.contractor_id], people[engagement.manager_id]
    return words.terms.edit_form(engagement, contractor, manager, _names_managers(turn))


def _shown(turn: Turn, engagement: Engagement) -> Card:
    people = storage.people.several(turn.db, {engagement.contractor_id, engagement.manager_id})
    names = {name: person.name for name, person in _helpers(turn, engagement).items()}
    return words.engagements.shown(
        engagement, people[engagement.contractor_id], people[engagement.manager_id], names
    )  # fmt: skip


def _helpers(turn: Turn, engagement: Engagement) -> dict[str, Person]:
    ids = {name: getattr(engagement, f"{name}_id") for name in HELPERS}
    people = storage.people.several(turn.db, {one for one in ids.values() if one})
    return {name: people[one] for name, one in ids.items() if one in people}


def _seen(engagement: Engagement, contractor: Person) -> tuple[Any, ...]:
    """What a contractor would want to know has changed."""
    dates: tuple[date | None, ...] = (engagement.starts_on, engagement.ends_on)
    work = (engagement.role, engagement.bottleneck, engagement.manager_id, engagement.jurisdiction)
    return (*dates, *work, care.terms.clock_of(contractor))
