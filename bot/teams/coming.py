"""Coming and going on Teams: the app, people, channels and whole teams."""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from bot.chat import Inbound, Place
from bot.teams import forms, inbound
from bot.teams.connector import Clock, Known, TeamsChat
from bot.turns import Answer

Json = dict[str, Any]
TEAM_GONE = ("teamDeleted", "teamHardDeleted", "teamArchived")
TEAM_BACK = ("teamRestored", "teamUnarchived")
CHANNEL_GONE = ("channelDeleted", "channelUnshared")
CHANNEL_HERE = ("channelCreated", "channelRenamed", "channelRestored", "channelShared")


class Events(forms.Names, Protocol):
    """What the rest of the bot is told of who came, went and was heard from."""

    async def heard(self, user: str, clock: Clock) -> None: ...
    async def joined(self, user: str) -> None: ...
    async def gone(self, user: str) -> None: ...
    async def kept(self, room: Known) -> None: ...
    async def entered(self, room: Known, by: str) -> None: ...
    async def left(self, room: Known) -> None: ...
    async def lost(self, user: str) -> None: ...


@dataclass
class Coming:
    """One tenant's. `later` does what no answer waits for, `turn` what somebody did, `follow` what they see of it."""

    chat: TeamsChat
    tenant: str
    events: Events
    later: Callable[..., None]
    turn: Callable[[Inbound], Awaitable[Answer]]
    follow: Callable[[Inbound, Answer], Coroutine[Any, Any, None]]

    async def changed(self, activity: Json) -> None:
        """A conversation is another than before: members, perhaps the bot itself, or one of its team's channels."""
        room, by = inbound.known(activity), str(activity["from"]["id"])
        came, gone = (inbound.members(activity, change) for change in ("membersAdded", "membersRemoved"))
        if self.chat.me in came and room.kind != inbound.PERSONAL:
            self.later(self.events.entered, room, by)
        if self.chat.me in gone:
            await self.events.left(room)
        await self._happened(activity, room, by)
        if room.kind == inbound.PERSONAL:
            return
        for user in inbound.people(gone):
            self.later(self.events.gone, user)
        for user in inbound.people(came):
            joined = Inbound(inbound.once(activity, user), self.tenant, user, "admin.joined_channel", room.channel,
                             place=Place(channel=room.channel))  # fmt: skip
            self.later(self._joined, user, joined)

    async def _happened(self, activity: Json, room: Known, by: str) -> None:
        """To a team as a whole, or to one of its channels."""
        event, channel = inbound.happened(activity)
        if event in TEAM_GONE:
            await self.events.left(room)
        elif event in TEAM_BACK:
            self.later(self.events.entered, room, by)
        elif event in CHANNEL_GONE and channel is not None:
            await self.events.left(channel)
        elif event in CHANNEL_HERE and channel is not None and self.chat.know(channel):
            await self.events.kept(channel)

    async def _joined(self, user: str, come: Inbound) -> None:
        await self.events.joined(user)
        await self.turn(come)

    async def installed(self, activity: Json) -> None:
        """The app was added to a team or to somebody's own chats, or removed from there."""
        room, by = inbound.known(activity), str(activity["from"]["id"])
        added = str(activity.get("action") or "").startswith("add")
        if room.kind == inbound.PERSONAL and added:
            stamp, place = inbound.once(activity, by), inbound.place_of(activity)
            come = Inbound(stamp, self.tenant, by, "home.opened", place=place)
            self.later(self._welcome, room, come)
        elif room.kind == inbound.PERSONAL:
            await self.events.lost(by)
        elif added:
            self.later(self.events.entered, room, by)
        else:
            await self.events.left(room)

    async def _welcome(self, room: Known, come: Inbound) -> None:
        await self.events.entered(room, come.user)
        self.later(self.follow, come, await self.turn(come))
