"""SQLite in this process: one writer, group commit, and a second path for those who only read."""

import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from storage import migrations
from storage.database import CareSession, T, Watched, Work, gave_up
from storage.jobs import Job, Jobs, answer

PATIENCE = 1500  # milliseconds another process may hold the file: a chat waits three seconds for an answer
BATCH = 64  # functions that share one commit: more would make the first of them wait too long for its answer


def sqlite_engine(path: str) -> Engine:
    """A SQLite engine whose transactions are begun by us: the driver's own would release savepoints early."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        f"sqlite:///{path}", connect_args={"isolation_level": None, "check_same_thread": False}, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: Any) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={PATIENCE}"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(BEGIN)

    @event.listens_for(engine, "before_cursor_execute")
    def inside(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        """A full disk ends a transaction by itself: what is still to be done in it must not be kept piece by piece."""
        driver = connection.connection.driver_connection
        if driver is not None and not driver.in_transaction and statement != BEGIN:
            ended = sqlite3.OperationalError("database or disk is full")
            ended.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise ended

    return engine


BEGIN = "BEGIN IMMEDIATE"


@dataclass
class SqliteDatabase(Watched):
    """SQLite in this process: writes in one thread that commits what has queued up at once."""

    path: str
    shared: bool = False
    _jobs: Jobs = field(default_factory=Jobs)
    _reader: Any = None

    def open(self) -> "SqliteDatabase":
        """Start the writer thread."""
        self._jobs.start(self._run)
        return self

    @property
    def place(self) -> str:
        """The file."""
        return self.path

    async def prepare(self) -> None:
        """Bring the file up to date. Raises NewerDatabase or NotADatabase."""
        migrations.ensure(self.path)

    async def listen(self, heard: Callable[[], None]) -> None:
        """Nobody else plans anything: whoever plans here wakes the courier themselves."""

    @property
    def waiting(self) -> int:
        """How many functions wait for the writer."""
        return self._jobs.waiting

    async def write(self, work: Work[T], workspace: int) -> T:
        """Run `work` in the writer's next transaction; returns after the commit."""
        return await self._jobs.do(work, workspace)

    async def read(self, work: Work[T], workspace: int) -> T:
        """Run `work`, which only reads, beside the writer on a snapshot of its own."""
        from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

        if self._reader is None:
            self._reader = create_async_engine(f"sqlite+aiosqlite:///{self.path}", hide_parameters=True)
        async with AsyncSession(
            self._reader, expire_on_commit=False, sync_session_class=CareSession, info={"workspace": workspace}
        ) as session:
            return await session.run_sync(work)  # type: ignore[arg-type]

    async def close(self) -> None:
        """Finish what is queued, then stop."""
        await self._jobs.end()
        if self._reader is not None:
            await self._reader.dispose()

    def _run(self) -> None:
        engine = sqlite_engine(self.path)
        with ExitStack() as stack:
            stack.callback(engine.dispose)
            connection: Connection | None = None
            while batch := self._jobs.take(BATCH):
                try:
                    connection = connection or stack.enter_context(engine.connect())
                except DBAPIError as error:  # not even that: whoever waits is told, and the next ones try again
                    self.fares(_fail(batch, error))
                else:
                    self.fares(_commit(connection, batch))
                answer(batch)


def _commit(connection: Connection, batch: list[Job]) -> str:
    """Run what has queued up and keep it; answers what is wrong with the database."""
    try:
        with connection.begin():
            for job in batch:
                _attempt(connection, job)
    except BaseException as error:  # the commit itself failed: nobody's work was kept
        return _fail(batch, error)
    return ""


def _fail(batch: list[Job], error: BaseException) -> str:
    for job in batch:
        job.error = error
    return str(getattr(error, "orig", error)) if gave_up(error) else type(error).__name__


def _attempt(connection: Connection, job: Job) -> None:
    """Run one function in its own savepoint, so that its failure is its own."""
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute("SAVEPOINT job")
    info = {"workspace": job.workspace, "connection": connection}
    with CareSession(
        connection, join_transaction_mode="create_savepoint", expire_on_commit=False, info=info
    ) as session:
        try:
            job.result = job.work(session)
            if session.in_transaction() or session.new:
                session.commit()
        except BaseException as error:
            job.error = error
    if job.error is not None:
        if not driver.in_transaction:
            raise job.error  # the database itself gave up, for everybody in this transaction
        driver.execute("ROLLBACK TO job")
    driver.execute("RELEASE job")


def sqlite_path(url: str) -> str:
    """The file of a `sqlite+aiosqlite:///` address."""
    return make_url(url).database or ""
