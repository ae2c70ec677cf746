"""Words for any platform: sound, never too long, never empty, and how an inline reads as words alone."""

import re
from functools import lru_cache
from typing import Any

from bot.card import Inline, Label, Line, Mention, When, spoken
from bot.language import locale, ngettext

Json = dict[str, Any]

EMPTY = "–"  # platforms refuse empty text
MORE = "…"
JOINER = "\u2060"  # has no width and no meaning: it only keeps characters from being read as markup

# Controls, lone surrogates (not text at all) and what turns the direction of the words around it.
_UNSOUND = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_UNSENDABLE = re.compile("[\x00\ud800-\udfff]")
_INK = re.compile(
    r"[^\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u205f-\u206f\u2800\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0]"
)
_URL = re.compile(r"https?://[!#-;=?-{}~]{1,2900}")

# -- any text ------------------------------------------------------------------------------------------


def clean(text: str) -> str:
    """Without control characters, lone surrogates and direction overrides."""
    return text if text.isprintable() else _UNSOUND.sub("", text)


def hidden(value: str, limit: int) -> str | None:
    """A value that travels along unseen; None if it is too long, since half a value is about something else.

    Only what people type holds characters of two units, so among those the end may go.
    """
    sound = value if value.isprintable() else _UNSENDABLE.sub("", value)
    if len(sound) > limit:
        return None
    while (over := size(sound) - limit) > 0:
        sound = sound[: -((over + 1) // 2)]
    return sound


def visible(text: str) -> bool:
    """Whether a text leaves any ink; platforms take blanks for empty."""
    return _INK.search(text) is not None


def size(text: str) -> int:
    """Length in UTF-16 units: no other count of characters is larger."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def clip(text: str, limit: int) -> str:
    """At most `limit` units (at least 1), cut after a word and ended with “…”."""
    if size(text) <= limit:
        return text
    cut = text[: limit - 1]
    while (over := size(cut) - (limit - 1)) > 0:
        cut = cut[: -((over + 1) // 2)]
    space = len(cut) if text[len(cut)].isspace() else cut.rfind(" ")
    return (cut[:space] if space > len(cut) // 2 else cut).rstrip() + MORE


def bare(label: Label | Inline) -> str:
    """The words of a label or inline alone, cleaned."""
    match label:
        case str():
            return clean(label)
        case Mention():
            return clean(label.name) or clean(label.user)
        case When():
            return _spoken(label, locale())
        case _:
            return clean(label.text)


@lru_cache(maxsize=512)
def _spoken(when: When, reader: str) -> str:
    return spoken(when, reader)  # a line is measured before it is written


# -- words alone -----------------------------------------------------------------------------------------


def oneline(label: Label, limit: int) -> str:
    """A label in one line of at most `limit` units, never empty."""
    text = " ".join(bare(label).split())
    return clip(text, limit) if visible(text) else EMPTY


def plain_line(line: Line, limit: int) -> str:
    """A whole line as bare words, never empty."""
    text = "".join([bare(inline) for inline in line])
    return clip(text, limit) if visible(text) else EMPTY


def safe_url(url: str) -> bool:
    """Whether it is safe as a link: http(s), printable ASCII, nothing that ends a markup."""
    return _URL.fullmatch(url) is not None


def left_out(count: int) -> str:
    """How many are not shown."""
    return ngettext("{n} more not shown", "{n} more not shown", count)
