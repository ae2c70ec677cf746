"""`python -m bot evaluate FILE.csv[.gz]`: how the at-risk points would have done on recorded weeks."""

import csv
import gzip
import re
import sys
import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple, NoReturn, TextIO

from bot.care.evaluation import (
    Company,
    MilestoneFigures,
    PersonWeek,
    PulseFigures,
    Ranking,
    Rate,
    milestone_figures,
    pulse_figures,
)
from bot.care.health import Blank, Milestone, Scale, Week, milestone_state
from bot.care.health import scale as scale_of
from bot.errors import N_, CareError

Figures = PulseFigures | MilestoneFigures
Companies = dict[str, dict[int, dict[str, PersonWeek]]]  # by company, week and person

PULSE = ("person", "company", "week", "score", "answered", "tenure_days", "left_within_28d", "eval_row")
MILESTONES = ("course_run", "person", "day", "last_missed", "last2_missed", "left_within_28d")
LAST_WEEK = 200_000  # beyond it a week number is a slip, even where weeks are counted from the year 1
MANY = 1_000_000  # days or milestones


class Unreadable(CareError):
    sentence = N_("I can't read {file} ({why}). Check the path, and that it is a .csv or .csv.gz file.")


class MissingColumn(CareError):
    sentence = N_("{file}, line 1, column “{column}”: it is missing. The file needs the columns {columns}.")


class BadCell(CareError):
    sentence = N_("{file}, line {line}, column “{column}”: “{value}” is not {expected}. Correct it and try again.")


class NoLines(CareError):
    sentence = N_("{file}, line 2, column “{column}”: there is nothing below the header, so nothing to tell.")


class BadScale(CareError):
    sentence = N_("“{text}” is not a scale. Write its two ends, lowest first, such as 1-5 or 1-4.")


class Line(NamedTuple):
    """One line of a file; a cell that is not as expected is refused by its place."""

    file: str
    number: int
    cells: dict[str, str | None]

    def text(self, column: str) -> str:
        """What stands there; never nothing."""
        return self.cells[column] or self.refuse(column, "a name")

    def whole(self, column: str, lowest: int, highest: int) -> int:
        """A whole number between two ends."""
        number = _whole(self.cells[column] or "")
        if number is not None and lowest <= number <= highest:
            return number
        self.refuse(column, f"a whole number from {lowest} to {highest}")

    def flag(self, column: str) -> bool:
        """0 or 1."""
        return bool(self.whole(column, 0, 1))

    def answer(self, column: str, on: Scale) -> float:
        """A number on the scale."""
        number = _number(self.cells[column] or "")
        if number is not None and on.lowest <= number <= on.highest:
            return number
        self.refuse(column, f"on the scale {on.lowest:g}-{on.highest:g} (--scale names another)")

    def refuse(self, column: str, expected: str) -> NoReturn:
        """Say where the file is wrong, and how."""
        value = self.cells[column] or ""
        raise BadCell(file=self.file, line=self.number, column=column, value=value, expected=expected)


@lru_cache(maxsize=10_000)  # a file says the same few thousand numbers over and over
def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"-?\d{1,9}", text, re.ASCII) else None


@lru_cache(maxsize=10_000)
def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?\d{1,9}(\.\d*)?", text, re.ASCII) else None


def evaluate(path: Path, scale: tuple[float, float] = (1, 5)) -> Figures:
    """The figures of a file of weekly pulses or of milestones, told apart by columns; raises CareError."""
    try:
        with _open(path) as file:
            return _figures(path.name, csv.DictReader(file), _scale(*scale))
    except (OSError, EOFError, UnicodeDecodeError, zlib.error, csv.Error) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "it is damaged or not text"
        raise Unreadable(file=path.name, why=why) from error


def main(path: Path, scale: tuple[float, float] = (1, 5)) -> int:
    """Print the report, or the one sentence that says why there is none; 0 if all went well."""
    try:
        print(report(evaluate(path, scale)))
    except CareError as refusal:
        print(refusal.say(), file=sys.stderr)
        return 1
    return 0


def read_scale(text: str) -> tuple[float, float]:
    """The two ends of a scale written as 1-4."""
    ends = re.fullmatch(r"(\d{1,3})-(\d{1,3})", text, re.ASCII)
    if not ends:
        raise BadScale(text=text)
    lowest, highest = float(ends[1]), float(ends[2])
    _scale(lowest, highest)
    return lowest, highest


def _scale(lowest: float, highest: float) -> Scale:
    if not lowest < highest:
        raise BadScale(text=f"{lowest:g}-{highest:g}")
    return scale_of(lowest, highest)


def _open(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _figures(file: str, table: "csv.DictReader[str]", on: Scale) -> Figures:
    header = table.fieldnames or ()
    columns = MILESTONES if "last_missed" in header else PULSE
    for column in columns:
        if column not in header:
            raise MissingColumn(file=file, column=column, columns=", ".join(columns))
    lines = (Line(file, table.line_num, cells) for cells in table)
    first = next(lines, None)
    if first is None:
        raise NoLines(file=file, column=columns[0])
    if columns is MILESTONES:
        return milestone_figures(_milestones(chain([first], lines)))
    return _pulses(chain([first], lines), "score_mean" if "score_mean" in header else "score", on)


def _milestones(lines: Iterable[Line]) -> Iterator[tuple[Milestone, int, bool]]:
    for line in lines:
        last, of_two = line.whole("last_missed", 0, 1), line.whole("last2_missed", 0, 2)
        yield (
            milestone_state([of_two > last, last > 0]),
            line.whole("day", -MANY, MANY),
            line.flag("left_within_28d"),
        )


def _pulses(lines: Iterable[Line], score: str, on: Scale) -> PulseFigures:
    companies: Companies = {}
    for line in lines:
        week = companies.setdefault(line.text("company"), {}).setdefault(line.whole("week", 0, LAST_WEEK), {})
        if (person := line.text("person")) in week:
            line.refuse("person", "there once a week")
        week[person] = _person_week(line, score, on)
    return pulse_figures((_company(companies.pop(name)) for name in tuple(companies)), on)


def _company(weeks: dict[int, dict[str, PersonWeek]]) -> Company:
    return {at: tuple(week.values()) for at, week in weeks.items()}


def _person_week(line: Line, score: str, on: Scale) -> PersonWeek:
    value: Week = Blank.MISSED
    if line.flag("answered"):
        value = line.answer(score, on) if line.cells[score] else Blank.HIDDEN
    left = line.flag("left_within_28d") if line.flag("eval_row") else None
    return PersonWeek(line.text("person"), value, line.whole("tenure_days", -MANY, MANY), left)


def report(figures: Figures) -> str:
    """The figures in words, each beside what is worth reaching or what is usual."""
    lines = _pulse_report(figures) if isinstance(figures, PulseFigures) else _milestone_report(figures)
    return "\n".join(lines)


def _pulse_report(figures: PulseFigures) -> list[str]:
    return [
        f"Weekly pulses on a scale of {figures.on.lowest:g}-{figures.on.highest:g}: people {figures.people:,}, "
        f"companies {figures.companies:,}, person-weeks {figures.new.rows:,}",
        "",
        "Ranking by points (AUC: 0.5 is chance, 1 is perfect)",
        _ranking("low mood, mean of the next 4 weeks", figures.low_mood, "worth reaching 0.85"),
        _ranking("silence of 3 weeks or more starting", figures.silence, "worth reaching 0.65"),
        _ranking("leaving within 28 days", figures.leaving, "never shown, never ranked by"),
        "",
        "Alerts, within the budget of each company and week",
        _share("new alerts per 100 person-weeks", figures.new, "at most 2.5"),
        _share("alerts on a change per 100 person-weeks", figures.changed, ""),
        _share("new alerts repeated within 4 weeks, %", figures.again, "at most 8"),
        _share(
            "followed by 4 weeks low or silent, %",
            figures.borne_out,
            f"{100 * figures.base.share:.2f} of all weeks",
        ),
    ]


def _milestone_report(figures: MilestoneFigures) -> list[str]:
    newly, still = (figures.by_milestone[stands] for stands in (Milestone.NEWLY_MISSED, Milestone.STILL_MISSED))
    return [
        f"Milestones: person-weeks {figures.everyone.rows:,}",
        "",
        "Left within 28 days, %",
        _share("everyone (base rate)", figures.everyone, ""),
        _share("latest milestone met, or none due", figures.by_milestone[Milestone.FINE], ""),
        _share("newly missed", newly, _times(newly, figures.everyone)),
        _share("still missed", still, _times(still, figures.everyone)),
        "",
        "Ranking by points (AUC: 0.5 is chance, 1 is perfect)",
        _ranking("leaving within 28 days", figures.leaving, "never shown, never ranked by"),
    ]


def _ranking(what: str, ranking: Ranking, beside: str) -> str:
    value = "   n/a" if ranking.auc is None else f"{ranking.auc:6.3f}"
    return _row(what, value, f"{ranking.hits:,} of {ranking.rows:,}", beside)


def _share(what: str, rate: Rate, beside: str) -> str:
    return _row(what, f"{100 * rate.share:6.2f}", f"{rate.hits:,} of {rate.rows:,}", beside)


def _row(what: str, value: str, counts: str, beside: str) -> str:
    return f"  {what:<40} {value}   {counts:<18} {beside}".rstrip()


def _times(some: Rate, everyone: Rate) -> str:
    return f"{some.share / everyone.share:.1f} times the base rate" if everyone.share else ""
