"""A rater's vote on a pair, folded from everything they did."""

from datetime import timedelta
from itertools import permutations

from evaluation.tables import PairVoteEvent, VoteChoice
from evaluation.votes import current_vote, vote_meaning
from tests.rows import NOON, vote_row

LEFT, RIGHT, TIE = VoteChoice.LEFT, VoteChoice.RIGHT, VoteChoice.TIE


def event(minute: int, choice: VoteChoice | None, reaction: str | None = None) -> PairVoteEvent:
    at = NOON + timedelta(minutes=minute)
    return vote_row("p1", choice or LEFT, occurred_at=at, reaction=reaction).model_copy(
        update={"choice": choice}
    )


def chosen(*events: PairVoteEvent) -> VoteChoice | None:
    vote = current_vote(events)
    return vote.choice if vote is not None else None


def test_no_event_is_no_vote() -> None:
    assert chosen() is None


def test_the_last_vote_counts_in_whatever_order_they_arrive() -> None:
    events = (event(1, LEFT), event(2, TIE), event(3, RIGHT, "b"))
    assert {chosen(*order) for order in permutations(events)} == {RIGHT}


def test_a_button_taken_back_leaves_the_reaction_that_still_stands() -> None:
    assert chosen(event(1, LEFT, "a"), event(2, TIE), event(3, None)) is LEFT


def test_a_removed_reaction_brings_back_the_other_one() -> None:
    assert chosen(event(1, LEFT, "a"), event(2, RIGHT, "b"), event(3, None, "b")) is LEFT


def test_everything_taken_back_is_no_vote() -> None:
    assert chosen(event(1, LEFT, "a"), event(2, None, "a"), event(3, TIE), event(4, None)) is None


def test_letters_mean_sides_and_other_emoji_nothing() -> None:
    assert [vote_meaning(name) for name in ("a", "b", "ab", "+1")] == [LEFT, RIGHT, None, None]
