"""The only outbound client to Slack: one connection pool, no retries of its own, our errors."""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.card import Card
from bot.chat import Ambiguous, Landing, Limited, Pace, Profile, Refused, Unsent, seconds_asked
from bot.slack import blocks

MARKER = "contractor_care"  # the metadata's event type; its payload carries the ledger's key
PAGE = 200
TIMEOUT = 20  # seconds for one call

# What Slack says when a person can never be reached; anything else it refuses concerns the one message.
GONE = {"user_not_found", "cannot_dm_bot", "user_disabled", "user_not_visible", "is_bot"}
OUR_TOKEN = {"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"}
TROUBLE = {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}


class SlackChat:
    """One workspace's outbound side."""

    pace = Pace(per_channel=1.0, per_workspace=0.25)  # 1/s; "several hundred a minute"
    finds = True  # by the marker in a message's metadata

    def __init__(self, token: str, api_url: str, remember: Callable[[str, str], Awaitable[None]] | None = None) -> None:
        self._token = token
        self._api_url = api_url
        self._remember = remember  # keeps the id of a 1:1 channel, to be asked for once
        self._direct: dict[str, str] = {}
        self._session: aiohttp.ClientSession | None = None
        self._client: AsyncWebClient | None = None

    @property
    def client(self) -> AsyncWebClient:
        """The client, made inside the running loop."""
        if self._client is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT))
            self._client = AsyncWebClient(
                token=self._token, base_url=self._api_url, session=self._session, retry_handlers=[], timeout=TIMEOUT
            )
        return self._client

    async def close(self) -> None:
        """Give the connections back."""
        if self._session is not None:
            await self._session.close()

    async def identity(self) -> tuple[dict[str, Any], frozenset[str]]:
        """Who this token is, and the scopes it was granted."""
        try:
            response = await self.client.auth_test()
        except SlackApiError as error:
            raise _reading(error) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Ambiguous(type(error).__name__) from None
        granted = str(response.headers.get("X-OAuth-Scopes") or response.headers.get("x-oauth-scopes") or "")
        me = response.data if isinstance(response.data, dict) else {}
        return me, frozenset(filter(None, (one.strip() for one in granted.split(","))))

    async def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """One Web API call. Raises Limited, Unsent, Ambiguous or Refused."""
        try:
            as_json = method in _TAKES_JSON
            response = await self.client.api_call(
                method, json=arguments if as_json else None, params=None if as_json else arguments
            )
        except SlackApiError as error:
            refusal = _reading(error)
            if isinstance(refusal, Refused) and refusal.reason in OUR_TOKEN:
                raise Unsent(refusal.reason) from None  # a wrong token is no reason to give up a message
            raise refusal from None
        except (TimeoutError, aiohttp.ClientError, json.JSONDecodeError, OSError) as error:
            raise Ambiguous(type(error).__name__) from None
        return dict(response.data) if isinstance(response.data, dict) else {}

    async def respond(self, response_url: str, message: dict[str, Any]) -> None:
        """Use a tapped card's own address to change it. Raises Ambiguous or Refused."""
        session = self.client.session
        assert session is not None
        try:
            async with session.post(response_url, json=message) as response:
                if response.status >= 400:
                    raise Refused(f"response_url answered {response.status}")
        except (TimeoutError, aiohttp.ClientError) as error:
            raise Ambiguous(type(error).__name__) from None

    # -- Chat ------------------------------------------------------------------------------------------

    def know_direct(self, user: str, channel: str) -> None:
        """A 1:1 channel that is known already."""
        self._direct[user] = channel

    async def direct(self, user: str) -> str:
        """The 1:1 channel with somebody, opened once."""
        if user not in self._direct:
            answer = await self.call("conversations.open", users=user)
            self._direct[user] = answer["channel"]["id"]
            if self._remember is not None:
                await self._remember(user, self._direct[user])
        return self._direct[user]

    async def send(self, channel: str, card: Card, *, key: str, thread: str = "", locale: str = "en") -> Landing:
        """Post a card with the ledger's key in its metadata."""
        message = blocks.message(card)
        marker = {"event_type": MARKER, "event_payload": {"key": key}}
        extra = {"thread_ts": thread} if thread else {}
        try:
            answer = await self._post("chat.postMessage", message, channel=channel, metadata=marker, **extra)
        except Refused as refusal:
            if refusal.unreachable or refusal.reason != "channel_not_found":
                raise
            raise Refused("channel_not_found: invite me to this channel", refusal.unreachable) from None
        return Landing(answer["channel"], answer["ts"])

    async def update(self, landing: Landing, card: Card, *, locale: str = "en") -> None:
        """Change a card in place."""
        await self._post("chat.update", blocks.message(card), channel=landing.channel, ts=landing.message)

    async def _post(self, method: str, message: dict[str, Any], **arguments: Any) -> dict[str, Any]:
        """Send; where a workspace does not know charts yet, once more without them."""
        try:
            return await self.call(method, **message, **arguments, **_QUIET[method])
        except Refused as refusal:
            plainer = blocks.without_charts(message)
            if refusal.reason != "invalid_blocks" or plainer == message:
                raise
            return await self.call(method, **plainer, **arguments, **_QUIET[method])

    async def find(self, channel: str, key: str, since: datetime) -> Landing | None:
        """Look through the channel's history for the message that carries this key."""
        cursor = ""
        while True:
            answer = await self.call(
                "conversations.history", channel=channel, include_all_metadata=True, limit=PAGE,
                oldest=f"{(since - timedelta(minutes=5)).timestamp():.6f}", **({"cursor": cursor} if cursor else {}),
            )  # fmt: skip
            for message in answer.get("messages", []):
                marker = message.get("metadata") or {}
                if marker.get("event_type") == MARKER and marker.get("event_payload", {}).get("key") == key:
                    return Landing(channel, message["ts"])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                return None

    async def publish_home(self, user: str, card: Card) -> None:
        """Show this Home to somebody."""
        await self.call("views.publish", user_id=user, view=blocks.home(card))

    async def roster(self) -> list[Profile]:
        """Everybody in the workspace, bots left out."""
        found: list[Profile] = []
        cursor = ""
        while True:
            more = {"cursor": cursor} if cursor else {}
            answer = await self.call("users.list", limit=PAGE, include_locale=True, **more)
            found += [profile(one) for one in answer.get("members", [])]
            cursor = (answer.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                return [one for one in found if not one.bot]

    async def profile(self, user: str) -> Profile:
        """One person."""
        return profile((await self.call("users.info", user=user, include_locale=True))["user"])

    async def members(self, channel: str) -> list[str]:
        """Who is in a channel."""
        found: list[str] = []
        cursor = ""
        while True:
            answer = await self.call(
                "conversations.members", channel=channel, limit=PAGE, **({"cursor": cursor} if cursor else {})
            )
            found += answer.get("members", [])
            cursor = (answer.get("response_metadata") or {}).get("next_cursor", "")
            if not cursor:
                return found


# Slack reads JSON bodies only where something is written; elsewhere the arguments go as a form.
_TAKES_JSON = {
    "chat.postMessage", "chat.update", "chat.postEphemeral", "conversations.open",
    "views.open", "views.publish",
}  # fmt: skip
_QUIET: dict[str, dict[str, Any]] = {
    "chat.postMessage": {"unfurl_links": False, "unfurl_media": False},
    "chat.postEphemeral": {},
    "chat.update": {},
}


def profile(user: dict[str, Any]) -> Profile:
    """Slack's description of somebody, as ours."""
    about = user.get("profile") or {}
    names = (about.get("real_name"), about.get("display_name"), user.get("real_name"), user.get("name"), user["id"])
    name = next(str(one) for one in names if one)
    return Profile(
        user=user["id"],
        name=name,
        email=str(about.get("email") or "").lower(),
        zone=str(user.get("tz") or ""),
        locale=str(user.get("locale") or "en").split("-")[0],
        guest=bool(user.get("is_restricted") or user.get("is_ultra_restricted")),
        admin=bool(user.get("is_admin") or user.get("is_owner")),
        bot=bool(user.get("is_bot")) or user["id"] == "USLACKBOT",
        active=not user.get("deleted", False),
        external=bool(user.get("is_stranger")),
    )


def _reading(error: SlackApiError) -> Exception:
    """What Slack's refusal means for whoever sends."""
    response: Any = error.response
    status = getattr(response, "status_code", 0)
    if status == 429:
        return Limited(seconds_asked(str(response.headers.get("Retry-After") or response.headers.get("retry-after"))))
    reason = str(response.get("error") or "") if isinstance(getattr(response, "data", None), dict) else ""
    if reason in {"ratelimited", "rate_limited"}:
        return Limited(1.0)
    if status >= 500 or reason in TROUBLE or not reason:
        return Ambiguous(reason or f"HTTP {status}")
    return Refused(reason, unreachable=reason in GONE)
