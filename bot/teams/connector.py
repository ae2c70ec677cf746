"""The only outbound client to Teams, the Bot Connector's REST: one connection pool, no retries of its own, our errors."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import aiohttp

from bot.card import Card
from bot.chat import Ambiguous, Landing, Limited, Pace, Profile, Refused, Unsent, seconds_asked
from bot.teams import adaptive

SERVICE = "https://smba.trafficmanager.net/teams/"  # until somebody was heard from: Teams' address for the whole world
SCOPE = "https://api.botframework.com/.default"
CARD = "application/vnd.microsoft.card.adaptive"
GROUP = "@thread.v2"  # what the id of a group chat ends with: it has no threads
BOT = "28:"  # what the id of a bot begins with
TIMEOUT = 20  # seconds for one call
PAGE = 500
EARLY = 300.0  # seconds before its end that our token is renewed
HEARD = 10_000  # people whose last words are remembered

log = logging.getLogger(__name__)

Json = dict[str, Any]
# What it says when nothing reaches a person any more.
BLOCKED = {"MessageWritesBlocked", "BotDisabledByAdmin", "UserBlocked"}
NOT_THERE = {"BotNotInConversationRoster", "ConversationNotFound"}


@dataclass(frozen=True, slots=True)
class Account:
    """The bot's own registration, and where it gets its token. Without an id there is none to get."""

    app_id: str
    password: str
    tenant: str
    login_url: str


@dataclass(frozen=True, slots=True)
class Known:
    """A conversation the bot was let into, and the address at which it is reached."""

    channel: str
    kind: str  # "personal", "channel" or "groupChat"
    service_url: str
    team: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """What somebody's own messages say of when and how they read."""

    zone: str = ""
    locale: str = ""


class TeamsChat:
    """One tenant's outbound side."""

    # Teams takes 7 in a second and 60 in half a minute, but 1800 an hour in one conversation; 50 a second in all.
    pace = Pace(per_channel=2.0, per_workspace=0.02)
    finds = False  # a bot cannot read back what it wrote

    def __init__(
        self,
        account: Account,
        asks: Callable[[str], bool],
        remember: Callable[[str, str], Awaitable[None]] | None = None,
    ) -> None:
        self.account = account
        self.rooms: dict[str, Known] = {}
        self.clocks: OrderedDict[str, Clock] = OrderedDict()  # by person, as they last were heard
        self.service_url = SERVICE
        self._asks = asks
        self._remember = remember
        self._direct: dict[str, str] = {}
        self._session: aiohttp.ClientSession | None = None
        self._token, self._renew_at = "", 0.0
        self._renewing = asyncio.Lock()

    @property
    def session(self) -> aiohttp.ClientSession:
        """The connections, made inside the running loop."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT))
        return self._session

    async def close(self) -> None:
        """Give the connections back."""
        if self._session is not None:
            await self._session.close()

    async def token(self) -> str:
        """Our own token, renewed well before it ends. Raises Unsent or Refused."""
        now = asyncio.get_running_loop().time()
        if now < self._renew_at or not self.account.app_id:
            return self._token
        async with self._renewing:
            if now >= self._renew_at:
                answer = await self._log_in()
                lasts = float(answer.get("expires_in") or 0)
                self._token, self._renew_at = str(answer["access_token"]), now + max(lasts - EARLY, lasts / 2)
        return self._token

    async def _log_in(self) -> Json:
        account = self.account
        asked = {"grant_type": "client_credentials", "client_id": account.app_id,
                 "client_secret": account.password, "scope": SCOPE}  # fmt: skip
        try:
            async with self.session.post(
                f"{account.login_url}{account.tenant}/oauth2/v2.0/token", data=asked
            ) as response:
                answer = await response.json(content_type=None)
                status = response.status
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise Unsent(f"no token: {type(error).__name__}") from None
        if status >= 500 or status == 429 or not isinstance(answer, dict):
            raise Unsent(f"no token: HTTP {status}")
        if status >= 400 or not answer.get("access_token"):
            raise Refused(f"no token: {str(answer.get('error') or status)[:80]}")
        return answer

    async def call(self, method: str, path: str, body: Json | None = None, *, at: str = "") -> Json:
        """One call of the Bot Connector. Raises Limited, Unsent, Ambiguous or Refused."""
        try:
            token = await self.token()
        except Refused as refusal:  # a wrong secret is no reason to give up a message
            raise Unsent(refusal.reason) from None
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            async with self.session.request(
                method, f"{at or self.service_url}{path}", json=body, headers=headers
            ) as response:
                answer = await _body(response)
                if response.status == 401:
                    self._renew_at = 0.0
                if response.status >= 400:
                    raise _reading(response.status, response.headers, answer)
                return answer
        except aiohttp.ClientConnectorError as error:
            raise Unsent(type(error).__name__) from None
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise Ambiguous(type(error).__name__) from None

    # -- what is known ---------------------------------------------------------------------------------

    def know(self, room: Known) -> bool:
        """A conversation, as it was just heard from; answers whether anything of it is new."""
        self.service_url = room.service_url or self.service_url
        before = self.rooms.get(room.channel)
        if before is not None:
            room = Known(room.channel, room.kind, room.service_url, room.team or before.team, room.name or before.name)
        self.rooms[room.channel] = room
        return room != before

    def forget(self, channel: str) -> None:
        """The bot was removed from it."""
        self.rooms.pop(channel, None)

    def know_direct(self, user: str, channel: str) -> None:
        """A 1:1 conversation that is known already."""
        self._direct[user] = channel

    def hear(self, user: str, clock: Clock) -> bool:
        """What somebody's message says of their clock; answers whether that is new."""
        before = self.clocks.pop(user, None)
        self.clocks[user] = clock
        if len(self.clocks) > HEARD:
            self.clocks.popitem(last=False)
        return clock != before

    def _at(self, channel: str) -> str:
        room = self.rooms.get(channel.partition(";")[0])
        return room.service_url if room else self.service_url

    # -- Chat ------------------------------------------------------------------------------------------

    async def direct(self, user: str) -> str:
        """The 1:1 conversation with somebody, made once."""
        if user not in self._direct:
            tenant = self.account.tenant
            asked = {"bot": {"id": self.me}, "members": [{"id": user}], "isGroup": False, "tenantId": tenant,
                     "channelData": {"tenant": {"id": tenant}}}  # fmt: skip
            try:
                answer = await self.call("POST", "v3/conversations", asked)
            except Refused as refusal:
                raise Refused(refusal.reason, unreachable=True) from None
            await self.met(user, str(answer["id"]))
        return self._direct[user]

    async def met(self, user: str, channel: str) -> None:
        """Their 1:1 conversation, as it was made or heard from."""
        if self._direct.get(user) != channel:
            if self._remember is not None:
                await self._remember(user, channel)
            self._direct[user] = channel

    @property
    def me(self) -> str:
        """The bot's own id."""
        return f"{BOT}{self.account.app_id}"

    def drawn(self, card: Card, *, home: bool = False, locale: str = "en") -> Json:
        """A card as Teams takes it."""
        return adaptive.message(card, self._asks, home=home, locale=locale)

    async def send(self, channel: str, card: Card, *, key: str, thread: str = "", locale: str = "en") -> Landing:
        """Post a card; a bot's messages carry no marker here."""
        threads = thread and channel[:3] == "19:" and not channel.endswith(GROUP)
        return await self.post(f"{channel};messageid={thread}" if threads else channel, card, locale=locale)

    async def post(self, channel: str, card: Card, *, home: bool = False, locale: str = "en") -> Landing:
        """Post a card; where a Home stands its buttons say so."""
        activity = envelope(self.drawn(card, home=home, locale=locale), adaptive.summary(card))
        answer = await self.say(channel, activity)
        return Landing(channel.partition(";")[0], str(answer.get("id") or ""))

    async def say(self, channel: str, activity: Json) -> Json:
        """Send an activity into a conversation."""
        try:
            return await self.call("POST", f"v3/conversations/{quote(channel, '')}/activities", activity,
                                   at=self._at(channel))  # fmt: skip
        except Refused as refusal:
            raise self._lost(channel, refusal) from None

    def _lost(self, channel: str, refusal: Refused) -> Refused:
        """In somebody's 1:1, the bot not being there means that nothing reaches them."""
        if refusal.reason.partition(":")[0] != "not_in_channel" or channel not in self._direct.values():
            return refusal
        return Refused("not installed", unreachable=True)

    async def typing(self, channel: str) -> None:
        """Show that an answer is being written."""
        await self.say(channel, {"type": "typing"})

    async def update(self, landing: Landing, card: Card, *, locale: str = "en") -> None:
        """Change a card in place."""
        await self.redraw(landing, envelope(self.drawn(card, locale=locale), adaptive.summary(card)))

    async def redraw(self, landing: Landing, activity: Json) -> None:
        """Put another activity where one stands."""
        path = f"v3/conversations/{quote(landing.channel, '')}/activities/{quote(landing.message, '')}"
        await self.call("PUT", path, activity, at=self._at(landing.channel))

    async def delete(self, landing: Landing) -> None:
        """Take a message away."""
        path = f"v3/conversations/{quote(landing.channel, '')}/activities/{quote(landing.message, '')}"
        await self.call("DELETE", path, at=self._at(landing.channel))

    async def find(self, channel: str, key: str, since: datetime) -> Landing | None:
        """Never: a bot cannot read back what it wrote."""
        return None

    async def publish_home(self, user: str, card: Card) -> None:
        """Show this Home to somebody: a card in their 1:1."""
        await self.post(await self.direct(user), card, home=True)

    async def roster(self) -> list[Profile]:
        """Everybody in the teams and group chats that the bot is in, each once; one that is gone hides no other."""
        found: dict[str, Profile] = {}
        for room in [room for room in self.rooms.values() if room.kind != "personal"]:
            try:
                found |= {one.user: one for one in await self._paged(room.channel)}
            except Refused as refusal:
                log.warning("a conversation does not tell who is there", extra={"reason": refusal.reason})
        return list(found.values())

    async def profile(self, user: str) -> Profile:
        """One person, as a conversation that they are in knows them."""
        rooms = [room.channel for room in self.rooms.values() if room.kind != "personal"]
        known = [self._direct[user]] if user in self._direct else []
        for channel in [*known, *rooms]:
            try:
                path = f"v3/conversations/{quote(channel, '')}/members/{quote(user, '')}"
                return self._described(await self.call("GET", path, at=self._at(channel)))
            except Refused:
                continue
        raise Refused("unknown: in no conversation of mine")

    async def members(self, channel: str) -> list[str]:
        """Who is in a channel; nobody yet where nobody was heard from: then there is no address to ask."""
        return [one.user for one in (await self._paged(channel) if self.rooms else [])]

    async def channels(self, team: Known) -> list[Known]:
        """The channels of a team that the bot was let into."""
        answer = await self.call("GET", f"v3/teams/{quote(team.team, '')}/conversations", at=team.service_url)
        return [
            Known(str(one["id"]), "channel", team.service_url, team.team, str(one.get("name") or "General"))
            for one in answer.get("conversations") or []
        ]

    async def _paged(self, channel: str) -> list[Profile]:
        found: list[Profile] = []
        more = ""
        while True:
            path = f"v3/conversations/{quote(channel, '')}/pagedmembers?pageSize={PAGE}"
            path += f"&continuationToken={quote(more, '')}" if more else ""
            answer = await self.call("GET", path, at=self._at(channel))
            found += [self._described(one) for one in answer.get("members") or []]
            more = str(answer.get("continuationToken") or "")
            if not more:
                return found

    def _described(self, member: Mapping[str, Any]) -> Profile:
        clock = self.clocks.get(str(member.get("id")), Clock())
        return profile(member, clock, self.account.tenant)


def profile(member: Mapping[str, Any], clock: Clock, tenant: str) -> Profile:
    """Teams' description of somebody, as ours."""
    principal = str(member.get("userPrincipalName") or "")
    given = " ".join(filter(None, (str(member.get("givenName") or ""), str(member.get("surname") or ""))))
    return Profile(
        user=str(member["id"]),
        name=str(member.get("name") or given or principal or member["id"]),
        email=str(member.get("email") or principal).lower(),
        zone=clock.zone,
        locale=clock.locale,
        guest=member.get("userRole") == "guest" or "#ext#" in principal.lower(),
        bot=str(member["id"]).startswith(BOT),
        external=bool(member.get("tenantId")) and member["tenantId"] != tenant,
        directory=str(member.get("aadObjectId") or member.get("objectId") or ""),
    )


def envelope(card: Json, summary: str) -> Json:
    """A message that is a card; text beside it would make two messages of it."""
    return {"type": "message", "summary": summary, "attachments": [{"contentType": CARD, "content": card}]}


async def _body(response: aiohttp.ClientResponse) -> Json:
    try:
        answer = await response.json(content_type=None)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _reading(status: int, headers: Mapping[str, str], answer: Json) -> Exception:
    """What a refusal of the Bot Connector means for whoever sends."""
    about = answer.get("error")
    code = str(about.get("code") or "") if isinstance(about, dict) else ""
    if status == 429:
        return Limited(seconds_asked(headers.get("Retry-After", "")))
    if status in (401, 412):
        return Unsent(code or f"HTTP {status}")
    if status >= 500:
        return Ambiguous(code or f"HTTP {status}")
    if code in NOT_THERE:
        return Refused(f"not_in_channel: {code}; add me to this team or chat")
    return Refused(code or f"HTTP {status}", unreachable=code in BLOCKED)
