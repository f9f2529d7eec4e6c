"""What a scene is, and the steps that scenes share."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from playwright.async_api import Locator, Page, expect

WRITING_MILLISECONDS: Final = 60_000
DRAFTS: Final = "Channel drafts"
REPORTS: Final = "Channel copydesk-reports"
RATE: Final = "Rate 1–10"


@dataclass(frozen=True)
class Scene:
    """A picture: `name` is its file, `title` and `caption` what docs/tour.md says of it.

    `begins_with` selects what stands at the top of the picture, where that is not the last thing said.
    """

    name: str
    title: str
    caption: str
    lead: Callable[[Page], Awaitable[None]]
    begins_with: str | None = None


async def open_place(page: Page, name: str) -> None:
    """A channel or an app, with nothing in front of it and no thread beside it."""
    await close_dialogs(page)
    if await page.locator(".thread").count():
        await page.get_by_role("button", name="Close thread").click()
    await page.get_by_role("button", name=name).first.click()


async def close_dialogs(page: Page) -> None:
    while await page.get_by_role("dialog").count():
        await page.keyboard.press("Escape")
        await page.wait_for_timeout(200)


async def send(page: Page, text: str) -> None:
    composer = page.locator(".pane .composer-field")
    await composer.fill(f"{text} ")  # the space ends the list of commands, which would take Enter
    await composer.press("Enter")


async def write(page: Page, command: str, vote: str = RATE) -> Locator:
    """Asks, and waits until what came can be rated or voted on."""
    buttons = page.locator(".pane").get_by_role("button", name=vote)
    before = await buttons.count()
    await send(page, command)
    await expect(buttons).to_have_count(before + 1, timeout=WRITING_MILLISECONDS)
    return buttons.last


async def show_form(page: Page) -> Locator:
    """The form that an app opens; returns once it can be filled in."""
    form = page.get_by_role("dialog")
    await expect(form).to_be_visible()
    return form


async def pick(page: Page, within: Locator, item: str) -> None:
    """An item of the ⋯ menu in a message or a section."""
    await within.get_by_role("button", name="More options").first.click()
    await page.get_by_role("menuitem", name=item).click()
