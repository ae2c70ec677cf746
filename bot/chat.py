"""A chat as the rest of the house sees it: turns that come in, what a handler may return, cards that go out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, get_args

from sqlmodel import Session

from bot.card import Card, Choice, Form, Part
from bot.care.people import Actor

SLASH = {"slack": "/contractor"}  # what a word is typed after on a chat that has slash commands

# -- what comes in -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was done. `message` is the card that was tapped, if any; `direct` a 1:1 with the bot."""

    channel: str = ""
    message: str = ""
    direct: bool = False
    home: bool = False


@dataclass(frozen=True, slots=True)
class Inbound:
    """One thing one person did, before anything is known of them. `id` is the platform's own, for duplicates."""

    id: str
    team: str
    user: str
    route: str
    value: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    people: tuple[str, ...] = ()
    place: Place = Place()


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing one person did, inside its transaction.

    `value` is what a button or form was about, or the words after a command; `people` the platform ids mentioned
    in them; `fields` a form's answers: text by field id, lists for several, "yes" or "" for toggles.
    """

    actor: Actor
    route: str
    value: str
    fields: Mapping[str, Any]
    now: datetime
    db: Session
    people: tuple[str, ...] = ()
    place: Place = Place()

    def text(self, name: str) -> str:
        """A field as typed, without the spaces around it."""
        return str(self.fields.get(name) or "").strip()


# -- what a handler may return: a small closed set, the same on every platform ------------------------------


@dataclass(frozen=True, slots=True)
class Whisper:
    """Show a card to this person only, leaving the tapped card as it is."""

    card: Card


@dataclass(frozen=True, slots=True)
class Post:
    """Post where it was asked, for everyone there."""

    card: Card


@dataclass(frozen=True, slots=True)
class Again:
    """Give the form back with everything typed and a sentence under each field that needs another look."""

    form: Form
    errors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Home:
    """Publish this person's Home."""

    card: Card


@dataclass(frozen=True, slots=True)
class Options:
    """What a search field offers."""

    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Fresh:
    """Draw the tapped card anew, after the commit, as the letter of this kind composes it for this subject."""

    kind: str
    subject: str


# A bare Card replaces the card that was tapped (or from which the form was opened), else is private.
Outcome = Card | Fresh | Whisper | Post | Form | Again | Home | Options | None
Handler = Callable[[Turn], Outcome]
Section = Callable[[Turn], Sequence[Part]]


@dataclass(frozen=True, slots=True)
class Command:
    """A word people can type, after `/contractor` or alone in a direct message."""

    word: str
    route: str
    usage: str  # what may follow the word
    about: str  # one line for help
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shortcut:
    """What stands in the platform's own menus: `where` is "global" or "message"."""

    route: str
    where: str
    title: str
    about: str  # one line


@dataclass(frozen=True, slots=True)
class Route:
    handler: Handler
    reads: bool  # only reads: needs no writer and leaves no trace

    @property
    def asks(self) -> bool:
        """Whether it may answer with a form, as its handler's annotation says: some platforms must know beforehand."""
        says = self.handler.__annotations__["return"]
        return Form in (get_args(says) or (says,))


class Router:
    """A feature's routes, by name: `Router("pulse")` and `@router.action("answer")` make `pulse.answer`."""

    def __init__(self, feature: str) -> None:
        self.feature = feature
        self.routes: dict[str, Route] = {}
        self.commands: list[Command] = []
        self.shortcuts: list[Shortcut] = []
        self.sections: list[Section] = []  # of the Home

    def action(self, name: str, *, reads: bool = False) -> Callable[[Handler], Handler]:
        """A button, a select or a form's submission."""
        return self._keep(f"{self.feature}.{name}", reads)

    form = event = action  # the same book of names; the word says what a reader should expect

    def command(
        self, word: str, *aliases: str, usage: str = "", about: str, reads: bool = False
    ) -> Callable[[Handler], Handler]:
        """A word people can type; `/word` is its route."""
        self.commands.append(Command(word, f"/{word}", usage, about, aliases))
        return self._keep(f"/{word}", reads)

    def shortcut(self, name: str, where: str, title: str, about: str) -> Callable[[Handler], Handler]:
        """A platform shortcut; of one on a message the turn's value is the message's text."""
        self.shortcuts.append(Shortcut(f"{self.feature}.{name}", where, title, about))
        return self._keep(f"{self.feature}.{name}", False)

    def section(self, section: "Section") -> "Section":
        """The feature's part of everybody's Home; nothing for those it does not concern."""
        self.sections.append(section)
        return section

    def _keep(self, route: str, reads: bool) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            if route in self.routes:
                raise ValueError(f"two handlers for {route}")
            self.routes[route] = Route(handler, reads)
            return handler

        return register


# -- what goes out ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Landing:
    """Where a message is: the channel (a DM has one too), its id there."""

    channel: str
    message: str


@dataclass(frozen=True, slots=True)
class Profile:
    """Somebody as the platform describes them. `zone` is IANA."""

    user: str
    name: str
    email: str = ""
    zone: str = ""
    locale: str = "en"
    guest: bool = False
    admin: bool = False
    bot: bool = False
    active: bool = True
    external: bool = False
    directory: str = ""  # what a directory beside the chat calls them, where it has one


class Ambiguous(Exception):
    """The message may or may not have been accepted: look for its marker before sending again."""


class Unsent(Ambiguous):
    """The chat is in trouble and surely did not take the message: send it again later."""


class Limited(Exception):
    """Too many; try again after `seconds`."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"retry after {seconds} s")


def seconds_asked(retry_after: str) -> float:
    """For how long a chat that says "too many" is left alone: a second where it does not say, or says none at all."""
    return max(1.0, float(retry_after)) if retry_after.isascii() and retry_after.isdigit() else 1.0


class Refused(Exception):
    """The chat will not take it, now or later. `unreachable`: nothing can reach this person."""

    def __init__(self, reason: str, unreachable: bool = False) -> None:
        self.reason = reason
        self.unreachable = unreachable
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Pace:
    """The least seconds between two messages of one channel, and between two of one workspace."""

    per_channel: float
    per_workspace: float


class Chat(Protocol):
    """A platform's outbound side. Every method may raise Ambiguous, Limited or Refused; none retries by itself."""

    @property
    def pace(self) -> Pace:
        """As fast as the platform takes messages that nobody asked for."""

    @property
    def finds(self) -> bool:
        """Whether `find` can find anything: not every platform lets a bot read its own messages back."""

    async def direct(self, user: str) -> str:
        """The 1:1 channel with somebody."""

    async def send(self, channel: str, card: Card, *, key: str, thread: str = "", locale: str = "en") -> Landing:
        """Post a card, marked with the ledger's key."""

    async def update(self, landing: Landing, card: Card, *, locale: str = "en") -> None:
        """Change a card in place."""

    async def find(self, channel: str, key: str, since: datetime) -> Landing | None:
        """The message that carries this marker, if it is there."""

    async def publish_home(self, user: str, card: Card) -> None:
        """Show this Home to somebody."""

    async def roster(self) -> list[Profile]:
        """Everybody in the workspace."""

    async def profile(self, user: str) -> Profile:
        """One person."""

    async def members(self, channel: str) -> list[str]:
        """Who is in a channel."""
