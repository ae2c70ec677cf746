"""Import: reading a CSV file that people made in a spreadsheet, and finding everything that is wrong with it."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import NamedTuple

from sqlmodel import Field, SQLModel

from bot.care.kpis import EARLIEST, LARGEST
from bot.errors import (
    AmbiguousKpi,
    BadColumns,
    BadDate,
    BadLine,
    BadNumber,
    CareError,
    FutureDate,
    NoSuchContractor,
    NoSuchKpi,
    TwiceInFile,
    WrongCells,
)

KPI_COLUMNS = ("contractor", "kpi", "date", "value")
ROLE = "role"  # only where one contractor has the same KPI in two engagements
SEPARATORS = ";\t,"
SHOWN = 60  # characters of a cell that are repeated in a message


class TransferRow(SQLModel):
    """One import or export: who, when, how much."""

    id: int | None = Field(default=None, primary_key=True)
    kind: str  # as in "import kpis"
    by: str
    at: datetime
    file: str
    new: int = 0
    changed: int = 0


class Line(NamedTuple):
    """One line below the header; a record over several lines has the number of its first."""

    number: int
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        """A cell without the spaces around it."""
        return self.cells.get(column, "").strip()


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a file holds, as text: nothing in it is ever computed."""

    lines: Sequence[Line]
    problems: Sequence[CareError]
    comma: bool  # numbers may be written “1,5”, as they are where columns are kept apart by “;”


class Target(NamedTuple):
    """The KPI a reading belongs to."""

    kpi_id: int
    workspace_id: int
    role: str
    target: float


Directory = Mapping[str, Mapping[str, Sequence[Target]]]  # by contractor (e-mail or id), then by KPI, both folded


class Given(NamedTuple):
    """One reading that was asked to be imported."""

    to: Target
    day: date
    value: float


class Found(NamedTuple):
    """What a file gives to import, and everything that is wrong with it."""

    given: Sequence[Given]
    problems: Sequence[CareError]


def sheet(text: str, required: Sequence[str]) -> Sheet:
    """Read a CSV file: comma, semicolon or tab between the columns, in any order. Raises BadColumns or BadLine."""
    text = text.removeprefix("\ufeff")
    separator = max(SEPARATORS, key=text.split("\n", 1)[0].count)
    records = _records(text, separator)
    header = [name.strip().casefold() for name in next(records, (1, [""]))[1]]
    wrong = [name for name in required if header.count(name) != 1]
    if wrong:
        raise BadColumns(column=wrong[0], columns=", ".join(required))
    lines, problems = _lines(records, header)
    return Sheet(lines, problems, comma=separator == ";")


def _lines(records: Iterator[tuple[int, list[str]]], header: Sequence[str]) -> tuple[list[Line], list[CareError]]:
    lines: list[Line] = []
    problems: list[CareError] = []
    try:
        for number, cells in records:
            if len(cells) == len(header):
                lines.append(Line(number, dict(zip(header, cells, strict=True))))
            else:
                column = header[min(len(cells), len(header)) - 1]
                problems.append(WrongCells(line=number, column=column, cells=len(cells), columns=len(header)))
    except BadLine as unreadable:
        problems.append(unreadable)
    return lines, problems


def _records(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Records with the number of their first line; empty lines are passed over. Raises BadLine."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    number = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield number, cells
            number = reader.line_num + 1
    except csv.Error:
        raise BadLine(line=number) from None


def readings(lines: Iterable[Line], directory: Directory, comma: bool, last_day: date) -> Found:
    """What the lines give to import; `last_day` is the last one that is not in the future anywhere."""
    given: dict[tuple[int, date], Given] = {}
    first_lines: dict[tuple[int, date], int] = {}
    problems: list[CareError] = []
    for line in lines:
        found, wrong = _reading(line, directory, comma, last_day)
        problems += wrong
        if found is None:
            continue
        key = (found.to.kpi_id, found.day)
        if key in first_lines:
            problems.append(
                TwiceInFile(line=line.number, column="date", value=_shown(line, "date"), other=first_lines[key])
            )
        first_lines.setdefault(key, line.number)
        given.setdefault(key, found)
    return Found(list(given.values()), problems)


def _reading(line: Line, directory: Directory, comma: bool, last_day: date) -> tuple[Given | None, list[CareError]]:
    """One line; every column that is wrong, not only the first."""
    to, wrong_kpi = _whose(line, directory)
    day, wrong_day = _when(line, last_day)
    value = _number(line.text("value"), comma)
    wrong = [problem for problem in (wrong_kpi, wrong_day) if problem is not None]
    if value is None:
        wrong.append(BadNumber(line=line.number, column="value", value=_shown(line, "value")))
    if to is None or day is None or value is None:
        return None, wrong
    return Given(to, day, value), wrong


def _whose(line: Line, directory: Directory) -> tuple[Target | None, CareError | None]:
    about = {"line": line.number}
    kpis = directory.get(line.text("contractor").casefold())
    if kpis is None:
        return None, NoSuchContractor(column="contractor", value=_shown(line, "contractor"), **about)
    targets = kpis.get(line.text("kpi").casefold(), ())
    if not targets:
        return None, NoSuchKpi(column="kpi", value=_shown(line, "kpi"), **about)
    role = line.text(ROLE).casefold()
    meant = [one for one in targets if not role or one.role.casefold() == role]
    if len(meant) != 1:
        return None, AmbiguousKpi(column=ROLE, value=_shown(line, "kpi"), **about)
    return meant[0], None


def _when(line: Line, last_day: date) -> tuple[date | None, CareError | None]:
    day = _day(line.text("date"))
    if day is not None and EARLIEST <= day <= last_day:
        return day, None
    wrong = FutureDate if day is not None and day > last_day else BadDate
    return None, wrong(line=line.number, column="date", value=_shown(line, "date"))


@cache
def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else None
    except ValueError:
        return None


def _number(text: str, comma: bool) -> float | None:
    """A plain number from 0 to LARGEST; “1.500” beside decimal commas could be meant as 1500, so it is refused."""
    sign = "[.,]" if comma else "[.]"
    if not re.fullmatch(rf"\d{{1,10}}(?:{sign}\d{{1,9}})?", text, re.ASCII):
        return None
    if comma and re.fullmatch(r"\d{1,3}\.\d{3}", text):
        return None
    value = float(text.replace(",", "."))
    return value if value <= LARGEST else None


def _shown(line: Line, column: str) -> str:
    """A cell as it may be printed: short, and without what a terminal would obey."""
    text = "".join(sign if sign.isprintable() else "·" for sign in line.text(column))
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
