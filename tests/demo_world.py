"""A workspace with people, its server, and a bot of a few lines, for the tests of the workspace itself."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from aiohttp import ClientSession, web

from bot.demo.api import DemoServer
from bot.demo.outbox import Outbox
from bot.demo.workspace import Json, User, Workspace

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
Answering = Callable[[str, Json], Awaitable[Any]]


@dataclass
class Heard:
    """One request that reached the bot."""

    kind: str
    payload: Json
    headers: dict[str, str]
    genuine: bool


class FakeBot:
    """A bot of a few lines: hears everything, answers what a test tells it to."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.heard: list[Heard] = []
        self.answers: dict[str, Any] = {}
        self.status = 200
        self.pause = 0.0
        self.then: Answering | None = None

    async def hear(self, request: web.Request) -> web.Response:
        body = await request.text()
        stamp = request.headers["X-Slack-Request-Timestamp"]
        right = "v0=" + hmac.new(self.secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        kind, payload = told(request.content_type, body)
        genuine = hmac.compare_digest(right, request.headers["X-Slack-Signature"])
        self.heard.append(Heard(kind, payload, dict(request.headers), genuine))
        if self.then:
            await self.then(kind, payload)
        await asyncio.sleep(self.pause)
        answer = self.answers.get(kind)
        if isinstance(answer, dict):
            return web.json_response(answer, status=self.status)
        return web.Response(text=answer or "", status=self.status)


def told(content_type: str, body: str) -> tuple[str, Json]:
    if content_type == "application/json":
        payload = json.loads(body)
        return payload["event"]["type"], payload
    form = {key: values[0] for key, values in parse_qs(body, keep_blank_values=True).items()}
    if "payload" in form:
        payload = json.loads(form["payload"])
        return payload["type"], payload
    return "slash", form


@dataclass
class World:
    """A workspace, its people, its server, and the bot they talk to."""

    workspace: Workspace
    outbox: Outbox
    bot: FakeBot
    server: DemoServer
    http: ClientSession
    people: dict[str, User] = field(default_factory=dict)
    clock: datetime = MONDAY

    def later(self, **span: float) -> None:
        self.clock += timedelta(**span)

    async def call(self, method: str, token: str | None = None, **args: Any) -> Json:
        status, answer, _ = await self.raw(method, token, **args)
        assert status == 200, answer
        return answer

    async def raw(self, method: str, token: str | None = None, **args: Any) -> tuple[int, Json, dict[str, str]]:
        headers = {"Authorization": f"Bearer {token or self.workspace.token}"}
        async with self.http.post(self.server.api_url + method, json=args, headers=headers) as response:
            return response.status, await response.json(), dict(response.headers)

    async def respond(self, url: str, **body: Any) -> tuple[int, Json]:
        async with self.http.post(url, json=body) as response:
            return response.status, await response.json()


@asynccontextmanager
async def a_world(prepare: Callable[[World], None] = lambda world: None) -> AsyncIterator[World]:
    """A workspace that is up, with a bot that answers; `prepare` sees it before the server starts."""
    holder: list[World] = []
    workspace = Workspace(name="Northwind demo", now=lambda: holder[0].clock if holder else MONDAY)
    people = {
        "ana": workspace.add_user("U0ANA", "Ana Sousa", "ana", email="ana@example.com", tz="Europe/Lisbon", guest=True),
        "mo": workspace.add_user("U0MO", "Mo Field", "mo", email="mo@example.com", tz="America/Chicago"),
        "kei": workspace.add_user("U0KEI", "Kei Mori", "kei", tz="Asia/Tokyo", locale="ja-JP"),
        "gone": workspace.add_user("U0GONE", "Gil Gone", "gil", email="gil@example.com", deleted=True),
    }
    workspace.add_channel("C0CARE", "care", [people["mo"], people["kei"]])
    workspace.add_channel("C0FAR", "far", [people["mo"]], bot=False)
    server = DemoServer(workspace)
    bot = FakeBot(workspace.signing_secret)
    app = web.Application()
    app.router.add_post("/slack/events", bot.hear)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    outbox = Outbox(workspace, f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
    async with ClientSession() as http:
        holder.append(World(workspace, outbox, bot, server, http, people))
        prepare(holder[0])
        await server.start()
        yield holder[0]
    await outbox.close()
    await runner.cleanup()
    await server.stop()


def section(text: str, block_id: str = "q") -> Json:
    return {"type": "section", "block_id": block_id, "text": {"type": "mrkdwn", "text": text}}


def button(label: str, action_id: str, value: str = "") -> Json:
    return {"type": "button", "action_id": action_id, "text": {"type": "plain_text", "text": label}, "value": value}


def buttons(*elements: Json, block_id: str = "row") -> Json:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def asks(label: str, element: Json, block_id: str, **more: Any) -> Json:
    return {
        "type": "input",
        "block_id": block_id,
        "label": {"type": "plain_text", "text": label},
        "element": element,
    } | more


TEXT = {"type": "plain_text_input", "action_id": "text"}
TITLE = {"type": "plain_text", "text": "A form"}


def modal(*blocks: Json, **more: Any) -> Json:
    return {"type": "modal", "title": TITLE, "submit": TITLE, "blocks": list(blocks)} | more


async def opened(world: World, who: str, view: Json) -> Any:
    """A modal opened the way a bot does it, from a shortcut."""

    async def open_it(kind: str, payload: Json) -> None:
        if "trigger_id" in payload:
            answer = await world.call("views.open", trigger_id=payload["trigger_id"], view=view)
            assert answer["ok"], answer

    world.bot.then = open_it
    await world.outbox.shortcut(world.people[who], "open")
    world.bot.then = None
    return world.workspace.modals[world.people[who].id][-1]


CHART = {
    "type": "data_visualization",
    "title": "Pulse",
    "chart": {"type": "line", "series": [{"name": "support", "data": [{"label": "W1", "value": 3}]}]},
}
