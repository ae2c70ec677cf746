"""The line between Slack and the bot with every byte in a test's hands, and what Slack would send over it."""

import json
import logging
import sqlite3
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import ClientSession

from bot.demo import payloads
from bot.demo.outbox import signature
from bot.demo.workspace import Json
from tests.blockers import opened
from tests.conftest import Town

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
THURSDAY = "2026-11-26 15:00"


@dataclass
class Wire:
    """The line between Slack and the bot, with every byte in our hands."""

    town: Town

    def signed(self, body: str, *, age: float = 0, secret: str = "") -> dict[str, str]:
        """Slack's two headers for a body that was signed `age` seconds ago."""
        stamp = str(int((self.town.now - timedelta(seconds=age)).timestamp()))
        secret = secret or self.town.world.workspace.signing_secret
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature(secret, stamp, body)}

    async def post(self, body: str, headers: dict[str, str], kind: str = FORM) -> tuple[int, str]:
        """Status and text of the answer."""
        data = BytesIO(body.encode(errors="surrogateescape"))  # what is large goes in pieces
        headers = {"Content-Type": kind, **headers}
        async with ClientSession() as http, http.post(self.town.world.bot_url, data=data, headers=headers) as got:
            return got.status, await got.text()

    async def send(self, body: str, kind: str = FORM) -> tuple[int, str]:
        """A body as Slack would sign it."""
        return await self.post(body, self.signed(body), kind)

    async def deliver(self, payload: Any) -> int:
        """A payload as Slack would send it; the bot has finished when this returns."""
        status, _text = await self.send(*wrapped(payload))
        await self.town.settle()
        return status

    def kept(self) -> list[str]:
        """Everything in the database."""
        connection = sqlite3.connect(self.town.world.app.database.path)
        try:
            return list(connection.iterdump())
        finally:
            connection.close()

    def shown(self) -> str:
        """Everything anybody can see in the workspace."""
        workspace = self.town.world.workspace
        return repr(([each.messages for each in workspace.channels.values()], workspace.homes, workspace.modals))


def wrapped(payload: Any) -> tuple[str, str]:
    """A payload as the body that Slack puts it into, and that body's type."""
    if isinstance(payload, dict) and "command" in payload:
        return urlencode(
            {key: value for key, value in payload.items() if isinstance(value, str)}, errors="replace"
        ), FORM
    if isinstance(payload, dict) and ("event" in payload or "challenge" in payload):
        return json.dumps(payload), JSON
    return urlencode({"payload": json.dumps(payload)}), FORM


async def tapped(town: Town, label: str = "4") -> Json:
    """What Slack would send if Ana tapped this number on the pulse that is before her; nothing is sent."""
    if not town.person("ana").cards("Your weekly pulse"):
        await town.engage()
        await town.until(THURSDAY, "Europe/Lisbon")
    workspace = town.world.workspace
    message = workspace.dm("U0ANA").messages[-1]
    found = [
        payloads.action(workspace, block, element, None)
        for block in message.blocks
        for element in block.get("elements", ())
        if element.get("text") and element["type"] == "button" and element["text"]["text"] == label
    ]
    return payloads.message_tapped(workspace, workspace.person("ana"), message, found[0], {})


def written(town: Town, text: str, who: str = "ana") -> Json:
    """What Slack would send if somebody wrote this to the bot; nothing is sent."""
    workspace = town.world.workspace
    user = workspace.person(who)
    message = workspace.post(workspace.dm(user.id), user, text)
    return payloads.event(workspace, payloads.said(workspace, message, "message"))


async def conversation(town: Town) -> list[Json]:
    """One real payload of each kind there is."""
    await town.engage()
    workspace, ana, mo = town.world.workspace, town.person("ana"), town.person("mo")
    form = await opened(town, "The staging server is down")
    await form.submit()
    await mo.commands("who @ana")
    await ana.takes_shortcut("blockers.report")
    await ana.home()
    await (await ana.sees("Your blocker")).acts("blockers.from_message")
    lee = workspace.person("lee")
    await town.world.outbox.user_change(lee)
    await town.world.outbox.team_join(lee)
    await town.world.outbox.member_joined_channel(lee, workspace.channel("care"))
    await town.settle()
    every = {each.what: each.sent for each in workspace.log if each.who == "slack"}
    select = {"type": "static_select", "action_id": "pulse.seen_by#21.0", "block_id": "1#21", "action_ts": "1.2",
              "selected_option": {"text": {"type": "plain_text", "text": "Care team only"}, "value": "care"}}  # fmt: skip
    search = payloads.suggestion(workspace, workspace.person("ana"), workspace.dm("U0ANA").messages[-1],
                                 {"action_id": "onboarding.zones"}, "b", "Lis")  # fmt: skip
    return [*every.values(), every["block_actions"] | {"actions": [select]}, search, await tapped(town)]


def stumbled(mishaps: pytest.LogCaptureFixture) -> list[str]:
    """Where the bot did not know what had happened to it."""
    return [
        f"{record.getMessage()} {getattr(record, 'error', '')} {getattr(record, 'frames', '')}"
        for record in mishaps.records
        if record.levelno >= logging.ERROR or record.exc_info
    ]
