"""Migrations, from the first table on: brought up to date at start, after a copy of the file was made."""

import sqlite3
from pathlib import Path
from typing import Any

from bot.errors import NewerDatabase

HEAD = "0001"  # the newest revision; a test compares it with the folder
FOLDER = Path(__file__).parent


def ensure(path: str) -> None:
    """Bring a SQLite file to this code's revision. Raises NewerDatabase.

    Alembic is imported only when there is something to do: it would double the time to start.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    now = revision(path)
    if now == HEAD:
        return
    if now is not None:
        if not list(FOLDER.glob(f"versions/{now}_*.py")):
            raise NewerDatabase(path=path)
        back_up(path)
    upgrade(path)


def revision(path: str) -> str | None:
    """Which revision a file has; None when there is none yet."""
    if not Path(path).exists():
        return None
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError:
            row = None
    connection.close()
    return row[0] if row else None


def back_up(path: str) -> Path:
    """Copy the file beside itself, over the last copy."""
    copy = Path(path).with_suffix(".backup.db")
    copy.unlink(missing_ok=True)
    source, target = sqlite3.connect(path), sqlite3.connect(copy)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()
    return copy


def upgrade(path: str) -> None:
    """Run what is missing."""
    from alembic import command

    command.upgrade(config(f"sqlite:///{path}"), "head")


def config(url: str) -> Any:
    """Alembic's configuration, without an ini file."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    made.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return made
