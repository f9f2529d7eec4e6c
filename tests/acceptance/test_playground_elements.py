"""Every kind of element and of the newer blocks on the playground's page, in a real browser."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import FilePayload, Locator, Page, expect

from bot.playground.entities import Json
from bot.playground.server import run_playground
from bot.playground.testing import LocalSlack

from ..playground_app import PNG, connected, playground_config, section, web_client
from .workshop_app import Heard, build_app, write_manifest


@pytest.fixture
def heard() -> Heard:
    """What the app heard of, oldest first."""
    return asyncio.Queue()


@pytest.fixture
async def slack(heard: Heard, tmp_path: Path) -> AsyncIterator[LocalSlack]:
    async with (
        run_playground(playground_config(manifest=write_manifest(tmp_path))) as playground,
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


def beside(page: Page, text: str) -> Locator:
    """What stands beside a section."""
    return page.locator(".block-section", has_text=text).locator(".section-accessory")


async def send(page: Page, text: str) -> None:
    await composer(page).fill(text)
    await composer(page).press("Escape")
    await composer(page).press("Enter")


async def next_of(heard: Heard) -> Json:
    async with asyncio.timeout(10):
        return await heard.get()


async def test_an_overflow_menu_offers_its_options(page: Page, heard: Heard) -> None:
    await send(page, "/draft elements")
    await beside(page, "Next").get_by_role("button", name="More options").click()
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("menuitem", name="Archive")).to_be_focused()
    await page.keyboard.press("Enter")
    assert (await next_of(heard))["selected_option"]["value"] == "archive"


async def test_a_date_is_picked_by_keyboard_over_the_end_of_the_month(page: Page, heard: Heard) -> None:
    await send(page, "/draft elements")
    picker = beside(page, "Due").get_by_role("button")
    await expect(picker).to_contain_text("March 31, 2026")
    await picker.press("Enter")
    await expect(page.get_by_role("gridcell", name="Tuesday, March 31, 2026")).to_be_focused()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("grid", name="April 2026")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(picker).to_contain_text("April 1, 2026")
    assert (await next_of(heard))["selected_date"] == "2026-04-01"


async def test_a_time_may_be_one_that_the_list_does_not_hold(page: Page, heard: Heard) -> None:
    await send(page, "/draft elements")
    picker = beside(page, "At").get_by_role("button")
    await picker.click()
    await page.keyboard.type("9:05 pm")
    await page.get_by_role("option", name="9:05 PM").click()
    await expect(picker).to_contain_text("9:05 PM")
    assert (await next_of(heard))["selected_time"] == "21:05"


async def test_a_declined_choice_goes_back_and_an_agreed_one_is_sent(page: Page, heard: Heard) -> None:
    await send(page, "/draft elements")
    kinds = beside(page, "Kind")
    await kinds.get_by_label("Email").check()
    await page.get_by_role("button", name="Keep").click()
    await expect(kinds.get_by_label("Post")).to_be_checked()
    await kinds.get_by_label("Email").check()
    await page.get_by_role("button", name="Change").click()
    assert (await next_of(heard))["selected_option"]["value"] == "email"


async def test_checkboxes_send_all_that_are_ticked(page: Page, heard: Heard) -> None:
    await send(page, "/draft elements")
    also = beside(page, "Also")
    await also.get_by_label("Emoji").check()
    await also.get_by_label("Hashtags").check()
    await next_of(heard)
    ticked = (await next_of(heard))["selected_options"]
    assert [each["value"] for each in ticked] == ["hashtags", "emoji"]


async def test_several_people_are_tags_that_can_be_taken_out(page: Page, heard: Heard) -> None:
    await send(page, "/draft elements")
    editors = beside(page, "Editors").get_by_role("button")
    await editors.click()
    await page.get_by_role("option", name="Ada").click()
    await page.get_by_role("option", name="Cleo").click()
    await page.keyboard.press("Escape")
    await expect(editors.locator(".tag")).to_have_text(["Ada", "Cleo"])
    await editors.locator(".tag-remove").first.click()
    await expect(editors.locator(".tag")).to_have_text(["Cleo"])
    sent = [(await next_of(heard))["selected_users"] for _ in range(3)]
    assert sent == [["U0ADA"], ["U0ADA", "U0CLEO"], ["U0CLEO"]]


async def test_an_external_select_asks_the_app_once_enough_is_typed(page: Page, heard: Heard) -> None:
    await send(page, "/draft elements")
    topic = beside(page, "Topic").get_by_role("button")
    await topic.click()
    await page.keyboard.type("b")
    await expect(page.get_by_text("Type 2 characters or more to search")).to_be_visible()
    await page.keyboard.type("lue")
    await expect(page.get_by_role("option")).to_have_text(["Blue-green deployments", "Blue ocean strategy"])
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(topic).to_contain_text("Blue ocean strategy")
    assert await next_of(heard) == {"asked": "blue"}
    assert (await next_of(heard))["selected_option"]["value"] == "blue ocean strategy"


async def test_a_form_keeps_every_kind_of_field_and_pushes_the_next_step(
    page: Page, heard: Heard, tmp_path: Path, screenshots: Path
) -> None:
    facts = tmp_path / "facts.csv"
    facts.write_text("a,b\n1,2\n", "utf-8")
    await send(page, "/draft form")
    await page.get_by_role("button", name="Open form").click()
    form = page.get_by_role("dialog", name="A form")
    await form.get_by_role("button", name="Send").click()
    await expect(form.locator(".has-error")).to_have_count(4)
    await page.screenshot(path=screenshots / "page-form-errors.png")

    await form.locator("[data-block-id=day] .picker").click()
    await page.get_by_role("gridcell", selected=False).nth(10).click()
    await expect(form.locator("[data-block-id=day]")).not_to_have_class(re.compile("has-error"))
    await form.locator("[data-block-id=tones] .select").click()
    for tone in ("Warm", "Dry", "Formal"):
        await page.get_by_role("option", name=tone).click()
    await page.keyboard.press("Escape")
    await form.get_by_role("textbox", name="House style").click()
    await page.keyboard.press("ControlOrMeta+b")
    await page.keyboard.type("Short")
    await page.keyboard.press("ControlOrMeta+b")
    await page.keyboard.type(" words")
    await form.locator("input[type=file]").set_input_files(facts)
    await expect(form.locator(".attached-files")).to_contain_text("facts.csv")
    await form.get_by_label("Reply to").fill("ada@example.com")
    await form.get_by_role("button", name="Send").click()

    second = page.get_by_role("dialog", name="Second step")
    await expect(second).to_contain_text("Step two")
    values = (await next_of(heard))["values"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", values["day"]["value"]["selected_date"])
    assert [each["value"] for each in values["tones"]["value"]["selected_options"]] == ["warm", "dry"]
    [written] = values["style"]["value"]["rich_text_value"]["elements"]
    assert written["elements"] == [
        {"type": "text", "text": "Short", "style": {"bold": True}},
        {"type": "text", "text": " words"},
    ]
    assert values["place"]["value"]["selected_conversation"] == "C0GENERAL"
    [attached] = values["facts"]["value"]["files"]
    assert (attached["name"], attached["size"]) == ("facts.csv", 8)
    await second.get_by_role("button", name="Back").click()
    await expect(page.get_by_role("dialog", name="A form").get_by_label("Reply to")).to_have_value(
        "ada@example.com"
    )
    await page.get_by_role("dialog", name="A form").get_by_role("button", name="Send").click()
    await second.get_by_role("button", name="Send").click()
    last = page.get_by_role("dialog", name="Thank you")
    await expect(last).to_contain_text("It is sent.")
    await expect(last.get_by_role("button", name="Back")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(last).to_have_count(0)
    await page.get_by_role("dialog", name="A form").get_by_role("heading", name="A form").click()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_shortcuts_are_offered_on_messages_and_beside_the_composer(
    page: Page, slack: LocalSlack, heard: Heard, screenshots: Path
) -> None:
    await slack.as_user("U0BEN").post("We ship on Monday", channel="general")
    await last_message(page).hover()
    await last_message(page).get_by_role("button", name="More actions").click()
    await page.screenshot(path=screenshots / "page-more-actions.png")
    await page.get_by_role("menuitem", name="Draft from this").click()
    assert await next_of(heard) == {"shortcut": "from_message", "on": "We ship on Monday"}

    await page.get_by_role("button", name="Commands and shortcuts").click()
    await page.get_by_role("menuitem", name="New draft").click()
    assert await next_of(heard) == {"shortcut": "new_draft", "on": None}

    await composer(page).press_sequentially("/new")
    await page.get_by_role("option", name="New draft").click()
    await expect(composer(page)).to_have_value("")
    assert (await next_of(heard))["shortcut"] == "new_draft"


async def test_a_data_table_sorts_by_number_filters_and_turns_pages(page: Page) -> None:
    await send(page, "/draft report")
    table = page.locator(".data-table")
    names = table.locator("tbody th")
    await expect(names).to_have_text(["Bloom", "OPT", "XGLM", "Pythia"])
    await table.get_by_role("button", name="Next page").click()
    await expect(names).to_have_text(["Starter", "C"])
    await expect(table.get_by_role("status")).to_have_text("5–6 of 6")
    await table.get_by_role("button", name="Mean").click()
    await table.get_by_role("button", name="Mean").click()
    mean = table.get_by_role("columnheader", name="Mean")
    await expect(mean).to_have_attribute("aria-sort", "descending")
    await table.get_by_role("button", name="Previous page").click()
    await expect(names).to_have_text(["OPT", "Starter", "Bloom", "Pythia"])
    await table.get_by_role("searchbox").fill("x")
    await expect(names).to_have_text(["XGLM"])
    await table.get_by_role("searchbox").fill("none")
    await expect(table.locator("tbody")).to_have_text("No row holds “none”.")


async def test_charts_cards_and_plans_are_drawn_and_told(page: Page, heard: Heard, screenshots: Path) -> None:
    await send(page, "/draft report")
    await expect(page.get_by_role("img", name="Bar chart: Mean scores. Mean")).to_be_visible()
    bars = page.locator(".chart-bar")
    await expect(bars).to_have_count(2)
    await bars.last.hover()
    await expect(page.get_by_role("tooltip")).to_have_text("Bloom: 7.1")
    await expect(page.locator(".chart table tbody tr").first).to_have_text("OPT6.4")
    plan = page.locator(".plan")
    await expect(plan).to_contain_text("1 of 2")
    await expect(plan.get_by_role("img", name="In progress")).to_be_visible()
    await page.screenshot(path=screenshots / "page-charts.png")
    await page.get_by_role("button", name="Use this").click()
    assert (await next_of(heard))["value"] == "a"
    folded = page.get_by_role("button", name="Use that")
    await expect(folded).not_to_be_visible()
    await page.get_by_text("The rest").click()
    await folded.click()
    assert (await next_of(heard))["value"] == "b"


async def test_emoji_are_typed_by_name_and_arrive_by_name(page: Page, slack: LocalSlack) -> None:
    await composer(page).press_sequentially("Well done :thumb")
    await expect(page.get_by_role("option").first).to_contain_text(":thumbsup:")
    await page.keyboard.press("Tab")
    await composer(page).press_sequentially(":tada: :) and `:tada:`")
    await expect(composer(page)).to_have_value("Well done 👍 🎉 🙂 and `:tada:`")
    await composer(page).press("Enter")
    ada = slack.as_user("U0ADA")
    message = await ada.wait_for_message("general", lambda each: "Well done" in each.text)
    assert message.text == "Well done :+1: :tada: :slightly_smiling_face: and `:tada:`"
    await expect(last_message(page).locator(".message-text")).to_contain_text("👍 🎉 🙂 and :tada:")


async def test_what_one_wrote_can_be_changed_in_its_place(page: Page, slack: LocalSlack) -> None:
    await send(page, "@Ben, we ship on *Monday* :tada:")
    await last_message(page).focus()
    await page.keyboard.press("e")
    editor = page.get_by_role("textbox", name="Edit message")
    await expect(editor).to_have_value("@Ben, we ship on *Monday* 🎉")
    await page.keyboard.press("Escape")
    await expect(last_message(page)).to_be_focused()
    await last_message(page).get_by_role("button", name="More actions").click()
    await page.get_by_role("menuitem", name="Edit message").click()
    await editor.fill("@Ben, we ship on *Tuesday*")
    await editor.press("Enter")
    await expect(editor).to_have_count(0)
    await expect(last_message(page).locator("strong")).to_have_text("Tuesday")
    await expect(last_message(page)).to_contain_text("(edited)")
    [message] = slack.as_user("U0ADA").messages("general")
    assert message.text == "<@U0BEN>, we ship on *Tuesday*"


async def test_a_person_posts_files_with_a_message(page: Page, slack: LocalSlack) -> None:
    picture = FilePayload(name="dot.png", mimeType="image/png", buffer=PNG)
    await page.locator(".pane .waiting-files input").set_input_files(picture)
    await expect(page.locator(".waiting-file")).to_have_text("dot.png")
    await composer(page).press("Enter")
    await expect(last_message(page).get_by_role("img", name="dot.png")).to_have_js_property("naturalWidth", 1)
    await expect(page.locator(".waiting-file")).to_have_count(0)
    ada = slack.as_user("U0ADA")
    message = await ada.wait_for_message("general", lambda each: bool(each.files))
    assert (message.user, message.text) == ("U0ADA", "")


async def test_a_csv_is_shown_as_a_table(page: Page) -> None:
    await send(page, "/draft csv")
    snippet = page.get_by_role("figure", name="week.csv")
    await expect(snippet.locator("th")).to_have_text(["model", "mean"])
    await expect(snippet.locator("tbody tr")).to_have_count(6)
    await expect(snippet.get_by_role("cell").first).to_have_text("Model, 1")
    await snippet.get_by_role("button", name="Show all 9 rows").click()
    await expect(snippet.locator("tbody tr")).to_have_count(9)


async def test_a_link_to_a_message_shows_that_message(page: Page, slack: LocalSlack) -> None:
    await slack.as_user("U0BEN").post("We ship *on Monday*", channel="general")
    said = await slack.as_user("U0ADA").wait_for_message("general", lambda each: "ship" in each.text)
    answer = await web_client(slack.playground).chat_getPermalink(channel=said.channel, message_ts=said.ts)
    await page.get_by_role("button", name="Channel drafts").click()
    await send(page, f"See {answer['permalink']}")
    unfurled = last_message(page).locator(".unfurl.quoted")
    await expect(unfurled).to_contain_text("Ben")
    await expect(unfurled.locator("strong")).to_have_text("on Monday")
    await unfurled.get_by_role("link", name="View message").click()
    await expect(page.get_by_role("main", name="#general")).to_be_visible()
    await expect(page.locator(".pane .message", has_text="We ship")).to_be_focused()


async def test_a_stream_grows_to_its_whole_text_and_its_cursor_goes(page: Page, slack: LocalSlack) -> None:
    ada = slack.as_user("U0ADA")
    await ada.post("Write", channel="general")
    asked = await ada.wait_for_message("general", lambda each: each.text == "Write")
    client = web_client(slack.playground)
    stream = await client.chat_startStream(
        channel=asked.channel,
        thread_ts=asked.ts,
        recipient_user_id="U0ADA",
        recipient_team_id="T0LOCAL",
        markdown_text="It grows ",
    )
    await page.locator(".thread-summary").click()
    row = page.locator(".thread .message").last
    await expect(row).to_have_class(re.compile("streaming"))
    await expect(row).to_have_attribute("aria-busy", "true")
    for _ in range(5):
        await client.chat_appendStream(channel=asked.channel, ts=stream["ts"], markdown_text="word by word ")
    await client.chat_stopStream(channel=asked.channel, ts=stream["ts"])
    await expect(row.locator(".block-markdown")).to_have_text("It grows " + "word by word " * 5)
    await expect(row).not_to_have_class(re.compile("streaming"))


async def test_a_narrow_screen_shows_one_thing_at_a_time(page: Page, screenshots: Path) -> None:
    await send(page, "/draft report")
    await expect(page.locator(".chart")).to_be_visible()
    await page.set_viewport_size({"width": 390, "height": 844})
    await expect(page.locator(".sidebar")).not_to_be_visible()
    await page.screenshot(path=screenshots / "page-narrow-report.png")
    await page.get_by_role("button", name="Back to channels").click()
    await expect(page.get_by_role("main", name="#general")).not_to_be_visible()
    await expect(page.locator(".sidebar")).to_have_css("width", "390px")
    await page.screenshot(path=screenshots / "page-narrow-list.png")
    await page.get_by_role("button", name="Channel general").click()
    await expect(page.locator(".sidebar")).not_to_be_visible()
    await expect(page.locator(".chart")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") == 390


async def test_older_attachments_keep_their_colour_fields_and_links(page: Page, slack: LocalSlack) -> None:
    attachment = {
        "color": "good",
        "pretext": "From the *archive*",
        "title": "Week 46",
        "title_link": "https://example.com/46",
        "text": "It was a quiet week.",
        "fields": [{"title": "Drafts", "value": "12", "short": True}],
        "footer": "Copydesk",
    }
    await web_client(slack.playground).chat_postMessage(
        channel="C0GENERAL", text="The archive", attachments=[attachment]
    )
    shown = last_message(page)
    await expect(shown.locator(".unfurl")).to_have_css("border-left-color", "rgb(46, 182, 125)")
    await expect(shown.locator(".attachment-pretext strong")).to_have_text("archive")
    await expect(shown.get_by_role("link", name="Week 46")).to_have_attribute(
        "href", "https://example.com/46"
    )
    await expect(shown.get_by_role("definition")).to_have_text("12")


MARKS = [
    (
        "*bold* _italic_ ~gone~ `code *not bold*`",
        "bold italic gone code *not bold*",
        "strong, em, s, code",
        4,
    ),
    ("2*3*4, snake_case_name and * loose *", "2*3*4, snake_case_name and * loose *", "strong, em", 0),
    ("*_both_* and *one\ntwo*", "both and *one\ntwo*", "strong em", 1),
    ("1 &lt; 2 &amp;&amp; &amp;lt;b&amp;gt; &amp;copy;", "1 < 2 && &lt;b&gt; &copy;", "*:not(br)", 0),
    ("<@U0ADA> <@U0BEN|ben> <!here>", "@Ada @Ben @here", ".mention", 3),
    ("<#C0DRAFTS> <#C0DRAFTS|old-name>", "#drafts #drafts", "button.mention", 2),
    ("<https://example.com|a &amp; b> https://example.com/x.", "a & b https://example.com/x.", "a", 2),
    ("<mailto:ada@example.com|ada@example.com>", "ada@example.com", "a[href^='mailto:']", 1),
    ("<javascript:alert(1)|click>", "click", "a", 0),
    ("&gt; quoted\nnot", "quotednot", "blockquote", 1),
    ("before\n&gt;&gt;&gt; all\nof it", "beforeall\nof it", "blockquote", 1),
    ("```a *b*\n  c```", "a *b*\n  c", "pre", 1),
    (":tada: :no_such_emoji: :+1::skin-tone-4:", "🎉 :no_such_emoji: 👍🏽", ".emoji", 2),
    ("<!date^1760000000^{date_num}|then>", "2025-10-09", "time", 1),
    (
        "<!date^1760000000^on {date_long}^https://example.com|then>",
        "on Thursday, October 9, 2025",
        "a time",
        1,
    ),
]


async def test_long_sections_are_folded_unless_the_app_says_otherwise(page: Page, slack: LocalSlack) -> None:
    blocks = [section("word " * 200), section("word " * 200, expand=True)]
    await web_client(slack.playground).chat_postMessage(channel="C0GENERAL", text="Long", blocks=blocks)
    more = last_message(page).get_by_role("button", name="See more")
    await expect(more).to_have_count(1)
    folded = last_message(page).locator(".section-text").first
    await expect(folded).to_have_css("max-height", "188px")
    await more.click()
    await expect(folded).to_have_css("max-height", "none")
    await expect(last_message(page).get_by_role("button", name="See less")).to_be_visible()


async def test_marks_escapes_and_references_are_slacks(page: Page, slack: LocalSlack) -> None:
    blocks = [section(text, block_id=f"b{index}") for index, (text, *_) in enumerate(MARKS)]
    await web_client(slack.playground).chat_postMessage(channel="C0GENERAL", text="Marks", blocks=blocks)
    shown = last_message(page).locator(".section-text")
    await expect(shown).to_have_count(len(MARKS))
    for index, (_, words, selector, count) in enumerate(MARKS):
        text = shown.nth(index)
        await expect(text).to_have_text(re.compile(re.escape(words).replace("\\\n", r"\s*")))
        await expect(text.locator(selector)).to_have_count(count)
