"""The conversation driver's Teams: people at the clients of the local organisation."""

from collections.abc import Mapping
from typing import Any

from bot.demo.organisation import ClientRefusal, Json, User
from bot.demo.outbox import Answer
from bot.demo.teams.cards import PEOPLE, actions, inputs
from bot.demo.teams.clients import Clients
from bot.demo.teams.tenant import Activity, Conversation, Dialog
from tests.demo_platform import Settle, Shown, Unavailable
from tests.demo_teams_reading import TeamsReader, kind_of

HOME = "home"  # the word that shows what Slack has a tab for


class TeamsPlatform:
    """`Platform` on the local organisation: everything goes through its clients, over real HTTP."""

    def __init__(self, clients: Clients, words: Mapping[str, str], settle: Settle | None = None) -> None:
        """`words` says which typed word does what a global shortcut does on Slack.

        A word is answered by a message that comes after; `settle` waits for it, as one waits before typing on.
        """
        self.clients, self.tenant, self.words, self._settle = clients, clients.tenant, words, settle
        self._typed_at: dict[str, int] = {}  # by person: the last word that may be answered with a button for a form

    def person(self, name: str) -> User:
        return self.tenant.person(name)

    # -- what a person sees ------------------------------------------------------------------------

    def aside(self, place: str | None) -> str | None:
        """Nobody can whisper in a channel here: what is for one person goes to their 1:1."""
        return None

    def cards(self, who: User | None, place: str | None) -> list[Shown]:
        """The bot's messages in a channel, or everything private: the 1:1 and what their client told; first the Home."""
        if place is not None:
            return [self._card(who, each) for each in self.tenant.channel(place).activities if self._from_bot(each)]
        assert who is not None
        mine = [(each.id, self._card(who, each)) for each in self._chat(who).activities if self._from_bot(each)]
        told = [
            (each.id, Shown(each.id, each.text, private=True, passing=True))
            for each in self.tenant.notices.get(who.id, ())
        ]
        home = self._home(who)
        seen = sorted(mine + told, key=lambda pair: (home is None or pair[0] != home.id, int(pair[0])))
        return [shown for _, shown in seen]

    def everything(self, who: User) -> list[str]:
        """Every text this person can see that somebody else wrote."""
        places = [each for each in self.tenant.conversations.values() if who.id in each.members]
        said = [each for place in places for each in place.activities if each.user != who.id]
        shown = [self._card(who, each) for each in said]
        form = self.form(who)
        shown += [form] if form else []
        told = [each.text for each in self.tenant.notices.get(who.id, ())]
        return [*told, *(f"{each.title}\n{each.text}\n{each.notification}" for each in shown)]

    def form(self, who: User) -> Shown | None:
        """The dialog that is open."""
        dialog = self.tenant.dialogs.get(who.id)
        if dialog is None:
            return None
        read = TeamsReader(self.tenant, who, dialog.typed).card(dialog.card)
        return Shown(dialog.id, "\n".join([dialog.title, *read.lines]), (), dialog.title, tuple(read.fields))

    def _card(self, who: User | None, activity: Activity) -> Shown:
        card = activity.seen_by(who)
        handle = (activity.conversation, activity.id)
        if card is None:
            return Shown(handle, activity.text, notification=activity.text)
        read = TeamsReader(self.tenant, who).card(card)
        private = self.tenant.conversations[activity.conversation].kind == "personal"
        return Shown(
            handle, "\n".join(read.lines), tuple(read.controls), notification=activity.summary, private=private
        )

    def _from_bot(self, activity: Activity) -> bool:
        return activity.user == self.tenant.bot.id

    def _chat(self, who: User) -> Conversation:
        return self.tenant.chat(who.id)

    # -- what a person does ------------------------------------------------------------------------

    async def say(self, who: User, place: str | None, text: str) -> None:
        where = self._chat(who) if place is None else self.tenant.channel(place)
        answer = await self._try(self.clients.say(who, where, text))
        if answer is not None:
            answered(answer)

    async def command(self, who: User, place: str | None, text: str) -> None:
        """A command is typed as words: to the bot, or in a channel after its name."""
        self._typed_at[who.id] = int(self.tenant.next_id())
        await self.say(who, place, text if place is None else f"@{self.tenant.bot.handle} {text}")
        if self._settle is not None:
            await self._settle()

    async def shortcut(self, who: User, name: str) -> None:
        """What is a global shortcut elsewhere is a word here."""
        await self.command(who, None, self.words[name])

    async def card_action(self, who: User, card: Any, name: str) -> None:
        answered(await self._try(self.clients.message_action(who, self._where(card), name)))

    async def message_action(self, who: User, place: str, text: str, name: str) -> None:
        said = [each for each in self.tenant.channel(place).activities if each.text == text]
        answered(await self._try(self.clients.message_action(who, said[-1], name)))

    async def open_home(self, who: User) -> None:
        await self.say(who, None, HOME)

    def home(self, who: User) -> Shown | None:
        found = self._home(who)
        return self._card(who, found) if found else None

    def _home(self, who: User) -> Activity | None:
        """The newest card that carries what only the Home carries."""
        for each in reversed(self._chat(who).activities):
            card = each.seen_by(who) if self._from_bot(each) else None
            if card and any(care(action).get("home") for action in actions(card)):
                return each
        return None

    async def accept(self, who: User) -> bool:
        """A typed word cannot open a dialog: it is answered with a button that does, which a person taps next."""
        typed_at = self._typed_at.get(who.id)
        for activity in reversed(self._chat(who).activities if typed_at else ()):
            found = [each for each in actions(activity.seen_by(who) or {}) if opens(each)]
            if int(activity.id) > (typed_at or 0) and len(found) == 1 and not care(found[0]).get("home"):
                del self._typed_at[who.id]
                answered(await self._try(self.clients.tap(who, activity, found[0])))
                return True
        return False

    async def act(self, who: User, shown: Any, control: Any, given: Any, typed: Mapping[Any, Any]) -> None:
        pick, action = control
        held = {pick: str(given)} if pick else {}
        answered(await self._try(self.clients.tap(who, self._where(shown), action, held)))

    async def submit(self, who: User, form: Any, typed: Mapping[Any, Any]) -> Mapping[Any, str]:
        dialog = self._dialog(who, form)
        known = inputs(dialog.card)
        held = {
            name: await self._held(who, dialog, known[name], value) for name, value in typed.items() if name in known
        }
        answer, wrong = await self._try(self.clients.submit(who, dialog, held))
        if answer is None:
            return dict(wrong)
        answered(answer)
        now = self.tenant.dialogs.get(who.id)
        return TeamsReader(self.tenant, who).card(now.card).errors if now is dialog else {}

    async def close(self, who: User) -> None:
        await self._try(self.clients.dismiss(who))

    async def search(self, who: User, form: Any, control: Any, text: str) -> Mapping[str, Any]:
        found = await self._try(self.clients.search(who, self._dialog(who, form), control, text))
        return {each["title"]: each["value"] for each in found}

    async def changed(self, seconds: float) -> bool:
        return await self.tenant.next_change(seconds)

    async def _held(self, who: User, dialog: Dialog, part: Json, value: Any) -> str:
        """What an input sends for what a person filled in: lists that are searched are searched for it."""
        kind = kind_of(part)
        if value is None:
            return ""
        if part["type"] == "Input.Toggle":
            return str(value[0]) if value else str(part.get("valueOff", "false"))
        if kind in ("person", "people"):
            ids = value if isinstance(value, list) else [value]
            return ",".join(self.tenant.aad(self.tenant.users[each]) for each in ids)
        if "choices.data" in part and not part["choices.data"]["dataset"].startswith(PEOPLE):
            found = await self.search(who, dialog.id, part["id"], str(value))
            assert value in found, f"a search for {value!r} finds {list(found)}"
            return str(found[value])
        return ",".join(value) if isinstance(value, list) else str(value)

    async def _try(self, doing: Any) -> Any:
        try:
            return await doing
        except ClientRefusal as refused:
            raise Unavailable(str(refused)) from refused

    def _dialog(self, who: User, form: Any) -> Dialog:
        dialog = self.tenant.dialogs[who.id]
        assert dialog.id == form, "another form is open"
        return dialog

    def _where(self, handle: Any) -> Activity:
        found = self.tenant.conversations[handle[0]].find(handle[1])
        assert found, "that card has gone"
        return found


def care(action: Json) -> Json:
    """What the bot keeps in an action."""
    kept: Json = (action.get("data") or {}).get("care") or {}
    return kept


def opens(action: Json) -> bool:
    """Whether an action opens a dialog."""
    return ((action.get("data") or {}).get("msteams") or {}).get("type") == "task/fetch"


def answered(answer: Answer) -> None:
    """The bot answered in time with something Teams can use."""
    assert answer.ok, f"the bot did not answer properly: {answer.error or answer.refusal} {answer.status} {answer.body}"
