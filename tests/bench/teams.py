"""A durable tap on Teams (Action.Execute, a signed token) against the same tap on Slack: CPU of one bot that serves both.

python -m tests.bench.teams
"""

import asyncio
import contextlib
import os
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

from aiohttp import ClientSession
from sqlmodel import Session

import storage
from bot.app import App, serving, settle_memory
from bot.care.pulse import OPEN_FOR
from bot.demo.api import DemoServer
from bot.demo.teams import activities
from bot.demo.teams.connector import Connector
from bot.demo.teams.keys import Keys
from bot.demo.teams.tenant import Tenant
from bot.demo.workspace import Workspace
from bot.settings import Settings
from bot.slack.transport import SlackChat
from bot.teams.connector import TeamsChat
from tests.bench.ground import ground
from tests.bench.servers import PEOPLE, SECRET, people
from tests.bench.taps import Server, tap

ROUNDS, MANY, AT_ONCE = 7, 800, 20


def members(db: Session, now: datetime) -> None:
    """The thousand people of `people`, as Teams calls them."""
    for n in range(PEOPLE):
        person = storage.people.Person(user=f"29:{n}", name=f"Person {n}", zone="Europe/Lisbon", welcomed_at=now)
        db.add(person)
        db.flush()
        terms: dict[str, Any] = {"role": "r", "bottleneck": "b", "starts_on": date(2026, 1, 1), "status": "active"}
        db.add(storage.engagements.Engagement(contractor_id=person.id or 0, manager_id=1, **terms))
        storage.pulse.open_round(db, person.id or 0, "2026-W48", ("week", "support"), now, now + OPEN_FOR)


@contextlib.asynccontextmanager
async def bot(url: str) -> AsyncIterator[tuple[App, str, int]]:
    """One bot on both chats; of what follows a tap only the call outside is left out, on both."""

    async def nothing(*_: object, **__: object) -> dict[str, Any]:
        return {}

    workspace = Workspace(now=lambda: datetime.now(UTC), signing_secret=SECRET)
    tenant, keys = Tenant(now=lambda: datetime.now(UTC)), Keys(lambda: datetime.now(UTC))
    server, connector = DemoServer(workspace), Connector(tenant, keys)
    connector.add_to(server)
    await server.start()
    connector.started(server.url)
    os.environ.update(
        SLACK_BOT_TOKEN=workspace.token, SLACK_SIGNING_SECRET=SECRET, SLACK_API_URL=server.api_url,
        DATABASE_URL=url, **connector.environment,
    )  # fmt: skip
    app = App(Settings())
    await app.start()
    assert app.slack is not None
    assert app.teams is not None
    await app.database.write(lambda db: people(db, app.now()), app.slack.workspace)
    await app.database.write(lambda db: members(db, app.now()), app.teams.workspace)
    first = await app.database.write(lambda db: storage.people.by_user(db, "29:0"), app.teams.workspace)
    assert first is not None
    SlackChat.respond = nothing  # type: ignore[assignment, method-assign]
    TeamsChat.call = nothing  # type: ignore[method-assign]
    settle_memory()  # as `run` does
    yield app, keys.token(tenant.app_id, tenant.service_url), (first.id or 1) - 1
    await app.stop()
    await server.stop()


async def serve(url: str) -> None:
    """Serve until the parent goes; says port, token and the offset of people's ids on stdout."""
    async with bot(url) as (app, token, offset), serving(app.site(), "127.0.0.1", 0) as port:
        assert app.teams is not None
        print(port, token, offset, app.settings.teams.login_url, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def execute(number: int, service_url: str, offset: int) -> dict[str, Any]:
    """The same tap as an activity of the size Teams sends."""
    tenant = Tenant(now=lambda: datetime.now(UTC))
    tenant.service_url = service_url
    person = number % PEOPLE  # so that whoever taps was heard from in the warm-up
    user = tenant.add_user(f"29:{person}", f"Person {person}", f"p{person}")
    data = {"care": {"route": "pulse.answer", "value": f"{offset + person + 1}:week:4"}}
    value = {
        "action": {"type": "Action.Execute", "verb": "pulse.answer", "title": "4", "data": data},
        "trigger": "manual",
    }
    made = activities.invoke(tenant, user, tenant.chat(user.id), "adaptiveCard/action", value, None)
    return made | {"id": f"{time.time_ns()}.{number}", "replyToId": "1"}


async def load(server: Server, requests: list[tuple[str, dict[str, Any]]]) -> float:
    """CPU seconds per request."""
    count = len(requests)

    async def client(session: ClientSession) -> None:
        while requests:
            path, sent = requests.pop()
            async with session.post(f"http://127.0.0.1:{server.port}{path}", **sent) as answer:
                assert answer.status == 200, answer.status
                await answer.read()

    async with ClientSession() as session:
        before = server.cpu()
        await asyncio.gather(*(client(session) for _ in range(AT_ONCE)))
        await rest(server)
    return (server.cpu() - before) / count


async def rest(server: Server) -> None:
    """Until what follows the answers is done too: or one chat's work would be counted as the other's."""
    before = -1.0
    while (now := server.cpu()) != before:
        before = now
        await asyncio.sleep(1.0)


def slack(count: int) -> list[tuple[str, dict[str, Any]]]:
    """Taps on Slack."""
    taps = [tap(n) for n in range(count)]
    return [("/slack/events", {"data": body, "headers": headers}) for body, headers in taps]


def teams(count: int, token: str, service_url: str, offset: int) -> list[tuple[str, dict[str, Any]]]:
    """Taps on Teams, which brings the same token for a while."""
    headers = {"Authorization": f"Bearer {token}"}
    return [("/api/messages", {"json": execute(n, service_url, offset), "headers": headers}) for n in range(count)]


async def compare() -> None:
    """Print the ratio."""
    with ground() as url:
        command = [sys.executable, "-m", "tests.bench.teams", url]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        port, token, offset, login = process.stdout.readline().split()
        server, service_url = Server(process.pid, int(port)), login.replace("/login/", "/")
        about = (token, service_url, int(offset))
        await load(server, slack(200))
        await load(server, teams(PEOPLE, *about))  # warm up, and everybody's clock is known
        ratios, last = [], (0.0, 0.0)
        for _ in range(ROUNDS):
            last = await load(server, slack(MANY)), await load(server, teams(MANY, *about))
            ratios.append(last[1] / last[0])
        process.kill()
        process.wait()
    spread = f"{min(ratios):.2f}–{max(ratios):.2f}"
    print(f"CPU per tap on Teams ÷ on Slack: {statistics.median(ratios):.2f} ({spread}; reach 1.5)")
    print(f"last round: Slack {last[0] * 1000:.2f} ms, Teams {last[1] * 1000:.2f} ms")


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]) if len(sys.argv) > 1 else compare())
