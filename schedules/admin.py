"""What is said when somebody is named, and the settings card as it is now."""

from datetime import datetime

from sqlmodel import Session

import storage
from bot import care, words
from bot.card import Card
from bot.care.admin import Named
from bot.planner import Owed, Planner, Skip

planner = Planner("admin")


@planner.letter("settings")
def settings(db: Session, owed: Owed, now: datetime) -> Card:
    """Somebody's settings, for the card on their screen to be drawn anew."""
    seen = storage.admin.overview(db, int(owed.subject), now)
    return words.admin.settings(seen, now, care.occurrences.local_date(now, seen.person.zone))


@planner.letter("role")
def role(db: Session, owed: Owed, now: datetime) -> Card:
    """What somebody has become, or is no longer."""
    named, by, added = owed.subject.split(":")
    return words.admin.role(Named(named), added == "1", storage.people.get(db, int(by)).name)


@planner.letter("joined", prompt=True)
def joined(db: Session, owed: Owed, now: datetime) -> Card | Skip:
    """Somebody came into the care channel."""
    person = storage.people.get(db, int(owed.subject))
    return Skip("in the care team already") if person.care and not owed.updates else words.admin.joined(person)
