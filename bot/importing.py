"""`python -m bot import kpis FILE.csv [--dry-run]`: readings from a spreadsheet, all of them or none."""

import asyncio
import getpass
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.progress import Progress

import storage
from bot import words
from bot.care.transfer import KPI_COLUMNS, Directory, Given, Sheet, Target, readings, sheet
from bot.errors import CareError, NoFile, NotText
from bot.language import _, ngettext
from bot.settings import Settings
from storage.database import EVERYONE, CareSession, engine_of, open_database

WENT_WELL, WRONG_LINES, NO_FILE = 0, 1, 2  # exit codes
AHEAD = timedelta(hours=14)  # the earliest clocks of the world are this far ahead of UTC
CHUNK = 5_000  # readings written between two steps of the progress bar


class Outcome(NamedTuple):
    """What an import changes: readings of days that had none, other values for days that had one, the same again."""

    new: int
    changed: int
    same: int


def main(path: Path, settings: Settings, dry_run: bool, *, now: datetime) -> int:
    """Import KPI readings. 0: imported (or could be); 1: nothing was, each wrong line is named; 2: no such file."""
    try:
        text = _text(path)
        read = sheet(text, KPI_COLUMNS)
    except (NoFile, NotText) as refusal:
        return _refused([refusal], NO_FILE)
    except CareError as refusal:
        return _refused([refusal], WRONG_LINES)
    with _database(settings) as db, Progress(console=Console(stderr=True)) as bar:
        result = _import(db, read, path.name, dry_run, now, bar)
    if not isinstance(result, Outcome):
        return _refused(result, WRONG_LINES)
    print(_report(result, dry_run))
    return WENT_WELL


@contextmanager
def _database(settings: Settings) -> Iterator[CareSession]:
    url = settings.store.database_url
    asyncio.run(open_database(url).prepare())
    engine = engine_of(url)
    try:
        with CareSession(engine, info={"workspace": EVERYONE}) as db:
            yield db
    finally:
        engine.dispose()


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise NoFile(file=path.name, why=(error.strerror or _("it cannot be read")).lower()) from None
    except UnicodeDecodeError:
        raise NotText(file=path.name) from None


def _import(
    db: CareSession, read: Sheet, file: str, dry_run: bool, now: datetime, bar: Progress
) -> Outcome | Sequence[CareError]:
    """Check every line, and only if all are well write them, in one transaction. A dry run commits nothing."""
    directory = _directory(db)
    if not dry_run:
        db.commit()  # of role templates begun; a running bot can write while the lines are checked
    lines = bar.track(read.lines, description=_("Checking"))
    found = readings(lines, directory, read.comma, (now + AHEAD).date())
    problems = sorted([*read.problems, *found.problems], key=lambda problem: int(problem.values["line"]))
    if problems:
        return problems
    kept = storage.kpis.kept(db, found.given)
    counted = _counted(found.given, kept)
    _write(db, [one for one in found.given if kept.get((one.to.kpi_id, one.day)) != one.value], now, bar)
    for workspace, counts in counted.items():
        db.add(storage.transfer.Transfer(
            workspace_id=workspace, kind="import kpis", by=_operator(), at=now, file=file,
            new=counts["new"], changed=counts["changed"],
        ))  # fmt: skip
    if not dry_run:
        db.commit()
    total = sum(counted.values(), Counter[str]())
    return Outcome(total["new"], total["changed"], total["same"])


def _operator() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        return "command line"


def _directory(db: CareSession) -> Directory:
    """By e-mail or platform id, then by name of the KPI (ours in English, or by their key)."""
    found: dict[str, dict[str, list[Target]]] = {}
    for one in storage.kpis.importable(db):
        kpi_names = {words.templates.name(one.kpi).casefold()} | ({one.kpi.standard} - {""})
        for who in {one.email.casefold(), one.user.casefold()} - {""}:
            for name in kpi_names:
                found.setdefault(who, {}).setdefault(name, []).append(one.target)
    return found


def _counted(given: Sequence[Given], kept: Mapping[tuple[int, date], float]) -> dict[int, Counter[str]]:
    """By workspace, how many readings are new, change one, or say the same again."""
    counts: dict[int, Counter[str]] = {}
    for one in given:
        before = kept.get((one.to.kpi_id, one.day))
        what = "new" if before is None else "same" if before == one.value else "changed"
        counts.setdefault(one.to.workspace_id, Counter())[what] += 1
    return counts


def _write(db: CareSession, given: Sequence[Given], now: datetime, bar: Progress) -> None:
    writing = bar.add_task(_("Writing"), total=len(given))
    for start in range(0, len(given), CHUNK):
        chunk = given[start : start + CHUNK]
        storage.kpis.take_in(db, chunk, now)
        bar.advance(writing, len(chunk))


def _refused(problems: Sequence[CareError], code: int) -> int:
    for problem in problems:
        print(problem.say(_), file=sys.stderr)
    if code == WRONG_LINES:
        print(ngettext("Nothing was imported; {n} thing to correct.", "Nothing was imported; {n} things to correct.",
                       len(problems)), file=sys.stderr)  # fmt: skip
    return code


def _report(result: Outcome, dry_run: bool) -> str:
    count = sum(result)
    said = (
        ngettext("Dry run: {n} reading could be imported; nothing was changed.",
                 "Dry run: {n} readings could be imported; nothing was changed.", count)
        if dry_run else ngettext("Imported {n} reading.", "Imported {n} readings.", count)
    )  # fmt: skip
    detail = _("New: {new}. In place of another value of the same day: {changed}. As it was: {same}.")
    return f"{said} {detail.format(**result._asdict())}"
