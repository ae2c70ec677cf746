"""A town: the real bot, the demo workspace and a clock, over real HTTP; people are spoken of, never payloads."""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session

import storage
import storage.migrations
from bot.chat import Inbound
from bot.demo.start import DemoClock, Together, together
from bot.demo.teams.tenant import Tenant
from bot.demo.workspace import User, Workspace
from tests.adaptive import SCHEMA, faults, read_as_markdown, validate
from tests.blockkit import boxes
from tests.demo_conformance import SCHEMAS, conforms
from tests.demo_driver import Person, Place, Stage
from tests.demo_slack import SlackPlatform
from tests.demo_teams import TeamsPlatform
from tests.demo_teams_town import CARE, TEAM, WORDS, known, northwind_on_teams, sent
from tests.postgres import Server, found

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
T = TypeVar("T")


@dataclass
class Town:
    """Who lives here: ana (guest, Lisbon) works for mo (Chicago); kei (Tokyo) is care; ada is admin; lee is nobody yet."""

    world: Together
    stage: Stage
    ids: dict[str, int] = field(default_factory=dict)

    @property
    def chat(self) -> Workspace | Tenant:
        """Where they talk to the bot."""
        return self.world.teams.tenant if self.world.teams else self.world.workspace

    def person(self, name: str) -> Person:
        return self.stage.person(name)

    def channel(self, name: str) -> Place:
        return self.stage.channel(name)

    @property
    def now(self) -> datetime:
        return self.world.clock.now()

    @property
    def workspace(self) -> int:
        """The id of what is kept of this chat."""
        side = self.world.app.teams if self.world.teams else self.world.app.slack
        assert side is not None
        return side.workspace

    async def runs(self, handle: str, route: str, value: str) -> str:
        """What the bot answers to a button that this person was never shown, as text."""
        team = self.world.teams.tenant.tenant_id if self.world.teams else self.world.workspace.team_id
        come = Inbound(f"{route}:{value}:{handle}", team, self.chat.person(handle).id, route, value)
        return str((await self.world.app.turns.run(come, self.workspace)).outcome)

    async def settle(self) -> None:
        await self.stage.settle()

    async def joins(self, name: str, handle: str, **more: Any) -> None:
        """Somebody new is here."""
        user = self.newcomer(name, handle, **more)
        await (self.world.teams.clients.joined(user) if self.world.teams else self.world.outbox.team_join(user))
        await self.settle()

    def newcomer(self, name: str, handle: str, **more: Any) -> User:
        """Somebody, perhaps an app, is new and the bot is not told."""
        kind = "U0" if not self.world.teams else "28:" if more.get("bot") else "29:"
        return self.chat.add_user(kind + (handle if self.world.teams else handle.upper()), name, handle, **more)

    async def changes(self, handle: str, **profile: Any) -> None:
        """Somebody's profile is another now. Teams tells nobody; what somebody writes next tells their zone and language."""
        user = self.chat.person(handle)
        vars(user).update(profile)
        if self.world.teams:
            await self.person(handle).says("I am here.")
        else:
            await self.world.outbox.user_change(user)
        await self.settle()

    async def leaves(self, handle: str) -> None:
        """Somebody's account is closed."""
        user = self.chat.person(handle)
        user.deleted = True
        await (self.world.teams.clients.left(user) if self.world.teams else self.world.outbox.user_change(user))
        await self.settle()

    async def enters(self, handle: str, channel: str) -> None:
        """Somebody, perhaps the bot, comes into a channel."""
        who, by = self.chat.person(handle), self.chat.person("ada")
        if self.world.teams:
            answer = await self.world.teams.clients.entered(who, self.world.teams.tenant.channel(channel), by)
        else:
            answer = await self.world.outbox.member_joined_channel(who, self.world.workspace.channel(channel))
        assert answer.ok, "the bot did not take it"
        await self.settle()

    def shuts_out(self, handle: str, channel: str) -> None:
        """Somebody, perhaps the bot, is in a channel no more, and nobody tells."""
        self.chat.channel(channel).members.remove(self.chat.person(handle).id)

    @property
    def slash(self) -> str:
        """What stands before a command that is typed where others are."""
        return "" if self.world.teams else "/contractor "

    def called(self, channel: str) -> str:
        """What the bot calls a channel: Slack tells it no more than an id."""
        return channel if self.world.teams else self.chat.channel(channel).id

    def no_card_changes(self) -> None:
        """From now on the chat lets the bot change no card."""
        self.chat.faults.add("error", method="activities.update" if self.world.teams else "chat.update")

    def no_messages(self, times: int | None = None) -> None:
        """From now on the chat takes no message of the bot's, or not so many."""
        self.chat.faults.add("error", times, "activities.send" if self.world.teams else "chat.postMessage")

    async def heard(self, handle: str) -> None:
        """The bot knows where somebody is: Teams tells it with what they write, Slack told it when they came."""
        if self.world.teams:
            await self.person(handle).home()

    def markup(self) -> list[str]:
        """Every text of the bot's cards in which the chat looks for markup of its own."""
        if self.world.teams:
            return [text for card in sent(self.world.teams.tenant) for text in read_as_markdown(card)]
        posted = [one for place in self.world.workspace.channels.values() for one in place.messages]
        told = [box["text"] for one in posted for box in boxes(one.blocks) if box.get("type") == "mrkdwn"]
        return told + [one.text for one in posted if one.user == self.world.workspace.bot.id]

    async def goes(self, **span: float) -> None:
        """Let time pass."""
        from datetime import timedelta

        await self.world.later(timedelta(**span))

    async def until(self, local: str, zone: str) -> None:
        """Let time pass until it is "2026-11-26 15:00" there."""
        await self.world.travel(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)))

    async def db(self, work: Callable[[Session], T]) -> T:
        """Look at, or prepare, what is kept."""
        return await self.world.app.database.write(work, self.workspace)

    async def person_id(self, handle: str) -> int:
        user = self.chat.person(handle).id

        def look(db: Session) -> int:
            found = storage.people.by_user(db, user)
            assert found is not None
            assert found.id is not None
            return found.id

        return await self.db(look)

    async def engage(self, contractor: str = "ana", manager: str = "mo", **more: Any) -> int:
        """A running engagement, and a pulse on the calendar."""
        about: dict[str, Any] = {"role": "Data engineer", "bottleneck": "Reports take a week", "starts_on": date(2026, 11, 2),
                 "status": "active", "channel": self.chat.channel("project").id} | more  # fmt: skip
        contractor_id, manager_id = await self.person_id(contractor), await self.person_id(manager)

        def make(db: Session) -> int:
            made = storage.engagements.Engagement(contractor_id=contractor_id, manager_id=manager_id, **about)
            db.add(made)
            db.flush()
            person = storage.people.get(db, contractor_id)
            storage.pulse.plan_next(db, storage.pulse.schedule(db, contractor_id), person.zone, self.now)
            assert made.id is not None
            return made.id

        return await self.db(make)

    async def ledger(self) -> list[tuple[str, str, str]]:
        """(key, state, reason) of everything the bot owed anybody."""
        from sqlmodel import select

        def look(db: Session) -> list[tuple[str, str, str]]:
            rows = db.exec(select(storage.deliveries.Delivery)).all()
            return [(row.key, row.state, row.reason) for row in rows]

        return await self.db(look)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One migrated, empty database; tests copy it."""
    path = tmp_path_factory.mktemp("database") / "care.db"
    storage.migrations.ensure(str(path))
    return path


def northwind(clock: DemoClock) -> Workspace:
    """A small workspace."""
    workspace = Workspace(name="Northwind", now=clock.now)
    people: dict[str, User] = {
        "ana": workspace.add_user("U0ANA", "Ana Sousa", "ana", email="ana@example.com", tz="Europe/Lisbon", guest=True),
        "mo": workspace.add_user("U0MO", "Mo Haddad", "mo", email="mo@example.com", tz="America/Chicago"),
        "kei": workspace.add_user("U0KEI", "Kei Mori", "kei", email="kei@example.com", tz="Asia/Tokyo"),
        "ada": workspace.add_user("U0ADA", "Ada Berg", "ada", email="ada@example.com", tz="Europe/Berlin", admin=True),
        "lee": workspace.add_user("U0LEE", "Lee Park", "lee", email="lee@example.com", tz="Asia/Kathmandu"),
    }
    workspace.add_channel("C0CARE", "care", [people["kei"]], kind="group")
    workspace.add_channel("C0TEAM", "team", list(people.values()))
    workspace.add_channel("C0PROJ", "project", [people["ana"], people["mo"], people["lee"]])
    return workspace


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A file's conversations run on every chat that its `chats` marker names; some only on one, with the reason."""
    marker = metafunc.definition.get_closest_marker("chats")
    if marker is None or "town" not in metafunc.fixturenames:
        return
    only = metafunc.definition.get_closest_marker("only")
    metafunc.parametrize("town", only.args if only else marker.args, indirect=True)


@pytest.fixture
def kept(tmp_path: Path, migrated: Path) -> str:
    """Where the town's bot keeps everything: a file of its own. What runs on PostgreSQL names another place."""
    return str(shutil.copy(migrated, tmp_path / "care.db"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL that databases can be made on."""
    with found() as server:
        yield server


@pytest.fixture
def empty_postgres(postgres: Server) -> Iterator[str]:
    """The address of a database of the test's own, with nothing in it."""
    url = postgres.empty()
    yield url
    postgres.drop(url)


@pytest.fixture
def migrated_postgres(postgres: Server) -> Iterator[str]:
    """The address of a database of the test's own, with today's tables in it."""
    url = postgres.migrated()
    yield url
    postgres.drop(url)


@pytest.fixture
async def town(request: pytest.FixtureRequest, kept: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    """The small workspace with the bot running in it, on a Monday morning."""
    for name in ("SLACK_APP_TOKEN", "PORT", "HOST", "METRICS_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("bot.followups.AGAIN", (0.01, 0.02, 0.03))
    clock = DemoClock(MONDAY)
    makes = on_teams if getattr(request, "param", "slack") == "teams" else on_slack
    async with makes(clock, kept) as made:
        yield made


@asynccontextmanager
async def on_slack(clock: DemoClock, database: str) -> AsyncIterator[Town]:
    """The town in a Slack workspace."""
    environment = {"CARE_CHANNEL": "C0CARE", "INTRO_CHANNEL": "C0TEAM"}
    async with together(northwind(clock), clock, database, environment) as world:
        await world.app.settled_in()
        yield Town(world, Stage(SlackPlatform(world.outbox), world.settle))
        if (SCHEMAS / "slack").is_dir():  # whatever a conversation made either side say is of Slack's own types
            conforms(world.workspace)


@asynccontextmanager
async def on_teams(clock: DemoClock, database: str) -> AsyncIterator[Town]:
    """The same town in a Teams organisation: the app was added to the team, and everybody has written to it once."""
    tenant = northwind_on_teams(clock)
    environment = {"TEAMS_CARE_CHANNEL": CARE, "TEAMS_INTRO_CHANNEL": TEAM}
    async with together(Workspace(now=clock.now), clock, database, environment, tenant=tenant, slack=False) as world:
        assert world.teams is not None
        await world.teams.clients.add_to_team(tenant.person("ada"))
        made = Town(world, Stage(TeamsPlatform(world.teams.clients, WORDS, world.settle), world.settle))
        await world.settle()
        await made.db(lambda db: known(db, tenant, clock.now()))
        await world.settle()
        yield made
        assert [fault for card in sent(tenant) for fault in faults(card)] == []
        if SCHEMA.is_file():
            for card in sent(tenant):
                validate(card)
