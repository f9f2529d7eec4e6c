"""The report's page in a real browser, at a desk and on a phone, light and dark."""

from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Page

from evaluation.figures.all import draw_all
from evaluation.figures.style import DARK, LIGHT
from evaluation.pages.html import write_html
from tests.golden_figures import stored_report

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    report = stored_report()
    path: Path = tmp_path_factory.mktemp("page") / "week.html"
    path.write_text(write_html(report, draw_all(report, LIGHT), draw_all(report, DARK)), encoding="utf-8")
    return path.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390, 360])
async def test_everything_fits_and_every_figure_is_shown(
    browser_page: Page, address: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    await browser_page.set_viewport_size({"width": width, "height": 800})
    await browser_page.emulate_media(color_scheme=scheme)
    await browser_page.goto(address)

    assert await browser_page.evaluate("document.documentElement.scrollWidth") == width
    pictures = browser_page.locator("figure img")
    assert await pictures.count() == 7
    for place in range(7):
        picture = pictures.nth(place)
        await picture.scroll_into_view_if_needed()
        assert await picture.evaluate("each => each.naturalWidth") == 1080
        shown = await picture.evaluate("each => each.currentSrc === each.src")
        assert shown == (scheme == "light")
