"""What a person does on the first day, in a browser: ask, rate, ask for the report, read it."""

import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from mlflow import MlflowClient
from playwright.async_api import Locator, Page, expect
from sqlmodel import col, select

from evaluation.database import Database, open_database
from evaluation.report_document import Report
from evaluation.tables import Delivery, Draft, Rating, ReportRun
from tests.commands import COPYDESK, all_gone, eventually, line_with, started

# MLflow, which only this test imports into its process, warns about its own use of SQLAlchemy.
pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]

MODEL_MILLISECONDS = 60_000
REPORT_SECONDS = 90
DRAFTS_PER_MODEL = 3
KEYCAPS = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "keycap_ten")
TASTES = {"U0ADA": -1, "U0BEN": 0, "U0CLEO": 1}
TOPICS = (
    "what new parents teach about planning",
    "repair cafés",
    "bicycle couriers",
    "the four-day week",
    "R&D budgets",
    "community gardens",
)


@dataclass(frozen=True)
class RunningCopydesk:
    """`copydesk run` in a process of its own: its page, its data and everything it started."""

    page_url: str
    data_dir: Path
    database: Database


@pytest.fixture
async def copydesk(tmp_path: Path) -> AsyncIterator[RunningCopydesk]:
    """Started as a person starts it, and ended by Ctrl-C with nothing left behind."""
    environ = {"COPYDESK_DATA_DIR": str(tmp_path), "COPYDESK_PLAYGROUND_PORT": "0"}
    async with started(*COPYDESK, "run", **environ) as process:
        page_url = (await line_with(process, "ready: open")).split()[-1]
        family = psutil.Process(process.pid).children(recursive=True)
        database = open_database(f"sqlite:///{tmp_path / 'copydesk.db'}")
        yield RunningCopydesk(page_url, tmp_path, database)
        database.dispose()
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0
    await all_gone(family)


@pytest.mark.timeout(600)
async def test_a_first_day_with_copydesk(
    copydesk: RunningCopydesk, browser_page: Page, screenshots: Path
) -> None:
    page = browser_page
    await page.goto(copydesk.page_url)
    await page.get_by_role("button", name="Channel drafts").click()

    draft = await ask(page, "remote onboarding that works")
    await page.screenshot(path=screenshots / "story-draft.png")
    await rate_with_everything(page, draft, screenshots)
    await eventually(lambda: current_rating(copydesk.database) == (1, 8, ["clear"]), timeout_seconds=10)

    await ask_until_both_models_wrote(page, copydesk.database)
    await rate_as_three_people(page)
    await page.get_by_role("radio", name="Act as Ada").click()
    await send(page, "/draft report")
    ranking = page.locator(".pane .message", has=page.locator("table"))
    await expect(ranking).to_be_visible(timeout=MODEL_MILLISECONDS)
    picture = page.locator(".pane .message img[alt*='the week so far']")
    await expect(picture).to_be_visible(timeout=MODEL_MILLISECONDS)
    await expect(picture).to_be_in_viewport()
    shown = await ranking.inner_text()
    await take_pictures(page, screenshots)

    await eventually(lambda: len(delivered_to(copydesk.database)) == 3, REPORT_SECONDS)
    report = stored_report(copydesk.database)
    assert {line.model for line in report.models} == {"starter-rich", "starter-plain"}
    assert "so far" in shown
    assert "starter" not in shown
    assert "Model A" in shown
    assert_mlflow_agrees(copydesk, report)


async def ask(page: Page, topic: str) -> Locator:
    """Asks for a LinkedIn post and returns its message."""
    drafts = page.locator(".pane .message", has=page.get_by_role("button", name="Rate 1–10"))
    before = await drafts.count()
    await send(page, f"/draft linkedin {topic}")
    try:
        await expect(drafts).to_have_count(before + 1, timeout=MODEL_MILLISECONDS)
    except AssertionError as error:
        error.add_note("The channel ends with: " + (await page.get_by_role("main").inner_text())[-1_000:])
        raise
    draft = drafts.nth(before)
    await expect(draft.get_by_role("heading", name=topic)).to_be_visible()
    return draft


async def rate_with_everything(page: Page, draft: Locator, screenshots: Path) -> None:
    """A reaction, a button and a score with reasons: all three of one person."""
    await draft.hover()
    await draft.locator("[data-act=react]").click()
    await page.get_by_label("Search all emoji").fill("thumbsup")
    await page.get_by_label("Search all emoji").press("Enter")
    await expect(draft.locator("[data-reaction='+1']")).to_have_text("👍1")
    await draft.get_by_role("button", name="Good", exact=True).click()
    await expect(page.locator(".message.ephemeral", has_text="Noted 👍")).to_be_visible()
    await draft.get_by_role("button", name="Rate 1–10").click()
    form = page.get_by_role("dialog", name="Rate this draft")
    await form.locator("[data-block-id=score]").get_by_role("button").click()
    await page.get_by_role("option", name="8", exact=True).click()
    await form.get_by_label("Clear and well structured").check()
    await page.screenshot(path=screenshots / "story-rating.png")
    await form.get_by_role("button", name="Save rating").click()
    await expect(page.locator(".message.ephemeral", has_text="Saved 8/10")).to_be_visible()
    await expect(form).to_be_hidden()  # may be after the word came, and nobody can type behind a form


async def ask_until_both_models_wrote(page: Page, database: Database) -> None:
    asked = 0
    while min(drafts_by_model(database).values()) < DRAFTS_PER_MODEL:
        await ask(page, f"{TOPICS[asked % len(TOPICS)]} {asked}")
        asked += 1


async def rate_as_three_people(page: Page) -> None:
    """Everybody gives every draft a keycap for its paragraphs, some kinder than others."""
    drafts = page.locator(".pane .message", has=page.get_by_role("button", name="Rate 1–10"))
    for index in range(await drafts.count()):
        draft = drafts.nth(index)
        text = "\n\n".join(await draft.locator(".block-section").all_inner_texts())
        liked = 4 + min(4, text.count("\n\n"))
        place = {
            "channel": await draft.get_attribute("data-channel"),
            "ts": await draft.get_attribute("data-ts"),
        }
        for person, taste in TASTES.items():
            keycap = KEYCAPS[liked + taste]
            answer = await page.request.post(
                f"{page.url}act/react?as={person}", data={**place, "name": keycap, "remove": False}
            )
            assert (await answer.json())["ok"]
            await expect(draft.locator(f"[data-reaction={keycap}]")).to_be_visible()


async def send(page: Page, text: str) -> None:
    composer = page.locator(".pane .composer-field")
    await composer.fill(text)
    await expect(composer).to_have_value(text)
    await composer.press("Enter")


async def take_pictures(page: Page, screenshots: Path) -> None:
    await page.screenshot(path=screenshots / "story-report.png")
    await page.get_by_role("button", name="Dark theme").click()
    await page.screenshot(path=screenshots / "story-report-dark.png")
    await page.get_by_role("button", name="Light theme").click()
    await page.get_by_role("button", name="App Copydesk").click()
    await expect(page.get_by_role("main")).to_contain_text("How to rate")
    await page.screenshot(path=screenshots / "story-home.png")


def drafts_by_model(database: Database) -> dict[str, int]:
    counts = {"starter-rich": 0, "starter-plain": 0}
    with database.reading() as session:
        for name in session.exec(select(Draft.model_name)):
            counts[name] += 1
    return counts


def current_rating(database: Database) -> tuple[int | None, int | None, list[str]] | None:
    with database.reading() as session:
        rating = session.exec(select(Rating)).one_or_none()
        return (rating.thumb, rating.score, rating.reasons) if rating else None


def delivered_to(database: Database) -> set[str]:
    with database.reading() as session:
        return set(session.exec(select(Delivery.target).where(col(Delivery.delivered_at).is_not(None))))


def stored_report(database: Database) -> Report:
    with database.reading() as session:
        return Report.model_validate(session.exec(select(ReportRun)).one().figures)


def assert_mlflow_agrees(copydesk: RunningCopydesk, report: Report) -> None:
    client = MlflowClient(f"sqlite:///{copydesk.data_dir / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("copydesk-weekly")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id], "tags.`copydesk.kind` = 'model'")
    logged = {run.data.tags["copydesk.model"]: run.data.metrics.get("standing_quality") for run in runs}
    assert logged == {line.model: line.quality for line in report.analysis.overall}
