"""What somebody wrote in Teams, as the words they see: messages come along as HTML."""

import re
from html import unescape

_BLOCKS = frozenset(
    ("blockquote", "br", "div", "h1", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "table", "tr", "ul")
)
_UNSEEN = frozenset(("script", "style", "title"))
# No tag runs over another's beginning: whoever leaves a thousand open is read as fast as anybody else, which
# html.parser does not promise.
_TAG = re.compile(r"""<(/?)([a-z][^\s<>/"']*+)((?:[^<>"']|"[^"<]*"|'[^'<]*')*+)>|<[!?][^<>]*>""", re.IGNORECASE)
_ALT = re.compile(r"""\salt\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"']+))""", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\f\v\u00a0]+")
_BREAKS = re.compile(r" ?\n[\n ]*")


def plain(content: str) -> str:
    """The text of a message: a line for each block, mentions and emoji as they read, nothing of the markup."""
    reader = _Reader()
    end = 0
    for found in _TAG.finditer(content):
        reader.text(content[end : found.start()])
        end = found.end()
        if name := (found[2] or "").lower():
            reader.tag(name, found[3], closes=bool(found[1]))
    reader.text(content[end:])
    return _BREAKS.sub("\n", _SPACE.sub(" ", "".join(reader.pieces))).strip()


class _Reader:
    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._unseen = 0
        self._kept = 0  # its lines as they are

    def tag(self, name: str, about: str, closes: bool) -> None:
        if name in _UNSEEN:
            self._unseen = max(0, self._unseen + (-1 if closes else 1))
        if name == "pre":
            self._kept = max(0, self._kept + (-1 if closes else 1))
        if name in _BLOCKS:
            self.pieces.append("\n")
        elif name in ("img", "emoji") and (alt := _ALT.search(about)):
            self.pieces.append(unescape(alt[1] or alt[2] or alt[3] or ""))
        elif name in ("td", "th") and not closes:
            self.pieces.append(" ")

    def text(self, words: str) -> None:
        if not self._unseen:
            said = unescape(words)
            self.pieces.append(said if self._kept else re.sub(r"\s+", " ", said))
