"""What Slack sends to an app, built from the workspace's state: commands, interactions and events. Pure but for ids."""

import re
from typing import Any

from bot.demo import shapes
from bot.demo.workspace import Channel, Json, Message, User, View, Workspace

VERIFICATION_TOKEN = "demo-verification-token"  # deprecated by Slack, still in every payload; signatures matter


def command(workspace: Workspace, user: User, channel: Channel, name: str, text: str) -> Json:
    """The form of a slash command, with people and channels escaped (`should_escape: true`)."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": workspace.team_id,
        "team_domain": workspace.domain,
        "channel_id": channel.id,
        "channel_name": channel_name(channel),
        "user_id": user.id,
        "user_name": user.handle,
        "command": name,
        "text": escape(workspace, text),
        "api_app_id": workspace.app_id,
        "is_enterprise_install": "false",
        "response_url": workspace.issue_response_url(user.id, channel.id),
        "trigger_id": workspace.issue_trigger(user.id),
    }


def escape(workspace: Workspace, text: str) -> str:
    """Typed text as Slack passes it on: `& < >` as entities, known @people and #channels as references."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    people = {user.handle: user for user in workspace.users.values() if not user.deleted}
    places = {channel.name: channel for channel in workspace.channels.values() if channel.kind == "channel"}

    def reference(found: re.Match[str]) -> str:
        sign, name = found[1], found[2]
        if sign == "@" and name in people:
            return f"<@{people[name].id}|{name}>"
        if sign == "#" and name in places:
            return f"<#{places[name].id}|{name}>"
        return found[0]

    return re.sub(r"(?<!\w)([@#])([\w.-]*\w)", reference, safe)


def mentions(workspace: Workspace, text: str) -> str:
    """Typed text as a message carries it: like a command, but references without their names."""
    return re.sub(r"<([@#]\w+)\|[^>]*>", r"<\1>", escape(workspace, text))


def channel_name(channel: Channel) -> str:
    """What payloads call a channel: private ones and direct messages have no name of their own."""
    return {"im": "directmessage", "group": "privategroup", "mpim": channel.name}.get(channel.kind, channel.name)


def actor(workspace: Workspace, user: User) -> Json:
    """Who acted, as interactions show it."""
    team = user.external_team or workspace.team_id
    return {"id": user.id, "username": user.handle, "name": user.handle, "team_id": team}


def _interaction(workspace: Workspace, kind: str, user: User) -> Json:
    return {
        "type": kind,
        "token": VERIFICATION_TOKEN,
        "api_app_id": workspace.app_id,
        "team": {"id": workspace.team_id, "domain": workspace.domain},
        "user": actor(workspace, user),
        "is_enterprise_install": False,
    }


def message_tapped(workspace: Workspace, user: User, message: Message, action: Json, typed: Json) -> Json:
    """block_actions from a message. An ephemeral one is named in the container but not repeated."""
    channel = workspace.channels[message.channel]
    container = {"type": "message", "message_ts": message.ts, "channel_id": channel.id}
    payload = _interaction(workspace, "block_actions", user) | {
        "container": container | {"is_ephemeral": bool(message.only_for)},
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "actions": [action],
        "state": {"values": typed},
        "trigger_id": workspace.issue_trigger(user.id),
        "response_url": workspace.issue_response_url(user.id, channel.id, message.ts),
    }
    return payload if message.only_for else payload | {"message": shapes.message(workspace, message)}


def view_tapped(workspace: Workspace, user: User, view: View, action: Json) -> Json:
    """block_actions from a modal or a Home: there is no response_url."""
    return _interaction(workspace, "block_actions", user) | {
        "container": {"type": "view", "view_id": view.id},
        "view": shapes.view(workspace, view),
        "actions": [action],
        "trigger_id": workspace.issue_trigger(user.id),
    }


def submission(workspace: Workspace, user: User, view: View) -> Json:
    """view_submission."""
    payload = _interaction(workspace, "view_submission", user) | {"trigger_id": workspace.issue_trigger(user.id)}
    return _with_named_user(payload) | {"view": shapes.view(workspace, view), "response_urls": []}


def closed(workspace: Workspace, user: User, view: View, *, cleared: bool) -> Json:
    """view_closed."""
    payload = _with_named_user(_interaction(workspace, "view_closed", user))
    return payload | {"view": shapes.view(workspace, view), "is_cleared": cleared}


def _with_named_user(payload: Json) -> Json:
    return {**payload, "user": {key: payload["user"][key] for key in ("id", "name", "team_id")}}


def suggestion(
    workspace: Workspace, user: User, where: View | Message, element: Json, block_id: str, text: str
) -> Json:
    """block_suggestion: a search in an external select."""
    payload = _interaction(workspace, "block_suggestion", user) | {
        "action_id": element["action_id"],
        "block_id": block_id,
        "value": text,
    }
    if isinstance(where, View):
        return payload | {
            "container": {"type": "view", "view_id": where.id},
            "view": shapes.view(workspace, where),
        }
    return payload | {"container": {"type": "message", "message_ts": where.ts, "channel_id": where.channel}}


def shortcut(workspace: Workspace, user: User, callback_id: str) -> Json:
    """A global shortcut, which has no channel."""
    payload = _interaction(workspace, "shortcut", user)
    who = {key: payload["user"][key] for key in ("id", "username", "team_id")}
    trigger = workspace.issue_trigger(user.id)
    plain = {key: value for key, value in payload.items() if key != "api_app_id"}
    return plain | {"user": who, "callback_id": callback_id, "action_ts": workspace.next_ts(), "trigger_id": trigger}


def message_action(workspace: Workspace, user: User, message: Message, callback_id: str) -> Json:
    """A message shortcut: the message it was chosen on comes along."""
    channel = workspace.channels[message.channel]
    payload = _interaction(workspace, "message_action", user)
    plain = {key: value for key, value in payload.items() if key != "api_app_id"}
    return plain | {
        "callback_id": callback_id,
        "action_ts": workspace.next_ts(),
        "message_ts": message.ts,
        "message": shapes.message(workspace, message),
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "trigger_id": workspace.issue_trigger(user.id),
        "response_url": workspace.issue_response_url(user.id, channel.id, message.ts),
    }


def action(workspace: Workspace, block: Json, element: Json, given: Any) -> Json:
    """One entry of block_actions: the element that was used and what it now holds."""
    shown = {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"]}
    if element["type"] == "button":
        shown |= {key: element[key] for key in ("text", "value", "url") if key in element}
    else:
        shown |= shapes.state(element, given)
    return shown | {"action_ts": workspace.next_ts()}


# -- events --------------------------------------------------------------------------------------------


def event(workspace: Workspace, inner: Json) -> Json:
    """The envelope of the Events API."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": workspace.team_id,
        "api_app_id": workspace.app_id,
        "event": inner,
        "type": "event_callback",
        "event_id": f"Ev{workspace.team_id[1:]}{workspace.number():06d}",
        "event_time": int(workspace.now().timestamp()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": workspace.team_id,
                "user_id": workspace.bot.id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
    }


def said(workspace: Workspace, message: Message, kind: str) -> Json:
    """A `message` or `app_mention` event."""
    channel = workspace.channels[message.channel]
    inner: Json = {
        "type": kind,
        "user": message.user,
        "text": message.text,
        "ts": message.ts,
        "event_ts": message.ts,
        "channel": channel.id,
        "team": workspace.team_id,
        "blocks": message.blocks,
    }
    inner |= {"bot_id": message.bot_id} if message.bot_id else {"client_msg_id": f"msg-{message.ts}"}
    if message.thread_ts:
        inner["thread_ts"] = message.thread_ts
    return inner | ({"channel_type": channel.kind} if kind == "message" else {})


def home_opened(workspace: Workspace, user: User, tab: str) -> Json:
    """An app_home_opened event; the view that is there now comes along."""
    inner: Json = {"type": "app_home_opened", "user": user.id, "channel": workspace.dm(user.id).id, "tab": tab}
    home = workspace.homes.get(user.id)
    return inner | {"event_ts": workspace.next_ts()} | ({"view": home.body} if home and tab == "home" else {})


def user_event(workspace: Workspace, user: User, kind: str) -> Json:
    """A team_join or user_change event."""
    return {
        "type": kind,
        "user": shapes.user(workspace, user),
        "cache_ts": int(workspace.now().timestamp()),
        "event_ts": workspace.next_ts(),
    }


def joined(workspace: Workspace, user: User, channel: Channel) -> Json:
    """A member_joined_channel event."""
    return {
        "type": "member_joined_channel",
        "user": user.id,
        "channel": channel.id,
        "channel_type": "C" if channel.kind == "channel" else "G",
        "team": workspace.team_id,
        "event_ts": workspace.next_ts(),
    }


def typed_blocks(text: str) -> list[Json]:
    """The rich text block that Slack's own composer makes of a message, given as the message carries it."""
    elements: list[Json] = []
    for index, part in enumerate(re.split(r"<@(\w+)>", text)):
        if index % 2:
            elements.append({"type": "user", "user_id": part})
        elif part:
            plain = part.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
            elements.append({"type": "text", "text": plain})
    return [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}] if text else []
