"""The methods that show something: messages and views. Arguments in, answer out, SlackError where Slack refuses."""

from typing import Any

from bot.demo import limits, shapes
from bot.demo.directory import DIRECTORY, Call, find_channel, find_user, writable
from bot.demo.workspace import Channel, Json, Message, SlackError, View, Workspace

TEXT = 40_000  # longer text is cut by Slack, silently
METADATA = 16_000  # characters of JSON that a message's metadata may hold


# -- messages ------------------------------------------------------------------------------------------


def post_message(workspace: Workspace, args: Json) -> Json:
    """chat.postMessage."""
    channel = writable(workspace, args["channel"])
    thread_ts = _thread(channel, args.get("thread_ts"))
    message = workspace.post(
        channel, workspace.bot, **_body(args), metadata=_metadata(args.get("metadata")), thread_ts=thread_ts
    )
    return {
        "channel": channel.id,
        "ts": message.ts,
        "message": shapes.message(workspace, message, all_metadata=True),
    }


def post_ephemeral(workspace: Workspace, args: Json) -> Json:
    """chat.postEphemeral: for one member's eyes, never in history."""
    channel = writable(workspace, args["channel"])
    user = find_user(workspace, args["user"], "user_not_in_channel")
    if user.id not in channel.members:
        raise SlackError("user_not_in_channel")
    thread_ts = _thread(channel, args.get("thread_ts"))
    message = workspace.post(channel, workspace.bot, **_body(args), only_for=user.id, thread_ts=thread_ts)
    return {"message_ts": message.ts}


def update(workspace: Workspace, args: Json) -> Json:
    """chat.update: only the bot's own messages, never ephemeral ones."""
    message = _own(workspace, args, "cant_update_message")
    body = _body(args, message)
    message.text = body["text"]
    if "blocks" in args or "text" not in args:
        message.blocks = workspace.with_ids(body["blocks"])
    if args.get("metadata") is not None:
        message.metadata = _metadata(args["metadata"])
    message.edited_ts = workspace.next_ts()
    workspace.changed()
    shown = shapes.message(workspace, message, all_metadata=True)
    return {"channel": message.channel, "ts": message.ts, "text": message.text, "message": shown}


def delete(workspace: Workspace, args: Json) -> Json:
    """chat.delete: only the bot's own messages."""
    message = _own(workspace, args, "cant_delete_message")
    workspace.remove(message)
    return {"channel": message.channel, "ts": message.ts}


def permalink(workspace: Workspace, args: Json) -> Json:
    """chat.getPermalink."""
    channel = find_channel(workspace, args["channel"])
    if channel.find(args["message_ts"]) is None:
        raise SlackError("message_not_found")
    mark = args["message_ts"].replace(".", "")
    return {
        "channel": channel.id,
        "permalink": f"https://{workspace.domain}.slack.com/archives/{channel.id}/p{mark}",
    }


def react(workspace: Workspace, args: Json) -> Json:
    """reactions.add."""
    message = find_channel(workspace, args["channel"]).find(args["timestamp"])
    if message is None or message.only_for:
        raise SlackError("message_not_found")
    users = message.reactions.setdefault(args["name"], [])
    if workspace.bot.id in users:
        raise SlackError("already_reacted")
    users.append(workspace.bot.id)
    workspace.changed()
    return {}


def check_body(args: Json) -> tuple[str, list[Json]]:
    """The text and blocks of a message, refused where Slack would refuse them."""
    blocks, text = args.get("blocks") or [], str(args.get("text") or "")[:TEXT]
    faults = limits.message_faults(blocks)
    if faults:
        raise SlackError("invalid_blocks", [f"[ERROR] {fault}" for fault in faults])
    if limits.characters(blocks) > limits.MESSAGE_CHARACTERS:
        raise SlackError("msg_blocks_too_long")
    if not (text or blocks or args.get("attachments")):
        raise SlackError("no_text")
    return text, blocks


def _body(args: Json, before: Message | None = None) -> Json:
    if before and not args.get("blocks") and not args.get("text"):
        args = {**args, "text": before.text}
    text, blocks = check_body(args)
    return {"text": text, "blocks": blocks}


def _metadata(given: Any) -> Json | None:
    if given in (None, {}):
        return None
    shape_ok = isinstance(given, dict) and isinstance(given.get("event_type"), str)
    if not shape_ok or not isinstance(given.get("event_payload"), dict) or set(given) - {"event_type", "event_payload"}:
        raise SlackError("invalid_metadata_format")
    if len(str(given)) > METADATA:
        raise SlackError("metadata_too_large")
    return dict(given)


def _own(workspace: Workspace, args: Json, refusal: str) -> Message:
    message = find_channel(workspace, args["channel"]).find(args["ts"])
    if message is None or message.only_for:
        raise SlackError("message_not_found")
    if message.bot_id != workspace.bot_id:
        raise SlackError(refusal)
    return message


def _thread(channel: Channel, thread_ts: str | None) -> str | None:
    if thread_ts is None:
        return None
    parent = channel.find(thread_ts)
    if parent is None or parent.only_for:
        raise SlackError("cannot_reply_to_message")
    return parent.thread_ts or parent.ts


# -- views ---------------------------------------------------------------------------------------------


def view_open(workspace: Workspace, args: Json) -> Json:
    """views.open."""
    body = check_view(args["view"], "modal")
    user_id = workspace.take_trigger(str(args.get("trigger_id") or args.get("interactivity_pointer")))
    return {"view": shown_view(workspace, workspace.open_modal(user_id, body))}


def view_push(workspace: Workspace, args: Json) -> Json:
    """views.push."""
    body = check_view(args["view"], "modal")
    user_id = workspace.take_trigger(str(args.get("trigger_id") or args.get("interactivity_pointer")))
    return {"view": shown_view(workspace, workspace.push_modal(user_id, body))}


def view_update(workspace: Workspace, args: Json) -> Json:
    """views.update; a hash that is no longer current is a conflict."""
    view = workspace.find_view(args.get("view_id"), args.get("external_id"))
    body = check_view(args["view"], view.body["type"])
    if args.get("hash") and args["hash"] != view.hash:
        raise SlackError("hash_conflict")
    return {"view": shown_view(workspace, workspace.change_view(view, body))}


def view_publish(workspace: Workspace, args: Json) -> Json:
    """views.publish: the App Home of one person."""
    user = find_user(workspace, args["user_id"])
    body = check_view(args["view"], "home")
    home = workspace.homes.get(user.id)
    if home and args.get("hash") and args["hash"] != home.hash:
        raise SlackError("hash_conflict")
    return {"view": shown_view(workspace, workspace.publish_home(user.id, body))}


def shown_view(workspace: Workspace, view: View) -> Json:
    """A view as views.* answer it: unlike payloads, without what it does not have."""
    return {key: value for key, value in shapes.view(workspace, view).items() if value is not None}


def check_view(body: Any, surface: str) -> Json:
    """The view, refused where Slack would refuse it."""
    faults = limits.view_faults(body)
    if not faults and body["type"] != surface:
        faults = [f"must be a {surface} [json-pointer:/view/type]"]
    if faults:
        raise SlackError("invalid_arguments", [f"[ERROR] {fault}" for fault in faults])
    if len(str(body)) > limits.VIEW_BYTES:
        raise SlackError("view_too_large")
    return dict(body)


CALLS: dict[str, Call] = DIRECTORY | {
    "chat.postMessage": post_message,
    "chat.postEphemeral": post_ephemeral,
    "chat.update": update,
    "chat.delete": delete,
    "chat.getPermalink": permalink,
    "views.open": view_open,
    "views.push": view_push,
    "views.update": view_update,
    "views.publish": view_publish,
    "reactions.add": react,
}
