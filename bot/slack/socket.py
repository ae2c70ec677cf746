"""Receiving over Socket Mode: no address that Slack could reach is needed."""

import contextlib
from collections.abc import AsyncIterator

import aiohttp
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import AppTokenRefused, ChatUnreachable
from bot.slack.app import Slack


@contextlib.asynccontextmanager
async def connected(slack: Slack, app_token: str, api_url: str) -> AsyncIterator[None]:
    """Receive as long as the block lasts; the library reconnects. Raises AppTokenRefused or ChatUnreachable."""
    client = AsyncWebClient(base_url=api_url)
    handler = AsyncSocketModeHandler(slack.bolt, app_token, web_client=client)
    try:
        # Asked for here, because connecting would try a refused token again and again without a word.
        handler.client.wss_uri = await handler.client.issue_new_wss_url()
        await handler.connect_async()  # type: ignore[no-untyped-call]
    except SlackApiError as error:
        await handler.close_async()  # type: ignore[no-untyped-call]
        raise AppTokenRefused(reason=str(error.response.get("error"))) from None
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        await handler.close_async()  # type: ignore[no-untyped-call]
        raise ChatUnreachable(address=api_url, reason=type(error).__name__) from None
    try:
        yield
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]
