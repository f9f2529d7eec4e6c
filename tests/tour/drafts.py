"""Scenes of asking for drafts, and of what can be done with one."""

from typing import Final

from playwright.async_api import Locator, Page, expect

from tests.tour.scene import (
    DRAFTS,
    RATE,
    WRITING_MILLISECONDS,
    Scene,
    open_place,
    pick,
    send,
    show_form,
    write,
)

REQUEST: Final = "/draft linkedin what new parents teach about planning"
OTHERS: Final = (
    "/draft email a delivery that is two days late",
    "/draft quick our open day in May",
    "/draft linkedin repair cafés",
)


async def ask_as_ben(page: Page) -> None:
    """Drafts that somebody else wanted: they wait for Ada's rating."""
    await _act_as(page, "Ben")
    await open_place(page, DRAFTS)
    for request in OTHERS:
        await write(page, request)
    await _act_as(page, "Ada")


async def _act_as(page: Page, name: str) -> None:
    await page.get_by_role("radio", name=f"Act as {name}").click()
    await expect(page.get_by_role("radio", name=f"Act as {name}", checked=True)).to_be_visible()


async def _draft(page: Page) -> None:
    await open_place(page, DRAFTS)
    await write(page, REQUEST)


async def _copy(page: Page) -> None:
    draft = await _a_draft(page)
    await draft.get_by_role("button", name="Copy text").click()
    await expect(page.locator(".pane .message.ephemeral").last).to_be_visible()


async def _rewrite_form(page: Page) -> None:
    draft = await _a_draft(page)
    await draft.get_by_role("button", name="Rewrite").click()
    form = await show_form(page)
    await form.get_by_role("textbox").fill("Shorter, and open with a question.")


async def _rewritten(page: Page) -> None:
    if not await page.get_by_role("dialog").count():
        await _rewrite_form(page)
    await page.get_by_role("dialog").get_by_role("button", name="Write it").click()
    summary = page.locator(".pane .thread-summary").last
    await summary.click(timeout=WRITING_MILLISECONDS)
    thread = page.locator(".thread")
    await expect(thread.get_by_role("button", name=RATE)).to_have_count(2, timeout=WRITING_MILLISECONDS)


async def _edit_form(page: Page) -> None:
    draft = await _a_draft(page)
    await pick(page, draft, "Edit")
    await show_form(page)


async def _discard_form(page: Page) -> None:
    draft = await _a_draft(page)
    await pick(page, draft, "Discard")
    await show_form(page)


async def _score_form(page: Page) -> None:
    draft = await _a_draft(page)
    await draft.get_by_role("button", name=RATE).click()
    await show_form(page)


async def _pair(page: Page) -> None:
    await open_place(page, DRAFTS)
    await write(page, "/draft pair marketing a bicycle repair subscription", vote="Left (A) is better")


async def _draft_form(page: Page) -> None:
    await open_place(page, DRAFTS)
    await send(page, "/draft")
    await show_form(page)


async def _mine(page: Page) -> None:
    await open_place(page, DRAFTS)
    await send(page, "/draft mine")
    await expect(page.locator(".pane .message.ephemeral").last).to_contain_text("planning")


async def _a_draft(page: Page) -> Locator:
    """The last draft that stands alone; asks for one where there is none."""
    await open_place(page, DRAFTS)
    rate = page.locator(".pane").get_by_role("button", name=RATE, exact=True)
    if not await rate.count():
        await write(page, REQUEST)
    return page.locator(".pane .message").filter(has=page.get_by_role("button", name=RATE, exact=True)).last


SCENES: Final = (
    Scene(
        "draft",
        "A draft",
        "Under a neutral label: who wrote it stays hidden, so that ratings are fair.",
        _draft,
    ),
    Scene(
        "score-form",
        "A rating",
        "A score, what stood out, and the text as you would have written it.",
        _score_form,
    ),
    Scene(
        "copy",
        "The plain text",
        "What LinkedIn takes, counted against its limit, for you alone.",
        _copy,
    ),
    Scene(
        "rewrite-form",
        "Another version",
        "In your own words. The instruction is kept, and the new text is a draft of its own.",
        _rewrite_form,
    ),
    Scene(
        "rewritten",
        "The new version",
        "It stands below the first, under its own label, and is rated by itself.",
        _rewritten,
    ),
    Scene("edit-form", "Your own words", "What you save stands there as the final text.", _edit_form),
    Scene("discard-form", "Throwing away", "Said before it happens, and said afterwards.", _discard_form),
    Scene("pair", "Two versions", "One message, sides drawn by chance, one click to vote.", _pair),
    Scene(
        "draft-form",
        "The form",
        "`/draft` alone opens it: topic, language, tone, audience, facts to use.",
        _draft_form,
    ),
    Scene("mine", "Your drafts", "`/draft mine` finds them again, with a link to each.", _mine),
)
