"""A browser tab, where there is a browser: required in CI, skipped with a reason elsewhere."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page as Tab
from playwright.async_api import async_playwright

# A browser that looks nothing up and fetches nothing of its own.
ALONE = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@asynccontextmanager
async def a_tab(dark: bool = False) -> AsyncIterator[Tab]:
    """A tab of 1280 × 800 in which no script may fail."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        assert not os.environ.get("CI"), "browser tests are required in CI: install Chromium"
        pytest.skip("no Chromium on this machine")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(ALONE))
        tab = await browser.new_page(
            viewport={"width": 1280, "height": 800}, color_scheme="dark" if dark else "light", reduced_motion="reduce"
        )
        problems: list[str] = []
        tab.on("pageerror", lambda error: problems.append(str(error)))
        tab.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
        yield tab
        await browser.close()
        assert problems == []
