"""What follows an answer, the same on every platform: work after it, the card in an outcome, where a form was asked."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Iterator, Mapping
from functools import partial
from typing import Any

from bot.card import Card
from bot.chat import Ambiguous, Home, Limited, Place, Post, Refused, Unsent, Whisper
from bot.errors import DatabaseAway
from bot.language import speaking
from bot.turns import Answer, Refusal, reference
from bot.words import home as words

log = logging.getLogger(__name__)

GREETING = 5  # seconds an answer waits for the words that say who the bot is
AGAIN = (1.0, 3.0, 10.0)  # seconds until what a chat did not take is tried again; later than that nobody looks for it
LONGEST = 30.0  # seconds that a chat may ask for
NOWHERE = Place()


class FollowUps:
    """Work that is done after the platform has had its answer."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()
        self._newest: dict[Place, asyncio.Task[None]] = {}  # message -> what changes it last
        self._overtaken: set[asyncio.Task[None]] = set()  # what changes a message that something newer has changed

    def later(self, work: Callable[..., Coroutine[Any, Any, None]], *about: Any, changes: Place = NOWHERE) -> None:
        """After the answer; `drain` waits for it when the bot stops. Where a chat does not take it, it begins anew,
        unless something newer changes the same message by then."""
        task = asyncio.create_task(self._guarded(partial(work, *about)))
        self._running.add(task)
        if changes.message:
            self._overtaken |= {self._newest[changes]} if changes in self._newest else set()
            self._newest[changes] = task
        task.add_done_callback(partial(self._done, changes))

    def _done(self, changed: Place, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._overtaken.discard(task)
        if self._newest.get(changed) is task:
            del self._newest[changed]

    async def _guarded(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await self._insist(work)
        except (Ambiguous, DatabaseAway, Limited, Refused) as error:
            log.warning("a follow-up did not arrive", extra={"reason": str(error)})
        except Exception as error:  # nobody waits for a follow-up: the log is the only place left to tell
            reference(error)

    async def _insist(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Whoever did something looks for the answer: better twice than never."""
        for wait in AGAIN:
            try:
                return await work()
            except Limited as limit:
                await asyncio.sleep(min(limit.seconds, LONGEST))
            except (Ambiguous, DatabaseAway):
                await asyncio.sleep(wait)
            if asyncio.current_task() in self._overtaken:
                return
        await work()

    @property
    def busy(self) -> bool:
        """Whether some of it is under way."""
        return bool(self._running)

    async def drain(self, seconds: float) -> None:
        """Let what is under way finish."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._running:  # one may bring another
                    await asyncio.wait(self._running)


@contextlib.contextmanager
def to_everybody() -> Iterator[None]:
    """What a channel has perhaps read already is not tried again: better never than twice, before everybody."""
    try:
        yield
    except Unsent:
        raise
    except Ambiguous as doubt:
        raise Refused(f"perhaps posted: {doubt}") from None


async def greeted(answer: Answer) -> None:
    """Wait, not for long, until the words that say who the bot is have gone before this answer."""
    if answer.greeting is not None:
        await asyncio.wait({answer.greeting}, timeout=GREETING)


def card_of(outcome: object, locale: str) -> Card | None:
    """The card in an outcome, a refusal's sentence too; None where there is nothing to show."""
    match outcome:
        case Refusal(sentence):
            with speaking(locale):
                return words.refusal(sentence)
        case Card() as card:
            return card
        case Whisper(card) | Post(card) | Home(card):
            return card
        case _:
            return None


def context(place: Place) -> dict[str, str]:
    """Where a form was asked from, as it travels inside it, so that its submission can change that card."""
    return {
        name: value
        for name, value in (
            ("channel", place.channel), ("message", place.message),
            ("direct", "1" if place.direct else ""), ("home", "1" if place.home else ""),
        )
        if value
    }  # fmt: skip


def placed(asked: Mapping[str, str]) -> Place:
    """Where a form was asked from, read back."""
    return Place(asked.get("channel", ""), asked.get("message", ""), bool(asked.get("direct")), bool(asked.get("home")))
