"""The demo's page as Slack: a browser client of one local workspace, for several personas."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import yaml

from bot.demo import shapes
from bot.demo.api import DemoServer
from bot.demo.faults import Pace
from bot.demo.outbox import Outbox
from bot.demo.site import SHOWN, Act, Look, Site, fault, outcome, travel
from bot.demo.site import GalleryItem as GalleryItem
from bot.demo.site import Persona as Persona
from bot.demo.workspace import ClientRefusal, Json, Message, SlackError, User, View, Workspace

SLACK = Look("Slack", "", "Slack's Web API")


@dataclass(kw_only=True)
class Page(Site):
    """What the page needs: a workspace's clients, its personas, and what only the demo's owner can do."""

    outbox: Outbox
    look: Look = SLACK
    manifest: Path = Path("manifest.yml")
    _menu: Json = field(default_factory=dict)

    gone: ClassVar[type[Exception]] = SlackError

    @property
    def workspace(self) -> Workspace:
        """The workspace whose clients these are."""
        return self.outbox.workspace

    organisation = workspace

    @property
    def name(self) -> str:
        """What the workspace is called."""
        return self.workspace.name

    @property
    def pace(self) -> Pace:
        """Slack's rate limits."""
        return self.workspace.pace

    @property
    def verbs(self) -> dict[str, Act]:
        """What a persona can do, by name."""
        return VERBS

    async def passed(self) -> None:
        """What Slack retries comes again."""
        await self.outbox.deliver_due()

    def add_to(self, server: DemoServer) -> None:
        """Serve the page at the server's root; call it before the server starts."""
        self._menu = read_manifest(self.manifest)
        super().add_to(server)

    # -- what the page shows -----------------------------------------------------------------------

    def state_for(self, me: User) -> Json:
        """Everything one persona can see now."""
        workspace = self.workspace
        mine = [workspace.dm(me.id), *(each for each in workspace.channels.values() if me.id in each.members)]
        stack, home = workspace.modals.get(me.id) or [], workspace.homes.get(me.id)
        return self.common_state(me) | {
            "bot": workspace.bot.id,
            "commands": self._menu["commands"] if me.has_commands else [],
            "shortcuts": self._menu["shortcuts"],
            "people": {each.id: self.person(each) for each in [*workspace.users.values(), workspace.slackbot]},
            "channels": list(
                {each.id: {"id": each.id, "name": each.name, "kind": each.kind} for each in mine}.values()
            ),
            "messages": {each.id: [self._message(said) for said in visible(each.messages, me)] for each in mine},
            "modal": shapes.view(workspace, stack[-1]) | {"depth": len(stack)} if stack else None,
            "home": shapes.view(workspace, home) if home else None,
            "newest": {each.user.id: self._newest(each.user) for each in self.personas},
        }

    def _newest(self, who: User) -> str:
        """When somebody else last said something that this persona can see, as Slack's ts."""
        places = (each for each in self.workspace.channels.values() if who.id in each.members)
        said = (message for place in places for message in reversed(visible(place.messages, who)))
        return max((each.ts for each in said if each.user != who.id), default="0")

    def _message(self, said: Message) -> Json:
        shown = shapes.message(self.workspace, said)
        return shown | {"channel": said.channel, "only_you": bool(said.only_for)}

    # -- what a persona does -----------------------------------------------------------------------

    def where(self, asked: Json) -> Message | View:
        """The message or view that an action of the page names."""
        if asked.get("view"):
            return self.workspace.find_view(asked["view"])
        found = self.workspace.channels[asked["channel"]].find(asked["ts"])
        if found is None:
            raise ClientRefusal("That message has gone.")
        return found


async def say(page: Page, me: User, asked: Json) -> Json:
    """Write a message."""
    await page.outbox.message(me, page.workspace.channels[asked["channel"]], asked["text"], asked.get("thread_ts"))
    return {}


async def command(page: Page, me: User, asked: Json) -> Json:
    """Type a slash command."""
    name, _, text = asked["text"].strip().partition(" ")
    return outcome(await page.outbox.command(me, page.workspace.channels[asked["channel"]], name, text.strip()))


async def tap(page: Page, me: User, asked: Json) -> Json:
    """Tap a button or choose in a list."""
    held, block_id = asked.get("typed") or {}, asked["block_id"]
    return outcome(
        await page.outbox.tap(me, page.where(asked), asked["action_id"], asked.get("given"), held, block_id=block_id)
    )


async def submit(page: Page, me: User, asked: Json) -> Json:
    """Submit the open form."""
    answer, errors = await page.outbox.submit(me, page.workspace.find_view(asked["view"]), asked["typed"])
    return (outcome(answer) if answer else {}) | {"errors": errors}


async def close(page: Page, me: User, asked: Json) -> Json:
    """Close the open form."""
    if page.workspace.modals.get(me.id):
        await page.outbox.close_view(me, everything=bool(asked.get("everything")))
    return {}


async def suggest(page: Page, me: User, asked: Json) -> Json:
    """Search in a list that the bot fills."""
    where, block_id = page.where(asked), asked["block_id"]
    return {"options": await page.outbox.suggest(me, where, asked["action_id"], asked["text"], block_id=block_id)}


async def shortcut(page: Page, me: User, asked: Json) -> Json:
    """Choose a global shortcut, or one of a message."""
    if not asked.get("ts"):
        return outcome(await page.outbox.shortcut(me, asked["callback_id"]))
    where = page.where(asked)
    assert isinstance(where, Message)
    return outcome(await page.outbox.message_action(me, where, asked["callback_id"]))


async def home(page: Page, me: User, asked: Json) -> Json:
    """Open the Home."""
    return outcome(await page.outbox.open_home(me, asked.get("tab", "home")))


VERBS: dict[str, Act] = {
    act.__name__: act for act in (say, command, tap, submit, close, suggest, shortcut, home, fault, travel)
}


def visible(messages: list[Message], me: User) -> list[Message]:
    """The newest messages that one person can see."""
    return [each for each in messages if each.only_for in (None, me.id)][-SHOWN:]


def read_manifest(path: Path) -> Json:
    """The commands with their completions, and the shortcuts, that the app declares."""
    declared = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    features = declared.get("features", {})
    commands = features.get("slash_commands") or [{"command": "/contractor", "description": "", "usage_hint": "help"}]
    return {
        "commands": [row for each in commands for row in completions(each)],
        "shortcuts": features.get("shortcuts", []),
    }


def completions(declared: Json) -> list[Json]:
    """A command and, from its usage hint, each of its words."""
    name, about, hint = declared["command"], declared.get("description", ""), declared.get("usage_hint", "")
    words = re.findall(r"(?:^|\|)[\[\s]*([a-z0-9]+)", hint)  # what follows a word stands for something else
    return [{"text": name, "about": about}, *({"text": f"{name} {word}", "about": ""} for word in words)]
