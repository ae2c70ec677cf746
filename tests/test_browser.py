"""The real bot in the demo page, as a newcomer meets it: time passes, a number is tapped, nothing is lost."""

import os
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Page as Tab
from playwright.async_api import expect

from bot.demo import seed
from bot.demo.run import demo
from bot.demo.start import DemoClock, Together
from tests.browser import a_tab

pytestmark = pytest.mark.browser
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SHOTS = os.environ.get("SHOTS")  # a folder for screenshots, as `make shots` gives


@pytest.fixture
async def world(tmp_path: Path, migrated: Path) -> AsyncIterator[Together]:
    clock = DemoClock(MONDAY)
    shutil.copy(migrated, tmp_path / "demo.db")
    async with demo(seed.northwind(clock), clock, str(tmp_path / "demo.db")) as made:
        yield made


async def keep(tab: Tab, name: str) -> None:
    """A screenshot, when they are asked for."""
    if SHOTS:
        await tab.screenshot(path=f"{SHOTS}/{name}.png")


async def be(tab: Tab, name: str) -> None:
    """Become another persona."""
    await tab.get_by_role("button", name=name).click()


async def says(tab: Tab, text: str) -> None:
    """Write to the bot."""
    await tab.locator("#say").fill(text)
    await tab.keyboard.press("Enter")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_a_guest_answers_her_pulse_by_buttons_alone(world: Together, dark: bool) -> None:
    async with a_tab(dark) as tab:
        await tab.goto(world.server.url)
        await tab.get_by_role("button", name="Next pulse").click()
        await expect(tab.get_by_text("How was your week, all in all?")).to_be_visible(timeout=15_000)
        await tab.get_by_role("button", name="4", exact=True).first.click()
        await expect(tab.get_by_role("button", name="✓ 4")).to_be_visible()
        await keep(tab, "demo-dark" if dark else "demo")
        await tab.get_by_role("button", name="Submit").click()
        await expect(tab.get_by_text("Thank you, your pulse is in")).to_be_visible()
        await expect(tab.get_by_text("Seen by: Ada Berg, Kei Mori")).to_be_visible()


async def test_nonsense_is_answered_with_a_sentence_and_shown_as_text(world: Together) -> None:
    async with a_tab() as tab:
        await tab.goto(world.server.url)
        await expect(tab.get_by_text("Write “help” to the bot")).to_be_visible()
        await says(tab, "<!channel> <script>alert(1)</script> *bold*")
        await expect(
            tab.get_by_text("I did not understand “<!channel> <script>alert(1)</script> *bold*”.")
        ).to_be_visible()


async def test_every_persona_has_a_home_that_opens(world: Together) -> None:
    async with a_tab() as tab:
        await tab.goto(world.server.url)
        for name in ("Ana Sousa", "Mo Haddad", "Kei Mori", "Ada Berg"):
            await be(tab, name)
            await tab.get_by_text("Contractor Care", exact=True).first.click()
            await tab.get_by_role("tab", name="Home").click()
            await expect(tab.get_by_text(f"Hello {name}", exact=False)).to_be_visible()


async def test_a_form_opens_with_nothing_over_it_and_a_list_begins_at_what_is_chosen(world: Together) -> None:
    async with a_tab() as tab:
        await tab.goto(world.server.url)
        await says(tab, "settings")
        await tab.get_by_role("button", name="Set my hours").click()
        zone = tab.get_by_role("combobox", name="Time zone")
        await expect(zone).to_be_focused()
        await expect(tab.get_by_role("listbox")).to_have_count(0)
        await tab.keyboard.press("ArrowDown")
        await expect(tab.get_by_role("option", selected=True)).to_have_text("Lisbon")
        await expect(tab.get_by_role("option", selected=True)).to_be_in_viewport()
        await tab.keyboard.press("Escape")
        await expect(tab.get_by_role("listbox")).to_have_count(0)
        await expect(tab.get_by_role("dialog", name="Your working hours")).to_be_visible()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_the_gallery_shows_every_example_card_on_both_platforms(world: Together, dark: bool) -> None:
    from bot.demo.run import gallery

    async with a_tab(dark) as tab:
        await tab.goto(world.server.url)
        await tab.get_by_role("button", name="Cards").click()
        samples = tab.locator(".sample")
        await expect(samples).to_have_count(len(gallery()))
        assert await samples.locator("> h3").all_inner_texts() == [item.name for item in gallery()]
        assert all("_" not in item.name for item in gallery())
        await expect(tab.locator(".sample .card.teams")).to_have_count(len(gallery()))
        await expect(tab.locator(".sample .card.teams .unknown")).to_have_count(0)
        await expect(tab.locator(".sample .card.teams figure.chart svg").first).to_be_attached()
        await keep(tab, "gallery-dark" if dark else "gallery")


async def test_what_is_wrong_in_a_form_is_in_sight_and_what_was_typed_is_still_there(world: Together) -> None:
    async with a_tab() as tab:
        await tab.goto(world.server.url)
        await says(tab, "settings")
        await tab.get_by_role("button", name="Set my hours").click()
        await tab.get_by_label("From", exact=True).fill("10:00")
        await tab.get_by_label("Until", exact=True).fill("10:00")
        await tab.get_by_role("button", name="Keep", exact=True).click()
        await expect(tab.get_by_text("Start and end are the same")).to_be_in_viewport(ratio=1)
        await expect(tab.get_by_label("Until", exact=True)).to_have_value("10:00")


async def test_a_drawer_beside_them_leaves_the_newest_message_in_sight(world: Together) -> None:
    async with a_tab() as tab:
        await tab.goto(world.server.url)
        answers = {"help": "What I can do for you", "whoswho": "Who to ask for what", "settings": "Your settings"}
        for word, answer in answers.items():
            await says(tab, word)
            await expect(tab.get_by_role("heading", name=answer)).to_be_visible()
        newest = tab.get_by_role("button", name="What do you keep about me?")
        await expect(newest).to_be_in_viewport()
        await tab.get_by_role("button", name="Log").click()
        await expect(tab.get_by_role("heading", name="Requests and answers")).to_be_visible()
        await expect(newest).to_be_in_viewport(ratio=1)


async def test_what_the_home_answers_among_the_messages_is_marked_there_until_read(world: Together) -> None:
    async with a_tab() as tab:
        await tab.goto(world.server.url)
        await tab.get_by_role("tab", name="Home").click()
        await tab.get_by_role("button", name="Who to ask for what").click()
        await tab.get_by_role("tab", name="Messages 1 unread").click()
        await expect(tab.get_by_role("heading", name="Who to ask for what")).to_be_visible()
        await expect(tab.get_by_role("tab", name="Messages", exact=True)).to_be_visible()
