"""Reports reach the channel and MLflow once each, whatever fails on the way."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlmodel import select

from bot import tracking
from bot.playground.entities import Message
from bot.schedule import look_around
from evaluation import store
from evaluation.database import Database
from evaluation.tables import (
    Delivery,
    DeliveryTarget,
    DraftRequest,
    RatingEventKind,
    ReportRun,
    RequestState,
)
from tests.bot_on_playground import bot_on_playground
from tests.playground_app import ManualClock
from tests.rows import draft_row, event_row, request_row
from tests.scripted_modules import ScriptedModules

MONDAY_NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LAST_WEEK = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
NEVER_REVEALED = '[workspace]\nreveal = "never"\n'
NO_CHANNEL_YET = '[workspace]\nreport_channel = "rankings"\n'


async def test_a_closed_week_is_posted_once_with_table_and_picture_and_stands_in_mlflow(
    database: Database, tmp_path: Path
) -> None:
    _record_scores(database, {"model-a": (8, 9, 8, 9, 8) * 4, "model-b": (3, 4, 3, 2, 3) * 4})
    clock = ManualClock(MONDAY_NINE)
    async with bot_on_playground(database, tmp_path, clock=clock, connected=False) as bot:
        await look_around(bot.services)
        clock.now += timedelta(days=1)
        await look_around(bot.services)
        table, *thread = bot.slack.as_user("U0ADA").messages("copydesk-reports")

    assert _table_rows(table)[1][:2] == ["1st", "model-a"]
    assert "data_visualization" in _types(table)
    assert all(message.thread_ts == table.ts for message in thread)
    picture, details, csv = thread
    assert "data_table" in _types(details)
    assert [len(picture.files), len(csv.files)] == [1, 1]
    run, deliveries = _report(database)
    assert (run.key, run.closed) == ("2026-W47", True)
    assert {delivery.target: delivery.attempts for delivery in deliveries} == dict.fromkeys(DeliveryTarget, 1)
    assert all(delivery.external_id for delivery in deliveries)
    kept = list((tmp_path / "reports").glob(f"{run.id}-*.png"))
    assert kept
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in kept)


async def test_nothing_is_posted_before_the_hour_and_one_report_by_a_machine_that_slept(
    database: Database, tmp_path: Path
) -> None:
    _record_scores(database, {"model-a": (8,)})
    clock = ManualClock(MONDAY_NINE - timedelta(minutes=1))
    async with bot_on_playground(database, tmp_path, clock=clock, connected=False) as bot:
        await bot.services.reports.claim_closed_weeks()
        assert _runs(database) == []
        clock.now = MONDAY_NINE + timedelta(days=2, hours=5)
        await bot.services.reports.claim_closed_weeks()
        await bot.services.reports.claim_closed_weeks()
    assert [run.key for run in _runs(database)] == ["2026-W47"]


async def test_what_slack_could_not_take_is_delivered_later_and_mlflow_is_not_written_twice(
    database: Database, tmp_path: Path
) -> None:
    _record_scores(database, {"model-a": (8, 9, 8, 9, 8)})
    clock, modules = ManualClock(MONDAY_NINE), ScriptedModules()
    async with bot_on_playground(
        database, tmp_path, clock=clock, config=NO_CHANNEL_YET, connected=False, run_module=modules
    ) as bot:
        await look_around(bot.services)
        _, failed = _report(database)
        workspace = bot.slack.slack.workspace
        general = workspace.find_channel("general")
        workspace.put_channel(general.model_copy(update={"id": "C0RANKINGS", "name": "rankings"}))
        clock.now += timedelta(minutes=5)
        await look_around(bot.services)
        posted = bot.slack.as_user("U0ADA").messages("rankings")

    waiting = {delivery.target for delivery in failed if delivery.delivered_at is None}
    assert waiting == set(DeliveryTarget) - {DeliveryTarget.MLFLOW}
    assert all("rankings" in (delivery.last_error or "") for delivery in failed if delivery.target in waiting)
    assert len(posted) == 4
    attempts = {delivery.target: delivery.attempts for delivery in _report(database)[1]}
    assert attempts == {target: 1 if target is DeliveryTarget.MLFLOW else 2 for target in DeliveryTarget}
    assert [report["key"] for report in modules.reports()] == ["2026-W47"]


async def test_a_report_that_takes_mlflow_long_holds_up_no_other(database: Database, tmp_path: Path) -> None:
    _record_scores(database, {"model-a": (8, 9, 8, 9, 8)})
    is_at_it, may_go_on = asyncio.Event(), asyncio.Event()

    async def slow_mlflow(module: str, _document: bytes) -> bytes:
        if module != tracking.MODULE:
            return b"a picture"
        is_at_it.set()
        await may_go_on.wait()
        return b'{"run_id": "r1", "remaining": 0}'

    async with bot_on_playground(database, tmp_path, run_module=slow_mlflow, connected=False) as bot:
        await bot.services.reports.request_week_so_far("trigger.1", "C0DRAFTS")
        await is_at_it.wait()
        await bot.services.reports.request_week_so_far("trigger.2", "C0REPORTS")
        await bot.slack.as_user("U0ADA").wait_for_message("copydesk-reports")
        may_go_on.set()


async def test_a_table_posted_just_before_a_crash_is_found_and_not_posted_again(
    database: Database, tmp_path: Path
) -> None:
    _record_scores(database, {"model-a": (8, 9, 8, 9, 8)})
    clock = ManualClock(datetime.now(UTC))
    async with bot_on_playground(
        database, tmp_path, clock=clock, connected=False, run_module=ScriptedModules()
    ) as bot:
        await bot.services.reports.request_week_so_far("trigger.1", "C0DRAFTS")
        await bot.services.reports.deliver_due()
        before = bot.slack.as_user("U0ADA").messages("drafts")
        _forget_deliveries(database, DeliveryTarget.SLACK_TABLE, DeliveryTarget.SLACK_FIGURE)
        await bot.services.reports.deliver_due()
        after = bot.slack.as_user("U0ADA").messages("drafts")
    assert len(before) == 2
    assert after == before


async def test_every_part_of_a_closed_week_is_found_again_after_a_crash(
    database: Database, tmp_path: Path
) -> None:
    _record_scores(database, {"model-a": (8, 9, 8, 9, 8) * 4, "model-b": (3, 4, 3, 2, 3) * 4})
    clock = ManualClock(datetime.now(UTC) + timedelta(days=7))
    async with bot_on_playground(
        database, tmp_path, clock=clock, connected=False, run_module=ScriptedModules()
    ) as bot:
        await look_around(bot.services)
        before = bot.slack.as_user("U0ADA").messages("copydesk-reports")
        with database.transaction() as session:
            for run in session.exec(select(ReportRun)):
                run.claimed_at = datetime.now(UTC)  # the playground's clock is this machine's
        for part in _in_slack():
            _forget_deliveries(database, part)
            await bot.services.reports.deliver_due()
        after = bot.slack.as_user("U0ADA").messages("copydesk-reports")
    assert len(before) == 4
    assert after == before


async def test_without_a_native_chart_the_picture_stands_in_the_channel(
    database: Database, tmp_path: Path
) -> None:
    _record_scores(database, {"model-a": (8, 9)})
    clock = ManualClock(MONDAY_NINE)
    async with bot_on_playground(
        database, tmp_path, clock=clock, connected=False, run_module=ScriptedModules()
    ) as bot:
        await look_around(bot.services)
        table, picture, details, csv = bot.slack.as_user("U0ADA").messages("copydesk-reports")

    assert "data_visualization" not in _types(table)
    assert picture.thread_ts is None
    assert [details.thread_ts, csv.thread_ts] == [table.ts, table.ts]


async def test_the_week_so_far_goes_to_the_channel_that_asked_and_claims_nothing(
    database: Database, tmp_path: Path
) -> None:
    _record_scores(database, {"model-a": (8, 9, 8, 9, 8), "model-b": (3, 4, 3, 2, 3)})
    clock = ManualClock(LAST_WEEK + timedelta(days=1))
    async with bot_on_playground(database, tmp_path, clock=clock) as bot:
        ada = bot.slack.as_user("U0ADA")
        await ada.slash("/draft", "report", channel="general")
        table = await ada.wait_for_message("general", lambda each: each.ephemeral_to is None)
        clock.now = MONDAY_NINE
        await bot.services.reports.claim_closed_weeks()
    assert "claims nothing" in table.text
    assert [row[1] for row in _table_rows(table)[1:]] == ["Model A", "Model B"]
    assert sorted(run.closed for run in _runs(database)) == [False, True]


async def test_a_report_that_cannot_be_read_holds_up_no_other(database: Database, tmp_path: Path) -> None:
    _record_scores(database, {"model-a": (8, 9, 8, 9, 8)})
    now = datetime.now(UTC)
    with database.transaction() as session:
        broken = store.claim_report(session, "2026-W01", "2026-W01", True, "C0DRAFTS", now)
        assert broken is not None
        store.save_figures(session, broken.id, {"no": "report"}, tuple(DeliveryTarget), now)
    async with bot_on_playground(database, tmp_path, connected=False, run_module=ScriptedModules()) as bot:
        await bot.services.reports.request_week_so_far("trigger.1", "C0GENERAL")
        await bot.services.reports.deliver_due()
        posted = bot.slack.as_user("U0ADA").messages("general")
    assert len(posted) == 2
    with database.reading() as session:
        waiting = session.exec(select(Delivery).where(Delivery.report_id == broken.id)).all()
    assert all(delivery.attempts == 1 and delivery.last_error for delivery in waiting)


async def test_what_an_earlier_version_computed_is_computed_anew(database: Database, tmp_path: Path) -> None:
    _record_scores(database, {"model-a": (8, 9, 8, 9, 8) * 4, "model-b": (3, 4, 3, 2, 3) * 4})
    with database.transaction() as session:
        run = store.claim_report(session, "2026-W47", "2026-W47", True, "C0GENERAL", MONDAY_NINE)
        assert run is not None
        figures = {"schema_version": 1, "key": "2026-W47", "models": []}
        store.save_figures(session, run.id, figures, tuple(DeliveryTarget), MONDAY_NINE)
    clock = ManualClock(MONDAY_NINE)
    async with bot_on_playground(
        database, tmp_path, clock=clock, connected=False, run_module=ScriptedModules()
    ) as bot:
        await bot.services.reports.deliver_due()
        table, *_ = bot.slack.as_user("U0ADA").messages("general")

    assert _table_rows(table)[1][:2] == ["1st", "model-a"]
    assert all(delivery.delivered_at for delivery in _report(database)[1])


async def test_where_models_are_never_revealed_the_channel_sees_letters_and_mlflow_the_names(
    database: Database, tmp_path: Path
) -> None:
    _record_scores(database, {"model-a": (8, 9, 8, 9, 8), "model-b": (3, 4, 3, 2, 3)})
    clock, modules = ManualClock(MONDAY_NINE), ScriptedModules()
    async with bot_on_playground(
        database, tmp_path, clock=clock, config=NEVER_REVEALED, connected=False, run_module=modules
    ) as bot:
        await look_around(bot.services)
        sent = [call for call in bot.slack.calls if call.method.startswith(("chat.", "files."))]
    assert sent
    assert not [call for call in sent if "model-" in json.dumps(call.arguments)]
    run, _ = _report(database)
    assert "model-a" in json.dumps(run.figures)
    assert "model-a" in json.dumps(modules.reports())


def _record_scores(database: Database, scores: dict[str, tuple[int, ...]]) -> None:
    """A draft of last week for each model, and one rater for each of its scores."""
    with database.transaction() as session:
        for model, values in scores.items():
            request, _ = store.record_request(session, _answered_request())
            draft = draft_row(request.id, model_name=model, created_at=LAST_WEEK)
            session.add(draft)
            session.flush()
            for rater, score in enumerate(values):
                store.record_rating_event(
                    session,
                    event_row(
                        draft.id,
                        RatingEventKind.SCORE_FORM,
                        rater_id=f"U{rater}",
                        score=score,
                        occurred_at=LAST_WEEK,
                        recorded_at=LAST_WEEK,
                    ),
                )


def _answered_request() -> DraftRequest:
    return request_row(created_at=LAST_WEEK, state=RequestState.POSTED)


def _forget_deliveries(database: Database, *targets: DeliveryTarget) -> None:
    """Leaves the rows as a process does that ends between delivering and saying so."""
    with database.transaction() as session:
        for delivery in session.exec(select(Delivery)):
            if delivery.target in targets:
                delivery.delivered_at, delivery.attempts = None, 0


def _runs(database: Database) -> list[ReportRun]:
    with database.reading() as session:
        return list(session.exec(select(ReportRun)))


def _report(database: Database) -> tuple[ReportRun, list[Delivery]]:
    with database.reading() as session:
        return session.exec(select(ReportRun)).one(), list(session.exec(select(Delivery)))


def _in_slack() -> list[DeliveryTarget]:
    return [target for target in DeliveryTarget if target is not DeliveryTarget.MLFLOW]


def _types(message: Message) -> list[str]:
    return [block["type"] for block in message.blocks or ()]


def _table_rows(message: Message) -> list[list[str]]:
    table = next(block for block in message.blocks or () if block["type"] == "table")
    return [[cell["text"] for cell in row] for row in table["rows"]]
