"""Receiving over Socket Mode: no address that Slack could reach is needed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import AppTokenRefused, ChatUnreachable
from bot.slack.app import Slack

OPENING, CLOSING = 30, 3  # seconds; the library would try for ever, and wait long for a server that is gone


@contextlib.asynccontextmanager
async def connected(slack: Slack, app_token: str, api_url: str) -> AsyncIterator[None]:
    """Receive as long as the block lasts; the library reconnects. Raises AppTokenRefused or ChatUnreachable."""
    client = AsyncWebClient(base_url=api_url)
    handler = AsyncSocketModeHandler(slack.bolt, app_token, web_client=client)
    try:
        await _open(handler, api_url)
        yield
    finally:
        await _close(handler)


async def _open(handler: AsyncSocketModeHandler, api_url: str) -> None:
    try:
        async with asyncio.timeout(OPENING):
            # Asked for here, because connecting would try a refused token again and again without a word.
            answer = await handler.client.web_client.apps_connections_open(app_token=handler.app_token)
            handler.client.wss_uri = answer["url"]
            await handler.connect_async()  # type: ignore[no-untyped-call]
    except SlackApiError as error:
        reason = str(error.response.get("error"))
        if reason == "ratelimited":
            raise ChatUnreachable(address=api_url, reason=reason) from None
        raise AppTokenRefused(reason=reason) from None
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise ChatUnreachable(address=api_url, reason=type(error).__name__) from None


async def _close(handler: AsyncSocketModeHandler) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CLOSING):
            await handler.close_async()  # type: ignore[no-untyped-call]
    await handler.client.aiohttp_client_session.close()
