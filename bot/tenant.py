"""Connects the bot to an organisation on Teams: what it hears there is kept, what is kept is known there again."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol, TypeVar

from sqlmodel import Session

import handlers
import storage
from bot.chat import Ambiguous, Chat, Profile, Refused
from bot.errors import DatabaseAway, TeamsRefused, TeamsUnreachable
from bot.settings import TeamsSettings
from bot.teams.app import Admit, Teams
from bot.teams.connector import Account, Clock, Known, TeamsChat
from bot.turns import Turns
from storage.database import EVERYONE, Database

log = logging.getLogger(__name__)
T = TypeVar("T")
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
    """Know what was known before the last stop, and answer from now on. Raises TeamsRefused or TeamsUnreachable."""
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
    await _signed_in(chat)
    for user, channel in (await app.database.write(storage.people.directs, workspace)).items():
        chat.know_direct(user, channel)
    for room in await app.database.write(storage.rooms.every, workspace):
        address = str(json.loads(room.reference).get("serviceUrl") or "")
        chat.know(Known(room.channel, room.kind, address, room.team, room.name))
    app.chats[workspace] = chat
    events = Listener(app, workspace, chat)
    return Teams(app.turns, chat, settings.tenant_id, workspace, handlers.commands(), admit, events)


async def _signed_in(chat: TeamsChat) -> None:
    """A wrong secret is said at the start, not by the first message that cannot leave."""
    try:
        await chat.token()
    except Refused as refusal:
        await chat.close()
        raise TeamsRefused(reason=refusal.reason) from None
    except Ambiguous as error:
        await chat.close()
        raise TeamsUnreachable(address=chat.account.login_url, reason=str(error)) from None


@dataclass
class Listener:
    """What the rest of the bot does about who came, went and was heard from: `Events`."""

    app: Host
    workspace: int
    chat: TeamsChat

    async def heard(self, user: str, clock: Clock) -> None:
        """Somebody is there, and their own messages say when and how they read."""

        def work(db: Session) -> None:
            if storage.people.by_user(db, user) is not None:  # who is not known yet is asked for with their first turn
                storage.people.learn(db, user, self.app.now(), zone=clock.zone, locale=clock.locale, active=True)

        await self._learned(work, lambda: self.chat.clocks.pop(user, None))

    async def named(self, users: Sequence[str]) -> Mapping[str, str]:
        """What people are called, by id."""
        return await self._write(partial(storage.people.names, users=users))

    async def rooms(self) -> Mapping[str, str]:
        """What channels and group chats are called, by id."""
        kept = await self._write(storage.rooms.every)
        return {room.channel: room.name for room in kept if room.kind != "personal"}

    async def mapped(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Answers with a directory's ids as our people's."""
        names = [value for value in fields.values() if isinstance(value, str) and value]
        known = await self._write(partial(storage.people.by_directory, names=names)) if names else {}
        return {name: known.get(value, value) if isinstance(value, str) else value for name, value in fields.items()}

    async def joined(self, user: str) -> None:
        """Somebody new is where the bot is."""
        await self.app.learn(self.workspace, user)

    async def gone(self, user: str) -> None:
        """Somebody left: who is in none of the bot's conversations is not in the workspace, as far as it can know."""
        try:
            await self.app.learn(self.workspace, user)
        except Refused:
            await self._write(partial(storage.people.left, user=user))

    async def kept(self, room: Known) -> None:
        """How a conversation is reached now."""
        reference = {"serviceUrl": room.service_url, "conversation": room.channel, "bot": self.chat.me,
                     "tenantId": self.chat.account.tenant}  # fmt: skip
        await self._learned(
            lambda db: storage.rooms.keep(db, room.channel, room.kind, room.team, room.name, reference),
            lambda: self.chat.forget(room.channel),
        )

    async def entered(self, room: Known, by: str) -> None:
        """The bot was let into a conversation, by whom."""
        for channel in await self.chat.channels(room) if room.team else []:
            if self.chat.know(channel):
                await self.kept(channel)
        if room.kind != "personal":
            await self.app.meet(self.workspace, self.chat)
            await self.app.enter(self.workspace, "")  # its channels are not told one by one
        await self.app.learn(self.workspace, by)
        if room.kind == "channel":  # a team's owner may add to it; anybody may add to their own chats
            await self._write(partial(storage.people.found_by, user=by))

    async def left(self, room: Known) -> None:
        """The bot was removed from a conversation, and with a team, whose id is General's, from all of its channels."""
        gone = [one.channel for one in self.chat.rooms.values() if room.channel in (one.channel, one.team)]
        for channel in gone:
            self.chat.forget(channel)
        await self._write(partial(storage.rooms.leave, channels=gone))

    async def lost(self, user: str) -> None:
        """Somebody took the bot out of their own chats."""
        self.chat.clocks.pop(user, None)  # so that the next word from them is news
        await self._write(partial(storage.people.lost, user=user, reason="not installed"))

    async def _learned(self, work: Callable[[Session], None], unlearn: Callable[[], object]) -> None:
        """Keep what was heard. While that cannot be, nothing was: it has to be news the next time, too."""
        try:
            await self._write(work)
        except DatabaseAway:
            unlearn()
            raise

    async def _write(self, work: Callable[[Session], T]) -> T:
        return await self.app.database.write(work, self.workspace)


def gate(settings: TeamsSettings, now: Callable[[], Any]) -> Admit:
    """Who is let in: what Teams signed; anybody, where that was asked for on loopback."""
    if not settings.app_id:
        return _anybody
    made: list[Any] = []

    async def admit(header: str, channel: object, service: object) -> int:
        from bot.teams.transport import Gate, KeysUnavailable, Unauthorised  # half a second that a start need not wait

        if not made:
            made.append(Gate(settings.app_id, settings.app_password, settings.openid_url, now))
        try:
            await made[0].admit(header, channel, service)
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
