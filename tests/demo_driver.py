"""People talking to the bot, without a word of platform JSON: what they say, see, tap and fill in.

A platform implements `Platform` (tests/demo_platform.py; for Slack tests/demo_slack.py does, for Teams tests/demo_teams.py), and every conversation
test then runs on it unchanged.
Everything is strict: a label that is not there fails and lists what is.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from tests.demo_platform import Control, Field, Platform, Settle, Shown

PATIENCE = 3.0  # seconds of real time that a follow-up of the bot may take
QUIET = 0.06  # seconds without any change after which nothing more is expected


class Stage:
    """Where a conversation plays. `settle` lets the bot finish what it began (default: until it is quiet)."""

    def __init__(self, platform: Platform, settle: Settle | None = None) -> None:
        self.platform = platform
        self._settle = settle

    def person(self, name: str) -> "Person":
        """Somebody in the workspace, by handle or name."""
        return Person(self, self.platform.person(name), name)

    def channel(self, name: str) -> "Place":
        """A channel, as all of its members see it."""
        return Place(self, None, name.removeprefix("#"))

    async def settle(self) -> None:
        """Wait until the bot has nothing more to say."""
        if self._settle:
            await self._settle()
        while await self.platform.changed(QUIET):
            pass


class Place:
    """What is posted in a channel, or what one person sees there."""

    def __init__(self, stage: Stage, who: Any, name: str | None) -> None:
        self.stage, self.who, self.name = stage, who, name

    def cards(self, text: str = "") -> list["Card"]:
        """Every card with this text, oldest first."""
        shown = self.stage.platform.cards(self.who, self.name)
        return [Card(self, each) for each in shown if has(each.text, text)]

    async def sees(self, text: str) -> "Card":
        """The newest card with this text, waiting for the bot's follow-ups."""
        clock = asyncio.get_running_loop().time
        until = clock() + PATIENCE
        while True:
            found = self.cards(text)
            if found:
                return found[-1]
            if clock() >= until or not await self.stage.platform.changed(until - clock()):
                raise AssertionError(f"no card says {text!r}. There is:\n{listing(card.text for card in self.cards())}")

    async def does_not_see(self, text: str) -> None:
        """Nothing here says this, when the bot has finished."""
        await self.stage.settle()
        said = [card.text for card in self.cards(text)]
        assert not said, f"should not say {text!r}:\n{listing(said)}"


class Person:
    """One person at their client."""

    def __init__(self, stage: Stage, who: Any, name: str) -> None:
        self.stage, self.who, self.name = stage, who, name

    async def says(self, text: str, where: str | None = None) -> None:
        """Write a message: to the bot, or in a channel."""
        await self.stage.platform.say(self.who, where, text)

    async def commands(self, text: str, where: str | None = None) -> None:
        """Type a slash command without its name (`kpis @ana`), to the bot or in a channel."""
        await self.stage.platform.command(self.who, where, text)

    async def takes_shortcut(self, name: str) -> None:
        """Choose a global shortcut."""
        await self.stage.platform.shortcut(self.who, name)

    async def acts_on(self, text: str, name: str, where: str) -> None:
        """Choose an action from the menu of what somebody wrote in a channel."""
        await self.stage.platform.message_action(self.who, where, text, name)

    async def sees(self, text: str, where: str | None = None) -> "Card":
        """The newest card with this text: private (direct, ephemeral or Home), or in a channel."""
        return await Place(self.stage, self.who, where).sees(text)

    async def is_told(self, text: str, where: str) -> "Card":
        """The newest card with this text that only this person sees of what they did in a channel."""
        card = await self.sees(text, self.stage.platform.aside(where))
        assert card.private, f"everybody sees {card.text!r}"
        return card

    def cards(self, text: str = "", where: str | None = None) -> list["Card"]:
        """Every card with this text that is there now, oldest first."""
        return Place(self.stage, self.who, where).cards(text)

    async def does_not_see(self, text: str) -> None:
        """Nothing this person can see anywhere says it: cards, notifications, channels, Home, form."""
        await self.stage.settle()
        said = [each for each in self.stage.platform.everything(self.who) if has(each, text)]
        assert not said, f"{self.name} should not see {text!r}:\n{listing(said)}"

    async def home(self) -> "Card":
        """Open the Home and see what it says."""
        await self.stage.platform.open_home(self.who)
        await self.stage.settle()
        shown = self.stage.platform.home(self.who)
        assert shown is not None, f"{self.name}'s Home is empty"
        return Card(Place(self.stage, self.who, None), shown)

    async def form(self, title: str = "") -> "Form":
        """The form that is open now, waiting for the bot to open it."""
        clock = asyncio.get_running_loop().time
        until = clock() + PATIENCE
        while True:
            shown = self.stage.platform.form(self.who)
            if shown and has(shown.title, title):
                return Form(self, shown)
            if shown is None and await self.stage.platform.accept(self.who):
                continue
            if clock() >= until or not await self.stage.platform.changed(until - clock()):
                there = f"the form {shown.title!r} is" if shown else "no form is"
                raise AssertionError(f"{there} open for {self.name}; expected {title or 'one'!r}")

    def has_form(self) -> bool:
        """Whether a form is open."""
        return self.stage.platform.form(self.who) is not None


class Card:
    """A card as it is now: when the bot changes it, so do `text` and `buttons`."""

    def __init__(self, place: Place, shown: Shown) -> None:
        self.place, self._shown = place, shown

    @property
    def shown(self) -> Shown:
        """The card now, or as it last was when it has gone."""
        for each in self.place.stage.platform.cards(self.place.who, self.place.name):
            if each.handle == self._shown.handle:
                self._shown = each
        return self._shown

    @property
    def text(self) -> str:
        """Everything the reader can read."""
        return self.shown.text

    @property
    def notification(self) -> str:
        """What a lock screen shows of it."""
        return self.shown.notification

    @property
    def buttons(self) -> list[str]:
        """The labels of everything that can be tapped, top to bottom."""
        return [control.label for control in self.shown.controls if control.kind != "choice"]

    @property
    def private(self) -> bool:
        """Whether only this person sees it though it stands among others."""
        return self.shown.private

    @property
    def passing(self) -> bool:
        """Whether the client only shows it for a moment."""
        return self.shown.passing

    async def becomes(self, text: str) -> "Card":
        """The same card, as soon as it says this."""
        clock = asyncio.get_running_loop().time
        until = clock() + PATIENCE
        while not has(self.text, text):
            if clock() >= until or not await self.place.stage.platform.changed(until - clock()):
                raise AssertionError(f"the card never said {text!r}; it says:\n{self.text}")
        return self

    async def tap(self, label: str, *, under: str = "", nth: int | None = None, confirmed: bool = False) -> None:
        """Tap a button by its label, if need be the one under some text, or the n-th (from 1)."""
        control = only(self.shown.controls, label, under, nth, "button")
        agree(control, confirmed)
        await self._act(control, None)

    async def choose(self, label: str, option: Any, *, under: str = "", nth: int | None = None) -> None:
        """Choose an option, a date or a time in a list on the card, named by its placeholder or the text beside it."""
        control = only(self.shown.controls, label, under, nth, "choice")
        await self._act(control, chosen(control.choices, option, label))

    async def acts(self, name: str) -> None:
        """Choose an action from the card's own menu."""
        await self.place.stage.platform.card_action(self._reader(), self.shown.handle, name)

    async def _act(self, control: Control, given: Any) -> None:
        await self.place.stage.platform.act(self._reader(), self.shown.handle, control.handle, given, {})

    def _reader(self) -> Any:
        assert self.place.who is not None, "a channel taps nothing: `card = await ana.sees(text, where=channel)`"
        return self.place.who


class Form:
    """An open form; what is filled in stays until it is submitted or closed."""

    def __init__(self, person: Person, shown: Shown) -> None:
        self.person, self._shown = person, shown
        self.errors: dict[str, str] = {}
        self._typed: dict[Any, Any] = {}

    @property
    def shown(self) -> Shown:
        """The form as it is now; fails when it is no longer the one that is open."""
        now = self.person.stage.platform.form(self.person.who)
        if now is None or now.handle != self._shown.handle:
            raise AssertionError(f"the form {self._shown.title!r} is no longer open")
        return now

    @property
    def is_open(self) -> bool:
        """Whether it is still the open one."""
        now = self.person.stage.platform.form(self.person.who)
        return now is not None and now.handle == self._shown.handle

    @property
    def title(self) -> str:
        """Its title."""
        return self.shown.title

    @property
    def text(self) -> str:
        """Everything there is to read, labels and hints too."""
        return self.shown.text

    @property
    def labels(self) -> list[str]:
        """The labels of its questions."""
        return [each.label for each in self.shown.fields]

    @property
    def buttons(self) -> list[str]:
        """The labels of the buttons inside it."""
        return [control.label for control in self.shown.controls if control.kind != "choice"]

    def value(self, label: str) -> Any:
        """What a question holds now, as the person sees it: text, an option's label, several in a list."""
        question = self._field(label)
        if question.handle not in self._typed:
            return question.value
        said = self._typed[question.handle]
        names = {str(value): name for name, value in question.choices.items()}
        return [names.get(str(each), each) for each in said] if isinstance(said, list) else names.get(str(said), said)

    def options(self, label: str) -> list[str]:
        """The options of a question."""
        return list(self._field(label).choices)

    async def offers(self, label: str, option: str) -> bool:
        """Whether a question has this option: in its list, or where one types to find it."""
        question = self._field(label)
        return option in (question.choices or await self._search(question, option))

    def fill(self, label: str, text: object) -> None:
        """Write into a text, number, date (YYYY-MM-DD) or time (HH:MM) question; empty text clears it."""
        question = self._field(label, "text", "number", "date", "time")
        self._typed[question.handle] = str(text)

    def choose(self, label: str, *options: str) -> None:
        """Choose options by what they say; none clears the question."""
        question = self._field(label, "one", "many")
        values = [chosen(question.choices, option, label) for option in options]
        assert question.kind == "many" or len(values) <= 1, f"{label!r} takes one option"
        self._typed[question.handle] = values if question.kind == "many" else (values[0] if values else None)

    def pick(self, label: str, *who: "Person | str") -> None:
        """Pick people (as Person), or a channel by its name."""
        question = self._field(label, "person", "people", "channel")
        values = [each.who.id if isinstance(each, Person) else chosen(question.choices, each, label) for each in who]
        self._typed[question.handle] = values if question.kind == "people" else (values[0] if values else None)

    async def search(self, label: str, text: str) -> list[str]:
        """Type into a search question: what it offers."""
        return list(await self._search(self._field(label, "search"), text))

    async def find(self, label: str, text: str, option: str) -> None:
        """Type into a search question and choose one of what it offers."""
        question = self._field(label, "search")
        self._typed[question.handle] = chosen(await self._search(question, text), option, label)

    async def tap(self, label: str, *, under: str = "", nth: int | None = None, confirmed: bool = False) -> None:
        """Tap a button inside the form."""
        control = only(self.shown.controls, label, under, nth, "button")
        agree(control, confirmed)
        await self._act(control.handle, None)

    async def select(self, label: str, option: Any, *, under: str = "", nth: int | None = None) -> None:
        """Choose in a list that acts at once."""
        control = only(self.shown.controls, label, under, nth, "choice")
        await self._act(control.handle, chosen(control.choices, option, label))

    async def submit(self) -> "Form":
        """Submit; `errors` then says, by label, what is wrong (by "" what is of no question), and is empty when all was well."""
        names = {each.handle: each.label for each in self.shown.fields} | {"": ""}
        platform, who = self.person.stage.platform, self.person.who
        wrong = await platform.submit(who, self.shown.handle, self._typed)
        self.errors = {names[handle]: sentence for handle, sentence in wrong.items()}
        return self

    async def close(self) -> None:
        """Close without submitting."""
        assert self.is_open, f"the form {self._shown.title!r} is no longer open"
        await self.person.stage.platform.close(self.person.who)

    async def _act(self, handle: Any, given: Any) -> None:
        await self.person.stage.platform.act(self.person.who, self.shown.handle, handle, given, self._typed)

    async def _search(self, question: Field, text: str) -> Mapping[str, Any]:
        platform = self.person.stage.platform
        return await platform.search(self.person.who, self.shown.handle, question.handle, text)

    def _field(self, label: str, *kinds: str) -> Field:
        found = [each for each in self.shown.fields if each.label == label]
        assert found, f"the form {self.shown.title!r} asks no {label!r}; it asks {self.labels}"
        assert len(found) == 1, f"the form {self.shown.title!r} asks {label!r} {len(found)} times"
        assert not kinds or found[0].kind in kinds, f"{label!r} is a question of kind {found[0].kind!r}, not {kinds}"
        return found[0]


def has(text: str, part: str) -> bool:
    """Whether a text says this, however its lines are broken."""
    return " ".join(part.split()) in " ".join(text.split())


def listing(texts: Any) -> str:
    """What there is, for a failure's message."""
    return "\n".join(f"--- {text}" for text in texts) or "--- nothing"


def only(controls: tuple[Control, ...], label: str, under: str, nth: int | None, kind: str) -> Control:
    """The one control that is meant; fails when there is none or more than one."""
    mine = [each for each in controls if (each.kind == "choice") == (kind == "choice")]
    found = [each for each in mine if each.label == label and has(each.under, under)]
    there = "\n".join(f"--- {each.label!r} under {each.under!r}" for each in mine) or "--- nothing"
    where = f" under {under!r}" if under else ""
    assert found, f"there is no {kind} {label!r}{where}. There is:\n{there}"
    assert nth is not None or len(found) == 1, f"there are {len(found)} {kind}s {label!r}{where}:\n{there}"
    assert nth is None or nth <= len(found), f"there are only {len(found)} {kind}s {label!r}{where}"
    return found[(nth or 1) - 1]


def agree(control: Control, confirmed: bool) -> None:
    """A control that asks first must be tapped with `confirmed=True`, any other without."""
    assert confirmed or not control.asks, f"{control.label!r} asks first: {control.asks!r}"
    assert control.asks or not confirmed, f"{control.label!r} does not ask first"


def chosen(choices: Mapping[str, Any], option: Any, label: str) -> Any:
    """The platform's value of an option, by what it says; a list without options takes the value itself."""
    if not choices:
        return option
    assert option in choices, f"{label!r} does not offer {option!r}; it offers {list(choices)}"
    return choices[option]
