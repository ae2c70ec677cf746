"""The language of the reader: gettext catalogues, chosen for as long as one turn or one message takes."""

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

CATALOGUES = Path(__file__).parent / "locale"

SOURCE = gettext.NullTranslations()  # English, as written

_speaking: ContextVar[gettext.NullTranslations] = ContextVar("speaking", default=SOURCE)
_locale: ContextVar[str] = ContextVar("locale", default="en")


def _(sentence: str) -> str:
    """The sentence in the reader's language."""
    return _speaking.get().gettext(sentence)


def ngettext(one: str, many: str, count: int) -> str:
    """The sentence in the reader's language for this count, which fills `{n}`."""
    return _speaking.get().ngettext(one, many, count).replace("{n}", str(count))


def locale() -> str:
    """The reader's locale, for numbers and dates."""
    return _locale.get()


def calendar() -> str:
    """The reader's locale for dates; in English the day comes first everywhere here, whatever the country."""
    return "en_GB" if locale().startswith("en") else locale()


@contextmanager
def speaking(reader: str, catalogue: gettext.NullTranslations | None = None) -> Iterator[None]:
    """Speak the reader's language inside the block."""
    words, place = _speaking.set(catalogue or _catalogue(reader)), _locale.set(reader)
    try:
        yield
    finally:
        _speaking.reset(words)
        _locale.reset(place)


@cache
def _catalogue(reader: str) -> gettext.NullTranslations:
    return gettext.translation("bot", CATALOGUES, languages=[reader], fallback=True)
