"""Coming and going on Teams: the app, people, channels and whole teams."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import Session

import storage
from bot.app import App
from bot.demo.start import DemoClock, together
from bot.demo.teams import activities
from bot.demo.workspace import Workspace
from bot.settings import Settings
from tests.conftest import MONDAY, Town
from tests.demo_driver import Stage
from tests.demo_teams import TeamsPlatform
from tests.demo_teams_town import CARE, PROJECT, TEAM, WORDS, northwind_on_teams
from tests.test_teams_app import clients, kept, private, searched

pytestmark = pytest.mark.chats("teams")


@pytest.fixture
async def empty(tmp_path: Path, migrated: Path) -> AsyncIterator[Town]:
    """An organisation to which nobody has added the bot yet."""
    clock, path = DemoClock(MONDAY), tmp_path / "care.db"
    shutil.copy(migrated, path)
    environment = {"TEAMS_CARE_CHANNEL": CARE, "TEAMS_INTRO_CHANNEL": TEAM}
    tenant = northwind_on_teams(clock)
    async with together(Workspace(now=clock.now), clock, str(path), environment, tenant=tenant, slack=False) as world:
        assert world.teams is not None
        yield Town(world, Stage(TeamsPlatform(world.teams.clients, WORDS, world.settle), world.settle))


async def test_who_adds_the_bot_to_a_team_is_its_first_admin_and_everybody_there_is_known(empty: Town) -> None:
    await clients(empty).install(clients(empty).tenant.person("lee"))
    await empty.settle()
    await clients(empty).add_to_team(clients(empty).tenant.person("ada"))
    await empty.settle()
    people = {handle: await kept(empty, handle) for handle in ("ada", "lee", "mo", "kei", "ana")}
    assert [handle for handle, one in people.items() if one and one.admin] == ["ada"]
    assert [handle for handle, one in people.items() if one and one.care] == ["kei"]
    assert [handle for handle, one in people.items() if one and one.guest] == ["ana"]
    assert all(people.values())


async def test_a_guest_who_adds_the_bot_to_a_team_has_no_say(empty: Town) -> None:
    await clients(empty).add_to_team(clients(empty).tenant.person("ana"))
    await empty.settle()
    ana = await kept(empty, "ana")
    assert ana is not None
    assert not ana.admin


async def test_who_installs_it_is_told_who_it_is_once_and_then_sees_their_home(empty: Town) -> None:
    lee = clients(empty).tenant.person("lee")
    await clients(empty).install(lee)
    await empty.settle()
    assert private(empty, "lee") == ["Hello, I am Contractor Care.", "Contractor Care"]


async def test_who_joins_the_team_is_known_and_who_leaves_it_is_known_to_have_left(town: Town) -> None:
    tenant = clients(town).tenant
    zoe = tenant.add_user("29:zoe", "Zoe New", "zoe", email="zoe@example.com")
    await clients(town).joined(zoe)
    await town.settle()
    known = await kept(town, "zoe")
    assert known is not None
    assert (known.name, known.email, known.active) == ("Zoe New", "zoe@example.com", True)
    zoe.deleted = True
    await clients(town).left(zoe)
    await town.settle()
    gone = await kept(town, "zoe")
    assert gone is not None
    assert not gone.active


async def test_a_channel_that_is_renamed_is_called_so_and_no_other_is(town: Town) -> None:
    app, tenant = town.world.app.teams, clients(town).tenant
    assert app is not None
    before = {room.channel: room.name for room in app.chat.rooms.values()}
    tenant.conversations[PROJECT].name = "project two"
    await clients(town).channel_changed(tenant.person("ada"), tenant.conversations[PROJECT], "channelRenamed")
    assert {room.channel: room.name for room in app.chat.rooms.values()} == before | {PROJECT: "project two"}
    assert (await town.db(lambda db: storage.rooms.names(db, [PROJECT]))) == {PROJECT: "project two"}


async def test_a_channel_that_is_new_can_be_chosen_and_one_that_is_gone_cannot(town: Town) -> None:
    tenant, ada = clients(town).tenant, clients(town).tenant.person("ada")
    made = tenant.add_channel("19:launch@thread.tacv2", "launch", [ada])
    await clients(town).channel_changed(ada, made, "channelCreated")
    assert await searched(town, "care.channels", "launch") == ["launch"]
    del tenant.conversations[made.id]
    await clients(town).channel_changed(ada, made, "channelDeleted")
    assert await searched(town, "care.channels", "launch") == []
    assert await searched(town, "care.channels", "project") == ["project"]
    assert made.id not in [room.channel for room in await town.db(storage.rooms.every)]


async def test_a_channel_that_another_replica_was_told_of_can_be_chosen(town: Town) -> None:
    def told(db: Session) -> None:
        storage.rooms.keep(db, "19:launch@thread.tacv2", "channel", "19:far@thread.tacv2", "launch", {})
        storage.rooms.leave(db, [PROJECT])

    await town.db(told)
    assert await searched(town, "care.channels", "launch") == ["launch"]
    assert await searched(town, "care.channels", "project") == []


async def test_a_team_that_is_gone_takes_all_of_its_channels_with_it(town: Town) -> None:
    ada, team = clients(town).tenant.person("ada"), clients(town)._team()
    await clients(town).channel_changed(ada, team, "teamDeleted")
    assert await searched(town, "care.channels", "") == []
    await clients(town).channel_changed(ada, team, "teamRestored")
    await town.settle()
    assert await searched(town, "care.channels", "project") == ["project"]


async def test_who_is_taken_out_of_one_channel_is_still_in_the_others(town: Town) -> None:
    tenant = clients(town).tenant
    update = activities.came_and_went(
        tenant, tenant.person("ada"), tenant.conversations[PROJECT], "channelMemberRemoved", membersRemoved=[tenant.bot]
    )
    await clients(town).send(update)
    assert await searched(town, "care.channels", "project") == []
    assert await searched(town, "care.channels", "care") == ["care"]


async def test_a_channel_that_went_unnoticed_hides_nobody_elsewhere(town: Town) -> None:
    app = town.world.app
    assert app.teams is not None
    del clients(town).tenant.conversations[PROJECT]
    assert await app.meet(app.teams.workspace, app.teams.chat)
    assert app.problems == {}
    assert {one.user for one in await app.teams.chat.roster()} == {
        f"29:{who}" for who in ("ana", "mo", "kei", "ada", "lee")
    }


async def test_what_is_known_of_a_tenant_outlives_a_restart(town: Town) -> None:
    before = town.world.app.teams
    assert before is not None
    again = App(Settings(), town.world.clock.now, paced=False)
    again.database = town.world.app.database
    await again._connect_teams()
    assert again.teams is not None
    assert again.teams.chat.rooms == before.chat.rooms
    assert again.teams.chat.service_url == before.chat.service_url
    assert again.teams.chat._direct == before.chat._direct
    await again.teams.chat.close()
