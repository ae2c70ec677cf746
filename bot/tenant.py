"""Connects the bot to an organisation on Teams: what it hears there is kept, what is kept is known there again."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from sqlmodel import Session

import handlers
import storage
from bot.chat import Chat, Profile, Refused
from bot.settings import TeamsSettings
from bot.teams.app import Admit, Events, Teams
from bot.teams.connector import Account, Clock, Known, TeamsChat
from bot.turns import Turns
from storage.database import EVERYONE, Database

log = logging.getLogger(__name__)
REFUSED, AWAY, FINE = 401, 503, 200


class Host(Protocol):
    """The running bot, as far as a chat needs it."""

    turns: Turns
    chats: dict[int, Chat]
    now: Callable[[], datetime]

    @property
    def database(self) -> Database: ...

    async def keep(self, workspace: int, profile: Profile) -> None: ...
    async def learn(self, workspace: int, user: str) -> None: ...
    async def meet(self, workspace: int, chat: Chat) -> bool: ...
    async def enter(self, workspace: int, channel: str) -> None: ...


async def connect(app: Host, settings: TeamsSettings, admit: Admit) -> Teams:
    """Know what was known before the last stop, and answer from now on."""
    routes = handlers.routes()
    account = Account(settings.app_id, settings.app_password, settings.tenant_id, settings.login_url)

    def keep(db: Any) -> int:
        row = storage.people.workspace(db, "teams", settings.tenant_id)
        row.bot_user, row.active = f"28:{settings.app_id}", True
        row.care_channel, row.intro_channel = settings.care_channel, settings.intro_channel
        db.add(row)
        db.flush()
        return int(row.id or 0)

    workspace = await app.database.write(keep, EVERYONE)

    async def remember(user: str, channel: str) -> None:
        await app.database.write(lambda db: storage.people.remember_direct(db, user, channel), workspace)

    chat = TeamsChat(account, lambda route: route in routes and routes[route].asks, remember)
    for user, channel in (await app.database.write(storage.people.directs, workspace)).items():
        chat.know_direct(user, channel)
    for room in await app.database.write(storage.rooms.every, workspace):
        address = str(json.loads(room.reference).get("serviceUrl") or "")
        chat.know(Known(room.channel, room.kind, address, room.team, room.name))
    app.chats[workspace] = chat
    events = _events(app, workspace, chat)
    return Teams(app.turns, chat, settings.tenant_id, workspace, handlers.commands(), admit, events)


def _events(app: Host, workspace: int, chat: TeamsChat) -> Events:
    write = app.database.write

    async def heard(user: str, clock: Clock) -> None:
        def work(db: Session) -> None:
            if storage.people.by_user(db, user) is not None:  # who is not known yet is asked for with their first turn
                storage.people.learn(db, user, app.now(), zone=clock.zone, locale=clock.locale, active=True)

        await write(work, workspace)

    async def named(users: Sequence[str]) -> Mapping[str, str]:
        return await write(partial(storage.people.names, users=users), workspace)

    async def joined(user: str) -> None:
        await app.learn(workspace, user)

    async def gone(user: str) -> None:
        try:
            await app.learn(workspace, user)
        except Refused:  # nobody whom any conversation of the bot's knows
            await write(partial(storage.people.left, user=user), workspace)

    async def mapped(fields: Mapping[str, Any]) -> dict[str, Any]:
        names = [value for value in fields.values() if isinstance(value, str) and value]
        known = await write(partial(storage.people.by_directory, names=names), workspace) if names else {}
        return {name: known.get(value, value) if isinstance(value, str) else value for name, value in fields.items()}

    async def kept(room: Known) -> None:
        reference = {"serviceUrl": room.service_url, "conversation": room.channel, "bot": chat.me,
                     "tenantId": chat.account.tenant}  # fmt: skip
        await write(
            lambda db: storage.rooms.keep(db, room.channel, room.kind, room.team, room.name, reference), workspace
        )

    async def entered(room: Known, by: str) -> None:
        for channel in await chat.channels(room) if room.team else []:
            if chat.know(channel):
                await kept(channel)
        if room.kind != "personal":
            await app.meet(workspace, chat)
            await app.enter(workspace, room.channel)
        await app.learn(workspace, by)
        if room.kind == "channel":  # a team's owner may add to it; anybody may add to their own chats
            await write(partial(storage.people.found_by, user=by), workspace)

    async def left(room: Known) -> None:
        gone = [
            one.channel
            for one in chat.rooms.values()
            if one.channel == room.channel or (room.team and one.team == room.team)
        ]
        for channel in gone:
            chat.forget(channel)
        await write(partial(storage.rooms.leave, channels=gone), workspace)

    async def lost(user: str) -> None:
        await write(partial(storage.people.lost, user=user, reason="not installed"), workspace)

    return Events(heard, named, joined, gone, mapped, entered, kept, left, lost)


def gate(settings: TeamsSettings, now: Callable[[], Any]) -> Admit:
    """Who is let in: what Teams signed; anybody, where that was asked for on loopback."""
    if not settings.app_id:
        return _anybody
    from bot.teams.transport import Gate, KeysUnavailable, Unauthorised  # botbuilder, paid where it is used

    checks = Gate(settings.app_id, settings.app_password, settings.openid_url, now)

    async def admit(header: str, channel: object, service: object) -> int:
        try:
            await checks.admit(header, channel, service)
        except Unauthorised as refused:
            log.warning("an activity was refused", extra={"reason": str(refused)})
            return REFUSED
        except KeysUnavailable as error:
            log.warning("the keys of Teams cannot be fetched", extra={"reason": str(error)})
            return AWAY
        return FINE

    return admit


async def _anybody(_header: str, _channel: object, _service: object) -> int:
    return FINE
