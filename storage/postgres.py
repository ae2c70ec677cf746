"""PostgreSQL, shared by any number of replicas: each function in one transaction, run again where two of them met."""

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import URL, ExceptionContext, make_url

from bot.errors import DatabaseAway, DatabaseBusy
from storage.database import CareSession, T, Watched, Work
from storage.jobs import Jobs, answer

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
THREADS = 4  # each with a connection; more cost more CPU a tap, for they wait for each other
LEAVES = 1.0  # seconds that threads whose server is stuck may hold up a stop
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
        return None  # not the server's doing
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
    _jobs: Jobs = field(default_factory=Jobs, repr=False)
    _engine: Engine | None = field(default=None, repr=False)
    _answered: float = float("-inf")  # when the server last did, by the loop's clock

    @property
    def place(self) -> str:
        """Its address without the password."""
        return address(self.url).set(drivername="postgresql").render_as_string(hide_password=True)

    def open(self) -> "PostgresDatabase":
        """Start the threads; each connects when it is first asked."""
        # No ping before each use: what a ping would find out, running the function again finds out for nothing.
        self._engine = create_engine(
            address(self.url), isolation_level=ISOLATION, pool_size=THREADS, max_overflow=0,
            pool_recycle=1800, connect_args=dict(_CONNECT), hide_parameters=True,
        )  # fmt: skip
        event.listen(self._engine, "handle_error", cast(Any, _lost))
        self._jobs.start(self._run, THREADS)
        return self

    @property
    def waiting(self) -> int:
        """How many functions no thread has begun."""
        return self._jobs.waiting

    async def prepare(self) -> None:
        """Bring the tables up to date. Raises NewerTables or NoServer."""
        from storage.migrations import postgres as migrations

        await asyncio.to_thread(migrations.ensure, self.url)

    async def write(self, work: Work[T], workspace: int) -> T:
        """Run `work` in a transaction; returns after the commit. Raises DatabaseAway, or DatabaseBusy, which is one."""
        began = asyncio.get_running_loop().time()
        attempt = 0
        while True:
            try:
                result = await self._jobs.do(work, workspace, PATIENCE, self._not_begun)
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

    async def read(self, work: Work[T], workspace: int) -> T:
        """Run `work`, which only reads, on one snapshot. Raises what `write` does."""
        return await self.write(work, workspace)

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
        """Finish what is queued, then give the connections back."""
        await self._jobs.end(LEAVES)
        if self._engine is not None:
            self._engine.dispose()

    # -- how it goes -----------------------------------------------------------------------------------

    def _not_begun(self) -> BaseException:
        """Why all threads are still at something else."""
        if asyncio.get_running_loop().time() - self._answered > PATIENCE:
            return TryAgain(TimeoutError(), away=True)  # they all wait for the server
        self.turns_away()
        return DatabaseBusy()

    def _gone(self, error: BaseException) -> None:
        self.fares(f"the database does not answer ({type(error).__name__})")

    def _back(self) -> None:
        self._answered = asyncio.get_running_loop().time()
        self.fares("")

    # -- in a thread -----------------------------------------------------------------------------------

    def _run(self) -> None:
        while jobs := self._jobs.take(1):
            for job in jobs:
                try:
                    job.result = self._once(job.work, job.workspace)
                except BaseException as error:  # whoever waits is told
                    job.error = error
            answer(jobs)

    def _once(self, work: Work[T], workspace: int) -> T:
        info = {"workspace": workspace}
        with CareSession(self._engine, expire_on_commit=False, info=info) as session:
            result = work(session)
            if session.info.get("planned"):
                session.execute(_NOTIFY)
            session.commit()
            return result
