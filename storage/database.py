"""What every database does for plain functions over a session, and what a session may see. `open_database` picks one."""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, Literal, Protocol, TypeVar, get_args

from sqlalchemy import ColumnElement, Connection, DateTime, Engine, event, literal, text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import ORMExecuteState, with_loader_criteria
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, Session, SQLModel, col

from bot.errors import DatabaseAway

log = logging.getLogger(__name__)

T = TypeVar("T")
Work = Callable[[Session], T]

EVERYONE = 0  # the scope of those who serve all workspaces: the clock, the courier, the command line


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, whatever the database gives back (SQLite: naive ones)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive values: a time without a zone is a mistake."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Everything kept is UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Scoped(SQLModel):
    """What belongs to one workspace. A session sees and makes only rows of the workspace it is scoped to."""

    workspace_id: int = Field(default=0, index=True)

    @classmethod
    def of(cls, workspace: int) -> ColumnElement[bool]:
        """Rows of this workspace; the class itself is no table, so that anything goes for it."""
        return literal(0) <= workspace if cls is Scoped else col(cls.workspace_id) == workspace


class Database(Protocol):
    """Where plain functions over a session run: each in one transaction, each scoped to one workspace.

    A function may be run more than once (two replicas met, a server was restarted), and is kept once: whatever it does
    beside the database it must be able to do again.
    """

    async def write(self, work: Work[T], workspace: int) -> T: ...
    async def read(self, work: Work[T], workspace: int) -> T: ...
    async def close(self) -> None: ...


class Store(Database, Protocol):
    """A database as the one who starts and stops it knows it."""

    @property
    def place(self) -> str:
        """Where it is, for people to read; never a password."""

    @property
    def path(self) -> str:
        """The file that only one process may use; "" where any number of replicas share the database."""

    @property
    def shared(self) -> bool:
        """Whether other replicas may be at work on it."""

    @property
    def waiting(self) -> int:
        """How many functions wait to be written."""

    @property
    def trouble(self) -> str:
        """Why it does not answer just now; "" while it does."""

    @property
    def turned_away(self) -> int:
        """How many functions it had no room for in time, though it answers."""

    def open(self) -> "Store": ...
    async def prepare(self) -> None: ...
    async def listen(self, heard: Callable[[], None]) -> None: ...


@dataclass
class Watched:
    """What is wrong with a database just now; the log hears when it begins and when it is over."""

    trouble: str = field(default="", init=False)  # "" while everything is well
    turned_away: int = field(default=0, init=False)  # functions it had no room for in time, though it answers
    _begun: bool = field(default=False, init=False)  # or nobody waits for it: the bot does not start

    def fares(self, trouble: str) -> None:
        """How it went the last time."""
        if trouble and not self.trouble and self._begun:
            log.warning("the database is in trouble; waiting for it", extra={"reason": trouble})
        elif self.trouble and not trouble and self._begun:
            log.info("the database is well again")
        self.trouble, self._begun = trouble, self._begun or not trouble

    def turns_away(self) -> None:
        """It does answer, but not everybody in time: the log hears of the first, the numbers of each."""
        if not self.turned_away:
            log.warning("more is asked of the database than it can do; whoever waited too long was turned away")
        self.turned_away += 1


class CareSession(Session):
    """A session that is scoped to a workspace by construction; see `scoped`."""


@event.listens_for(CareSession, "do_orm_execute")
def _only_this_workspace(state: ORMExecuteState) -> None:
    workspace = state.session.info["workspace"]
    if workspace != EVERYONE and not state.is_column_load:
        state.statement = state.statement.options(
            with_loader_criteria(Scoped, lambda cls: cls.of(workspace), include_aliases=True)
        )


@event.listens_for(CareSession, "before_flush")
def _made_in_this_workspace(session: Session, *_: Any) -> None:
    workspace = session.info["workspace"]
    for row in session.new:
        if isinstance(row, Scoped) and row.workspace_id == 0:
            row.workspace_id = workspace
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, Scoped) and (row.workspace_id == 0 or workspace not in (row.workspace_id, EVERYONE)):
            raise RuntimeError("a row of another workspace, or of none")


def connection(db: Session) -> Connection:
    """The connection under a session, for the few statements of every turn: a session's own savepoint costs as much.

    Inside the writer each function has a savepoint already; elsewhere the session's connection is the one.
    """
    plain: Connection | None = db.info.get("connection")
    return plain if plain is not None else db.connection()


def insert_for(plain: Connection) -> Any:
    """The dialect's own `insert`, which knows ON CONFLICT; the other dialect is never imported."""
    return import_module(f"sqlalchemy.dialects.{plain.dialect.name}").insert


Owner = Literal["delivery", "engagement", "introduction", "person", "workspace"]
# Written, if only with what it holds: after a mere lock whoever waited would go on with what they had read before it.
_CLAIMS = {owner: text(f"UPDATE {owner} SET id = id WHERE id = :row") for owner in get_args(Owner)}


def one_at_a_time(db: Session, owner: Owner, row: int | None) -> None:
    """Say that a decision rests on more than the rows it changes: on everything that belongs to this one.

    Of two that say so at once PostgreSQL runs the second again, on what the first has kept. SQLite has one writer.
    """
    plain = connection(db)
    if plain.dialect.name == "postgresql":
        plain.execute(_CLAIMS[owner], {"row": row})


@contextmanager
def scoped(db: Session, workspace: int) -> Iterator[Session]:
    """Narrow a session of EVERYONE to one workspace for a while: one occurrence, one delivery."""
    db.flush()  # what was done before belongs to the wider scope
    before = db.info["workspace"]
    db.info["workspace"] = workspace
    try:
        yield db
        db.flush()
    finally:
        db.info["workspace"] = before


# What no other function would fare better with: the file, its disk or its lock, not what was asked of it.
_GAVE_UP = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
}


def gave_up(error: BaseException) -> bool:
    """Whether the database itself is in trouble: then nothing is to be concluded, and the same is to be tried again."""
    if isinstance(error, DatabaseAway):
        return True
    cause = getattr(error, "orig", error)
    code = getattr(cause, "sqlite_errorcode", None)
    return bool(getattr(error, "connection_invalidated", False)) or (code is not None and code & 0xFF in _GAVE_UP)


def open_database(url: str) -> Store:
    """The database behind an address. It is opened by `open`, and brought up to date by `prepare`."""
    if is_postgres(url):
        from storage.postgres import PostgresDatabase  # its driver is loaded only where it is used

        return PostgresDatabase(url)
    from storage.sqlite import SqliteDatabase, sqlite_path

    return SqliteDatabase(sqlite_path(url))


def engine_of(url: str) -> Engine:
    """A plain engine for the command line: no event loop, one operator."""
    if is_postgres(url):
        from storage.postgres import plain_engine

        return plain_engine(url)
    from storage.sqlite import sqlite_engine, sqlite_path

    return sqlite_engine(sqlite_path(url))


def is_postgres(url: str) -> bool:
    """Whether an address is a PostgreSQL server's."""
    return url.partition("://")[0].partition("+")[0] in ("postgresql", "postgres")
