"""Logs for people or for machines; never a token, a comment or a name."""

import json
import logging
import sys
import traceback
from types import TracebackType

# What a record may carry beside its message, which is always one of our own fixed sentences.
KNOWN = ("reference", "error", "frames", "key", "kind", "reason", "workspace")
OURS = ("bot", "handlers", "schedules", "storage")


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Level, logger, message and the known extras."""
        about = {"at": self.formatTime(record), "level": record.levelname, "logger": record.name}
        return json.dumps(about | {"message": record.getMessage()} | _extras(record))


class Lines(logging.Formatter):
    """One readable line."""

    def format(self, record: logging.LogRecord) -> str:
        """The message, then the known extras."""
        extras = " ".join(f"{name}={value}" for name, value in _extras(record).items())
        return f"{self.formatTime(record)} {record.levelname.lower()} {record.getMessage()} {extras}".rstrip()


def _extras(record: logging.LogRecord) -> dict[str, str]:
    return {name: str(getattr(record, name)) for name in KNOWN if hasattr(record, name)}


def frames(trace: TracebackType | None) -> str:
    """Where an error came from, innermost last: never what was typed."""
    return "; ".join(f"{one.filename}:{one.lineno} {one.name}" for one in traceback.extract_tb(trace)[-8:])


def start(form: str) -> None:
    """Send the bot's own log to stderr; libraries speak only when something is wrong, and without payloads."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else Lines())
    handler.addFilter(_wordless)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    for name in ("slack_bolt", "slack_sdk", "sqlalchemy", "psycopg", "apscheduler", "aiohttp"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _wordless(record: logging.LogRecord) -> bool:
    """Libraries put bodies, parameters and tokens into their messages: only who spoke and what broke is kept.

    On the handler, since a logger's own filter never sees what its children say.
    """
    if record.name.split(".")[0] not in OURS:
        record.msg, record.args = f"{record.name} has something to report", ()
        if record.exc_info and record.exc_info[0] is not None:
            record.error, record.frames = record.exc_info[0].__name__, frames(record.exc_info[2])
        record.exc_info = None
    return True
