"""The demo's page: a browser client of one local workspace, for several personas. Loopback only, no outside assets."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import yaml
from aiohttp import web
from jinja2 import Environment, FileSystemLoader

from bot.demo import shapes
from bot.demo.api import DemoServer
from bot.demo.faults import KINDS
from bot.demo.outbox import Answer, Outbox
from bot.demo.workspace import ClientRefusal, Exchange, Json, Message, SlackError, User, View, Workspace

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
HERE = Path(__file__).parent
LOOPBACK = frozenset(("127.0.0.1", "localhost", "[::1]"))
SHOWN = 150  # messages per channel; older ones stay in the workspace
BREATH = 0.15  # seconds between two news of a busy workspace
KEEP_ALIVE = 20.0
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
TRAVELS = {"hour": "+1 hour", "day": "+1 day", "pulse": "Next pulse", "golden": "Next golden hour"}


@dataclass(frozen=True)
class Persona:
    """Somebody whose client the page can be; `about` says who that is in a few words."""

    user: User
    about: str


@dataclass(frozen=True)
class GalleryItem:
    """One example card, as both platforms are sent it."""

    name: str
    slack_blocks: list[Json]
    teams_card: Json | None = None


@dataclass
class Page:
    """What the page needs: a workspace's clients, its personas, and what only the demo's owner can do."""

    outbox: Outbox
    personas: list[Persona]
    travel: Callable[[str], Awaitable[datetime]] | None = None  # takes a key of TRAVELS
    gallery: Callable[[], list[GalleryItem]] | None = None
    manifest: Path = Path("manifest.yml")
    hosts: frozenset[str] = LOOPBACK  # names under which the page may be opened
    _menu: Json = field(default_factory=dict)

    @property
    def workspace(self) -> Workspace:
        """The workspace whose clients these are."""
        return self.outbox.workspace

    def add_to(self, server: DemoServer) -> None:
        """Serve the page at the server's root; call it before the server starts."""
        self._menu = read_manifest(self.manifest)
        server.app.middlewares.append(self._guard)
        server.app.add_routes(
            [
                web.get("/", self._index),
                web.get("/state", self._state),
                web.get("/news", self._news),
                web.get("/log", self._log),
                web.get("/gallery", self._gallery),
                web.post("/do/{verb}", self._do),
                web.static("/static", HERE / "static"),
            ]
        )

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Only this page, opened on this machine, gets in: a name that merely resolves to it does not."""
        if request.path.startswith(("/api/", "/response/")):
            return await handler(request)
        if host_name(request.host) not in self.hosts:
            raise web.HTTPForbidden(text="Open the demo at its loopback address.")
        if request.method == "POST" and not self._own(request):
            raise web.HTTPForbidden(text="Only the demo's own page may do this.")
        response = await handler(request)
        if not response.prepared:
            response.headers.update(HEADERS)
        return response

    def _own(self, request: web.Request) -> bool:
        origin = request.headers.get("Origin", "")
        return origin == f"http://{request.host}" and request.content_type == "application/json"

    # -- what the page shows -----------------------------------------------------------------------

    async def _index(self, request: web.Request) -> web.Response:
        templates = Environment(loader=FileSystemLoader(HERE), autoescape=True)
        html = templates.get_template("page.html").render(
            workspace=self.workspace,
            personas=[{**shapes.user(self.workspace, each.user), "about": each.about} for each in self.personas],
            travels=TRAVELS if self.travel else {},
            faults=KINDS,
            gallery=bool(self.gallery),
        )
        return web.Response(text=html, content_type="text/html")

    async def _state(self, request: web.Request) -> web.Response:
        return web.json_response(self.state_for(self._persona(request.query.get("as", ""))))

    def state_for(self, me: User) -> Json:
        """Everything one persona can see now."""
        workspace = self.workspace
        mine = [workspace.dm(me.id), *(each for each in workspace.channels.values() if me.id in each.members)]
        stack, home = workspace.modals.get(me.id) or [], workspace.homes.get(me.id)
        return {
            "revision": workspace.revision,
            "now": workspace.now().isoformat(),
            "me": me.id,
            "bot": workspace.bot.id,
            "commands": self._menu["commands"] if me.has_commands else [],
            "shortcuts": self._menu["shortcuts"],
            "people": {each.id: self._person(each) for each in [*workspace.users.values(), workspace.slackbot]},
            "channels": list(
                {each.id: {"id": each.id, "name": each.name, "kind": each.kind} for each in mine}.values()
            ),
            "messages": {each.id: [self._message(said) for said in visible(each.messages, me)] for each in mine},
            "modal": shapes.view(workspace, stack[-1]) | {"depth": len(stack)} if stack else None,
            "home": shapes.view(workspace, home) if home else None,
            "faults": [fault.kind for fault in workspace.faults.active],
            "pace": workspace.pace.enabled,
            "newest": {each.user.id: self._newest(each.user) for each in self.personas},
        }

    def _newest(self, who: User) -> str:
        """When somebody else last said something that this persona can see, as Slack's ts."""
        places = (each for each in self.workspace.channels.values() if who.id in each.members)
        said = (message for place in places for message in reversed(visible(place.messages, who)))
        return max((each.ts for each in said if each.user != who.id), default="0")

    def _person(self, who: User) -> Json:
        kind = "bot" if who.bot else "guest" if not who.has_commands else "admin" if who.admin else "member"
        shown = {"name": who.name, "handle": who.handle, "tz": who.tz, "title": who.title, "kind": kind}
        return shown | {"deleted": who.deleted, "locale": who.locale}

    def _message(self, said: Message) -> Json:
        shown = shapes.message(self.workspace, said)
        return shown | {"channel": said.channel, "only_you": bool(said.only_for)}

    async def _news(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: the revision, whenever something changed."""
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", **HEADERS})
        await stream.prepare(request)
        try:
            while True:
                await stream.write(b"data: %d\n\n" % self.workspace.revision)
                await self.workspace.next_change(KEEP_ALIVE)
                await asyncio.sleep(BREATH)
        except ConnectionError:
            return stream

    async def _log(self, request: web.Request) -> web.Response:
        return web.json_response([self._exchange(each) for each in reversed(self.workspace.log)])

    def _exchange(self, each: Exchange) -> Json:
        return {
            "at": each.at.isoformat(),
            "who": each.who,
            "what": each.what,
            "status": each.status,
            "note": each.note,
            "sent": each.sent,
            "answer": each.answer,
        }

    async def _gallery(self, request: web.Request) -> web.Response:
        items = self.gallery() if self.gallery else []
        shown = [{"name": each.name, "blocks": each.slack_blocks, "card": each.teams_card} for each in items]
        return web.json_response(shown)

    # -- what a persona does -----------------------------------------------------------------------

    async def _do(self, request: web.Request) -> web.Response:
        act = VERBS.get(request.match_info["verb"])
        try:
            asked = json.loads(await request.text())
            if act is None or not isinstance(asked, dict):
                raise web.HTTPNotFound(text="There is no such thing to do.")
            me = self._persona(str(asked.get("as", "")))
            return web.json_response(await act(self, me, asked))
        except ClientRefusal as refused:
            return web.json_response({"problem": str(refused)})
        except SlackError as refused:
            return web.json_response({"problem": f"That is no longer there ({refused.code})."})
        except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as broken:
            raise web.HTTPBadRequest(text="The page asked for something incomplete.") from broken

    def _persona(self, user_id: str) -> User:
        for persona in self.personas:
            if persona.user.id == user_id:
                return persona.user
        raise web.HTTPNotFound(text="There is no such persona.")

    def where(self, asked: Json) -> Message | View:
        """The message or view that an action of the page names."""
        if asked.get("view"):
            return self.workspace.find_view(asked["view"])
        found = self.workspace.channels[asked["channel"]].find(asked["ts"])
        if found is None:
            raise ClientRefusal("That message has gone.")
        return found


async def say(page: Page, me: User, asked: Json) -> Json:
    """Write a message."""
    await page.outbox.message(me, page.workspace.channels[asked["channel"]], asked["text"], asked.get("thread_ts"))
    return {}


async def command(page: Page, me: User, asked: Json) -> Json:
    """Type a slash command."""
    name, _, text = asked["text"].strip().partition(" ")
    return outcome(await page.outbox.command(me, page.workspace.channels[asked["channel"]], name, text.strip()))


async def tap(page: Page, me: User, asked: Json) -> Json:
    """Tap a button or choose in a list."""
    held, block_id = asked.get("typed") or {}, asked["block_id"]
    return outcome(
        await page.outbox.tap(me, page.where(asked), asked["action_id"], asked.get("given"), held, block_id=block_id)
    )


async def submit(page: Page, me: User, asked: Json) -> Json:
    """Submit the open form."""
    answer, errors = await page.outbox.submit(me, page.workspace.find_view(asked["view"]), asked["typed"])
    return (outcome(answer) if answer else {}) | {"errors": errors}


async def close(page: Page, me: User, asked: Json) -> Json:
    """Close the open form."""
    if page.workspace.modals.get(me.id):
        await page.outbox.close_view(me, everything=bool(asked.get("everything")))
    return {}


async def suggest(page: Page, me: User, asked: Json) -> Json:
    """Search in a list that the bot fills."""
    where, block_id = page.where(asked), asked["block_id"]
    return {"options": await page.outbox.suggest(me, where, asked["action_id"], asked["text"], block_id=block_id)}


async def shortcut(page: Page, me: User, asked: Json) -> Json:
    """Choose a global shortcut, or one of a message."""
    if not asked.get("ts"):
        return outcome(await page.outbox.shortcut(me, asked["callback_id"]))
    where = page.where(asked)
    assert isinstance(where, Message)
    return outcome(await page.outbox.message_action(me, where, asked["callback_id"]))


async def home(page: Page, me: User, asked: Json) -> Json:
    """Open the Home."""
    return outcome(await page.outbox.open_home(me, asked.get("tab", "home")))


async def fault(page: Page, me: User, asked: Json) -> Json:
    """Switch a fault, or Slack's own rate limits, on or off."""
    if asked["kind"] == "pace":
        page.workspace.pace.enabled = bool(asked["on"])
    else:
        page.workspace.faults.clear(asked["kind"])
        if asked["on"]:
            page.workspace.faults.add(asked["kind"], seconds=3.0 if asked["kind"] == "slow" else 5.0)
    page.workspace.changed()
    return {}


async def travel(page: Page, me: User, asked: Json) -> Json:
    """Let time pass."""
    if page.travel is None or asked["to"] not in TRAVELS:
        raise ClientRefusal("Time cannot be moved here.")
    now = await page.travel(asked["to"])
    await page.outbox.deliver_due()
    page.workspace.changed()
    return {"now": now.isoformat()}


VERBS: dict[str, Callable[[Page, User, Json], Awaitable[Json]]] = {
    act.__name__: act for act in (say, command, tap, submit, close, suggest, shortcut, home, fault, travel)
}


def outcome(answer: Answer) -> Json:
    """What a person is told when the bot did not answer, or answered what Slack refuses."""
    if answer.ok:
        return {}
    reason = {"http_timeout": "did not answer within 3 seconds", "connection_failed": "could not be reached"}
    said = answer.refusal or reason.get(answer.error, f"answered with status {answer.status}")
    return {"problem": f"Slack would refuse the answer: {said}" if answer.refusal else f"The bot {said}."}


def visible(messages: list[Message], me: User) -> list[Message]:
    """The newest messages that one person can see."""
    return [each for each in messages if each.only_for in (None, me.id)][-SHOWN:]


def host_name(host: str) -> str:
    """A Host header without its port."""
    return re.sub(r":\d+$", "", host).lower()


def read_manifest(path: Path) -> Json:
    """The commands with their completions, and the shortcuts, that the app declares."""
    declared = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    features = declared.get("features", {})
    commands = features.get("slash_commands") or [{"command": "/contractor", "description": "", "usage_hint": "help"}]
    return {
        "commands": [row for each in commands for row in completions(each)],
        "shortcuts": features.get("shortcuts", []),
    }


def completions(declared: Json) -> list[Json]:
    """A command and, from its usage hint, each of its words."""
    name, about, hint = declared["command"], declared.get("description", ""), declared.get("usage_hint", "")
    words = re.findall(r"(?<![@\w<])[a-z0-9]+(?![\w>])", hint)
    return [{"text": name, "about": about}, *({"text": f"{name} {word}", "about": ""} for word in words)]
