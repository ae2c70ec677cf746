"""The bot and its local chats in one process, on one clock that can be moved by hand: for the demo and the tests."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.app import App, serving
from bot.demo.api import DemoServer
from bot.demo.outbox import Outbox
from bot.demo.teams.tenant import Tenant
from bot.demo.teams.together import TeamsSide
from bot.demo.workspace import Workspace
from bot.settings import Settings, names

STEP = timedelta(seconds=1)  # until what was due and could not happen (its chat asked to wait) is tried again
MOST_MOMENTS = 10_000  # of one journey: a loop that plans for its own instant would never end


@dataclass
class DemoClock:
    """A clock that stands still or runs, and can be put forward."""

    moved: datetime
    running_since: datetime | None = None

    def now(self) -> datetime:
        """What time it is in the demo."""
        if self.running_since is None:
            return self.moved
        return self.moved + (datetime.now(UTC) - self.running_since)

    def put_forward(self, to: datetime) -> None:
        """Never back."""
        self.moved = max(to, self.now())
        if self.running_since is not None:
            self.running_since = datetime.now(UTC)


@dataclass
class Together:
    """A running bot, its workspace, its organisation on Teams where it has one, and their clock."""

    app: App
    workspace: Workspace
    server: DemoServer
    outbox: Outbox
    clock: DemoClock
    bot_url: str
    teams: TeamsSide | None = None
    settled: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def settle(self) -> None:
        """Let the bot finish what is due or under way at this moment."""
        async with self.settled:
            sides = [side for side in (self.app.slack, self.app.teams) if side is not None]
            while True:
                for side in sides:
                    await side.drain()
                happened = await self.app.tick() + await self.app.courier.drain()
                if self.app.courier.busy:
                    await asyncio.sleep(0.001)
                elif not happened and not any(side.busy for side in sides):
                    return

    async def travel(self, to: datetime) -> None:
        """Move time forward through each successive due instant, so that what lies between is played."""
        await self.settle()
        for _ in range(MOST_MOMENTS):
            moment = await self.app.next_moment()
            if moment is not None and moment <= self.clock.now():
                moment = self.clock.now() + STEP
            if moment is None or moment > to:
                break
            self.clock.put_forward(moment)
            await self.outbox.deliver_due()
            await self.settle()
        self.clock.put_forward(to)
        await self.outbox.deliver_due()
        await self.settle()

    async def later(self, span: timedelta) -> None:
        """Move time forward by this much."""
        await self.travel(self.clock.now() + span)


@asynccontextmanager
async def together(
    workspace: Workspace,
    clock: DemoClock,
    database: str,
    environment: Mapping[str, str],
    prepare: Callable[[DemoServer, Outbox], None] | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    tenant: Tenant | None = None,
    prepare_teams: Callable[[DemoServer, TeamsSide], None] | None = None,
    slack: bool = True,
) -> AsyncIterator[Together]:
    """Start the chats, then the bot against them. `database` is a file; host and port are the chats'.

    With a tenant the bot is on Teams too; without `slack` it is not on Slack, and the workspace stands idle.
    """
    async with AsyncExitStack() as stack:
        server, outbox = DemoServer(workspace, host=host, port=port), Outbox(workspace)
        stack.push_async_callback(outbox.close)
        teams = TeamsSide(tenant, server) if tenant is not None else None
        if teams is not None:
            stack.push_async_callback(teams.clients.close)
            if prepare_teams is not None:
                prepare_teams(server, teams)
        if prepare is not None:
            prepare(server, outbox)
        await server.start()
        stack.push_async_callback(server.stop)
        told = {"DATABASE_URL": database if "://" in database else f"sqlite+aiosqlite:///{database}"}
        told |= workspace_environment(workspace, server) if slack else {}
        told |= teams.started(server.url) if teams else {}
        for name in names():  # a real chat's settings beside it must not change what the demo is
            os.environ.pop(name, None)
        os.environ.update(told | {**environment})
        app = App(Settings(), clock.now, paced=False)
        await app.start()
        stack.push_async_callback(app.stop)
        bot_port = await stack.enter_async_context(serving(app.site(), "127.0.0.1", 0))
        url = f"http://127.0.0.1:{bot_port}"
        outbox.bot_url = f"{url}/slack/events"
        if teams is not None:
            teams.clients.bot_url = f"{url}/api/messages"
        yield Together(app, workspace, server, outbox, clock, outbox.bot_url, teams)


def workspace_environment(workspace: Workspace, server: DemoServer) -> dict[str, str]:
    """What the bot is told of its workspace."""
    return {
        "SLACK_BOT_TOKEN": workspace.token,
        "SLACK_SIGNING_SECRET": workspace.signing_secret,
        "SLACK_API_URL": server.api_url,
    }
