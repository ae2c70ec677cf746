"""What Teams sends to a bot: messages, taps, dialogs, searches, and who came and went. Pure but for ids."""

import html

from bot.demo.organisation import Json, User
from bot.demo.teams.tenant import ROOT, Activity, Conversation, Tenant


def base(tenant: Tenant, kind: str, user: User, place: Conversation, root: str = "") -> Json:
    """What every activity carries."""
    thread = f"{place.id}{ROOT}{root}" if root and place.kind == "channel" else place.id
    conversation: Json = {"id": thread, "conversationType": place.kind, "tenantId": tenant.tenant_id}
    if place.kind != "personal":
        conversation["isGroup"] = True
    if place.kind == "groupChat":
        conversation["name"] = place.name
    return {
        "type": kind,
        "id": tenant.next_id(),
        "timestamp": tenant.now().isoformat().replace("+00:00", "Z"),
        "serviceUrl": tenant.service_url,
        "channelId": "msteams",
        "from": {"id": user.id, "name": user.name, "aadObjectId": tenant.aad(user)},
        "conversation": conversation,
        "recipient": {"id": tenant.bot.id, "name": tenant.bot.name},
        "channelData": channel_data(tenant, place),
    }


def channel_data(tenant: Tenant, place: Conversation) -> Json:
    """Which organisation, and in a channel which team and channel."""
    told: Json = {"tenant": {"id": tenant.tenant_id}}
    if place.kind == "channel":
        told |= {"teamsChannelId": place.id, "teamsTeamId": tenant.team_id}
        told |= {"channel": {"id": place.id}, "team": {"id": tenant.team_id, "name": tenant.name}}
    return told


def local(user: User) -> Json:
    """What only a person's own activities tell: their zone and language."""
    info = {
        "type": "clientInfo",
        "locale": user.locale,
        "country": user.locale[-2:],
        "platform": "Web",
        "timezone": user.tz,
    }
    return {"localTimezone": user.tz, "locale": user.locale, "entities": [info]}


def said(tenant: Tenant, user: User, place: Conversation, message: Activity, entities: list[Json]) -> Json:
    """A message that somebody wrote."""
    made = base(tenant, "message", user, place, message.root) | local(user)
    made |= {"id": message.id, "textFormat": "plain", "text": message.text}
    html = {"contentType": "text/html", "content": f"<div>{message.text}</div>"}
    return made | {"attachments": [html], "entities": [*made["entities"], *entities]}


def submitted(tenant: Tenant, user: User, place: Conversation, card: Activity, data: Json) -> Json:
    """What an Action.Submit without a dialog sends: a message without words."""
    made = base(tenant, "message", user, place, card.root) | local(user)
    return made | {"replyToId": card.id, "value": data}


def invoke(tenant: Tenant, user: User, place: Conversation, name: str, value: Json, came: Activity | None) -> Json:
    """An invoke: the bot's HTTP answer is the answer. `came` is the message it came from."""
    made = base(tenant, "invoke", user, place, came.root if came else "") | local(user)
    return made | {"name": name, "value": value} | ({"replyToId": came.id} if came else {})


def chosen(tenant: Tenant, message: Activity, command: str) -> Json:
    """What an action of a message's menu tells: the message as Teams keeps it, in HTML, written by whom."""
    author = tenant.users[message.user]
    words = html.escape(message.text, quote=False).replace("&lt;at&gt;", '<at id="0">').replace("&lt;/at&gt;", "</at>")
    by = {"userIdentityType": "aadUser", "id": tenant.aad(author), "displayName": author.name}
    payload: Json = {
        "id": message.id, "replyToId": None if message.root == message.id else message.root, "messageType": "message",
        "createdDateTime": message.at.isoformat().replace("+00:00", "Z"), "deleted": False, "importance": "normal",
        "body": {"contentType": "html", "content": f"<div>{words}</div>".replace("\n", "<br>")},
        "from": {"user": None if author.bot else by, "application": {"displayName": author.name} if author.bot else None},
        "linkToMessage": f"https://teams.microsoft.com/l/message/{message.conversation}/{message.id}",
        "mentions": [], "attachments": [], "reactions": [],
    }  # fmt: skip
    return {"commandId": command, "commandContext": "message", "messagePayload": payload}


def came_and_went(tenant: Tenant, by: User, place: Conversation, event: str, **members: list[User]) -> Json:
    """A conversationUpdate: `membersAdded` or `membersRemoved`."""
    made = base(tenant, "conversationUpdate", by, place)
    if event:
        made["channelData"] |= {"eventType": event}
    shown = {
        key: [{"id": each.id} | ({} if each.bot else {"aadObjectId": tenant.aad(each)}) for each in users]
        for key, users in members.items()
    }
    return made | shown


def installed(tenant: Tenant, by: User, place: Conversation, action: str) -> Json:
    """An installationUpdate: `add` or `remove`."""
    return base(tenant, "installationUpdate", by, place) | {"action": action}
