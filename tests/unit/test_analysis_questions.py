"""What a statistician may ask for beside the usual figures: an incumbent, a horizon, a guarantee."""

from dataclasses import fields, replace

import numpy as np
import pytest
from scipy.stats import dunnett as scipy_dunnett

from bot.commands.answers_text import write_answers
from evaluation.analysis.analyze import analyze
from evaluation.analysis.document import Guarantees, Horizon, Incumbent
from evaluation.analysis.options import Options
from evaluation.analysis.questions import against_incumbent, at_horizon, guarantees
from evaluation.analysis.renaming import renamed
from evaluation.statistics.observations import Observations, Ratings
from tests.simulations.judgements import Team, draw_judgements

WEEK = 7 * 86_400.0
TEAM = Team(n_models=3, scores_per_model=40, n_votes=0, quality_sd=0.0, taste_sd=0.0)


def judgements(lift: float = 0.0, weeks: int = 10) -> Observations:
    """Forty scores a model over ten weeks, of which the last model's are `lift` points higher."""
    _, observations = draw_judgements(TEAM, np.random.default_rng(3))
    ratings = observations.ratings
    n = len(ratings)
    last = observations.drafts.model[ratings.draft] == 2
    at = np.random.default_rng(4).permutation(np.arange(n) % weeks) * WEEK + 86_400 * 4
    score = np.clip(ratings.score + lift * last, 1, 10)
    return replace(observations, ratings=replace(ratings, at=at, score=score))


def only(observations: Observations, rows: np.ndarray) -> Observations:
    ratings = observations.ratings
    kept = {column.name: getattr(ratings, column.name)[rows] for column in fields(ratings)}
    return replace(observations, ratings=Ratings(**kept))


def test_nothing_that_was_not_asked_for_is_answered_or_changed() -> None:
    observations = judgements()
    plain = analyze(observations)
    asked = analyze(observations, Options(incumbent="model-0", horizon=50, finite_sample=True))
    assert (plain.incumbent, plain.horizon, plain.guarantees) == (None, None, None)
    assert write_answers(plain) == []
    nothing = {"incumbent": None, "horizon": None, "guarantees": None}
    assert asked.model_copy(update=nothing) == plain


class TestIncumbent:
    def ask(self, observations: Observations) -> Incumbent:
        found = against_incumbent(observations, Options(incumbent="model-1"))
        assert found is not None
        return found

    def test_every_challenger_is_held_against_it_by_dunnett_s_test(self) -> None:
        observations = judgements(lift=2)
        found = self.ask(observations)
        score = observations.ratings.score
        first, incumbent, last = (
            score[observations.drafts.model[observations.ratings.draft] == code] for code in range(3)
        )
        expected = scipy_dunnett(first, last, control=incumbent, rng=np.random.default_rng(0))
        assert [line.model for line in found.challengers] == ["model-0", "model-2"]
        assert [line.p for line in found.challengers] == pytest.approx(expected.pvalue.tolist(), abs=1e-3)
        assert found.challengers[1].ci is not None
        assert found.challengers[1].ci[0] > 0

    def test_a_challenger_with_one_score_has_no_figures(self) -> None:
        observations = judgements()
        model = observations.drafts.model[observations.ratings.draft]
        found = self.ask(only(observations, (model != 0) | (np.cumsum(model == 0) == 1)))
        assert [line.p is None for line in found.challengers] == [True, False]

    def test_scores_that_are_all_the_same_say_nothing(self) -> None:
        observations = judgements()
        same = replace(observations.ratings, score=np.full(len(observations.ratings), 7.0))
        assert {line.p for line in self.ask(replace(observations, ratings=same)).challengers} == {None}


class TestHorizon:
    def ask(self, observations: Observations, horizon: int, incumbent: str | None = None) -> Horizon:
        found = at_horizon(observations, Options(horizon=horizon, incumbent=incumbent))
        assert found is not None
        return found

    def test_early_looks_demand_more_and_the_last_one_hardly_more_than_a_single_test(self) -> None:
        observations = judgements()
        early, late = (self.ask(observations, horizon).pairs[0] for horizon in (200, 40))
        assert early.information == pytest.approx(0.2)
        assert late.information == 1
        assert early.looks == late.looks == 10
        assert early.boundary is not None
        assert late.boundary is not None
        assert early.boundary > 4 > late.boundary > 2.39, "2.39 is one test at 5 % shared among three pairs"

    def test_a_clear_difference_is_claimed_and_none_where_there_is_none(self) -> None:
        verdicts = {(pair.a, pair.b): pair.verdict for pair in self.ask(judgements(lift=3), 40).pairs}
        assert verdicts == {
            ("model-0", "model-1"): "undecided",
            ("model-0", "model-2"): "b_better",
            ("model-1", "model-2"): "b_better",
        }

    def test_scores_beyond_the_horizon_do_not_count(self) -> None:
        observations = judgements()
        found = self.ask(observations, 20)
        assert {pair.information for pair in found.pairs} == {1.0}
        order = np.argsort(observations.ratings.at, kind="stable")
        model = observations.drafts.model[observations.ratings.draft][order]
        first = np.concatenate([order[model == code][:20] for code in range(3)])
        assert self.ask(only(observations, np.sort(first)), 20) == found

    def test_error_is_shared_among_the_pairs_with_the_incumbent_only(self) -> None:
        observations = judgements()
        with_all, with_one = self.ask(observations, 40), self.ask(observations, 40, "model-0")
        assert [(pair.a, pair.b) for pair in with_one.pairs] == [
            ("model-0", "model-1"), ("model-0", "model-2")
        ]  # fmt: skip
        assert (with_one.pairs[0].boundary or 0) < (with_all.pairs[0].boundary or 0)

    def test_a_first_score_of_a_thousand_claims_nothing(self) -> None:
        observations = judgements(lift=3)
        first = observations.ratings.at == observations.ratings.at.min()
        for pair in self.ask(only(observations, first), 100_000).pairs:
            assert (pair.ci, pair.verdict) == (None, "undecided")

    def test_without_scores_of_both_there_is_no_look(self) -> None:
        observations = judgements()
        pairs = self.ask(only(observations, np.zeros(len(observations.ratings), dtype=bool)), 40).pairs
        assert {(pair.information, pair.looks, pair.boundary) for pair in pairs} == {(0.0, 0, None)}

    def test_without_times_looks_cannot_be_counted(self) -> None:
        observations = judgements()
        timeless = replace(observations.ratings, at=np.full(len(observations.ratings), np.nan))
        with pytest.raises(ValueError, match="needs a time"):
            at_horizon(replace(observations, ratings=timeless), Options(horizon=40))


class TestGuarantees:
    def ask(self, observations: Observations, incumbent: str | None = None) -> Guarantees:
        found = guarantees(observations, Options(finite_sample=True, incumbent=incumbent))
        assert found is not None
        return found

    def test_means_and_differences_lie_on_their_scales_with_intervals_about_them(self) -> None:
        found = self.ask(judgements(lift=2))
        for line in found.means:
            assert line.n == 40
            assert line.mean is not None
            assert line.ci is not None
            assert 1 <= line.ci[0] < line.mean < line.ci[1] <= 10
        assert [(line.a, line.b) for line in found.differences] == [
            ("model-0", "model-1"), ("model-0", "model-2"), ("model-1", "model-2")
        ]  # fmt: skip
        for pair in found.differences:
            assert pair.difference is not None
            assert pair.ci is not None
            assert -9 <= pair.ci[0] < pair.difference < pair.ci[1] <= 9
        assert (found.differences[2].difference or 0) < -1

    def test_fewer_pairs_share_the_error(self) -> None:
        observations = judgements()
        every, one = (
            self.ask(observations).differences[0].ci,
            self.ask(observations, "model-0").differences[0].ci,
        )
        assert every is not None
        assert one is not None
        assert one[1] - one[0] < every[1] - every[0]

    def test_no_scores_are_no_figures(self) -> None:
        observations = judgements()
        found = self.ask(only(observations, np.zeros(len(observations.ratings), dtype=bool)))
        assert {(line.n, line.mean, line.ci) for line in found.means} == {(0, None, None)}
        assert {(pair.n, pair.difference, pair.ci) for pair in found.differences} == {(0, None, None)}


def test_other_names_reach_the_answers_too() -> None:
    options = Options(incumbent="model-0", horizon=50, finite_sample=True)
    analysis = renamed(analyze(judgements(), options), {f"model-{n}": f"arm {n}" for n in range(3)})
    assert "model-" not in analysis.model_dump_json()
    assert analysis.incumbent is not None
    assert [line.model for line in analysis.incumbent.challengers] == ["arm 1", "arm 2"]


def test_answers_are_a_line_each_in_words() -> None:
    options = Options(incumbent="model-0", horizon=50, finite_sample=True)
    lines = write_answers(analyze(judgements(lift=3), options))
    assert lines[0] == "Mean scores less that of model-0, by Dunnett's test at one look:"
    assert any(line.startswith("  model-2 ") and line.endswith("p < .001") for line in lines)
    assert any("model-2 is better at 80 % of the horizon" in line for line in lines)
    assert any(line.endswith("40 scores") for line in lines)
