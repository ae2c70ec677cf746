"""State -> Slack's JSON, as Web API answers and payloads both carry it. Pure."""

from typing import Any
from zoneinfo import ZoneInfo

from bot.demo.limits import elements_of, options_of
from bot.demo.workspace import Channel, ClientRefusal, Json, Message, User, View, Workspace

PICTURES = {f"image_{size}": "https://example.invalid/avatar.png" for size in (24, 32, 48, 72, 192, 512)}


def user(workspace: Workspace, who: User, *, email: bool = True) -> Json:
    """A member as users.info and the user events show them; `tz_offset` is in seconds, today."""
    here = workspace.now().astimezone(ZoneInfo(who.tz))
    offset = here.utcoffset()
    return {
        "id": who.id,
        "team_id": who.external_team or workspace.team_id,
        "name": who.handle,
        "real_name": who.name,
        "deleted": who.deleted,
        "color": "9f69e7",
        "tz": who.tz,
        "tz_label": here.tzname() or who.tz,
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "locale": who.locale,
        "profile": profile(workspace, who, email=email),
        "is_admin": who.admin or who.owner,
        "is_owner": who.owner,
        "is_primary_owner": False,
        "is_restricted": who.guest or who.single_channel_guest,
        "is_ultra_restricted": who.single_channel_guest,
        "is_bot": who.bot,
        "is_app_user": False,
        "is_stranger": bool(who.external_team),
        "is_email_confirmed": True,
        "updated": int(workspace.now().timestamp()),
        "who_can_share_contact_card": "EVERYONE",
    }


def profile(workspace: Workspace, who: User, *, email: bool = True) -> Json:
    """The profile; the address is there only with the scope users:read.email."""
    first, _, last = who.name.partition(" ")
    shown = {
        "title": who.title,
        "phone": "",
        "skype": "",
        "real_name": who.name,
        "real_name_normalized": who.name,
        "display_name": who.handle,
        "display_name_normalized": who.handle,
        "first_name": first,
        "last_name": last,
        "fields": {},
        "status_text": who.status_text,
        "status_text_canonical": "",
        "status_emoji": who.status_emoji,
        "status_emoji_display_info": [],
        "status_expiration": int(who.status_expires.timestamp()) if who.status_expires else 0,
        "avatar_hash": "demo",
        "team": who.external_team or workspace.team_id,
        **PICTURES,
    }
    return shown | {"email": who.email} if email and who.email and not who.bot else shown


def for_response(of: Json) -> Json:
    """A user as a Web API answer carries it: without the fields that only the profile of an event has."""
    return {**of, "profile": {key: value for key, value in of["profile"].items() if key != "fields"}}


def channel(workspace: Workspace, place: Channel) -> Json:
    """A conversation as conversations.info and the lists show it."""
    common = {
        "id": place.id,
        "created": int(place.created.timestamp()) if place.created else 0,
        "is_archived": place.archived,
        "is_im": place.kind == "im",
        "is_org_shared": False,
    }
    if place.kind == "im":
        other = next(member for member in place.members if member != workspace.bot.id)
        return common | {"user": other, "is_user_deleted": workspace.users[other].deleted}
    return common | {
        "name": place.name,
        "name_normalized": place.name,
        "is_channel": place.kind == "channel",
        "is_group": place.kind == "group",
        "is_mpim": place.kind == "mpim",
        "is_private": place.kind != "channel",
        "is_member": workspace.bot.id in place.members,
        "is_general": place.name == "general",
        "num_members": len(place.members),
        "context_team_id": workspace.team_id,
    }


def message(workspace: Workspace, said: Message, *, all_metadata: bool = False) -> Json:
    """A message as history, payloads and chat.postMessage show it."""
    shown: Json = {"type": "message", "user": said.user, "ts": said.ts, "text": said.text, "team": workspace.team_id}
    if said.bot_id:
        shown |= {"bot_id": said.bot_id, "app_id": workspace.app_id}
    if said.blocks:
        shown["blocks"] = said.blocks
    if said.thread_ts:
        shown["thread_ts"] = said.thread_ts
    if said.edited_ts:
        shown["edited"] = {"user": said.user, "ts": said.edited_ts}
    if said.reactions:
        shown["reactions"] = [
            {"name": name, "users": users, "count": len(users)} for name, users in said.reactions.items()
        ]
    if all_metadata and said.metadata:
        shown["metadata"] = said.metadata
    return shown


def view(workspace: Workspace, shown: View) -> Json:
    """A view as views.* answer it and interaction payloads carry it."""
    body = shown.body
    return {
        "id": shown.id,
        "team_id": workspace.team_id,
        "type": body["type"],
        "blocks": body["blocks"],
        "private_metadata": body.get("private_metadata", ""),
        "callback_id": body.get("callback_id", ""),
        "external_id": body.get("external_id", ""),
        "state": {"values": shown.typed},
        "hash": shown.hash,
        "title": body.get("title") or {"type": "plain_text", "text": "View Title", "emoji": True},
        "close": body.get("close"),
        "submit": body.get("submit"),
        "clear_on_close": body.get("clear_on_close", False),
        "notify_on_close": body.get("notify_on_close", False),
        "previous_view_id": shown.previous_id,
        "root_view_id": shown.root_id,
        "app_id": workspace.app_id,
        "app_installed_team_id": workspace.team_id,
        "bot_id": workspace.bot_id,
    }


# -- what a person has put into an element -------------------------------------------------------------

ONE = {
    "users_select": ("selected_user", "initial_user"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "multi_users_select": ("selected_users", "initial_users"),
}
OPTION = ("static_select", "external_select", "radio_buttons", "overflow")
OPTIONS = ("checkboxes", "multi_static_select")


def initial(element: Json) -> Any:
    """What an element holds before anybody touches it, in the plain form that `state` takes."""
    kind = element["type"]
    if kind in ONE:
        return element.get(ONE[kind][1])
    if kind in OPTION:
        return element.get("initial_option")
    return element.get("initial_options", []) if kind in OPTIONS else element.get("initial_value")


def state(element: Json, given: Any) -> Json:
    """What Slack reports of an element that holds `given`: text, an id, an option's value or the option itself."""
    kind = element["type"]
    if kind in ONE:
        return {"type": kind, ONE[kind][0]: given or ([] if kind == "multi_users_select" else None)}
    if kind in OPTION:
        return {"type": kind, "selected_option": _option(element, given) if given else None}
    if kind in OPTIONS:
        return {"type": kind, "selected_options": [_option(element, each) for each in given or ()]}
    return {"type": kind, "value": str(given) if given not in (None, "") else None}


def _option(element: Json, given: Any) -> Json:
    value = given["value"] if isinstance(given, dict) else given
    for option in options_of(element):
        if option["value"] == value:
            return {"text": option["text"], "value": value}
    if element["type"] == "external_select" and isinstance(given, dict):
        return {"text": given["text"], "value": value}
    raise ClientRefusal(f"{value!r} is not offered; there are {[option['value'] for option in options_of(element)]}")


def states(blocks: list[Json], given: Json, before: Json | None = None) -> Json:
    """The state of every input: what is `given`, else what was there `before`, else the initial value."""
    found: Json = {}
    for block in blocks:
        for element in elements_of(block):
            if element["type"] in ("button", "overflow"):
                continue
            at, name = block["block_id"], element["action_id"]
            if name in given.get(at, {}):
                value = state(element, given[at][name])
            else:
                value = (before or {}).get(at, {}).get(name) or state(element, initial(element))
            found.setdefault(at, {})[name] = value
    return found


def is_empty(value: Json) -> bool:
    """Whether nothing is chosen or written in this state."""
    return not any(value[key] for key in value if key != "type")
