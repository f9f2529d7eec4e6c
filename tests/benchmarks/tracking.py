"""How long MLflow takes: `python -m tests.benchmarks.tracking --drafts 10000`.

Prints one JSON object. `report_seconds` is the log of one week with so many drafts (two in five rated): the
child process from its start to its end, into a SQLite store that has its tables; pages, figures,
tables, data set, models and prompts included, traces apart. `again_seconds` is the same once more, when all
is there. `traces_seconds` is one trace a draft with its feedback. `page_seconds` is `copydesk mlflow` until
its page answers, `page_processes` how many processes that takes. The bar: `report_seconds` under 60.
"""

import argparse
import json
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import IO

import psutil
from pydantic import BaseModel
from sqlmodel import Session, SQLModel

from bot import tracking
from bot.commands.module import run_module
from bot.settings import Settings, load_settings
from evaluation.costs import CostLine
from evaluation.database import Database, open_database
from evaluation.heuristics import Score
from evaluation.report import build_report
from evaluation.report_document import Report
from evaluation.revisions import upgrade
from evaluation.tables import CostEntry, Dimension, HeuristicScore, Rating, new_id
from tests.costs import ASSUMPTIONS
from tests.reports import AFTER_WEEK, WEEK
from tests.rows import draft_row, request_row

MODELS = {"starter-rich": 7.6, "starter-plain": 6.1, "qwen3-4b-instruct-2507": 8.3, "bloom-560m": 4.6}
KINDS = ("linkedin_post", "client_email", "marketing")
RATERS = 12
RATED_SHARE = 0.4
TEXT = "What changed in our team when nobody had to be in the office at nine. " * 20


def measure(n_drafts: int) -> dict[str, float]:
    with TemporaryDirectory() as folder:
        settings = load_settings(None, {"COPYDESK_DATA_DIR": folder}, Path(folder))
        upgrade(settings.database_url)
        database = open_database(settings.database_url)
        with database.transaction() as session:
            add_week(session, n_drafts)
        begun = perf_counter()
        with database.reading() as session:
            report = build_report(session, WEEK, AFTER_WEEK, closed=True, assumptions=ASSUMPTIONS)
        figures = {"drafts": float(n_drafts), "build_seconds": perf_counter() - begun}
        figures |= _log_reports(settings, database, report) | _log_traces(settings, database, n_drafts)
        database.dispose()
        figures |= _open_page(folder)
    return {name: round(value, 2) for name, value in figures.items()}


def add_week(session: Session, n_drafts: int) -> None:
    """Drafts spread over the week, each with heuristics and energy, two in five with a rating."""
    rng = Random(20261116)
    step = (WEEK.end - WEEK.start) / (n_drafts + 1)
    requests: list[SQLModel] = []
    drafts: list[SQLModel] = []
    said: list[SQLModel] = []
    for number in range(n_drafts):
        model, quality = rng.choice(sorted(MODELS.items()))
        at = WEEK.start + step * (number + 1)
        request = request_row(id=new_id(), created_at=at, content_type=rng.choice(KINDS))
        draft = draft_row(
            request.id,
            id=new_id(),
            model_name=model,
            created_at=at,
            text=TEXT,
            latency_seconds=rng.lognormvariate(1, 0.4),
            busy_seconds=1.0,
        )
        requests.append(request)
        drafts.append(draft)
        said += _said_by_machine(draft.id, quality, rng)
        if rng.random() < RATED_SHARE:
            score = min(10, max(1, round(quality + rng.gauss(0, 1.2))))
            later = min(at + timedelta(hours=2), WEEK.end - timedelta(seconds=1))
            rater = f"U{rng.randrange(RATERS)}"
            said.append(Rating(draft_id=draft.id, rater_id=rater, score=score, updated_at=later))
    for rows in (requests, drafts, said):  # what refers to others comes after them
        session.add_all(rows)
        session.flush()


def _said_by_machine(draft_id: str, quality: float, rng: Random) -> list[SQLModel]:
    scores = [Score(each, min(10.0, max(0.0, rng.gauss(quality, 1))), "Fits.") for each in Dimension]
    line = CostLine("energy", 2e-5, "kWh", 0.15, 3e-6, "declared watts × seconds", "declared")
    return [
        *(
            HeuristicScore(
                draft_id=draft_id, dimension=score.dimension, value=score.value, reason=score.reason
            )
            for score in scores
        ),
        CostEntry(draft_id=draft_id, **vars(line)),
    ]


def _log_reports(settings: Settings, database: Database, report: Report) -> dict[str, float]:
    """The first report of a store makes its tables, which happens once in its life."""
    job = tracking.report_job(settings, database, report)
    other = job.model_copy(update={"report": report.model_copy(update={"key": "first"})})
    return {
        "first_report_seconds": _seconds(other),
        "report_seconds": _seconds(job),
        "again_seconds": _seconds(job),
    }


def _log_traces(settings: Settings, database: Database, n_drafts: int) -> dict[str, float]:
    job = tracking.traces_job(settings, database).model_copy(update={"at_most_seconds": 3600.0})
    first, again = _seconds(job), _seconds(job)
    return {
        "traces_seconds": first,
        "traces_per_second": n_drafts / first,
        "traces_again_seconds": again,
    }


def _seconds(job: BaseModel) -> float:
    begun = perf_counter()
    run_module(tracking.MODULE, document=job.model_dump_json())
    return perf_counter() - begun


def _open_page(folder: str) -> dict[str, float]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "bot.cli", "mlflow", "--port", str(port)]
    begun = perf_counter()
    with subprocess.Popen(
        command, env={"COPYDESK_DATA_DIR": folder}, stdout=subprocess.PIPE, text=True
    ) as process:
        _wait_for_address(process.stdout)
        seconds = perf_counter() - begun
        family = psutil.Process(process.pid).children(recursive=True)
        memory = sum(each.memory_info().rss for each in family) / 2**20
        process.terminate()
        process.wait(20)
    return {"page_seconds": seconds, "page_processes": float(len(family)), "page_mib": memory}


def _wait_for_address(output: IO[str] | None) -> None:
    assert output is not None
    assert any("http://" in line for line in iter(output.readline, ""))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drafts", type=int, default=10_000)
    sys.stdout.write(f"{json.dumps(measure(parser.parse_args().drafts))}\n")


if __name__ == "__main__":
    main()
