"""What the tour shows: each scene leads the page somewhere; the camera does the rest."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from playwright.async_api import Locator, Page, expect

WRITING_MILLISECONDS: Final = 60_000
REPORT_MILLISECONDS: Final = 180_000
DRAFTS: Final = "Channel drafts"
REPORTS: Final = "Channel copydesk-reports"


@dataclass(frozen=True)
class Scene:
    """A picture: `name` is its file, `title` and `caption` what docs/tour.md says of it."""

    name: str
    title: str
    caption: str
    lead: Callable[[Page], Awaitable[None]]


async def _draft(page: Page) -> None:
    await _open(page, DRAFTS)
    await _write(page, "/draft linkedin what new parents teach about planning")


async def _pair(page: Page) -> None:
    await _open(page, DRAFTS)
    await _write(page, "/draft pair marketing a bicycle repair subscription", vote="Left (A) is better")


async def _draft_form(page: Page) -> None:
    await _open(page, DRAFTS)
    await _send(page, "/draft")
    await expect(page.get_by_role("dialog")).to_be_visible()


async def _score_form(page: Page) -> None:
    await _open(page, DRAFTS)
    await page.get_by_role("button", name="Rate 1–10").last.click()
    await expect(page.get_by_role("dialog")).to_be_visible()


async def _lists(page: Page) -> None:
    await _open(page, DRAFTS)
    await _send(page, "/draft mine")
    await page.wait_for_timeout(1500)


async def _home(page: Page) -> None:
    await page.get_by_role("button", name="App Copydesk").click()
    await page.wait_for_timeout(3000)


async def _home_models(page: Page) -> None:
    await page.get_by_role("main").get_by_role("button", name="Models").click()
    await page.wait_for_timeout(3000)


async def _home_settings(page: Page) -> None:
    await page.get_by_role("main").get_by_role("button", name="Settings").click()
    await page.wait_for_timeout(3000)


async def _thread(page: Page) -> None:
    await _open(page, REPORTS)
    await (
        page.locator(".pane .message")
        .filter(has_text="Model ranking")
        .last.locator(".thread-summary")
        .click()
    )
    await page.wait_for_timeout(1500)


async def _report(page: Page) -> None:
    await _open(page, REPORTS)
    ranking = page.locator(".pane .message").filter(has_text="Model ranking").last
    await expect(ranking.locator(".thread-summary")).to_be_visible(timeout=WRITING_MILLISECONDS)


async def _inspector(page: Page) -> None:
    await _open(page, DRAFTS)
    await page.get_by_role("button", name="Inspector", exact=True).click()
    await page.locator(".exchange").last.get_by_role("button").first.click()


async def _faults(page: Page) -> None:
    await page.get_by_role("tab", name="Faults").or_(page.get_by_role("button", name="Faults")).first.click()


SCENES: Final = (
    Scene(
        "draft",
        "A draft",
        "Under a neutral label: who wrote it stays hidden, so that ratings are fair.",
        _draft,
    ),
    Scene("pair", "Two versions", "One message, sides drawn by chance, one click to vote.", _pair),
    Scene(
        "draft-form",
        "The form",
        "`/draft` alone opens it: topic, language, tone, audience, facts to use.",
        _draft_form,
    ),
    Scene(
        "score-form",
        "A rating",
        "A score, what stood out, and the text as you would have written it.",
        _score_form,
    ),
    Scene("mine", "Your drafts", "`/draft mine` finds them again, with a link to each.", _lists),
    Scene("home", "App Home", "What waits for you, what ratings say so far, and the settings.", _home),
    Scene(
        "home-models",
        "App Home: the models",
        "The ranking with intervals, what cannot be told yet, and who writes what.",
        _home_models,
    ),
    Scene(
        "home-settings",
        "App Home: the settings",
        "Kinds, routes, the report's hour and who may learn names, for editors.",
        _home_settings,
    ),
    Scene(
        "report",
        "The weekly report",
        "The finding in words, the ranking, a picture, and a thread with the rest.",
        _report,
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
    ),
    Scene("faults", "Faults", "Slack as it is on a bad day, on purpose.", _faults),
)


async def _open(page: Page, name: str) -> None:
    await close_dialogs(page)
    await page.get_by_role("button", name=name).first.click()


async def close_dialogs(page: Page) -> None:
    while await page.get_by_role("dialog").count():
        await page.keyboard.press("Escape")
        await page.wait_for_timeout(200)


async def _send(page: Page, text: str) -> None:
    composer = page.locator(".pane .composer-field")
    await composer.fill(f"{text} ")  # the space ends the list of commands, which would take Enter
    await composer.press("Enter")


async def _write(page: Page, command: str, vote: str = "Rate 1–10") -> Locator:
    """Asks, and waits until what came can be rated or voted on."""
    buttons = page.get_by_role("button", name=vote)
    before = await buttons.count()
    await _send(page, command)
    await expect(buttons).to_have_count(before + 1, timeout=WRITING_MILLISECONDS)
    return buttons.last
