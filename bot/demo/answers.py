"""What the bot's replies do: the body of a slash command's answer and whatever arrives at a response_url."""

from typing import Any

from bot.demo.calls import check_body
from bot.demo.workspace import RESPONSE_URL_USES, Json, Message, SlackError, Workspace

KNOWN = frozenset(
    ("text", "blocks", "attachments", "response_type", "replace_original", "delete_original", "thread_ts")
)
KNOWN |= {"mrkdwn", "parse", "metadata", "unfurl_links", "unfurl_media", "link_names"}


def reply(workspace: Workspace, user_id: str, channel_id: str, body: Json, ts: str | None = None) -> Message | None:
    """Show a reply: to one person unless `in_channel`, in place of the message at `ts` when it says so."""
    unknown = sorted(set(body) - KNOWN)
    if unknown:
        raise SlackError("invalid_payload", [f"[ERROR] unknown field: {name}" for name in unknown])
    channel = workspace.channels[channel_id]
    original = channel.find(ts) if ts else None
    if body.get("delete_original"):
        if original:
            workspace.remove(original)
        return None
    text, blocks = check_body(body)
    if body.get("replace_original") and original:
        return _replace(workspace, original, text, blocks)
    seen_by = None if body.get("response_type") == "in_channel" else user_id
    return workspace.post(
        channel, workspace.bot, text, blocks=blocks, only_for=seen_by, thread_ts=body.get("thread_ts")
    )


def respond(workspace: Workspace, key: str, body: Any) -> None:
    """One use of a response_url: five in thirty minutes."""
    url = workspace.response_urls.get(key)
    if url is None or not isinstance(body, dict):
        raise SlackError("invalid_payload" if url else "no_service")
    if workspace.now() > url.expires:
        raise SlackError("expired_url")
    if url.uses >= RESPONSE_URL_USES:
        raise SlackError("used_url")
    url.uses += 1
    reply(workspace, url.user, url.channel, body, url.ts)


def _replace(workspace: Workspace, original: Message, text: str, blocks: list[Json]) -> Message:
    original.text, original.blocks = text, workspace.with_ids(blocks)
    original.edited_ts = None if original.only_for else workspace.next_ts()
    workspace.changed()
    return original
