"""What the bot says around admin."""

from collections.abc import Callable

from bot.card import Card, Form

EXAMPLES: dict[str, Callable[[], Card | Form]] = {}
