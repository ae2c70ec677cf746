"""The workspace, what is in the database before the first start, and the process that is killed."""

import asyncio
import contextlib
import os
import random
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import aiohttp
from sqlmodel import Session

import storage
from bot.app import utc_now
from bot.care.occurrences import iso_week
from bot.demo.api import DemoServer
from bot.demo.outbox import Outbox
from bot.demo.workspace import Workspace
from storage.database import EVERYONE, open_database
from tests.torture.plan import CHANCES, Weather

MANAGERS = 8
ACKNOWLEDGED = 10  # seconds the workspace waits for an answer: on a busy machine three say nothing of the bot
STALLS = max(most for _kind, _share, most in CHANCES)


@dataclass
class Clock:
    """The system's time and what was jumped over."""

    ahead: timedelta = timedelta(0)

    def now(self) -> datetime:
        return utc_now() + self.ahead


@dataclass
class World:
    """A workspace and a bot in a process of its own, started anew as often as it ends."""

    workspace: Workspace
    outbox: Outbox
    weather: Weather
    clock: Clock
    folder: Path
    environment: dict[str, str]
    process: Process | None = None
    starts: int = 0
    ended: list[int] = field(default_factory=list)  # exit codes of those that ended by themselves

    @property
    def database(self) -> str:
        """Its address."""
        return self.environment["DATABASE_URL"]

    @property
    def log(self) -> Path:
        return self.folder / "bot.log"

    async def start(self) -> None:
        """Start the bot; nobody waits until it answers."""
        self.starts += 1
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.torture.bot", str(self.clock.ahead.total_seconds()),
                env=self.environment, stdout=log, stderr=log,
            )  # fmt: skip

    async def answers(self) -> None:
        """Wait until it does, or has ended by itself: on a busy machine a start takes longer than a life."""
        assert self.process is not None
        address = f"http://127.0.0.1:{self.environment['PORT']}/healthz"
        async with aiohttp.ClientSession() as http:
            while self.process.returncode is None:
                with contextlib.suppress(aiohttp.ClientError):
                    async with http.get(address):
                        return
                await asyncio.sleep(0.05)

    async def end(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End it, and note it when it had ended already."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(how)
        else:
            self.ended.append(self.process.returncode)
        await self.process.wait()

    async def jump(self, seconds: float) -> None:
        """Let time pass unseen. What the workspace still thinks about is answered first: time passes for it, too."""
        await asyncio.sleep(STALLS)
        self.clock.ahead += timedelta(seconds=seconds)


@asynccontextmanager
async def a_world(
    folder: Path, seed: str, contractors: int, port: int, span: float, database: str = ""
) -> AsyncIterator[World]:
    """Everything but the process. The database is a file in the folder, or what is at an address."""
    clock, weather = Clock(), Weather(seed)
    workspace = Workspace(name="Torture", now=clock.now)
    workspace.faults = weather
    managers = [workspace.add_user(f"U0M{n}", f"Manager {n}", f"m{n}") for n in range(MANAGERS)]
    people = [workspace.add_user(f"U0C{n:05d}", f"Contractor {n}", f"c{n}") for n in range(contractors)]
    workspace.add_channel("C0CARE", "care", managers[:2])
    workspace.add_channel("C0TEAM", "team", [*managers, *people])
    server = DemoServer(workspace)
    outbox = Outbox(workspace, f"http://127.0.0.1:{port}/slack/events", ack_seconds=ACKNOWLEDGED)
    await server.start()
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ} | {
        "SLACK_BOT_TOKEN": workspace.token, "SLACK_SIGNING_SECRET": workspace.signing_secret,
        "SLACK_API_URL": server.api_url, "DATABASE_URL": database or f"sqlite+aiosqlite:///{folder}/care.db", "PORT": str(port),
        "CARE_CHANNEL": "C0CARE", "INTRO_CHANNEL": "C0TEAM",
    }  # fmt: skip
    world = World(workspace, outbox, weather, clock, folder, environment)
    await prepare(world, seed, span)
    try:
        yield world
    finally:
        if world.process is not None and world.process.returncode is None:
            await world.end()
        await outbox.close()
        await server.stop()


async def prepare(world: World, seed: str, span: float) -> None:
    """Managers, contractors, who works for whom, and when in the next `span` seconds each is asked."""
    database = open_database(world.database)
    await database.prepare()
    database.open()
    chance, now, workspace = random.Random(f"{seed}:people"), world.clock.now(), world.workspace

    def team(db: Session) -> int:
        return int(storage.people.workspace(db, "slack", workspace.team_id).id or 0)

    def people(db: Session) -> None:
        ids = {}
        for user in (one for one in workspace.users.values() if not one.bot):
            person = storage.people.Person(user=user.id, name=user.name, days="1234567")
            db.add(person)
            db.flush()
            ids[user.id] = person.id or 0
        managers = [ids[f"U0M{n}"] for n in range(MANAGERS)]
        for contractor in (ids[one] for one in ids if one.startswith("U0C")):
            db.add(storage.engagements.Engagement(
                contractor_id=contractor, manager_id=chance.choice(managers), role="r", bottleneck="b",
                starts_on=date(2026, 1, 1), status="active"))  # fmt: skip
            due = now + timedelta(seconds=chance.uniform(0, span))
            storage.occurrences.plan(db, "pulse.ask", contractor, due, iso_week(due.date()))

    await database.write(people, await database.write(team, EVERYONE))
    await database.close()
