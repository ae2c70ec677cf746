"""What people type, read the same on every platform: a word, and what follows it."""

from collections.abc import Iterable

from bot.chat import Command, Inbound


def parse(typed: str, commands: Iterable[Command]) -> tuple[str, str]:
    """A typed line, mentions taken out, as (route, the rest); an unknown first word goes to `home.unknown`."""
    bare = typed.strip()
    first, *others = bare.split(maxsplit=1) or [""]
    rest = "".join(others).strip()
    word = first.lower().lstrip("/").rstrip(":" if rest else ":.,!")
    if not word:
        return "/help", ""
    for command in commands:
        if word == command.word or word in command.aliases:
            return command.route, rest
    return "home.unknown", bare


def retyped(come: Inbound) -> str:
    """What followed a typed word, people too, for a button that says it again; each platform reads it back."""
    return " ".join(filter(None, (*(f"<@{user}>" for user in come.people), come.value)))
