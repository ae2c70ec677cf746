"""A workspace in the test's process and any number of bots, each a process of its own, on one PostgreSQL."""

import asyncio
import json
import os
import socket
import sys
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import aiohttp
from sqlmodel import Session, select

import storage
from bot.app import utc_now
from bot.care.occurrences import iso_week
from bot.demo.api import DemoServer
from bot.demo.workspace import Workspace
from storage.database import EVERYONE, Store, open_database
from storage.deliveries import Delivery, State

PATIENCE = 60.0
QUESTION = "Your weekly pulse"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Replica:
    """One bot."""

    process: Process
    port: int
    log: Path

    async def dies(self) -> None:
        """As if the machine had lost its power."""
        self.process.kill()
        await self.process.wait()

    async def ready(self) -> tuple[int, dict[str, str]]:
        """What a load balancer is told; nothing at all counts as not ready."""
        try:
            async with (
                aiohttp.ClientSession() as http,
                http.get(f"http://127.0.0.1:{self.port}/readyz", timeout=aiohttp.ClientTimeout(total=5)) as answer,
            ):
                return answer.status, json.loads(await answer.text())["problems"]
        except (aiohttp.ClientError, TimeoutError):
            return 0, {}


@dataclass
class Fleet:
    """Replicas, what they are to do, and what became of it."""

    workspace: Workspace
    database: Store
    environment: dict[str, str]
    folder: Path
    replicas: list[Replica] = field(default_factory=list)

    async def start(self, paced: bool = False) -> Replica:
        """One more replica; returns when it says that it is ready."""
        port, log = free_port(), self.folder / f"replica-{len(self.replicas)}.log"
        module = ["bot", "run"] if paced else ["tests.torture.bot", "0"]
        with log.open("wb") as out:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", *module, env=self.environment | {"PORT": str(port)}, stdout=out, stderr=out
            )
        made = Replica(process, port, log)
        self.replicas.append(made)
        return made

    async def everybody_is_asked(self, people: int, at: datetime) -> None:
        """That many contractors, whose weekly question falls due then."""
        users = [self.workspace.add_user(f"U0C{n:04d}", f"Contractor {n}", f"c{n}") for n in range(people)]
        team = self.workspace.team_id

        def plan(db: Session) -> int:
            with storage.database.scoped(db, storage.people.workspace(db, "slack", team).id or 0):
                boss = storage.people.learn(db, "U0BOSS", at, name="Boss")
                for user in users:
                    one = storage.people.learn(db, user.id, at, name=user.name, zone="Etc/UTC")
                    one.welcomed_at = at
                    one.days = "1234567"
                    db.add(storage.engagements.Engagement(
                        contractor_id=one.id or 0, manager_id=boss.id or 0, role="r", bottleneck="b",
                        starts_on=date(2026, 1, 1), status="active"))  # fmt: skip
                    storage.occurrences.plan(db, "pulse.ask", one.id or 0, at, iso_week(at.date()))
                return db.info["workspace"]  # type: ignore[no-any-return]

        await self.database.write(plan, EVERYONE)

    def asked(self) -> Counter[str]:
        """How often each contractor was asked."""
        found = Counter[str]()
        for user in [one for one in self.workspace.users if one.startswith("U0C")]:
            found[user] = sum(QUESTION in message.text for message in self.workspace.dm(user).messages)
        return found

    async def rows(self) -> Sequence[Delivery]:
        """The ledger's questions."""

        def look(db: Session) -> Sequence[Delivery]:
            return db.exec(select(Delivery).where(Delivery.kind == "pulse.question")).all()

        return await self.database.read(look, EVERYONE)


async def until(so: Callable[[], bool], what: str, seconds: float = PATIENCE) -> float:
    """Wait until something is so; answers how long it took."""
    clock = asyncio.get_running_loop().time
    began = clock()
    while not so():
        assert clock() - began < seconds, f"it never was so: {what}"
        await asyncio.sleep(0.05)
    return clock() - began


async def until_settled(bots: Fleet, seconds: float = PATIENCE) -> float:
    """Wait until the ledger says of every question that it was sent; answers how long it took."""
    clock = asyncio.get_running_loop().time
    began = clock()
    while {row.state for row in await bots.rows()} != {State.SENT}:
        states = Counter(row.state for row in await bots.rows())
        assert clock() - began < seconds, f"the ledger says {states}"
        await asyncio.sleep(0.2)
    return clock() - began


@asynccontextmanager
async def fleet(url: str, folder: Path) -> AsyncIterator[Fleet]:
    """Everything but the replicas, and the end of them."""
    workspace = Workspace(name="Fleet", now=utc_now)
    boss = workspace.add_user("U0BOSS", "Boss", "boss")
    workspace.add_channel("C0CARE", "care", [boss])
    server = DemoServer(workspace)
    await server.start()
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | {
        "SLACK_BOT_TOKEN": workspace.token, "SLACK_SIGNING_SECRET": workspace.signing_secret,
        "SLACK_API_URL": server.api_url, "DATABASE_URL": url, "CARE_CHANNEL": "C0CARE",
    }  # fmt: skip
    made = Fleet(workspace, open_database(url).open(), environment, folder)
    try:
        yield made
    finally:
        for replica in made.replicas:
            if replica.process.returncode is None:
                await replica.dies()
        await made.database.close()
        await server.stop()
