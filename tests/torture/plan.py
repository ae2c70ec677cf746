"""What will go wrong and when, and what people will do: all of it follows from one number."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from bot.demo.faults import Fault, Faults

# Chances that a call meets a fault, and for how many seconds at most: a stall may last as long as the bot gives a lost
# reply to be found (bot.courier.SETTLES), no longer; what is accepted later nobody can tell from what is lost.
CHANCES = (
    ("drop", 0.05, 0.0), ("lose", 0.03, 0.0), ("error", 0.03, 0.0), ("rate_limit", 0.02, 1.0), ("slow", 0.04, 3.0),
    ("slow", 0.5, 0.3),
)  # fmt: skip
SPARED = {"auth.test"}  # without an answer to it the bot does not start, and says so


class Weather(Faults):
    """Faults as chance has it: the n-th call of a method meets the same one in every run with the same seed."""

    def __init__(self, seed: str) -> None:
        super().__init__()
        self.seed, self.fair = seed, False
        self.calls: Counter[str] = Counter()
        self.struck: Counter[str] = Counter()

    def strike(self, method: str) -> Fault | None:
        """The fault that hits this call, if any."""
        self.calls[method] += 1
        if self.fair or method in SPARED:
            return None
        chance = random.Random(f"{self.seed}:{method}:{self.calls[method]}")
        drawn = chance.random()
        for kind, share, most in CHANCES:
            if (drawn := drawn - share) < 0:
                self.struck[kind] += 1
                return Fault(kind, seconds=chance.uniform(0.1, most) if kind == "slow" else most)
        return None


@dataclass(frozen=True, slots=True)
class Life:
    """How long a process lives, from its start or from its first answer, and how many seconds pass before the next one."""

    early: bool  # from its start
    seconds: float
    jump: float


def lives(seed: str, kills: int) -> Iterator[Life]:
    """Some die while they start, most while they work; after some of them a while passes unseen."""
    chance = random.Random(f"{seed}:lives")
    for _ in range(kills):
        early = chance.random() < 0.2
        seconds = chance.uniform(0.1, 1.0) if early else chance.uniform(0.1, 1.9)
        yield Life(early, seconds, chance.choice((0.0, 0.0, 0.0, 0.0, 10.0, 60.0)))


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing one contractor does; `again` says how often, and whether at once or later, it comes once more."""

    contractor: int
    kind: str  # say, report, tap
    number: int
    score: int
    at_once: bool
    later: bool


def deeds(seed: str, contractors: int, each: int) -> list[Deed]:
    """Everything people do, in the order in which they begin it."""
    chance = random.Random(f"{seed}:deeds")
    kinds = chance.choices(("tap", "say", "report"), (6, 2, 1), k=contractors * each)
    return [
        Deed(number % contractors, kind, number, chance.randint(1, 5), chance.random() < 0.15, chance.random() < 0.15)
        for number, kind in enumerate(kinds)
    ]
