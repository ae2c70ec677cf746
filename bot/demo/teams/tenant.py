"""What one pretend Teams organisation holds: people, conversations, activities, dialogs. No HTTP, and no clock of its own."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from bot.demo.organisation import Json, Organisation, User

ROOT = ";messageid="  # in a channel, the id of a conversation names the message that began its thread
TENANT = "7b1d6b60-6a0c-4c3e-9d5a-0f1e2d3c4b5a"
APP = "3e9c8a52-52f4-4b0f-8f0e-5f5b1f1c7a11"


class TeamsError(Exception):
    """A call that the Bot Connector would refuse, with its status and code."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.status, self.code, self.message = status, code, message


@dataclass
class Activity:
    """One message; `own` is the card as the answer to a tap changed it, for whoever tapped alone."""

    id: str
    conversation: str
    user: str
    at: datetime
    text: str = ""
    card: Json | None = None
    summary: str = ""
    root: str = ""  # the message that began the thread, in a channel
    edited: bool = False
    own: dict[str, Json] = field(default_factory=dict)

    def seen_by(self, user: User | None) -> Json | None:
        """The card as one person sees it."""
        return self.own.get(user.id, self.card) if user else self.card


@dataclass
class Conversation:
    """A 1:1 with the bot, a group chat or a channel; its kind is personal, groupChat or channel."""

    id: str
    kind: str
    name: str = ""
    members: list[str] = field(default_factory=list)
    activities: list[Activity] = field(default_factory=list)

    def find(self, activity_id: str) -> Activity | None:
        """One message of it."""
        return next((each for each in self.activities if each.id == activity_id), None)


@dataclass
class Dialog:
    """The dialog that one person has open; `typed` is what its inputs hold, `came` the message it was opened from."""

    id: str
    title: str
    card: Json
    came: Json  # conversation and replyToId of the activity
    typed: Json = field(default_factory=dict)
    command: Json = field(default_factory=dict)  # what was chosen in that message's menu, if it was opened there


@dataclass
class Notice:
    """A sentence that a client shows to one person for a moment, in answer to what they did."""

    id: str
    text: str
    at: datetime


class Tenant(Organisation):
    """One organisation with one team. Everything that changes it wakes whoever waits in `next_change`."""

    def __init__(
        self,
        *,
        name: str = "Demo",
        now: Callable[[], datetime],
        tenant_id: str = TENANT,
        app_id: str = APP,
        password: str = "demo-password",
        bot_name: str = "Contractor Care",
    ) -> None:
        super().__init__(now)
        self.name, self.tenant_id, self.app_id, self.password = name, tenant_id, app_id, password
        self.team_id = "19:" + "-".join(name.lower().split()) + "@thread.tacv2"
        self.service_url = ""  # where the bot reaches the connector; the server sets it when it starts
        self.in_team = False  # whether the app was added to the team
        self.personal: set[str] = set()  # who has it in their personal chats
        self.blocked: set[str] = set()  # who blocked or removed it after that
        self.conversations: dict[str, Conversation] = {}
        self.dialogs: dict[str, Dialog] = {}
        self.notices: dict[str, list[Notice]] = {}
        self._last_id = 0
        self.bot = self.add_user(f"28:{app_id}", bot_name, "contractor-care", bot=True)

    # -- people and places -------------------------------------------------------------------------

    @property
    def people(self) -> list[User]:
        """Everybody who is a person and still there."""
        return [each for each in self.users.values() if not each.bot and not each.deleted]

    def aad(self, user: User) -> str:
        """Somebody's Entra object id."""
        return str(uuid5(NAMESPACE_URL, f"{self.tenant_id}/{user.id}"))

    def by_aad(self, object_id: str) -> User | None:
        """The person with this Entra object id."""
        return next((each for each in self.people if self.aad(each) == object_id), None)

    def add_channel(self, channel_id: str, name: str, members: list[User], *, bot: bool = True) -> Conversation:
        """A new channel of the team; the bot is in it unless told otherwise."""
        ids = [user.id for user in members] + ([self.bot.id] if bot else [])
        made = self.conversations[channel_id] = Conversation(channel_id, "channel", name, ids)
        self.changed()
        return made

    def add_group(self, name: str, members: list[User]) -> Conversation:
        """A new group chat, without the bot until somebody adds it."""
        chat_id = f"19:{uuid5(NAMESPACE_URL, name).hex}@thread.v2"
        made = self.conversations[chat_id] = Conversation(chat_id, "groupChat", name, [user.id for user in members])
        self.changed()
        return made

    def channel(self, which: str) -> Conversation:
        """The channel or group chat with this name or id."""
        for each in self.conversations.values():
            if each.kind != "personal" and which.removeprefix("#") in (each.name, each.id):
                return each
        raise KeyError(f"no channel {which!r}; there are {sorted(c.name for c in self.conversations.values())}")

    def chat(self, user_id: str) -> Conversation:
        """The 1:1 of the bot and one person, opened when it is not there yet."""
        chat_id = f"a:{uuid5(NAMESPACE_URL, user_id).hex}"
        if chat_id not in self.conversations:
            self.conversations[chat_id] = Conversation(chat_id, "personal", "", [user_id, self.bot.id])
        return self.conversations[chat_id]

    def conversation(self, conversation_id: str) -> Conversation:
        """The conversation with this id, whichever of its threads is meant; only channels have some."""
        found = self.conversations.get(conversation_id.partition(ROOT)[0])
        if found is None or (ROOT in conversation_id and found.kind != "channel"):
            raise TeamsError(404, "ConversationNotFound", "Conversation not found.")
        return found

    def reaches(self, user: User) -> bool:
        """Whether the bot may write to this person first: a personal install, or a shared team that has the app."""
        return not user.deleted and not user.external_team and (self.in_team or user.id in self.personal)

    # -- messages ----------------------------------------------------------------------------------

    def next_id(self) -> str:
        """An activity's id: milliseconds, never twice the same, always growing."""
        self._last_id = max(int(self.now().timestamp() * 1000), self._last_id + 1)
        return str(self._last_id)

    def post(self, place: Conversation, user: User, root: str = "", **more: Any) -> Activity:
        """A new message; `more` are the fields of Activity."""
        made = Activity(self.next_id(), place.id, user.id, self.now(), **more)
        made.root = root or made.id
        place.activities.append(made)
        self.changed()
        return made

    def change(self, activity: Activity, text: str, card: Json | None, summary: str) -> None:
        """A message as the bot changed it, for everybody."""
        activity.text, activity.card, activity.summary = text, card, summary
        activity.own, activity.edited = {}, True
        self.changed()

    def tell(self, user: User, sentence: str) -> None:
        """Show somebody a sentence."""
        said = Notice(self.next_id(), sentence, self.now())
        self.notices.setdefault(user.id, []).append(said)
        self.changed()

    def mentioned(self, text: str) -> tuple[str, list[Json]]:
        """Typed text with everybody's @handle or @name as Teams sends a mention, and the entities that go with it."""
        entities: list[Json] = []
        if "@" not in text:
            return text, entities
        people = [each for each in self.users.values() if not each.deleted]
        known = {each.name.lower(): each for each in people} | {each.handle.lower(): each for each in people}
        longest_first = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))

        def mention(found: re.Match[str]) -> str:
            user = known.get(found[1].lower())
            if user is None:
                return found[0]
            shown = f"<at>{user.name}</at>"
            about = {"id": user.id, "name": user.name}
            entities.append({"type": "mention", "mentioned": about, "text": shown})
            return shown

        return re.sub(rf"(?<!\w)@({longest_first})(?![\w-]|\.\w)", mention, text, flags=re.IGNORECASE), entities
