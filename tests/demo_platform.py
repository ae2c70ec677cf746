"""What a chat platform brings for people to be played on it: the neutral pieces, and the protocol to implement."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Settle = Callable[[], Awaitable[None]]  # lets the bot finish what it began


class Unavailable(Exception):
    """Something that the platform's own client does not let this person do, in its words."""


@dataclass(frozen=True)
class Control:
    """Something to act on: `kind` is button, choice or link; `asks` is the question it puts before acting."""

    label: str
    under: str
    kind: str
    handle: Any
    choices: Mapping[str, Any] = field(default_factory=dict)
    asks: str = ""


@dataclass(frozen=True)
class Field:
    """One question of a form; `kind` is text, number, one, many, person, people, channel, date, time or search."""

    label: str
    kind: str
    handle: Any
    choices: Mapping[str, Any] = field(default_factory=dict)
    value: Any = None  # what it holds before anybody touches it, as the person sees it
    hint: str = ""
    optional: bool = False


@dataclass(frozen=True)
class Shown:
    """A card or form as one person sees it now; `notification` is what a phone's lock screen says of it."""

    handle: Any
    text: str
    controls: tuple[Control, ...] = ()
    title: str = ""
    fields: tuple[Field, ...] = ()
    notification: str = ""
    private: bool = False
    passing: bool = False  # the client shows it for a moment, and it stands nowhere


class Platform(Protocol):
    """What another platform reimplements. `who` is the platform's own person; `place` a channel's name, None the DM.

    Methods that reach the bot raise AssertionError when it does not answer properly, Unavailable when the
    platform's client would not even ask it. `accept` taps the button with which a typed word was answered where a
    form cannot open by itself; whether there was one. `aside` is where a person is told alone what concerns a place.
    """

    def person(self, name: str) -> Any: ...
    def aside(self, place: str | None) -> str | None: ...
    def cards(self, who: Any, place: str | None) -> list[Shown]: ...
    def everything(self, who: Any) -> list[str]: ...
    def form(self, who: Any) -> Shown | None: ...
    async def say(self, who: Any, place: str | None, text: str) -> None: ...
    async def command(self, who: Any, place: str | None, text: str) -> None: ...
    async def shortcut(self, who: Any, name: str) -> None: ...
    async def card_action(self, who: Any, card: Any, name: str) -> None: ...
    async def message_action(self, who: Any, place: str, text: str, name: str) -> None: ...
    async def accept(self, who: Any) -> bool: ...
    async def open_home(self, who: Any) -> None: ...
    def home(self, who: Any) -> Shown | None: ...
    async def act(self, who: Any, shown: Any, control: Any, given: Any, typed: Mapping[Any, Any]) -> None: ...
    async def submit(self, who: Any, form: Any, typed: Mapping[Any, Any]) -> Mapping[Any, str]: ...
    async def close(self, who: Any) -> None: ...
    async def search(self, who: Any, form: Any, control: Any, text: str) -> Mapping[str, Any]: ...
    async def changed(self, seconds: float) -> bool: ...
