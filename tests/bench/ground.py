"""What a benchmark runs on: a new SQLite file, or with BENCH_ON=postgresql a new database of the tests' server."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import storage.migrations
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
