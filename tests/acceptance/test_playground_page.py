"""The playground's page in a real browser, with a small bolt app behind it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from bot.playground.entities import Json
from bot.playground.server import STATIC, run_playground
from bot.playground.testing import LocalSlack

from ..playground_app import connected, playground_config, web_client
from .small_app import HOSTILE, Heard, build_app

ACK_TIMEOUT_SECONDS = 1.5


@pytest.fixture
def heard() -> Heard:
    """What the app heard of, oldest first."""
    return asyncio.Queue()


@pytest.fixture
async def slack(heard: Heard) -> AsyncIterator[LocalSlack]:
    config = playground_config(ack_timeout_seconds=ACK_TIMEOUT_SECONDS)
    async with (
        run_playground(config) as playground,
        connected(playground, build_app(playground, heard)) as local,
    ):
        yield local


@pytest.fixture
async def page(slack: LocalSlack, browser_page: Page) -> Page:
    """The page open on #general, as Ada."""
    await browser_page.goto(slack.playground.page_url)
    await expect(composer(browser_page)).to_be_visible()
    return browser_page


def composer(page: Page) -> Locator:
    return page.locator(".pane .composer-field")


def last_message(page: Page) -> Locator:
    return page.locator(".pane .message").last


def draft_in(page: Page) -> Locator:
    return page.locator(".pane .message", has_text="Blue-green deployments")


async def send(page: Page, text: str) -> None:
    await composer(page).fill(text)
    await composer(page).press("Escape")
    await composer(page).press("Enter")


async def act_as(page: Page, name: str) -> None:
    await page.get_by_role("radio", name=f"Act as {name}").click()
    await expect(page.get_by_role("radio", name=f"Act as {name}", checked=True)).to_be_visible()


async def next_of(heard: Heard, count: int) -> list[Json]:
    """The next `count` things the app heard of."""
    async with asyncio.timeout(10):
        return [await heard.get() for _ in range(count)]


async def test_a_command_completes_and_its_answer_is_rendered_from_blocks(
    page: Page, screenshots: Path
) -> None:
    await composer(page).press_sequentially("/d")
    suggestion = page.get_by_role("option", name="/draft")
    await expect(suggestion).to_contain_text("linkedin <topic>")
    await page.screenshot(path=screenshots / "page-command.png")
    await composer(page).press("Tab")
    await expect(composer(page)).to_have_value("/draft ")

    await composer(page).press_sequentially("linkedin blue-green")
    await composer(page).press("Enter")

    draft = draft_in(page)
    await expect(draft.get_by_role("heading", name="Blue-green deployments")).to_be_visible()
    await expect(draft.locator(".app-badge")).to_have_text("APP")
    await expect(draft.locator(".section-text strong")).to_have_text("switch")
    await expect(draft.locator(".section-text")).to_contain_text("🚀 1 < 2 & 3")
    await expect(draft.locator(".mention-me")).to_have_text("@Ada")
    await expect(composer(page)).to_have_value("")
    await composer(page).press("ArrowUp")
    await expect(composer(page)).to_have_value("/draft linkedin blue-green")


async def test_a_reaction_goes_through_the_picker_and_can_be_taken_back(
    page: Page, slack: LocalSlack, heard: Heard, screenshots: Path
) -> None:
    await send(page, "/draft linkedin x")
    draft = draft_in(page)
    await draft.hover()
    await draft.get_by_role("button", name="Add reaction…").click()
    await page.get_by_label("Search all emoji").fill("keycap ten")
    await page.screenshot(path=screenshots / "page-emoji-picker.png")
    await page.get_by_label("Search all emoji").press("Enter")

    mine = draft.locator("[data-reaction=keycap_ten]")
    await expect(mine).to_have_attribute("aria-pressed", "true")
    ben = slack.as_user("U0BEN")
    message = await ben.wait_for_message("general", lambda each: bool(each.reactions))
    await ben.react(message, "keycap_ten")
    await expect(mine).to_have_text("🔟2")
    await mine.hover()
    await expect(page.get_by_role("tooltip")).to_contain_text("You and Ben reacted with :keycap_ten:")

    await mine.click()
    await expect(mine).to_have_attribute("aria-pressed", "false")
    await expect(mine).to_have_text("🔟1")
    assert [event["event"] for event in await next_of(heard, 3)] == [
        "reaction_added",
        "reaction_added",
        "reaction_removed",
    ]


async def test_a_modal_shows_an_error_beside_its_field_and_then_submits(
    page: Page, slack: LocalSlack, heard: Heard, screenshots: Path
) -> None:
    await send(page, "/draft linkedin x")
    await draft_in(page).get_by_role("button", name="Rate 1–10").click()
    form = page.get_by_role("dialog", name="A form")
    await form.get_by_role("button", name="Send").click()
    score = form.locator("[data-block-id=score]")
    await expect(score).to_contain_text("Please complete this required field.")

    await score.get_by_role("button").click()
    await page.get_by_role("option", name="8").click()
    await form.get_by_label("Clear").check()
    correction = form.get_by_role("textbox", name="Why? (optional)")
    await correction.fill("no\nway")
    await form.get_by_role("button", name="Send").click()
    await expect(form.locator("[data-block-id=correction]")).to_contain_text("Please say it in full.")
    await expect(score.locator(".input-error")).to_be_empty()
    await expect(correction).to_be_focused()
    await page.screenshot(path=screenshots / "page-modal.png")

    await correction.fill("In full,\nthen.")
    await form.get_by_role("button", name="Send").click()
    await expect(form).to_have_count(0)
    [submitted] = await next_of(heard, 1)
    assert submitted["values"]["score"]["value"]["selected_option"]["value"] == "8"
    assert [each["value"] for each in submitted["values"]["reasons"]["value"]["selected_options"]] == [
        "clear"
    ]
    assert submitted["values"]["correction"]["value"]["value"] == "In full,\nthen."


async def test_escape_leaves_a_picker_first_and_then_the_modal(page: Page, slack: LocalSlack) -> None:
    await send(page, "/draft linkedin x")
    await draft_in(page).get_by_role("button", name="Rate 1–10").click()
    form = page.get_by_role("dialog", name="A form")
    await form.locator(".select").press("ArrowDown")
    await expect(page.get_by_role("listbox")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("listbox")).to_have_count(0)
    await expect(form).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(form).to_have_count(0)
    ada = slack.as_user("U0ADA")
    await ada.wait_for(lambda: ada.modal() is None)


async def test_buttons_ask_before_they_discard_and_thumbs_stay_pressed(
    page: Page, slack: LocalSlack, heard: Heard
) -> None:
    await send(page, "/draft linkedin x")
    draft = draft_in(page)
    thumb = draft.get_by_role("button", name="Good", exact=True)
    await thumb.click()
    await expect(thumb).to_have_attribute("aria-pressed", "true")
    await draft.get_by_role("button", name="Discard").click()
    await page.get_by_role("button", name="Keep").click()
    await draft.get_by_role("button", name="Discard").click()
    question = page.get_by_role("dialog", name="Discard this draft?")
    await question.get_by_role("button", name="Discard").click()

    assert [(each["action"], each["value"]) for each in await next_of(heard, 2)] == [
        ("thumb", "up"),
        ("discard", "d1"),
    ]


async def test_an_ephemeral_message_is_only_for_its_person(page: Page) -> None:
    await send(page, "/draft")
    hint = page.locator(".message.ephemeral", has_text="What about?")
    await expect(hint).to_contain_text("Only visible to you")
    await expect(hint.locator("code")).to_have_text("/draft linkedin tea")

    await act_as(page, "Ben")
    await expect(hint).to_have_count(0)
    await send(page, "Hello from Ben")
    await expect(last_message(page)).to_contain_text("Hello from Ben")
    await act_as(page, "Ada")
    await expect(hint).to_be_visible()
    await expect(last_message(page).locator(".message-name")).to_have_text("Ben")


async def test_place_person_and_draft_survive_a_reload(page: Page) -> None:
    await act_as(page, "Cleo")
    await page.get_by_role("button", name="Channel drafts").click()
    await composer(page).fill("half a thought\nand a half")
    await page.get_by_role("button", name="Dark theme").click()

    await page.reload()

    await expect(page.get_by_role("radio", name="Act as Cleo", checked=True)).to_be_visible()
    await expect(page.get_by_role("main", name="#drafts")).to_be_visible()
    await expect(composer(page)).to_have_value("half a thought\nand a half")
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")


async def test_the_keyboard_alone_is_enough(page: Page, slack: LocalSlack, screenshots: Path) -> None:
    press = page.keyboard.press
    await press("ControlOrMeta+k")
    await page.keyboard.type("drafts")
    await press("Enter")
    await expect(page.get_by_role("main", name="#drafts")).to_be_visible()
    await expect(composer(page)).to_be_focused()

    await page.keyboard.type("/dr")
    await press("Tab")
    await page.keyboard.type("linkedin x")
    await press("Enter")
    await expect(draft_in(page)).to_be_visible()

    for _ in range(12):
        await press("Shift+Tab")
        if await draft_in(page).evaluate("(row) => row === document.activeElement"):
            break
    await expect(draft_in(page)).to_be_focused()
    await press("r")
    await page.keyboard.type("tada")
    await press("Enter")
    await expect(draft_in(page).locator("[data-reaction=tada]")).to_have_attribute("aria-pressed", "true")

    await draft_in(page).focus()
    await press("t")
    await expect(page.locator(".thread .composer-field")).to_be_focused()
    await page.keyboard.type("Well done")
    await press("Enter")
    await expect(page.locator(".thread .message").last).to_contain_text("Well done")
    await page.screenshot(path=screenshots / "page-thread.png")
    await press("Escape")
    await expect(page.locator(".thread")).to_have_count(0)
    await expect(composer(page)).to_be_focused()
    await expect(draft_in(page).locator(".thread-summary")).to_contain_text("1 reply")
    await press("Alt+ArrowUp")
    await expect(page.get_by_role("main", name="#general")).to_be_visible()


async def test_what_people_and_models_write_never_becomes_markup(page: Page, slack: LocalSlack) -> None:
    await slack.as_user("U0BEN").post(HOSTILE, channel="general")
    await send(page, "/draft hostile")
    await expect(last_message(page).locator(".block-markdown")).to_be_visible()

    messages = page.locator(".pane .messages")
    await expect(messages.locator("img")).to_have_count(0)
    await expect(messages.locator("a")).to_have_count(0)
    await expect(messages.locator(".block-section")).to_have_text(HOSTILE)
    await expect(messages.locator(".message").first.locator(".mention")).to_have_count(0)
    await expect(page).to_have_title("general – Local workspace")


async def test_nothing_comes_from_elsewhere(slack: LocalSlack, browser_page: Page) -> None:
    asked: list[str] = []
    browser_page.on("request", lambda request: asked.append(request.url))
    await browser_page.goto(slack.playground.page_url)
    await expect(composer(browser_page)).to_be_visible()
    assert len(asked) > 20
    assert [url for url in asked if not url.startswith(slack.playground.page_url)] == []


def test_no_script_parses_html() -> None:
    scripts = list(STATIC.glob("*.js"))
    assert scripts
    sinks = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "DOMParser")
    found = [(script.name, sink) for script in scripts for sink in sinks if sink in script.read_text("utf-8")]
    assert found == []


async def test_a_command_without_an_answer_says_so_once(page: Page) -> None:
    await send(page, "/draft silence")
    told = page.locator(".message.ephemeral", has_text="operation_timeout")
    await expect(told).to_contain_text("Slackbot")
    await expect(composer(page)).to_have_value("")
    await send(page, "/write x")
    await expect(last_message(page)).to_contain_text("/write is not a command here; there is /draft.")
    await expect(told).to_have_count(1)


async def test_an_update_changes_only_what_changed(page: Page, slack: LocalSlack) -> None:
    await send(page, "/draft linkedin x")
    draft = draft_in(page)
    rate = draft.get_by_role("button", name="Rate 1–10")
    await rate.focus()
    message = await slack.as_user("U0ADA").wait_for_message("general", lambda each: each.blocks is not None)
    closing = {"type": "context", "elements": [{"type": "mrkdwn", "text": "Rated by 3"}]}
    await web_client(slack.playground).chat_update(
        channel=message.channel, ts=message.ts, text=message.text, blocks=[*(message.blocks or []), closing]
    )

    await expect(draft).to_contain_text("Rated by 3")
    await expect(draft).to_contain_text("(edited)")
    await expect(rate).to_be_focused()

    await slack.as_user("U0BEN").react(message, "+1")
    thumb = draft.locator("[data-reaction='+1']")
    await thumb.press("Enter")
    await expect(thumb).to_have_text("👍2")
    await expect(thumb).to_be_focused()


async def test_a_report_shows_its_table_and_its_picture_can_be_enlarged(
    page: Page, screenshots: Path
) -> None:
    await page.get_by_role("button", name="Channel copydesk-reports").click()
    await send(page, "/draft report")
    report = page.locator(".message", has=page.locator(".table"))
    await expect(report.get_by_role("columnheader")).to_have_text(["Model", "Mean"])
    await expect(report.get_by_role("cell", name="7.4")).to_have_css("text-align", "right")
    await expect(report.get_by_role("heading", name="Week 47")).to_be_visible()
    await expect(report.locator("ol li ul li")).to_have_text("by a little")
    await expect(report.locator("blockquote")).to_have_text("not a verdict")

    picture = page.get_by_role("img", name="rich leads")
    await expect(picture).to_have_js_property("naturalWidth", 1)
    await page.get_by_role("button", name="Enlarge picture: rich leads").click()
    large = page.get_by_role("dialog", name="Ranking")
    await expect(large).to_contain_text("rich leads")
    await page.keyboard.press("Escape")
    await expect(large).to_have_count(0)


async def test_a_reader_who_scrolled_up_stays_there(page: Page, slack: LocalSlack) -> None:
    ben = slack.as_user("U0BEN")
    for number in range(40):
        await ben.post(f"Line {number}", channel="general")
    last = page.locator(".message", has_text="Line 39")
    await expect(last).to_be_in_viewport()
    await page.locator(".pane .message").first.hover()
    await page.mouse.wheel(0, -4000)
    await expect(last).not_to_be_in_viewport()

    await ben.post("While you were reading", channel="general")
    news = page.locator(".message", has_text="While you were reading")
    await expect(news).to_have_count(1)
    await expect(news).not_to_be_in_viewport()
    await page.get_by_role("button", name="New messages").click()
    await expect(news).to_be_in_viewport()


async def test_unread_channels_are_marked_until_they_are_read(page: Page, slack: LocalSlack) -> None:
    await slack.as_user("U0BEN").post("News", channel="drafts")
    channel = page.get_by_role("button", name="Channel drafts")
    await expect(channel).to_have_accessible_name("Channel drafts, 1 unread")
    await channel.click()
    await expect(page.locator(".unread-divider")).to_be_visible()
    await expect(channel).to_have_accessible_name("Channel drafts")
    await page.get_by_role("button", name="Channel general").click()
    await expect(channel).to_have_accessible_name("Channel drafts")


async def test_an_apps_home_is_shown_for_each_person(page: Page, screenshots: Path) -> None:
    await page.get_by_role("button", name="App Copydesk").click()
    await expect(page.get_by_role("main", name="Copydesk home")).to_contain_text("Your drafts: 3")
    await page.screenshot(path=screenshots / "page-home.png")
    await page.get_by_role("button", name="Messages", exact=True).click()
    await expect(page.get_by_role("textbox", name="Message Copydesk")).to_be_visible()


async def test_a_lost_connection_is_said_and_heals_by_itself(
    browser_page: Page, page_errors: list[str]
) -> None:
    async with run_playground(playground_config()) as first:
        await browser_page.goto(first.page_url)
        banner = browser_page.locator(".banner")
        await expect(banner).to_contain_text("Copydesk isn't connected yet")
        await composer(browser_page).fill("kept")
    await expect(banner).to_contain_text("The connection to the playground is lost.")
    async with run_playground(playground_config(port=first.port)) as second:
        await expect(banner).to_contain_text("Copydesk isn't connected yet")
        await LocalSlack(second).as_user("U0BEN").post("Back again", channel="general")
        await expect(last_message(browser_page)).to_contain_text("Back again")
        await expect(composer(browser_page)).to_have_value("kept")
    page_errors.clear()


async def test_who_does_not_want_to_wait_has_a_lost_connection_tried_at_once(
    browser_page: Page, page_errors: list[str]
) -> None:
    await browser_page.clock.install()
    async with run_playground(playground_config()) as playground:
        await browser_page.goto(playground.page_url)
        await expect(composer(browser_page)).to_be_visible()
    button = browser_page.get_by_role("button", name="Try now")
    await expect(button).to_be_visible()
    await browser_page.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))  # so it tries no more by itself
    async with browser_page.expect_websocket():
        await button.click()
    page_errors.clear()


async def test_a_narrow_screen_has_a_list_of_places_and_a_whole_screen_thread(
    page: Page, screenshots: Path
) -> None:
    await send(page, "/draft linkedin x")
    await page.set_viewport_size({"width": 390, "height": 844})
    sidebar = page.locator(".sidebar")
    await expect(sidebar).not_to_be_visible()
    await page.get_by_role("button", name="Back to channels").click()
    await expect(sidebar).to_be_in_viewport()
    await page.get_by_role("button", name="Channel general").click()
    await expect(sidebar).not_to_be_visible()

    await draft_in(page).hover()
    await draft_in(page).get_by_role("button", name="Reply in thread").click()
    await expect(page.locator(".thread")).to_have_css("width", "390px")
    await page.screenshot(path=screenshots / "page-narrow.png")
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
