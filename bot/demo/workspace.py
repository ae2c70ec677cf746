"""What one pretend Slack team holds: people, channels, messages, views. No HTTP, and no clock of its own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.demo.faults import Pace
from bot.demo.methods import ALL_SCOPES
from bot.demo.organisation import ClientRefusal as ClientRefusal
from bot.demo.organisation import Exchange as Exchange
from bot.demo.organisation import Json as Json
from bot.demo.organisation import Organisation
from bot.demo.organisation import User as User

TRIGGER_LIFE = timedelta(seconds=3)  # Slack: a trigger_id opens one view, within three seconds
RESPONSE_URL_LIFE = timedelta(minutes=30)
RESPONSE_URL_USES = 5
MODAL_DEPTH = 3  # Slack: a modal holds at most three views


class SlackError(Exception):
    """A call that Slack would answer with `ok: false`; `messages` become response_metadata.messages."""

    def __init__(self, code: str, messages: list[str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.messages = messages or []


@dataclass
class Message:
    """One message; `only_for` names the single person who sees an ephemeral one."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    bot_id: str | None = None
    metadata: Json | None = None
    thread_ts: str | None = None
    only_for: str | None = None
    edited_ts: str | None = None
    reactions: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class Channel:
    """A conversation; `kind` is channel, group (private), im or mpim."""

    id: str
    name: str
    kind: str = "channel"
    members: list[str] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    created: datetime | None = None
    archived: bool = False

    def find(self, ts: str) -> Message | None:
        """The message posted at `ts`, ephemeral or not."""
        return next((message for message in self.messages if message.ts == ts), None)


@dataclass
class View:
    """A modal or Home as the bot sent it, with every block_id and action_id filled in."""

    id: str
    user: str
    body: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    typed: Json = field(default_factory=dict)  # block_id -> action_id -> state, as last seen from the client


@dataclass
class Trigger:
    user: str
    expires: datetime
    used: bool = False


@dataclass
class ResponseUrl:
    user: str
    channel: str
    ts: str | None
    expires: datetime
    uses: int = 0


class Workspace(Organisation):
    """One team. Everything that changes it wakes whoever waits in `next_change`."""

    def __init__(
        self,
        *,
        team_id: str = "T0DEMO",
        name: str = "Demo",
        token: str = "xoxb-demo",
        signing_secret: str = "demo-signing-secret",
        now: Callable[[], datetime],
        scopes: frozenset[str] | None = None,
        bot_name: str = "Contractor Care",
        app_id: str = "A0CARE",
    ) -> None:
        super().__init__(now)
        self.team_id, self.name, self.token, self.signing_secret = team_id, name, token, signing_secret
        self.app_id = app_id
        self.granted = ALL_SCOPES if scopes is None else scopes
        self.domain = "-".join(name.lower().split()) or "demo"
        self.base_url = ""  # where response_urls point; the server sets it when it starts
        self.installed = True
        self.oauth_codes: set[str] = set()
        self.channels: dict[str, Channel] = {}
        self.homes: dict[str, View] = {}
        self.modals: dict[str, list[View]] = {}
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.pace = Pace()
        self.listeners: list[Callable[[Message], None]] = []  # told of every new message
        self._last_ts = 0
        suffix = team_id.removeprefix("T")
        self.bot_id = f"B{suffix}"
        self.bot = self.add_user(f"U{suffix}BOT", bot_name, "contractor-care", bot=True)
        self.slackbot = User("USLACKBOT", "Slackbot", "slackbot", bot=True)  # speaks for Slack itself, is no member

    # -- people and places -------------------------------------------------------------------------

    def add_channel(
        self, channel_id: str, name: str, members: list[User] | None = None, *, kind: str = "channel", bot: bool = True
    ) -> Channel:
        """A new channel; the bot is a member unless told otherwise."""
        ids = [user.id for user in members or []] + ([self.bot.id] if bot else [])
        channel = self.channels[channel_id] = Channel(channel_id, name, kind, ids, created=self.now())
        self.changed()
        return channel

    def channel(self, which: str) -> Channel:
        """The channel with this name or id."""
        for channel in self.channels.values():
            if which.removeprefix("#") in (channel.name, channel.id):
                return channel
        raise KeyError(f"no channel {which!r}; there are {sorted(c.name for c in self.channels.values())}")

    def dm(self, user_id: str) -> Channel:
        """The direct-message channel between the bot and one person, opened when it is not there yet."""
        channel_id = "D" + user_id[1:]
        if channel_id not in self.channels:
            members = [user_id, self.bot.id]
            self.channels[channel_id] = Channel(channel_id, "", "im", members, created=self.now())
        return self.channels[channel_id]

    def group_dm(self, user_ids: list[str]) -> Channel:
        """The group conversation of the bot with exactly these people."""
        members = sorted({*user_ids, self.bot.id})
        for channel in self.channels.values():
            if channel.kind == "mpim" and sorted(channel.members) == members:
                return channel
        name = "mpdm-" + "--".join(self.users[member].handle for member in members) + "-1"
        group_id = f"G{self.team_id[1:]}{self.number():04d}"
        self.channels[group_id] = Channel(group_id, name, "mpim", members, created=self.now())
        return self.channels[group_id]

    # -- messages ----------------------------------------------------------------------------------

    def next_ts(self) -> str:
        """Slack's message id: seconds.microseconds, never twice the same, always growing."""
        moment = int(self.now().timestamp()) * 1_000_000 + self.now().microsecond
        self._last_ts = max(moment, self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def post(self, channel: Channel, user: User, text: str, **more: Any) -> Message:
        """A new message by `user`; `more` are the fields of Message."""
        bot_id = self.bot_id if user is self.bot else None
        message = Message(self.next_ts(), channel.id, user.id, text, bot_id=bot_id, **more)
        message.blocks = self.with_ids(message.blocks)
        channel.messages.append(message)
        for listen in self.listeners:
            listen(message)
        self.changed()
        return message

    def remove(self, message: Message) -> None:
        """Take a message away, ephemeral or not."""
        self.channels[message.channel].messages.remove(message)
        self.changed()

    # -- views -------------------------------------------------------------------------------------

    def new_view(self, user_id: str, body: Json, under: View | None = None) -> View:
        """A view for one person, not shown yet; `under` is the one it is pushed upon."""
        view_id = f"V{self.team_id[1:]}{self.number():05d}"
        root = under.root_id if under else view_id
        return View(view_id, user_id, self.with_view_ids(body), self.new_hash(), root, under.id if under else None)

    def open_modal(self, user_id: str, body: Json) -> View:
        """Show a first view to one person."""
        view = self.new_view(user_id, body)
        self.modals[user_id] = [view]
        self.changed()
        return view

    def push_modal(self, user_id: str, body: Json) -> View:
        """Lay a view upon the one that is open."""
        stack = self.modals.get(user_id) or []
        if not stack:
            raise SlackError("not_found")
        if len(stack) >= MODAL_DEPTH:
            raise SlackError("push_limit_reached")
        view = self.new_view(user_id, body, stack[-1])
        stack.append(view)
        self.changed()
        return view

    def change_view(self, view: View, body: Json) -> View:
        """Replace the contents of a view; what was typed stays where block_id and action_id stay."""
        view.body, view.hash = self.with_view_ids(body), self.new_hash()
        kept = {block.get("block_id") for block in view.body["blocks"]}
        view.typed = {block_id: state for block_id, state in view.typed.items() if block_id in kept}
        self.changed()
        return view

    def publish_home(self, user_id: str, body: Json) -> View:
        """Show or replace somebody's App Home."""
        if user_id in self.homes:
            return self.change_view(self.homes[user_id], body)
        self.homes[user_id] = view = self.new_view(user_id, body)
        self.changed()
        return view

    def find_view(self, view_id: str | None, external_id: str | None = None) -> View:
        """An open modal or a Home, by id or external id."""
        for view in [view for stack in self.modals.values() for view in stack] + [*self.homes.values()]:
            if view_id == view.id or (external_id and view.body.get("external_id") == external_id):
                return view
        raise SlackError("not_found")

    def close_top(self, user_id: str, *, everything: bool = False) -> None:
        """Close the uppermost view, or the whole modal."""
        stack = self.modals.get(user_id, [])
        self.modals[user_id] = [] if everything else stack[:-1]
        self.changed()

    # -- one-time permissions ----------------------------------------------------------------------

    def issue_trigger(self, user_id: str) -> str:
        """A trigger_id that opens one view within three seconds."""
        trigger_id = f"{self.number()}.{self.team_id[1:]}.{self.new_hash()}"
        self.triggers[trigger_id] = Trigger(user_id, self.now() + TRIGGER_LIFE)
        return trigger_id

    def take_trigger(self, trigger_id: str) -> str:
        """Whose trigger this is; it cannot be taken again."""
        trigger = self.triggers.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self.now() > trigger.expires:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger.user

    def issue_response_url(self, user_id: str, channel_id: str, ts: str | None = None) -> str:
        """A URL that takes five answers in thirty minutes; `ts` is the message it may replace."""
        key = f"{self.team_id}/{self.number()}/{self.new_hash()}"
        self.response_urls[key] = ResponseUrl(user_id, channel_id, ts, self.now() + RESPONSE_URL_LIFE)
        return f"{self.base_url}/response/{key}"

    # -- small things ------------------------------------------------------------------------------

    def with_ids(self, blocks: list[Json]) -> list[Json]:
        """The blocks with the block_ids and action_ids that Slack adds where the bot gave none."""
        return [self._with_block_id(block) for block in blocks]

    def with_view_ids(self, body: Json) -> Json:
        """The view with every id filled in."""
        return {**body, "blocks": self.with_ids(body.get("blocks", []))}

    def _with_block_id(self, block: Json) -> Json:
        filled = {**block, "block_id": block.get("block_id") or self.new_hash()}
        for place in ("element", "accessory"):
            if isinstance(filled.get(place), dict):
                filled[place] = self._with_action_id(filled[place])
        if filled["type"] == "actions":
            filled["elements"] = [self._with_action_id(element) for element in filled["elements"]]
        return filled

    def _with_action_id(self, element: Json) -> Json:
        if element.get("type") == "image":
            return element
        return {**element, "action_id": element.get("action_id") or self.new_hash()}
