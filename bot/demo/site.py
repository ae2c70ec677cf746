"""The demo's site: one page for every chat it plays, its news, its log, its gallery. Loopback only, no outside assets."""

import asyncio
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from aiohttp import web
from jinja2 import Environment, FileSystemLoader

from bot.demo.api import DemoServer
from bot.demo.faults import KINDS, Pace
from bot.demo.organisation import ClientRefusal, Exchange, Json, Organisation, User
from bot.demo.outbox import Answer

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
HERE = Path(__file__).parent
LOOPBACK = frozenset(("127.0.0.1", "localhost", "[::1]"))
SHOWN = 150  # messages per channel; older ones stay in the workspace
BREATH = 0.15  # seconds between two news of a busy workspace
KEEP_ALIVE = 20.0
PROGRAMS = ("/api/", "/response/", "/teams/")  # what programs call; each asks for a token of its own
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


Act = Callable[[Any, User, Json], Awaitable[Json]]


@dataclass(frozen=True)
class Look:
    """What the page says of the chat that it plays, and where it is."""

    chat: str
    base: str  # what stands before every address
    api: str  # what the bot calls there


@dataclass(kw_only=True)
class Site(ABC):
    """One chat's page: its personas, and what only the demo's owner can do."""

    personas: list[Persona]
    look: Look
    travel: Callable[[str], Awaitable[datetime]] | None = None  # takes a key of TRAVELS
    gallery: Callable[[], list[GalleryItem]] | None = None
    others: tuple[Look, ...] = ()  # the other chats that the demo plays
    hosts: frozenset[str] = LOOPBACK  # names under which the page may be opened

    gone: ClassVar[type[Exception]]  # raised for what is no longer there

    @property
    @abstractmethod
    def organisation(self) -> Organisation:
        """Whose clients these are."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What the organisation is called."""

    @property
    @abstractmethod
    def pace(self) -> Pace:
        """The chat's own limits."""

    @property
    @abstractmethod
    def verbs(self) -> dict[str, Act]:
        """What a persona can do, by name."""

    @abstractmethod
    def state_for(self, me: User) -> Json:
        """Everything one persona can see now."""

    @abstractmethod
    async def passed(self) -> None:
        """Time has passed: whatever the chat itself does then."""

    def add_to(self, server: DemoServer) -> None:
        """Serve the page; call it before the server starts."""
        base = self.look.base
        server.app.middlewares.append(self._guard)
        server.app.add_routes(
            [
                web.get(base or "/", self._index),
                web.get(f"{base}/state", self._state),
                web.get(f"{base}/news", self._news),
                web.get(f"{base}/log", self._log),
                web.get(f"{base}/gallery", self._gallery),
                web.post(base + "/do/{verb}", self._do),
            ]
        )
        if not base:
            server.app.add_routes([web.static("/static", HERE / "static")])

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Only this page, opened on this machine, gets in: a name that merely resolves to it does not."""
        if request.path.startswith(PROGRAMS):
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
            look=self.look,
            looks=sorted([self.look, *self.others], key=lambda look: look.chat),
            name=self.name,
            personas=[
                {"id": each.user.id, "real_name": each.user.name, "tz": each.user.tz, "about": each.about}
                for each in self.personas
            ],
            travels=TRAVELS if self.travel else {},
            faults=KINDS,
            gallery=bool(self.gallery),
        )
        return web.Response(text=html, content_type="text/html")

    async def _state(self, request: web.Request) -> web.Response:
        return web.json_response(self.state_for(self._persona(request.query.get("as", ""))))

    def common_state(self, me: User) -> Json:
        """What the page needs to know on any chat."""
        return {
            "revision": self.organisation.revision,
            "now": self.organisation.now().isoformat(),
            "me": me.id,
            "chat": self.look.chat,
            "faults": [fault.kind for fault in self.organisation.faults.active],
            "pace": self.pace.enabled,
        }

    def person(self, who: User) -> Json:
        """Somebody as the page knows them."""
        kind = "bot" if who.bot else "guest" if not who.has_commands else "admin" if who.admin else "member"
        shown = {"name": who.name, "handle": who.handle, "tz": who.tz, "title": who.title, "kind": kind}
        return shown | {"deleted": who.deleted, "locale": who.locale}

    async def _news(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: the revision, whenever something changed."""
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream", **HEADERS})
        await stream.prepare(request)
        try:
            while True:
                await stream.write(b"data: %d\n\n" % self.organisation.revision)
                await self.organisation.next_change(KEEP_ALIVE)
                await asyncio.sleep(BREATH)
        except ConnectionError:
            return stream

    async def _log(self, request: web.Request) -> web.Response:
        return web.json_response([self._exchange(each) for each in reversed(self.organisation.log)])

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
        act = self.verbs.get(request.match_info["verb"])
        try:
            asked = json.loads(await request.text())
            if act is None or not isinstance(asked, dict):
                raise web.HTTPNotFound(text="There is no such thing to do.")
            me = self._persona(str(asked.get("as", "")))
            return web.json_response(await act(self, me, asked))
        except ClientRefusal as refused:
            return web.json_response({"problem": str(refused)})
        except self.gone as refused:
            return web.json_response({"problem": f"That is no longer there ({refused})."})
        except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as broken:
            raise web.HTTPBadRequest(text="The page asked for something incomplete.") from broken

    def _persona(self, user_id: str) -> User:
        for persona in self.personas:
            if persona.user.id == user_id:
                return persona.user
        raise web.HTTPNotFound(text="There is no such persona.")


async def fault(site: Site, me: User, asked: Json) -> Json:
    """Switch a fault, or the chat's own rate limits, on or off."""
    if asked["kind"] == "pace":
        site.pace.enabled = bool(asked["on"])
    else:
        site.organisation.faults.clear(asked["kind"])
        if asked["on"]:
            site.organisation.faults.add(asked["kind"], seconds=3.0 if asked["kind"] == "slow" else 5.0)
    site.organisation.changed()
    return {}


async def travel(site: Site, me: User, asked: Json) -> Json:
    """Let time pass."""
    if site.travel is None or asked["to"] not in TRAVELS:
        raise ClientRefusal("Time cannot be moved here.")
    now = await site.travel(asked["to"])
    await site.passed()
    site.organisation.changed()
    return {"now": now.isoformat()}


def outcome(answer: Answer, chat: str = "Slack") -> Json:
    """What a person is told when the bot did not answer, or answered what their chat refuses."""
    if answer.ok:
        return {}
    reason = {"http_timeout": "did not answer in time", "connection_failed": "could not be reached"}
    said = answer.refusal or reason.get(answer.error, f"answered with status {answer.status}")
    return {"problem": f"{chat} would refuse the answer: {said}" if answer.refusal else f"The bot {said}."}


def host_name(host: str) -> str:
    """A Host header without its port."""
    return re.sub(r":\d+$", "", host).lower()
