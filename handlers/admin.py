"""Settings: everybody's own; for admins who has a say, and what needs a look."""

from collections.abc import Sequence

import storage
from bot import care, words
from bot.access import ADMIN
from bot.card import Card, Form, Part
from bot.care.admin import Named
from bot.chat import Again, Fresh, Router, Turn, Whisper
from bot.errors import N_, CannotBeNamed
from bot.language import _

router = Router("admin")


@router.command(
    "settings", "mute", "away", "stop", about=N_("Your hours, away and mute; what I keep about you"), reads=True
)
def settings(turn: Turn) -> Whisper:
    """One's own settings; for admins everybody's roles."""
    seen = storage.admin.overview(turn.db, turn.actor.id, turn.now)
    today = care.occurrences.local_date(turn.now, turn.actor.zone)
    return Whisper(words.admin.settings(seen, turn.now, today))


@router.action("kept", reads=True)
def kept(turn: Turn) -> Whisper:
    """What is kept about me, and who sees it."""
    about = storage.admin.kept(turn.db, turn.actor.id)
    team = [one.name for one in storage.people.care_team(turn.db)]
    admins = [one.name for one in storage.people.admins(turn.db)]
    return Whisper(words.admin.kept(about, team, admins))


@router.action("name")
def name(turn: Turn) -> Form:
    """Ask whom to name."""
    return words.admin.name_form(Named(turn.value))


@router.form("named")
def named(turn: Turn) -> Fresh | Again:
    """Name them, and tell them."""
    person = storage.people.by_user(turn.db, turn.text("person"))
    form = words.admin.name_form(Named(turn.value)).filled(turn.fields)
    if person is None:
        return Again(form, {"person": _("I don't know them yet; pick a member of this workspace.")})
    try:
        storage.admin.name(turn.db, person, Named(turn.value), turn.actor.id, turn.now)
    except CannotBeNamed as refusal:
        return Again(form, {"person": refusal.say(_)})
    return _anew(turn)


@router.action("remove")
def remove(turn: Turn) -> Fresh:
    """Take somebody off, and tell them; never the last admin."""
    what, _colon, person_id = turn.value.partition(":")
    person = storage.people.get(turn.db, int(person_id))
    storage.admin.take_back(turn.db, person, Named(what), turn.actor.id, turn.now)
    return _anew(turn)


@router.event("joined_channel")
def joined_channel(turn: Turn) -> None:
    """Who comes into the care channel may be meant for the care team; any other channel is none of our business."""
    if turn.value and turn.value == storage.people.the_workspace(turn.db).care_channel:
        storage.admin.joined_care_channel(turn.db, storage.people.get(turn.db, turn.actor.id), turn.now)


@router.action("to_care")
def to_care(turn: Turn) -> Card:
    """Yes, they belong to the care team."""
    person = storage.people.get(turn.db, int(turn.value))
    storage.admin.name(turn.db, person, Named.CARE, turn.actor.id, turn.now)
    storage.admin.care_decided(turn.db, person, turn.now)
    return words.admin.joined(person)


@router.action("not_to_care")
def not_to_care(turn: Turn) -> Card:
    """No, they are only in the channel."""
    return words.admin.not_joined(storage.people.get(turn.db, int(turn.value)))


@router.section
def home(turn: Turn) -> Sequence[Part]:
    """What needs an admin's look."""
    if ADMIN not in turn.actor.roles:
        return ()
    return words.admin.home(len(storage.admin.problems(turn.db, turn.now)))


def _anew(turn: Turn) -> Fresh:
    return Fresh("admin.settings", str(turn.actor.id))
