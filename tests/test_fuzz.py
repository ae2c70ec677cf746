"""Thousands of requests that are almost Slack's: never a stumble, and a refused one leaves no trace at all."""

import gc
import logging
import os
import random
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest

from bot.demo.workspace import Json
from tests.conftest import Town
from tests.test_inbound import elsewhere
from tests.test_inbound_odd import THINGS, mutated
from tests.wire import FORM, Wire, conversation, stumbled, wrapped

MANY = int(os.environ.get("FUZZ", "2000"))  # `make fuzz`: ten thousand
SEED = os.environ.get("FUZZ_SEED", "almost")
WAYS = ("signed", "signed", "signed", "bytes", "unsigned", "other secret", "stale", "altered", "elsewhere", "replayed")
LEAK = 300  # of our own objects: more than that beside what one conversation leaves is growth


@dataclass
class Odd:
    """One request, and whether anything may come of it."""

    body: str
    kind: str
    headers: dict[str, str]
    refused: bool


class Fuzz:
    """Requests made from a real conversation, each by chance and by the number it has."""

    def __init__(self, wire: Wire, every: list[Json]) -> None:
        self.wire, self.every = wire, every
        self.last: Odd | None = None

    def make(self, number: int) -> Odd:
        chance = random.Random(f"{SEED}:{number}")
        way = chance.choice(WAYS)
        if way == "replayed" and self.last is not None:
            return self.last
        which = chance.randrange(len(self.every))
        new = {key: f"{number}.2.3" for key in ("trigger_id", "event_id") if key in self.every[which]}
        edits = [(chance.randrange(10_000), chance.choice(("put", "put", "put", "drop")), chance.choice(THINGS))
                 for _ in range(chance.randint(0 if way in ("elsewhere", "stale") else 1, 3))]  # fmt: skip
        payload = mutated([each | new for each in self.every], which, edits)
        made = self._sign(chance, way, payload, number)
        if not made.refused:
            self.last = made
        return made

    def _sign(self, chance: random.Random, way: str, payload: Any, number: int) -> Odd:
        body, kind = wrapped(elsewhere(self.every[number % len(self.every)]) if way == "elsewhere" else payload)
        wire = self.wire
        match way:
            case "bytes":
                body = scrambled(chance, body)
                return Odd(body, chance.choice((kind, FORM, "text/plain")), wire.signed(body), False)
            case "unsigned":
                return Odd(body, kind, {}, True)
            case "other secret":
                return Odd(body, kind, wire.signed(body, secret="somebody else's"), True)
            case "stale":
                return Odd(body, kind, wire.signed(body, age=chance.choice((301, 10**6, -301))), True)
            case "altered":
                return Odd(body + " ", kind, wire.signed(body), True)
        return Odd(body, kind, wire.signed(body), way == "elsewhere")


def scrambled(chance: random.Random, body: str) -> str:
    """A body some of whose characters have gone, doubled or become others."""
    letters = list(body)
    for _ in range(chance.randint(1, 4)):
        spot = chance.randrange(len(letters))
        letters[spot] = chance.choice(("", letters[spot] * 2, "%", '"', "{", "\\", "&", "\x00", "é"))
    return "".join(letters)


class Traces:
    """Whether anything was kept, shown or asked of the workspace since the last look."""

    def __init__(self, town: Town, watcher: sqlite3.Connection) -> None:
        self.town, self.watcher = town, watcher

    def look(self) -> tuple[int, int]:
        (version,) = self.watcher.execute("PRAGMA data_version").fetchone()
        return int(version), self.town.world.workspace.revision


def our_objects() -> int:
    """How many objects of the bot's own classes there are, the workspace's left out."""
    gc.collect()
    modules = [str(type(one).__module__) for one in gc.get_objects()]
    return sum(name.startswith(("bot.", "handlers.", "storage.")) and ".demo" not in name for name in modules)


async def test_thousands_of_almost_right_requests_make_it_stumble_never_and_the_refused_ones_change_nothing(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    wire = Wire(town)
    fuzz = Fuzz(wire, await conversation(town))
    refused, held = 0, 0
    with closing(sqlite3.connect(town.world.app.database.path)) as watcher:
        traces = Traces(town, watcher)
        for number in range(MANY):
            odd = fuzz.make(number)
            await town.world.settle()
            before = traces.look()
            status, text = await wire.post(odd.body, odd.headers, odd.kind)
            assert status in (200, 400, 401), (number, status, odd)
            assert "reference" not in text, (number, text)
            if status != 200 or odd.refused:
                await town.world.settle()
                assert traces.look() == before, (number, odd)
                refused += 1
            if number == MANY // 4:
                held = our_objects()
    assert stumbled(caplog) == []
    assert MANY // 4 < refused < MANY
    await town.settle()
    assert our_objects() - held < LEAK
