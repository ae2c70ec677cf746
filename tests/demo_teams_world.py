"""A Teams organisation with people, its Bot Connector, and a bot of a few lines, for the tests of the demo itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from aiohttp import ClientSession, web

from bot.app import utc_now
from bot.demo.api import DemoServer
from bot.demo.organisation import Json, User
from bot.demo.teams.cards import ADAPTIVE
from bot.demo.teams.clients import Clients
from bot.demo.teams.connector import SCOPE, Connector
from bot.demo.teams.keys import ISSUER, KEY_ID, Keys
from bot.demo.teams.tenant import Activity, Tenant

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class FakeBot:
    """A bot of a few lines: checks who sends, hears everything, answers what a test tells it to."""

    def __init__(self, keys: Keys, app_id: str) -> None:
        self.keys, self.app_id = keys, app_id
        self.heard: list[Json] = []
        self.claims: list[Json] = []
        self.answers: dict[str, Any] = {}
        self.status = 200
        self.pause = 0.0
        self.then: Callable[[Json], Awaitable[None]] | None = None

    async def hear(self, request: web.Request) -> web.Response:
        activity = await request.json()
        token = request.headers["Authorization"].removeprefix("Bearer ")
        assert jwt.get_unverified_header(token)["kid"] == KEY_ID
        public = self.keys.private.public_key()
        self.claims.append(jwt.decode(token, public, ["RS256"], audience=self.app_id, issuer=ISSUER))
        self.heard.append(activity)
        if self.then:
            await self.then(activity)
        await asyncio.sleep(self.pause)
        answer = self.answers.get(activity.get("name", activity["type"]))
        return web.Response(status=self.status) if answer is None else web.json_response(answer, status=self.status)

    @property
    def kinds(self) -> list[str]:
        return [str(each.get("name", each["type"])) for each in self.heard]


@dataclass
class TeamsWorld:
    """An organisation, its people, its connector, and the bot they talk to."""

    tenant: Tenant
    clients: Clients
    connector: Connector
    bot: FakeBot
    http: ClientSession
    people: dict[str, User] = field(default_factory=dict)
    token: str = ""
    clock: datetime = MONDAY

    def later(self, **span: float) -> None:
        self.clock += timedelta(**span)

    async def sign_in(self, **other: str) -> tuple[int, Json]:
        """Ask for the bot's token, as the bot does."""
        form = {
            "grant_type": "client_credentials", "client_id": self.tenant.app_id, "client_secret": self.tenant.password,
            "scope": SCOPE,
        } | other  # fmt: skip
        url = f"{self.connector.base}/login/{self.tenant.tenant_id}/oauth2/v2.0/token"
        async with self.http.post(url, data=form) as response:
            body = await response.json()
            self.token = body.get("access_token", self.token)
            return response.status, body

    async def call(self, verb: str, path: str, body: Json | None = None) -> tuple[int, Json]:
        """One call of the Bot Connector."""
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"{self.tenant.service_url}v3/conversations{path}"
        async with self.http.request(verb, url, json=body, headers=headers) as response:
            return response.status, await response.json(content_type=None)

    async def chat(self, who: str) -> str:
        """The 1:1 with somebody, opened as the bot does it."""
        tenant = self.tenant
        body = {"bot": {"id": tenant.bot.id}, "members": [{"id": self.people[who].id}], "tenantId": tenant.tenant_id}
        status, answer = await self.call("POST", "", body)
        assert status == 200, answer
        return str(answer["id"])

    async def shows(self, who: str, card: Json) -> Activity:
        """A card that the bot sent to somebody."""
        place = await self.chat(who)
        status, answer = await self.call("POST", f"/{place}/activities", message(card))
        assert status == 200, answer
        found = self.tenant.conversations[place].find(answer["id"])
        assert found is not None
        return found


@asynccontextmanager
async def a_teams_world() -> AsyncIterator[TeamsWorld]:
    """An organisation that is up, with a bot that answers and is signed in."""
    holder: list[TeamsWorld] = []
    tenant = Tenant(name="Northwind demo", now=lambda: holder[0].clock if holder else MONDAY)
    people = {
        "ana": tenant.add_user("29:ana", "Ana Sousa", "ana", email="ana@example.com", tz="Europe/Lisbon", guest=True),
        "mo": tenant.add_user("29:mo", "Mo Field", "mo", email="mo@northwind.example", tz="America/Chicago"),
        "kei": tenant.add_user("29:kei", "Kei Mori", "kei", email="kei@northwind.example", tz="Asia/Tokyo"),
        "far": tenant.add_user("29:far", "Fay Far", "far", external_team="another"),
    }
    tenant.add_channel("19:care@thread.tacv2", "care", [people["mo"], people["kei"]])
    tenant.add_channel("19:far@thread.tacv2", "far", [people["mo"]], bot=False)
    tenant.in_team = True
    keys = Keys(utc_now)  # the bot reads tokens by the system's time
    server, connector = DemoServer(), Connector(tenant, keys)
    connector.add_to(server)
    bot = FakeBot(keys, tenant.app_id)
    app = web.Application()
    app.router.add_post("/api/messages", bot.hear)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    clients = Clients(tenant, keys, f"http://127.0.0.1:{runner.addresses[0][1]}/api/messages")
    await server.start()
    connector.started(server.url)
    async with ClientSession() as http:
        world = TeamsWorld(tenant, clients, connector, bot, http, people)
        holder.append(world)
        await world.sign_in()
        yield world
    await clients.close()
    await runner.cleanup()
    await server.stop()


def card(*body: Json, **more: Any) -> Json:
    return {"type": "AdaptiveCard", "version": "1.5", "body": list(body)} | more


def words(text: str, **more: Any) -> Json:
    return {"type": "TextBlock", "text": text, "wrap": True} | more


def tap(title: str, verb: str, **care: Any) -> Json:
    data = {"care": {"route": verb, **care}}
    return {
        "type": "Action.Execute", "title": title, "verb": verb, "data": data,
        "fallback": {"type": "Action.Submit", "title": title, "data": data},
    }  # fmt: skip


def opens(title: str, route: str) -> Json:
    return {
        "type": "Action.Submit",
        "title": title,
        "data": {"msteams": {"type": "task/fetch"}, "care": {"route": route}},
    }


def row(*actions: Json) -> Json:
    return {"type": "ActionSet", "actions": list(actions)}


def text_input(name: str, label: str, **more: Any) -> Json:
    return {"type": "Input.Text", "id": name, "label": label} | more


def submits(title: str, route: str) -> Json:
    return row({"type": "Action.Submit", "title": title, "data": {"care": {"route": route}}})


def dialog(title: str, content: Json) -> Json:
    shown = {"contentType": ADAPTIVE, "content": content}
    return {"task": {"type": "continue", "value": {"title": title, "width": "medium", "card": shown}}}


def message(content: Json | None = None, **more: Any) -> Json:
    attached = {"attachments": [{"contentType": ADAPTIVE, "content": content}]} if content else {}
    return {"type": "message", "summary": "A card", **attached} | more
