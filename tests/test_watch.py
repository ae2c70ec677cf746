"""What those who watch a running bot are told: alive, ready or why not, and numbers."""

from datetime import timedelta
from typing import Any

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


async def test_a_roster_that_could_not_be_read_is_a_trouble_until_it_can(town: Town) -> None:
    app = town.world.app
    [(workspace, chat)] = app.chats.items()
    await app.tick()
    town.world.workspace.faults.add("error", 1, "users.list")
    assert not await app._meet(workspace, chat)
    status, problems = await ready(town)
    assert status == 503
    assert problems["roster"].startswith("the chat did not tell who is here")
    assert await app._meet(workspace, chat)
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
