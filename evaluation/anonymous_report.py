"""A report for readers who are not to learn which models write for them."""

from string import ascii_uppercase

from evaluation.findings import write_alt_text, write_caveats, write_headline
from evaluation.report_document import Report


def without_model_names(report: Report) -> Report:
    """The same figures with letters for names; the words are written anew.

    Letters follow the alphabetical order of the names, so that they say nothing about rank. A
    model keeps its letter from week to week as long as the models stay the same.
    """
    names = sorted(line.model for line in report.models)
    letters = {name: f"Model {_letter(position)}" for position, name in enumerate(names)}
    models = tuple(line.model_copy(update={"model": letters[line.model]}) for line in report.models)
    headline = write_headline(report.period, report.closed, report.counts, models)
    return report.model_copy(
        update={
            "models": models,
            "headline": headline,
            "caveats": write_caveats(report.closed, report.counts, models),
            "alt_text": write_alt_text(headline, models),
        }
    )


def _letter(position: int) -> str:
    """A … Z, then A2 … Z2."""
    lap, place = divmod(position, len(ascii_uppercase))
    return ascii_uppercase[place] + (str(lap + 1) if lap else "")
