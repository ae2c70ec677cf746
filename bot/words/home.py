"""Who the bot is and what it can do: the first message, help, the Home, and how a refusal looks."""

from collections.abc import Callable, Collection, Sequence

from bot.card import Button, Card, Form, Heading, Part, Small, Style, Text, Typed, buttons, card
from bot.care.people import Role
from bot.language import _

CARRIED = 2000  # characters that a button takes along


def welcome(name: str, roles: Collection[Role] = ()) -> Card:
    """The first message to anybody: who writes, why, what is kept, how to stop it."""
    why = (_("I write to you because you are one of them.") if roles
           else _("I write to you because you came to me, or because somebody here counts on you."))  # fmt: skip
    return card(
        _("Hello, I am Contractor Care."),
        Heading(_("Hello, I am Contractor Care")),
        Text(_("{name}, I am a bot for contractors and the people they work with: a short weekly question, "
               "hours in which you surely get an answer, a quick way to get unblocked. {why}"),
             name=Typed(name), why=why),
        Text(_("I keep what you tell me and who may see it; each card says who that is. I don't read your channels "
               "and don't watch your screen. You can see what I keep, and have it erased, at any time.")),
        Text(_("Too much? One tap and I ask you nothing for a week.")),
        buttons(Button(_("What can you do?"), "/help"), Button(_("Mute for a week"), "away.mute", "7:"),
                Button(_("What do you keep about me?"), "admin.kept")),
    )  # fmt: skip


def refusal(sentence: str) -> Card:
    """A refusal is a sentence that says what to do next; it may quote what somebody typed."""
    return card((Typed(sentence),), Text(Typed(sentence)))


def unknown(words: str, reports: bool = True) -> Card:
    """What was typed is not a command: nothing of it is lost, and a contractor may well want to be unblocked."""
    offer = (_("Is something stopping you? I can pass it on as it is.") if len(words) <= CARRIED
             else _("Is something stopping you? I can pass on how it begins; add in the form what matters of the rest."))  # fmt: skip
    return card(
        _("I did not understand that."),
        Text(_("I did not understand “{words}”."), words=Typed(words)),
        Small(offer) if reports else None,
        buttons(
            *([Button(_("Report it as a blocker"), "/blocker", words[:CARRIED])] if reports else []),
            Button(_("Who to ask for what"), "/whoswho"),
            Button(_("What can you do?"), "/help"),
        ),
    )


def form_button(title: str, route: str, value: str) -> Card:
    """A form cannot open by itself after a typed message; one tap opens it."""
    return card(title, Text((title,)), buttons(Button(_("Open"), route, value, Style.MAIN)))


def in_chat() -> str:
    """The answer to a tap among others, for whoever tapped alone."""
    return _("I wrote to you in our chat.")


def not_alone() -> Card:
    """Said where somebody asked, when nothing reaches them alone."""
    sentence = _("I can't write to whoever asked alone: add me to your own chats, then ask again.")
    return card(sentence, Text(sentence))


def below() -> str:
    """The answer to a tap in the chat with the bot."""
    return _("See my next message.")


def posted() -> str:
    """The answer to a tap is for everybody there."""
    return _("I posted it here.")


def done() -> str:
    """A tap that changes nothing on its own card."""
    return _("Done.")


def form_sent() -> Card:
    """In place of a form that stood in the chat, once it is sent."""
    return card(_("Done."), Text(_("Done.")))


def form_closed(title: str, route: str, value: str) -> Card:
    """The platform did not open the form in time."""
    return card(
        _("The form did not open."),
        Text(_("The form did not open in time; nothing is lost. Try once more:")),
        buttons(Button(title, route, value, Style.MAIN)),
    )


def help_card(lines: Sequence[tuple[str, str, str]], slash: str = "", roles: Collection[Role] = ()) -> Card:
    """What this reader can do: (word, what may follow it, what it does); `slash` is the command they have, if any."""
    parts: list[Part] = [Heading(_("What I can do for you")), Text(for_whom(roles))]
    for word, usage, about in lines:
        shown = f"{slash} {word} {usage}".strip()
        parts.append(Text("{command}: {about}", command=Typed(shown), about=about))
    how = (_("Tap a button, or write me the word alone, here.") if slash
           else _("Tap a button, or write me the word here."))  # fmt: skip
    return card(
        _("What I can do for you"), *parts, Small(how),
        buttons(*(Button(Typed(word), f"/{word}") for word, _usage, _about in lines if word != "help")),
    )  # fmt: skip


def for_whom(roles: Collection[Role]) -> str:
    """What the bot is to this reader, by what they are here."""
    if Role.CONTRACTOR in roles:
        return _("You are a partner here: I ask how your week went, get you unblocked, and see to it that you are "
                 "answered. Saying no to an offer costs nothing.")  # fmt: skip
    if Role.MANAGER in roles:
        return _("You work with contractors: I bring you what stops them, where their work stands, and what you can "
                 "do about it this week.")  # fmt: skip
    if Role.CARE in roles:
        return _("You are in the care team: I tell you whom to check in with, and why.")
    if Role.ADMIN in roles:
        return _("You are an admin: you say who works with whom, and who has a say here.")
    return _("No engagement here has you as its contractor or manager at the moment, so I write only when somebody asks "
             "for you. You can still look up who to ask for what.")  # fmt: skip


def home(name: str, sections: Sequence[Part], roles: Collection[Role] = ()) -> Card:
    """The Home: what concerns this reader now, feature by feature."""
    return card(
        _("Contractor Care"),
        Text(_("Hello {name}."), name=Typed(name)),
        Text(for_whom(roles)),
        *sections,
        buttons(Button(_("What can you do?"), "/help"), Button(_("Settings"), "/settings")),
    )


EXAMPLES: dict[str, Callable[[], Card | Form]] = {
    "welcome": lambda: welcome("Ana Sousa", [Role.CONTRACTOR]),
    "welcome_to_others": lambda: welcome("Lee <Park>"),
    "refusal": lambda: refusal(_("I can't find that any more.")),
    "unknown": lambda: unknown("the <!channel> staging database is *down*"),
    "unknown_to_others": lambda: unknown("the <!channel> staging database is *down*", reports=False),
    "form_button": lambda: form_button(_("Report a blocker"), "/blocker", ""),
    "form_closed": lambda: form_closed(_("Report a blocker"), "/blocker", ""),
    "form_sent": form_sent,
    "not_alone": not_alone,
    "home": lambda: home("Ana Sousa", [Heading(_("Your pulse"))], [Role.CONTRACTOR]),
    "help_card": lambda: help_card(
        [("pulse", "", _("Answer this week's pulse")), ("kpis", "@who", _("Show KPIs"))], "/contractor", [Role.MANAGER]
    ),
}
