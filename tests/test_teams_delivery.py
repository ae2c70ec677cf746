"""What the bot owes on Teams, where a message that may have arrived cannot be looked for."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import Session, select

import storage
from bot import courier
from bot.card import Card, Text, Typed, card
from bot.chat import Pace
from bot.doctor import examine
from bot.planner import Letter, Owed
from bot.settings import Settings
from bot.teams.connector import TeamsChat
from storage.deliveries import Delivery
from tests.conftest import Town
from tests.demo_teams_town import TEAM

pytestmark = pytest.mark.chats("teams")


@dataclass
class Post:
    """Notes of the tests' own, to Mo or into a channel."""

    town: Town
    says: dict[str, str] = field(default_factory=dict)

    def compose(self, db: Session, owed: Owed, now: datetime) -> Card:
        said = self.says[owed.updates or owed.key]
        return card((Typed(said),), Text(Typed(said)))

    async def sends(self, key: str, channel: str = "", **more: Any) -> None:
        self.says.setdefault(key, key)
        to = {"channel": channel} if channel else {"person": await self.town.person_id("mo")}
        await self.town.db(lambda db: storage.deliveries.plan(db, key, "tests.note", at=self.town.now, **to, **more))
        await self.town.settle()

    async def row(self, key: str) -> Delivery:
        return await self.town.db(lambda db: db.exec(select(Delivery).where(Delivery.key == key)).one())

    def arrived(self, channel: str = "") -> list[str]:
        place = self.tenant.conversations[channel] if channel else self.tenant.chat(self.tenant.person("mo").id)
        return [each.summary for each in place.activities if each.user == self.tenant.bot.id]

    def faults(self, kind: str, method: str, times: int | None = 1, **more: Any) -> None:
        self.tenant.faults.add(kind, times, method, **more)

    @property
    def tenant(self) -> Any:
        assert self.town.world.teams is not None
        return self.town.world.teams.tenant


@pytest.fixture
async def post(town: Town) -> Post:
    made, mo = Post(town), await town.person_id("mo")
    letters = town.world.app.courier.letters
    town.world.app.courier.letters = {**letters, "tests.note": Letter(made.compose, False)}

    def welcomed(db: Session) -> None:
        storage.people.get(db, mo).welcomed_at = town.now

    await town.db(welcomed)
    return made


async def test_what_may_have_arrived_in_a_one_to_one_is_repeated(post: Post) -> None:
    post.faults("drop", "activities.send")
    await post.sends("question")
    await post.town.goes(seconds=10)
    assert post.arrived() == ["question", "question"]
    assert (await post.row("question")).state == "sent"


@pytest.mark.parametrize("fault", ["drop", "error"])
async def test_what_may_stand_in_a_channel_is_not_repeated_but_asked_of_a_person(post: Post, fault: str) -> None:
    post.faults(fault, "activities.send")
    await post.sends("announcement", TEAM)
    await post.town.goes(minutes=1)
    row = await post.row("announcement")
    assert post.arrived(TEAM) == (["announcement"] if fault == "drop" else [])
    assert (row.state, row.reason) == ("failed", courier.UNSURE)
    said: list[str] = []
    assert await examine(Settings(), said.append) == 1
    assert any(courier.UNSURE in line for line in said)


async def test_a_person_who_has_looked_can_have_it_sent_again(post: Post) -> None:
    post.faults("lose", "activities.send")
    await post.sends("announcement", TEAM)
    await post.town.goes(minutes=1)
    assert post.arrived(TEAM) == []
    await post.town.db(lambda db: storage.deliveries.again(db, "announcement", TEAM, post.town.now))
    await post.town.settle()
    assert post.arrived(TEAM) == ["announcement"]
    assert (await post.row("announcement")).state == "sent"


async def test_a_change_in_place_is_repeated_whatever_became_of_it(post: Post) -> None:
    await post.sends("announcement", TEAM)
    post.says["announcement"] = "announcement, changed"
    post.faults("drop", "activities.update")
    await post.sends("change", TEAM, updates="announcement")
    await post.town.goes(seconds=10)
    assert post.arrived(TEAM) == ["announcement, changed"]
    assert (await post.row("change")).state == "sent"


async def test_too_many_is_waited_for_as_long_as_it_says_and_is_no_attempt(post: Post) -> None:
    post.faults("rate_limit", "activities.send", seconds=40)
    await post.sends("note")
    await post.town.goes(seconds=39)
    assert post.arrived() == []
    await post.town.goes(seconds=2)
    assert post.arrived() == ["note"]
    assert (await post.row("note")).attempts == 1


async def test_without_a_token_of_ours_nothing_was_sent_for_certain(post: Post) -> None:
    teams = post.town.world.teams
    assert teams is not None
    teams.connector.forget_tokens()
    await post.sends("announcement", TEAM)
    await post.town.goes(seconds=10)
    assert post.arrived(TEAM) == ["announcement"]


async def test_who_has_blocked_the_bot_is_out_of_reach_until_they_are_heard_from(post: Post) -> None:
    mo, teams = post.tenant.person("mo"), post.town.world.teams
    assert teams is not None
    post.tenant.blocked.add(mo.id)
    await post.sends("note")
    row = await post.row("note")
    assert (row.state, row.reason) == ("failed", "MessageWritesBlocked")
    said: list[str] = []
    await examine(Settings(), said.append)
    assert any(mo.id in line and "MessageWritesBlocked" in line for line in said)
    await teams.clients.install(mo)
    await post.town.settle()
    said.clear()
    await examine(Settings(), said.append)
    assert not any(line.startswith("✗ person") for line in said)


async def test_who_blocked_the_bot_and_writes_to_it_again_is_in_reach(post: Post) -> None:
    mo = post.tenant.person("mo")
    await post.town.person("mo").says("help")
    post.tenant.blocked.add(mo.id)
    await post.sends("note")
    post.tenant.blocked.clear()
    await post.town.person("mo").says("help")
    await post.town.settle()
    said: list[str] = []
    await examine(Settings(), said.append)
    assert not any(line.startswith("✗ person") for line in said)


async def test_who_removes_the_bot_is_out_of_reach_at_once(post: Post) -> None:
    mo, teams = post.tenant.person("mo"), post.town.world.teams
    assert teams is not None
    await teams.clients.uninstall(mo)
    await post.town.settle()
    said: list[str] = []
    assert await examine(Settings(), said.append) == 1
    assert any(mo.id in line for line in said)


def test_its_pace_keeps_to_every_limit_of_a_conversation() -> None:
    assert TeamsChat.pace == Pace(2.0, 0.02)
    for most, seconds in ((7, 1), (8, 2), (60, 30), (1800, 3600)):
        assert seconds / TeamsChat.pace.per_channel <= most
