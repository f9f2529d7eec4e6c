"""The projection of a report into MLflow: one run for the report, a nested run for each model.

The database is the truth; this can be thrown away and logged again. `python -m
evaluation.tracking` reads one JSON document on standard input, logs it and prints one on
standard output, so that the bot never imports MLflow:

    {"report": {…}, "tracking_uri": "sqlite:////abs/mlflow.db", "experiment": "copydesk",
     "figure_path": "/abs/ranking.png" or null}            →   {"run_id": "…"}

The report's run has the tags `copydesk.kind` = report, `copydesk.report_key`,
`copydesk.period` and `copydesk.closed`, the metrics `drafts`, `deleted_drafts`, `ratings`,
`raters`, `models` and `ranked_models`, and the artifacts `report.json`, `ranking.json` (a
table), `ranking.csv` and `ranking.png`. A model's run has the same first three tags (kind =
model), `copydesk.model`, `copydesk.status` and `copydesk.evidence`; its metrics are every number of
`ModelLine` under the same name, and of `ModelFigures` as `standing_…`, of intervals `…_low` and `…_high`.
What is not known is not logged: an absent metric is not 0.
"""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evaluation.analysis.document import ModelFigures
from evaluation.errors import (
    EvaluationError,
    ExperimentDeleted,
    InvalidReport,
    TrackingError,
    UnsupportedTrackingStore,
)
from evaluation.report_document import ModelLine, Report, describe_first_fault
from evaluation.report_table import report_table

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

TABLE = "ranking.json"
STANDING = "standing_"
INTERVALS = ("quality_ci", "anytime_ci", "human_ci", "blended_ci", "rank_set")


class TrackingDocument(BaseModel):
    """What the command reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    report: Report
    tracking_uri: str
    experiment: str = Field(min_length=1)
    figure_path: Path | None = None

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Raises InvalidReport, whose message repeats nothing of the document."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise InvalidReport(f"Nothing was logged: {describe_first_fault(error)}.") from error


def log_report(report: Report, png: bytes | None, tracking_uri: str, experiment: str) -> str:
    """Log a report once and return the id of its run.

    A report whose run is finished is found by its key and left alone. A run that a crash left
    unfinished is deleted with its children and logged anew, so nothing ever stands twice. The
    run is marked finished as the last step. One process at a time may log the same report.

    `tracking_uri` is a tracking server (http, https) or SQLite at an absolute path
    (`sqlite:////abs/mlflow.db`; a new experiment's artifacts then lie beside that file). MLflow
    3.17 refuses `file:`, and a relative path would land wherever the process was started.

    Raises UnsupportedTrackingStore for any other address, ExperimentDeleted for an experiment
    in MLflow's trash, and TrackingError where MLflow fails; logging may then be tried again.
    """
    artifact_location = _artifact_location(tracking_uri)
    with _using_mlflow(report):
        from mlflow import MlflowClient

        client = MlflowClient(tracking_uri=tracking_uri)
        experiment_id = _find_or_create_experiment(client, experiment, artifact_location)
        for run in _search(client, experiment_id, "copydesk.report_key", report.key):
            if run.data.tags.get("copydesk.kind") != "report":
                continue
            if run.info.status == "FINISHED":
                return str(run.info.run_id)
            _delete_with_children(client, experiment_id, run)
        return _log_anew(client, experiment_id, report, png)


def main() -> int:
    """The command; 1 and a sentence on standard error where nothing was logged."""
    try:
        document = TrackingDocument.from_json(sys.stdin.buffer.read())
        png = document.figure_path.read_bytes() if document.figure_path else None
        with redirect_stdout(sys.stderr):  # standard output is for the answer alone
            run_id = log_report(document.report, png, document.tracking_uri, document.experiment)
    except (EvaluationError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f'{{"run_id": "{run_id}"}}\n')
    return 0


def _log_anew(client: "MlflowClient", experiment_id: str, report: Report, png: bytes | None) -> str:
    parent_id = _create_run(client, experiment_id, report, report.key, _report_tags(report))
    _log_metrics(
        client,
        parent_id,
        report,
        {
            **report.counts.model_dump(),
            "models": len(report.models),
            "ranked_models": len(report.ranked),
        },
    )
    for line in report.models:
        run_id = _create_run(client, experiment_id, report, line.model, _model_tags(report, line, parent_id))
        _log_metrics(client, run_id, report, _numbers(line, report.standing(line.model)))
        client.set_terminated(run_id, end_time=_milliseconds(report))
    _log_artifacts(client, parent_id, report, png)
    client.set_terminated(parent_id, end_time=_milliseconds(report))
    return parent_id


def _log_artifacts(client: "MlflowClient", run_id: str, report: Report, png: bytes | None) -> None:
    table = report_table(report)
    with TemporaryDirectory() as folder:
        Path(folder, "report.json").write_text(report.model_dump_json(indent=2), encoding="utf-8")
        Path(folder, "ranking.csv").write_text(table.to_csv(), encoding="utf-8")
        if png is not None:
            Path(folder, "ranking.png").write_bytes(png)
        client.log_artifacts(run_id, folder)
    if table.rows:
        columns = zip(*table.rows, strict=True)
        client.log_table(run_id, dict(zip(table.header, map(list, columns), strict=True)), TABLE)


def _log_metrics(
    client: "MlflowClient", run_id: str, report: Report, numbers: dict[str, int | float]
) -> None:
    from mlflow.entities import Metric

    timestamp_ms = _milliseconds(report)
    client.log_batch(
        run_id, metrics=[Metric(name, float(value), timestamp_ms, 0) for name, value in numbers.items()]
    )


def _numbers(line: ModelLine, standing: ModelFigures | None) -> dict[str, int | float]:
    """What the model did in the period, and what is known of it as `standing_…`."""
    numbers = _plain_numbers(line, "")
    return numbers if standing is None else {**numbers, **_plain_numbers(standing, STANDING)}


def _plain_numbers(figures: BaseModel, prefix: str) -> dict[str, int | float]:
    """Every number, and of every interval both ends."""
    numbers: dict[str, int | float] = {}
    for name, value in figures.model_dump().items():
        if isinstance(value, bool | int | float):
            numbers[prefix + name] = value
        elif name in INTERVALS and value is not None:
            numbers[f"{prefix}{name}_low"], numbers[f"{prefix}{name}_high"] = value
    return numbers


def _report_tags(report: Report) -> dict[str, str]:
    return {
        "copydesk.kind": "report",
        "copydesk.report_key": report.key,
        "copydesk.period": report.period,
        "copydesk.closed": str(report.closed).lower(),
        "mlflow.note.content": "\n\n".join((report.headline, *report.caveats)),
        "mlflow.source.name": "copydesk",
    }


def _model_tags(report: Report, line: ModelLine, parent_id: str) -> dict[str, str]:
    tags = {
        "copydesk.kind": "model",
        "copydesk.report_key": report.key,
        "copydesk.period": report.period,
        "copydesk.model": line.model,
        "mlflow.parentRunId": parent_id,
        "mlflow.source.name": "copydesk",
    }
    standing = report.standing(line.model)
    if standing is not None:
        tags |= {"copydesk.status": standing.status, "copydesk.evidence": standing.evidence}
    if line.energy_source is not None:
        tags["copydesk.energy_source"] = line.energy_source.value
    return tags


def _create_run(
    client: "MlflowClient", experiment_id: str, report: Report, name: str, tags: dict[str, str]
) -> str:
    run = client.create_run(experiment_id, start_time=_milliseconds(report), tags=tags, run_name=name)
    return str(run.info.run_id)


def _milliseconds(report: Report) -> int:
    """When the figures were computed: the same for every retry, unlike the moment of logging."""
    return int(report.generated_at.timestamp() * 1000)


def _delete_with_children(client: "MlflowClient", experiment_id: str, parent: "Run") -> None:
    """Children first: should this be cut short as well, the parent still leads to the rest."""
    for child in _search(client, experiment_id, "mlflow.parentRunId", parent.info.run_id):
        client.delete_run(child.info.run_id)
    client.delete_run(parent.info.run_id)


def _search(client: "MlflowClient", experiment_id: str, tag: str, value: str) -> "list[Run]":
    return list(client.search_runs([experiment_id], filter_string=f"tags.`{tag}` = '{value}'"))


def _find_or_create_experiment(client: "MlflowClient", name: str, artifact_location: str | None) -> str:
    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        return str(client.create_experiment(name, artifact_location=artifact_location))
    if experiment.lifecycle_stage == "deleted":
        raise ExperimentDeleted(
            f"The MLflow experiment {name!r} was deleted, so nothing was logged. Restore it there "
            f"(mlflow experiments restore --experiment-id {experiment.experiment_id}) or name another one."
        )
    return str(experiment.experiment_id)


def _artifact_location(tracking_uri: str) -> str | None:
    """Where a new experiment keeps its artifacts: beside a SQLite file, else where the server says."""
    address = urlsplit(tracking_uri)
    if address.scheme in ("http", "https"):
        return None
    if address.scheme != "sqlite" or address.netloc or not address.path.startswith("//"):
        raise UnsupportedTrackingStore(
            f"Reports cannot be logged to this {address.scheme or 'plain'} address. Use SQLite at an "
            "absolute path, sqlite:////absolute/path/mlflow.db (four slashes), or the http address of a "
            "tracking server."
        )
    folder = Path(address.path[1:]).parent
    folder.mkdir(parents=True, exist_ok=True)
    return (folder / "mlflow-artifacts").as_uri()


@contextmanager
def _using_mlflow(report: Report) -> Iterator[None]:
    """Quiet and without telemetry, both asked for before the first import; its failures as ours.

    Its deprecation warnings (of pandas and SQLAlchemy, in 3.17) are for its authors.
    """
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError

        try:
            yield
        except (MlflowException, SQLAlchemyError, OSError) as error:
            cause = str(error).partition("\n")[0]  # SQLAlchemy goes on with the statement
            raise TrackingError(
                f"The report {report.key} could not be logged to MLflow: {cause}. "
                "It is kept in the database and can be logged again."
            ) from error


if __name__ == "__main__":
    raise SystemExit(main())
