"""What every pretend chat has, whichever platform it plays: people, faults, and a log that wakes whoever waits."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from bot.demo.faults import Faults

Json = dict[str, Any]

LOG_LENGTH = 400


class ClientRefusal(Exception):
    """Something that the chat's own client would not let a person do, in a sentence."""


@dataclass
class User:
    """One member; `tz` is an IANA zone, `dnd` the UTC span in which notifications are silent."""

    id: str
    name: str
    handle: str
    email: str = ""
    tz: str = "Etc/UTC"
    guest: bool = False
    single_channel_guest: bool = False
    admin: bool = False
    owner: bool = False
    locale: str = "en-US"
    title: str = ""
    deleted: bool = False
    bot: bool = False
    external_team: str | None = None  # a Slack Connect person belongs to another team
    status_text: str = ""
    status_emoji: str = ""
    status_expires: datetime | None = None
    dnd: tuple[datetime, datetime] | None = None

    @property
    def has_commands(self) -> bool:
        """Guests and Slack Connect people get no slash commands here, the strictest workspace setting."""
        return not (self.guest or self.single_channel_guest or self.external_team)


@dataclass
class Exchange:
    """One request and its answer, for the page's log and the conformance tests."""

    at: datetime
    who: str  # "bot" called the chat, "slack" or "teams" called the bot
    what: str  # method name, or the kind of payload
    sent: Json
    status: int = 0
    answer: Any = None
    note: str = ""


class Organisation:
    """Some people who share a chat. Everything that changes it wakes whoever waits in `next_change`."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.users: dict[str, User] = {}
        self.log: deque[Exchange] = deque(maxlen=LOG_LENGTH)
        self.faults = Faults()
        self.revision = 0
        self._waiting: set[asyncio.Future[None]] = set()
        self._numbers = count(1)

    def add_user(self, user_id: str, name: str, handle: str, **more: Any) -> User:
        """A new member; `more` are the fields of User."""
        user = self.users[user_id] = User(user_id, name, handle, **more)
        self.changed()
        return user

    def person(self, who: str) -> User:
        """The member with this handle, id or name."""
        for user in self.users.values():
            if who in (user.handle, user.id, user.name):
                return user
        raise KeyError(f"nobody here is called {who!r}; there are {sorted(u.handle for u in self.users.values())}")

    def number(self) -> int:
        """The next number here: ids never repeat and are the same on every run."""
        return next(self._numbers)

    def new_hash(self) -> str:
        """A short opaque word, as in view hashes and block ids."""
        return f"{self.number() * 2654435761 % 0xFFFFFFFF:08x}"

    def note(self, who: str, what: str, sent: Json, **more: Any) -> Exchange:
        """Write one exchange into the log."""
        exchange = Exchange(self.now(), who, what, sent, **more)
        self.log.append(exchange)
        self.changed()
        return exchange

    def changed(self) -> None:
        """Wake everybody who waits for something to happen."""
        self.revision += 1
        for waiting in [*self._waiting]:
            if not waiting.done():
                waiting.set_result(None)

    async def next_change(self, seconds: float) -> bool:
        """Wait for the next change, at most so many seconds of real time; False when nothing came."""
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(waiting)
        try:
            await asyncio.wait_for(waiting, seconds)
            return True
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(waiting)
