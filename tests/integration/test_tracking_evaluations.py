"""Offline evaluations in MLflow: models that compare, once each, with pictures; and the pictures alone."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaluation.figures.offline.__main__ import draw_evaluation
from evaluation.figures.offline.latency import find_times
from evaluation.figures.style import THEMES, Theme
from evaluation.offline.document import Evaluation
from evaluation.offline.measures import NAMES
from evaluation.tracking.documents import Provenance
from evaluation.tracking.evaluation_runs import evaluation_key, log_evaluation, metrics_records
from tests.evaluations import WRITERS, evaluation_of
from tests.golden_figures import OFFLINE, golden, shrink, stored_evaluation

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

EXPERIMENT = "copydesk-evaluations"


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    return evaluation_of()


@pytest.fixture(scope="module")
def tracking_uri(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db"


@pytest.fixture(scope="module")
def logged(evaluation: Evaluation, tracking_uri: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The run of an evaluation that was logged twice, with a picture."""
    pictures = tmp_path_factory.mktemp("figures")
    for figure in draw_evaluation(evaluation):
        (pictures / f"{figure.name}.png").write_bytes(figure.png)
    provenance = Provenance(version="1.2.3")
    run_id = log_evaluation(evaluation, pictures, tracking_uri, EXPERIMENT, provenance)
    assert log_evaluation(evaluation, None, tracking_uri, EXPERIMENT) == run_id
    return run_id


@pytest.fixture(scope="module")
def client(tracking_uri: str, logged: str) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=tracking_uri)


@pytest.fixture(scope="module")
def children(client: Any, logged: str) -> dict[str, Any]:
    experiment_id = client.get_experiment_by_name(EXPERIMENT).experiment_id
    found = client.search_runs([experiment_id], f"tags.`mlflow.parentRunId` = '{logged}'")
    return {run.info.run_name: run for run in found}


def test_each_model_has_a_run_with_at_least_fifty_metrics_of_the_same_names(
    children: dict[str, Any], evaluation: Evaluation
) -> None:
    assert set(children) == set(WRITERS)
    for model in evaluation.models:
        metrics = children[model.model].data.metrics
        measured = {name: value for name, value in model.metrics.items() if value is not None}
        assert len(measured) >= 50
        assert {name: metrics[name] for name in measured} == pytest.approx(measured)
    for standing in evaluation.standings:
        kind = standing.content_type or "overall"
        assert children[standing.model].data.metrics[f"{kind}_quality"] == pytest.approx(standing.quality)
    first, second = (set(run.data.metrics) for run in children.values())
    assert first == second


def test_what_was_not_measured_is_no_metric_but_says_why(children: dict[str, Any]) -> None:
    run = children["starter-rich"]

    assert "joules_per_draft" not in run.data.metrics
    assert "joules_per_draft: " in run.data.tags["mlflow.note.content"]


def test_the_parent_says_what_was_asked_and_what_follows(
    client: Any, logged: str, evaluation: Evaluation
) -> None:
    run = client.get_run(logged)

    assert run.data.params["seed"] == str(evaluation.seed)
    assert run.data.tags["copydesk.version"] == "1.2.3"
    assert run.data.tags["mlflow.note.content"].startswith("Nobody leads.")
    assert {file.path for file in client.list_artifacts(logged)} == {
        "evaluation.json", "figures", "metrics.csv", "metrics.json", "pace.csv", "pace.json", "routes.csv",
        "routes.json", "standings.csv", "standings.json",
    }  # fmt: skip
    assert {file.path for file in client.list_artifacts(logged, "figures")} == {
        "figures/costs.png", "figures/latency.png", "figures/quality.png",
    }  # fmt: skip


def test_other_figures_are_another_evaluation_and_the_hour_of_looking_is_not(evaluation: Evaluation) -> None:
    later = evaluation.model_copy(update={"ended_at": evaluation.begun_at})
    other = evaluation.model_copy(update={"seed": 2})

    assert evaluation_key(later) == evaluation_key(evaluation)
    assert evaluation_key(other) != evaluation_key(evaluation)


def test_the_table_of_metrics_has_a_row_for_each_and_a_column_for_each_model(evaluation: Evaluation) -> None:
    records = metrics_records(evaluation)

    assert records.header == ("metric", "unit", *WRITERS)
    assert {row[0] for row in records.rows} >= NAMES


def test_pictures_say_what_they_show(evaluation: Evaluation) -> None:
    quality, latency, costs = draw_evaluation(evaluation)

    assert "Nobody leads" in quality.alt_text
    assert "starter-plain was the fastest" in latency.alt_text
    assert "starter-rich" in costs.alt_text
    assert [row[0] for row in latency.table.rows] == list(find_times(evaluation))
    assert draw_evaluation(evaluation)[0].png == quality.png


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_pictures_still_look_as_somebody_found_them_good(theme: Theme) -> None:
    for figure in draw_evaluation(stored_evaluation(), theme):
        now, before = shrink(figure.png), golden(f"{OFFLINE}{figure.name}-{theme.name}")
        assert now.shape == before.shape
        difference = np.abs(now - before).max(axis=2)
        assert difference.mean() < 0.01
        assert (difference > 0.25).mean() < 0.005


def test_pictures_are_drawn_by_a_process_of_their_own(evaluation: Evaluation, tmp_path: Path) -> None:
    done = _draw(evaluation.model_dump_json(), tmp_path / "figures")

    assert (done.returncode, done.stderr) == (0, "")
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {
        f"{name}.{kind}" for name in ("quality", "latency", "costs") for kind in ("png", "csv")
    }


def test_what_is_no_evaluation_is_refused_with_a_sentence(tmp_path: Path) -> None:
    done = _draw(json.dumps({"schema_version": 1}), tmp_path / "figures")

    assert done.returncode == 1
    assert done.stderr.startswith("This is not an evaluation: ")
    assert list(tmp_path.iterdir()) == []


def _draw(document: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "evaluation.figures.offline", str(folder)],
        input=document,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
