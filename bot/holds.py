"""What a replica has in hand beside others, and how long it may still send it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.errors import DatabaseAway
from bot.turns import unheard
from storage.deliveries import Hold

BEAT = 3.0  # seconds between two signs of life
MARGIN = timedelta(seconds=5)  # of a hold that is left when a send is over, one way or the other


class Unheld(Exception):
    """It has not left, and is perhaps no longer ours to send: whose it still is gives it back."""


@dataclass
class Holds:
    """Of one process. A process that is alone holds what it has."""

    now: Callable[[], datetime]
    shared: bool
    _kept: dict[Hold, datetime] = field(default_factory=dict)  # at the last beat, and until when
    _fences: dict[Hold, asyncio.Timeout] = field(default_factory=dict)  # around what is on its way

    async def keep(self, beat: Callable[[], Awaitable[None]]) -> None:
        """Give signs of life until cancelled, whatever goes wrong with one of them."""
        while True:
            await asyncio.sleep(BEAT)
            try:
                await beat()
            except Exception as error:  # or nobody would ever say again what is in hand
                unheard(error)

    def renewed(self, kept: Iterable[Hold], until: datetime) -> None:
        """This much is still in hand, and until then; the rest another may have taken over."""
        self._kept = dict.fromkeys(kept, until)
        for hold in self._kept:
            if (fence := self._fences.get(hold)) is not None and not fence.expired():
                fence.reschedule(self._end(until))

    @asynccontextmanager
    async def sending(self, hold: Hold, until: datetime) -> AsyncIterator[None]:
        """Not begun, and cut off, where another may have taken it over: the process was frozen, or the server is away.

        Raises Unheld where it has not left; DatabaseAway where nobody knows until the hold is over.
        """
        if not self.shared:
            yield
            return
        until = self._kept.get(hold, until)
        if self.now() > until - MARGIN:
            raise Unheld
        fence = asyncio.timeout_at(self._end(until))
        self._fences[hold] = fence
        try:
            async with fence:
                yield
        except TimeoutError:
            raise DatabaseAway from None
        finally:
            del self._fences[hold]

    def _end(self, until: datetime) -> float:
        return asyncio.get_running_loop().time() + (until - MARGIN - self.now()).total_seconds()
