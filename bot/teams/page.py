"""Part → elements. Whatever a part holds, Teams takes it: what does not fit is shortened, and said to be."""

import json
from collections.abc import Sequence

from bot.card import (
    Bold,
    Buttons,
    Chart,
    Divider,
    Facts,
    Heading,
    Image,
    Inline,
    Label,
    Line,
    Mention,
    Part,
    Progress,
    Select,
    Table,
    Text,
    Typed,
)
from bot.language import _
from bot.numbers import percent
from bot.teams import actions
from bot.teams.charts import plot, progress
from bot.teams.room import MOST, NOTE, halved, rows, sent
from bot.teams.text import NO_LOOK, SMALL, Mentions, bare, is_own, markdown, oneline, paragraph, plain_line, runs
from bot.text import EMPTY, Json, left_out, safe_url, visible

LABEL = 300
ALT = 2000
COLUMNS, CELL = 12, 300  # of a table
TABLE = MOST // 2  # with its rows as lines for who has no tables
HEADING: Json = {"size": "Large", "weight": "Bolder"}


class Page:
    """The elements of one card while they are laid out."""

    def __init__(self, asks: actions.Asks = actions.never, home: bool = False) -> None:
        self.asks, self.home = asks, home
        self.body: list[Json] = []
        self.mentions = Mentions()
        self.menus = 0
        self._divided = False

    def add(self, *elements: Json) -> None:
        """Put elements under what is there; a divider before them becomes their upper edge."""
        if self._divided and elements:
            elements[0].update(separator=True, spacing="Medium")
            self._divided = False
        self.body += elements

    def show(self, part: Part) -> None:
        """Add a part."""
        match part:
            case Text():
                self.line(part.line, SMALL if part.small else NO_LOOK)
            case Heading():
                self.heading(part.text)
            case Facts():
                self.facts(part)
            case Divider():
                self._divided = True
            case Image():
                self.image(part)
            case Chart():
                self.chart(part)
            case Progress():
                self.line((Bold(oneline(part.label, LABEL)), f" {percent(part)} %"))
                self.add(progress(part))
            case Table():
                self.table(part)
            case Buttons():
                self.buttons(part)
            case Select():
                self.menus += 1
                made, more = actions.menu(part, self.menus, self.home, self.asks)
                self.add(*([made] if made else []))
                self.note(more)

    def line(self, line: Line, look: Json = NO_LOOK, spacing: str = "") -> None:
        """A line of text."""
        self.add(*paragraph(line, self.mentions, look, spacing))

    def note(self, count: int) -> None:
        """Say how many are not shown, if any."""
        if count:
            self.line((left_out(count),), SMALL)

    # -- words -----------------------------------------------------------------------------------------

    def heading(self, label: Label) -> None:
        """Large, and for screen readers a heading, where Teams can make it one."""
        text = oneline(label, LABEL)
        if isinstance(label, str) and is_own((text,)):
            self.add({"type": "TextBlock", "text": text, "wrap": True, "style": "heading", **HEADING})
        else:
            self.add({"type": "RichTextBlock", "inlines": runs((Typed(text),), HEADING)})

    def facts(self, part: Facts) -> None:
        """Two columns; a line for each where somebody typed, since they read Markdown, or is mentioned."""
        pairs = [(_short(label), told(value)) for label, value in part.pairs]
        plain = [is_own((label,)) and is_own(value) for label, value in pairs]
        if all(plain) and not any(isinstance(one, Mention) for _label, value in pairs for one in value):
            facts = [{"title": label, "value": markdown(value, self.mentions)} for label, value in pairs]
            return self.add(*([{"type": "FactSet", "facts": facts}] if facts else []))
        for index, (label, value) in enumerate(pairs):
            mentions = plain[index] and any(isinstance(one, Mention) for one in value)
            name = label if mentions else Bold(label if isinstance(label, str) else label.text)
            self.line((name, ": ", *value), spacing="Small" if index else "")
        return None

    def image(self, part: Image) -> None:
        """An image Teams can fetch, else what it shows in words."""
        alt = oneline(part.alt, ALT)
        if safe_url(part.url):
            self.add({"type": "Image", "url": part.url, "altText": alt})
        else:
            self.line((alt,), SMALL)

    # -- numbers ---------------------------------------------------------------------------------------

    def chart(self, part: Chart) -> None:
        """A chart with its sentence under it; where no chart can be, title and sentence."""
        title = Bold(oneline(part.title, LABEL))
        if (drawn := plot(part)) is None:
            self.line((title,))
            return self.line(part.sentence)
        (fallback,) = paragraph((title,), self.mentions)
        self.add(drawn.element | {"fallback": fallback})
        self.line(part.sentence, SMALL)
        if drawn.gaps:
            self.line(Text(_("No number for: {names}"), names=Typed(", ".join(drawn.gaps))).line, SMALL)
        return self.note(drawn.more)

    def table(self, part: Table) -> None:
        """A table under its caption, and its rows as lines for who has no tables."""
        columns = part.columns[:COLUMNS]
        self.line((Bold(oneline(part.caption, LABEL)),))
        shown = self._grid([oneline(column, 80) for column in columns], part.rows) if columns else 0
        self.note(len(part.rows) - shown + len(part.columns) - len(columns))

    def _grid(self, columns: list[str], table: Sequence[Sequence[Line]]) -> int:
        """Draw a table and return how many of its rows there is room for."""
        grid = [_row([runs((Bold(column),)) for column in columns])]
        lines: list[Json] = []
        longest = min(CELL, TABLE // (4 * len(columns)))
        room = TABLE - sent(grid)
        for row in table:
            cells = [clipped(row[at] if at < len(row) else (), longest) for at in range(len(columns))]
            made, said = _row([runs(cell) for cell in cells]), _said(columns, cells)
            room -= sent(made) + sent(said)
            if room < 0:
                break
            grid.append(made)
            lines.append(said)
        if lines:
            widths = [{"width": 1} for _column in columns]
            fallback = {"type": "Container", "items": lines}
            self.add({"type": "Table", "columns": widths, "rows": grid, "fallback": fallback})
        return len(lines)

    # -- what people can do ----------------------------------------------------------------------------

    def buttons(self, part: Buttons) -> None:
        """Rows of buttons under what they answer."""
        made = [one for each in part.row if (one := actions.button(each, self.home, self.asks))]
        if made and part.about:
            self.line((part.about,), SMALL)
        self.add(*rows(made))
        self.note(len(part.row) - len(made))

    # -- all of it -------------------------------------------------------------------------------------

    def laid_out(self, **root: object) -> Json:
        """The card. What people can act on comes before text; what does not fit is counted in a last line."""
        card: Json = {"type": "AdaptiveCard", "version": "1.5", **root, "body": self.body}
        entities = self.mentions.entities()
        whole = card | {"msteams": {"entities": entities}} if entities else card
        return whole if sent(whole) <= MOST else self._fitted(card, entities)

    def _fitted(self, card: Json, entities: list[Json]) -> Json:
        body = [part for element in self.body for part in halved(element)]
        kept, mentioned = set[int](), list[Json]()
        room = MOST - NOTE - sent(card | {"body": [], "msteams": {"entities": []}})
        for index in sorted(range(len(body)), key=lambda index: _rank(body[index])):
            needed = [each for each in _mentioned(body[index], entities) if each not in mentioned]
            cost = sent([body[index], *needed])
            if cost <= room:
                kept.add(index)
                mentioned += needed
                room -= cost
        note = paragraph((left_out(len(body) - len(kept)),), self.mentions, SMALL)
        card["body"] = [*[body[index] for index in sorted(kept)], *note]
        return card | {"msteams": {"entities": mentioned}} if mentioned else card


def _short(label: Label) -> Label:
    text = oneline(label, LABEL)
    return Typed(text) if isinstance(label, Typed) else text


def told(line: Line) -> Line:
    """A line that says something."""
    return line if visible("".join([bare(inline) for inline in line])) else (EMPTY,)


def clipped(line: Line, longest: int) -> Line:
    """What a cell has room for; shortened it is words alone."""
    line = told(line)
    words = plain_line(line, longest)
    return line if words == "".join([bare(inline) for inline in line]) else (Typed(words),)


def _row(cells: list[list[Json]]) -> Json:
    made = [{"type": "TableCell", "items": [{"type": "RichTextBlock", "inlines": cell}]} for cell in cells]
    return {"type": "TableRow", "cells": made}


def _said(columns: list[str], cells: list[Line]) -> Json:
    line: list[Inline] = []
    for column, cell in zip(columns, cells, strict=True):
        line += [" · " if line else "", Bold(column), ": ", *cell]
    return {"type": "RichTextBlock", "inlines": runs(tuple(line))}


def _mentioned(element: Json, entities: list[Json]) -> list[Json]:
    words = json.dumps(element, ensure_ascii=False)
    return [each for each in entities if json.dumps(each["text"], ensure_ascii=False)[1:-1] in words]


def _rank(element: Json) -> int:
    """What is kept first: what can be tapped, what asks, what only says or leads elsewhere."""
    kind: str = element["type"]
    if kind == "ActionSet":
        return 2 if all(each["type"] == "Action.OpenUrl" for each in element["actions"]) else 0
    return 1 if kind == "Container" or kind.startswith("Input.") else 2
