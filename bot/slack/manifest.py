"""What the app asks of a workspace: read from manifest.yml, so that code and manifest can be compared."""

from pathlib import Path
from typing import Any

MANIFEST = Path(__file__).parent.parent.parent / "manifest.yml"

# The scopes each Web API method needs of a bot, for the methods this bot calls.
SCOPES: dict[str, frozenset[str]] = {
    "auth.test": frozenset(),
    "chat.postMessage": frozenset({"chat:write"}),
    "chat.postEphemeral": frozenset({"chat:write"}),
    "chat.update": frozenset({"chat:write"}),
    "conversations.history": frozenset({"channels:history", "groups:history", "im:history"}),
    "conversations.members": frozenset({"channels:read", "groups:read"}),
    "conversations.open": frozenset({"im:write"}),
    "users.info": frozenset({"users:read"}),
    "users.list": frozenset({"users:read"}),
    "views.open": frozenset(),
    "views.publish": frozenset(),
}
# What the events and features need beside the methods: the address of somebody's e-mail is an argument of none.
BESIDE = frozenset({"commands", "users:read.email"})


def read() -> dict[str, Any]:
    """manifest.yml."""
    import yaml

    manifest: dict[str, Any] = yaml.safe_load(MANIFEST.read_text())
    return manifest


def asked_scopes() -> frozenset[str]:
    """The bot scopes the manifest asks for."""
    return frozenset(read()["oauth_config"]["scopes"]["bot"])


def needed_scopes() -> frozenset[str]:
    """The bot scopes the code needs."""
    return frozenset().union(*SCOPES.values(), BESIDE)
