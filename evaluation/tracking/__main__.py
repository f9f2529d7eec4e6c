"""One JSON document on standard input, done in MLflow, one on standard output.

    {"job": "report", "report": {…}, "tracking_uri": "sqlite:////abs/mlflow.db", …}   →   {"run_id": "…"}

What the documents hold stands in `evaluation.tracking.documents`.
"""

import json
import sys
from contextlib import redirect_stdout
from dataclasses import asdict
from datetime import UTC, datetime

from evaluation.errors import EvaluationError
from evaluation.tracking.documents import EvaluationJob, Job, ReadJob, ReportJob, TracesJob, read_job


def main() -> int:
    """1 and a sentence on standard error where it was not done."""
    try:
        job = read_job(sys.stdin.buffer.read())
        with redirect_stdout(sys.stderr):  # standard output is for the answer alone
            answer = _do(job)
    except (EvaluationError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{answer}\n")
    return 0


def _do(job: Job) -> str:
    match job:
        case ReportJob():
            from evaluation.tracking.report_runs import log_report_job

            return json.dumps({"run_id": log_report_job(job)})
        case EvaluationJob():
            from evaluation.tracking.evaluation_runs import log_evaluation

            run_id = log_evaluation(
                job.evaluation, job.pictures, job.tracking_uri, job.experiment, job.provenance
            )
            return json.dumps({"run_id": run_id})
        case TracesJob():
            from evaluation.tracking.traces import log_traces

            traced = log_traces(job.people, job.tracking_uri, job.experiment, _now, job.at_most_seconds)
            return json.dumps(asdict(traced))
        case ReadJob():
            from evaluation.tracking.reading import read_report

            return read_report(job.tracking_uri, job.run_id).to_json()


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    raise SystemExit(main())
