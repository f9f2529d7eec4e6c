"""An offline evaluation in MLflow: one run for it and in it one for each model, so that models compare.

A model's run has every measured metric of `evaluation.offline.measures` under its own name, its standings as
`overall_…` and `<kind>_…`, and as `copydesk.unmeasured.…` tags why what is missing is missing.
"""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from evaluation.offline.document import Decision, Evaluation, ModelResult, Standing
from evaluation.offline.measures import MEASURES
from evaluation.records import Cell, Records
from evaluation.tracking.documents import UNKNOWN, Provenance
from evaluation.tracking.runs import (
    Point,
    as_list,
    create_run,
    describe,
    find_finished,
    finish_run,
    log_parameters,
    log_points,
    log_records,
)
from evaluation.tracking.store import Experiment, TrackingStore, open_store

PURPOSE: Final = (
    "A run for each `copydesk evaluate`, and in it one for each model: select those and press Compare. What "
    "each metric means stands in docs/evaluation.md; one that was not measured is absent."
)
KEY: Final = "copydesk.evaluation_key"
EVALUATION_FILE: Final = "evaluation.json"
FIGURES: Final = "figures"


def log_evaluation(
    evaluation: Evaluation,
    pictures: Path | None,
    tracking_uri: str,
    experiment: str,
    provenance: Provenance = UNKNOWN,
) -> str:
    """Log an evaluation once, with the files in the folder `pictures`, and return the id of its run.

    The same result is found again and left alone; one that was resumed and so has other figures is another.
    Raises UnsupportedTrackingStore, ExperimentDeleted, and TrackingError where MLflow fails.
    """
    with open_store(
        tracking_uri, Experiment(experiment, PURPOSE), f"The evaluation {evaluation.evaluation}"
    ) as store:
        key = evaluation_key(evaluation)
        run_id = find_finished(store, "evaluation", KEY, key)
        if run_id is not None:
            return run_id
        tags = {"copydesk.kind": "evaluation", KEY: key, **provenance.tags(), **_description(evaluation)}
        run_id = create_run(store, evaluation.evaluation, evaluation.begun_at, tags)
        log_parameters(store, run_id, _parameters(evaluation))
        log_points(store, run_id, _points(evaluation, _counts(evaluation)))
        _log_files(store, run_id, evaluation, pictures)
        for model in evaluation.models:
            _log_model(store, run_id, key, evaluation, model)
        finish_run(store, run_id, evaluation.ended_at)
        return run_id


def evaluation_key(evaluation: Evaluation) -> str:
    """What tells one result from another; when it was looked at does not."""
    whole = evaluation.model_dump_json(exclude={"ended_at"})
    return f"{evaluation.evaluation}-{sha256(whole.encode()).hexdigest()[:16]}"


def model_numbers(evaluation: Evaluation, model: ModelResult) -> dict[str, float]:
    """Every measured metric of a model, and where it stands overall and for each kind of text."""
    numbers = {name: value for name, value in model.metrics.items() if value is not None}
    for standing in evaluation.standings:
        if standing.model == model.model:
            numbers |= _standing_numbers(standing)
    return {_allowed(name): value for name, value in numbers.items()}


def standings_records(evaluation: Evaluation) -> Records:
    """Who stands where, overall first, as on the screen."""
    header = (
        "model", "content_type", "texts", "topics", "quality", "low", "high", "rank_low", "rank_high",
        "standing",
    )  # fmt: skip
    return Records(header, tuple(map(_standing_row, evaluation.standings)))


def metrics_records(evaluation: Evaluation) -> Records:
    """One row a metric, one column a model, in the order of the declaration."""
    units = {measure.name: measure.unit for measure in MEASURES}
    names = dict.fromkeys([*units, *(name for model in evaluation.models for name in model.metrics)])
    rows = tuple(
        (name, units.get(name, "share"), *(model.metrics.get(name) for model in evaluation.models))
        for name in names
    )
    return Records(("metric", "unit", *(model.model for model in evaluation.models)), rows)


def pace_records(evaluation: Evaluation) -> Records:
    """How fast models are beside each other: a figure of a over that of b, with its interval."""
    header = ("figure", "a", "b", "texts", "ratio", "low", "high")
    return Records(
        header,
        tuple(
            (one.figure, one.a, one.b, one.n_pairs, one.ratio, one.low, one.high) for one in evaluation.pace
        ),
    )


def _log_model(
    store: TrackingStore, parent_id: str, key: str, evaluation: Evaluation, model: ModelResult
) -> None:
    overall = next(
        (each for each in evaluation.standings if each.model == model.model and each.content_type is None),
        None,
    )
    tags = {
        "copydesk.kind": "evaluated model",
        KEY: key,
        "copydesk.model": model.model,
        "copydesk.standing": overall.standing if overall is not None else "insufficient",
        "copydesk.leads": str(evaluation.decision.leader == model.model).lower(),
        **describe(as_list("Not measured", [f"{name}: {why}" for name, why in model.reasons.items()])),
    }
    run_id = create_run(store, model.model, evaluation.begun_at, tags, parent_id)
    log_parameters(store, run_id, {"model": model.model, "texts": str(model.n_texts)})
    log_points(store, run_id, _points(evaluation, model_numbers(evaluation, model)))
    finish_run(store, run_id, evaluation.ended_at)


def _log_files(store: TrackingStore, run_id: str, evaluation: Evaluation, pictures: Path | None) -> None:
    tables = {
        "standings": standings_records(evaluation),
        "metrics": metrics_records(evaluation),
        "pace": pace_records(evaluation),
        "routes": _routes_records(evaluation.decision),
    }
    with TemporaryDirectory() as folder:
        whole = Path(folder, EVALUATION_FILE)
        whole.write_text(evaluation.model_dump_json(indent=2), encoding="utf-8")
        for name, records in tables.items():
            Path(folder, f"{name}.csv").write_text(records.to_csv(), encoding="utf-8")
        store.client.log_artifacts(run_id, folder)
    if pictures is not None and pictures.is_dir():
        store.client.log_artifacts(run_id, str(pictures), FIGURES)
    for name, records in tables.items():
        log_records(store, run_id, records, f"{name}.json")


def _points(evaluation: Evaluation, numbers: dict[str, float]) -> Iterator[Point]:
    return (Point(name, value, 0, evaluation.ended_at) for name, value in numbers.items())


def _counts(evaluation: Evaluation) -> dict[str, float]:
    return {
        "models": float(len(evaluation.models)),
        "texts": float(sum(model.n_texts for model in evaluation.models)),
        "qualified_models": float(len(evaluation.decision.qualified)),
        "threshold": evaluation.decision.threshold,
    }


def _parameters(evaluation: Evaluation) -> dict[str, str]:
    return {
        "backend": evaluation.backend,
        "samples": str(evaluation.samples),
        "seed": str(evaluation.seed),
        "held_back": str(evaluation.held_back).lower(),
        "confidence": str(evaluation.confidence),
        "leader": evaluation.decision.leader or "none",
    }


def _description(evaluation: Evaluation) -> dict[str, str]:
    decision = evaluation.decision
    leader = f"{decision.leader} leads." if decision.leader is not None else "Nobody leads."
    qualified = ", ".join(decision.qualified) or "none"
    routes = [f"{each.content_type}: {', '.join(each.models)} ({each.reason})." for each in decision.routes]
    return describe(
        f"{leader} Surely at {decision.threshold:g} or above: {qualified}.",
        as_list("Recommended routes", routes),
        as_list("What would change this decision", decision.would_change),
        as_list("Keep in mind", evaluation.caveats),
    )


def _standing_numbers(standing: Standing) -> dict[str, float]:
    of = standing.content_type or "overall"
    known = {
        f"{of}_quality": standing.quality,
        f"{of}_quality_low": standing.low,
        f"{of}_quality_high": standing.high,
    }
    if standing.rank_set is not None:
        known |= {f"{of}_rank_low": standing.rank_set[0], f"{of}_rank_high": standing.rank_set[1]}
    return {name: float(value) for name, value in known.items() if value is not None}


def _standing_row(standing: Standing) -> tuple[Cell, ...]:
    return (
        standing.model,
        standing.content_type or "all",
        standing.n_texts,
        standing.n_topics,
        standing.quality,
        standing.low,
        standing.high,
        *(standing.rank_set or (None, None)),
        standing.standing,
    )


def _routes_records(decision: Decision) -> Records:
    rows = tuple((each.content_type, ", ".join(each.models), each.reason) for each in decision.routes)
    return Records(("content_type", "models", "reason"), rows)


def _allowed(name: str) -> str:
    """A name as MLflow allows it: letters, digits, and some signs."""
    return "".join(letter if letter.isalnum() or letter in "_-. /:" else "_" for letter in name)
