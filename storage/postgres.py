"""PostgreSQL, shared by any number of replicas: each function in one transaction, run again where two of them met."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import TimeoutError as NoneFree

from bot.errors import DatabaseAway, DatabaseBusy
from storage.database import CareSession, T, Watched, Work

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

# A function sees one snapshot, and of two that change the same row the second is run again: written for one writer,
# handlers may read, decide and write without a word about locks. What is made twice is stopped by a unique key; what is
# decided on more than is changed, by `one_at_a_time`.
ISOLATION = "REPEATABLE READ"
MET = {"40001", "40P01", "23505", "23P01"}  # serialization, deadlock, unique, exclusion: another was faster
# It stops or starts, found us idle, is a standby; somebody holds a lock; its disk cannot be read.
AWAY = {"57P01", "57P02", "57P03", "57P05", "25P03", "25006", "55P03", "58030"}
AWAY_CLASSES = ("08", "53")  # the line; room on the disk, memory, connections
MOST_ATTEMPTS = 12
PATIENCE = 2.0  # seconds for a server to come back; whoever tapped a button waits for three
POOL = 8  # connections; more only wait for each other, and what overflows a pool is connected anew each time
CHANNEL = "care_due"  # NOTIFY: something new is in the ledger

# A replica that froze or was cut off must not hold its locks against the others.
_OPTIONS = (
    "-c timezone=UTC -c idle_in_transaction_session_timeout=10000 -c lock_timeout=10000 -c statement_timeout=30000"
)
_CONNECT: Mapping[str, Any] = {
    "application_name": "contractor-care", "connect_timeout": 2, "options": _OPTIONS,
    "keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000,
}  # fmt: skip


_NOTIFY = text(f"NOTIFY {CHANNEL}")


class TryAgain(BaseException):
    """Nothing of this transaction was kept, and its function can be run again.

    Like a cancellation it passes every `except Exception`: what is left of the transaction is of no use to anybody.
    """

    def __init__(self, error: BaseException, away: bool, broken: bool = False) -> None:
        self.error = error
        self.away = away  # the server cannot be reached, rather than another replica having been faster
        self.broken = broken  # where it goes on, nobody was faster: a rule of the tables is broken each time
        super().__init__(type(error).__name__)


def address(url: str) -> URL:
    """Any spelling of a PostgreSQL address, as our driver's."""
    return make_url(url).set(drivername="postgresql+psycopg")


def plain_engine(url: str) -> Engine:
    """For the command line and migrations: one connection, closed when it is given back."""
    from sqlalchemy.pool import NullPool

    return create_engine(address(url), poolclass=NullPool, connect_args=dict(_CONNECT), hide_parameters=True)


def _lost(context: ExceptionContext) -> TryAgain | None:
    """What went wrong at the driver, where running the function again may help."""
    if not isinstance(context.original_exception, context.dialect.loaded_dbapi.Error):
        return None  # a cancellation stays one
    state = getattr(context.original_exception, "sqlstate", None) or ""
    if context.is_disconnect or context.connection is None or state in AWAY or state.startswith(AWAY_CLASSES):
        return TryAgain(context.original_exception, away=True)
    if state in MET:
        error = context.sqlalchemy_exception or context.original_exception
        return TryAgain(error, away=False, broken=state.startswith("23"))
    return None


@dataclass
class PostgresDatabase(Watched):
    """One replica's side of a PostgreSQL database."""

    url: str
    path: str = ""
    shared: bool = True
    waiting: int = 0
    _made: "AsyncEngine | None" = field(default=None, repr=False)
    _answered: float = float("-inf")  # when the server last did, by the loop's clock

    @property
    def place(self) -> str:
        """Its address without the password."""
        return address(self.url).set(drivername="postgresql").render_as_string(hide_password=True)

    def open(self) -> "PostgresDatabase":
        """Make the pool; it connects when it is first asked."""
        from sqlalchemy.ext.asyncio import create_async_engine

        # No ping before each use: what a ping would find out, running the function again finds out for nothing.
        self._made = create_async_engine(
            address(self.url), isolation_level=ISOLATION, pool_size=POOL, max_overflow=0,
            pool_timeout=PATIENCE, pool_recycle=1800, connect_args=dict(_CONNECT), hide_parameters=True,
        )  # fmt: skip
        event.listen(self._made.sync_engine, "handle_error", cast(Any, _lost))
        return self

    async def prepare(self) -> None:
        """Bring the tables up to date. Raises NewerTables or NoServer."""
        from storage.migrations import postgres as migrations

        await asyncio.to_thread(migrations.ensure, self.url)

    async def write(self, work: Work[T], workspace: int) -> T:
        """Run `work` in a transaction; returns after the commit. Raises DatabaseAway, or DatabaseBusy, which is one."""
        self.waiting += 1
        try:
            return await self._until_kept(work, workspace)
        finally:
            self.waiting -= 1

    async def read(self, work: Work[T], workspace: int) -> T:
        """Run `work`, which only reads, on one snapshot. Raises DatabaseAway."""
        return await self._until_kept(work, workspace)

    async def listen(self, heard: Callable[[], None]) -> None:
        """Call `heard` whenever any replica has put something into the ledger, until cancelled."""
        import psycopg

        where = address(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        pause = 0.1
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    where, autocommit=True, **{**_CONNECT, "options": ""}
                ) as line:
                    await line.execute(f"LISTEN {CHANNEL}")
                    self._back()
                    pause = 0.1
                    heard()  # whatever was said while nobody listened
                    async for _ in line.notifies():
                        heard()
            except psycopg.Error as error:
                self._gone(error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)

    async def close(self) -> None:
        """Give the connections back."""
        if self._made is not None:
            await self._made.dispose()

    # -- once, however often it takes ------------------------------------------------------------------

    async def _until_kept(self, work: Work[T], workspace: int) -> T:
        began = asyncio.get_running_loop().time()
        attempt = 0
        while True:
            try:
                result = await self._once(work, workspace)
            except TryAgain as lost:
                attempt += 1
                if lost.away:
                    self._gone(lost.error)
                    if asyncio.get_running_loop().time() - began > PATIENCE:
                        raise DatabaseAway from None
                elif attempt >= MOST_ATTEMPTS:
                    raise lost.error if lost.broken else DatabaseAway from None
                # By chance, or the two that met would meet again.
                await asyncio.sleep(random.uniform(0, min(0.005 * 2**attempt, 0.25)))
            else:
                self._back()
                return result

    async def _once(self, work: Work[T], workspace: int) -> T:
        async with self._session(workspace) as session:
            result = await session.run_sync(cast(Any, work))
            if session.info.get("planned"):
                await session.execute(_NOTIFY)
            await session.commit()
            return cast(T, result)

    @asynccontextmanager
    async def _session(self, workspace: int) -> "AsyncIterator[AsyncSession]":
        from sqlalchemy.ext.asyncio import AsyncSession

        assert self._made is not None, "open it first"
        info = {"workspace": workspace}
        try:
            async with AsyncSession(
                self._made, expire_on_commit=False, sync_session_class=CareSession, info=info
            ) as session:
                yield session
        except NoneFree as error:
            if asyncio.get_running_loop().time() - self._answered > PATIENCE:
                raise TryAgain(error, away=True) from None  # nobody gives one back: all wait for the server
            self.turns_away()
            raise DatabaseBusy from None

    def _gone(self, error: BaseException) -> None:
        self.fares(f"the database does not answer ({type(error).__name__})")

    def _back(self) -> None:
        self._answered = asyncio.get_running_loop().time()
        self.fares("")
