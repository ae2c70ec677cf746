"""SQLite in this process: one writer, group commit, and a second path for those who only read."""

import asyncio
import queue
import sqlite3
import threading
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

PATIENCE = 1500  # milliseconds another process may hold the file: a chat waits three seconds for an answer
BATCH = 64  # functions that share one commit: more would make the first of them wait too long for its answer


@dataclass(slots=True)
class _Job:
    work: Work[Any]
    workspace: int
    loop: asyncio.AbstractEventLoop
    answer: "asyncio.Future[Any]"
    result: Any = None
    error: BaseException | None = None


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
    _queue: "queue.SimpleQueue[_Job | None]" = field(default_factory=queue.SimpleQueue)
    _thread: threading.Thread | None = None
    _reader: Any = None

    def open(self) -> "SqliteDatabase":
        """Start the writer thread."""
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()
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
        return self._queue.qsize()

    async def write(self, work: Work[T], workspace: int) -> T:
        """Run `work` in the writer's next transaction; returns after the commit."""
        loop = asyncio.get_running_loop()
        job = _Job(work, workspace, loop, loop.create_future())
        self._queue.put(job)
        return await job.answer  # type: ignore[no-any-return]

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
        if self._thread is not None:
            self._queue.put(None)
            await asyncio.to_thread(self._thread.join)
        if self._reader is not None:
            await self._reader.dispose()

    def _run(self) -> None:
        engine = sqlite_engine(self.path)
        with ExitStack() as stack:
            stack.callback(engine.dispose)
            connection: Connection | None = None
            while (batch := self._take()) is not None:
                try:
                    connection = connection or stack.enter_context(engine.connect())
                except DBAPIError as error:  # not even that: whoever waits is told, and the next ones try again
                    self.fares(_fail(batch, error))
                else:
                    self.fares(_commit(connection, batch))
                _answer(batch)

    def _take(self) -> list[_Job] | None:
        batch: list[_Job] = []
        job = self._queue.get()
        while job is not None:
            batch.append(job)
            if len(batch) == BATCH or self._queue.empty():
                return batch
            job = self._queue.get()
        if batch:
            self._queue.put(None)  # finish the batch first, then stop
            return batch
        return None


def _commit(connection: Connection, batch: list[_Job]) -> str:
    """Run what has queued up and keep it; answers what is wrong with the database."""
    try:
        with connection.begin():
            for job in batch:
                _attempt(connection, job)
    except BaseException as error:  # the commit itself failed: nobody's work was kept
        return _fail(batch, error)
    return ""


def _fail(batch: list[_Job], error: BaseException) -> str:
    for job in batch:
        job.error = error
    return str(getattr(error, "orig", error)) if gave_up(error) else type(error).__name__


def _attempt(connection: Connection, job: _Job) -> None:
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


def _answer(batch: list[_Job]) -> None:
    """Wake the event loop once for the whole batch."""

    def tell() -> None:
        for job in batch:
            if job.answer.done():
                continue
            if job.error is not None:
                job.answer.set_exception(job.error)
            else:
                job.answer.set_result(job.result)

    batch[0].loop.call_soon_threadsafe(tell)


def sqlite_path(url: str) -> str:
    """The file of a `sqlite+aiosqlite:///` address."""
    return make_url(url).database or ""
