"""Whether what the local workspace sends, takes and answers is what Slack's own published types describe."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from bot.demo.workspace import Workspace

ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = Path(os.environ.get("CONFORMANCE_SCHEMAS") or ROOT.parent / "shared" / "schemas")
if not SCHEMAS.is_absolute():
    SCHEMAS = ROOT / SCHEMAS

ANSWERS = {
    "auth.test": "AuthTestResponse",
    "chat.postMessage": "ChatPostMessageResponse",
    "conversations.history": "ConversationsHistoryResponse",
    "conversations.members": "ConversationsMembersResponse",
    "conversations.open": "ConversationsOpenResponse",
    "dnd.info": "DndInfoResponse",
    "oauth.v2.access": "OauthV2AccessResponse",
    "users.info": "UsersInfoResponse",
    "users.list": "UsersListResponse",
    "views.open": "ViewsOpenResponse",
    "views.publish": "ViewsPublishResponse",
}


def need_schemas() -> None:
    """Skip where the schemas are not there; in CI they must be."""
    if not (SCHEMAS / "slack").is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"CONFORMANCE_SCHEMAS does not hold the schemas: {SCHEMAS}")
        pytest.skip(f"no schemas in {SCHEMAS}: set CONFORMANCE_SCHEMAS")


@cache
def schema(name: str) -> Any:
    """One of the schema files, by its path below slack/."""
    return json.loads((SCHEMAS / "slack" / name).read_text(encoding="utf-8"))


@cache
def validator(name: str, definition: str = "") -> Draft7Validator:
    """A validator for a schema file, or for one of its definitions."""
    whole = schema(name)
    return Draft7Validator({**whole, "$ref": f"#/definitions/{definition}"} if definition else whole)


def faults(checker: Draft7Validator, value: Any) -> list[str]:
    """What a schema has against a value, the deepest complaints of an alternative first."""
    return [f"{each.json_path}: {each.message[:300]}" for each in checker.iter_errors(value)]


def sent_faults(kind: str, payload: dict[str, Any]) -> list[str]:
    """What is wrong with something the workspace sent to the bot."""
    if payload.get("type") == "event_callback":
        return faults(validator("inbound.schema.json"), {kind: payload["event"]})
    if kind == "block_actions" and payload["container"]["type"] == "view":
        # The published type calls response_url required; Slack sends it only for messages.
        payload = {"response_url": "", **payload}
    return faults(validator("inbound.schema.json"), {kind: payload})


def answer_faults(method: str, answer: Any) -> list[str]:
    """What is wrong with an answer of the Web API."""
    if method not in ANSWERS:
        return []
    return faults(validator(f"responses/{ANSWERS[method]}.json"), comparable(answer))


def drawn_faults(method: str, sent: Any) -> list[str]:
    """What is wrong with the blocks of a call the bot made."""
    if method.startswith("chat.") and sent.get("blocks"):
        return faults(validator("blockkit.schema.json"), {"message": {"blocks": sent["blocks"]}})
    if method.startswith("views."):
        return faults(validator("blockkit.schema.json"), {sent["view"]["type"]: sent["view"]})
    return []


def comparable(answer: Any) -> Any:
    """The answer without what the published types, generated from samples, leave empty or forget.

    Blocks come back as they were sent; `drawn_faults` looks at them with the types of Block Kit, which know them all.
    """
    if isinstance(answer, list):
        return [comparable(each) for each in answer]
    if not isinstance(answer, dict):
        return answer
    forgotten = {"is_decimal_allowed"} if answer.get("type") == "number_input" else set()
    empty: dict[str, Any] = {"state": {}, "event_payload": {}, "blocks": []}
    return {key: empty[key] if key in empty else comparable(answer[key]) for key in answer if key not in forgotten}


def conforms(workspace: Workspace) -> None:
    """Everything in the workspace's log is as Slack's types say: sent payloads and answered calls."""
    wrong = []
    for exchange in workspace.log:
        if exchange.who == "slack":
            wrong += [f"sent {exchange.what} {each}" for each in sent_faults(exchange.what, exchange.sent)]
        elif exchange.status == 200 and isinstance(exchange.answer, dict):
            wrong += [f"answered {exchange.what} {each}" for each in answer_faults(exchange.what, exchange.answer)]
            wrong += [f"took {exchange.what} {each}" for each in drawn_faults(exchange.what, exchange.sent)]
    assert not wrong, "\n".join(wrong)
