"""The conversation driver's Slack: people at the clients of the local workspace."""

from collections.abc import Mapping
from typing import Any

from bot.demo.outbox import Answer, Outbox
from bot.demo.payloads import mentions
from bot.demo.workspace import Channel, ClientRefusal, Json, Message, User, View
from tests.demo_platform import Shown, Unavailable
from tests.demo_reading import Reader


class SlackPlatform:
    """`Platform` on the local workspace: everything goes through its clients, over real HTTP."""

    def __init__(self, outbox: Outbox, command: str = "/contractor") -> None:
        self.outbox, self.workspace, self.command_name = outbox, outbox.workspace, command

    def person(self, name: str) -> User:
        return self.workspace.person(name)

    # -- what a person sees ------------------------------------------------------------------------

    def aside(self, place: str | None) -> str | None:
        """Slack whispers on the spot."""
        return place

    def cards(self, who: User | None, place: str | None) -> list[Shown]:
        """The bot's cards in a channel, or everything private: direct, ephemeral and, oldest, the Home."""
        if place is not None:
            mine = [each for each in self._channel(who, place).messages if each.only_for in (None, who and who.id)]
            return [self._card(who, each) for each in mine if self._from_bot(each)]
        assert who is not None
        home = self.workspace.homes.get(who.id)
        private = [
            message
            for channel in self.workspace.channels.values()
            for message in channel.messages
            if self._from_bot(message) and (message.only_for == who.id or self._direct(channel, who, message))
        ]
        private.sort(key=lambda message: float(message.ts))
        return ([self._home(who, home)] if home else []) + [self._card(who, each) for each in private]

    def everything(self, who: User) -> list[str]:
        """Every text this person can see that somebody else wrote: cards, notifications, Home, form."""
        messages = [
            message
            for channel in self.workspace.channels.values()
            if who.id in channel.members or channel.kind == "channel"
            for message in channel.messages
            if message.only_for in (None, who.id) and message.user != who.id
        ]
        shown = [self._card(who, message) for message in messages]
        form, home = self.form(who), self.workspace.homes.get(who.id)
        shown += [each for each in (form, home and self._home(who, home)) if each]
        return [f"{each.title}\n{each.text}\n{each.notification}" for each in shown]

    def form(self, who: User) -> Shown | None:
        """The uppermost modal."""
        stack = self.workspace.modals.get(who.id)
        if not stack:
            return None
        view = stack[-1]
        reader = Reader(self.workspace, who)
        blocks, typed = view.body["blocks"], view.typed
        fields = tuple(reader.field(block, typed) for block in blocks if block["type"] == "input")
        text, controls = reader.card(blocks)
        title = reader.plain(view.body["title"])
        return Shown(view.id, f"{title}\n{text}", tuple(controls), title, fields)

    def _card(self, who: User | None, message: Message) -> Shown:
        reader = Reader(self.workspace, who)
        text, controls = reader.card(message.blocks)
        notification = reader.mrkdwn(message.text)
        handle = (message.channel, message.ts)
        return Shown(
            handle,
            text if message.blocks else notification,
            tuple(controls),
            notification=notification,
            private=bool(message.only_for),
        )

    def _home(self, who: User, view: View) -> Shown:
        text, controls = Reader(self.workspace, who).card(view.body["blocks"])
        return Shown(view.id, text, tuple(controls))

    def _from_bot(self, message: Message) -> bool:
        return message.user in (self.workspace.bot.id, self.workspace.slackbot.id)

    def _direct(self, channel: Channel, who: User, message: Message) -> bool:
        return channel.kind in ("im", "mpim") and who.id in channel.members and message.only_for is None

    # -- what a person does ------------------------------------------------------------------------

    async def say(self, who: User, place: str | None, text: str) -> None:
        message = await self._try(self.outbox.message(who, self._channel(who, place), text))
        heard = [each for each in self.workspace.log if each.sent.get("event", {}).get("ts") == message.ts]
        assert not heard or not heard[-1].note, f"the bot did not take it: {heard[-1].note} {heard[-1].status}"

    async def command(self, who: User, place: str | None, text: str) -> None:
        answered(await self._try(self.outbox.command(who, self._channel(who, place), self.command_name, text)))

    async def shortcut(self, who: User, name: str) -> None:
        answered(await self._try(self.outbox.shortcut(who, name)))

    async def card_action(self, who: User, card: Any, name: str) -> None:
        where = self._where(card)
        assert isinstance(where, Message), "a Home has no menu of actions"
        answered(await self._try(self.outbox.message_action(who, where, name)))

    async def message_action(self, who: User, place: str, text: str, name: str) -> None:
        sent = mentions(self.workspace, text)
        said = [each for each in self.workspace.channel(place).messages if each.text == sent]
        answered(await self._try(self.outbox.message_action(who, said[-1], name)))

    async def accept(self, who: User) -> bool:
        return False  # every command opens its form by itself

    async def open_home(self, who: User) -> None:
        answered(await self._try(self.outbox.open_home(who)))

    def home(self, who: User) -> Shown | None:
        home = self.workspace.homes.get(who.id)
        return self._home(who, home) if home else None

    async def act(self, who: User, shown: Any, control: Any, given: Any, typed: Mapping[Any, Any]) -> None:
        block_id, action_id, value = control
        where, held = self._where(shown), nested(typed)
        answered(
            await self._try(
                self.outbox.tap(who, where, action_id, value if given is None else given, held, block_id=block_id)
            )
        )

    async def submit(self, who: User, form: Any, typed: Mapping[Any, Any]) -> Mapping[Any, str]:
        view = self.workspace.find_view(form)
        answer, errors = await self._try(self.outbox.submit(who, view, nested(typed)))
        if answer:
            answered(answer)
        inputs = {block["block_id"]: block["element"] for block in view.body["blocks"] if block["type"] == "input"}
        return {(block_id, inputs[block_id]["action_id"]): sentence for block_id, sentence in errors.items()}

    async def close(self, who: User) -> None:
        answer = await self._try(self.outbox.close_view(who))
        if answer:
            answered(answer)

    async def search(self, who: User, form: Any, control: Any, text: str) -> Mapping[str, Any]:
        block_id, action_id = control
        view = self.workspace.find_view(form)
        found = await self._try(self.outbox.suggest(who, view, action_id, text, block_id=block_id))
        return {option["text"]["text"]: option for option in found}

    async def changed(self, seconds: float) -> bool:
        return await self.workspace.next_change(seconds)

    async def _try(self, doing: Any) -> Any:
        try:
            return await doing
        except ClientRefusal as refused:
            raise Unavailable(str(refused)) from refused

    def _channel(self, who: User | None, place: str | None) -> Channel:
        if place is None:
            assert who is not None
            return self.workspace.dm(who.id)
        return self.workspace.channel(place)

    def _where(self, handle: Any) -> Message | View:
        if isinstance(handle, str):
            return self.workspace.find_view(handle)
        found = self.workspace.channels[handle[0]].find(handle[1])
        assert found, "that card has gone"
        return found


def answered(answer: Answer) -> None:
    """The bot acknowledged in time with something Slack can use."""
    assert answer.ok, f"the bot did not answer properly: {answer.error or answer.refusal} {answer.status} {answer.body}"


def nested(typed: Mapping[Any, Any]) -> Json:
    """(block_id, action_id) -> value as Slack nests it."""
    values: Json = {}
    for (block_id, action_id), value in typed.items():
        values.setdefault(block_id, {})[action_id] = value
    return values
