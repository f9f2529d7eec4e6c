"""Fixtures of the acceptance tests: a real browser with its page.

The system's Chromium is used, so that nothing is downloaded. Where there is none, the tests that
need it are skipped, and fail when CI is "true": there they must run.
"""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import ConsoleMessage, Error, Page, async_playwright

from tests.chromium import CHROMIUM_FLAGS, NO_CHROMIUM, find_chromium

ARTIFACTS = Path(__file__).parents[2] / "test-artifacts"
WAIT_MILLISECONDS = 10_000


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The system's Chromium; without one the test is skipped, or fails in CI."""
    found = find_chromium()
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail(NO_CHROMIUM)
        pytest.skip(NO_CHROMIUM)
    return found


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """The folder that pictures of the page go to: test-artifacts/screenshots."""
    folder = ARTIFACTS / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def page_errors() -> list[str]:
    """What the page complained about. A test that provokes a complaint empties it."""
    return []


@pytest.fixture
async def browser_page(chromium_path: str, page_errors: list[str]) -> AsyncIterator[Page]:
    """A page of a fresh browser, 1280 × 800, light. An error in its console fails the test."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path, args=list(CHROMIUM_FLAGS))
        try:
            context = await browser.new_context(
                viewport={"width": 1280, "height": 800}, color_scheme="light", locale="en-US"
            )
            context.set_default_timeout(WAIT_MILLISECONDS)
            page = await context.new_page()
            page.on("console", lambda message: _note_console(message, page_errors))
            page.on("pageerror", lambda error: _note_error(error, page_errors))
            yield page
        finally:
            await browser.close()
    assert page_errors == []


def _note_console(message: ConsoleMessage, errors: list[str]) -> None:
    if message.type == "error":
        errors.append(message.text)


def _note_error(error: Error, errors: list[str]) -> None:
    errors.append(str(error))
