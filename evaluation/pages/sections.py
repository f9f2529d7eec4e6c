"""What a page says, section by section. To say more, write a function and add it to `SECTIONS`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from evaluation.analysis.document import Analysis, ArmFigures, Interval, ModelFigures
from evaluation.costs.table import clouds_table, lines_table
from evaluation.costs.words import cost_sentences
from evaluation.report_document import ModelLine, Report
from evaluation.report_table import (
    NOTHING,
    STANDINGS,
    Table,
    format_chance,
    format_interval,
    format_seconds,
    format_usd,
    ranks_in_words,
)
from evaluation.wording import count


@dataclass(frozen=True)
class Section:
    """A title, and below it sentences, tables with captions, and figures by their names.

    `as_list` sets the sentences as a list.
    """

    title: str
    sentences: tuple[str, ...] = ()
    tables: tuple[tuple[str, Table], ...] = ()
    figures: tuple[str, ...] = ()
    as_list: bool = False


def write_sections(report: Report) -> tuple[Section, ...]:
    """The sections that have something to say, in the order in which a reader asks."""
    sections = (write(report) for write in SECTIONS)
    return tuple(section for section in sections if section.sentences or section.tables or section.figures)


def write_basis(report: Report) -> str:
    """What the figures rest on, in a sentence."""
    analysis = report.analysis
    votes = f" and {count(analysis.n_votes, 'vote')}" if analysis.n_votes else ""
    return (
        f"{count(analysis.n_ratings, 'rating')}{votes} by {count(analysis.n_raters, 'person', 'people')} on "
        f"{count(analysis.n_drafts, 'draft')}, all until {report.until:%Y-%m-%d %H:%M} UTC. Intervals are "
        f"{analysis.confidence:.0%} and speak of {analysis.population}."
    )


def _ranking(report: Report) -> Section:
    rows = [_ranking_row(line) for line in report.analysis.overall]
    header = (
        "Rank",
        "Model",
        "Quality",
        "At every look",
        "Best",
        "Standing",
        "Evidence",
        "Ratings",
        "People",
    )
    caption = "Quality from 1 to 10 over all evidence; the interval holds at every weekly look."
    tables = ((caption, Table(header, tuple(rows))),) if rows else ()
    return Section("Ranking", tables=tables, figures=("ranking", "pairwise"))


def _ranking_row(line: ModelFigures) -> tuple[str, ...]:
    ranked = line.rank_set is not None
    return (
        ranks_in_words(line.rank_set) if line.rank_set else NOTHING,
        line.model,
        _number(line.quality) if ranked else NOTHING,
        format_interval(line.anytime_ci) if ranked else NOTHING,
        format_chance(line.p_best) if ranked else NOTHING,
        STANDINGS[line.status],
        line.evidence,
        f"{line.n_ratings:,}",
        f"{line.n_raters:,}",
    )


def _changes(report: Report) -> Section:
    """Of the first week nothing can be said, so there is no such section."""
    figures = ("weeks",) if len(report.history) > 1 and report.ranked else ()
    return Section("What changed since last week", report.changes, figures=figures, as_list=True)


def _unknowns(report: Report) -> Section:
    return Section("What we still can't tell, and what it takes", report.unknowns, as_list=True)


def _content_types(report: Report) -> Section:
    header = ("Model", "Quality", "At this look", "Ratings", "Plain mean", "With heuristics")
    tables = (
        (
            f"{found.content_type}: {found.finding}",
            Table(header, tuple(map(_type_row, report.analysis.in_type(found.content_type)))),
        )
        for found in report.content_types
    )
    return Section("By kind of text", tables=tuple(tables))


def _type_row(line: ModelFigures) -> tuple[str, ...]:
    borrowed = " (borrowed)" if line.borrows else ""
    return (
        line.model,
        _number(line.quality) + borrowed,
        format_interval(line.quality_ci),
        f"{line.n_ratings:,}",
        _with_interval(line.human_mean, line.human_ci),
        _with_interval(line.blended_mean, line.blended_ci),
    )


def _week(report: Report) -> Section:
    counts = report.counts
    sentence = (
        f"{count(counts.drafts, 'draft')} and {count(counts.ratings, 'rating')} by "
        f"{count(counts.raters, 'person', 'people')}."
    )
    header = ("Model", "Drafts", "Ratings", "Thumbs up / down", "Heuristics", "Field guide", "Median / p95")
    rows = tuple(_week_row(line) for line in report.models if line.n_drafts or line.n_ratings)
    tables = (("What each model did this week.", Table(header, rows)),) if rows else ()
    return Section("This week", (sentence,), tables, ("latency",))


def _week_row(line: ModelLine) -> tuple[str, ...]:
    times = (line.latency_median_seconds, line.latency_p95_seconds)
    substitute = f" ({line.n_substitute_drafts} as substitute)" if line.n_substitute_drafts else ""
    return (
        line.model,
        f"{line.n_drafts}{substitute}",
        str(line.n_ratings),
        f"{line.thumbs_up} / {line.thumbs_down}",
        _number(line.heuristic_composite),
        _number(line.field_guide),
        " / ".join(format_seconds(time) for time in times if time is not None) or NOTHING,
    )


def _costs(report: Report) -> Section:
    rows = tuple(
        (line.model, format_usd(line.cost_mean_usd), format_usd(line.cost_total_usd), str(line.energy_source))
        for line in report.models
        if line.cost_mean_usd is not None and line.cost_total_usd is not None
    )
    header = ("Model", "Energy a draft", "This week", "Energy")
    tables = (("Electricity for the drafts of this week.", Table(header, rows)),) if rows else ()
    figures = ("costs",) if rows else ()
    if report.costs is None:
        return Section("Cost", tables=tables, figures=figures)
    lines = ("What a draft cost, counted in three ways.", lines_table(report.costs))
    clouds = clouds_table(report.costs)
    compared = (("The same drafts at cloud models.", clouds),) if clouds.rows else ()
    return Section("Cost", cost_sentences(report.costs), (lines, *compared, *tables), figures, as_list=True)


def _trust(report: Report) -> Section:
    analysis = report.analysis
    earlier = report.history[0].heuristics if len(report.history) > 1 else {}
    since = f"At {report.history[0].week}" if report.history else "Before"
    header = ("Heuristic", "Correlation with people", since, "Drafts", "It")
    rows = tuple(
        (
            line.dimension.replace("_", " "),
            _with_interval(line.correlation, line.ci, digits=2),
            _number(earlier.get(line.dimension), digits=2),
            f"{line.n:,}",
            line.verdict.replace("_", " "),
        )
        for line in analysis.heuristics
        if line.content_type is None
    )
    tables = (("Whether automatic measures predict what people say.", Table(header, rows)),) if rows else ()
    return Section(
        "Can it be trusted?", (*_checks(analysis), *report.caveats), tables, ("calibration", "severity"), True
    )


def _checks(analysis: Analysis) -> Iterable[str]:
    alpha, checks = analysis.agreement.alpha.get("ordinal"), analysis.checks
    if alpha is not None:
        yield (
            f"Raters agree to {alpha.alpha:.2f} ({_interval(alpha.ci, 2)}) of 1 "
            "(Krippendorff's alpha for ranks of scores)."
        )
    if checks.blinding is not None:
        found = "no sign that raters can tell models" if not checks.blinding.alarm else "see the warning"
        yield f"Asked {count(checks.blinding.n, 'time')} who wrote a draft: {found}."
    if checks.flagged_raters:
        raters = ", ".join(line.rater for line in checks.flagged_raters)
        yield f"Contradicting everybody else: {raters}; counted all the same."


def _arms(report: Report) -> Section:
    source = report.analysis.source
    header = ("Name", "Model", "Revision", "Precision", "Since", "Prompts")
    rows = tuple(map(_arm_row, source.arms)) if source else ()
    caption = "A change of revision, precision, prompt or sampling starts a new name."
    return Section("What the names stand for", tables=((caption, Table(header, rows)),) if rows else ())


def _arm_row(arm: ArmFigures) -> tuple[str, ...]:
    prompts = ", ".join(f"{way.content_type} {way.prompt_version}" for way in arm.ways)
    return (arm.label, arm.model, arm.revision[:12], arm.precision, f"{arm.since:%Y-%m-%d}", prompts)


SECTIONS: Final[tuple[Callable[[Report], Section], ...]] = (
    _ranking,
    _unknowns,
    _changes,
    _content_types,
    _week,
    _costs,
    _trust,
    _arms,
)


def _number(value: float | None, digits: int = 1) -> str:
    return NOTHING if value is None else f"{value:.{digits}f}".replace("-", "−")


def _interval(interval: Interval | None, digits: int = 1) -> str:
    if interval is None:
        return NOTHING
    return f"{interval[0]:.{digits}f} to {interval[1]:.{digits}f}".replace("-", "−")


def _with_interval(value: float | None, interval: Interval | None, digits: int = 1) -> str:
    if value is None or interval is None:
        return _number(value, digits)
    return f"{_number(value, digits)} ({_interval(interval, digits)})"
