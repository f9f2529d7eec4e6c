"""From a wish to the ranking, on one machine: real bot, real models, real database, real MLflow."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from mlflow import MlflowClient
from sqlmodel import select

from bot.messages import SCORE_ACTION, THUMB_ACTION
from bot.playground.entities import Message
from bot.playground.testing import LocalSlack
from evaluation.blinding import for_raters
from evaluation.database import Database
from evaluation.report_document import ModelLine, Report
from evaluation.report_table import report_table
from evaluation.tables import Delivery, DeliveryTarget, Draft, Rating, ReportRun
from tests.acceptance.copydesk import Copydesk, running_copydesk
from tests.commands import eventually

# MLflow, which only this test imports into its process, warns about its own use of SQLAlchemy.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

PEOPLE = ("U0ADA", "U0BEN", "U0CLEO")
TOPICS = ("remote onboarding", "zero-waste bakeries", "Zürich trams", "is tea better than coffee?")
DRAFTS_PER_MODEL = 4
MODEL_SECONDS = 120

KEYCAPS = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "keycap_ten")


@pytest.mark.timeout(600)
async def test_drafts_of_both_models_are_rated_blind_and_ranked(
    empty_database_url: str, tmp_path: Path
) -> None:
    async with running_copydesk(tmp_path / "data", empty_database_url) as copydesk:
        drafts = await ask_until_both_models_wrote(copydesk)
        await rate(copydesk.slack, drafts)
        ada = copydesk.slack.as_user("U0ADA")
        await ada.slash("/draft", "report", channel="drafts")
        table = await ada.wait_for_message("drafts", is_ranking, timeout_seconds=MODEL_SECONDS)
        picture = await ada.wait_for_message("drafts", lambda each: bool(each.files))
        await eventually(lambda: stored_report(copydesk.database)[1] is not None, MODEL_SECONDS)
        image = copydesk.slack.slack.workspace.file(picture.files[0])
        run, run_id = stored_report(copydesk.database)
        report = Report.model_validate(run.figures)
        drafts_and_ratings = rows(copydesk.database)

    lines = {line.model: line for line in report.models}
    assert set(lines) == {"starter-rich", "starter-plain"}
    assert all(line.n_scores >= 5 and line.n_raters == len(PEOPLE) for line in report.models)
    assert_report_agrees_with_rows(lines, *drafts_and_ratings)
    assert_table_shows(table, report)
    assert image.mimetype == "image/png"
    assert_mlflow_has_the_same_numbers(copydesk.settings.mlflow_tracking_uri, run_id, report)


async def ask_until_both_models_wrote(copydesk: Copydesk) -> list[Message]:
    """Drafts as people see them, until each model has written a few."""
    ada = copydesk.slack.as_user("U0ADA")
    shown: list[Message] = []
    while min(drafts_by_model(copydesk.database).values()) < DRAFTS_PER_MODEL:
        topic = f"{TOPICS[len(shown) % len(TOPICS)]} {len(shown)}"
        await ada.slash("/draft", f"linkedin {topic}", channel="drafts")
        shown = await wait_for_drafts(copydesk.slack, len(shown) + 1)
    return shown


async def wait_for_drafts(slack: LocalSlack, wanted: int) -> list[Message]:
    def look() -> list[Message] | None:
        found = posted_drafts(slack)
        return found if len(found) == wanted else None

    return await slack.wait_for(look, timeout_seconds=MODEL_SECONDS)


async def rate(slack: LocalSlack, drafts: Sequence[Message]) -> None:
    """Three people with a taste each judge what they read: by a keycap, the form, and a thumb."""
    for draft in drafts:
        for taste, user_id in enumerate(PEOPLE):
            person = slack.as_user(user_id)
            score = max(1, min(10, judged(draft) + taste - 1))
            if taste == 0:
                await person.react(draft, KEYCAPS[score])
            else:
                await person.click(draft, SCORE_ACTION)
                form = await person.wait_for_modal()
                await person.submit_view(form, {"score": str(score)})
        await slack.as_user("U0BEN").click(draft, THUMB_ACTION, thumb_up(draft))
    await slack.delivered()


def judged(draft: Message) -> int:
    """What a reader who likes paragraphs and lists thinks of a text, without knowing who wrote it."""
    return 4 + min(4, body_of(draft).count("\n\n"))


def drafts_by_model(database: Database) -> Counter[str]:
    with database.reading() as session:
        counts = Counter(session.exec(select(Draft.model_name)))
    return Counter({"starter-rich": counts["starter-rich"], "starter-plain": counts["starter-plain"]})


def posted_drafts(slack: LocalSlack) -> list[Message]:
    return [each for each in slack.as_user("U0ADA").messages("drafts") if each.text.startswith("Draft ")]


def is_ranking(message: Message) -> bool:
    return any(block["type"] == "table" for block in message.blocks or ())


def body_of(draft: Message) -> str:
    """The text as it stands in the message: the plain sections between headline and buttons."""
    sections = [block for block in draft.blocks or () if block["type"] == "section"]
    return "\n\n".join(section["text"]["text"] for section in sections)


def thumb_up(draft: Message) -> str:
    (buttons,) = next(block["elements"] for block in draft.blocks or () if block["type"] == "context_actions")
    return str(buttons["positive_button"]["value"])


def stored_report(database: Database) -> tuple[ReportRun, str | None]:
    """The report's row and the id of its MLflow run, None before it is there."""
    with database.reading() as session:
        run = session.exec(select(ReportRun)).one()
        statement = select(Delivery).where(Delivery.target == DeliveryTarget.MLFLOW)
        return run, session.exec(statement).one().external_id


def rows(database: Database) -> tuple[list[Draft], list[Rating]]:
    with database.reading() as session:
        return list(session.exec(select(Draft))), list(session.exec(select(Rating)))


def assert_report_agrees_with_rows(
    lines: dict[str, ModelLine], drafts: Sequence[Draft], ratings: Sequence[Rating]
) -> None:
    models = {draft.id: draft.model_name for draft in drafts}
    for model, line in lines.items():
        scores = [rating.score for rating in ratings if models[rating.draft_id] == model and rating.score]
        assert line.n_scores == len(scores)
        assert line.n_ratings == len(scores)
        assert line.thumbs_up == sum(
            rating.thumb == 1 for rating in ratings if models[rating.draft_id] == model
        )
        assert line.n_drafts == Counter(models.values())[model]


def assert_table_shows(table: Message, report: Report) -> None:
    """Every figure, under letters: the week is still open."""
    block = next(block for block in table.blocks or () if block["type"] == "table")
    shown = [tuple(cell["text"] for cell in row) for row in block["rows"]]
    words = report_table(for_raters(report, revealed=True))
    assert shown == [words.header, *words.rows]


def assert_mlflow_has_the_same_numbers(tracking_uri: str, run_id: str | None, report: Report) -> None:
    assert run_id is not None
    client = MlflowClient(tracking_uri)
    parent = client.get_run(run_id)
    assert parent.data.metrics["drafts"] == report.counts.drafts
    assert parent.data.metrics["ratings"] == report.counts.ratings
    children = client.search_runs([parent.info.experiment_id], f"tags.`mlflow.parentRunId` = '{run_id}'")
    by_model = {child.data.tags["copydesk.model"]: child.data.metrics for child in children}
    for line in report.models:
        logged = by_model[line.model]
        standing = report.standing(line.model)
        assert standing is not None
        assert logged["standing_quality"] == standing.quality
        assert logged["standing_n_raters"] == standing.n_raters
        assert logged["n_scores"] == line.n_scores
        assert logged["cost_total_usd"] == line.cost_total_usd
