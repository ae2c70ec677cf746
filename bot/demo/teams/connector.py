"""The organisation's side of HTTP: the Bot Connector's calls, the tokens for them, and the keys that prove who sends."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from bot.demo.api import DemoServer, hide, json_or_nothing
from bot.demo.faults import Pace
from bot.demo.organisation import Json, User
from bot.demo.teams.cards import ADAPTIVE, wrong
from bot.demo.teams.keys import Keys, metadata
from bot.demo.teams.tenant import ROOT, Activity, Conversation, TeamsError, Tenant
from bot.demo.trouble import before, hang_up

PREFIX = "/teams"
SCOPE = "https://api.botframework.com/.default"
LIFE = timedelta(hours=1)  # of the bot's token
PER_THREAD = ((7, 1), (8, 2), (60, 30), (1800, 3600))  # messages, in so many seconds
LIMITED: Json = {"error": {"code": "TooManyRequests", "message": "API calls quota exceeded"}}
Call = Callable[["Connector", web.Request, Json], Json]


class Connector:
    """Serves one organisation from the server of the demo."""

    def __init__(self, tenant: Tenant, keys: Keys) -> None:
        self.tenant, self.keys, self.pace = tenant, keys, Pace()
        self.base = ""
        self._tokens: dict[str, datetime] = {}

    def add_to(self, server: DemoServer) -> None:
        """Add the routes; call it before the server starts."""
        add = server.app.router.add_route
        add("GET", f"{PREFIX}/openid/.well-known/openidconfiguration", self._metadata)
        add("GET", f"{PREFIX}/openid/keys", self._keys)
        add("POST", PREFIX + "/login/{tenant}/oauth2/v2.0/token", self._token)
        for verb, path, name, call in CALLS:
            add(verb, f"{PREFIX}/v3/conversations{path}", self._asked(name, call))
        add("GET", PREFIX + "/v3/teams/{team}/conversations", self._asked("teams.channels", channels))

    def started(self, url: str) -> None:
        """Tell where everything is, once the server knows its port."""
        self.base = url + PREFIX
        self.tenant.service_url = self.base + "/"

    @property
    def environment(self) -> dict[str, str]:
        """What the bot is told of it."""
        return {
            "TEAMS_APP_ID": self.tenant.app_id,
            "TEAMS_APP_PASSWORD": self.tenant.password,
            "TEAMS_TENANT_ID": self.tenant.tenant_id,
            "TEAMS_OPENID_URL": f"{self.base}/openid/.well-known/openidconfiguration",
            "TEAMS_LOGIN_URL": f"{self.base}/login",
        }

    # -- who is who --------------------------------------------------------------------------------

    async def _metadata(self, request: web.Request) -> web.Response:
        return web.json_response(metadata(self.base))

    async def _keys(self, request: web.Request) -> web.Response:
        return web.json_response(self.keys.published())

    async def _token(self, request: web.Request) -> web.Response:
        asked = {key: str(value) for key, value in (await request.post()).items()}
        right = {
            "grant_type": "client_credentials", "client_id": self.tenant.app_id, "client_secret": self.tenant.password,
            "scope": SCOPE,
        }  # fmt: skip
        exchange = self.tenant.note("bot", "token", hide(asked))
        odd = [name for name, value in right.items() if asked.get(name) != value]
        if odd or request.match_info["tenant"] not in (self.tenant.tenant_id, "botframework.com"):
            exchange.status, exchange.answer = 401, {"error": "invalid_client"}
            return web.json_response({"error": "invalid_client", "error_description": ", ".join(odd)}, status=401)
        token = f"demo-{self.tenant.new_hash()}"
        self._tokens[token] = self.keys.now() + LIFE
        exchange.status = 200
        lasts = int(LIFE.total_seconds())
        return web.json_response({"token_type": "Bearer", "expires_in": lasts, "access_token": token})

    def _permitted(self, request: web.Request) -> bool:
        """Only programs hold a token: a browser page, which names its origin, has no business here."""
        until = self._tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        return until is not None and self.keys.now() < until and "Origin" not in request.headers

    def forget_tokens(self) -> None:
        """Every token given so far is worth nothing any more."""
        self._tokens.clear()

    # -- calls -------------------------------------------------------------------------------------

    def _asked(self, name: str, call: Call) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answer(request: web.Request) -> web.StreamResponse:
            if not self._permitted(request):
                return web.json_response({"message": "Authorization has been denied for this request."}, status=401)
            text = await request.text()
            body = json_or_nothing(text) if text else {}
            sent = body if isinstance(body, dict) else {"body": body}
            exchange = self.tenant.note("bot", name, dict(request.match_info) | sent)
            fault = self.tenant.faults.strike(name)
            early = await before(request, exchange, fault, LIMITED, 502) if fault else None
            if early is not None:
                return early
            try:
                exchange.status, exchange.answer = 200, call(self, request, sent)
            except TeamsError as refused:
                exchange.status = refused.status
                exchange.answer = {"error": {"code": refused.code, "message": refused.message}}
            self.tenant.changed()
            if fault and fault.kind == "drop":
                exchange.note = "accepted, reply lost"
                return hang_up(request)
            wait = {"Retry-After": "1"} if exchange.status == 429 else {}
            return web.json_response(exchange.answer, status=exchange.status, headers=wait)

        return answer

    def place(self, request: web.Request) -> tuple[Conversation, str]:
        """The conversation that a call names, and the message its thread began with."""
        found = self.tenant.conversation(request.match_info["conversation"])
        if self.tenant.bot.id not in found.members:
            raise TeamsError(403, "BotNotInConversationRoster", "The bot is not part of the conversation roster.")
        if found.kind == "personal" and self.tenant.blocked.intersection(found.members):
            raise TeamsError(403, "MessageWritesBlocked", "Message write has been blocked by the conversation.")
        return found, request.match_info["conversation"].partition(ROOT)[2]

    def own(self, request: web.Request) -> Activity:
        """The bot's own message that a call names."""
        found = self.place(request)[0].find(request.match_info["activity"])
        if found is None or found.user != self.tenant.bot.id:
            raise TeamsError(404, "ActivityNotFoundInConversation", "The activity is not there, or not yours.")
        return found

    def paced(self, conversation_id: str) -> None:
        """Refuse what comes too fast for one thread, where the limits are kept."""
        limits = [(f"{conversation_id} {span}", most, timedelta(seconds=span)) for most, span in PER_THREAD]
        if self.pace.take(limits, self.tenant.now()):
            raise TeamsError(429, "TooManyRequests", "API calls quota exceeded")


def create(connector: Connector, request: web.Request, body: Json) -> Json:
    """Open the 1:1 with one person."""
    tenant = connector.tenant
    ids = [each.get("id", "") for each in body.get("members") or () if isinstance(each, dict)]
    if body.get("isGroup") or len(ids) != 1 or (body.get("bot") or {}).get("id") != tenant.bot.id:
        raise TeamsError(400, "BadSyntax", "One member, and the bot itself, make a 1:1.")
    if tenant.tenant_id not in (body.get("tenantId"), ((body.get("channelData") or {}).get("tenant") or {}).get("id")):
        raise TeamsError(403, "BotNotInTenant", "Another organisation.")
    user = tenant.users.get(ids[0])
    if user is None or user.bot:
        raise TeamsError(400, "BadArgument", "Failed to decrypt pairwise id")
    if not tenant.reaches(user):
        raise TeamsError(403, "ForbiddenOperationException", "The user did not install the app.")
    return {"id": tenant.chat(user.id).id}


def send(connector: Connector, request: web.Request, body: Json) -> Json:
    """A message, or the three dots that say one is coming."""
    place, root = connector.place(request)
    if body.get("type") == "typing":
        return {"id": connector.tenant.next_id()}
    shown = message(body)
    connector.paced(place.id)
    return {"id": connector.tenant.post(place, connector.tenant.bot, root, **shown).id}


def update(connector: Connector, request: web.Request, body: Json) -> Json:
    """Change one of the bot's own messages."""
    activity, shown = connector.own(request), message(body)
    connector.tenant.change(activity, **shown)
    return {"id": activity.id}


def delete(connector: Connector, request: web.Request, body: Json) -> Json:
    """Take one of the bot's own messages away."""
    activity = connector.own(request)
    connector.tenant.conversations[activity.conversation].activities.remove(activity)
    connector.tenant.changed()
    return {}


def members(connector: Connector, request: web.Request, body: Json) -> Json:
    """Who is in a conversation, or in the team, by pages."""
    everybody = _roster(connector, request.match_info["conversation"])
    size = min(max(int(request.query.get("pageSize") or 200), 1), 500)
    start = int(request.query.get("continuationToken") or 0)
    shown: Json = {"members": [member(connector.tenant, each) for each in everybody[start : start + size]]}
    return shown | ({"continuationToken": str(start + size)} if start + size < len(everybody) else {})


def channels(connector: Connector, request: web.Request, body: Json) -> Json:
    """The channels of the team."""
    if request.match_info["team"] != connector.tenant.team_id or not connector.tenant.in_team:
        raise TeamsError(403, "BotNotInConversationRoster", "The bot is not in this team.")
    here = [each for each in connector.tenant.conversations.values() if each.kind == "channel"]
    return {"conversations": [{"id": each.id, "name": each.name} for each in here]}


def one_member(connector: Connector, request: web.Request, body: Json) -> Json:
    """One person of a conversation or the team."""
    for each in _roster(connector, request.match_info["conversation"]):
        if request.match_info["user"] in (each.id, connector.tenant.aad(each)):
            return member(connector.tenant, each)
    raise TeamsError(404, "MemberNotFoundInConversation", "Nobody with that id is here.")


def _roster(connector: Connector, conversation_id: str) -> list[User]:
    tenant = connector.tenant
    if conversation_id == tenant.team_id:
        if not tenant.in_team:
            raise TeamsError(403, "BotNotInConversationRoster", "The bot is not part of the conversation roster.")
        return tenant.people
    place = tenant.conversation(conversation_id)
    if tenant.bot.id not in place.members:
        raise TeamsError(403, "BotNotInConversationRoster", "The bot is not part of the conversation roster.")
    return [each for each in tenant.people if each.id in place.members]


def message(body: Json) -> dict[str, Any]:
    """What a message shows; refused where Teams would refuse it or show only half of it."""
    if body.get("type") != "message":
        raise TeamsError(400, "BadSyntax", f"an activity of type {body.get('type')!r}")
    attached, text = body.get("attachments") or [], str(body.get("text") or "")
    if not attached and not text:
        raise TeamsError(400, "BadSyntax", "nothing to show")
    if len(attached) > 1 or (attached and text):
        raise TeamsError(400, "BadSyntax", "Teams would make several messages of it, and tell the id of one")
    card = attached[0].get("content") if attached and attached[0].get("contentType") == ADAPTIVE else None
    if faults := wrong(card) if attached else []:
        large = any("bytes" in each for each in faults)
        raise TeamsError(413 if large else 400, "MessageSizeTooBig" if large else "BadArgument", "; ".join(faults))
    if card and not body.get("summary"):
        raise TeamsError(400, "BadArgument", "a card without a summary notifies with “Sent a card”")
    return {"text": text, "card": card, "summary": str(body.get("summary") or "")}


def member(tenant: Tenant, user: User) -> Json:
    """A person as the roster shows them; a guest's name for signing in says so."""
    given, _, surname = user.name.partition(" ")
    domain = f"{tenant.name.split()[0].lower()}.onmicrosoft.com"
    outside = user.email.replace("@", "_") + "#EXT#"
    return {
        "id": user.id,
        "aadObjectId": tenant.aad(user),
        "name": user.name,
        "givenName": given,
        "surname": surname,
        "email": user.email,
        "userPrincipalName": f"{outside}@{domain}" if user.guest else user.email,
        "tenantId": user.external_team or tenant.tenant_id,
        "userRole": "guest" if user.guest else "user",
    }


CALLS: tuple[tuple[str, str, str, Call], ...] = (
    ("POST", "", "conversations.create", create),
    ("POST", "/{conversation}/activities", "activities.send", send),
    ("PUT", "/{conversation}/activities/{activity}", "activities.update", update),
    ("DELETE", "/{conversation}/activities/{activity}", "activities.delete", delete),
    ("GET", "/{conversation}/pagedmembers", "members.list", members),
    ("GET", "/{conversation}/members/{user}", "members.get", one_member),
)
