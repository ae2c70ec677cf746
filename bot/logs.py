"""Logs for people or for machines; never a token, a comment or a name."""

import json
import logging
import sys

# What a record may carry beside its message, which is always one of our own fixed sentences.
KNOWN = ("reference", "error", "frames", "key", "kind", "reason", "workspace")


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


def start(form: str) -> None:
    """Send the bot's own log to stderr; libraries speak only when something is wrong, and without payloads."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("bot", "handlers", "schedules", "storage"):
        logging.getLogger(name).setLevel(logging.INFO)
    for name in ("slack_bolt", "slack_sdk", "sqlalchemy", "apscheduler", "aiohttp"):
        logging.getLogger(name).setLevel(logging.ERROR)
    # Bolt and the SDK put request bodies and tokens into their messages.
    for name in ("slack_bolt", "slack_sdk"):
        logging.getLogger(name).addFilter(_wordless)


def _wordless(record: logging.LogRecord) -> bool:
    record.msg, record.args, record.exc_info = "a library reported a problem", (), None
    return True
