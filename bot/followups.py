"""What follows an answer, the same on every platform: work after it, the card in an outcome, where a form was asked."""

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from typing import Any

from bot.card import Card
from bot.chat import Ambiguous, Home, Limited, Place, Post, Refused, Whisper
from bot.errors import DatabaseAway
from bot.language import speaking
from bot.turns import Answer, Refusal, reference
from bot.words import home as words

log = logging.getLogger(__name__)

GREETING = 5  # seconds an answer waits for the words that say who the bot is


class FollowUps:
    """Work that is done after the platform has had its answer."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """After the answer; `drain` waits for it when the bot stops."""
        task = asyncio.create_task(self._guarded(work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (Ambiguous, DatabaseAway, Limited, Refused) as error:
            log.warning("a follow-up did not arrive", extra={"reason": str(error)})
        except Exception as error:  # nobody waits for a follow-up: the log is the only place left to tell
            reference(error)

    @property
    def busy(self) -> bool:
        """Whether some of it is under way."""
        return bool(self._running)

    async def drain(self, seconds: float) -> None:
        """Let what is under way finish."""
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)


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
