"""The only place where a turn or an occurrence meets a transaction: dedupe, access, handler, commit, answer."""

import asyncio
import logging
import secrets
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

import storage.deliveries
import storage.inbound
import storage.occurrences
import storage.people
from bot import access
from bot.card import Card
from bot.chat import Ambiguous, Fresh, Inbound, Limited, Outcome, Refused, Route, Turn
from bot.errors import CareError, DatabaseAway, NobodyKnown, NotFound, Unexpected, UnknownRoute
from bot.language import _, speaking
from bot.logs import OURS, frames
from bot.planner import Due, Later, Letter, Skip
from storage.database import EVERYONE, Database, gave_up, scoped

log = logging.getLogger(__name__)

TOGETHER = 10  # occurrences that share a transaction: a tap waits no longer than these take, some 4 ms each


class Stranger(Exception):
    """Somebody the bot has no row for yet: learn who they are, then try again."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A sentence instead of what was asked for."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the person sees next, in their language."""

    outcome: Outcome | Refusal
    locale: str = "en"
    greeting: "asyncio.Future[None] | None" = None  # who the bot is, on its way to them: this answer goes after it


def reference(error: BaseException, **context: object) -> str:
    """Log an unexpected error under a new reference number: where it was and what it was about, never what was typed."""
    number = secrets.token_hex(4).upper()
    about = {"reference": number, "error": type(error).__name__, "frames": frames(error.__traceback__)}
    about |= {name: str(value) for name, value in context.items()}
    log.error("unexpected error", extra=about)
    return number


def unheard(error: BaseException, **context: object) -> None:
    """Log an error that nobody waits for, but for a database in trouble, which says so itself."""
    if not gave_up(error):
        reference(error, **context)


@dataclass
class Turns:
    """Runs what people do and what time does."""

    database: Database
    routes: Mapping[str, Route]
    dues: Mapping[str, Due]
    letters: Mapping[str, Letter]
    now: Callable[[], datetime]
    wake: Callable[[], None]  # there is something new in the ledger
    learn: Callable[[int, str], Awaitable[None]]
    expect: Callable[[int, str], "asyncio.Future[None]"] | None = None  # done when the message of this key has left

    async def run(self, inbound: Inbound, workspace: int) -> Answer:
        """One turn, once; a duplicate has no effect and no answer. Raises DatabaseAway: then it is not to be acknowledged."""
        try:
            return await self._run(inbound, workspace)
        except Stranger:
            return await self._meet(inbound, workspace)

    async def _meet(self, inbound: Inbound, workspace: int) -> Answer:
        """Somebody new: ask the chat who they are. An app is nobody, and hears nothing."""
        try:
            await self.learn(workspace, inbound.user)
            return await self._run(inbound, workspace)
        except Stranger:
            return Answer(None)
        except (Ambiguous, Limited, Refused) as error:
            log.warning("somebody could not be looked up", extra={"reason": str(error)})
            return Answer(_refusal(NobodyKnown(), "en"))

    async def _run(self, inbound: Inbound, workspace: int) -> Answer:
        route = self.routes.get(inbound.route)
        spoken = ["en"]
        meets: list[int] = []  # the actor, when this is the first thing between the two of us, at all or again
        answered: list[Outcome] = []  # by an attempt that was perhaps kept, though the database could not say so

        def work(db: Session) -> tuple[Outcome, bool]:
            actor = storage.people.actor(db, inbound.user)
            if actor is None:
                raise Stranger
            spoken[0] = actor.locale
            if route is None:
                raise UnknownRoute
            if not route.reads and inbound.id and not storage.inbound.first_time(db, inbound.id, self.now()):
                return answered[-1] if answered else None, False
            if (inbound.place.direct or inbound.place.home) and (actor.lost or not actor.welcomed):
                meets.append(actor.id)
            access.check(actor, inbound.route)
            with speaking(actor.locale):
                turn = Turn(actor, inbound.route, inbound.value, inbound.fields, self.now(), db,
                            inbound.people, inbound.place)  # fmt: skip
                outcome = route.handler(turn)
            answered.append(outcome)
            return outcome, bool(db.info.get("planned"))

        through = self.database.read if route is not None and route.reads else self.database.write
        outcome: Outcome | Refusal
        try:
            outcome, planned = await through(work, workspace)
        except (Stranger, DatabaseAway):
            raise
        except CareError as refusal:
            outcome, planned = await self._refused(refusal, inbound, workspace, spoken[0]), False
        except Exception as error:  # the one place where the unexpected becomes a sentence with a reference
            outcome, planned = await self._broken(error, inbound, workspace, spoken[0]), False
        greeting = await self._greet(meets[0], workspace) if meets else None
        if planned or greeting:
            self.wake()
        return Answer(outcome, spoken[0], greeting)

    async def _greet(self, person: int, workspace: int) -> "asyncio.Future[None] | None":
        """Say who the bot is before it answers somebody for the first time. Who is heard from is out of reach no more."""

        def work(db: Session) -> str | None:
            known = storage.people.found(db, person).welcomed_at is not None
            return None if known else storage.deliveries.plan_welcome(db, person, self.now())

        try:
            key = await self.database.write(work, workspace)
        except (DBAPIError, DatabaseAway):  # they are told at the next occasion: this answer must not be lost for it
            return None
        return self.expect(workspace, key) if key and self.expect else None

    async def _refused(self, error: CareError, inbound: Inbound, workspace: int, locale: str) -> Refusal | None:
        """A refusal is told once, too, though its transaction was taken back and remembers nothing."""
        attempts: list[bool] = []  # one of them may have been kept, though the database could not say so

        def first(db: Session) -> bool:
            attempts.append(storage.inbound.first_time(db, inbound.id, self.now()))
            return any(attempts)

        if inbound.id and not await self.database.write(first, workspace):
            return None
        return _refusal(error, locale)

    async def _broken(self, error: Exception, inbound: Inbound, workspace: int, locale: str) -> Refusal | None:
        if _unreadable(error):
            log.warning("a value could not be read", extra={"kind": inbound.route, "error": type(error).__name__})
            return await self._refused(NotFound(), inbound, workspace, locale)
        number = reference(error, workspace=workspace, kind=inbound.route)
        return _refusal(Unexpected(reference=number), locale)

    async def redraw(self, fresh: Fresh, workspace: int, locale: str) -> Card:
        """A sent card as it is now: composed by its letter from fresh data."""
        letter = self.letters[fresh.kind]

        def work(db: Session) -> Card | Skip | Later:
            with speaking(locale):
                owed = storage.deliveries.Delivery(
                    key="", kind=fresh.kind, subject=fresh.subject, updates="redrawn", due_at=self.now(),
                    next_at=self.now())  # fmt: skip
                return letter.compose(db, owed, self.now())

        composed = await self.database.read(work, workspace)
        assert isinstance(composed, Card), "a card that is on the screen can be drawn again"
        return composed

    async def tick(self, now: datetime) -> int:
        """Let everything that is due at or before `now` happen; answers how many occurrences did."""
        count = 0
        while due := await self.database.write(lambda db: self._some(db, now), EVERYONE):
            count += due
            self.wake()
        return count

    def _some(self, db: Session, now: datetime) -> int:
        if not storage.occurrences.anything_due(db, now):
            return 0
        rows = storage.occurrences.due(db, now, TOGETHER)
        for row in rows:
            with scoped(db, row.workspace_id):
                self._fall(db, row, now)
        return len(rows)

    def _fall(self, db: Session, row: storage.occurrences.Occurrence, now: datetime) -> None:
        due = self.dues.get(row.kind)
        db.delete(row)
        db.flush()
        if due is None:
            log.warning("nobody knows this kind of occurrence", extra={"kind": row.kind})
            return
        missed = now - row.due_at > due.grace
        if missed:
            key = f"{row.kind}:{row.subject}:{row.name}"
            storage.deliveries.skip(db, key, row.kind, "missed: the bot was not running in time", now)
        try:
            with db.begin_nested():
                due.work(db, row, now, missed)
        except Exception as error:  # one broken occurrence must not keep everybody else's from happening
            if gave_up(error):
                raise  # it has not happened yet
            key = f"{row.kind}:{row.subject}:{row.name}:broken:{row.due_at.isoformat()}"
            number = reference(error, workspace=row.workspace_id, key=key)
            storage.deliveries.skip(db, key, row.kind, f"reference {number}", now)


def _unreadable(error: Exception) -> bool:
    """Whether a handler could not read the value of a button or form: numbers and names that cannot be.

    Only what its own lines raise (int(), an enum's name, unpacking) counts; a ValueError from deeper is a mistake of ours.
    """
    if isinstance(error, OverflowError):
        return True  # a number no database holds
    modules = [frame.f_globals["__name__"] for frame, _line in traceback.walk_tb(error.__traceback__)]
    ours = [name for name in modules if name.split(".")[0] in OURS]
    return isinstance(error, ValueError) and ours[-1].startswith("handlers.")


def _refusal(error: CareError, locale: str) -> Refusal:
    with speaking(locale):
        return Refusal(error.say(_))
