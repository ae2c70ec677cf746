"""The demo's page as Teams: a browser client of one local organisation, for the same personas."""

import json
import zlib
from dataclasses import dataclass
from typing import ClassVar

import handlers
from bot.demo.faults import Pace
from bot.demo.organisation import ClientRefusal, Json, User
from bot.demo.site import SHOWN, Act, Look, Site, fault, outcome, travel
from bot.demo.teams.tenant import Activity, Conversation, Dialog, TeamsError, Tenant
from bot.demo.teams.together import TeamsSide
from bot.teams.package import actions

TEAMS = Look("Teams", "/msteams", "the Bot Connector")
KINDS = {"personal": "im", "channel": "channel", "groupChat": "mpim"}  # as the page calls them


@dataclass(kw_only=True)
class TeamsPage(Site):
    """What the page needs of an organisation: the same as of a workspace, in the same shape."""

    side: TeamsSide
    look: Look = TEAMS

    gone: ClassVar[type[Exception]] = TeamsError

    @property
    def organisation(self) -> Tenant:
        """Whose clients these are."""
        return self.side.tenant

    @property
    def name(self) -> str:
        """What the organisation is called."""
        return self.organisation.name

    @property
    def pace(self) -> Pace:
        """Teams' limits of a thread."""
        return self.side.connector.pace

    @property
    def verbs(self) -> dict[str, Act]:
        """What a persona can do, by name."""
        return VERBS

    async def passed(self) -> None:
        """Teams repeats nothing."""

    # -- what the page shows -----------------------------------------------------------------------

    def state_for(self, me: User) -> Json:
        """Everything one persona can see now."""
        tenant = self.organisation
        rooms = [each for each in tenant.conversations.values() if each.kind != "personal" and me.id in each.members]
        mine = [tenant.chat(me.id), *rooms]
        return self.common_state(me) | {
            "bot": tenant.bot.id,
            "commands": [],
            "shortcuts": [
                {
                    "type": "message",
                    "callback_id": each["id"],
                    "name": each["title"],
                    "description": each["description"],
                }
                for each in actions(handlers.shortcuts())
            ],
            "people": {each.id: self.person(each) for each in tenant.users.values()},
            "channels": [{"id": each.id, "name": each.name, "kind": KINDS[each.kind]} for each in mine],
            "messages": {each.id: self._messages(each, me) for each in mine},
            "modal": self._dialog(me),
            "home": None,
            "newest": {each.user.id: self._newest(each.user) for each in self.personas},
        }

    def _newest(self, who: User) -> str:
        places = [each for each in self.organisation.conversations.values() if who.id in each.members]
        said = [each for place in places for each in place.activities[-SHOWN:] if each.user != who.id]
        return max((stamp(each.id) for each in said), default="0")

    def _messages(self, place: Conversation, me: User) -> list[Json]:
        shown = [self._message(each, me) for each in place.activities[-SHOWN:]]
        if place.kind != "personal":
            return shown
        told = [
            {"ts": stamp(each.id), "id": each.id, "channel": place.id, "user": self.organisation.bot.id, "text": each.text,
             "only_you": True}
            for each in self.organisation.notices.get(me.id, ())
        ]  # fmt: skip
        return sorted(shown + told, key=lambda message: float(message["ts"]))

    def _message(self, said: Activity, me: User) -> Json:
        shown: Json = {
            "ts": stamp(said.id), "id": said.id, "channel": said.conversation, "user": said.user, "text": said.text,
            "card": said.seen_by(me), "only_you": False,
        }  # fmt: skip
        shown |= {"edited": True} if said.edited else {}
        return shown | ({"thread_ts": stamp(said.root)} if said.root != said.id else {})

    def _dialog(self, me: User) -> Json | None:
        dialog = self.organisation.dialogs.get(me.id)
        if dialog is None:
            return None
        drawn = f"{zlib.crc32(json.dumps(dialog.card).encode()):x}"
        return {"id": dialog.id, "hash": drawn, "title": {"text": dialog.title}, "card": dialog.card}

    # -- what a persona does -----------------------------------------------------------------------

    def where(self, me: User, asked: Json) -> Activity | Dialog:
        """The message or dialog that an action of the page names."""
        found: Activity | Dialog | None
        if asked.get("view"):
            found = self.organisation.dialogs.get(me.id)
        else:
            found = self.organisation.conversations[asked["channel"]].find(asked["id"])
        if found is None:
            raise ClientRefusal("That has gone.")
        return found


async def say(page: TeamsPage, me: User, asked: Json) -> Json:
    """Write a message."""
    answer = await page.side.clients.say(me, page.organisation.conversations[asked["channel"]], asked["text"])
    return outcome(answer, "Teams") if answer else {}


async def tap(page: TeamsPage, me: User, asked: Json) -> Json:
    """Tap an action, with what the inputs around it hold; a sentence in answer is said in a corner."""
    before = len(page.organisation.notices.get(me.id, ()))
    answer = await page.side.clients.tap(me, page.where(me, asked), asked["action"], asked.get("typed") or {})
    told = page.organisation.notices.get(me.id, [])[before:]
    return outcome(answer, "Teams") | {"said": " ".join(each.text for each in told)}


async def submit(page: TeamsPage, me: User, asked: Json) -> Json:
    """Submit the open dialog."""
    dialog = page.where(me, asked)
    assert isinstance(dialog, Dialog)
    answer, errors = await page.side.clients.submit(me, dialog, asked["typed"])
    return (outcome(answer, "Teams") if answer else {}) | {"errors": errors}


async def shortcut(page: TeamsPage, me: User, asked: Json) -> Json:
    """Choose an action in a message's menu."""
    where = page.where(me, asked)
    assert isinstance(where, Activity)
    return outcome(await page.side.clients.message_action(me, where, asked["callback_id"]), "Teams")


async def close(page: TeamsPage, me: User, asked: Json) -> Json:
    """Close the open dialog."""
    if me.id in page.organisation.dialogs:
        await page.side.clients.dismiss(me)
    return {}


async def suggest(page: TeamsPage, me: User, asked: Json) -> Json:
    """Search in a list."""
    return {"options": await page.side.clients.search(me, page.where(me, asked), asked["input"], asked["text"])}


VERBS: dict[str, Act] = {act.__name__: act for act in (say, tap, submit, shortcut, close, suggest, fault, travel)}


def stamp(activity_id: str) -> str:
    """An activity's id as the seconds in which the page counts."""
    return f"{int(activity_id) / 1000:.3f}"
