"""A PostgreSQL for the tests: one that is listening, or one of our own made from installed binaries."""

import asyncio
import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from storage.migrations import postgres as migrations
from storage.postgres import address, plain_engine

LISTENING = "postgresql://postgres@127.0.0.1:5432/postgres"
WHY_NOT = "no PostgreSQL is listening on 127.0.0.1:5432, TEST_DATABASE_URL is not set, and no server is installed"


@dataclass
class Server:
    """A server that databases can be made on."""

    url: str
    _template: str = ""
    _made: list[str] = field(default_factory=list)

    def say(self, statement: str) -> None:
        """One statement, as the one who may do everything."""
        engine = plain_engine(self.url)
        try:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text(statement))
        finally:
            engine.dispose()

    def empty(self) -> str:
        """The address of a new database with nothing in it."""
        return self._create("")

    def migrated(self) -> str:
        """The address of a new database with today's tables: a copy of one that was migrated once."""
        if not self._template:
            made = self._create("")
            migrations.ensure(made)
            self._template = made.rpartition("/")[2]
        return self._create(f" TEMPLATE {self._template} STRATEGY file_copy")

    def drop(self, url: str) -> None:
        """Whoever is still connected is sent away."""
        name = url.rpartition("/")[2]
        self.say(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._made.remove(name)

    def clear(self) -> None:
        """Leave the server as it was."""
        for name in list(self._made):
            self.drop(f"/{name}")
        self._template = ""

    def _create(self, like: str) -> str:
        name = f"care_test_{secrets.token_hex(6)}"
        self.say(f"CREATE DATABASE {name}{like}")
        self._made.append(name)
        return address(self.url).set(drivername="postgresql", database=name).render_as_string(hide_password=False)


@dataclass
class Cluster(Server):
    """A server of the tests' own, that can be stopped and started."""

    folder: Path = Path()
    port: int = 0

    def start(self) -> None:
        """Returns when it answers."""
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=60"
        self._control("start", "-l", str(self.folder / "log"), "-o", options)

    def stop(self, how: str = "fast") -> None:
        """Whoever is connected is sent away; what was not committed is gone."""
        self._control("stop", "-m", how)

    def _control(self, *what: str) -> None:
        as_server(binary("pg_ctl"), "-D", str(self.folder / "data"), "-w", "-s", *what)


def binary(name: str) -> str:
    """Where a program of the server is; "" where none is installed."""
    folders = [str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    return shutil.which(name, path=os.pathsep.join([*folders, os.environ.get("PATH", "")])) or ""


def as_server(*command: str) -> None:
    """The server refuses to run as root: then it is run as the user its package made."""
    before = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    subprocess.run([*before, *command], check=True, capture_output=True, timeout=60, cwd="/")


@contextlib.contextmanager
def cluster() -> Iterator[Cluster]:
    """A private server for as long as the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="care-postgres-"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    made = Cluster(f"postgresql://postgres@127.0.0.1:{port}/postgres", folder=folder, port=port)
    try:
        as_server(binary("initdb"), "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N")
        made.start()
        yield made
    finally:
        with contextlib.suppress(subprocess.CalledProcessError):
            made.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


def answers(url: str) -> bool:
    """Whether a server listens there and lets us in."""
    engine = plain_engine(url)
    try:
        engine.connect().close()
    except DBAPIError:
        return False
    finally:
        engine.dispose()
    return True


def missing() -> None:
    """Skip with the reason; where everything has to be tested, fail with it."""
    if os.environ.get("CI"):
        pytest.fail(WHY_NOT)
    pytest.skip(WHY_NOT)


@contextlib.contextmanager
def found() -> Iterator[Server]:
    """The server to test on: the one that is named, or that listens, or a private one."""
    with contextlib.ExitStack() as stack:
        named = os.environ.get("TEST_DATABASE_URL")
        if named or answers(LISTENING):
            server = Server(named or LISTENING)
        elif binary("pg_ctl"):
            server = stack.enter_context(cluster())
        else:
            missing()
        try:
            yield server
        finally:
            server.clear()


@dataclass
class Cable:
    """The line to a server, that is cut when something was kept and before the server could say so."""

    url: str  # of the server, the far end
    near: str = ""  # the same for whoever is to lose something
    cuts: int = 0  # commits that are still to be left without an answer
    lost: int = 0

    async def carry(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it."""
        to = make_url(self.url)
        far, out = await asyncio.open_connection(to.host, to.port)
        losing = asyncio.Event()
        answers = asyncio.create_task(self._answer(far, back, losing))
        try:
            while said := await near.read(65536):
                if b"COMMIT" in said and self.cuts:
                    self.cuts -= 1
                    losing.set()
                out.write(said)
        finally:
            await asyncio.gather(answers, return_exceptions=True) if losing.is_set() else answers.cancel()
            out.close()
            back.close()

    async def _answer(self, far: asyncio.StreamReader, back: asyncio.StreamWriter, losing: asyncio.Event) -> None:
        while heard := await far.read(65536):
            if losing.is_set() and b"COMMIT" in heard:
                self.lost += 1
                return back.close()
            back.write(heard)


@contextlib.asynccontextmanager
async def cable(url: str) -> AsyncIterator[Cable]:
    """A line to this server, for as long as the block lasts."""
    made = Cable(url)
    async with await asyncio.start_server(made.carry, "127.0.0.1", 0) as near:
        port = near.sockets[0].getsockname()[1]
        made.near = make_url(url).set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
        yield made
