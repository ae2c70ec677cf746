"""What a line of text is made of: the bot's own words, what people typed, people, times, links; and how it is read."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Typed:
    """What a person typed (a name, a comment): shown letter by letter, never interpreted."""

    text: str


@dataclass(frozen=True, slots=True)
class Bold:
    """A few of the bot's own words with weight."""

    text: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A person of the platform; `name` where a mention cannot be drawn."""

    user: str
    name: str


@dataclass(frozen=True, slots=True)
class When:
    """An instant as the reader lives it: `zone` is the reader's IANA zone; `others` are named beside it in a group."""

    at: datetime
    zone: str
    others: tuple[str, ...] = ()
    style: str = "full"  # full: day and time; time: time alone; day: the date alone


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the bot's own making; never one a person typed."""

    text: str
    url: str


Inline = str | Typed | Bold | Mention | When | Link
Label = str | Typed
Line = tuple[Inline, ...]

_SLOT = re.compile(r"\{(\w+)\}")


def line(template: str, **parts: Inline | int) -> Line:
    """A translated template with its `{slots}` filled by inlines, so that order can change with the language."""
    pieces: list[Inline] = []
    for index, piece in enumerate(_SLOT.split(template)):
        if index % 2 == 0:
            if piece:
                pieces.append(piece)
        else:
            part = parts[piece]
            pieces.append(str(part) if isinstance(part, int) else part)
    return tuple(pieces)


# -- reading it back, for tests, summaries and screen readers ------------------------------------------


def plain(inlines: Iterable[Inline] | Label) -> str:
    """Words alone, for notifications and wherever nothing but text can be shown. Times stay ISO in UTC."""
    if isinstance(inlines, str):
        return inlines
    if isinstance(inlines, Typed):
        return inlines.text
    return "".join(_plain(inline) for inline in inlines)


def _plain(inline: Inline) -> str:
    match inline:
        case str():
            return inline
        case Mention():
            return inline.name
        case When():
            return spoken(inline)
        case _:
            return inline.text


def spoken(when: When, locale: str = "en") -> str:
    """An instant in words: the reader's wall time with the zone's name, other sides' beside it."""
    from babel.dates import format_date, format_time  # paid only where a time is shown

    def one(zone: str) -> str:
        local = when.at.astimezone(ZoneInfo(zone))
        day = format_date(local.date(), "EEE d MMM", locale=locale)
        if when.style == "day":
            return day
        clock = format_time(local.time(), "HH:mm", locale=locale)
        place = city(zone)
        return f"{clock} {place}" if when.style == "time" else f"{day}, {clock} {place}"

    zones = dict.fromkeys((when.zone, *when.others))
    return " / ".join(one(zone) for zone in zones)


def city(zone: str) -> str:
    """The name of a zone as people say it: its city, since nobody knows what their offset is called."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")
