"""One page and several people, several windows and one person: nobody speaks with another's voice."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Locator, Page, expect

from bot.playground.server import run_playground
from bot.playground.testing import LocalSlack

from ..playground_app import playground_config, web_client

SWITCH_AND_SEND = """text => {
  const box = document.querySelector(".pane .composer-field");
  box.value = text;
  document.querySelector('[data-person="U0BEN"]').click();
  box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
}"""
THERE_AND_BACK = """() => {
  for (const person of ["U0BEN", "U0ADA"]) document.querySelector(`[data-person="${person}"]`).click();
}"""


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    async with run_playground(playground_config()) as playground:
        yield LocalSlack(playground)


@pytest.fixture
async def page(slack: LocalSlack, browser_page: Page) -> Page:
    """The page open on #general, as Ada."""
    await browser_page.goto(slack.playground.page_url)
    await expect(composer(browser_page)).to_be_visible()
    return browser_page


def composer(page: Page) -> Locator:
    return page.locator(".pane .composer-field")


def acting(page: Page, name: str) -> Locator:
    return page.get_by_role("radio", name=f"Act as {name}", checked=True)


async def authors(slack: LocalSlack) -> dict[str, str]:
    return {message.text: message.user for message in slack.as_user("U0CLEO").messages("general")}


async def test_what_is_sent_while_switching_is_said_by_whom_the_page_showed(
    page: Page, slack: LocalSlack
) -> None:
    await page.evaluate(SWITCH_AND_SEND, "still mine")
    await expect(acting(page, "Ben")).to_be_visible()
    await expect(page.locator(".message", has_text="still mine")).to_be_visible()
    assert await authors(slack) == {"still mine": "U0ADA"}


async def test_typing_at_once_after_a_switch_is_never_said_by_the_one_before(
    page: Page, slack: LocalSlack
) -> None:
    for name, user in (("Ben", "U0BEN"), ("Cleo", "U0CLEO"), ("Ada", "U0ADA")):
        await page.get_by_role("radio", name=f"Act as {name}").click()
        await composer(page).press_sequentially(f"I am {name}")
        await composer(page).press("Enter")
        await expect(acting(page, name)).to_be_visible()
        assert set((await authors(slack)).values()) <= {"U0ADA", "U0BEN", "U0CLEO"}
        said = {text: by for text, by in (await authors(slack)).items() if text.endswith(name)}
        assert set(said.values()) <= {user}


async def test_there_and_back_in_one_moment_ends_where_it_began(page: Page, slack: LocalSlack) -> None:
    await page.evaluate(THERE_AND_BACK)
    await expect(acting(page, "Ada")).to_be_visible()
    await composer(page).fill("me again")
    await composer(page).press("Enter")
    await expect(page.locator(".message", has_text="me again")).to_be_visible()
    assert await authors(slack) == {"me again": "U0ADA"}


async def test_two_windows_are_two_people_and_stay_so_over_a_reload(page: Page, slack: LocalSlack) -> None:
    second = await page.context.new_page()
    await second.goto(slack.playground.page_url)
    await second.get_by_role("radio", name="Act as Ben").click()
    await expect(acting(second, "Ben")).to_be_visible()
    await page.reload()
    await second.reload()
    await expect(acting(page, "Ada")).to_be_visible()
    await expect(acting(second, "Ben")).to_be_visible()

    await composer(second).fill("from the other window")
    await composer(second).press("Enter")
    await expect(page.locator(".message", has_text="from the other window")).to_be_visible()


async def test_a_private_line_in_a_thread_is_no_reply(page: Page, slack: LocalSlack) -> None:
    client = web_client(slack.playground)
    first = await client.chat_postMessage(channel="C0GENERAL", text="first")
    said = {"channel": "C0GENERAL", "user": "U0ADA", "thread_ts": first["ts"]}
    await client.chat_postEphemeral(**said, text="lost: there is no thread yet")
    await client.chat_postMessage(channel="C0GENERAL", text="a reply", thread_ts=first["ts"])
    await client.chat_postEphemeral(**said, text="for Ada alone")

    summary = page.locator(".thread-summary")
    await expect(summary).to_contain_text("1 reply")
    await summary.click()
    thread = page.locator(".thread")
    await expect(thread).to_contain_text("for Ada alone")
    await expect(thread.locator(".replies-divider")).to_have_text("1 reply")
    await expect(thread).not_to_contain_text("lost")


async def test_the_back_button_walks_through_what_was_looked_at(page: Page, slack: LocalSlack) -> None:
    ben = slack.as_user("U0BEN")
    await ben.post("a question", channel="drafts")
    await ben.post("an answer", channel="drafts", thread=ben.messages("drafts")[0])
    await page.get_by_role("button", name="Channel drafts").click()
    await page.locator(".thread-summary").click()
    await expect(page.locator(".thread")).to_contain_text("an answer")

    await page.go_back()
    await expect(page.locator(".thread")).to_have_count(0)
    await expect(page.get_by_role("main", name="#drafts")).to_be_visible()
    await page.go_back()
    await expect(page.get_by_role("main", name="#general")).to_be_visible()
    await page.go_forward()
    await expect(page.get_by_role("main", name="#drafts")).to_be_visible()
