"""Migrations, from the first table on: brought up to date at start, after a copy of the file was made."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from bot.errors import NewerDatabase, NotADatabase

HEAD = "0006"  # the newest revision; a test compares it with the folder
FOLDER = Path(__file__).parent
VERSIONS = FOLDER / "versions"


def ensure(path: str) -> None:
    """Bring a SQLite file to this code's revision. Raises NewerDatabase or NotADatabase.

    Alembic is imported only when there is something to do: it would double the time to start.
    """
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        now = revision(path)
        if now == HEAD:
            return
        if now is not None:
            if not list(VERSIONS.glob(f"{now}_*.py")):
                raise NewerDatabase(path=path)
            back_up(path)
    except (OSError, sqlite3.DatabaseError) as error:
        raise NotADatabase(path=path, reason=str(error)) from None
    upgrade(path)


def revision(path: str) -> str | None:
    """Which revision a file has; None when there is none yet."""
    if not Path(path).exists():
        return None
    connection = sqlite3.connect(path)
    try:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE name = 'alembic_version'").fetchall()
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if tables else None
    finally:
        connection.close()
    return row[0] if row else None


def back_up(path: str) -> Path:
    """Copy the file beside itself, over the last copy as soon as the new one is whole."""
    copy, unfinished = Path(path).with_suffix(".backup.db"), Path(path).with_suffix(".backup.new")
    unfinished.unlink(missing_ok=True)
    source = sqlite3.connect(path)
    try:
        with closing(sqlite3.connect(unfinished)) as target:
            source.backup(target)
        return unfinished.replace(copy)
    finally:
        source.close()
        unfinished.unlink(missing_ok=True)


def upgrade(path: str) -> None:
    """Run what is missing. Raises NotADatabase."""
    from alembic import command
    from sqlalchemy.exc import DBAPIError

    try:
        command.upgrade(config(f"sqlite:///{path}"), "head")
    except DBAPIError as error:
        raise NotADatabase(path=path, reason=str(error.orig)) from None


def config(url: str) -> Any:
    """Alembic's configuration, without an ini file."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    made.set_main_option("version_locations", str(VERSIONS).replace("%", "%%"))
    made.set_main_option("path_separator", "newline")
    made.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return made
