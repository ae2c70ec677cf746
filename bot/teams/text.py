"""Words for Teams: what people typed is shown letter by letter, and nothing of it is Markdown, a mention or a time.

A TextBlock reads Markdown and can mention; a RichTextBlock reads none and cannot. The bot's own words go into the
first, as long as nothing in them could be read as markup; everything else goes into the second.
"""

import re

from bot.card import Bold, Inline, Label, Line, Link, Mention, Typed
from bot.text import EMPTY, JOINER, MORE, Json, clip, safe_url, size, visible
from bot.text import bare as spoken

LONGEST = 4000  # of a paragraph: the longest answer a form takes, and our words around it
NAME = 100
NO_LOOK: Json = {}
SMALL: Json = {"size": "Small", "isSubtle": True}
RED: Json = {"color": "Attention"}

# Teams puts dates in place of {{…}} wherever text stands, and mentions in place of <at>.
_LIVE = re.compile(r"\{(?=\{)|<(?=/?at\b)", re.IGNORECASE)
# What Markdown may read as more than letters, in a line or at its beginning.
_MARKUP = re.compile(
    r"[*_~`\[\]\\<|#\n\r]|&(?=#?\w+;)|https?:|www\.|^\s*(?:[-+>=]+(?:\s|$)|-{3}|={3}|\d{1,9}[.)](?:\s|$))",
    re.IGNORECASE,
)
_UNNAMED = re.compile(r"[*_~`\[\]\\<>|#&{}\s]+")
_PERSON = re.compile(r"[\w:.@+-]{1,250}", re.ASCII)

# -- words alone -----------------------------------------------------------------------------------------


def bare(label: Label | Inline) -> str:
    """The words of a label or inline alone, cleaned, with nothing in them that Teams replaces."""
    text = spoken(label)
    return _LIVE.sub(lambda mark: mark[0] + JOINER, text) if "{" in text or "<" in text else text


def oneline(label: Label, limit: int) -> str:
    """A label in one line of at most `limit` units, never empty."""
    text = " ".join(bare(label).split())
    return clip(text, limit) if visible(text) else EMPTY


def plain_line(line: Line, limit: int) -> str:
    """A whole line as bare words, never empty."""
    text = "".join([bare(inline) for inline in line])
    return clip(text, limit) if visible(text) else EMPTY


def literal(text: str) -> bool:
    """Whether Markdown reads a text as it stands."""
    return _MARKUP.search(text) is None


def is_person(user: str) -> bool:
    """Whether this can be somebody's id in Teams."""
    return _PERSON.fullmatch(user) is not None


# -- who is mentioned ------------------------------------------------------------------------------------


class Mentions:
    """The people mentioned on one card; Teams finds each by the very text that stands for them."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}  # text -> user

    def text(self, mention: Mention) -> str:
        """What stands for somebody; two people of one name differ by what has no width."""
        name = clip(_UNNAMED.sub(" ", bare(mention)).strip() or EMPTY, NAME)
        while self._texts.setdefault(text := f"<at>{name}</at>", mention.user) != mention.user:
            name += JOINER
        return text

    def entities(self) -> list[Json]:
        """Everybody mentioned, as Teams wants to be told."""
        return [
            {"type": "mention", "text": text, "mentioned": {"id": user, "name": text[4:-5]}}
            for text, user in self._texts.items()
        ]


# -- a line as an element --------------------------------------------------------------------------------


def is_own(line: Line) -> bool:
    """Whether a line is the bot's own and can stand where Markdown is read."""
    pieces: list[str] = []
    for inline in line:
        if isinstance(inline, Typed | Bold):
            return False
        pieces.append("x" if isinstance(inline, Link) or _is_live(inline) else bare(inline))
    return literal("".join(pieces))


def _is_live(inline: Inline) -> bool:
    return isinstance(inline, Mention) and is_person(inline.user)


def paragraph(line: Line, mentions: Mentions, look: Json = NO_LOOK, spacing: str = "") -> list[Json]:
    """A line as an element; links beside words that people typed become buttons under it."""
    apart = {"spacing": spacing} if spacing else {}
    if is_own(line):
        return [{"type": "TextBlock", "text": markdown(line, mentions), "wrap": True, **look, **apart}]
    shown = {"type": "RichTextBlock", "inlines": runs(line, look), **apart}
    links = [_opens(inline) for inline in line if isinstance(inline, Link) and safe_url(inline.url)]
    return [shown, {"type": "ActionSet", "actions": links[:6]}] if links else [shown]


def markdown(line: Line, mentions: Mentions) -> str:
    """The bot's own words with their mentions and links."""
    pieces: list[str] = []
    room = LONGEST - 1  # the last unit is kept for “…”
    for inline in line:
        piece = _marked(inline, mentions)
        if size(piece) > room:
            pieces.append(clip(bare(inline), room) if isinstance(inline, str) and room > 0 else MORE)
            break
        pieces.append(piece)
        room -= size(piece)
    text = "".join(pieces)
    return text if visible(text) else EMPTY


def _marked(inline: Inline, mentions: Mentions) -> str:
    match inline:
        case Mention() if is_person(inline.user):
            return mentions.text(inline)
        case Link():
            words = _UNNAMED.sub(" ", oneline(inline.text, 1000)).strip() or EMPTY
            return f"[{words}]({_closed(inline.url)})" if safe_url(inline.url) else words
        case _:
            return bare(inline)


def _closed(url: str) -> str:
    return url.replace("(", "%28").replace(")", "%29")


def runs(line: Line, look: Json = NO_LOOK) -> list[Json]:
    """A line letter by letter; who is mentioned is named with an @ and has weight: nobody can be mentioned here."""
    made: list[Json] = []
    room = LONGEST - 1
    for inline in line:
        if not (text := bare(inline)):
            continue
        text = f"@{text}" if _is_live(inline) else text
        if cut := size(text) > room:
            text = clip(text, room) if room > 0 else MORE
        weight = {"weight": "Bolder"} if isinstance(inline, Bold | Mention) else {}
        made.append({"type": "TextRun", "text": text, **weight, **look})
        room -= size(text)
        if cut:
            break
    if not any(visible(run["text"]) for run in made):
        made = [{"type": "TextRun", "text": EMPTY, **look}]
    return made


def _opens(link: Link) -> Json:
    return {"type": "Action.OpenUrl", "title": oneline(link.text, 75), "url": link.url}
