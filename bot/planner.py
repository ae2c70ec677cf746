"""What time does, by name: a feature's occurrences that fall due and the messages it owes, each a plain function."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlmodel import Session

from bot.access import ANYONE, LETTERS, relations
from bot.card import Card
from bot.care.people import Actor, Role, Subject

FOREVER = timedelta(days=36500)
NOT_THEIRS = "no longer theirs to know"


class Falls(Protocol):
    """An occurrence: `name` is its local date or ISO week."""

    subject: int
    due_at: datetime
    name: str


class Owed(Protocol):
    """A row of the ledger, as far as those who compose its card need it."""

    key: str
    subject: str
    person_id: int | None
    channel: str
    due_at: datetime
    updates: str


@dataclass(frozen=True, slots=True)
class Skip:
    """There is nothing to say any more; `reason` is kept in the ledger, so never personal text."""

    reason: str


@dataclass(frozen=True, slots=True)
class Later:
    """Not now: look again at `at`."""

    at: datetime


DueWork = Callable[[Session, Any, datetime, bool], None]
MovedWork = Callable[[Session, int, datetime], None]
Compose = Callable[[Session, Any, datetime], Card | Skip | Later]
About = Callable[[Session, Any], Subject]
Reader = Callable[[Session, int | None, str], Actor]  # of a person's 1:1, else of a channel


@dataclass(frozen=True, slots=True)
class Due:
    work: DueWork
    grace: timedelta


@dataclass(frozen=True, slots=True)
class Letter:
    compose: Compose
    prompt: bool  # asks something of its reader, so that being away or muted pauses it
    about: About | None = None  # whom it is about, where that decides who is told
    to: frozenset[Role] = frozenset({ANYONE})

    def told(self, db: Session, owed: Owed, now: datetime, reader: Reader) -> Card | Skip | Later:
        """Composed, if whoever is to read it may still know it."""
        if ANYONE not in self.to:
            about = self.about(db, owed) if self.about else Subject(None)
            if not self.to & relations(reader(db, owed.person_id, owed.channel), about):
                return Skip(NOT_THEIRS)
        return self.compose(db, owed, now)


class Planner:
    """A feature's part of the calendar: `Planner("pulse")` and `@planner.due("ask")` make `pulse.ask`."""

    def __init__(self, feature: str) -> None:
        self.feature = feature
        self.dues: dict[str, Due] = {}
        self.letters: dict[str, Letter] = {}
        self.moves: list[MovedWork] = []

    def due(self, name: str, *, grace: timedelta = FOREVER) -> Callable[[DueWork], DueWork]:
        """What happens when `feature.name` falls due: `work(db, occurrence, now, missed)`.

        The occurrence is off the calendar when this runs; whoever wants another plans it. `missed` is true when
        it is later than `grace`: then only the next one is to be planned, and the ledger says it was skipped.
        """

        def register(work: DueWork) -> DueWork:
            self.dues[f"{self.feature}.{name}"] = Due(work, grace)
            return work

        return register

    def letter(self, name: str, *, prompt: bool = False, about: About | None = None) -> Callable[[Compose], Compose]:
        """How the message of kind `feature.name` is composed from fresh data at the moment it leaves."""
        kind = f"{self.feature}.{name}"

        def register(compose: Compose) -> Compose:
            self.letters[kind] = Letter(compose, prompt, about, LETTERS[kind])
            return compose

        return register

    def moved(self, work: MovedWork) -> MovedWork:
        """What the feature plans anew when somebody's zone, working hours or absences change: `work(db, person, now)`."""
        self.moves.append(work)
        return work
