"""The whole analysis as one document: what it says, and what it leaves unsaid."""

from dataclasses import fields, replace

import numpy as np
import pytest

from evaluation.analysis.analyze import analyze
from evaluation.analysis.document import Analysis, Comparison, ModelFigures
from evaluation.analysis.options import Options
from evaluation.statistics.observations import AssignedShares, Observations, Ratings
from tests.simulations.judgements import Team, draw_judgements, without_ratings, without_votes

CLEAR = Team(n_models=3, n_raters=8, scores_per_model=160, n_votes=120, quality_sd=0.0, taste_sd=0.1)


def _draw(team: Team = CLEAR, lift: float = 0.0, seed: int = 1) -> Observations:
    """Judgements of models that are equal, but for the last one's scores."""
    _, observations = draw_judgements(team, np.random.default_rng(seed))
    ratings = observations.ratings
    last = observations.drafts.model[ratings.draft] == team.n_models - 1
    score = np.clip(ratings.score + lift * last, 1, 10)
    return replace(observations, ratings=replace(ratings, score=score))


def _only(observations: Observations, rows: np.ndarray) -> Observations:
    ratings = observations.ratings
    kept = {column.name: getattr(ratings, column.name)[rows] for column in fields(ratings)}
    return replace(observations, ratings=Ratings(**kept))


def _overall(analysis: Analysis, model: str) -> ModelFigures:
    return next(line for line in analysis.models if line.model == model and line.content_type is None)


def _pair(analysis: Analysis, a: str, b: str) -> Comparison:
    return next(line for line in analysis.comparisons if (line.a, line.b) == (a, b))


def test_same_judgements_give_the_same_document_which_survives_json() -> None:
    observations = _draw()
    analysis = analyze(observations)
    assert analyze(observations) == analysis
    assert Analysis.model_validate_json(analysis.model_dump_json()) == analysis


class TestClearWinner:
    @pytest.fixture
    def analysis(self) -> Analysis:
        return analyze(without_votes(_draw(lift=2.5)))

    def test_leads_and_qualifies(self, analysis: Analysis) -> None:
        winner = _overall(analysis, "model-2")
        assert analysis.leader == "model-2"
        assert (winner.status, winner.rank_set) == ("qualified", (1, 1))
        assert winner.p_best == pytest.approx(1, abs=0.01)
        assert analysis.models[0] == winner

    def test_is_better_by_every_test(self, analysis: Analysis) -> None:
        pair = _pair(analysis, "model-0", "model-2")
        assert pair.verdict == "b_better"
        assert pair.difference is not None
        assert pair.anytime_ci is not None
        assert pair.ci is not None
        assert pair.anytime_ci[0] < pair.ci[0] < pair.difference < pair.ci[1] < pair.anytime_ci[1] < 0
        assert pair.cliffs_delta is not None
        assert pair.cliffs_delta < -0.5
        for p in (pair.p_welch, pair.p_permutation, pair.p_brunner_munzel, pair.p_mixed, pair.p_holm):
            assert p is not None
            assert p < 0.01


class TestEqualModels:
    def test_are_undecided_and_say_what_is_missing(self) -> None:
        analysis = analyze(_draw(replace(CLEAR, scores_per_model=20)))
        assert {line.verdict for line in analysis.comparisons} == {"undecided"}
        assert analysis.leader is None
        assert _overall(analysis, "model-0").ratings_needed is not None

    def test_are_called_equal_only_within_the_declared_margin(self) -> None:
        observations = _draw(replace(CLEAR, scores_per_model=600))
        verdicts = {line.verdict for line in analyze(observations, Options(margin=0.8)).comparisons}
        assert verdicts == {"equal"}
        narrow = {line.verdict for line in analyze(observations, Options(margin=0.01)).comparisons}
        assert narrow == {"undecided"}


class TestLittleData:
    def test_nothing_at_all_gives_an_empty_document(self) -> None:
        nothing = _only(without_votes(_draw()), np.zeros(0, dtype=np.int64))
        analysis = analyze(nothing)
        line = _overall(analysis, "model-0")
        assert (line.status, line.quality, line.human_mean) == ("insufficient", None, None)
        assert analysis.comparisons[0].difference is None
        assert analysis.checks.assignment_srm_p is None

    def test_a_single_model_has_a_quality_and_nobody_to_compare_with(self) -> None:
        analysis = analyze(_draw(Team(n_models=1, n_raters=6, scores_per_model=60, n_votes=0)))
        line = _overall(analysis, "model-0")
        assert line.quality is not None
        assert (line.rank_set, line.p_best) == ((1, 1), 1.0)
        assert analysis.comparisons == ()

    def test_votes_alone_are_enough_for_abilities(self) -> None:
        analysis = analyze(without_ratings(_draw()))
        assert set(analysis.pairwise.abilities) == {"model-0", "model-1", "model-2"}
        assert _overall(analysis, "model-0").quality is not None

    def test_few_ratings_are_insufficient_whatever_their_mean(self) -> None:
        observations = _draw(lift=3.0)
        model = observations.drafts.model[observations.ratings.draft]
        few = np.flatnonzero((model != 2) | (np.cumsum(model == 2) <= 5))
        analysis = analyze(_only(observations, few))
        assert _overall(analysis, "model-2").status == "insufficient"
        assert analysis.leader != "model-2"
        assert any("model-2" in warning for warning in analysis.warnings)


class TestKindsOfText:
    def test_each_has_lines_of_its_own(self) -> None:
        analysis = analyze(_draw(replace(CLEAR, n_types=2)))
        kinds = {line.content_type for line in analysis.models}
        assert kinds == {None, "type-0", "type-1"}

    def test_a_single_kind_is_not_repeated(self) -> None:
        assert {line.content_type for line in analyze(_draw()).models} == {None}


class TestAudit:
    def test_results_are_descriptive_until_enough_ratings_were_assigned(self) -> None:
        observations = _draw()
        assert _overall(analyze(observations), "model-0").evidence == "descriptive"
        assigned = replace(observations.ratings, assigned=np.ones(len(observations.ratings), dtype=bool))
        audited = analyze(replace(observations, ratings=assigned))
        assert _overall(audited, "model-0").evidence == "audited"
        assert audited.checks.assignment_srm_p == pytest.approx(1)

    def test_assignments_that_avoid_a_model_are_noticed(self) -> None:
        observations = _draw()
        avoided = observations.drafts.model[observations.ratings.draft] != 0
        analysis = analyze(replace(observations, ratings=replace(observations.ratings, assigned=avoided)))
        assert analysis.checks.assignment_srm_p is not None
        assert analysis.checks.assignment_srm_p < 0.001
        assert "spread over models" in analysis.warnings[0]

    def test_a_draw_at_fault_is_told_from_ratings_that_did_not_come(self) -> None:
        names = ("model-0", "model-1", "model-2")
        even, skewed = np.full(3, 50), np.array([90, 50, 10])
        fair = AssignedShares(names, even, even.astype(float))
        unfair = AssignedShares(names, skewed, even.astype(float))

        lost = analyze(replace(_draw(), drawn=fair, assigned=unfair))
        misdrawn = analyze(replace(_draw(), drawn=unfair, assigned=unfair))

        assert lost.checks.drawn_srm_p == pytest.approx(1)
        assert "something selects them" in lost.warnings[0]
        assert misdrawn.checks.drawn_srm_anytime_p is not None
        assert misdrawn.checks.drawn_srm_anytime_p < 0.001
        assert "the draw is at fault" in misdrawn.warnings[0]

    def test_arms_of_one_model_share_what_it_was_to_be_drawn(self) -> None:
        """Two arms of one model are drawn as often as one arm of another: half of its drafts each."""
        observations = _draw()
        arms = ("model-0", "model-0@2", "model-1")
        half = observations.drafts.model[observations.ratings.draft] < 2
        taken = half & (np.arange(len(half)) % 2 == 0) | ~half
        ratings = replace(observations.ratings, assigned=taken)
        named = replace(observations, labels=replace(observations.labels, models=arms), ratings=ratings)
        assert analyze(named).checks.assignment_srm_p == pytest.approx(1, abs=0.05)
        apart = replace(named.labels, models=("model-0", "other@2", "model-1"))
        skewed = analyze(replace(named, labels=apart)).checks.assignment_srm_p
        assert skewed is not None
        assert skewed < 0.001

    def test_a_model_that_joins_late_is_not_missed_before(self) -> None:
        observations = _draw()
        ratings = observations.ratings
        late = observations.drafts.model[ratings.draft] == 2
        rng = np.random.default_rng(4)
        at = np.where(late, rng.uniform(80, 100, len(ratings)), rng.uniform(0, 100, len(ratings)))
        few = ~late | (rng.random(len(ratings)) < 0.2)
        assigned = replace(ratings, at=at, assigned=few)

        timed = analyze(replace(observations, ratings=assigned)).checks.assignment_srm_p
        untimed = replace(assigned, at=np.full(len(ratings), np.nan))
        even = analyze(replace(observations, ratings=untimed)).checks.assignment_srm_p

        assert timed is not None
        assert timed > 0.001
        assert even is not None
        assert even < 0.001


class TestBlinding:
    @staticmethod
    def _guessed(observations: Observations, guess: np.ndarray) -> Analysis:
        return analyze(replace(observations, ratings=replace(observations.ratings, model_guess=guess)))

    def test_right_guesses_are_an_alarm(self) -> None:
        observations = _draw()
        right = observations.drafts.model[observations.ratings.draft]
        analysis = self._guessed(observations, right)
        assert analysis.checks.blinding is not None
        assert analysis.checks.blinding.alarm
        assert "blind" in analysis.warnings[0]

    def test_random_guesses_are_none(self) -> None:
        observations = _draw()
        guess = np.random.default_rng(8).integers(0, 3, len(observations.ratings))
        analysis = self._guessed(observations, guess)
        assert analysis.checks.blinding is not None
        assert not analysis.checks.blinding.anytime_alarm


def test_votes_of_one_pair_count_once_for_the_balance_of_sides() -> None:
    observations = _draw()
    votes = observations.votes
    one_pair = replace(
        votes,
        left_model=np.zeros_like(votes.left_model),
        right_model=np.ones_like(votes.right_model),
        left_draft=np.zeros_like(votes.left_draft),
        right_draft=np.ones_like(votes.right_draft),
    )
    analysis = analyze(replace(observations, votes=one_pair))
    assert analysis.checks.left_right_p is None or analysis.checks.left_right_p > 0.1


def test_levels_end_where_the_scale_ends() -> None:
    """Of one rater nobody knows how strict they are: without the scale's ends levels ran from −20 to 35."""
    team = Team(n_models=3, n_raters=1, scores_per_model=20, n_votes=0)
    analysis = analyze(_draw(team))
    for line in analysis.models:
        for interval in (line.quality_ci, line.anytime_ci, line.human_ci):
            assert interval is not None
            assert 1 <= interval[0] <= interval[1] <= 10
        assert line.anytime_ci == (1, 10)
    assert analysis.leader is None
