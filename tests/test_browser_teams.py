"""The demo page as Teams: the same team, one switch away, and the same bot in Adaptive Cards."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from bot.demo import seed
from bot.demo.run import demo
from bot.demo.start import DemoClock, Together
from bot.demo.teams import seed as teams_seed
from tests.browser import a_tab
from tests.test_browser import MONDAY, be, keep, says

pytestmark = pytest.mark.browser


@pytest.fixture
async def world(tmp_path: Path, migrated: Path) -> AsyncIterator[Together]:
    clock = DemoClock(MONDAY)
    shutil.copy(migrated, tmp_path / "demo.db")
    tenant = teams_seed.northwind(clock)
    async with demo(seed.northwind(clock), clock, str(tmp_path / "demo.db"), tenant=tenant) as made:
        yield made


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_one_switch_leads_to_the_same_person_on_teams_and_her_pulse_is_the_same(
    world: Together, dark: bool
) -> None:
    async with a_tab(dark) as tab:
        await tab.goto(world.server.url)
        await tab.get_by_role("link", name="Teams").click()
        await expect(tab.get_by_text("as Ana Sousa, Lisbon time")).to_be_visible()
        await tab.get_by_role("button", name="Next pulse").click()
        await expect(tab.get_by_text("How was your week, all in all?")).to_be_visible(timeout=15_000)
        await tab.get_by_role("button", name="4", exact=True).first.click()
        await expect(tab.get_by_role("button", name="✓ 4")).to_be_visible()
        await keep(tab, "teams-dark" if dark else "teams")
        await tab.get_by_role("button", name="Submit").click()
        await expect(tab.get_by_text("Thank you, your pulse is in")).to_be_visible()
        await tab.get_by_role("link", name="Slack").click()
        await expect(tab.get_by_text("How was your week, all in all?")).to_be_visible()


async def test_the_switch_keeps_who_one_is(world: Together) -> None:
    async with a_tab() as tab:
        await tab.goto(world.server.url)
        await be(tab, "Kei Mori")
        await tab.get_by_role("link", name="Teams").click()
        await expect(tab.get_by_role("button", name="Kei Mori")).to_have_attribute("aria-pressed", "true")


async def test_a_blocker_is_reported_in_a_dialog_that_says_what_is_missing(world: Together) -> None:
    async with a_tab() as tab:
        await tab.goto(f"{world.server.url}/msteams")
        await says(tab, "blocker")
        await tab.get_by_role("button", name="Report it").click()
        dialog = tab.get_by_role("dialog", name="Report a blocker")
        await dialog.get_by_role("button", name="Report", exact=False).last.click()
        await expect(dialog.locator("[aria-invalid]").first).to_be_focused()
        await dialog.get_by_label("What stops you?").fill("The key is <b>locked</b> away")
        await dialog.get_by_label("From whom do you need it?").fill("Mo")
        await dialog.get_by_role("option", name="Mo Haddad").click()
        await keep(tab, "teams-dialog")
        await dialog.get_by_role("button", name="Report", exact=False).last.click()
        await expect(dialog).to_be_hidden()
        await expect(tab.get_by_text("The key is <b>locked</b> away").first).to_be_visible()


@pytest.mark.parametrize("address", ["/", "/msteams"])
async def test_a_form_is_still_filled_in_when_the_page_is_loaded_anew(world: Together, address: str) -> None:
    async with a_tab() as tab:
        await tab.goto(world.server.url + address)
        await says(tab, "blocker")
        await (
            tab.get_by_role("button", name="Open", exact=True).or_(tab.get_by_role("button", name="Report it")).click()
        )
        dialog = tab.get_by_role("dialog", name="Report a blocker")
        await dialog.get_by_label("What stops you?").fill("The key is locked away")
        await dialog.get_by_label("Since what time?").fill("08:30")
        await tab.reload()
        await expect(dialog.get_by_label("What stops you?")).to_have_value("The key is locked away")
        await expect(dialog.get_by_label("Since what time?")).to_have_value("08:30")


async def test_a_message_is_reported_from_its_menu(world: Together) -> None:
    async with a_tab() as tab:
        await tab.goto(f"{world.server.url}/msteams")
        await says(tab, "the build is broken")
        message = tab.get_by_role("article", name="Ana Sousa").filter(has_text="the build is broken")
        await message.get_by_role("button", name="Message actions").click()
        await tab.get_by_role("menuitem", name="Report as a blocker").click()
        dialog = tab.get_by_role("dialog", name="Report a blocker")
        await expect(dialog.get_by_label("What stops you?")).to_have_value("the build is broken")


async def test_every_persona_has_a_home_among_the_messages(world: Together) -> None:
    async with a_tab() as tab:
        await tab.goto(f"{world.server.url}/msteams")
        for name in ("Ana Sousa", "Mo Haddad", "Kei Mori", "Ada Berg"):
            await be(tab, name)
            await says(tab, "home")
            await expect(tab.get_by_text(f"Hello {name}", exact=False).last).to_be_visible()
        await expect(tab.locator(".unknown")).to_have_count(0)


async def test_nonsense_and_a_bad_day_are_told_in_words(world: Together) -> None:
    async with a_tab() as tab:
        await tab.goto(f"{world.server.url}/msteams")
        await says(tab, "<script>alert(1)</script> **bold** {{DATE(2026-01-01T00:00:00Z)}}")
        await expect(tab.locator(".card").get_by_text("<script>alert(1)</script> **bold**").last).to_be_visible()
        await tab.get_by_role("button", name="Log").click()
        await expect(tab.get_by_text("Teams → bot").first).to_be_visible()
        await tab.get_by_role("button", name="Faults").click()
        await expect(tab.get_by_text("what the Bot Connector does to its calls")).to_be_visible()
        await expect(tab.get_by_role("switch", name="Keep the rate limits of Teams")).to_be_visible()


async def test_next_pulse_is_the_next_of_the_chat_that_is_shown(world: Together) -> None:
    async with a_tab() as tab:
        await tab.goto(f"{world.server.url}/msteams")
        await says(tab, "pulse")
        await tab.get_by_role("button", name="Change day or hour").click()
        dialog = tab.get_by_role("dialog", name="When to ask you")
        await dialog.get_by_label("Friday").check()
        await dialog.get_by_role("button", name="Keep").click()
        await expect(tab.get_by_text("I will ask you next on Fri 27 Nov")).to_be_visible()
        await tab.get_by_role("button", name="Next pulse").click()
        await expect(tab.locator("#now")).to_contain_text("Friday 27 November", timeout=15_000)
        await expect(tab.get_by_text("How was your week, all in all?")).to_be_visible()


async def test_a_mention_is_completed_as_the_name_that_teams_shows(world: Together) -> None:
    async with a_tab() as tab:
        await tab.goto(f"{world.server.url}/msteams#1")
        await tab.get_by_role("button", name="project-shop").click()
        await tab.locator("#say").press_sequentially("@con")
        await tab.keyboard.press("ArrowDown")
        await tab.keyboard.press("Enter")
        await tab.locator("#say").press_sequentially("help")
        await tab.keyboard.press("Enter")
        await expect(tab.get_by_text("@Contractor Care help")).to_be_visible()
        await expect(tab.get_by_role("button", name="Contractor Care 1 unread")).to_be_visible()


async def test_what_is_said_in_a_corner_is_in_nobodys_way_and_for_nobody_else(world: Together) -> None:
    async with a_tab() as tab:
        await tab.goto(f"{world.server.url}/msteams#3")
        await says(tab, "settings")
        await tab.get_by_role("button", name="Choose").last.click()
        said = tab.locator(".toast")
        await expect(said).to_contain_text("Nothing is chosen in the list yet")
        under = await said.evaluate(
            "(toast) => { const {x, y} = toast.getBoundingClientRect(); return toast.contains(document.elementFromPoint(x + 5, y + 5)); }"
        )
        assert not under, "a tap there reaches the card below"
        await be(tab, "Ana Sousa")
        await expect(said).to_have_count(0)
