"""Words for Slack: what people typed never becomes markup, nothing is too long, nothing is empty."""

import re
from collections.abc import Callable

from bot.card import Bold, Inline, Label, Line, Link, Mention, Typed

# What holds on any platform is found here too.
from bot.text import EMPTY as EMPTY
from bot.text import JOINER, MORE
from bot.text import Json as Json
from bot.text import bare as bare
from bot.text import clean as clean
from bot.text import clip as clip
from bot.text import hidden as hidden
from bot.text import oneline as oneline
from bot.text import plain_line as plain_line
from bot.text import safe_url as safe_url
from bot.text import size as size
from bot.text import visible as visible

# Marks inside a word change nothing; left alone there, names can be copied as they are.
_MARKUP = re.compile(r"[&<>`]|(?<![^\W_])[*_~]|[*_~](?![^\W_])|@(?=here|channel|everyone)", re.IGNORECASE)
_INERT = {"&": "&amp;", "<": f"&lt;{JOINER}", ">": f"{JOINER}&gt;", "@": f"@{JOINER}"} | {
    mark: f"{JOINER}{mark}{JOINER}" for mark in "*_~`"
}
_WIDEST = 6  # the most units one character grows to when it is made inert
_SHORTCODE = re.compile(r":(?=[\w+'-]*[a-z][\w+'-]*:)", re.IGNORECASE)
_PERSON = re.compile(r"[UW][A-Z0-9]{1,30}")
_CHANNEL = re.compile(r"[CG][A-Z0-9]{1,30}")

# -- plain text ----------------------------------------------------------------------------------------


def plain_text(label: Label, limit: int) -> Json:
    """A plain_text object in one line; shortcodes such as `:fire:` are drawn only in the bot's own words."""
    return {"type": "plain_text", "text": oneline(label, limit), "emoji": not isinstance(label, Typed)}


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
    return fit(words, limit, lambda text: inert(_SHORTCODE.sub(f":{JOINER}", text)))


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
