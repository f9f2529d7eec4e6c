"""Evidence against raters: e-values worked out by hand, invariances, and nobody flagged on little."""

from itertools import permutations
from math import exp

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.statistics.observations import Choice, Codes, Floats, PairVotes, Ratings
from evaluation.statistics.rater_test import RaterEvidence, contrarian_evidence

TILTS = (0.25, 0.5, 1.0, 2.0, 4.0)


def make_ratings(
    draft: Codes, rater: Codes, score: Floats, thumb: Floats | None = None, at: Floats | None = None
) -> Ratings:
    n = len(draft)
    unknown = np.full(n, np.nan)
    return Ratings(
        draft=np.asarray(draft),
        rater=np.asarray(rater),
        score=np.asarray(score, dtype=float),
        thumb=unknown if thumb is None else thumb,
        at=np.arange(n, dtype=float) if at is None else at,
        assigned=np.zeros(n, dtype=bool),
        propensity=unknown,
        model_guess=np.full(n, -2),
    )


def make_votes(rows: list[tuple[int, int, Choice, int]], *, drafts_known: bool = True) -> PairVotes:
    left, right, choice, rater = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    unknown = np.full(len(rows), -1)
    return PairVotes(
        left_model=np.zeros_like(left) if drafts_known else left,
        right_model=np.ones_like(left) if drafts_known else right,
        left_draft=left if drafts_known else unknown,
        right_draft=right if drafts_known else unknown,
        content_type=np.zeros_like(left),
        choice=choice,
        rater=rater,
        at=np.arange(len(rows), dtype=float),
    )


NO_RATINGS = make_ratings(np.array([], dtype=int), np.array([], dtype=int), np.array([]))
NO_VOTES = make_votes([(0, 1, Choice.LEFT, 0)] * 4)
NO_VOTES = PairVotes(*(getattr(NO_VOTES, name)[:0] for name in NO_VOTES.__dataclass_fields__))


def panel(by_rater: list[list[float]]) -> Ratings:
    """Every rater's scores of the same drafts: all of one draft, then all of the next."""
    n_raters, n_drafts = len(by_rater), len(by_rater[0])
    draft, rater = np.repeat(np.arange(n_drafts), n_raters), np.tile(np.arange(n_raters), n_drafts)
    return make_ratings(draft, rater, np.transpose(by_rater).ravel())


def first(ratings: Ratings, votes: PairVotes = NO_VOTES, n_raters: int = 3) -> RaterEvidence:
    return contrarian_evidence(ratings, votes, n_raters)[0]


def test_the_e_value_of_one_block_by_hand() -> None:
    """Thumbs + − − − against the others' − + + +: of 24 orders 6 are that extreme, the others alike."""
    thumbs = np.array([1, -1, -1, -1, -1, 1, 1, 1, -1, 1, 1, 1.0])
    draft, rater = np.tile(np.arange(4), 3), np.repeat(np.arange(3), 4)
    ratings = make_ratings(draft, rater, np.full(12, np.nan), thumbs, draft.astype(float))
    # Σ(x − x̄)c is −3 in the order seen and 1 in the three others that can be told apart.
    expected = np.mean([exp(3 * t) / ((exp(3 * t) + 3 * exp(-t)) / 4) for t in TILTS])
    found = first(ratings)
    assert found.e_value == pytest.approx(expected)
    assert found.correlation == pytest.approx(-1)
    assert (found.n, found.n_others, found.flagged) == (4, 2, False)


def test_a_rater_who_turns_the_scale_round_is_flagged_and_the_others_are_not() -> None:
    scores = [float(3 + place % 6) for place in range(20)]
    lines = contrarian_evidence(panel([[11 - s for s in scores], scores, scores, scores]), NO_VOTES, 4)
    assert [line.flagged for line in lines] == [True, False, False, False]
    assert lines[0].correlation == pytest.approx(-1)
    assert lines[1].e_value < 1


def test_severity_is_no_contradiction() -> None:
    scores = [float(4 + place % 5) for place in range(20)]
    harsh = [score - 3 for score in scores]
    assert all(not line.flagged for line in contrarian_evidence(panel([harsh, scores, scores]), NO_VOTES, 3))


def test_votes_against_everybody_are_flagged_whichever_side_they_were_shown_on() -> None:
    rows = []
    for pair in range(20):
        better, worse = (2 * pair, 2 * pair + 1) if pair % 3 else (2 * pair + 1, 2 * pair)
        rows += [(worse, better, Choice.LEFT, 0), (better, worse, Choice.LEFT, 1)]
        rows += [(worse, better, Choice.RIGHT, 2)]
    lines = contrarian_evidence(NO_RATINGS, make_votes(rows), 3)
    assert [line.flagged for line in lines] == [True, False, False]
    assert [line.n for line in lines] == [20, 20, 20]


def test_votes_between_models_are_compared_where_drafts_are_unknown() -> None:
    pairs = [(a, b) for a in range(4) for b in range(4) if a != b] * 3
    rows = [(a, b, Choice.LEFT if (a < b) != (rater == 0) else Choice.RIGHT, rater)
            for a, b in pairs for rater in range(3)]  # fmt: skip
    lines = contrarian_evidence(NO_RATINGS, make_votes(rows, drafts_known=False), 3)
    assert lines[0].n == len(pairs)
    assert lines[0].correlation is None  # everybody is of one mind about every pair: nothing varies


def test_a_contradiction_of_one_other_rater_flags_nobody() -> None:
    scores = [float(3 + place % 6) for place in range(40)]
    lines = contrarian_evidence(panel([scores, [11 - s for s in scores]]), NO_VOTES, 2)
    assert lines[0].e_value >= 20
    assert [line.flagged for line in lines] == [False, False]


def test_what_is_judged_later_does_not_change_old_evidence() -> None:
    """A block counts the others as far as they were known when it was complete."""
    scores = [float(3 + place % 6) for place in range(8)]
    early = panel([[11 - s for s in scores], scores])
    late = make_ratings(
        np.r_[early.draft, np.arange(8)], np.r_[early.rater, np.full(8, 2)], np.r_[early.score, [1.0, 9] * 4]
    )
    assert first(late).e_value == pytest.approx(first(early).e_value)


def test_no_comparison_is_no_evidence() -> None:
    alone = make_ratings(np.arange(8), np.zeros(8, dtype=int), np.arange(1.0, 9.0))
    nothing = RaterEvidence(rater=0, n=0, n_others=0, correlation=None, e_value=1.0, flagged=False)
    assert first(alone) == nothing
    assert first(NO_RATINGS) == nothing
    assert contrarian_evidence(NO_RATINGS, NO_VOTES, 0) == ()
    assert first(panel([[1, 9, 4], [9, 1, 6], [9, 2, 6]])).e_value == 1.0


def test_unknown_times_keep_the_order_given() -> None:
    rows = panel([[1.0, 9, 4, 5], [9, 1, 6, 5], [9, 2, 6, 5]])
    timeless = make_ratings(rows.draft, rows.rater, rows.score, at=np.full(12, np.nan))
    assert contrarian_evidence(timeless, NO_VOTES, 3) == contrarian_evidence(rows, NO_VOTES, 3)


@settings(deadline=None)
@given(st.lists(st.integers(1, 10), min_size=24, max_size=24), st.permutations(range(24)))
def test_the_order_of_rows_does_not_matter(scores: list[int], order: list[int]) -> None:
    rows = panel(np.reshape(np.array(scores, dtype=float), (3, 8)).tolist())
    shuffled = make_ratings(rows.draft[order], rows.rater[order], rows.score[order], at=rows.at[order])
    for one, other in zip(
        contrarian_evidence(rows, NO_VOTES, 3), contrarian_evidence(shuffled, NO_VOTES, 3), strict=True
    ):
        assert one.e_value == pytest.approx(other.e_value)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 10), min_size=12, max_size=12))
def test_over_all_orders_the_mean_e_value_is_one(scores: list[int]) -> None:
    """Exactly what makes it an e-value: one block, every order of the first rater's scores."""
    own, others = scores[:4], np.reshape(np.array(scores[4:], dtype=float), (2, 4)).tolist()
    e_values = [first(panel([list(map(float, order)), *others])).e_value for order in permutations(own)]
    assert np.mean(e_values) == pytest.approx(1.0)


def test_codes_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="rater codes"):
        contrarian_evidence(panel([[1.0, 2.0], [2.0, 1.0], [3.0, 1.0]]), NO_VOTES, 2)
