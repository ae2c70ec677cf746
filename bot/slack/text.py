"""Words for Slack: what people typed never becomes markup, nothing is too long, nothing is empty."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from bot.card import Bold, Inline, Label, Line, Link, Mention, Typed, When, spoken
from bot.language import locale

Json = dict[str, Any]

EMPTY = "–"  # Slack refuses empty text
MORE = "…"
_JOINER = "\u2060"  # has no width and no meaning: it only keeps characters from being read as markup

# Controls, lone surrogates (not text at all) and what turns the direction of the words around it.
_UNSOUND = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_UNSENDABLE = re.compile("[\x00\ud800-\udfff]")
_INK = re.compile(
    r"[^\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u205f-\u206f\u2800\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0]"
)
# Marks inside a word change nothing; left alone there, names can be copied as they are.
_MARKUP = re.compile(r"[&<>`]|(?<![^\W_])[*_~]|[*_~](?![^\W_])|@(?=here|channel|everyone)", re.IGNORECASE)
_INERT = {"&": "&amp;", "<": f"&lt;{_JOINER}", ">": f"{_JOINER}&gt;", "@": f"@{_JOINER}"} | {
    mark: f"{_JOINER}{mark}{_JOINER}" for mark in "*_~`"
}
_WIDEST = 6  # the most units one character grows to when it is made inert
_SHORTCODE = re.compile(r":(?=[\w+'-]*[a-z][\w+'-]*:)", re.IGNORECASE)
_PERSON = re.compile(r"[UW][A-Z0-9]{1,30}")
_CHANNEL = re.compile(r"[CG][A-Z0-9]{1,30}")
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
    """Whether a text leaves any ink; Slack takes blanks for empty."""
    return _INK.search(text) is not None


def size(text: str) -> int:
    """Length in UTF-16 units: Slack does not say what it counts, and no other count of characters is larger."""
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


# -- plain text ----------------------------------------------------------------------------------------


def oneline(label: Label, limit: int) -> str:
    """A label in one line of at most `limit` units, never empty."""
    text = " ".join(bare(label).split())
    return clip(text, limit) if visible(text) else EMPTY


def plain_text(label: Label, limit: int) -> Json:
    """A plain_text object in one line; shortcodes such as `:fire:` are drawn only in the bot's own words."""
    return {"type": "plain_text", "text": oneline(label, limit), "emoji": not isinstance(label, Typed)}


def plain_line(line: Line, limit: int) -> str:
    """A whole line as bare words, never empty."""
    text = "".join([bare(inline) for inline in line])
    return clip(text, limit) if visible(text) else EMPTY


# -- mrkdwn: the bot's own words only --------------------------------------------------------------------


def inert(text: str) -> str:
    """Text that reads the same in mrkdwn: nothing pings, links, quotes or changes weight."""
    return _MARKUP.sub(lambda mark: _INERT[mark[0]], text)


def mrkdwn(line: Line, limit: int) -> Json:
    """A mrkdwn object; whatever is typed in it (a name) is inert."""
    pieces: list[str] = []
    room = limit - 1  # the last unit is kept for “…”
    for inline in line:
        piece = _marked(inline)
        if size(piece) > room:
            pieces.append(fit(bare(inline), room, inert))
            break
        pieces.append(piece)
        room -= size(piece)
    text = "".join(pieces)
    return {"type": "mrkdwn", "text": text if visible(text) else EMPTY, "verbatim": True}


def _marked(inline: Inline) -> str:
    text = bare(inline)
    match inline:
        case Bold() if visible(text):
            return f"*{inert(' '.join(text.split()))}*"
        case Mention() if is_person(inline.user):
            return f"<@{inline.user}>"
        case Link() if safe_url(inline.url):
            return f"<{inline.url.replace('&', '&amp;')}|{inert(oneline(inline.text, 1000))}>"
        case _:
            return inert(text)


def fit(text: str, room: int, encode: Callable[[str], str]) -> str:
    """As much of a text as takes no more than `room` units once encoded, ended with “…”."""
    allowed = room
    while allowed > 0:
        coded = encode(clip(text, allowed))
        if (over := size(coded) - room) <= 0:
            return coded
        allowed -= max(1, over // _WIDEST)
    return MORE


def summary(line: str | Line, limit: int) -> str:
    """The notification: Slack reads `text` as mrkdwn, so all of it is made inert, shortcodes too."""
    words = plain_line((line,) if isinstance(line, str) else line, limit)
    return fit(words, limit, lambda text: inert(_SHORTCODE.sub(f":{_JOINER}", text)))


def safe_url(url: str) -> bool:
    """Whether Slack will take it as a link: http(s), printable ASCII, nothing that ends the markup."""
    return _URL.fullmatch(url) is not None


def is_person(user: str) -> bool:
    """Whether this can be somebody's id in Slack."""
    return _PERSON.fullmatch(user) is not None


def is_channel(channel: str) -> bool:
    """Whether this can be the id of a channel in Slack."""
    return _CHANNEL.fullmatch(channel) is not None


# -- rich text: the only place where typed text and the bot's own weight meet ------------------------------


def rich_text(line: Line, limit: int) -> Json:
    """A rich_text block; its text elements are shown letter by letter."""
    elements: list[Json] = []
    room = limit - 1
    for inline in line:
        if not (text := bare(inline)):
            continue
        if size(text) > room:
            elements.append({"type": "text", "text": clip(text, room) if room > 0 else MORE})
            break
        elements.append(_element(inline, text))
        room -= size(text)
    if not any(element["type"] != "text" or visible(element["text"]) for element in elements):
        elements = [{"type": "text", "text": EMPTY}]
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}


def _element(inline: Inline, text: str) -> Json:
    match inline:
        case Bold():
            return {"type": "text", "text": text, "style": {"bold": True}}
        case Mention() if is_person(inline.user):
            return {"type": "user", "user_id": inline.user}
        case Link() if safe_url(inline.url):
            return {"type": "link", "url": inline.url, "text": oneline(inline.text, 1000)}
        case _:
            return {"type": "text", "text": text}
