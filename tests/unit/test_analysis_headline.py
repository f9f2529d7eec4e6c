"""The first sentence of `copydesk analyze`."""

import numpy as np
import pytest

from bot.commands.analysis_text import write_headline
from evaluation.analysis.analyze import analyze
from evaluation.analysis.document import Analysis, ModelFigures
from tests.simulations.judgements import Team, draw_judgements, without_ratings, without_votes


@pytest.fixture
def nothing() -> Analysis:
    _, observations = draw_judgements(Team(), np.random.default_rng(1))
    return analyze(without_ratings(without_votes(observations)))


def _with(analysis: Analysis, *lines: ModelFigures) -> Analysis:
    return analysis.model_copy(update={"models": lines, "n_ratings": 100})


def _line(model: str, rank_set: tuple[int, int], status: str) -> ModelFigures:
    return ModelFigures(
        model=model,
        content_type=None,
        n_drafts=50,
        n_ratings=50,
        n_assigned=0,
        n_raters=5,
        rank_set=rank_set,
        status=status,  # type: ignore[arg-type]
        qualified=status == "qualified",
    )


def test_nothing_to_analyse(nothing: Analysis) -> None:
    assert write_headline(nothing).startswith("There is nothing to analyse")


def test_the_best_may_still_be_below_the_threshold(nothing: Analysis) -> None:
    analysis = _with(nothing, _line("rich", (1, 1), "undecided"), _line("plain", (2, 2), "below"))
    assert write_headline(analysis) == (
        "rich writes better than the others, but is not shown to reach 7. "
        "Descriptive, not audited: people chose what to rate."
    )


def test_models_that_share_the_first_rank_are_not_told_apart(nothing: Analysis) -> None:
    analysis = _with(nothing, _line("rich", (1, 2), "undecided"), _line("plain", (1, 2), "undecided"))
    assert "none can be called the best" in write_headline(analysis)


def test_it_says_where_chance_chose_what_was_rated(nothing: Analysis) -> None:
    lines = (_line("rich", (1, 1), "qualified"), _line("plain", (2, 2), "below"))
    audited = _with(nothing, *(line.model_copy(update={"evidence": "audited"}) for line in lines))
    partly = _with(nothing, lines[0].model_copy(update={"evidence": "audited"}), lines[1])

    assert write_headline(audited).endswith("Audited: enough of the rated drafts were drawn by chance.")
    assert write_headline(partly).endswith("Audited, but for plain: there people chose what to rate.")
