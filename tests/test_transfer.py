"""Import: a spreadsheet's readings come in whole, or not at all with every wrong line named."""

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select

import storage
from bot.care.transfer import KPI_COLUMNS, readings, sheet
from bot.errors import BadColumns
from bot.importing import main
from bot.settings import Settings
from storage.database import EVERYONE, CareSession, scoped
from storage.kpis import Kpi, KpiReading
from storage.sqlite import sqlite_engine
from storage.transfer import Transfer

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HEADER = "contractor,kpi,date,value"


class Office:
    """A database with ana and lee working for mo, and what an operator types there."""

    def __init__(self, path: Path, out: pytest.CaptureFixture[str]) -> None:
        self.path, self.out = path, out
        self.folder = path.parent
        self.kpi = self.db(self._people)

    def db(self, work: Callable[[CareSession], Any], workspace: int = EVERYONE) -> Any:
        engine = sqlite_engine(str(self.path))
        try:
            with CareSession(engine, info={"workspace": workspace}, expire_on_commit=False) as db:
                made = work(db)
                db.commit()
                return made
        finally:
            engine.dispose()

    def _people(self, db: CareSession) -> int:
        workspace = storage.people.workspace(db, "slack", "T1")
        with scoped(db, workspace.id or 0):
            ids = {}
            for user, email in (("U0ANA", "ana@example.com"), ("U0LEE", "lee@example.com"), ("U0MO", "mo@example.com")):
                ids[user] = storage.people.learn(db, user, NOW, name=user.title(), email=email).id or 0
            engagement = self.engage(db, ids["U0ANA"], ids["U0MO"], role="Data engineer")
            self.engage(db, ids["U0LEE"], ids["U0MO"], role="Writer", template="writing")
            kpi = Kpi(engagement_id=engagement, name="Reports rebuilt", unit="reports", target=4)
            db.add(kpi)
            db.flush()
            return kpi.id or 0

    def engage(self, db: CareSession, contractor: int, manager: int, **more: Any) -> int:
        made = storage.engagements.Engagement(
            contractor_id=contractor, manager_id=manager, bottleneck="", starts_on=date(2026, 1, 5), status="active", **more)  # fmt: skip
        db.add(made)
        db.flush()
        return made.id or 0

    def imports(self, *lines: str, header: str = HEADER, dry_run: bool = False, encoding: str = "utf-8") -> int:
        """The exit code of importing these lines; `said` and `complained` have what was printed."""
        file = self.folder / "readings.csv"
        file.write_bytes("\n".join([header, *lines, ""]).encode(encoding))
        return self.runs(file, dry_run)

    def runs(self, file: Path, dry_run: bool = False) -> int:
        code = main(file, Settings(), dry_run, now=NOW)
        self.said, self.complained = self.out.readouterr()
        return code

    def readings(self) -> dict[tuple[int, str], float]:
        rows = self.db(lambda db: db.exec(select(KpiReading)).all())
        return {(row.kpi_id, row.day.isoformat()): row.value for row in rows}

    def transfers(self) -> list[Transfer]:
        return list(self.db(lambda db: db.exec(select(Transfer)).all()))


@pytest.fixture
def office(
    tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Office:
    path = tmp_path / "care.db"
    shutil.copy(migrated, path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite+aiosqlite:///{path}")
    return Office(path, capsys)


def test_a_file_of_readings_comes_in_and_is_audited(office: Office) -> None:
    assert office.imports("ana@example.com,Reports rebuilt,2026-10-30,3", "U0ANA,reports rebuilt,2026-11-20,4.5") == 0
    assert office.readings() == {(office.kpi, "2026-10-30"): 3.0, (office.kpi, "2026-11-20"): 4.5}
    assert "Imported 2 readings. New: 2." in office.said
    assert "Checking" in office.complained, "a bar goes to the screen, not into what is piped on"
    assert "Writing" in office.complained
    (audited,) = office.transfers()
    assert (audited.kind, audited.file, audited.new, audited.changed) == ("import kpis", "readings.csv", 2, 0)
    assert audited.at == NOW
    assert audited.by


def test_a_dry_run_says_what_would_come_in_and_changes_nothing(office: Office) -> None:
    assert office.imports("ana@example.com,Reports rebuilt,2026-10-30,3", dry_run=True) == 0
    assert "Dry run: 1 reading could be imported; nothing was changed." in office.said
    assert office.readings() == {}
    assert office.transfers() == []


def test_every_wrong_line_is_named_and_nothing_is_half_imported(office: Office) -> None:
    code = office.imports(
        "ana@example.com,Reports rebuilt,2026-10-30,3",
        "zoe@example.com,Reports rebuilt,2026-10-30,3",
        "ana@example.com,Reports,30.10.2026,many",
        "ana@example.com,Reports rebuilt,2027-01-01,3",
        "ana@example.com,Reports rebuilt,2026-10-29",
    )
    assert code == 1
    said = office.complained
    assert "line 3, column “contractor”: nobody with an open engagement has “zoe@example.com”" in said
    assert "line 4, column “kpi”: this contractor has no KPI “Reports”" in said
    assert "line 4, column “date”: “30.10.2026” is not a day I can read. Write it like 2026-11-23." in said
    assert "line 4, column “value”: “many” is not a number" in said
    assert "line 5, column “date”: 2027-01-01 is in the future" in said
    assert "line 6, column “date”: the line has 3 cells and the first line 4" in said
    assert "Nothing was imported; 6 things to correct." in said
    assert "line 2" not in said
    assert office.readings() == {}
    assert office.transfers() == []


@pytest.mark.parametrize(
    "value", ["=cmd|'/c calc'!A1", "=1+1", "+5", "@SUM(A1)", "-3", "1e3", "nan", "inf", "", "12%", "٣"]
)
def test_a_formula_is_text_and_no_reading(office: Office, value: str) -> None:
    assert office.imports(f"ana@example.com,Reports rebuilt,2026-10-30,{value}") == 1
    assert f"line 2, column “value”: “{value}” is not a number from 0 up" in office.complained
    assert office.readings() == {}


def test_what_a_terminal_would_obey_is_not_printed(office: Office) -> None:
    office.imports("ana@example.com,Reports rebuilt,2026-10-30,\x1b[2J\x07")
    assert "\x1b" not in office.complained
    assert "“·[2J·” is not a number" in office.complained


def test_a_spreadsheet_of_another_country_is_read_as_it_is_meant(office: Office) -> None:
    lines = ("ana@example.com;Reports rebuilt;2026-10-30;4,5", "ana@example.com;Reports rebuilt;2026-11-02;1.5")
    assert office.imports(*lines, header="Contractor; KPI ;date;value", encoding="utf-8-sig") == 0
    assert set(office.readings().values()) == {4.5, 1.5}


def test_a_thousand_that_could_be_one_and_a_half_is_refused(office: Office) -> None:
    header = HEADER.replace(",", ";")
    assert office.imports("ana@example.com;Reports rebuilt;2026-10-30;1.500", header=header) == 1
    assert office.imports('ana@example.com,Reports rebuilt,2026-10-30,"1,500"') == 1
    assert office.imports('ana@example.com,Reports rebuilt,2026-10-30,"1,5"') == 1
    assert office.readings() == {}


def test_a_reading_of_the_same_day_is_replaced_and_counted(office: Office) -> None:
    office.imports("ana@example.com,Reports rebuilt,2026-10-30,3", "ana@example.com,Reports rebuilt,2026-10-31,2")
    assert (
        office.imports("ana@example.com,Reports rebuilt,2026-10-30,5", "ana@example.com,Reports rebuilt,2026-10-31,2")
        == 0
    )
    assert "New: 0. In place of another value of the same day: 1. As it was: 1." in office.said
    assert office.readings() == {(office.kpi, "2026-10-30"): 5.0, (office.kpi, "2026-10-31"): 2.0}


def test_a_reading_that_stays_as_it_was_keeps_the_name_of_who_recorded_it(office: Office) -> None:
    def record(db: CareSession) -> int:
        kpi = db.exec(select(Kpi).where(Kpi.id == office.kpi)).one()
        mo = storage.people.by_user(db, "U0MO")
        assert mo is not None
        storage.kpis.record(db, kpi, date(2026, 10, 30), 3, mo.id or 0, NOW)
        return mo.id or 0

    mo = office.db(record, workspace=1)
    office.imports("ana@example.com,Reports rebuilt,2026-10-30,3")
    assert [row.recorded_by_id for row in office.db(lambda db: db.exec(select(KpiReading)).all())] == [mo]
    office.imports("ana@example.com,Reports rebuilt,2026-10-30,4")
    assert [row.recorded_by_id for row in office.db(lambda db: db.exec(select(KpiReading)).all())] == [None]


def test_a_day_that_stands_twice_in_the_file_is_refused(office: Office) -> None:
    line = "ana@example.com,Reports rebuilt,2026-10-30,3"
    assert office.imports(line, "U0ANA,Reports rebuilt,2026-10-30,4") == 1
    assert "line 3, column “date”: line 2 has a reading of this KPI for 2026-10-30 already" in office.complained


def test_kpis_of_a_role_template_are_imported_by_their_name_or_key(office: Office) -> None:
    assert office.imports("lee@example.com,Texts delivered,2026-10-30,3", "lee@example.com,drafts,2026-10-30,1") == 0
    assert sorted(office.readings().values()) == [1.0, 3.0]


def test_a_dry_run_with_a_role_template_leaves_nothing_behind(office: Office) -> None:
    assert office.imports("lee@example.com,Texts delivered,2026-10-30,3", dry_run=True) == 0
    assert office.db(lambda db: len(db.exec(select(Kpi)).all())) == 1


def test_nothing_is_kept_when_writing_fails_half_way(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.importing.CHUNK", 1)
    written = storage.kpis.take_in

    def second_fails(db: Any, chunk: Any, now: datetime) -> None:
        written(db, chunk, now)
        if chunk[0].value == 2:
            raise RuntimeError("the disk is full")

    monkeypatch.setattr(storage.kpis, "take_in", second_fails)
    with pytest.raises(RuntimeError, match="disk"):
        office.imports("U0ANA,Reports rebuilt,2026-10-30,1", "U0ANA,Reports rebuilt,2026-10-31,2")
    assert office.readings() == {}
    assert office.transfers() == []


def test_the_role_says_which_of_two_engagements_is_meant(office: Office) -> None:
    def second(db: CareSession) -> int:
        ana, lee = storage.people.by_user(db, "U0ANA"), storage.people.by_user(db, "U0LEE")
        assert ana is not None
        assert lee is not None
        engagement = office.engage(db, ana.id or 0, lee.id or 0, role="Analyst")
        kpi = Kpi(engagement_id=engagement, name="Reports rebuilt", unit="reports", target=2)
        db.add(kpi)
        db.flush()
        return kpi.id or 0

    other = office.db(second, workspace=1)
    assert office.imports("ana@example.com,Reports rebuilt,2026-10-30,3") == 1
    assert "line 2, column “role”: “Reports rebuilt” is not in exactly one engagement" in office.complained
    assert office.imports("ana@example.com,Reports rebuilt,2026-10-30,3,analyst", header=f"{HEADER},role") == 0
    assert office.readings() == {(other, "2026-10-30"): 3.0}


def test_a_missing_file_is_one_clear_sentence(office: Office) -> None:
    assert office.runs(office.folder / "nowhere.csv") == 2
    assert office.complained == (
        "I can't read nowhere.csv: no such file or directory. Check the path and try again; nothing was imported.\n"
    )


def test_a_file_that_is_no_text_or_has_no_such_columns_is_refused(office: Office) -> None:
    file = office.folder / "picture.csv"
    file.write_bytes(b"\x89PNG\xff\xfe")
    assert office.runs(file) == 2
    assert "Save it as “CSV UTF-8”" in office.complained
    assert office.imports("ana@example.com,Reports rebuilt,3", header="contractor,kpi,value") == 1
    assert "line 1, column “date”: it has to be there, once." in office.complained
    file.write_bytes(b"")
    assert office.runs(file) == 1
    assert "line 1, column “contractor”" in office.complained


def test_an_open_quotation_mark_is_named_by_the_line_it_begins_in(office: Office) -> None:
    line = "ana@example.com,Reports rebuilt,2026-10-30,3"
    assert office.imports(line, 'ana@example.com,"Reports rebuilt,2026-10-31,3', line) == 1
    assert "line 3: a quotation mark is opened and never closed" in office.complained


def test_a_hundred_thousand_lines_come_in_whole(office: Office) -> None:
    def many(db: CareSession) -> None:
        kpi = db.exec(select(Kpi).where(Kpi.id == office.kpi)).one()
        db.add_all(Kpi(engagement_id=kpi.engagement_id, name=f"K{n}", unit="u", target=1) for n in range(10))

    office.db(many, workspace=1)
    days = [date.fromordinal(date(2026, 11, 20).toordinal() - n).isoformat() for n in range(9_000)]
    lines = [f"ana@example.com,K{n},{day},{n}.5" for n in range(10) for day in days]
    assert office.imports(*lines) == 0
    assert len(office.readings()) == 90_000


def test_lines_are_numbered_as_an_editor_numbers_them() -> None:
    text = 'contractor,kpi,date,value\n\n"ana\nmaria",k,2026-11-01,1\r\nx,k,2026-11-01,1\n,,,\n'
    assert [line.number for line in sheet(text, KPI_COLUMNS).lines] == [3, 5]


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_at_all_is_read_or_refused_by_a_sentence(text: str) -> None:
    try:
        read = sheet(f"{HEADER}\n{text}", KPI_COLUMNS)
    except BadColumns:
        return
    found = readings(read.lines, {}, read.comma, NOW.date())
    assert not found.given
    assert all(problem.say().startswith("line ") for problem in [*read.problems, *found.problems])
