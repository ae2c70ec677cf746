"""Part → blocks. Whatever a part holds, Slack takes it: what does not fit is shortened, and said to be.

Lines with typed words or weight in them are rich_text, whose text is never read as markup; the rest are sections.
"""

from bot.card import (
    Bold,
    Button,
    Buttons,
    Chart,
    Confirm,
    Divider,
    Facts,
    Heading,
    Image,
    Inline,
    Label,
    Line,
    Link,
    Part,
    Progress,
    Select,
    Style,
    Table,
    Text,
    Typed,
    When,
)
from bot.language import _
from bot.numbers import bar
from bot.slack.charts import plot
from bot.slack.choices import offered, picked
from bot.slack.room import Surface, read, rows
from bot.slack.text import (
    EMPTY,
    Json,
    bare,
    hidden,
    mrkdwn,
    oneline,
    plain_line,
    plain_text,
    rich_text,
    safe_url,
    size,
    visible,
)
from bot.text import left_out

SECTION = 3000
RICH = 4000  # the longest answer a form takes, and our words around it; Slack names no limit here
SMALL = FIELD = 2000
FIELDS = 10  # of one section
LABEL = 300
ROWS, COLUMNS, CELL = 100, 20, 300  # of a table
TABLE = 6000  # half a message: the cells of a table are counted together, too
NOTE = 200  # room for the line that says what is left out


class Page:
    """The blocks of one message or view while they are laid out."""

    def __init__(self, surface: Surface) -> None:
        self.surface = surface
        self.blocks: list[Json] = []
        self.charts, self.tables = surface.charts, surface.tables
        self.acts = 0  # how much can be acted on so far: what makes ids unique

    def laid_out(self) -> list[Json]:
        """The blocks that fit. What people can act on comes before text; what is missing is said in a last line."""
        blocks, surface = self.blocks, self.surface
        if len(blocks) <= surface.blocks and surface.fitting(blocks, surface.most) == len(blocks):
            return blocks
        left, kept = surface.most - NOTE, set[int]()
        for index in sorted(range(len(blocks)), key=lambda index: not _for_acting(blocks[index])):
            cost = surface.count(blocks[index])
            if cost <= left and len(kept) < surface.blocks - 1:
                kept.add(index)
                left -= cost
        return [*[blocks[index] for index in sorted(kept)], small_text(left_out(len(blocks) - len(kept)))]

    def show(self, part: Part) -> None:
        """Add a part."""
        match part:
            case Text():
                (self.small if part.small else self.paragraph)(part.line)
            case Heading():
                self.blocks.append({"type": "header", "text": plain_text(part.text, 150)})
            case Facts():
                self.facts(part)
            case Divider():
                self.blocks.append({"type": "divider"})
            case Image():
                self.image(part)
            case Chart():
                self.chart(part)
            case Progress():
                self.paragraph((Bold(oneline(part.label, LABEL)), f"\n{bar(part)}"))
            case Table():
                self.table(part)
            case Buttons():
                self.buttons(part)
            case Select():
                self.select(part)

    def note(self, count: int) -> None:
        """Say how many are not shown, if any."""
        if count:
            self.blocks.append(small_text(left_out(count)))

    # -- words -----------------------------------------------------------------------------------------

    def paragraph(self, line: Line) -> None:
        """A line of text."""
        if any(isinstance(inline, Typed | Bold) for inline in line):
            self.blocks.append(rich_text(line, RICH))
        else:
            self.blocks.append({"type": "section", "text": mrkdwn(line, SECTION)})

    def small(self, line: Line) -> None:
        """Small print. Typed words make all of it plain; with a link beside them it is a paragraph, to stay a link."""
        if not any(isinstance(inline, Typed) for inline in line):
            self.blocks.append({"type": "context", "elements": [mrkdwn(line, SMALL)]})
        elif any(isinstance(inline, Link) for inline in line):
            self.paragraph(line)
        else:
            self.blocks.append(small_text(plain_line(line, SMALL), typed=True))

    def facts(self, part: Facts) -> None:
        """Two columns of label over value; where somebody typed, a line for each."""
        pairs = [(Bold(oneline(label, LABEL)), _told(value)) for label, value in part.pairs]
        if any(isinstance(each, Typed) for label, value in part.pairs for each in (label, *value)):
            return self.lines([(label, ": ", *value) for label, value in pairs])
        fields = [mrkdwn((label, "\n", *value), FIELD) for label, value in pairs]
        for start in range(0, len(fields), FIELDS):
            self.blocks.append({"type": "section", "fields": fields[start : start + FIELDS]})
        return None

    def lines(self, lines: list[Line]) -> None:
        """Lines under each other, in as few blocks as they fit in."""
        block: list[Inline] = []
        room = 0
        for line in lines:
            room -= length(line) + 1
            if room < 0 and block:
                self.paragraph(tuple(block))
                block = []
            if not block:
                room = FIELD - length(line)
            block += ["\n", *line] if block else line
        if block:
            self.paragraph(tuple(block))

    def image(self, part: Image) -> None:
        """An image Slack can fetch, else what it shows in words."""
        alt = oneline(part.alt, SMALL)
        if safe_url(part.url):
            self.blocks.append({"type": "image", "image_url": part.url, "alt_text": alt})
        else:
            self.blocks.append(small_text(alt))

    # -- numbers ---------------------------------------------------------------------------------------

    def chart(self, part: Chart) -> None:
        """A chart with its sentence under it; where no chart can be, title and sentence."""
        drawn = plot(part) if self.charts else None
        if drawn is None:
            return self.paragraph((Bold(oneline(part.title, LABEL)), "\n", *part.sentence))
        self.charts -= 1
        self.blocks.append(drawn.block)
        self.small(part.sentence)
        if drawn.gaps:
            self.small(Text(_("No number for: {names}"), names=Typed(", ".join(drawn.gaps))).line)
        return self.note(drawn.more)

    def table(self, part: Table) -> None:
        """The first table as a table, the next ones a line for each row."""
        columns = part.columns[:COLUMNS]
        self.paragraph((Bold(oneline(part.caption, LABEL)),))
        if self.tables and columns and part.rows:
            self.tables -= 1
            shown = self._grid(columns, part.rows)
        else:
            shown = self._rows(columns, part.rows)
        self.note(len(part.rows) - shown + len(part.columns) - len(columns))

    def _grid(self, columns: tuple[Label, ...], table: tuple[tuple[Line, ...], ...]) -> int:
        """Draw a table and return how many rows it has."""
        longest = min(CELL, TABLE // (3 * len(columns)))
        cells: list[list[Json]] = [[{"type": "raw_text", "text": oneline(each, longest)} for each in columns]]
        room = TABLE - read(cells)
        for row in table[: ROWS - 1]:
            made = [_cell(row[index] if index < len(row) else (), longest) for index in range(len(columns))]
            room -= read(made)
            if room < 0:
                break
            cells.append(made)
        settings = [{"is_wrapped": True} for _column in columns]
        self.blocks.append({"type": "table", "rows": cells, "column_settings": settings})
        return len(cells) - 1

    def _rows(self, columns: tuple[Label, ...], table: tuple[tuple[Line, ...], ...]) -> int:
        """Write rows as lines and return how many there was room for."""
        names = [Bold(oneline(column, 80)) for column in columns]
        lines: list[Line] = []
        room = TABLE
        for row in table:
            line: list[Inline] = []
            for name, value in zip(names, row, strict=False):
                line += [" · " if line else "", name, ": ", *_told(value)]
            room -= length(tuple(line))
            if room < 0 and lines:
                break
            lines.append(tuple(line))
        self.lines(lines)
        return len(lines)

    # -- what people can do ----------------------------------------------------------------------------

    def buttons(self, part: Buttons) -> None:
        """A row of buttons under what it answers."""
        made = [button for button in map(self._button, part.row) if button]
        if made and part.about:
            self.small((part.about,))
        self.blocks += [{"type": "actions", "elements": elements} for elements in rows(made)]
        self.note(len(part.row) - len(made))

    def _button(self, button: Button) -> Json | None:
        """None if its value is too long."""
        value = hidden(button.value, 2000)
        if value is None:
            return None
        label = plain_text(button.label, 75 - len("✓ "))
        if button.chosen:  # never by colour alone
            label["text"] = f"✓ {label['text']}"
        made: Json = {"type": "button", "text": label, "action_id": self.action_id(button.route)}
        if value:
            made["value"] = value
        if button.style is not Style.PLAIN or button.chosen:
            made["style"] = "danger" if button.style is Style.DANGER else "primary"
        if button.confirm:
            made["confirm"] = _confirm(button.confirm, button.style)
        return made

    def select(self, part: Select) -> None:
        """A menu beside its label. What it is about travels in the block id, before the `#` that makes it unique."""
        about = hidden(part.value, 240)
        if not part.choices or about is None:
            return self.note(1)
        menu, more = offered(part.choices, self.surface)
        element: Json = {"type": "static_select", "placeholder": plain_text(part.label, 150), **menu}
        if now := picked(menu, [part.chosen]):
            element["initial_option"] = now[0]
        # Slack keeps showing what was picked while the ids stay the same: the choice is part of the id.
        at = next((index for index, choice in enumerate(part.choices) if choice.value == part.chosen), "")
        element["action_id"] = f"{self.action_id(part.route)}.{at}"
        label = plain_text(part.label, SECTION)
        block = {"type": "section", "block_id": f"{about}#{self.acts}", "text": label, "accessory": element}
        self.blocks.append(block)
        return self.note(more)

    def action_id(self, route: str) -> str:
        """The route, made unique over the whole page."""
        self.acts += 1
        return f"{route}#{self.acts}"


def small_text(text: str, *, typed: bool = False) -> Json:
    """A line of small print without any markup."""
    return {"type": "context", "elements": [plain_text(Typed(text) if typed else text, SMALL)]}


def length(line: Line) -> int:
    """How long a line reads."""
    return sum([size(bare(inline)) for inline in line])


def _told(line: Line) -> Line:
    return line if visible("".join([bare(inline) for inline in line])) else (EMPTY,)


def _for_acting(block: Json) -> bool:
    return block["type"] in ("actions", "input") or "accessory" in block


def _cell(line: Line, longest: int) -> Json:
    if all(isinstance(inline, str | Typed | When) for inline in line):
        return {"type": "raw_text", "text": plain_line(line, longest)}
    return rich_text(line, longest)


def _confirm(asked: Confirm, style: Style) -> Json:
    return {
        "title": plain_text(asked.title, 100),
        "text": plain_text(asked.text, 300),
        "confirm": plain_text(asked.yes, 30),
        "deny": plain_text(asked.no, 30),
        "style": "danger" if style is Style.DANGER else "primary",
    }
