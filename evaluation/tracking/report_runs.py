"""A week in MLflow: one run for the report and in it one for each model.

The report's run has the tags `copydesk.kind` = report, `copydesk.report_key`, `copydesk.period` and
`copydesk.closed`, the metrics of the whole team, the data set, and as artifacts the report as JSON, Markdown
and HTML, every figure with its data, the ranking and the costs as tables. A model's run has the same tags
(kind = model), `copydesk.model`, `copydesk.status` and `copydesk.evidence`; its metrics are every number of
`ModelLine` under the same name, and of `ModelFigures` as `standing_…`, of intervals `…_low` and `…_high`.

The step of a metric is the week's number, and a model's run holds the weeks before as well, so that
lines of different runs lie upon each other. What is not known is not logged: an absent metric is not 0.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from evaluation.costs.document import CostReport
from evaluation.costs.records import clouds_records, lines_records
from evaluation.figures.all import draw_all, write_figures
from evaluation.figures.style import DARK, LIGHT
from evaluation.pages.html import write_html
from evaluation.pages.markdown import write_markdown
from evaluation.periods import Period
from evaluation.report_document import ModelLine, Report
from evaluation.report_records import report_records
from evaluation.tracking.documents import UNKNOWN, People, PromptTemplate, Provenance, ReportJob
from evaluation.tracking.judgements import FOLDER, as_dataset, write_judgements
from evaluation.tracking.prompts import link_prompts, log_prompts
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
    numbers_of,
)
from evaluation.tracking.store import Experiment, TrackingStore, open_store
from evaluation.tracking.writers import log_writers, move_aliases

PURPOSE: Final = (
    "A run for each week, and in it one for each model. The step of every metric is the week, so that weeks "
    "line up in charts; a model's run holds the weeks before as well."
)
FIRST_WEEK: Final = date.fromisocalendar(2020, 1, 1)
STANDING: Final = "standing_"
REPORT_FILE: Final = "report.json"
FIGURES: Final = "figures"


def log_report(
    report: Report,
    tracking_uri: str,
    experiment: str,
    *,
    provenance: Provenance = UNKNOWN,
    prompts: tuple[PromptTemplate, ...] = (),
    people: People | None = None,
) -> str:
    """Log a report once and return the id of its run.

    A report whose run is finished is found by its key and left alone. A run that a crash left
    unfinished is deleted with its children and logged anew, so nothing ever stands twice. The
    run is marked finished as the last step. One process at a time may log the same report.

    Raises UnsupportedTrackingStore, ExperimentDeleted, and TrackingError where MLflow fails; logging may
    then be tried again.
    """
    with open_store(tracking_uri, Experiment(experiment, PURPOSE), f"The report {report.key}") as store:
        run_id = find_finished(store, "report", "copydesk.report_key", report.key)
        if run_id is not None:
            return run_id
        run_id = create_run(store, _name(report), report.generated_at, _tags(report, provenance))
        _log_figures(store, run_id, report)
        model_ids = log_writers(store, report)
        _log_files(store, run_id, report, people)
        children = _log_models(store, run_id, report, model_ids)
        link_prompts(store, report, children, log_prompts(store, prompts))
        move_aliases(store, report, model_ids)
        finish_run(store, run_id, report.generated_at)
        return run_id


def log_report_job(job: ReportJob) -> str:
    return log_report(
        job.report,
        job.tracking_uri,
        job.experiment,
        provenance=job.provenance,
        prompts=job.prompts,
        people=job.people,
    )


def week_number(period: str) -> int:
    """The step of a week: 2020-W01 is 1, and the turn of a year makes no gap."""
    return (Period.parse(period, "UTC").start.date() - FIRST_WEEK).days // 7 + 1


def _log_figures(store: TrackingStore, run_id: str, report: Report) -> None:
    analysis = report.analysis
    numbers = {
        **numbers_of(report.counts),
        "models": float(len(report.models)),
        "ranked_models": float(len(report.ranked)),
        "threshold": analysis.threshold,
        **{f"all_{name}": float(getattr(analysis, name)) for name in ("n_drafts", "n_ratings", "n_votes")},
        **(_cost_numbers(report.costs) if report.costs is not None else {}),
    }
    if "ordinal" in analysis.agreement.alpha:
        numbers["raters_alpha"] = analysis.agreement.alpha["ordinal"].alpha
    log_points(store, run_id, _points(report, numbers))


def _cost_numbers(costs: CostReport) -> dict[str, float]:
    numbers = {
        f"cost_{line.name}_usd_{way}": estimate.value
        for line in costs.lines
        for way, estimate in (
            ("per_draft", line.usd_per_draft),
            ("per_accepted", line.per_accepted),
            ("per_unedited", line.per_unedited),
        )
        if estimate.value is not None
    }
    business = numbers_of(costs.business, "business_")
    clouds = {
        f"cloud_{cloud.model.replace(':', '/')}_usd_per_draft": cloud.usd_per_draft.value
        for cloud in costs.clouds
        if cloud.usd_per_draft.value is not None
    }
    return {**numbers, **business, **clouds}


def _log_files(store: TrackingStore, run_id: str, report: Report, people: People | None) -> None:
    """Everything that is a file, in one go; the data set is then an input of the run."""
    judgements = None
    with TemporaryDirectory() as folder:
        _write_pages(report, Path(folder))
        if people is not None:
            judgements = write_judgements(people, report.until, Path(folder, FOLDER))
        store.client.log_artifacts(run_id, folder)
    _log_tables(store, run_id, report)
    if judgements is not None:
        artifact_uri = store.client.get_run(run_id).info.artifact_uri
        store.client.log_inputs(run_id, [as_dataset(judgements, report.period, artifact_uri)])


def _write_pages(report: Report, folder: Path) -> None:
    light = draw_all(report, LIGHT)
    write_figures(light, folder / FIGURES)
    pages = {
        REPORT_FILE: report.model_dump_json(indent=2),
        "report.md": write_markdown(report, light, FIGURES),
        "report.html": write_html(report, light, draw_all(report, DARK)),
        "ranking.csv": report_records(report).to_csv(),
    }
    if report.costs is not None:
        pages["costs.csv"] = lines_records(report.costs).to_csv()
        pages["cloud_costs.csv"] = clouds_records(report.costs).to_csv()
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")


def _log_tables(store: TrackingStore, run_id: str, report: Report) -> None:
    log_records(store, run_id, report_records(report), "ranking.json")
    if report.costs is not None:
        log_records(store, run_id, lines_records(report.costs), "costs.json")
        log_records(store, run_id, clouds_records(report.costs), "cloud_costs.json")


def _log_models(
    store: TrackingStore,
    parent_id: str,
    report: Report,
    model_ids: Mapping[str, str],
) -> dict[str, str]:
    """A run for each model; their ids by the model's name."""
    from mlflow.entities import LoggedModelInput

    arms = {arm.label: arm for arm in report.analysis.source.arms} if report.analysis.source else {}
    runs = {}
    for line in report.models:
        name = f"{line.model} {_name(report)}"
        run_id = create_run(store, name, report.generated_at, _model_tags(report, line), parent_id)
        runs[line.model] = run_id
        model_id = model_ids.get(line.model)
        log_points(store, run_id, _model_points(report, line, model_id))
        if arm := arms.get(line.model):
            log_parameters(
                store,
                run_id,
                {"model": arm.model, "revision": arm.revision, "precision": arm.precision},
            )
        if model_id is not None:
            store.client.log_inputs(run_id, models=[LoggedModelInput(model_id)])
        finish_run(store, run_id, report.generated_at)
    return runs


def _model_points(report: Report, line: ModelLine, model_id: str | None) -> Iterator[Point]:
    """What the model did in the week, what is known of it at its end, and what was at the ends before."""
    for week in report.history:
        if week.week == report.period:
            continue
        for standing in week.models:
            if standing.model == line.model:
                numbers = numbers_of(standing, STANDING)
                yield from _points_at(numbers, week_number(week.week), week.end, model_id)
    standing_now = report.standing(line.model)
    numbers = numbers_of(line) | ({} if standing_now is None else numbers_of(standing_now, STANDING))
    yield from _points(report, numbers, model_id)


def _points(report: Report, numbers: Mapping[str, float], model_id: str | None = None) -> Iterator[Point]:
    return _points_at(numbers, week_number(report.period), report.until, model_id)


def _points_at(
    numbers: Mapping[str, float], step: int, at: datetime, model_id: str | None
) -> Iterator[Point]:
    return (Point(name, value, step, at, model_id) for name, value in numbers.items())


def _name(report: Report) -> str:
    """2026-W47, or 2026-W47 until 2026-11-20 for a week that was not over."""
    return report.period if report.closed else f"{report.period} until {report.until:%Y-%m-%d %H:%M}"


def _tags(report: Report, provenance: Provenance) -> dict[str, str]:
    costs = _cost_words(report.costs) if report.costs is not None else ()
    return {
        "copydesk.kind": "report",
        "copydesk.report_key": report.key,
        "copydesk.period": report.period,
        "copydesk.closed": str(report.closed).lower(),
        **provenance.tags(),
        **describe(
            report.headline,
            as_list("What changed since last week", report.changes),
            as_list("What we still can't tell", report.unknowns),
            as_list("Costs", costs),
            as_list("Keep in mind", report.caveats),
        ),
    }


def _cost_words(costs: CostReport) -> tuple[str, ...]:
    """Volume, the three lines and the first cloud model, and how old the prices of clouds are."""
    return (*costs.sentences[:3], *costs.sentences[3:][-1:])


def _model_tags(report: Report, line: ModelLine) -> dict[str, str]:
    tags = {
        "copydesk.kind": "model",
        "copydesk.report_key": report.key,
        "copydesk.period": report.period,
        "copydesk.model": line.model,
    }
    standing = report.standing(line.model)
    if standing is not None:
        tags |= {"copydesk.status": standing.status, "copydesk.evidence": standing.evidence}
    if line.energy_source is not None:
        tags["copydesk.energy_source"] = line.energy_source.value
    return tags
