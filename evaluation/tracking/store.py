"""The MLflow store of a projection: where it may be, its experiment, and its failures as ours."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from evaluation.errors import ExperimentDeleted, TrackingError, UnsupportedTrackingStore

if TYPE_CHECKING:
    from mlflow import MlflowClient

KEPT = "It is kept here, and everything else is as it was; it can be logged again."


@dataclass(frozen=True)
class TrackingStore:
    """An open store, and the experiment in it to which everything of one kind goes."""

    client: "MlflowClient"
    tracking_uri: str
    experiment_id: str


@dataclass(frozen=True)
class Experiment:
    """An experiment by its name. `purpose` is what MLflow shows above its runs.

    `about_traces` is the kind that MLflow lists it as: one of traces, or one of runs and models. Both are
    said when it is made; whoever changes them on MLflow's page is left alone.
    """

    name: str
    purpose: str
    about_traces: bool = False

    def tags(self) -> dict[str, str]:
        kind = "genai_development" if self.about_traces else "custom_model_development"
        return {"mlflow.note.content": self.purpose, "mlflow.experimentKind": kind}


@contextmanager
def open_store(tracking_uri: str, experiment: Experiment, subject: str) -> Iterator[TrackingStore]:
    """The store at a tracking server (http, https) or SQLite at an absolute path, with its experiment.

    `sqlite:////abs/mlflow.db`: a new experiment's artifacts then lie beside that file. MLflow 3.17 refuses
    `file:`, and a relative path would land wherever the process was started. `subject` begins the sentence
    of a failure, such as "The report 2026-W47". The experiment becomes MLflow's current one.

    Raises UnsupportedTrackingStore for any other address, ExperimentDeleted for an experiment in MLflow's
    trash, and TrackingError where MLflow fails; the same may then be tried again.
    """
    location = _artifact_location(tracking_uri)
    with using_mlflow(f"{subject} could not be logged to MLflow", KEPT):
        import mlflow

        mlflow.set_tracking_uri(tracking_uri)
        client = mlflow.MlflowClient(tracking_uri=tracking_uri)
        experiment_id = _find_or_create_experiment(client, experiment, location)
        mlflow.set_experiment(experiment_id=experiment_id)
        yield TrackingStore(client, tracking_uri, experiment_id)


@contextmanager
def using_mlflow(failure: str, remedy: str) -> Iterator[None]:
    """Quiet and without telemetry, both asked for before the first import; its failures as TrackingError.

    Its deprecation warnings (of pandas and SQLAlchemy, in 3.17) are for its authors.
    """
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError

        try:
            yield
        except (MlflowException, SQLAlchemyError, OSError) as error:
            cause = str(error).partition("\n")[0].rstrip(".")  # SQLAlchemy goes on with the statement
            raise TrackingError(f"{failure}: {cause}. {remedy}") from error


def sqlite_file(tracking_uri: str) -> Path | None:
    """The file of a SQLite store, None of a server. Raises UnsupportedTrackingStore for anything else."""
    address = urlsplit(tracking_uri)
    if address.scheme in ("http", "https"):
        return None
    if address.scheme != "sqlite" or address.netloc or not address.path.startswith("//"):
        raise UnsupportedTrackingStore(
            f"Nothing can be logged to this {address.scheme or 'plain'} address. Use SQLite at an "
            "absolute path, sqlite:////absolute/path/mlflow.db (four slashes), or the http address of a "
            "tracking server."
        )
    return Path(address.path[1:])


def artifact_folder(file: Path) -> Path:
    """Where the artifacts of a SQLite store lie."""
    return file.parent / "mlflow-artifacts"


def _artifact_location(tracking_uri: str) -> str | None:
    """For a new experiment: beside a SQLite file, else where the server says."""
    file = sqlite_file(tracking_uri)
    if file is None:
        return None
    file.parent.mkdir(parents=True, exist_ok=True)
    return artifact_folder(file).as_uri()


def _find_or_create_experiment(
    client: "MlflowClient", wanted: Experiment, artifact_location: str | None
) -> str:
    experiment = client.get_experiment_by_name(wanted.name)
    if experiment is None:
        made = client.create_experiment(wanted.name, artifact_location=artifact_location, tags=wanted.tags())
        return str(made)
    if experiment.lifecycle_stage == "deleted":
        raise ExperimentDeleted(
            f"The MLflow experiment {wanted.name!r} was deleted, so nothing was logged. Restore it there "
            f"(mlflow experiments restore --experiment-id {experiment.experiment_id}) or name another one."
        )
    return str(experiment.experiment_id)
