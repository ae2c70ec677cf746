"""What the bot says around health."""

from collections.abc import Callable

from bot.card import Card, Form

EXAMPLES: dict[str, Callable[[], Card | Form]] = {}
