"""Who to ask for what: asked by everybody, written by admins and managers."""

from collections.abc import Sequence

import storage
from bot import access, care, words
from bot.card import Card, Form, Part
from bot.care.whoswho import Contact
from bot.chat import Again, Outcome, Router, Turn, Whisper
from bot.errors import N_
from bot.language import _
from storage.people import Person, Topic

router = Router("people")


@router.command("whoswho", "who", usage="[topic]", about=N_("Who to ask for what, and when they are there"), reads=True)
def whoswho(turn: Turn) -> Whisper:
    """Everybody there is to ask, those for a topic, or somebody mentioned."""
    return Whisper(_who(turn, turn.value))


@router.action("more", reads=True)
def more(turn: Turn) -> Card:
    """The next ten."""
    start, _colon, sought = turn.value.partition(":")
    return _who(turn, sought, int(start))


@router.action("look", reads=True)
def look(turn: Turn) -> Card:
    """A topic that was picked."""
    return _who(turn, storage.people.topic(turn.db, int(turn.value.rpartition(":")[2])).topic)


@router.action("add")
def add(turn: Turn) -> Form:
    """Ask for a new line."""
    return words.people.topic_form()


@router.form("added")
def added(turn: Turn) -> Outcome:
    """Write it down; a line that says the same of the same person is changed instead."""
    person = storage.people.by_user(turn.db, turn.text("person"))
    if person is None or person.id is None or not turn.text("topic"):
        return _again(turn, words.people.topic_form(), person)
    row = storage.people.same_topic(turn.db, turn.text("topic"), person.id) or Topic(topic="", person_id=person.id)
    return _keep(turn, row, person)


@router.action("edit")
def edit(turn: Turn) -> Form:
    """A line that is there."""
    row = storage.people.topic(turn.db, int(turn.value.rpartition(":")[2]))
    return words.people.topic_form(row, storage.people.get(turn.db, row.person_id).user)


@router.form("edited")
def edited(turn: Turn) -> Outcome:
    """Change it, or take it out."""
    row = storage.people.topic(turn.db, int(turn.value))
    if turn.text("remove"):
        turn.db.delete(row)
        return Whisper(words.people.topic_kept(row.topic, removed=True))
    person = storage.people.by_user(turn.db, turn.text("person"))
    if person is None or person.id is None or not turn.text("topic"):
        return _again(turn, words.people.topic_form(row), person)
    row.person_id = person.id
    return _keep(turn, row, person)


@router.section
def home(turn: Turn) -> Sequence[Part]:
    """The way to it on everybody's Home."""
    return words.people.home()


def _keep(turn: Turn, row: Topic, person: Person) -> Outcome:
    row.topic, row.note = " ".join(turn.text("topic").split()), turn.text("note")
    turn.db.add(row)
    turn.db.flush()
    return Whisper(words.people.topic_kept(row.topic))


def _again(turn: Turn, form: Form, person: Person | None) -> Again:
    wrong = {} if person else {"person": _("I don't know them yet; pick a member of this workspace.")}
    if not turn.text("topic"):
        wrong["topic"] = _("Say what they can be asked for.")
    return Again(form.filled(turn.fields), wrong)


def _who(turn: Turn, sought: str, start: int = 0) -> Card:
    """What fits, in pages; where nothing does, what is near."""
    contacts, topics = _contacts(turn)
    edits = access.may(turn.actor, "people.add")
    if turn.people:
        found = [one for one in contacts if one.person.user in turn.people]
    else:
        found = care.whoswho.matching(contacts, sought, words.people.label)
    if not found and (sought or turn.people):
        mentioned = [storage.people.by_user(turn.db, user) for user in turn.people]
        names = ", ".join(one.name for one in mentioned if one)
        reports = access.may(turn.actor, "blockers.report")
        return words.people.nobody(sought or names, care.whoswho.close(contacts, sought), edits, reports)
    return words.people.who(found, turn.now, turn.actor.zone, start=start, words=sought, topics=topics, edits=edits)


def _contacts(turn: Turn) -> tuple[list[Contact], Sequence[Topic]]:
    engagements, topics = storage.people.engagements_with(turn.db, turn.actor.id), storage.people.topics(turn.db)
    named = {person for one in engagements for person in care.whoswho.parts(one).values()}
    people = storage.people.several(turn.db, named | {row.person_id for row in topics})
    mine = care.whoswho.from_engagements(turn.actor.id, engagements, people)
    return [*mine, *care.whoswho.from_topics(topics, people)], topics
