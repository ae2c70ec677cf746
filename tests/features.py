"""Which feature is played on which chat, read from the tests: `python -m tests.features` writes docs/features.md."""

import importlib
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from bot import words

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "features.md"
CHATS = ("slack", "teams")
HEAD = """# What runs on which chat

Written by `python -m tests.features` from the tests: a feature counts for a chat when its conversations are played
there by people at that chat's own clients. Handlers, schedules and words are the same on all of them.

| feature | its tests | Slack | Teams |
|---|---|---|---|
"""


def page() -> str:
    """The whole page."""
    rows = [row(path) for feature in sorted(words.__all__) for path in files(feature)]
    apart = [line for feature in sorted(words.__all__) for path in files(feature) for line in exceptions(path)]
    return HEAD + "\n".join(rows) + "\n" + ("\nOn one chat alone:\n\n" + "\n".join(apart) + "\n" if apart else "")


def files(feature: str) -> list[Path]:
    """The files with a feature's conversations, as `test_pulse.py`."""
    mine = [path for path in (ROOT / "tests").glob(f"test_{feature}*.py") if feature_of(path) == feature]
    return sorted(path for path in mine if conversations(module(path)))


def feature_of(path: Path) -> str:
    """The longest name of a feature that a file's name begins with."""
    return max((each for each in words.__all__ if path.stem.startswith(f"test_{each}")), key=len)


def row(path: Path) -> str:
    """One line of the table."""
    played = chats(module(path))
    cells = " | ".join("yes" if chat in played else "–" for chat in CHATS)
    return f"| {feature_of(path)} | [{path.stem}](../tests/{path.name}) | {cells} |"


def exceptions(path: Path) -> Iterator[str]:
    """The conversations that one chat alone can have, with the reason."""
    for test in conversations(module(path)):
        for mark in marks(test, "only"):
            name = test.__name__.removeprefix("test_").replace("_", " ")
            yield f"- {mark.args[0].title()}: {name}. {mark.kwargs['reason']}"


def chats(tests: ModuleType) -> tuple[str, ...]:
    """The chats that a file's conversations run on."""
    named = getattr(tests, "pytestmark", None)
    return tuple(named.args) if isinstance(named, pytest.MarkDecorator) and named.name == "chats" else CHATS[:1]


def conversations(tests: ModuleType) -> list[Callable[..., object]]:
    """The tests that people talk in."""
    found = [test for name, test in vars(tests).items() if name.startswith("test_") and callable(test)]
    return [test for test in found if "town" in inspect.signature(test).parameters]


def marks(test: Callable[..., object], name: str) -> list[pytest.Mark]:
    """The marks of this name on a test."""
    return [mark for mark in getattr(test, "pytestmark", ()) if mark.name == name]


def module(path: Path) -> ModuleType:
    """A file of tests."""
    return importlib.import_module(f"tests.{path.stem}")


if __name__ == "__main__":
    PAGE.write_text(page())
