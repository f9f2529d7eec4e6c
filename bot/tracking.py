"""What MLflow is told, as documents for `python -m evaluation.tracking`, a process of its own."""

import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from hashlib import sha256
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Final

from bot.configuration import Configuration
from bot.settings import Settings
from evaluation import store
from evaluation.database import Database
from evaluation.offline.document import Evaluation
from evaluation.report_document import Report
from evaluation.tracking.documents import (
    EvaluationJob,
    People,
    PromptTemplate,
    Provenance,
    ReadJob,
    ReportJob,
    TracesJob,
)
from generation.prompts import Guidance, build_messages, prompt_version

MODULE: Final = "evaluation.tracking"
WEEKLY: Final = "copydesk-weekly"
DRAFTS: Final = "copydesk-drafts"
EVALUATIONS: Final = "copydesk-evaluations"
TRACES_SECONDS: Final = 90.0
"""After so long what is left waits for the next attempt, so that a large backlog holds up nothing."""
_TOPIC: Final = "{{topic}}"
_GIT_SECONDS: Final = 5


def report_job(settings: Settings, database: Database, report: Report) -> ReportJob:
    """A week, with what wrote it, the prompts in use (read with the house styles), and its judgements."""
    with database.reading() as session:
        styles = ("", *store.newest_styles(session))
    return ReportJob(
        tracking_uri=settings.mlflow_tracking_uri,
        experiment=WEEKLY,
        report=report,
        provenance=provenance(settings),
        prompts=prompt_templates(settings, styles),
        people=_people(settings, database),
    )


def traces_job(settings: Settings, database: Database) -> TracesJob:
    """All drafts and ratings that are not in MLflow yet, as far as the time allows."""
    return TracesJob(
        tracking_uri=settings.mlflow_tracking_uri,
        experiment=DRAFTS,
        people=_people(settings, database),
        at_most_seconds=TRACES_SECONDS,
    )


def evaluation_job(settings: Settings, evaluation: Evaluation, pictures: Path | None) -> EvaluationJob:
    """An offline evaluation with the files in `pictures`."""
    return EvaluationJob(
        tracking_uri=settings.mlflow_tracking_uri,
        experiment=EVALUATIONS,
        evaluation=evaluation,
        pictures=pictures,
        provenance=provenance(settings),
    )


def read_job(settings: Settings, run_id: str) -> ReadJob:
    """The report of a run."""
    return ReadJob(tracking_uri=settings.mlflow_tracking_uri, run_id=run_id)


def provenance(settings: Settings) -> Provenance:
    """The version, the commit of a checkout, and a digest of what copydesk.toml and the defaults say.

    No token and no address is in the digest: they come from the environment.
    """
    told = settings.model_dump(mode="json", include=set(Configuration.model_fields))
    return Provenance(
        version=installed_version("copydesk"),
        git_commit=_git_commit(Path(__file__).resolve().parents[1]),
        configuration=sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16],
    )


def prompt_templates(settings: Settings, styles: Iterable[str] = ("",)) -> tuple[PromptTemplate, ...]:
    """How each kind of model is asked for each kind of text now, in each house style, each way once."""
    templates = (each for style in styles for each in _templates(settings, style))
    return tuple({each.version: each for each in templates}.values())


def _templates(settings: Settings, style: str) -> Iterator[PromptTemplate]:
    guidance = Guidance(style=style)
    for content_type in settings.content_types.values():
        for spec in settings.models.values():
            told = build_messages(content_type, spec, _TOPIC, guidance)
            yield PromptTemplate(
                content_type=content_type.name,
                model_kind=_model_kind(spec.kind.value, spec.prompt_format.value),
                version=prompt_version(content_type, spec, style),
                template=told if isinstance(told, str) else list(told),
            )


def _model_kind(kind: str, prompt_format: str) -> str:
    """Only chat models differ in how they are spoken to."""
    return prompt_format if kind == "chat" else kind


def _people(settings: Settings, database: Database) -> People:
    address = database.engine.url.render_as_string(hide_password=False)
    return People(database_url=address, key_file=settings.data_dir / "mlflow-names.key")


def _git_commit(root: Path) -> str | None:
    """None where Copydesk does not run from a checkout of its own, or there is no git."""
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        return None
    try:
        found = subprocess.run(
            [git, "-C", str(root), "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            timeout=_GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() if found.returncode == 0 else None
