"""One process for one SQLite file: a second one is refused, and a dead one's lock is gone with it."""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

from bot.errors import AlreadyRunning, NotADatabase


@contextlib.contextmanager
def sole(path: str) -> Iterator[None]:
    """Hold the lock beside a database file, where it is one ("" is none). Raises AlreadyRunning or NotADatabase."""
    if not path:
        yield
        return
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        lock = Path(path).resolve().with_suffix(".lock").open("w")
    except OSError as error:
        raise NotADatabase(path=path, reason=error.strerror) from None
    with lock as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(path=path) from None
        yield
