"""Slack and Teams in one process: the same people on both, and what is said on one is never seen on the other."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import select

from bot.demo.start import DemoClock, together
from storage.deliveries import Delivery
from tests.blockers import report
from tests.conftest import MONDAY, Town, northwind
from tests.demo_driver import Stage
from tests.demo_slack import SlackPlatform
from tests.demo_teams import TeamsPlatform
from tests.demo_teams_town import CARE, TEAM, WORDS, known, northwind_on_teams

SECRET = "The mainframe is on fire"
EVERYBODY = ("ana", "mo", "kei", "ada", "lee")


@pytest.fixture
async def sides(tmp_path: Path, migrated: Path) -> AsyncIterator[tuple[Town, Town]]:
    """One bot, on Slack and on Teams."""
    clock, path = DemoClock(MONDAY), tmp_path / "care.db"
    shutil.copy(migrated, path)
    tenant = northwind_on_teams(clock)
    channels = {"CARE_CHANNEL": "C0CARE", "INTRO_CHANNEL": "C0TEAM"}
    channels |= {"TEAMS_CARE_CHANNEL": CARE, "TEAMS_INTRO_CHANNEL": TEAM}
    async with together(northwind(clock), clock, str(path), channels, tenant=tenant) as world:
        await world.app.settled_in()
        assert world.teams is not None
        await world.teams.clients.add_to_team(tenant.person("ada"))
        await world.settle()
        slack = Town(replace(world, teams=None), Stage(SlackPlatform(world.outbox), world.settle))
        teams = Town(world, Stage(TeamsPlatform(world.teams.clients, WORDS, world.settle), world.settle))
        await teams.db(lambda db: known(db, tenant, clock.now()))
        yield slack, teams


def seen(town: Town) -> str:
    """Everything that anybody can see there."""
    platform = town.stage.platform
    return "\n".join(text for handle in EVERYBODY for text in platform.everything(platform.person(handle)))


@pytest.mark.parametrize("on_teams", [False, True], ids=["said on Slack", "said on Teams"])
async def test_what_is_said_on_one_chat_is_never_seen_on_the_other(sides: tuple[Town, Town], on_teams: bool) -> None:
    here, there = reversed(sides) if on_teams else sides
    assert here.workspace != there.workspace
    await report(here, SECRET)
    await here.goes(days=8)
    assert SECRET in seen(here)
    for handle in EVERYBODY:
        await there.person(handle).home()
    await there.settle()
    assert SECRET not in seen(there)
    owed = await there.db(lambda db: db.exec(select(Delivery.kind)).all())
    assert {kind for kind in owed if kind.startswith(("blockers.", "pulse."))} == set()


async def test_each_chat_has_its_own_admins_and_care_team(sides: tuple[Town, Town]) -> None:
    slack, teams = sides
    ids = [{handle: await town.person_id(handle) for handle in EVERYBODY} for town in (slack, teams)]
    assert not set(ids[0].values()) & set(ids[1].values())
    assert await slack.runs("ada", "admin.remove", f"care:{ids[1]['kei']}") == await slack.runs(
        "ada", "admin.remove", "care:0"
    )
