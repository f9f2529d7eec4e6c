"""Which names a report may show to people who still rate.

A table of a few drafts that names models tells who wrote them: ask before and after a draft, and
the line that grew is its model. So names wait until a week is closed, and then belong only to
models with enough ratings. The stored report keeps all names, for MLflow and the command line.
"""

from collections.abc import Iterable, Sequence
from string import ascii_uppercase

from evaluation.findings import write_alt_text, write_caveats, write_headline
from evaluation.report_document import ModelLine, RatingStatus, Report


def for_raters(report: Report, *, revealed: bool) -> Report:
    """The same figures with the names that raters may read; the words are written anew.

    Open week: letters from the first row down, so that they mean nothing from one report to
    the next. Closed week: names, but a model without enough ratings stays unnamed. Without
    `revealed` a closed week has letters in the order of the names, which stay from week to week
    as long as the models do.
    """
    names = [line.model for line in report.models]
    if not report.closed:
        return _renamed(report, _lettered(names))
    if not revealed:
        return _renamed(report, _lettered(sorted(names)))
    return _renamed(report, dict(_unnamed(report.models)))


def _lettered(names: Sequence[str]) -> dict[str, str]:
    """Model A … Model Z, then Model A2 … Model Z2."""
    laps = (divmod(position, len(ascii_uppercase)) for position in range(len(names)))
    letters = [ascii_uppercase[place] + (str(lap + 1) if lap else "") for lap, place in laps]
    return {name: f"Model {letter}" for name, letter in zip(names, letters, strict=True)}


def _unnamed(lines: Iterable[ModelLine]) -> Iterable[tuple[str, str]]:
    too_few = [line.model for line in lines if line.status is not RatingStatus.ENOUGH]
    return ((name, f"unnamed {position}") for position, name in enumerate(too_few, start=1))


def _renamed(report: Report, shown: dict[str, str]) -> Report:
    models = tuple(
        line.model_copy(update={"model": shown.get(line.model, line.model)}) for line in report.models
    )
    headline = write_headline(report.period, report.closed, report.counts, models)
    return report.model_copy(
        update={
            "models": models,
            "headline": headline,
            "caveats": write_caveats(report.closed, report.counts, models),
            "alt_text": write_alt_text(headline, models),
        }
    )
