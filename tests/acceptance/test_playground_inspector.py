"""The inspector in a real browser: what was said, filters, copying, and faults switched on and off."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.testing import LocalSlack, Refused, slack

from ..playground_app import error_of

__all__ = ["slack"]

pytestmark = pytest.mark.browser


@pytest.fixture
async def inspector(slack: LocalSlack, browser_page: Page) -> AsyncIterator[Page]:
    """The page with its inspector open, and an app that answers /draft and then asks for too much."""
    app = AsyncApp(client=AsyncWebClient(token=slack.bot_token, base_url=slack.api_url))

    @app.command("/draft")
    async def draft(ack: Any, say: Any, client: Any) -> None:
        await ack()
        await say("A draft about tea")
        await error_of(client.api_call("pigeons.send"))

    handler = AsyncSocketModeHandler(app, slack.app_token)
    await handler.connect_async()
    await slack.connected()
    await browser_page.goto(slack.page_url)
    await browser_page.get_by_role("button", name="Inspector", exact=True).click()
    yield browser_page
    await handler.close_async()


async def test_exchanges_appear_as_they_happen_and_open_up(
    slack: LocalSlack, inspector: Page, screenshots: Path
) -> None:
    await slack.as_user("U0ADA").slash("/draft", "linkedin tea")
    exchanges = inspector.locator(".exchange")
    await expect(exchanges.filter(has_text="/draft")).to_contain_text("linkedin tea")
    refused = exchanges.filter(has_text="pigeons.send")
    await expect(refused).to_contain_text("unknown_method")
    await refused.get_by_role("button").first.click()
    await expect(refused.get_by_label("Answer")).to_contain_text('"ok": false')
    await expect(refused.get_by_role("button", name="Copy as curl")).to_be_visible()
    await inspector.screenshot(path=screenshots / "inspector.png")


async def test_filters_leave_what_is_looked_for(slack: LocalSlack, inspector: Page) -> None:
    await slack.as_user("U0ADA").slash("/draft", "linkedin tea")
    exchanges = inspector.locator(".exchange")
    await expect(exchanges.filter(has_text="pigeons.send")).to_have_count(1)
    await inspector.get_by_label("Failures only").check()
    await expect(exchanges).to_have_count(1)
    await inspector.get_by_label("Failures only").uncheck()
    await expect(exchanges).not_to_have_count(1)
    await inspector.get_by_label("Method or event").fill("chat.*")
    await expect(exchanges).to_have_count(1)
    await expect(exchanges).to_contain_text("A draft about tea")
    await inspector.get_by_label("Search in everything").fill("coffee")
    await expect(inspector.get_by_text("Nothing fits this filter.")).to_be_visible()


async def test_a_fault_is_switched_on_seen_and_ended(
    slack: LocalSlack, inspector: Page, screenshots: Path
) -> None:
    await inspector.get_by_role("button", name="Faults").click()
    card = inspector.locator(".fault", has_text="Refuse a method")
    await card.get_by_label("Method").fill("auth.test")
    await card.get_by_role("button", name="Start").click()
    await expect(card).to_contain_text("left")
    await expect(inspector.locator(".inspector-count")).to_have_text("1")
    await inspector.screenshot(path=screenshots / "faults.png")
    assert [active.fault.kind for active in slack.slack.faults.active()] == ["fail_method"]
    await card.get_by_role("button", name="End").click()
    await expect(card).not_to_contain_text("left")
    assert slack.slack.faults.active() == []


async def test_a_dropped_connection_says_to_how_many(slack: LocalSlack, inspector: Page) -> None:
    await inspector.get_by_role("button", name="Faults").click()
    card = inspector.locator(".fault", has_text="Drop the connection")
    await card.get_by_role("button", name="Drop").click()
    await expect(card).to_contain_text("Done to one socket")
    with pytest.raises(Refused, match="dispatch_failed"):
        await slack.as_user("U0ADA").slash("/draft")
