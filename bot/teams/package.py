"""The app package an admin uploads to Teams: manifest, icons, commands; the same bytes for the same answers."""

import json
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path

from bot.chat import Command, Shortcut
from bot.errors import NoAppId, NoDomain, Unwritable
from bot.language import _
from bot.teams import icons
from bot.text import Json

SCHEMA = "1.29"  # of the manifest, the newest there is
VERSION = "0.1.0"
NAME = "Contractor Care"
SCOPES = ["personal", "team", "groupChat"]
COMMANDS = 12  # more are not shown
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first moment a zip can tell: nothing depends on when it was built

_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_DOMAIN = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")


def build(app_id: str, domain: str, output: Path, commands: Iterable[Command], shortcuts: Iterable[Shortcut]) -> None:
    """Write the package. Raises NoAppId, NoDomain or Unwritable."""
    made = manifest(app_id, domain, commands, shortcuts)
    files = {
        "manifest.json": (json.dumps(made, indent=2, ensure_ascii=False) + "\n").encode(),
        "color.png": icons.color(),
        "outline.png": icons.outline(),
    }
    try:
        with zipfile.ZipFile(output, "w") as package:
            for name, data in files.items():
                package.writestr(_entry(name), data)
    except OSError as error:
        raise Unwritable(file=str(output), why=error.strerror or type(error).__name__) from None


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, LONG_AGO)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # Unix, wherever it is built
    entry.external_attr = 0o644 << 16
    return entry


def manifest(app_id: str, domain: str, commands: Iterable[Command], shortcuts: Iterable[Shortcut]) -> Json:
    """What the package says of the app."""
    app, host = app_id.strip().lower(), domain.strip().lower()
    if _GUID.fullmatch(app) is None:
        raise NoAppId(value=app_id)
    if _DOMAIN.fullmatch(host) is None:
        raise NoDomain(value=domain)
    site = f"https://{host}/"
    return {
        "$schema": f"https://developer.microsoft.com/json-schemas/teams/v{SCHEMA}/MicrosoftTeams.schema.json",
        "manifestVersion": SCHEMA,
        "version": VERSION,
        "id": app,
        "developer": {"name": NAME, "websiteUrl": site, "privacyUrl": site, "termsOfUseUrl": site},
        "name": {"short": NAME, "full": NAME},
        "description": {"short": _("Looks after the contractors you work with"), "full": _about()},
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": "#{:02x}{:02x}{:02x}".format(*icons.INK),
        "bots": [_bot(app, commands)],
        "composeExtensions": [{"botId": app, "commands": actions(shortcuts)}],
        "defaultInstallScope": "personal",
        "supportsChannelFeatures": "tier1",  # a care channel is private, where no app without it may be
        "permissions": ["identity", "messageTeamMembers"],
        "validDomains": [host],
    }


def _bot(app: str, commands: Iterable[Command]) -> Json:
    listed = [{"title": one.word, "description": _(one.about)} for one in commands][:COMMANDS]
    lists = [{"scopes": SCOPES, "commands": listed}]
    return {"botId": app, "scopes": SCOPES, "isNotificationOnly": False, "supportsFiles": False, "commandLists": lists}


def actions(shortcuts: Iterable[Shortcut]) -> list[Json]:
    """What stands in the menu of every message; what is a global shortcut elsewhere is a word in the chat here."""
    return [
        {"id": one.route, "type": "action", "title": _(one.title), "description": _(one.about), "context": ["message"],
         "fetchTask": True}
        for one in shortcuts if one.where == "message"
    ]  # fmt: skip


def _about() -> str:
    return _(
        "Contractor Care introduces remote contractors, asks how their week went in their own time zone, protects the "
        "hours in which they surely get an answer, gets them unblocked, and shows where their work stands. It tells a "
        "care team whom to check in with. It never reads channels and never watches a screen."
    )
