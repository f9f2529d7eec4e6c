"""What the page shows under messages: quotes of linked messages, attachments of apps."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from bot.playground.server import run_playground
from bot.playground.testing import LocalSlack

from ..playground_app import actions, button, playground_config, section, web_client


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    async with run_playground(playground_config()) as playground:
        yield LocalSlack(playground)


async def test_quotes_and_attachments_stand_under_their_message(
    slack: LocalSlack, browser_page: Page, screenshots: Path
) -> None:
    client = web_client(slack.playground)
    draft = await client.chat_postMessage(
        channel="C0DRAFTS",
        text="A draft",
        blocks=[section("*Draft K7Q2*\nBread is best fresh."), actions(button("rate", text="Rate"))],
    )
    link = (await client.chat_getPermalink(channel="C0DRAFTS", message_ts=draft["ts"]))["permalink"]
    ada = slack.as_user("U0ADA")
    await ada.post("@Ben, in #drafts: what about `R&D`? 👍")
    await ada.post(f"I like this one: {link}")
    await client.chat_postMessage(
        channel="C0GENERAL",
        text="The build",
        attachments=[
            {
                "color": "good",
                "title": "Build 17 passed",
                "title_link": "https://ci.example/17",
                "text": "All *412* tests in 95 s",
                "fields": [
                    {"title": "Branch", "value": "main", "short": True},
                    {"title": "Took", "value": "95 s", "short": True},
                ],
                "footer": "The build server",
            }
        ],
    )
    root = await client.chat_postMessage(channel="C0GENERAL", text="Which one?")
    await client.chat_postMessage(
        channel="C0GENERAL", text="The first", thread_ts=root["ts"], reply_broadcast=True
    )
    await browser_page.goto(slack.playground.page_url)
    quote = browser_page.locator(".pane .message", has_text="I like this one").locator(".unfurl")
    await expect(quote.locator("strong")).to_have_text("Draft K7Q2")
    await expect(quote).to_contain_text("Posted in #drafts")
    await expect(quote.get_by_role("button")).to_have_count(0)
    build = browser_page.locator(".pane .message", has_text="Build 17 passed").locator(".unfurl")
    await expect(build.get_by_role("link", name="Build 17 passed")).to_have_attribute(
        "href", "https://ci.example/17"
    )
    await expect(build).to_contain_text("Branch")
    typed = browser_page.locator(".pane .message", has_text="what about")
    await expect(typed).to_contain_text("@Ben, in #drafts: what about R&D? 👍")
    reply = browser_page.locator(".pane .message", has_text="The first")
    await expect(reply).to_contain_text("Replied to a thread")
    await browser_page.screenshot(path=screenshots / "page-attachments.png")
