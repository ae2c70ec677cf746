"""What time does when somebody comes back; asking once when somebody works."""

from datetime import datetime

from sqlmodel import Session

import schedules
import storage
from bot import words
from bot.card import Card
from bot.errors import CareError
from bot.planner import Falls, Owed, Planner, Skip

planner = Planner("away")


@planner.due("ended")
def ended(db: Session, due: Falls, now: datetime, missed: bool) -> None:
    """The last day away has passed: the next absence is the one that counts, and what was held back is shown."""
    person = storage.people.get(db, due.subject)
    storage.away.settle(db, person, now)
    storage.away.resume(db, person, now)


@planner.due("unmuted")
def unmuted(db: Session, due: Falls, now: datetime, missed: bool) -> None:
    """A mute ends on the day that was said."""
    storage.away.unmute(db, storage.people.get(db, due.subject), now)


@planner.due("hours_needed")
def hours_needed(db: Session, due: Falls, now: datetime, missed: bool) -> None:
    """They answer for something: their hours are needed."""
    storage.away.ask_hours(db, due.subject, now)


@planner.moved
def moved(db: Session, person: int, now: datetime) -> None:
    """An absence ends where they are now."""
    storage.away.settle(db, storage.people.get(db, person), now)


@planner.letter("back", prompt=True)
def back(db: Session, owed: Owed, now: datetime) -> Card | Skip:
    """Everything that was held back and is still open, in one card."""
    person_id, _, stamp = owed.subject.partition(":")
    letters = schedules.letters()
    open_ = []
    for row in storage.away.told(db, int(person_id), stamp):
        try:
            letter = letters.get(row.kind)
            composed = letter.told(db, row, now, storage.people.reader) if letter else Skip("unknown")
        except CareError:  # what it was about has gone
            continue
        if isinstance(composed, Card) and row.id is not None:
            open_.append((row.id, composed.summary))
    if not open_ and not owed.updates:
        return Skip("nothing is open any more")
    return words.away.back(open_, owed.subject)


@planner.letter("ask_hours", prompt=True)
def ask_hours(db: Session, owed: Owed, now: datetime) -> Card | Skip:
    """When do you work? Asked of everyone who answers for something, once."""
    person = storage.people.get(db, int(owed.subject))
    return Skip("said already") if person.hours_confirmed else words.away.ask_hours(person)
