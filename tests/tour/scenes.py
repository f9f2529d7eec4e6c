"""What is shown, one function a scene: each leads the page there; the camera does the rest."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from playwright.async_api import Locator, Page

WRITING_MILLISECONDS: Final = 60_000
DRAFTS: Final = "Channel drafts"
REPORTS: Final = "Channel copydesk-reports"


@dataclass(frozen=True)
class Scene:
    """A picture: `name` is its file, `caption` what docs/tour.md says below it."""

    name: str
    caption: str
    lead: Callable[[Page], Awaitable[None]]


async def open_channel(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name).click()


async def send(page: Page, text: str) -> None:
    composer = page.locator(".pane .composer-field")
    await composer.fill(text)
    await composer.press("Enter")


async def close_dialogs(page: Page) -> None:
    while await page.get_by_role("dialog").count():
        await page.keyboard.press("Escape")
        await page.wait_for_timeout(200)


def _draft_about(page: Page, topic: str) -> Locator:
    return page.locator(".pane .message", has=page.get_by_role("heading", name=topic))
