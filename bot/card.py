"""What the bot can show and ask, on any platform: plain data, nothing platform-shaped in it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, time
from enum import StrEnum
from typing import Any

# A line is part of every card: whoever shows something finds all of it here.
from bot.line import Bold as Bold
from bot.line import Inline as Inline
from bot.line import Label as Label
from bot.line import Line as Line
from bot.line import Link as Link
from bot.line import Mention as Mention
from bot.line import Typed as Typed
from bot.line import When as When
from bot.line import city as city
from bot.line import line as line
from bot.line import plain as plain
from bot.line import spoken as spoken

# -- what a card shows -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, init=False)
class Text:
    """A paragraph: `Text(_("{who} needs {what}"), who=Mention(…), what=Typed(…))`."""

    line: Line
    small: bool

    def __init__(self, template: str | Inline | Line, /, small: bool = False, **parts: Inline | int) -> None:
        made = (
            template
            if isinstance(template, tuple)
            else (line(template, **parts) if isinstance(template, str) else (template,))
        )
        object.__setattr__(self, "line", made)
        object.__setattr__(self, "small", small)


def Small(template: str | Inline | Line, /, **parts: Inline | int) -> Text:
    """Small print: who can see this, where a number comes from."""
    return Text(template, small=True, **parts)


@dataclass(frozen=True, slots=True)
class Heading:
    text: Label


@dataclass(frozen=True, slots=True)
class Facts:
    """Pairs of a label and what it is."""

    pairs: tuple[tuple[Label, Line], ...]


def facts(*pairs: tuple[Label, Inline | Line]) -> Facts:
    """Facts from pairs whose value may be a single inline."""
    return Facts(tuple((label, value if isinstance(value, tuple) else (value,)) for label, value in pairs))


@dataclass(frozen=True, slots=True)
class Divider:
    pass


@dataclass(frozen=True, slots=True)
class Image:
    url: str
    alt: str


class ChartKind(StrEnum):
    LINE = "line"
    BAR = "bar"


@dataclass(frozen=True, slots=True)
class Chart:
    """A native chart; `sentence` says the same in words and stands in wherever charts cannot.

    At most 20 categories and 6 series; `None` in a series is a gap.
    """

    title: str
    categories: tuple[Label, ...]
    series: tuple[tuple[Label, tuple[float | None, ...]], ...]
    sentence: Line
    kind: ChartKind = ChartKind.LINE
    x_label: str = ""
    y_label: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of a whole is done; `value` counts up to `whole`."""

    label: Label
    value: float
    whole: float


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under column names; `caption` says what the table is."""

    caption: str
    columns: tuple[Label, ...]
    rows: tuple[tuple[Line, ...], ...]


# -- what a card lets people do -----------------------------------------------------------------------


class Style(StrEnum):
    PLAIN = "plain"
    MAIN = "main"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Confirm:
    """Asked before a button does what it says."""

    title: str
    text: str
    yes: str
    no: str


@dataclass(frozen=True, slots=True)
class Button:
    """One tap: `route` names the handler, `value` is what it is about; `chosen` shows the current answer."""

    label: Label
    route: str
    value: str = ""
    style: Style = Style.PLAIN
    confirm: Confirm | None = None
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Buttons:
    """A row of buttons; `about` says aloud what the row answers where labels are one character long."""

    row: tuple[Button, ...]
    about: Label = ""


def buttons(*row: Button, about: Label = "") -> Buttons:
    """A row of buttons."""
    return Buttons(tuple(row), about)


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose; at most 75 characters of value."""

    value: str
    label: Label
    group: str = ""


@dataclass(frozen=True, slots=True)
class Select:
    """A drop-down inside a card; choosing acts at once. The turn's value is `value` + ":" + the choice's.

    One that `holds` shows how something stands: where choosing cannot act at once, what is chosen counts with the next
    tap on its card, whatever is tapped.
    """

    label: str
    route: str
    choices: tuple[Choice, ...]
    value: str = ""
    chosen: str = ""
    holds: bool = False


Part = Text | Heading | Facts | Divider | Image | Chart | Progress | Table | Buttons | Select


@dataclass(frozen=True, slots=True)
class Card:
    """One thing the bot shows. `summary` is the notification and what a screen reader says first."""

    summary: str | Line
    parts: tuple[Part, ...]


def card(summary: str | Line, *parts: Part | None) -> Card:
    """A card from its parts; a part that is None is left out."""
    return Card(summary, tuple(part for part in parts if part is not None))


# -- what a form asks -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What all fields share. `id` names it in the answer; `hint` is small print under it."""

    id: str
    label: Label
    hint: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TextField(Field):
    value: str = ""
    lines: bool = False
    longest: int = 1000
    placeholder: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberField(Field):
    value: float | None = None
    least: float | None = None
    most: float | None = None
    decimals: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DateField(Field):
    value: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeField(Field):
    value: time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceField(Field):
    """One of few (shown open) or one of many (a searchable list when `many`)."""

    choices: tuple[Choice, ...]
    value: str = ""
    many: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SeveralField(Field):
    """Any number of the choices; values carry no comma."""

    choices: tuple[Choice, ...]
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ToggleField(Field):
    """Yes or no; the answer is "yes" or ""."""

    text: str
    value: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonField(Field):
    """Somebody of the workspace; the answer is their platform id."""

    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelField(Field):
    """A channel of the workspace; the answer is its platform id."""

    value: str = ""


AnyField = (
    TextField
    | NumberField
    | DateField
    | TimeField
    | ChoiceField
    | SeveralField
    | ToggleField
    | PersonField
    | ChannelField
)


@dataclass(frozen=True, slots=True)
class Form:
    """A dialog. `route` takes the submission; `value` is hidden context and comes back as the turn's value."""

    title: str
    route: str
    parts: tuple[AnyField | Text | Divider, ...]
    submit: str
    value: str = ""

    @property
    def fields(self) -> tuple[AnyField, ...]:
        """Only the parts that ask."""
        return tuple(part for part in self.parts if isinstance(part, Field))

    def filled(self, typed: Mapping[str, Any]) -> "Form":
        """The same form with what was typed in it."""
        return replace(
            self, parts=tuple(_filled(part, typed) if isinstance(part, Field) else part for part in self.parts)
        )


def form(title: str, route: str, submit: str, *parts: AnyField | Text | Divider | None, value: str = "") -> Form:
    """A form from its parts; a part that is None is left out."""
    return Form(title, route, tuple(part for part in parts if part is not None), submit, value)


def _filled(asked: AnyField, typed: Mapping[str, Any]) -> AnyField:
    if asked.id not in typed:
        return asked
    value = typed[asked.id]
    match asked:
        case SeveralField():
            several = value.split(",") if isinstance(value, str) else value
            return replace(asked, values=tuple(filter(None, several)))
        case ToggleField():
            return replace(asked, value=bool(value))
        case NumberField():
            return replace(asked, value=_number(value))
        case DateField():
            return replace(asked, value=_parsed(date.fromisoformat, value))
        case TimeField():
            return replace(asked, value=_parsed(time.fromisoformat, value))
        case _:
            return replace(asked, value=str(value or ""))


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _parsed(parse: Any, value: Any) -> Any:
    try:
        return parse(str(value))
    except ValueError:
        return None
