"""Which names a report may show to people who still rate.

A table of a few drafts that names models tells who wrote them: ask before and after a draft, and
the line that grew is its model. So names wait until a week is closed, and then belong only to
models with enough ratings. The stored report keeps all names, for MLflow and the command line.

A letter hides nothing beside a figure that is known under its name: quality over all evidence moves
little from week to week, and speed and energy tell one model from another. So an open week shows none
of them, not even in sum: what one more draft adds is that draft's.
"""

from collections.abc import Sequence

from evaluation.analysis.document import Analysis, Pairwise
from evaluation.analysis.renaming import rename_figures, renamed
from evaluation.findings import in_words
from evaluation.lettering import lettered
from evaluation.report_document import ModelLine, Report, WeekFigures

FEW_DRAFTS = 5


def for_raters(report: Report, *, revealed: bool) -> Report:
    """The report with the names and the figures that raters may read; the words are written anew.

    Open week: letters, the most drafts first, so that they mean nothing from one report to the next, and
    counts alone. Closed week: every figure and the names, but a model without enough ratings stays
    unnamed, and how long fewer than five drafts took is left out: a reader may have watched. Without
    `revealed` a closed week has letters in the order of the names, which stay from week to week as long
    as the models do.
    """
    if not report.closed:
        return _open_week(report)
    names = _names(report)
    shown = _revealed(report, names) if revealed else lettered(sorted(names), "Model")
    return in_words(
        report.model_copy(
            update={
                "models": tuple(_renamed_line(line, shown) for line in report.models),
                "analysis": renamed(report.analysis, shown),
                "history": tuple(_renamed_week(week, shown) for week in report.history),
                "costs": report.costs if report.counts.drafts >= FEW_DRAFTS else None,
            }
        )
    )


def _open_week(report: Report) -> Report:
    lines = sorted(report.models, key=lambda line: (-line.n_drafts, -line.n_ratings, line.model))
    active = [line for line in lines if line.n_drafts or line.n_ratings]
    letters = lettered([line.model for line in active], "Model")
    return in_words(
        report.model_copy(
            update={
                "models": tuple(_counts_alone(line, letters[line.model]) for line in active),
                "analysis": _without_models(report.analysis),
                "history": (),
                "costs": None,
            }
        )
    )


def _counts_alone(line: ModelLine, name: str) -> ModelLine:
    return ModelLine(
        model=name,
        n_drafts=line.n_drafts,
        n_substitute_drafts=0,
        n_ratings=line.n_ratings,
        n_scores=line.n_scores,
        n_raters=line.n_raters,
        thumbs_up=0,
        thumbs_down=0,
    )


def _without_models(analysis: Analysis) -> Analysis:
    """What the evidence says of no model in particular."""
    votes = analysis.pairwise
    blinding = analysis.checks.blinding
    nameless = blinding and blinding.model_copy(update={"bang": {}, "bang_ci": {}})
    return renamed(
        analysis.model_copy(
            update={
                "models": (),
                "comparisons": (),
                "pairwise": Pairwise(n_votes=votes.n_votes, n_both_bad=votes.n_both_bad),
                "checks": analysis.checks.model_copy(update={"blinding": nameless}),
                "leader": None,
            }
        ),
        models={},
    )


def _names(report: Report) -> tuple[str, ...]:
    """Every name that stands in the report, in the order of the ranking."""
    earlier = (line.model for week in report.history for line in week.models)
    return tuple(dict.fromkeys([*(line.model for line in report.models), *earlier]))


def _revealed(report: Report, names: Sequence[str]) -> dict[str, str]:
    enough = {line.model for line in report.ranked}
    too_few = [name for name in names if name not in enough]
    return {name: f"unnamed {position}" for position, name in enumerate(too_few, start=1)}


def _renamed_line(line: ModelLine, shown: dict[str, str]) -> ModelLine:
    renamed_line = line.model_copy(update={"model": shown.get(line.model, line.model)})
    if line.n_drafts >= FEW_DRAFTS:
        return renamed_line
    return renamed_line.model_copy(update={name: None for name in line.model_dump() if _tells_time(name)})


def _tells_time(field: str) -> bool:
    """Declared energy is watts × seconds, so cost tells as much as the time does."""
    return field.startswith(("latency_", "cost_", "energy_"))


def _renamed_week(week: WeekFigures, shown: dict[str, str]) -> WeekFigures:
    return week.model_copy(
        update={
            "leader": None if week.leader is None else shown.get(week.leader, week.leader),
            "models": tuple(rename_figures(line, shown) for line in week.models),
            "decided": tuple((shown.get(a, a), shown.get(b, b)) for a, b in week.decided),
        }
    )
