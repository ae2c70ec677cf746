"""Numbers that are drawn: what charts and bars need on any platform."""

import math
from collections.abc import Iterable

from bot.card import Progress
from bot.text import clip

STEPS = 10


def percent(part: Progress) -> int:
    """The share that is done; rounded down, so that 100 is only said of the whole."""
    share = part.value / part.whole if part.whole > 0 else 0.0
    share = min(max(share, 0.0), 1.0) if math.isfinite(share) else 0.0
    return int(share * 100 + 1e-9)


def bar(part: Progress) -> str:
    """`▓▓▓▓▓▓░░░░ 60 %`."""
    done = percent(part)
    return f"{'▓' * (done * STEPS // 100):░<{STEPS}} {done} %"


def unique(labels: Iterable[str], longest: int) -> list[str]:
    """Labels that clipping has made alike, numbered."""
    seen: dict[str, None] = {}
    for label in labels:
        made, number = label, 1
        while made in seen:
            number += 1
            made = f"{clip(label, longest - 1 - len(str(number)))} {number}"
        seen[made] = None
    return list(seen)


def padded(numbers: tuple[float | None, ...], count: int) -> list[float | None]:
    """One number for each category; what is none, or none that can be drawn, is a gap."""
    known = [number if number is not None and math.isfinite(number) else None for number in numbers[:count]]
    return known + [None] * (count - len(known))
