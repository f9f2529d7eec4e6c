"""How one person rates beside the others, from the rows."""

from datetime import timedelta

import pytest

from evaluation.habits import Habits, ratings_version, read_habits
from tests.reports import IN_WEEK, add_draft, add_rating, session_in_memory


def test_a_strict_rater_is_told_so_by_the_drafts_that_others_scored_too() -> None:
    with session_in_memory() as session:
        for number in range(8):
            draft = add_draft(session, "model-a")
            for rater, shift in (("U1", -2), ("U2", 0), ("U3", 0)):
                add_rating(session, draft, rater, score=6 + number % 3 + shift)
        team = read_habits(session)
    habits = team.of("U1")
    assert (habits.n_scores, habits.n_shared) == (8, 8)
    assert habits.severity == pytest.approx(-2)
    assert habits.team_range == pytest.approx((-2, 1))
    assert habits.agreement == pytest.approx(1)


def test_below_five_shared_drafts_nothing_is_claimed() -> None:
    with session_in_memory() as session:
        for _ in range(4):
            draft = add_draft(session, "model-a")
            add_rating(session, draft, "U1", score=5)
            add_rating(session, draft, "U2", score=7)
        habits = read_habits(session).of("U1")
    assert (habits.n_scores, habits.n_shared, habits.severity, habits.team_range) == (4, 4, None, None)


def test_of_two_people_no_range_is_told() -> None:
    with session_in_memory() as session:
        for _ in range(6):
            draft = add_draft(session, "model-a")
            add_rating(session, draft, "U1", score=5)
            add_rating(session, draft, "U2", score=7)
        habits = read_habits(session).of("U1")
    assert habits.severity == -2
    assert habits.team_range is None


def test_one_s_own_requests_and_changed_texts_do_not_count() -> None:
    with session_in_memory() as session:
        add_rating(session, add_draft(session, "model-a"), "U0ASKS", score=9)
        changed = add_draft(session, "model-a", edited_at=IN_WEEK - timedelta(minutes=1))
        add_rating(session, changed, "U2", score=9)
        habits = read_habits(session)
    assert (habits.of("U0ASKS"), habits.of("U2")) == (Habits(), Habits())


def test_scores_of_drafts_that_were_thrown_away_do_not_count() -> None:
    with session_in_memory() as session:
        draft = add_draft(session, "model-a", discarded_at=IN_WEEK)
        add_rating(session, draft, "U1", score=5)
        assert read_habits(session).of("U1") == Habits()


def test_the_version_changes_with_every_rating_and_with_drafts_that_go() -> None:
    with session_in_memory() as session:
        draft = add_draft(session, "model-a")
        versions = [ratings_version(session)]
        rating = add_rating(session, draft, "U1", score=5)
        versions.append(ratings_version(session))
        rating.updated_at = IN_WEEK + timedelta(minutes=1)
        session.flush()
        versions.append(ratings_version(session))
        draft.discarded_at = IN_WEEK
        session.flush()
        versions.append(ratings_version(session))
    assert len(set(versions)) == 4
