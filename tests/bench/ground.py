"""What a benchmark runs on: a new SQLite file, or with BENCH_ON=postgresql a new database of the tests' server."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

import storage.migrations
from storage.database import engine_of, is_postgres
from storage.sqlite import sqlite_path


@contextmanager
def ground() -> Iterator[str]:
    """The address of a database with today's tables and nothing in them, for as long as the block lasts."""
    if os.environ.get("BENCH_ON") == "postgresql":
        from tests.postgres import found  # whose libraries would count where SQLite's memory is measured

        with found() as server:
            yield server.migrated()
        return
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_FOLDER")) as folder:
        url = f"sqlite+aiosqlite:///{folder}/care.db"
        storage.migrations.ensure(sqlite_path(url))
        yield url


def settle(url: str) -> None:
    """After much was put in at once: PostgreSQL takes stock of it by itself, but not before a minute has passed."""
    if is_postgres(url):
        with engine_of(url).connect() as connection:
            connection.execute(text("ANALYZE"))
            connection.commit()
