"""What somebody wrote in Teams, as the words they see: messages come along as HTML."""

import re
from html.parser import HTMLParser

_BLOCKS = frozenset(
    ("blockquote", "br", "div", "h1", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "table", "tr", "ul")
)
_UNSEEN = frozenset(("script", "style", "title"))
_SPACE = re.compile(r"[ \t\r\f\v\u00a0]+")
_BREAKS = re.compile(r" ?\n[\n ]*")


def plain(content: str) -> str:
    """The text of a message: a line for each block, mentions and emoji as they read, nothing of the markup."""
    reader = _Reader()
    reader.feed(content)
    reader.close()
    return _BREAKS.sub("\n", _SPACE.sub(" ", "".join(reader.pieces))).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()  # entities come as the characters they stand for
        self.pieces: list[str] = []
        self._unseen = 0
        self._kept = 0  # its lines as they are

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in _UNSEEN
        self._kept += tag == "pre"
        if tag in _BLOCKS:
            self.pieces.append("\n")
        elif tag in ("img", "emoji"):
            self.pieces.append(dict(attrs).get("alt") or "")
        elif tag in ("td", "th"):
            self.pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in _UNSEEN and self._unseen > 0
        self._kept -= tag == "pre" and self._kept > 0
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.pieces.append(data if self._kept else re.sub(r"\s+", " ", data))
