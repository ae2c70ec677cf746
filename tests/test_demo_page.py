"""The demo's page lets in only itself, shows each persona what is theirs, and runs nothing that a message contains."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page as Tab
from playwright.async_api import expect

from bot.demo.page import GalleryItem, Page, Persona, completions, read_manifest
from bot.demo.workspace import Json
from tests.browser import a_tab
from tests.demo_world import CHART, TEXT, World, a_world, asks, button, buttons, modal, section

NASTY = '<img src="x" onerror="document.title=1"> <script>document.title=2</script> [x](javascript:alert(1))'


@dataclass
class Demo:
    """The page of a world, and what a browser would ask it."""

    world: World
    page: Page
    travelled: list[str] = field(default_factory=list)

    async def get(self, path: str, **headers: str) -> tuple[int, str, Any]:
        async with self.world.http.get(self.world.server.url + path, headers=headers) as response:
            return response.status, await response.text(), response.headers

    async def state(self, who: str) -> Any:
        async with self.world.http.get(f"{self.world.server.url}/state?as={who}") as response:
            return await response.json()

    async def do(self, verb: str, origin: str | None = None, **asked: Any) -> tuple[int, Any]:
        headers = {"Origin": self.world.server.url if origin is None else origin}
        url = f"{self.world.server.url}/do/{verb}"
        async with self.world.http.post(url, json={"as": "U0ANA", **asked}, headers=headers) as response:
            json_there = response.content_type == "application/json"
            return response.status, await response.json() if json_there else await response.text()

    async def travel(self, to: str) -> datetime:
        self.travelled.append(to)
        self.world.later(hours=1)
        return self.world.clock


@pytest.fixture
async def demo() -> AsyncIterator[Demo]:
    made: list[Demo] = []

    def prepare(world: World) -> None:
        personas = [Persona(world.people["ana"], "contractor in Lisbon"), Persona(world.people["mo"], "manager")]
        gallery = lambda: [GalleryItem("pulse", [section("Weekly pulse"), CHART])]
        page = Page(
            outbox=world.outbox, personas=personas, travel=lambda to: made[0].travel(to), gallery=gallery,
            manifest=Path("no-such-manifest.yml"),
        )  # fmt: skip
        page.add_to(world.server)
        made.append(Demo(world, page))

    async with a_world(prepare):
        yield made[0]


async def test_only_a_loopback_name_opens_the_page(demo: Demo) -> None:
    assert (await demo.get("/"))[0] == 200
    for path in ("/", "/state?as=U0ANA", "/log", "/static/page.js"):
        assert (await demo.get(path, Host="rebound.example:80"))[0] == 403


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "null", ""])
async def test_only_the_page_itself_can_act(demo: Demo, origin: str) -> None:
    status, _ = await demo.do("say", origin, channel="D0ANA", text="hi")
    assert status == 403
    assert demo.world.bot.heard == []


async def test_scripts_come_from_the_page_alone(demo: Demo) -> None:
    _, html, headers = await demo.get("/")
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy
    assert "onclick" not in html
    assert "style=" not in html


async def test_incomplete_requests_are_refused_politely(demo: Demo) -> None:
    assert (await demo.do("say"))[0] == 400
    assert (await demo.do("dance"))[0] == 404
    assert (await demo.do("say", **{"as": "U0KEI", "channel": "D0KEI", "text": "x"}))[0] == 404


async def test_each_persona_sees_what_is_theirs(demo: Demo) -> None:
    await demo.world.call("chat.postEphemeral", channel="C0CARE", user="U0MO", text="Only for Mo")
    await demo.world.call("chat.postEphemeral", channel="C0CARE", user="U0KEI", text="Only for Kei")
    mo, ana = await demo.state("U0MO"), await demo.state("U0ANA")
    assert [each["text"] for each in mo["messages"]["C0CARE"]] == ["Only for Mo"]
    assert mo["messages"]["C0CARE"][0]["only_you"]
    assert "C0CARE" not in ana["messages"]
    assert (bool(mo["commands"]), bool(ana["commands"])) == (True, False)


async def test_what_a_client_forbids_is_told_in_a_sentence(demo: Demo) -> None:
    demo.world.workspace.dm("U0ANA")
    _, answer = await demo.do("command", channel="D0ANA", text="/contractor help")
    assert "guest" in answer["problem"]
    demo.world.bot.status = 500
    _, answer = await demo.do("shortcut", callback_id="blocker")
    assert answer["problem"] == "The bot answered with status 500."


async def test_faults_and_time_are_in_the_visitors_hands(demo: Demo) -> None:
    await demo.do("fault", kind="rate_limit", on=True)
    assert (await demo.world.raw("auth.test"))[0] == 429
    await demo.do("fault", kind="rate_limit", on=False)
    assert (await demo.world.raw("auth.test"))[0] == 200
    before = demo.world.clock
    _, answer = await demo.do("travel", to="hour")
    assert datetime.fromisoformat(answer["now"]) == before + timedelta(hours=1)
    assert "problem" in (await demo.do("travel", to="yesterday"))[1]
    assert demo.travelled == ["hour"]


def test_commands_and_shortcuts_are_those_of_the_manifest(tmp_path: Path) -> None:
    declared = {
        "command": "/contractor",
        "description": "Care",
        "usage_hint": "[help | kpis @name | whoswho topic | 1on1 <who>]",
    }
    assert [each["text"] for each in completions(declared)] == [
        "/contractor",
        "/contractor help",
        "/contractor kpis",
        "/contractor whoswho",
        "/contractor 1on1",
    ]
    manifest = tmp_path / "manifest.yml"
    manifest.write_text("features:\n  shortcuts:\n    - {name: Blocker, type: global, callback_id: blocker}\n")
    assert read_manifest(manifest)["shortcuts"][0]["callback_id"] == "blocker"


# -- in a browser --------------------------------------------------------------------------------------


@pytest.fixture
async def tab() -> AsyncIterator[Tab]:
    async with a_tab() as made:
        yield made


async def answering(world: World, kind: str, payload: Json) -> None:
    """A bot that asks once, thanks, and opens a form."""
    if kind == "message":
        said = f"*Ready?* <javascript:alert(1)|here> {NASTY.replace('<', '&lt;')}"
        blocks = [section(said), buttons(button("Yes", "yes"))]
        await world.call("chat.postMessage", channel=payload["event"]["channel"], text="x", blocks=blocks)
    if kind == "block_actions" and payload.get("response_url"):
        await world.respond(payload["response_url"], replace_original=True, text="Thank you.")
        view = modal(asks("What stops you?", TEXT, "what"), notify_on_close=True)
        await world.call("views.open", trigger_id=payload["trigger_id"], view=view)


async def opened(demo: Demo, tab: Tab) -> None:
    demo.world.bot.then = lambda kind, payload: answering(demo.world, kind, payload)
    await tab.goto(demo.world.server.url)


@pytest.mark.browser
async def test_a_visitor_writes_taps_fills_in_and_closes_by_keyboard(demo: Demo, tab: Tab) -> None:
    await opened(demo, tab)
    await tab.get_by_label("Message", exact=True).fill("hello")
    await tab.keyboard.press("Enter")
    await tab.get_by_role("button", name="Yes").press("Enter")
    await expect(tab.get_by_role("log")).to_contain_text("Thank you.")
    form = tab.get_by_role("dialog", name="A form")
    await expect(form.get_by_label("What stops you?")).to_be_focused()
    await form.get_by_role("button", name="A form").click()
    await expect(form).to_contain_text("Please complete this required field.")
    await expect(form.get_by_label("What stops you?")).to_be_focused()
    for _ in range(6):
        await tab.keyboard.press("Tab")
        inside = (
            "['BODY', 'HTML'].includes(document.activeElement.tagName) || !!document.activeElement.closest('dialog')"
        )
        assert await tab.evaluate(inside)
    await form.get_by_label("What stops you?").press("Escape")
    await expect(form).to_have_count(0)
    await asyncio.wait_for(closed(demo), 5)


@pytest.mark.browser
async def test_a_card_that_is_drawn_anew_keeps_the_focus_of_a_keyboard(demo: Demo, tab: Tab) -> None:
    await opened(demo, tab)
    await demo.world.outbox.message(demo.world.people["ana"], demo.world.workspace.dm("U0ANA"), "hello")
    yes = tab.get_by_role("button", name="Yes")
    await yes.focus()
    said = demo.world.workspace.dm("U0ANA").messages[-1]
    where = {"channel": said.channel, "ts": said.ts}
    await demo.world.call("chat.update", **where, text="Again", blocks=[*said.blocks, section("Drawn anew", "r")])
    await expect(tab.get_by_role("log")).to_contain_text("Drawn anew")
    await expect(yes).to_be_focused()
    await demo.world.call("chat.update", **where, text="Over", blocks=[section("Over")])
    await expect(yes).to_have_count(0)
    await expect(tab.get_by_role("article").last).to_be_focused()


async def closed(demo: Demo) -> None:
    while "view_closed" not in [each.kind for each in demo.world.bot.heard]:
        await demo.world.workspace.next_change(1)


@pytest.mark.browser
async def test_nothing_that_a_message_contains_can_run(demo: Demo, tab: Tab) -> None:
    await opened(demo, tab)
    await demo.world.outbox.message(demo.world.people["ana"], demo.world.workspace.dm("U0ANA"), NASTY)
    log = tab.get_by_role("log")
    await expect(log).to_contain_text('<img src="x" onerror=')
    await expect(log.get_by_role("button", name="Yes")).to_be_visible()
    await expect(log).to_contain_text("Ready? here <img")
    assert await log.locator("img, script, a").count() == 0
    assert await tab.title() == "Ana Sousa · Northwind demo"


@pytest.mark.browser
async def test_everything_that_can_be_used_has_a_name(demo: Demo, tab: Tab) -> None:
    await opened(demo, tab)
    await demo.world.outbox.message(demo.world.people["ana"], demo.world.workspace.dm("U0ANA"), "hello")
    await expect(tab.get_by_role("button", name="Yes")).to_be_visible()
    await tab.get_by_role("button", name="Faults").click()
    await expect(tab.get_by_role("switch", name="Answer 500")).to_be_visible()
    await tab.get_by_role("button", name="Cards").click()
    await expect(tab.get_by_role("img", name="Pulse")).to_be_visible()
    nameless = """() => [...document.querySelectorAll('button, input, select, textarea, a, [role]')]
        .filter(each => each.checkVisibility() && ['button', 'input', 'select', 'textarea', 'a'].includes(each.localName))
        .filter(each => !(each.textContent.trim() || each.ariaLabel || each.labels?.length || each.ariaLabelledByElements?.length))
        .map(each => each.outerHTML)"""
    assert await tab.evaluate(nameless) == []


@pytest.mark.browser
async def test_a_persona_with_news_is_marked_until_taken(demo: Demo, tab: Tab) -> None:
    await opened(demo, tab)
    mo = tab.get_by_role("button", name="Mo Field")
    await expect(mo).to_be_visible()
    await expect(mo.locator(".news")).to_be_hidden()
    demo.world.later(minutes=5)
    await demo.world.call("chat.postMessage", channel="C0CARE", text="For the care team")
    await expect(mo.locator(".news")).to_be_visible()
    await mo.click()
    await expect(mo.locator(".news")).to_be_hidden()
    await expect(tab.get_by_role("button", name="care 1 unread")).to_be_visible()
