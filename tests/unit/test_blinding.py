"""People who still rate read no name, and no figure, that could tell who wrote what."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlmodel import Session

from evaluation.blinding import FEW_DRAFTS, for_raters
from evaluation.report import build_report
from evaluation.report_document import Report
from evaluation.tables import DraftPair, ModelGuess, PairVote, VoteChoice
from tests.reports import (
    AFTER_WEEK,
    IN_WEEK,
    WEEK,
    add_draft,
    add_rating,
    add_scored,
    report_of,
    session_in_memory,
)

SCORES = {"model-b": [8, 9, 8, 9, 8] * 4, "model-a": [3, 4, 3, 2, 3] * 4}


def names(by_model: dict[str, list[int]], *, closed: bool, revealed: bool = True) -> dict[str, str]:
    """Which name each model is shown under."""
    report = report_of(by_model, closed=closed)
    shown = for_raters(report, revealed=revealed)
    return {line.model: other.model for line, other in zip(report.models, shown.models, strict=True)}


def test_a_closed_week_names_models_with_enough_ratings_only() -> None:
    assert names({**SCORES, "model-c": [9, 9]}, closed=True) == {
        "model-b": "model-b",
        "model-a": "model-a",
        "model-c": "unnamed 1",
    }


def test_an_open_week_names_nobody_and_its_letters_follow_the_drafts() -> None:
    shown = for_raters(report_of({"model-a": [5] * 3, "model-b": [9] * 20}, closed=False), revealed=True)

    assert [(line.model, line.n_drafts) for line in shown.models] == [("Model A", 20), ("Model B", 3)]


def test_where_models_are_never_revealed_letters_do_not_depend_on_the_rank() -> None:
    swapped = {"model-b": SCORES["model-a"], "model-a": SCORES["model-b"]}
    for by_model in (SCORES, swapped):
        shown = names(by_model, closed=True, revealed=False)
        assert shown == {"model-a": "Model A", "model-b": "Model B"}


def test_every_figure_of_a_closed_week_stays() -> None:
    report = report_of(SCORES, closed=True)
    shown = for_raters(report, revealed=False)

    assert shown.key == report.key
    for line, other in zip(report.models, shown.models, strict=True):
        assert other == line.model_copy(update={"model": other.model})
    for known, other_known in zip(report.analysis.models, shown.analysis.models, strict=True):
        assert other_known.anytime_ci == known.anytime_ci


def test_an_open_week_shows_nothing_that_a_named_ranking_showed_before() -> None:
    """Quality and speed hardly change from week to week: beside a letter they would be a name."""
    shown = for_raters(report_of(SCORES, closed=False), revealed=True)

    assert (shown.analysis.models, shown.analysis.comparisons, shown.history) == ((), (), ())
    for line in shown.models:
        known = {name for name, value in line.model_dump().items() if value not in (None, 0)}
        assert known == {"model", "n_drafts", "n_ratings", "n_scores", "n_raters"}


@pytest.mark.parametrize("revealed", [False, True])
def test_how_long_few_drafts_took_is_left_out(revealed: bool) -> None:
    with session_in_memory() as session:
        add_scored(session, "model-a", [7] * 20, at=WEEK.start - timedelta(days=1))
        for _ in range(FEW_DRAFTS - 1):
            add_draft(session, "model-a", latency_seconds=12.3)
        report = build_report(session, WEEK, AFTER_WEEK, closed=True)

    assert "12.3" in report.to_json()
    assert "12.3" not in for_raters(report, revealed=revealed).to_json()


class TestEveryPlace:
    """A week with all that can hold a name: votes, guesses, history, changes, arms, sparse models."""

    @pytest.fixture(scope="class")
    @staticmethod
    def reports() -> dict[bool, Report]:
        with session_in_memory() as session:
            for model, scores in SCORES.items():
                add_scored(session, model, scores, raters=4, at=WEEK.start - timedelta(days=1))
                add_scored(session, model, scores, raters=4)
            _add_votes_and_guesses(session)
            add_draft(session, "model-sparse", substitute_for="model-b", model_revision="revision-sparse")
            add_draft(session, "model-b", model_revision="revision-2", at=IN_WEEK + timedelta(minutes=1))
            return {
                True: build_report(session, WEEK, AFTER_WEEK, closed=True),
                False: build_report(session, WEEK, IN_WEEK + timedelta(hours=1), closed=False),
            }

    @pytest.mark.parametrize(
        "place", ["ratings_needed", "bang", "abilities", "revision", "history", "leader"]
    )
    def test_the_named_report_has_all_of_them(self, reports: dict[bool, Report], place: str) -> None:
        assert place in reports[True].to_json()
        assert "model-sparse" in reports[True].to_json()

    @pytest.mark.parametrize(("closed", "revealed"), [(True, False), (False, False), (False, True)])
    def test_no_name_and_no_revision_is_left(
        self, reports: dict[bool, Report], closed: bool, revealed: bool
    ) -> None:
        shown = for_raters(reports[closed], revealed=revealed).to_json()

        assert "model-" not in shown
        assert "revision-" not in shown
        assert Report.from_json(shown)

    def test_a_revealed_week_hides_the_sparse_ones_everywhere(self, reports: dict[bool, Report]) -> None:
        shown = for_raters(reports[True], revealed=True).to_json()

        assert "model-a" in shown
        assert "model-sparse" not in shown
        assert "model-b@2" not in shown
        assert "revision-" not in shown


def _add_votes_and_guesses(session: Session) -> None:
    for position in range(8):
        left, right = (add_draft(session, model) for model in SCORES)
        pair = DraftPair(
            request_id=left.request_id, left_draft_id=left.id, right_draft_id=right.id, shown_at=IN_WEEK
        )
        session.add(pair)
        session.flush()
        session.add(
            PairVote(pair_id=pair.id, rater_id=f"U{position % 4}", choice=VoteChoice.LEFT, updated_at=IN_WEEK)
        )
        for draft, model in ((left, "model-b"), (right, "model-a")):
            for rater in range(4):
                add_rating(session, draft, f"U{rater}", score=6)
                session.add(
                    ModelGuess(
                        draft_id=draft.id,
                        rater_id=f"U{rater}",
                        guessed_model=model,
                        asked_at=IN_WEEK,
                        answered_at=IN_WEEK,
                    )
                )
    session.flush()


def test_no_word_names_a_model_that_is_not_shown() -> None:
    report = report_of(SCORES, closed=True)
    assert "model-b" in report.headline
    assert "model-" not in for_raters(report, revealed=False).to_json()
    assert "model-" not in for_raters(report_of(SCORES, closed=False), revealed=True).to_json()


def test_more_models_than_letters_still_differ() -> None:
    by_model: dict[str, Sequence[int]] = {f"m{number:02}": [7] for number in range(30)}
    shown = for_raters(report_of(by_model, closed=False), revealed=True)
    assert len({line.model for line in shown.models}) == 30
    assert "Model D2" in {line.model for line in shown.models}
