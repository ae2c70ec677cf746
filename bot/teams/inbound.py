"""What Teams sends, read: each kind of activity as an `Inbound`."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from bot.chat import Command, Inbound, Place
from bot.followups import placed
from bot.grammar import parse as parse_words
from bot.shapes import Malformed, identifier, reads, sound
from bot.teams import adaptive
from bot.teams.connector import BOT, Clock, Known
from bot.teams.html import plain

LONGEST = 512  # characters; a thread's conversation id has some two hundred
PERSONAL = "personal"
HOME = "home"  # the word for what other chats have a tab for
_AGAIN = re.compile(r"<@([^<>\s]+)>")  # people in the value of a button that says a typed word again
_SPACE = re.compile(r"[\s\u00a0]+")

Json = Mapping[str, Any]


def parse(body: bytes) -> Any:
    """What a request holds. Raises Malformed."""
    try:
        text = body.decode()
        return sound(json.loads(text), text)
    except (ValueError, RecursionError):
        raise Malformed from None


def shaped(activity: Any) -> bool:
    """Whether an activity has what every one has."""
    if not isinstance(activity, dict) or not isinstance(activity.get("type"), str):
        return False
    parts = [activity.get(name) for name in ("from", "conversation")]
    return all(isinstance(part, dict) and isinstance(part.get("id"), str) and part["id"] for part in parts)


@reads
def tenant_of(activity: Json) -> str:
    """The organisation an activity belongs to."""
    data = activity.get("channelData") or {}
    return str((data.get("tenant") or {}).get("id") or activity["conversation"].get("tenantId") or "").lower()


@reads
def place_of(activity: Json) -> Place:
    """Where it happened: a thread is its channel; what was replied to is the card that was tapped."""
    channel = identifier(activity["conversation"]["id"], LONGEST).partition(";")[0]
    return Place(channel, identifier(activity.get("replyToId"), LONGEST), kind_of(activity) == PERSONAL)


def kind_of(activity: Json) -> str:
    """ "personal", "channel" or "groupChat"."""
    return str(activity["conversation"].get("conversationType") or PERSONAL)


@reads
def known(activity: Json) -> Known:
    """The conversation, and how it is reached."""
    data, here = activity.get("channelData") or {}, place_of(activity).channel
    channel = data.get("channel") or {}
    name = channel.get("name") if channel.get("id") == here else ""  # General tells of the others, too
    return Known(
        here, kind_of(activity), served_at(activity),
        identifier((data.get("team") or {}).get("id"), LONGEST),
        str(name or activity["conversation"].get("name") or ""),  # the latter is a group chat's
    )  # fmt: skip


def served_at(activity: Json) -> str:
    """Where to answer: calls are put after it, and none of them into the name of another host."""
    address = identifier(activity.get("serviceUrl"), LONGEST)
    return address if address.endswith("/") else f"{address}/" if address else ""


@reads
def happened(activity: Json) -> tuple[str, Known | None]:
    """What happened to a team or to one of its channels, and to which."""
    data, room = activity.get("channelData") or {}, known(activity)
    event, channel = str(data.get("eventType") or ""), data.get("channel") or {}
    about = identifier(channel.get("id"), LONGEST)
    if not about:
        return event, None
    return event, Known(about, room.kind, room.service_url, room.team, str(channel.get("name") or ""))


@reads
def clock(activity: Json) -> Clock | None:
    """What it tells of its author's zone and language, if anything."""
    told: Json = next((one for one in activity.get("entities") or [] if one.get("type") == "clientInfo"), {})
    zone = str(activity.get("localTimezone") or told.get("timezone") or "")
    language = str(told.get("locale") or activity.get("locale") or "").split("-")[0]
    return Clock(zone, language) if zone else None


def thread(activity: Json) -> str:
    """The conversation as it came, its thread with it."""
    return str(activity["conversation"]["id"])


@reads
def addressed(activity: Json, me: str) -> bool:
    """Whether a message is for the bot: in a 1:1, or it is mentioned."""
    mentions = [one["mentioned"]["id"] for one in activity.get("entities") or [] if one.get("type") == "mention"]
    return kind_of(activity) == PERSONAL or me in mentions


@reads
def said(activity: Json, commands: Iterable[Command], me: str) -> Inbound:
    """A line somebody wrote to the bot; who is mentioned is named by id, the bot itself by nothing."""
    text, people = str(activity.get("text") or ""), []
    for entity in activity.get("entities") or []:
        if entity.get("type") == "mention":
            text = text.replace(str(entity.get("text") or ""), " ", 1)
            people.append(identifier(entity["mentioned"]["id"], LONGEST))
    route, rest = parse_words(text.replace("\u00a0", " "), commands)
    if route == "home.unknown" and rest.lower() == HOME:
        route, rest = "home.opened", ""
    here = place_of(activity)
    place = Place(here.channel, direct=here.direct)  # a reply in a thread is no tap on what began it
    return _inbound(activity, route, rest, people=tuple(one for one in people if one != me), place=place)


@reads
def tapped(activity: Json) -> Inbound:
    """A button or a menu of a card."""
    data = data_of(activity)
    route, value, place = adaptive.route_of(data), adaptive.value_of(data), place_of(activity)
    people = tuple(_AGAIN.findall(value)) if route.startswith("/") else ()
    if people:
        value = _SPACE.sub(" ", _AGAIN.sub(" ", value)).strip()
    home = bool(data["care"].get("home")) if isinstance(data.get("care"), dict) else False
    return _inbound(
        activity, route, value, people=people, place=Place(place.channel, place.message, place.direct, home)
    )


@reads
def held(activity: Json) -> list[Inbound]:
    """What was left chosen beside what was tapped, in menus that hold how something stands."""
    place = place_of(activity)
    found = [_inbound(activity, route, value, place=place) for route, value in adaptive.held(data_of(activity))]
    return [replace(one, id=one.id and f"{one.id}:{number}") for number, one in enumerate(found)]


@reads
def chose_nothing(activity: Json) -> bool:
    """Whether a menu's button was tapped before anything was chosen in it."""
    return adaptive.chose_nothing(data_of(activity))


@reads
def chosen(activity: Json) -> Inbound:
    """An action of a message's menu, about the words of the message; where it stands the bot may not even be."""
    value = activity["value"]
    body = (value.get("messagePayload") or {}).get("body") or {}
    text = str(body.get("content") or "")
    words = text if body.get("contentType") == "text" else plain(text)
    return _inbound(activity, identifier(value.get("commandId"), LONGEST), words, place=Place())


@reads
def sends_form(activity: Json) -> bool:
    """Whether what was tapped sends a form that stands in the chat; ours do so in a 1:1, where nobody else sees them."""
    return kind_of(activity) == PERSONAL and adaptive.sends_form(data_of(activity))


@reads
def submitted(activity: Json) -> Inbound:
    """A form. Where it says it was asked is believed of the conversation it comes from: no other's cards may change."""
    data = data_of(activity)
    asked = placed(adaptive.context(data))
    place = asked if asked.channel == place_of(activity).channel else Place()
    return _inbound(
        activity, adaptive.route_of(data), adaptive.value_of(data), fields=adaptive.fields(data), place=place
    )


@reads
def data_of(activity: Json) -> dict[str, Any]:
    """What an action carries, whichever kind of activity brought it."""
    value = activity.get("value") or {}
    data = (value.get("action") or {}).get("data") if "action" in value else value.get("data", value)
    return dict(data or {})


@reads
def searched(activity: Json) -> tuple[str, str]:
    """Which list is searched, and for what."""
    value = activity["value"]
    return str(value.get("dataset") or ""), str(value.get("queryText") or "")


@reads
def members(activity: Json, change: str) -> list[str]:
    """Who came or went."""
    return [identifier(one["id"], LONGEST) for one in activity.get(change) or []]


def people(ids: Iterable[str]) -> list[str]:
    """Those of them who are no bots."""
    return [one for one in ids if not one.startswith(BOT)]


def _inbound(activity: Json, route: str, value: str, **more: Any) -> Inbound:
    more.setdefault("place", place_of(activity))
    user = identifier(activity["from"]["id"], LONGEST)
    return Inbound(once(activity, user), tenant_of(activity), user, route, value, **more)


@reads
def once(activity: Json, user: str) -> str:
    """What an activity has in common with nothing but its repetition: the ids of messages are milliseconds, of any chat."""
    stamp = identifier(activity.get("id"), LONGEST)
    return f"{stamp}:{user}" if stamp else ""
