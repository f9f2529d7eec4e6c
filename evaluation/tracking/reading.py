"""A report back from MLflow alone, equal to the one that was logged."""

from pathlib import Path
from tempfile import TemporaryDirectory

from evaluation.errors import TrackingError
from evaluation.report_document import Report
from evaluation.tracking.report_runs import REPORT_FILE
from evaluation.tracking.store import sqlite_file, using_mlflow


def read_report(tracking_uri: str, run_id: str) -> Report:
    """The report of a run, or of the run in which a model's run is nested.

    Raises TrackingError where there is no such run or no report in it, InvalidReport for one of a newer
    version, UnsupportedTrackingStore for an address that is none.
    """
    file = sqlite_file(tracking_uri)
    if file is not None and not file.exists():
        raise TrackingError(f"There is no MLflow store at {file}: nothing was logged there yet.")
    failure = f"The run {run_id} could not be read from MLflow"
    with using_mlflow(failure, "Look at `copydesk mlflow` for the runs that there are."):
        from mlflow import MlflowClient

        client = MlflowClient(tracking_uri=tracking_uri)
        run = client.get_run(run_id)
        tags = run.data.tags
        kind, parent_id = tags.get("copydesk.kind"), tags.get("mlflow.parentRunId")
        if kind == "model" and parent_id is not None and "copydesk.report_key" in tags:
            run_id = parent_id
        elif kind != "report":
            raise TrackingError(
                f"The run {run_id} holds no weekly report. Take the id of a run whose tag copydesk.kind is "
                "report: `copydesk mlflow` shows them."
            )
        with TemporaryDirectory() as folder:
            return Report.from_json(Path(client.download_artifacts(run_id, REPORT_FILE, folder)).read_bytes())
