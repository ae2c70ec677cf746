"""What the bot says around engagements."""

from collections.abc import Callable, Sequence

from bot.card import Button, Card, Form, Text, Typed, buttons, card
from bot.language import _


def which(route: str, choices: Sequence[tuple[str, str, str]]) -> Card:
    """Ask which engagement is meant: one button for each (value, role, name of the other side) of `choices`."""
    return card(
        _("Which engagement do you mean?"),
        Text(_("Which engagement do you mean?")),
        buttons(*(Button(Typed(f"{role} · {name}"), route, value) for value, role, name in choices)),
    )


EXAMPLES: dict[str, Callable[[], Card | Form]] = {
    "which": lambda: which("/kpis", [("1", "Data engineer", "Mo Haddad"), ("2", "Report *writer*", "Lee Park")]),
}
