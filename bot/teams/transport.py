"""Who may speak to the bot as Teams: the only place that knows botbuilder, imported where Teams is configured."""

import asyncio
import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from botbuilder.schema import Activity
from botframework.connector.auth import (
    BotFrameworkAuthenticationFactory,
    PasswordServiceClientCredentialFactory,
)
from botframework.connector.auth.jwt_token_extractor import JwtTokenExtractor

ISSUER = "https://api.botframework.com"  # of the tokens that Teams brings
TEAMS = "msteams"
KEYS_GOOD_FOR = timedelta(days=1)
KEYS_AGAIN = timedelta(minutes=5)  # before keys are fetched anew for a token signed with one that is not known
LEEWAY = 300  # seconds that clocks may differ, as the library has it
REMEMBERED = 1000  # tokens; Teams brings the same one for a while, and reading it anew costs as much as a tap
TIMEOUT = 10  # seconds to fetch the keys


class Unauthorised(Exception):
    """Not from Teams, or not for this bot. The reason is for the log and never quotes the token."""


class KeysUnavailable(Exception):
    """Nobody can tell whether this is from Teams: the keys cannot be fetched."""


class Gate:
    """Lets in what Teams signed for this bot: the library checks the token, and we what it forgets."""

    def __init__(self, app_id: str, password: str, openid_url: str, now: Callable[[], datetime]) -> None:
        self._openid_url = openid_url
        self._now = now  # the system's time, as the library's
        self._keys_at: datetime | None = None
        self._fetching = asyncio.Lock()
        self._accepted: dict[str, dict[str, Any]] = {}  # token -> its claims
        self._keys = JwtTokenExtractor.get_open_id_metadata(openid_url)
        self._library = BotFrameworkAuthenticationFactory.create(
            validate_authority=True,
            to_bot_from_channel_token_issuer=ISSUER,
            to_bot_from_channel_open_id_metadata_url=openid_url,
            credential_factory=PasswordServiceClientCredentialFactory(app_id, password),
        )

    async def admit(self, header: str, channel: object, service_url: object) -> None:
        """Whether this header goes with this activity. Raises Unauthorised or KeysUnavailable."""
        scheme, _space, token = header.partition(" ")
        if scheme != "Bearer" or not token:
            raise Unauthorised("no token")
        claims = self._accepted.get(token) or await self._examine(header, token)
        if claims["exp"] + LEEWAY < self._now().timestamp():
            del self._accepted[token]
            raise Unauthorised("expired")
        if channel != TEAMS or not service_url or claims.get("serviceurl") != service_url:
            raise Unauthorised("of another channel or service")

    async def _examine(self, header: str, token: str) -> dict[str, Any]:
        head, claims = _unverified(token)
        # The library takes tokens without an end, and for those of other issuers (its emulator's, other bots') it fetches
        # other keys, while the world stands still. Algorithms it looks at itself.
        if claims.get("iss") != ISSUER or not isinstance(claims.get("exp"), int | float):
            raise Unauthorised("not a token of the Bot Connector")
        key = await self._key(str(head.get("kid")))
        if TEAMS not in (key.get("endorsements") or ()):
            raise Unauthorised("the key does not stand for Teams")
        about = Activity(channel_id=TEAMS, service_url=claims.get("serviceurl"))  # all that the library looks at
        try:
            identity = await self._library.authenticate_request(about, header)
        except Exception as error:  # it raises whatever its own libraries do
            raise Unauthorised(type(error).__name__) from None
        if len(self._accepted) >= REMEMBERED:
            self._accepted.clear()
        self._accepted[token] = dict(identity.claims_identity.claims)
        return self._accepted[token]

    async def _key(self, kid: str) -> dict[str, Any]:
        """The key of this name; keys are fetched when there are none, once a day, and for a name that is new."""
        found = self._named(kid)
        if found is not None and not self._older(KEYS_GOOD_FOR):
            return found  # whoever makes up another name keeps nobody waiting
        async with self._fetching:
            found = self._named(kid)
            if self._older(KEYS_GOOD_FOR if found else KEYS_AGAIN):
                await self._fetch(needed=found is None)
                found = self._named(kid)
        if found is None:
            raise Unauthorised("signed with an unknown key")
        return found

    def _older(self, than: timedelta) -> bool:
        return self._keys_at is None or self._now() - self._keys_at > than

    def _named(self, kid: str) -> dict[str, Any] | None:
        return next((key for key in self._keys.keys if key.get("kid") == kid), None) if self._keys_at else None

    async def _fetch(self, needed: bool) -> None:
        """Into the library's own cache: left to itself it would stop the world while it fetches."""
        try:
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT)) as session:
                about = await _get(session, self._openid_url)
                keys = [dict(key) for key in (await _get(session, about["jwks_uri"]))["keys"]]
        except (aiohttp.ClientError, TimeoutError, OSError, KeyError, TypeError, ValueError) as error:
            if needed or self._keys_at is None:
                raise KeysUnavailable(type(error).__name__) from None
            self._keys_at += KEYS_AGAIN  # those of yesterday will do until then
            return
        self._accepted.clear()  # whose key was taken back
        self._keys.keys = keys
        self._keys.last_updated = datetime.max  # noqa: DTZ901 - the library compares naive ones; so that it never fetches by itself
        self._keys_at = self._now()


async def _get(session: aiohttp.ClientSession, url: str) -> Any:
    async with session.get(url) as response:
        response.raise_for_status()
        return await response.json(content_type=None)


def _unverified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a token says of itself, not to be believed yet. Raises Unauthorised."""
    try:
        head, claims, _signature = token.split(".")
        read = [json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4))) for part in (head, claims)]
    except (ValueError, RecursionError):
        raise Unauthorised("not a token") from None
    if not all(isinstance(one, dict) for one in read):
        raise Unauthorised("not a token")
    return read[0], read[1]
