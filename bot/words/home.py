"""Who the bot is and what it can do: the first message, help, the Home, and how a refusal looks."""

from collections.abc import Callable, Sequence

from bot.card import Button, Card, Form, Heading, Part, Small, Style, Text, Typed, buttons, card
from bot.language import _


def welcome(name: str) -> Card:
    """The first message to anybody: who writes, why, what is kept, how to stop it."""
    return card(
        _("Hello, I am Contractor Care."),
        Heading(_("Hello, I am Contractor Care")),
        Text(_("{name}, I am a bot that helps contractors and the people they work with: a short weekly question, "
               "hours in which you surely get an answer, and a quick way to get unblocked."), name=Typed(name)),
        Text(_("I keep what you tell me and who may see it; each answer says so. I never read your channels and "
               "never watch your screen. You can mute me for a while, or see and erase what I keep, at any time.")),
        buttons(Button(_("What can you do?"), "/help"), Button(_("Mute me"), "away.mute")),
    )  # fmt: skip


def refusal(sentence: str) -> Card:
    """A refusal is a sentence that says what to do next; never a silence."""
    return card(sentence, Text(sentence))


def unknown(words: str) -> Card:
    """What was typed is not a command: nothing of it is lost, and it may well be something to be unblocked."""
    return card(
        _("I did not understand that."),
        Text(_("I did not understand “{words}”."), words=Typed(words)),
        Small(_("Is something stopping you? I can pass it on as it is.")),
        buttons(
            Button(_("Report it as a blocker"), "/blocker", words[:2000]),
            Button(_("What can you do?"), "/help"),
        ),
    )


def form_button(title: str, route: str, value: str) -> Card:
    """A form cannot open by itself after a typed message; one tap opens it."""
    return card(title, Text(title), buttons(Button(_("Open"), route, value, Style.MAIN)))


def form_closed(title: str, route: str, value: str) -> Card:
    """The platform did not open the form in time."""
    return card(
        _("The form did not open."),
        Text(_("The form did not open in time; nothing is lost. Try once more:")),
        buttons(Button(title, route, value, Style.MAIN)),
    )


def help_card(lines: Sequence[tuple[str, str, str]], guest: bool) -> Card:
    """What this reader can do: (word, what may follow it, what it does). Guests read it without slash commands."""
    before = "" if guest else "/contractor "
    parts: list[Part] = [Heading(_("What I can do for you"))]
    for word, usage, about in lines:
        shown = f"{before}{word} {usage}".strip()
        parts.append(Text("{command}: {about}", command=Typed(shown), about=about))
    how = _("Write me these words here, or use the buttons.") if guest else _("Or write me the word alone, here.")
    return card(
        _("What I can do for you"), *parts, Small(how),
        buttons(*(Button(about, f"/{word}") for word, usage, about in lines[:5] if not usage)),
    )  # fmt: skip


def home(name: str, sections: Sequence[Part]) -> Card:
    """The Home: what concerns this reader now, feature by feature."""
    return card(
        _("Contractor Care"),
        Text(_("Hello {name}."), name=Typed(name)),
        *sections,
        buttons(Button(_("What can you do?"), "/help")),
    )


EXAMPLES: dict[str, Callable[[], Card | Form]] = {
    "welcome": lambda: welcome("Ana Sousa"),
    "refusal": lambda: refusal(_("I can't find that any more.")),
    "unknown": lambda: unknown("the <!channel> staging database is *down*"),
    "form_button": lambda: form_button(_("Report a blocker"), "/blocker", ""),
    "form_closed": lambda: form_closed(_("Report a blocker"), "/blocker", ""),
    "home": lambda: home("Ana Sousa", [Heading(_("Your pulse"))]),
    "help_card": lambda: help_card(
        [("pulse", "", _("Answer this week's pulse")), ("kpis", "@who", _("Show KPIs"))], False
    ),
}
