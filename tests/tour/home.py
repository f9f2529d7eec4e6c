"""Scenes of the App Home, of its forms, and of the direct message with drafts to rate."""

from typing import Final

from playwright.async_api import Locator, Page, expect

from tests.tour.scene import Scene, open_place, pick, show_form

APP: Final = "App Copydesk"
DIRECT: Final = "Direct message with Copydesk"
WAITING: Final = "waiting for your rating"
ROUND_MILLISECONDS: Final = 70_000
"""Once a minute Copydesk looks whose hour it is."""
PUBLISHING_MILLISECONDS: Final = 1_500
"""Whoever opens the Home sees the last one until the app has published a new one."""


async def _today(page: Page) -> None:
    await _open_page(page, "Today", WAITING)


async def _audit_form(page: Page) -> None:
    await _open_page(page, "Today", WAITING)
    await _main(page).get_by_role("button", name="Rate", exact=True).first.click()
    await show_form(page)


async def _preferences(page: Page) -> None:
    await _open_page(page, "Today", WAITING)
    await _main(page).get_by_role("button", name="When to ask me").click()
    await show_form(page)


async def _message(page: Page) -> None:
    await open_place(page, DIRECT)
    await expect(page.locator(".pane .message").last).to_contain_text(WAITING, timeout=ROUND_MILLISECONDS)


async def _models(page: Page) -> None:
    await _open_page(page, "Models", "Who writes")


async def _settings(page: Page) -> None:
    await _open_page(page, "Settings", "Kinds of text")


async def _reveal_form(page: Page) -> None:
    await _settings(page)
    await _main(page).get_by_role("button", name="Change", exact=True).nth(0).click()
    await show_form(page)


async def _report_form(page: Page) -> None:
    await _settings(page)
    await _main(page).get_by_role("button", name="Change", exact=True).nth(1).click()
    await show_form(page)


async def _kind_form(page: Page) -> None:
    await _settings(page)
    await pick(page, _main(page), "Change the kind")
    await show_form(page)


async def _route_form(page: Page) -> None:
    await _settings(page)
    await pick(page, _main(page), "Change who writes it")
    await show_form(page)


async def _open_page(page: Page, name: str, expected: str) -> None:
    await open_place(page, APP)
    await page.wait_for_timeout(PUBLISHING_MILLISECONDS)
    await _main(page).get_by_role("button", name=name, exact=True).click()
    await expect(_main(page)).to_contain_text(expected)


def _main(page: Page) -> Locator:
    return page.get_by_role("main")


SCENES: Final = (
    Scene("home", "App Home", "What waits for you, what you asked for, and how you rate.", _today),
    Scene(
        "audit-form",
        "A draft that chance picked",
        "The whole text under its neutral label; nobody's opinion is shown.",
        _audit_form,
    ),
    Scene("audit-settings", "When to ask me", "In the Home, by message at your hour, or not.", _preferences),
    Scene("audit-message", "The direct message", "Only for those who asked for it.", _message),
    Scene(
        "home-models",
        "App Home: the models",
        "The ranking with intervals, what cannot be told yet, and who writes what.",
        _models,
    ),
    Scene(
        "home-settings",
        "App Home: the settings",
        "Kinds, routes, the report's hour and who may learn names, for editors.",
        _settings,
    ),
    Scene("reveal-form", "Who may learn names", "The less people know while they rate…", _reveal_form),
    Scene("report-form", "When the report comes", "Day, hour, time zone, and what is enough.", _report_form),
    Scene("kind-form", "A kind of text", "What it is called and asked for, how long it may be.", _kind_form),
    Scene(
        "route-form", "Who writes it", "The models of a kind, and how many requests are pairs.", _route_form
    ),
)
