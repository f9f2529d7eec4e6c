"""A report's way into MLflow from its row: what MLflow cannot take waits, and everything else goes on."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from bot.schedule import look_around
from evaluation.database import Database
from evaluation.tables import Delivery, DeliveryTarget
from tests.bot_on_playground import bot_on_playground
from tests.playground_app import ManualClock
from tests.reports import add_scored

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

MONDAY_NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


async def test_what_mlflow_cannot_take_waits_in_its_row_while_slack_has_its_report(
    database: Database, tmp_path: Path
) -> None:
    with database.transaction() as session:
        add_scored(session, "model-a", [8, 9, 8, 9, 8])
    (tmp_path / "mlflow.db").write_bytes(b"this is no database" * 100)
    clock = ManualClock(MONDAY_NINE)
    async with bot_on_playground(database, tmp_path, clock=clock, connected=False) as bot:
        await look_around(bot.services)
        failed = _deliveries(database)
        posted = bot.slack.as_user("U0ADA").messages("copydesk-reports")
        (tmp_path / "mlflow.db").unlink()
        clock.now += timedelta(minutes=5)
        await look_around(bot.services)

    waiting = [target for target, delivery in failed.items() if delivery.delivered_at is None]
    assert waiting == [DeliveryTarget.MLFLOW]
    assert "everything else is as it was" in (failed[DeliveryTarget.MLFLOW].last_error or "")
    assert posted
    delivered = _deliveries(database)[DeliveryTarget.MLFLOW]
    assert (delivered.attempts, delivered.last_error) == (2, None)
    assert _logged(tmp_path) == ([delivered.external_id], 5)


def _deliveries(database: Database) -> dict[DeliveryTarget, Delivery]:
    with database.reading() as session:
        return {delivery.target: delivery for delivery in session.exec(select(Delivery))}


def _logged(data_dir: Path) -> tuple[list[str], int]:
    """The ids of the reports' runs, and how many drafts are traces."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=f"sqlite:///{data_dir}/mlflow.db")
    ids = {experiment.name: experiment.experiment_id for experiment in client.search_experiments()}
    weekly, drafts = ids["copydesk-weekly"], ids["copydesk-drafts"]
    runs = client.search_runs([weekly], "tags.`copydesk.kind` = 'report'")
    return [run.info.run_id for run in runs], len(client.search_traces(locations=[drafts]))
