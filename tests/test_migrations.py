"""The database is brought up to date at start, a copy is made before, and what we cannot read is left alone."""

import shutil
import sqlite3
from functools import partial
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlmodel import SQLModel

import storage
import storage.migrations as migrations
from bot import cli
from bot.errors import NewerDatabase, NotADatabase
from storage.sqlite import SqliteDatabase

NOW = migrations.HEAD
NEXT = '''"""What a next version would bring."""

import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "{revision}", "{before}", None, None


def upgrade() -> None:
    op.create_table("novelty_{revision}", sa.Column("id", sa.Integer(), primary_key=True))
'''


@pytest.fixture
def file(tmp_path: Path, migrated: Path) -> Path:
    """A database of today, with one workspace in it."""
    path = tmp_path / "care.db"
    shutil.copy(migrated, path)
    run(path, "INSERT INTO workspace (id, platform, team, name, bot_user, active, care_seeded, care_channel, "
              "intro_channel) VALUES (7, 'slack', 'T1', 'Northwind', 'U1', 1, 0, '', '')")  # fmt: skip
    return path


def run(path: Path, statement: str) -> list[tuple[object, ...]]:
    """One statement on a file of its own connection."""
    connection = sqlite3.connect(path)
    try:
        with connection:
            return connection.execute(statement).fetchall()
    finally:
        connection.close()


def tables(path: Path) -> set[object]:
    return {name for (name,) in run(path, "SELECT name FROM sqlite_master WHERE type = 'table'")}


def backup(path: Path) -> Path:
    return path.with_suffix(".backup.db")


def newer(monkeypatch: pytest.MonkeyPatch, folder: Path, *revisions: str) -> None:
    """The code as it will be after some more revisions."""
    if not folder.exists():
        shutil.copytree(migrations.VERSIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    before = migrations.HEAD
    for revision in revisions:
        (folder / f"{revision}_novelty.py").write_text(NEXT.format(revision=revision, before=before))
        before = revision
    monkeypatch.setattr(migrations, "VERSIONS", folder)
    monkeypatch.setattr(migrations, "HEAD", before)


# -- the code and its revisions ----------------------------------------------------------------------


def test_the_migrations_make_exactly_the_tables_that_the_code_describes(migrated: Path) -> None:
    engine = create_engine(f"sqlite:///{migrated}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        drift = compare_metadata(context, SQLModel.metadata)
    engine.dispose()
    assert storage.people.Person.__tablename__ in SQLModel.metadata.tables
    assert drift == []


def test_head_is_the_newest_revision_in_the_folder_and_there_is_one_line_of_them() -> None:
    assert ScriptDirectory.from_config(migrations.config("sqlite://")).get_heads() == [migrations.HEAD]


def test_whoever_had_a_zone_before_zones_were_told_has_been_told_of(file: Path) -> None:
    from alembic import command

    command.downgrade(migrations.config(f"sqlite:///{file}"), "0005")
    for user, zone, confirmed in (("U1", "Europe/Lisbon", 0), ("U2", "UTC", 0), ("U3", "UTC", 1)):
        run(file, "INSERT INTO person (workspace_id, user, email, name, zone, locale, country, days, starts, ends, "
                  "hours_confirmed, zone_agreed, guest, admin, workspace_admin, care, active, external, direct, unreachable) "
                  f"VALUES (7, '{user}', '', '', '{zone}', 'en', '', '12345', '09:00', '17:00', {confirmed}, "
                  "0, 0, 0, 0, 0, 1, 0, '', '')")  # fmt: skip
    migrations.ensure(str(file))
    assert run(file, "SELECT user, zone_told FROM person ORDER BY user") == [("U1", 1), ("U2", 0), ("U3", 1)]


def test_the_first_start_makes_the_folder_and_the_database_and_backs_nothing_up(tmp_path: Path) -> None:
    path = tmp_path / "data" / "100% ours" / "care.db"
    migrations.ensure(str(path))
    assert migrations.revision(str(path)) == migrations.HEAD
    assert [each.name for each in path.parent.iterdir()] == ["care.db"]


# -- a file of today, of yesterday, of tomorrow ------------------------------------------------------


def test_a_file_of_today_is_not_touched(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_path: str) -> None:
        raise AssertionError("nothing was to be done")

    monkeypatch.setattr(migrations, "upgrade", never)
    monkeypatch.setattr(migrations, "back_up", never)
    before = file.read_bytes()
    migrations.ensure(str(file))
    assert file.read_bytes() == before
    assert [each.name for each in file.parent.iterdir()] == ["care.db"]


def test_an_older_file_is_copied_before_it_is_brought_up_to_date(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer(monkeypatch, tmp_path / "versions", "9001")
    migrations.ensure(str(file))
    assert migrations.revision(str(file)) == "9001"
    assert "novelty_9001" in tables(file)
    assert migrations.revision(str(backup(file))) == NOW
    assert "novelty_9001" not in tables(backup(file))
    for each in (file, backup(file)):
        assert run(each, "SELECT id, name FROM workspace") == [(7, "Northwind")]


def test_what_only_the_write_ahead_log_holds_is_in_the_copy_too(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer(monkeypatch, tmp_path / "versions", "9001")
    open_still = sqlite3.connect(file)
    open_still.execute("PRAGMA journal_mode=WAL")
    open_still.execute("UPDATE workspace SET name = 'Southwind'")
    open_still.commit()
    migrations.ensure(str(file))
    open_still.close()
    assert run(backup(file), "SELECT name FROM workspace") == [("Southwind",)]


def test_the_last_copy_is_kept_and_each_update_writes_it_anew(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer(monkeypatch, tmp_path / "versions", "9001")
    migrations.ensure(str(file))
    migrations.ensure(str(file))  # another start has nothing to do, and leaves the copy
    assert migrations.revision(str(backup(file))) == NOW
    newer(monkeypatch, tmp_path / "versions", "9002")
    migrations.ensure(str(file))
    assert migrations.revision(str(file)) == "9002"
    assert migrations.revision(str(backup(file))) == "9001"
    assert {each.name for each in tmp_path.iterdir()} == {"care.db", "care.backup.db", "versions"}


def test_a_copy_that_fails_leaves_the_last_one_and_the_database_alone(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(sqlite3.Connection):
        def backup(self, target: sqlite3.Connection, **_: object) -> None:
            target.execute("CREATE TABLE begun (id INTEGER)")
            raise sqlite3.OperationalError("the disk is full")

    migrations.back_up(str(file))
    newer(monkeypatch, tmp_path / "versions", "9001")
    monkeypatch.setattr("storage.migrations.sqlite3.connect", partial(sqlite3.connect, factory=Full))
    with pytest.raises(NotADatabase) as refused:
        migrations.ensure(str(file))
    monkeypatch.undo()
    assert "(the disk is full)" in refused.value.say(str)
    assert migrations.revision(str(file)) == migrations.revision(str(backup(file))) == NOW
    assert {each.name for each in tmp_path.iterdir()} == {"care.db", "care.backup.db", "versions"}


@pytest.mark.parametrize("fails", ["9001", "9002"])
def test_an_update_that_fails_half_way_leaves_the_file_as_it_was(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    newer(monkeypatch, tmp_path / "versions", "9001", "9002")
    broken = tmp_path / "versions" / f"{fails}_novelty.py"
    whole = broken.read_text()
    broken.write_text(f"{whole}    raise OSError('the power went')\n")
    with pytest.raises(OSError, match="the power went"):
        migrations.ensure(str(file))
    assert tables(file) == tables(backup(file))
    assert migrations.revision(str(file)) == NOW
    broken.write_text(whole)
    migrations.ensure(str(file))
    assert migrations.revision(str(file)) == "9002"
    assert {"novelty_9001", "novelty_9002"} < tables(file)


async def test_an_updated_file_serves_the_bot(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newer(monkeypatch, tmp_path / "versions", "9001")
    migrations.ensure(str(file))
    database = SqliteDatabase(str(file)).open()
    assert (await database.write(storage.people.the_workspace, 7)).name == "Northwind"
    await database.close()


def test_a_newer_file_is_refused_and_not_touched(file: Path) -> None:
    run(file, "UPDATE alembic_version SET version_num = '0999'")
    before = file.read_bytes()
    with pytest.raises(NewerDatabase):
        migrations.ensure(str(file))
    assert file.read_bytes() == before
    assert not backup(file).exists()


def test_the_command_line_refuses_a_newer_file_in_one_sentence(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(file, "UPDATE alembic_version SET version_num = '0999'")
    monkeypatch.setenv("DATABASE_URL", f"sqlite+aiosqlite:///{file}")
    assert cli.main(["migrate"]) == cli.MISUSED == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert f"The database {file} was made by a newer version of Contractor Care." in said.err


@pytest.mark.parametrize("content", [b"name;rate\nAna;100\n" * 100, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_file_that_is_no_database_is_refused_and_not_touched(
    tmp_path: Path, content: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rates.csv"
    path.write_bytes(content)
    monkeypatch.setenv("DATABASE_URL", f"sqlite+aiosqlite:///{path}")
    assert cli.main(["migrate"]) == cli.MISUSED
    assert f"{path} cannot be used as the database" in capsys.readouterr().err
    assert path.read_bytes() == content
    assert [each.name for each in tmp_path.iterdir()] == ["rates.csv"]


def test_the_command_line_says_where_the_database_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "care.db"
    monkeypatch.setenv("DATABASE_URL", f"sqlite+aiosqlite:///{path}")
    assert cli.main(["migrate"]) == 0
    assert capsys.readouterr().out == f"{path} is at revision {migrations.HEAD}.\n"
    assert migrations.revision(str(path)) == migrations.HEAD
