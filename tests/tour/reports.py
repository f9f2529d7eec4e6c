"""Scenes of the weekly report, and of the playground's own inspector and faults."""

from typing import Final

from playwright.async_api import Locator, Page, expect

from tests.tour.scene import DRAFTS, REPORTS, WRITING_MILLISECONDS, Scene, open_place


async def _report(page: Page) -> None:
    await open_place(page, REPORTS)
    summary = _ranking(page).locator(".thread-summary")
    await expect(summary).to_be_visible(timeout=WRITING_MILLISECONDS)


async def _thread(page: Page) -> None:
    await _report(page)
    await _ranking(page).locator(".thread-summary").click()
    await expect(page.locator(".thread .message")).not_to_have_count(1)


async def _inspector(page: Page) -> None:
    await open_place(page, DRAFTS)
    await page.get_by_role("button", name="Inspector", exact=True).click()
    await page.locator(".exchange").last.get_by_role("button").first.click()


async def _faults(page: Page) -> None:
    if not await page.locator(".inspector").is_visible():
        await _inspector(page)
    await page.get_by_role("tab", name="Faults").or_(page.get_by_role("button", name="Faults")).first.click()


def _ranking(page: Page) -> Locator:
    return page.locator(".pane .message").filter(has_text="Model ranking").last


SCENES: Final = (
    Scene(
        "report",
        "The weekly report",
        "The finding in words, the ranking, a picture, and a thread with the rest.",
        _report,
        begins_with='.pane .message:has-text("Model ranking")',
    ),
    Scene(
        "report-thread",
        "The report's thread",
        "Each kind of text, all costs, the picture and the CSV file.",
        _thread,
    ),
    Scene(
        "inspector",
        "The playground's inspector",
        "Every envelope, acknowledgement and call, in order.",
        _inspector,
        begins_with=".exchange",
    ),
    Scene("faults", "Faults", "Slack as it is on a bad day, on purpose.", _faults),
)
