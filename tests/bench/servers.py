"""The two servers that are compared, each in a process of its own: `python -m tests.bench.servers bare|bot DATABASE_URL`."""

import asyncio
import contextlib
import os
import re
import sys
from datetime import UTC, date, datetime
from typing import Any

from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from sqlmodel import Session

import storage
import storage.migrations
from bot.app import App, serving, settle_memory
from bot.care.pulse import OPEN_FOR
from bot.demo.api import DemoServer
from bot.demo.workspace import Workspace
from bot.settings import Settings
from bot.slack.app import Slack

SECRET = "bench-secret"
PEOPLE = 1000


async def bare() -> web.Application:
    """The least a Bolt app can do: one listener that acknowledges."""

    async def authorize(**_: Any) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id="T0DEMO", bot_token="xoxb-x", bot_user_id="U0BOT", bot_id="B0"
        )

    app = AsyncApp(signing_secret=SECRET, authorize=authorize)

    @app.action(re.compile("pulse.answer"))
    async def answer(ack: Any) -> None:
        await ack()

    return app.server(path="/slack/events").web_app


def people(db: Session, now: datetime) -> None:
    """A thousand contractors, each with an open round."""
    for n in range(PEOPLE):
        person = storage.people.Person(user=f"U{n}", name=f"Person {n}", zone="Europe/Lisbon", welcomed_at=now)
        db.add(person)
        db.flush()
        db.add(
            storage.engagements.Engagement(
                contractor_id=person.id or 0, manager_id=1, role="r", bottleneck="b", starts_on=date(2026, 1, 1), status="active"
            )
        )  # fmt: skip
        storage.pulse.open_round(db, person.id or 0, "2026-W48", ("week", "support"), now, now + OPEN_FOR)


@contextlib.asynccontextmanager
async def bot(url: str) -> Any:
    """The bot as it is, but for the follow-up call that changes the card on the screen."""

    async def nothing(*_: object) -> None:
        return None

    Slack._follow = nothing  # type: ignore[assignment, method-assign]
    workspace = Workspace(now=lambda: datetime.now(UTC), signing_secret=SECRET)
    server = DemoServer(workspace)
    await server.start()
    os.environ.update(
        SLACK_BOT_TOKEN=workspace.token, SLACK_SIGNING_SECRET=SECRET, SLACK_API_URL=server.api_url,
        DATABASE_URL=url,
    )  # fmt: skip
    app = App(Settings())
    await app.start()
    assert app.slack is not None
    await app.database.write(lambda db: people(db, app.now()), app.slack.workspace)
    settle_memory()  # as `run` does
    yield app.site()
    await app.stop()
    await server.stop()


async def main(which: str, url: str) -> None:
    """Serve until the parent goes; says the port on stdout."""
    async with contextlib.AsyncExitStack() as stack:
        site = await bare() if which == "bare" else await stack.enter_async_context(bot(url))
        port = await stack.enter_async_context(serving(site, "127.0.0.1", 0))
        print(port, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
