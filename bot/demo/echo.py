"""The bot's own direct messages, sent back to it as events, as Slack does: a bot that answers itself is found out."""

import asyncio

from bot.demo import payloads
from bot.demo.outbox import Answer, Outbox
from bot.demo.workspace import Message


class Echo:
    """Listens to a workspace and delivers a `message` event for each message of the bot in a direct conversation."""

    def __init__(self, outbox: Outbox) -> None:
        self.outbox = outbox
        self._deliveries: set[asyncio.Task[Answer]] = set()
        outbox.workspace.listeners.append(self._hear)

    def _hear(self, message: Message) -> None:
        workspace = self.outbox.workspace
        if message.bot_id and not message.only_for and workspace.channels[message.channel].kind in ("im", "mpim"):
            delivery = asyncio.ensure_future(self.outbox.event(payloads.said(workspace, message, "message")))
            self._deliveries.add(delivery)
            delivery.add_done_callback(self._deliveries.discard)

    async def drain(self) -> None:
        """Wait until every event that is on its way has been answered."""
        while self._deliveries:
            await asyncio.gather(*self._deliveries)

    async def close(self) -> None:
        """Stop listening, after what is on its way."""
        self.outbox.workspace.listeners.remove(self._hear)
        await self.drain()
