"""The bot and a local workspace in one process, on one clock that can be moved by hand: for the demo and the tests."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.app import App, serving
from bot.demo.api import DemoServer
from bot.demo.outbox import Outbox
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
    """A running bot, its workspace and their clock."""

    app: App
    workspace: Workspace
    server: DemoServer
    outbox: Outbox
    clock: DemoClock
    bot_url: str
    settled: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def settle(self) -> None:
        """Let the bot finish what is due or under way at this moment."""
        async with self.settled:
            while True:
                if self.app.slack is not None:
                    await self.app.slack.drain()
                happened = await self.app.tick() + await self.app.courier.drain()
                if self.app.courier.busy:
                    await asyncio.sleep(0.001)
                elif not happened and not (self.app.slack and self.app.slack.busy):
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
) -> AsyncIterator[Together]:
    """Start the workspace, then the bot against it. `database` is a file or an address; host and port are the workspace's."""
    async with AsyncExitStack() as stack:
        server, outbox = DemoServer(workspace, host=host, port=port), Outbox(workspace)
        stack.push_async_callback(outbox.close)
        if prepare is not None:
            prepare(server, outbox)
        await server.start()
        stack.push_async_callback(server.stop)
        for name in names():  # a real Slack's settings beside it must not change what the demo is
            os.environ.pop(name, None)
        os.environ.update(
            SLACK_BOT_TOKEN=workspace.token, SLACK_SIGNING_SECRET=workspace.signing_secret, SLACK_API_URL=server.api_url,
            DATABASE_URL=database if "://" in database else f"sqlite+aiosqlite:///{database}", **environment,
        )  # fmt: skip
        app = App(Settings(), clock.now, paced=False)
        await app.start()
        stack.push_async_callback(app.stop)
        bot_port = await stack.enter_async_context(serving(app.site(), "127.0.0.1", 0))
        url = f"http://127.0.0.1:{bot_port}/slack/events"
        outbox.bot_url = url
        yield Together(app, workspace, server, outbox, clock, url)
