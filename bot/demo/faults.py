"""What goes wrong on purpose, and how often a method may be called."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

KINDS = {
    "rate_limit": "Answer 429 with Retry-After",
    "error": "Answer 500",
    "drop": "Accept the call, then lose the reply",
    "lose": "Lose the call before accepting it",
    "slow": "Answer slowly",
}
MINUTE = timedelta(minutes=1)


@dataclass
class Fault:
    """One fault; `times` None lasts until cleared, `method` None means every method."""

    kind: str
    times: int | None = None
    method: str | None = None
    seconds: float = 1.0  # Retry-After, or how slow


class Faults:
    """The faults that are switched on."""

    def __init__(self) -> None:
        self.active: list[Fault] = []

    def add(self, kind: str, times: int | None = None, method: str | None = None, seconds: float = 1.0) -> None:
        """Switch a fault on; KINDS lists them."""
        if kind not in KINDS:
            raise ValueError(f"no fault {kind!r}; there are {sorted(KINDS)}")
        self.active.append(Fault(kind, times, method, seconds))

    def clear(self, kind: str | None = None) -> None:
        """Switch one kind of fault off, or all of them."""
        self.active = [fault for fault in self.active if kind and fault.kind != kind]

    def strike(self, method: str) -> Fault | None:
        """The fault that hits this call, if any; counts it down."""
        for fault in self.active:
            if fault.method in (None, method):
                if fault.times is not None:
                    fault.times -= 1
                    self.active = [other for other in self.active if other.times != 0]
                return fault
        return None


class Pace:
    """Slack's rate limits, off until `enabled`: per method and minute, and one message a second per channel."""

    def __init__(self) -> None:
        self.enabled = False
        self._calls: dict[str, deque[datetime]] = {}

    def wait(self, method: str, per_minute: int, channel: str | None, now: datetime) -> int:
        """Whole seconds to wait before this call is welcome; 0 counts it as made."""
        keys = [(method, per_minute, MINUTE)]
        if method == "chat.postMessage":
            keys.append((f"{method} {channel}", 1, timedelta(seconds=1)))
        return self.take(keys, now)

    def take(self, keys: Sequence[tuple[str, int, timedelta]], now: datetime) -> int:
        """The same for any limits: each a name, how many at most, and in what span."""
        if not self.enabled:
            return 0
        waits = [self._wait(key, most, span, now) for key, most, span in keys]
        if max(waits) == 0:
            for key, _, _ in keys:
                self._calls[key].append(now)
        return max(waits)

    def _wait(self, key: str, most: int, span: timedelta, now: datetime) -> int:
        calls = self._calls.setdefault(key, deque())
        while calls and calls[0] <= now - span:
            calls.popleft()
        if len(calls) < most:
            return 0
        return max(1, ceil((calls[0] + span - now).total_seconds()))
