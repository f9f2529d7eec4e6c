"""The projection into MLflow: the same numbers, once, whatever was cut short before."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evaluation.errors import ExperimentDeleted, TrackingError, UnsupportedTrackingStore
from evaluation.figures.ranking import draw_ranking
from evaluation.report_document import Report
from evaluation.report_records import report_records
from evaluation.tracking.documents import PromptTemplate, Provenance
from evaluation.tracking.reading import read_report
from evaluation.tracking.report_runs import log_report, week_number
from tests.reports import report_of

# MLflow 3.17 itself uses what pandas and SQLAlchemy have deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

EXPERIMENT = "copydesk"
PROVENANCE = Provenance(version="1.2.3", git_commit="a" * 40, configuration="c0ffee")
PROMPTS = (
    PromptTemplate(
        content_type="linkedin_post",
        model_kind="instruct",
        version="p1",
        template=[{"role": "system", "content": "Write a post."}, {"role": "user", "content": "{{topic}}"}],
    ),
)
SCORES = {"high": [8, 9, 8, 9, 8, 9] * 3, "low": [3, 4, 3, 4, 3, 4] * 3, "few": [5]}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder, with a space in its name, for one MLflow store: making its tables takes a second."""
    return tmp_path_factory.mktemp("ml flow")


@pytest.fixture(scope="module")
def tracking_uri(store: Path) -> str:
    return f"sqlite:///{store}/mlflow.db"


@pytest.fixture(scope="module")
def report() -> Report:
    return report_of(SCORES)


@pytest.fixture(scope="module")
def logged(report: Report, tracking_uri: str) -> str:
    """The run of a report that was logged twice."""
    run_id = log_report(report, tracking_uri, EXPERIMENT, provenance=PROVENANCE, prompts=PROMPTS)
    assert log_report(report, tracking_uri, EXPERIMENT) == run_id
    return run_id


@pytest.fixture(scope="module")
def client(tracking_uri: str, logged: str) -> Any:
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=tracking_uri)


Runs = Callable[[str], list[Any]]


@pytest.fixture(scope="module")
def runs(client: Any) -> Runs:
    """Every run that stands for a report key, parents first."""

    def find(key: str) -> list[Any]:
        experiment_id = client.get_experiment_by_name(EXPERIMENT).experiment_id
        found = client.search_runs([experiment_id], f"tags.`copydesk.report_key` = '{key}'")
        return sorted(found, key=lambda run: run.data.tags["copydesk.kind"], reverse=True)

    return find


def test_one_run_for_the_report_and_one_for_each_model(runs: Runs, logged: str) -> None:
    parent, *children = runs("2026-W47")

    assert parent.info.run_id == logged
    assert parent.data.tags["copydesk.closed"] == "true"
    assert {child.data.tags["copydesk.model"] for child in children} == set(SCORES)
    assert {child.data.tags["mlflow.parentRunId"] for child in children} == {logged}
    assert {run.info.status for run in (parent, *children)} == {"FINISHED"}


def test_the_numbers_are_the_reports(runs: Runs, report: Report) -> None:
    parent, *children = runs("2026-W47")
    by_model = {child.data.tags["copydesk.model"]: child.data.metrics for child in children}

    assert parent.data.metrics.items() >= {
        "drafts": 37, "deleted_drafts": 0, "ratings": 37, "raters": 3, "models": 3, "ranked_models": 2,
        "threshold": 7.0, "all_n_ratings": 37,
    }.items()  # fmt: skip
    for line in report.models:
        numbers = {name: value for name, value in line.model_dump().items() if isinstance(value, int | float)}
        standing = report.standing(line.model)
        assert standing is not None
        assert standing.quality is not None
        logged = by_model[line.model]
        assert {name: logged[name] for name in numbers} == pytest.approx(numbers)
        assert logged["standing_quality"] == pytest.approx(standing.quality)
        assert logged["standing_n_ratings"] == standing.n_ratings
    best = report.ranked[0]
    assert best.anytime_ci is not None
    assert by_model["high"]["standing_anytime_ci_low"] == pytest.approx(best.anytime_ci[0])
    assert by_model["high"]["standing_rank_set_high"] == 1
    assert "standing_rank_set_high" not in by_model["few"]


def test_the_artifacts_bring_the_report_back(
    client: Any, logged: str, report: Report, tmp_path: Path, store: Path
) -> None:
    def content(name: str) -> bytes:
        path = Path(client.download_artifacts(logged, name, str(tmp_path)))
        return path.read_bytes()

    records = report_records(report)
    assert Report.from_json(content("report.json")) == report
    assert content("figures/ranking.png") == draw_ranking(report).png
    assert content("figures/ranking.csv").decode() == draw_ranking(report).table.to_csv()
    assert report.headline in content("report.md").decode()
    assert b"data:image/png" in content("report.html")
    assert content("ranking.csv").decode() == records.to_csv()
    ranking = json.loads(content("ranking.json"))
    assert ranking["columns"] == list(records.header)
    quality = records.header.index("quality")
    assert [row[quality] for row in ranking["data"]] == [
        pytest.approx(row[quality]) if row[quality] is not None else None for row in records.rows
    ]
    assert (store / "mlflow-artifacts" / logged).is_dir()


def test_the_description_is_the_finding_with_its_caveats(runs: Runs, report: Report) -> None:
    note = runs("2026-W47")[0].data.tags["mlflow.note.content"]

    assert note.startswith(report.headline)
    assert all(caveat in note for caveat in report.caveats)


def test_a_run_says_what_wrote_it(runs: Runs) -> None:
    tags = runs("2026-W47")[0].data.tags

    assert tags["copydesk.version"] == "1.2.3"
    assert tags["mlflow.source.git.commit"] == "a" * 40
    assert tags["copydesk.configuration"] == "c0ffee"


def test_the_steps_of_weeks_have_no_gap_at_the_turn_of_a_year(client: Any, runs: Runs) -> None:
    assert week_number("2020-W01") == 1
    assert week_number("2027-W01") - week_number("2026-W53") == 1
    child = runs("2026-W47")[1]
    assert {point.step for point in client.get_metric_history(child.info.run_id, "n_drafts")} == {
        week_number("2026-W47")
    }


def test_every_revision_is_a_model_and_one_that_is_not_good_enough_does_not_challenge(
    client: Any, runs: Runs
) -> None:
    registered = client.get_registered_model("copydesk")
    assert set(registered.aliases) == {"incumbent"}
    assert len(client.search_model_versions("name = 'copydesk'")) == len(SCORES)
    incumbent = client.get_model_version_by_alias("copydesk", "incumbent")
    assert incumbent.tags["copydesk.label"] == "high"
    model = client.get_logged_model(incumbent.tags["copydesk.model_id"])
    assert (model.params["revision"], model.params["precision"]) == ("r1", "float32")
    high = next(run for run in runs("2026-W47") if run.data.tags.get("copydesk.model") == "high")
    whole = client.get_run(high.info.run_id)
    assert [each.model_id for each in whole.inputs.model_inputs] == [model.model_id]


def test_a_prompt_stands_in_the_registry_once_and_with_the_runs_that_used_it(client: Any, runs: Runs) -> None:
    (version,) = client.search_prompt_versions("copydesk-linkedin_post-instruct")

    assert version.tags["copydesk.prompt_version"] == "p1"
    assert version.template[1]["content"] == "{{topic}}"
    linked = [run.data.tags["copydesk.model"] for run in runs("2026-W47")[1:]
              if "linkedin_post" in run.data.tags.get("mlflow.linkedPrompts", "")]  # fmt: skip
    assert sorted(linked) == sorted(SCORES)


def test_the_report_comes_back_from_mlflow_alone(
    tracking_uri: str, logged: str, runs: Runs, report: Report
) -> None:
    assert read_report(tracking_uri, logged) == report
    assert read_report(tracking_uri, runs("2026-W47")[1].info.run_id) == report


def test_a_run_that_is_no_report_says_where_to_look(client: Any, tracking_uri: str) -> None:
    stranger = client.create_run("0").info.run_id

    with pytest.raises(TrackingError, match="copydesk mlflow"):
        read_report(tracking_uri, stranger)
    with pytest.raises(TrackingError, match="copydesk mlflow"):
        read_report(tracking_uri, "0" * 32)


def test_a_store_that_is_not_there_is_not_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(TrackingError, match="nothing was logged there yet"):
        read_report(f"sqlite:///{tmp_path}/mlflow.db", "0" * 32)
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_was_cut_short_is_replaced(client: Any, runs: Runs, tracking_uri: str) -> None:
    report = report_of({"high": SCORES["high"]}, key="cut-short")
    experiment_id = client.get_experiment_by_name(EXPERIMENT).experiment_id
    half = client.create_run(
        experiment_id, tags={"copydesk.kind": "report", "copydesk.report_key": "cut-short"}
    ).info.run_id
    client.create_run(
        experiment_id,
        tags={"copydesk.kind": "model", "copydesk.report_key": "cut-short", "mlflow.parentRunId": half},
    )

    run_id = log_report(report, tracking_uri, EXPERIMENT)

    parent, *children = runs("cut-short")
    assert run_id != half
    assert (parent.info.run_id, len(children)) == (run_id, 1)
    assert children[0].data.tags["mlflow.parentRunId"] == run_id
    assert log_report(report, tracking_uri, EXPERIMENT) == run_id


def test_a_report_without_models_is_logged(client: Any, tracking_uri: str) -> None:
    run_id = log_report(report_of({}, key="empty"), tracking_uri, EXPERIMENT)

    assert client.get_run(run_id).data.metrics["models"] == 0
    assert {file.path for file in client.list_artifacts(run_id)} == {
        "figures", "ranking.csv", "report.html", "report.json", "report.md",
    }  # fmt: skip


def test_a_deleted_experiment_is_named_with_the_remedy(
    client: Any, report: Report, tracking_uri: str
) -> None:
    client.delete_experiment(client.create_experiment("in the bin"))

    with pytest.raises(ExperimentDeleted, match="mlflow experiments restore"):
        log_report(report, tracking_uri, "in the bin")


@pytest.mark.parametrize(
    "address",
    ["file:///tmp/mlruns", "/tmp/mlruns", "mlruns", "", "sqlite:///relative.db", "sqlite://", "sqlite:",
     "postgresql://user:secret@localhost/mlflow"],
)  # fmt: skip
def test_an_unfit_address_is_refused_without_repeating_it(report: Report, address: str) -> None:
    with pytest.raises(UnsupportedTrackingStore, match="absolute") as refusal:
        log_report(report, address, EXPERIMENT)

    assert "secret" not in str(refusal.value)


def test_a_damaged_store_is_a_tracking_error(report: Report, tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"this is no database" * 100)

    with pytest.raises(
        TrackingError, match=r"^The report 2026-W47 could not be logged .* can be logged again\.$"
    ):
        log_report(report, f"sqlite:///{tmp_path}/mlflow.db", EXPERIMENT)


class TestCommand:
    def run(self, document: object) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "evaluation.tracking"],
            input=json.dumps(document),
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
            env={**os.environ, "PYTHONWARNINGS": "default"},
        )

    def test_a_document_in_a_run_id_out_and_nothing_else(
        self, report: Report, tracking_uri: str, logged: str
    ) -> None:
        finished = self.run(
            {
                "job": "report",
                "report": json.loads(report.to_json()),
                "tracking_uri": tracking_uri,
                "experiment": EXPERIMENT,
            }
        )

        assert finished.returncode == 0, finished.stderr
        assert finished.stdout == f'{{"run_id": "{logged}"}}\n'

    def test_a_refusal_is_a_sentence(self, report: Report) -> None:
        finished = self.run(
            {
                "job": "report",
                "report": json.loads(report.to_json()),
                "tracking_uri": "file:///tmp/x",
                "experiment": "x",
            }
        )

        assert (finished.returncode, finished.stdout) == (1, "")
        assert "sqlite:////absolute/path/mlflow.db" in finished.stderr
        assert "Traceback" not in finished.stderr
