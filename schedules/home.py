"""The first message to anybody."""

from datetime import datetime

from sqlmodel import Session

import storage
from bot import words
from bot.card import Card
from bot.planner import Owed, Planner

planner = Planner("home")


@planner.letter("welcome")
def welcome(db: Session, owed: Owed, now: datetime) -> Card:
    """Who writes, why, what is kept, how to stop it."""
    person = storage.people.get(db, int(owed.subject))
    return words.home.welcome(person.name, storage.people.reader(db, person.id, "").roles)
