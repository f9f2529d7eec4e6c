"""Taking each scene three times: light, dark, and as narrow as a phone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.async_api import Page, ViewportSize, async_playwright

from tests.chromium import CHROMIUM_FLAGS

DESK: Final = ViewportSize(width=1280, height=1000)
PHONE: Final = ViewportSize(width=390, height=844)
SETTLE_MILLISECONDS: Final = 400
BRING_TO_TOP: Final = """found => {
  const scrolls = box => /auto|scroll/.test(getComputedStyle(box).overflowY);
  let box = found.parentElement;
  while (box.parentElement && !scrolls(box)) box = box.parentElement;
  box.scrollTop += found.getBoundingClientRect().top - box.getBoundingClientRect().top;
}"""
"""Of the list that it stands in: `scrollIntoView` would move the page as well."""
LEAVE_MESSAGE: Final = "document.activeElement?.closest('.message') && document.activeElement.blur()"
"""A message with the focus in it shows its tools, over what stands there."""


@asynccontextmanager
async def open_page(chromium: str, address: str) -> AsyncIterator[Page]:
    """The playground in a fresh browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        try:
            context = await browser.new_context(viewport=DESK, color_scheme="light", locale="en-US")
            page = await context.new_page()
            await page.goto(address)
            yield page
        finally:
            await browser.close()


async def take(page: Page, folder: Path, name: str, begins_with: str | None = None) -> None:
    """<name>-light.png, <name>-dark.png and <name>-phone.png of what the page shows now."""
    await _shoot(page, folder / f"{name}-light.png", begins_with)
    await page.emulate_media(color_scheme="dark")
    await _shoot(page, folder / f"{name}-dark.png", begins_with)
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size(PHONE)
    await _shoot(page, folder / f"{name}-phone.png", begins_with)
    await page.set_viewport_size(DESK)
    await page.wait_for_timeout(SETTLE_MILLISECONDS)


async def _shoot(page: Page, path: Path, begins_with: str | None) -> None:
    await page.mouse.move(0, 0)  # so that nothing is hovered over
    await page.evaluate(LEAVE_MESSAGE)
    await page.wait_for_timeout(SETTLE_MILLISECONDS)  # for layout and pictures to settle
    if begins_with is not None:
        await page.locator(begins_with).last.evaluate(BRING_TO_TOP)
    with Image.open(BytesIO(await page.screenshot(animations="disabled"))) as picture:
        # 256 colours, which the eye does not miss, take a third of the bytes.
        few = picture.convert("RGB").quantize(
            256, method=Image.Quantize.MAXCOVERAGE, kmeans=2, dither=Image.Dither.NONE
        )
        few.save(path, optimize=True)
