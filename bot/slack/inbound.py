"""What Slack sends, checked and read: signature, shape, and each kind of payload as an `Inbound`."""

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from yarl import URL

from bot import shapes
from bot.chat import Command, Inbound, Place
from bot.followups import placed
from bot.grammar import parse as parse_words
from bot.shapes import reads
from bot.slack import blocks, forms

FRESH = 300  # seconds a signature is good for (Slack's own advice)
MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")
_STAMP = re.compile(r"[0-9]{1,12}")  # longer ones are no time, and cost something to read
LONGEST = 64  # characters; Slack's ids have a dozen or two
_ESCAPES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def identifier(value: Any) -> str:
    """An id as it came, "" for none. Raises ValueError for what is none of Slack's."""
    return shapes.identifier(value, LONGEST)


def genuine(secret: bytes, headers: Mapping[str, str], body: bytes, now: float) -> bool:
    """Whether Slack signed this body within the last five minutes; nobody did where there is no secret to sign with."""
    if not secret:
        return False
    stamp, given = headers.get("X-Slack-Request-Timestamp", ""), headers.get("X-Slack-Signature", "")
    if not _STAMP.fullmatch(stamp) or abs(now - int(stamp)) > FRESH or not given.isascii():
        return False
    expected = "v0=" + hmac.new(secret, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, given)


def parse(body: bytes, content_type: str) -> dict[str, Any] | None:
    """The payload of a request; None when it has not the shape of anything Slack sends."""
    try:
        text = body.decode()
        if content_type.startswith("application/json"):
            payload = json.loads(text)
        else:
            form = URL.build(path="/", query_string=text, encoded=True).query  # its unquoter is in C
            payload = json.loads(form["payload"]) if "payload" in form else dict(form)
        payload = shapes.sound(payload, text)
    except (ValueError, RecursionError):
        return None
    return payload if isinstance(payload, dict) else None


def shaped(payload: Any) -> bool:
    """Whether a payload has what its kind needs to be read at all."""
    kind = payload.get("type") if isinstance(payload, dict) else 0
    if not isinstance(kind, str | None):
        return False
    if "command" in payload:
        return all(isinstance(payload.get(k), str) for k in ("user_id", "team_id", "command"))
    if kind == "url_verification":
        return isinstance(payload.get("challenge"), str)
    if kind == "event_callback":
        event = payload.get("event")
        return isinstance(event, dict) and isinstance(payload.get("team_id"), str) and _somebody(event.get("user", ""))
    if kind not in {
        "block_actions",
        "view_submission",
        "view_closed",
        "block_suggestion",
        "shortcut",
        "message_action",
    }:
        return False
    if not isinstance(payload.get("user"), dict) or not _somebody(payload["user"]):
        return False
    if kind == "block_actions":
        actions = payload.get("actions")
        return isinstance(actions, list) and bool(actions) and isinstance(actions[0], dict)
    return kind != "view_submission" or isinstance(payload.get("view"), dict)


def _somebody(who: Any) -> bool:
    return isinstance(who.get("id") if isinstance(who, dict) else who, str)


@reads
def team_of(payload: Mapping[str, Any]) -> str:
    """The workspace a payload belongs to."""
    team = payload.get("team_id") or (payload.get("team") or {}).get("id") or (payload.get("user") or {}).get("team_id")
    return str(team or "")


@reads
def told_at(payload: Mapping[str, Any]) -> datetime:
    """When an event happened."""
    return datetime.fromtimestamp(float(payload["event"].get("event_ts") or payload["event_time"]), UTC)


def unescape(text: str) -> str:
    """What was typed, before Slack escaped it for us."""
    for escaped, plain in _ESCAPES:
        text = text.replace(escaped, plain)
    return text


def words(text: str, commands: Iterable[Command]) -> tuple[str, str, tuple[str, ...]]:
    """A typed line as (route, the rest, people mentioned)."""
    route, rest = parse_words(unescape(MENTION.sub(" ", text)), commands)
    return route, rest, tuple(MENTION.findall(text))


@reads
def slash(payload: Mapping[str, Any], commands: Iterable[Command]) -> Inbound:
    """`/contractor word rest`."""
    route, rest, people = words(payload.get("text", ""), commands)
    place = Place(channel=identifier(payload.get("channel_id")))
    return Inbound(
        str(payload.get("trigger_id") or ""),
        team_of(payload),
        payload["user_id"],
        route,
        rest,
        people=people,
        place=place,
    )


@reads
def said(payload: Mapping[str, Any], commands: Iterable[Command]) -> Inbound:
    """A line somebody wrote to the bot in their 1:1."""
    event = payload["event"]
    route, rest, people = words(str(event.get("text") or ""), commands)
    place = Place(channel=identifier(event.get("channel")), direct=True)
    return Inbound(
        str(payload.get("event_id") or ""),
        team_of(payload),
        str(event["user"]),
        route,
        rest,
        people=people,
        place=place,
    )


@reads
def tapped(payload: Mapping[str, Any]) -> Inbound:
    """A button or a select."""
    action = payload["actions"][0]
    container = payload.get("container") or {}
    place = Place(
        channel=identifier(container.get("channel_id") or (payload.get("channel") or {}).get("id")),
        message=identifier(container.get("message_ts")),
        direct=(payload.get("channel") or {}).get("name") == "directmessage",
        home=(payload.get("view") or {}).get("type") == "home",
    )
    stamp = ":".join(filter(None, (str(payload.get("trigger_id") or ""), str(action.get("action_ts") or ""))))
    route, value = blocks.route_of(str(action.get("action_id", ""))), blocks.value_of(action)
    people = tuple(MENTION.findall(value)) if route.startswith("/") else ()
    if people:
        value = MENTION.sub(" ", value).strip()
    return Inbound(stamp, team_of(payload), payload["user"]["id"], route, value, people=people, place=place)


@reads
def submitted(payload: Mapping[str, Any]) -> Inbound:
    """A form."""
    view = payload["view"]
    value, context = forms.context(view)
    stamp = str(payload.get("trigger_id") or f"{view.get('id')}:{view.get('hash')}")
    return Inbound(
        stamp, team_of(payload), payload["user"]["id"], str(view.get("callback_id", "")), value,
        forms.answers(view), place=placed(context),
    )  # fmt: skip


@reads
def shortcut(payload: Mapping[str, Any]) -> Inbound:
    """A global shortcut, or one on a message: then the value is that message's text."""
    message = payload.get("message") or {}
    place = Place(channel=identifier((payload.get("channel") or {}).get("id")))
    return Inbound(
        str(payload.get("trigger_id") or ""), team_of(payload), payload["user"]["id"], str(payload.get("callback_id", "")),
        unescape(str(message.get("text") or "")), place=place,
    )  # fmt: skip


@reads
def searched(payload: Mapping[str, Any]) -> Inbound:
    """What is typed into a search field: the route is the field's, the value what was typed so far."""
    route = blocks.route_of(str(payload.get("action_id", "")))
    return Inbound("", team_of(payload), payload["user"]["id"], route, str(payload.get("value") or ""))
