"""Help, the Home, and what was typed that nobody knows."""

import handlers
import storage
from bot import access, words
from bot.card import Card, Part
from bot.chat import SLASH, Home, Router, Turn, Whisper
from bot.errors import N_
from bot.language import _

router = Router("home")


@router.command("help", "hi", "hello", "start", "?", about=N_("What I can do for you"))
def help_(turn: Turn) -> Whisper:
    """What this reader can do here, as they can type it: a guest has no slash commands."""
    slash = "" if turn.actor.guest else SLASH.get(storage.people.the_workspace(turn.db).platform, "")
    return Whisper(words.home.help_card(_lines(turn), slash, turn.actor.roles))


@router.action("unknown")
def unknown(turn: Turn) -> Card:
    """Give back what was typed, with what could be done with it."""
    return words.home.unknown(turn.value, access.may(turn.actor, "blockers.report"))


@router.event("opened", reads=True)
def opened(turn: Turn) -> Home:
    """Each feature's part of the Home, for this reader."""
    parts: list[Part] = []
    for feature in handlers.ROUTERS:
        for section in feature.sections:
            parts += section(turn)
    return Home(words.home.home(turn.actor.name, parts, turn.actor.roles))


def _lines(turn: Turn) -> list[tuple[str, str, str]]:
    return [
        (command.word, command.usage, _(command.about))
        for feature in handlers.ROUTERS
        for command in feature.commands
        if access.may(turn.actor, command.route)
    ]
