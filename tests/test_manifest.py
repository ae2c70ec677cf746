"""manifest.yml asks for what the code uses, and for nothing else."""

import ast
import json
import os
import re
from pathlib import Path

import jsonschema
import pytest

import handlers
from bot.slack import manifest
from bot.slack.app import EVENTS

ROOT = Path(__file__).parent.parent
SCHEMAS = Path(os.environ.get("CONFORMANCE_SCHEMAS", ROOT.parent / "shared" / "schemas"))


def called_methods() -> set[str]:
    """Every Web API method named in the Slack adapter."""
    found: set[str] = set()
    for file in (ROOT / "bot" / "slack").glob("*.py"):
        if file.name == "manifest.py":
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= (
                    {node.value}
                    if re.fullmatch(r"(chat|views|users|conversations|auth)\.[a-zA-Z.]+", node.value)
                    else set()
                )
            if isinstance(node, ast.Attribute) and re.fullmatch(
                r"(chat|views|users|conversations|auth)_[a-zA-Z]+", node.attr
            ):
                found.add(node.attr.replace("_", ".", 1))
    return found


def test_every_method_that_is_called_has_its_scopes_written_down_and_no_other() -> None:
    assert called_methods() == set(manifest.SCOPES)


def test_scopes_are_those_the_methods_need() -> None:
    assert manifest.asked_scopes() == manifest.needed_scopes()


def test_written_scopes_are_slacks_own() -> None:
    path = SCHEMAS / "slack" / "methods.json"
    if not path.exists():
        assert not os.environ.get("CI"), "the conformance schemas are required in CI"
        pytest.skip(f"no schemas at {SCHEMAS}")
    methods = json.loads(path.read_text())
    for name, scopes in manifest.SCOPES.items():
        assert scopes <= {one["name"] for one in methods[name]["scopes"].get("bot", [])}, name


def test_events_are_those_the_adapter_handles() -> None:
    asked = set(manifest.read()["settings"]["event_subscriptions"]["bot_events"])
    assert {event.split(".")[0] for event in asked} == set(EVENTS)


def test_shortcuts_are_those_the_handlers_register() -> None:
    asked = manifest.read()["features"]["shortcuts"]
    assert [(one["callback_id"], one["type"], one["name"], one["description"]) for one in asked] == [
        (one.route, one.where, one.title, one.about) for one in handlers.shortcuts()
    ]


def test_usage_hint_names_only_commands_that_exist() -> None:
    command = manifest.read()["features"]["slash_commands"][0]
    words = {hint.split()[0] for hint in command["usage_hint"].split(" | ")}
    assert words <= {one.word for one in handlers.commands()}
    assert command["should_escape"] is True


def test_at_most_twelve_commands_since_teams_shows_no_more() -> None:
    allowed = {
        "help",
        "add",
        "edit",
        "kpis",
        "whoswho",
        "glossary",
        "pulse",
        "hours",
        "blocker",
        "1on1",
        "health",
        "settings",
    }
    assert {one.word for one in handlers.commands()} <= allowed


def test_the_manifest_is_one_that_slack_accepts() -> None:
    path = SCHEMAS / "slack" / "manifest.schema.json"
    if not path.exists():
        assert not os.environ.get("CI"), "the conformance schemas are required in CI"
        pytest.skip(f"no schemas at {SCHEMAS}")
    jsonschema.validate(manifest.read(), json.loads(path.read_text()))
