"""The methods that say who and what is there: team, people, conversations. Arguments in, answer out."""

from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any

from bot.demo import shapes
from bot.demo.workspace import Channel, Json, Message, SlackError, User, Workspace

Call = Callable[[Workspace, Json], Json]
KINDS = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}


def auth_test(workspace: Workspace, args: Json) -> Json:
    """auth.test: whose token this is."""
    return {
        "url": f"https://{workspace.domain}.slack.com/",
        "team": workspace.name,
        "team_id": workspace.team_id,
        "user": workspace.bot.handle,
        "user_id": workspace.bot.id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


def team_info(workspace: Workspace, args: Json) -> Json:
    """team.info."""
    return {"team": {"id": workspace.team_id, "name": workspace.name, "domain": workspace.domain}}


def bots_info(workspace: Workspace, args: Json) -> Json:
    """bots.info."""
    bot = {"id": workspace.bot_id, "name": workspace.bot.name, "app_id": workspace.app_id, "deleted": False}
    return {"bot": bot | {"user_id": workspace.bot.id}}


def oauth_access(workspace: Workspace, args: Json) -> Json:
    """oauth.v2.access: a code is worth a token, once."""
    if args.get("code") not in workspace.oauth_codes:
        raise SlackError("invalid_code")
    workspace.oauth_codes.discard(args["code"])
    workspace.installed = True
    return {
        "access_token": workspace.token,
        "token_type": "bot",
        "scope": ",".join(sorted(workspace.granted)),
        "bot_user_id": workspace.bot.id,
        "app_id": workspace.app_id,
        "team": {"id": workspace.team_id, "name": workspace.name},
        "authed_user": {"id": args.get("user", workspace.bot.id)},
        "is_enterprise_install": False,
    }


# -- conversations -------------------------------------------------------------------------------------


def open_conversation(workspace: Workspace, args: Json) -> Json:
    """conversations.open: the direct message with one person, or the group one with several."""
    if args.get("channel"):
        return {"channel": {"id": find_channel(workspace, args["channel"]).id}, "already_open": True, "no_op": True}
    given = args.get("users") or []
    ids = given if isinstance(given, list) else [each.strip() for each in given.split(",") if each.strip()]
    if not ids:
        raise SlackError("users_list_not_supplied")
    for each in ids:
        if find_user(workspace, each).deleted:
            raise SlackError("user_disabled")
    channel = workspace.dm(ids[0]) if len(ids) == 1 else workspace.group_dm(ids)
    known = {"id", "created", "is_archived", "is_im", "is_org_shared", "user", "context_team_id"}
    full = {key: value for key, value in shapes.channel(workspace, channel).items() if key in known}
    return {"channel": full if args.get("return_im") else {"id": channel.id}}


def history(workspace: Workspace, args: Json) -> Json:
    """conversations.history: newest first, without ephemeral messages and thread replies."""
    channel = find_channel(workspace, args["channel"])
    if workspace.bot.id not in channel.members:
        raise SlackError("not_in_channel")
    inclusive = bool(args.get("inclusive"))
    oldest, latest = float(args.get("oldest") or 0), float(args.get("latest") or "inf")

    def wanted(message: Message) -> bool:
        at = float(message.ts)
        inside = oldest <= at <= latest if inclusive else oldest < at < latest
        return inside and not message.only_for and message.thread_ts in (None, message.ts)

    found = [message for message in reversed(channel.messages) if wanted(message)]
    page, more = page_of(found, args, 100)
    metadata = bool(args.get("include_all_metadata"))
    shown = [shapes.message(workspace, message, all_metadata=metadata) for message in page]
    return {"messages": shown, "has_more": bool(more), "pin_count": 0} | (_cursor(more) if more else {})


def members(workspace: Workspace, args: Json) -> Json:
    """conversations.members."""
    page, more = page_of(find_channel(workspace, args["channel"]).members, args, 100)
    return {"members": page} | _cursor(more)


def channel_info(workspace: Workspace, args: Json) -> Json:
    """conversations.info."""
    shown = shapes.channel(workspace, find_channel(workspace, args["channel"]))
    return {"channel": shown if args.get("include_num_members") else _without(shown, "num_members")}


def channel_list(workspace: Workspace, args: Json, of: str | None = None) -> Json:
    """conversations.list: public channels unless `types` asks for others; private ones only with the bot in them."""
    kinds = [KINDS.get(each.strip(), "") for each in (args.get("types") or "public_channel").split(",")]
    if "" in kinds:
        raise SlackError("invalid_types")
    found = [
        channel
        for channel in workspace.channels.values()
        if channel.kind in kinds
        and (channel.kind == "channel" or workspace.bot.id in channel.members)
        and (of is None or of in channel.members)
        and not (args.get("exclude_archived") and channel.archived)
    ]
    page, more = page_of(found, args, 100)
    return {"channels": [shapes.channel(workspace, channel) for channel in page]} | _cursor(more)


def user_channels(workspace: Workspace, args: Json) -> Json:
    """users.conversations: the channels somebody, or the bot, is a member of."""
    who = find_user(workspace, args["user"]).id if args.get("user") else workspace.bot.id
    shown = channel_list(workspace, args, who)
    return shown | {"channels": [_without(channel, "num_members") for channel in shown["channels"]]}


def join(workspace: Workspace, args: Json) -> Json:
    """conversations.join: the bot enters a public channel."""
    channel = find_channel(workspace, args["channel"])
    if channel.kind != "channel":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.archived:
        raise SlackError("is_archived")
    if workspace.bot.id not in channel.members:
        channel.members.append(workspace.bot.id)
        workspace.changed()
    return {"channel": shapes.channel(workspace, channel)}


def invite(workspace: Workspace, args: Json) -> Json:
    """conversations.invite."""
    channel = writable(workspace, args["channel"])
    people = [find_user(workspace, each.strip()) for each in args["users"].split(",")]
    if any(person.id in channel.members for person in people):
        raise SlackError("already_in_channel")
    channel.members += [person.id for person in people]
    workspace.changed()
    return {"channel": shapes.channel(workspace, channel)}


def find_channel(workspace: Workspace, channel_id: Any) -> Channel:
    """A channel that the bot may know of."""
    channel = workspace.channels.get(str(channel_id))
    if channel is None or (channel.kind in ("group", "mpim") and workspace.bot.id not in channel.members):
        raise SlackError("channel_not_found")
    return channel


def writable(workspace: Workspace, channel_id: Any) -> Channel:
    """A channel in which the bot may post."""
    if str(channel_id) in workspace.users:  # Slack takes a person's id for their direct message
        return workspace.dm(str(channel_id))
    channel = find_channel(workspace, channel_id)
    if workspace.bot.id not in channel.members:
        raise SlackError("not_in_channel")
    if channel.archived:
        raise SlackError("is_archived")
    return channel


# -- people --------------------------------------------------------------------------------------------


def user_info(workspace: Workspace, args: Json) -> Json:
    """users.info."""
    return {"user": _shown_user(workspace, find_user(workspace, args["user"]), args)}


def user_list(workspace: Workspace, args: Json) -> Json:
    """users.list: everybody of this team, deactivated ones and bots too."""
    page, more = page_of([user for user in workspace.users.values() if not user.external_team], args, 1000)
    shown = [_shown_user(workspace, user, args) for user in page]
    plain = [_without(user, "is_stranger") for user in shown]
    return {"members": plain, "cache_ts": int(workspace.now().timestamp())} | _cursor(more)


def lookup_by_email(workspace: Workspace, args: Json) -> Json:
    """users.lookupByEmail; deactivated people are not found."""
    for user in workspace.users.values():
        if user.email and user.email.lower() == args["email"].lower() and not user.deleted:
            return {"user": _shown_user(workspace, user, args)}
    raise SlackError("users_not_found")


def profile_get(workspace: Workspace, args: Json) -> Json:
    """users.profile.get."""
    who = find_user(workspace, args.get("user") or workspace.bot.id)
    return {"profile": shapes.profile(workspace, who, email="users:read.email" in workspace.granted)}


def dnd_info(workspace: Workspace, args: Json) -> Json:
    """dnd.info: the present or next quiet span, in Unix seconds."""
    user = find_user(workspace, args.get("user") or workspace.bot.id)
    if user.dnd is None:
        return {"dnd_enabled": False, "next_dnd_start_ts": 1, "next_dnd_end_ts": 1}
    start, end = (int(moment.timestamp()) for moment in user.dnd)
    return {"dnd_enabled": True, "next_dnd_start_ts": start, "next_dnd_end_ts": end}


def _shown_user(workspace: Workspace, user: User, args: Json) -> Json:
    shown = shapes.for_response(shapes.user(workspace, user, email="users:read.email" in workspace.granted))
    return shown if args.get("include_locale") else _without(shown, "locale")


def find_user(workspace: Workspace, user_id: Any, refusal: str = "user_not_found") -> User:
    """A member, or the refusal that the method gives."""
    user = workspace.users.get(str(user_id))
    if user is None:
        raise SlackError(refusal)
    return user


# -- pages ---------------------------------------------------------------------------------------------


def page_of(everything: list[Any], args: Json, usual: int) -> tuple[list[Any], str]:
    """One page of a list, by cursor and limit, and the cursor of the next page (empty at the end)."""
    try:
        start = int(b64decode(args["cursor"]).removeprefix(b"from:")) if args.get("cursor") else 0
        limit = min(int(args.get("limit") or usual), 1000)
    except ValueError as broken:
        raise SlackError("invalid_cursor") from broken
    end = start + limit
    return everything[start:end], b64encode(b"from:%d" % end).decode() if end < len(everything) else ""


def _cursor(more: str) -> Json:
    return {"response_metadata": {"next_cursor": more}}


def _without(shown: Json, key: str) -> Json:
    return {name: value for name, value in shown.items() if name != key}


DIRECTORY: dict[str, Call] = {
    "auth.test": auth_test,
    "team.info": team_info,
    "bots.info": bots_info,
    "oauth.v2.access": oauth_access,
    "conversations.open": open_conversation,
    "conversations.history": history,
    "conversations.members": members,
    "conversations.info": channel_info,
    "conversations.list": channel_list,
    "conversations.join": join,
    "conversations.invite": invite,
    "users.info": user_info,
    "users.list": user_list,
    "users.lookupByEmail": lookup_by_email,
    "users.profile.get": profile_get,
    "users.conversations": user_channels,
    "dnd.info": dnd_info,
}
