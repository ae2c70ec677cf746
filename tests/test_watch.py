"""What those who watch a running bot are told: alive, ready or why not, and numbers."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import ClientSession

from bot import metrics
from bot.app import serving
from tests.conftest import Town
from tests.test_courier import Post, post

__all__ = ["post"]


async def ready(town: Town) -> tuple[int, dict[str, Any]]:
    address = town.world.bot_url.replace("/slack/events", "/readyz")
    async with ClientSession() as http, http.get(address) as response:
        return response.status, (await response.json())["problems"]


async def numbers(town: Town) -> dict[str, float]:
    async with (
        serving(metrics.site(town.world.app), "127.0.0.1", 0) as port,
        ClientSession() as http,
        http.get(f"http://127.0.0.1:{port}/metrics") as response,
    ):
        assert response.content_type == "text/plain"
        lines = [line for line in (await response.text()).splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


async def test_a_clock_that_has_not_ticked_or_has_stopped_is_not_ready(town: Town) -> None:
    assert await ready(town) == (503, {"clock": "the clock has not ticked yet"})
    await town.world.app.tick()
    assert await ready(town) == (200, {})
    town.world.clock.put_forward(town.now + timedelta(minutes=3))
    assert await ready(town) == (200, {})
    town.world.clock.put_forward(town.now + timedelta(seconds=1))
    assert await ready(town) == (503, {"clock": "the clock has stopped"})


async def test_a_bot_that_was_removed_has_no_chat(town: Town) -> None:
    await town.world.app.tick()
    await town.world.outbox.app_uninstalled()
    await town.settle()
    assert await ready(town) == (503, {"chat": "no chat is connected"})


async def test_a_late_word_of_a_removal_does_not_part_a_bot_that_is_there_again(town: Town) -> None:
    await town.world.app.tick()
    assert (await town.world.outbox.event({"type": "app_uninstalled"})).ok
    await town.settle()
    assert await ready(town) == (200, {})
    assert town.workspace in town.world.app.chats


async def test_a_roster_that_could_not_be_read_is_a_trouble_until_it_can(town: Town) -> None:
    app = town.world.app
    [(workspace, chat)] = app.chats.items()
    await app.tick()
    town.world.workspace.faults.add("error", 1, "users.list")
    assert not await app.meet(workspace, chat)
    status, problems = await ready(town)
    assert status == 503
    assert problems["roster"].startswith("the chat did not tell who is here")
    assert await app.meet(workspace, chat)
    assert await ready(town) == (200, {})


async def test_numbers_tell_what_waits_since_when_and_what_failed(post: Post) -> None:
    town = post.town
    assert (await numbers(town))["care_clock_lag_seconds"] == -1
    town.world.workspace.faults.add("rate_limit", 1, "chat.postMessage", seconds=300)
    await post.sends("note")
    await post.owes("other", "kei")
    town.world.clock.put_forward(town.now + timedelta(seconds=90))
    told = await numbers(town)
    assert told['care_deliveries{state="due"}'] == 2
    assert told['care_deliveries{state="sent"}'] == 0
    assert told["care_deliveries_late_seconds"] == 90
    assert told["care_clock_lag_seconds"] == 90
    assert told["care_writer_queue"] == 0
    await town.goes(minutes=10)
    told = await numbers(town)
    assert told['care_deliveries{state="sent"}'] == 2
    assert told["care_deliveries_late_seconds"] == 0


@pytest.mark.parametrize("fault", ["error", "rate_limit"])
async def test_what_is_tried_again_and_again_is_late_though_it_is_not_to_be_tried_just_now(
    post: Post, fault: str
) -> None:
    town = post.town
    town.world.workspace.faults.add(fault, None, "chat.postMessage", seconds=600)
    await post.owes("tomorrow", at=town.now + timedelta(days=1))
    await post.sends("note")
    await town.goes(minutes=20)
    town.world.clock.put_forward(town.now + timedelta(seconds=1))
    told = await numbers(town)
    assert told["care_deliveries_late_seconds"] == 20 * 60 + 1
    town.world.workspace.faults.clear()
    await town.goes(hours=1)
    assert (await numbers(town))["care_deliveries_late_seconds"] == 0


async def test_numbers_tell_what_was_turned_away_how_long_answers_took_and_what_the_log_has(post: Post) -> None:
    town = post.town
    async with serving(metrics.site(town.world.app), "127.0.0.1", 0) as port:
        town.world.workspace.faults.add("rate_limit", 1, "chat.postMessage", seconds=1)
        await post.sends("note")
        await town.person("ana").says("help")
        await town.goes(minutes=1)
        await post.owes("gone", "lee")
        town.world.workspace.person("lee").deleted = True
        await town.settle()
        async with ClientSession() as http, http.get(f"http://127.0.0.1:{port}/metrics") as response:
            text = await response.text()
    assert 'care_limited_total{call="send"} 1.0' in text
    assert 'care_limited_total{call="find"} 0.0' in text
    assert 'care_log_records_total{level="warning"} 2.0' in text  # neither the welcome nor the note reached Lee
    assert "care_acknowledgement_seconds_count 1.0" in text
    assert 'care_acknowledgement_seconds_bucket{le="+Inf"} 1.0' in text
    assert "care_chats_connected 1.0" in text
    assert "care_database_trouble 0.0" in text


DOCS = Path(__file__).parent.parent / "docs"


@pytest.mark.parametrize("file", ["alerts.yml", "grafana.json"])
async def test_what_the_alerts_and_the_dashboard_look_at_is_told(town: Town, file: str) -> None:
    text = (DOCS / file).read_text()
    wanted = set(re.findall(r"\bcare_[a-z_]+", text))
    told = {name.partition("{")[0] for name in await numbers(town)}
    assert wanted - told == set()
    assert {name for name in told if not name.endswith(("_bucket", "_sum", "_count"))} <= wanted


def test_every_alert_says_how_bad_it_is_what_is_wrong_and_what_to_do() -> None:
    (group,) = yaml.safe_load((DOCS / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]:
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert set(rule["annotations"]) == {"summary", "action"}
        assert rule["expr"].count("(") == rule["expr"].count(")")
    panels = json.loads((DOCS / "grafana.json").read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(target["expr"] for panel in panels for target in panel["targets"])
