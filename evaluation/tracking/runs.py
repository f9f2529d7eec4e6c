"""Runs: a parent with children, metrics in batches, each thing once by its key."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeVar

from pydantic import BaseModel

from evaluation.records import Records
from evaluation.tracking.store import TrackingStore

if TYPE_CHECKING:
    from mlflow.entities import Run

_T = TypeVar("_T")

MOST_METRICS: Final = 1000
MOST_PARAMETERS: Final = 100
MOST_CHARACTERS: Final = 5000
"""How much MLflow takes in one batch, and of one description."""


@dataclass(frozen=True)
class Point:
    """A figure at a step; `at` is when it was true, the same for every retry."""

    name: str
    value: float
    step: int
    at: datetime
    model_id: str | None = None


def find_finished(store: TrackingStore, kind: str, tag: str, key: str) -> str | None:
    """The finished parent run that stands for `key`; what a crash left of one is deleted first."""
    for run in search(store, tag, key):
        if run.data.tags.get("copydesk.kind") != kind:
            continue
        if run.info.status == "FINISHED":
            return str(run.info.run_id)
        _delete_with_children(store, run)
    return None


def create_run(
    store: TrackingStore, name: str, at: datetime, tags: Mapping[str, str], parent_id: str | None = None
) -> str:
    """A run that says when its figures were computed, not when they were logged."""
    nested = {"mlflow.parentRunId": parent_id} if parent_id is not None else {}
    run = store.client.create_run(
        store.experiment_id,
        start_time=milliseconds(at),
        tags={"mlflow.source.name": "copydesk", **tags, **nested},
        run_name=name,
    )
    return str(run.info.run_id)


def finish_run(store: TrackingStore, run_id: str, at: datetime) -> None:
    store.client.set_terminated(run_id, end_time=milliseconds(at))


def log_points(store: TrackingStore, run_id: str, points: Iterable[Point]) -> None:
    """Metrics, as many in one go as MLflow takes."""
    from mlflow.entities import Metric

    metrics = [
        Metric(point.name, float(point.value), milliseconds(point.at), point.step, model_id=point.model_id)
        for point in points
    ]
    for some in _batches(metrics, MOST_METRICS):
        store.client.log_batch(run_id, metrics=some)


def log_parameters(store: TrackingStore, run_id: str, parameters: Mapping[str, str]) -> None:
    from mlflow.entities import Param

    for some in _batches([Param(name, value) for name, value in parameters.items()], MOST_PARAMETERS):
        store.client.log_batch(run_id, params=some)


def log_records(store: TrackingStore, run_id: str, records: Records, name: str) -> None:
    """A table that MLflow's page shows as one and can compare between runs. An empty one is left out."""
    if records.rows:
        store.client.log_table(run_id, records.columns(), name)


def numbers_of(figures: BaseModel, prefix: str = "") -> dict[str, float]:
    """Every number of a document, and of every pair both ends as `…_low` and `…_high`.

    What is not known is not there: an absent metric is not 0.
    """
    numbers: dict[str, float] = {}
    for name in type(figures).model_fields:
        value = getattr(figures, name)
        if isinstance(value, bool | int | float):
            numbers[prefix + name] = float(value)
        elif (
            isinstance(value, tuple)
            and len(value) == 2
            and all(isinstance(end, int | float) for end in value)
        ):
            numbers[f"{prefix}{name}_low"], numbers[f"{prefix}{name}_high"] = map(float, value)
    return numbers


def search(store: TrackingStore, tag: str, value: str) -> "list[Run]":
    return list(store.client.search_runs([store.experiment_id], f"tags.`{tag}` = '{value}'"))


def describe(*paragraphs: str) -> dict[str, str]:
    """The tag that MLflow shows as a run's description, in Markdown."""
    text = "\n\n".join(paragraph for paragraph in paragraphs if paragraph)
    return {"mlflow.note.content": text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]} …"}


def as_list(title: str, sentences: Sequence[str]) -> str:
    """A paragraph of a description; nothing of nothing."""
    return "\n".join([f"**{title}**", "", *(f"- {each}" for each in sentences)]) if sentences else ""


def milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _delete_with_children(store: TrackingStore, parent: "Run") -> None:
    """Children first: should this be cut short as well, the parent still leads to the rest."""
    for child in search(store, "mlflow.parentRunId", parent.info.run_id):
        store.client.delete_run(child.info.run_id)
    store.client.delete_run(parent.info.run_id)


def _batches(things: list[_T], size: int) -> Iterable[list[_T]]:
    return (things[start : start + size] for start in range(0, len(things), size))
