"""What a rater says now: the fold over everything they ever did to one draft."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.ratings import RatingNow, Score, Thumb, current_rating, reaction_meaning
from evaluation.tables import RatingEvent, RatingEventKind

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
KEYCAPS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "keycap_ten")


def event(kind: RatingEventKind, second: int, **fields: Any) -> RatingEvent:
    return RatingEvent(
        delivery_key=f"{kind} {fields} at {second}",
        draft_id="d",
        rater_id="U1",
        kind=kind,
        occurred_at=START + timedelta(seconds=second),
        recorded_at=START + timedelta(minutes=5),
        **fields,
    )


def added(reaction: str, second: int) -> RatingEvent:
    return event(RatingEventKind.REACTION_ADDED, second, reaction=reaction)


def removed(reaction: str, second: int) -> RatingEvent:
    return event(RatingEventKind.REACTION_REMOVED, second, reaction=reaction)


def clicked(thumb: int, second: int) -> RatingEvent:
    return event(RatingEventKind.THUMB_BUTTON, second, thumb=thumb)


def submitted(score: int, second: int, *reasons: str, correction: str | None = None) -> RatingEvent:
    return event(
        RatingEventKind.SCORE_FORM, second, score=score, reasons=list(reasons), correction=correction
    )


@pytest.mark.parametrize(("name", "score"), [(name, i) for i, name in enumerate(KEYCAPS, start=1)])
def test_keycaps_are_scores(name: str, score: int) -> None:
    assert reaction_meaning(name) == Score(score)


@pytest.mark.parametrize("tone", ["", *(f"::skin-tone-{i}" for i in range(2, 7))])
def test_thumbs_count_under_both_names_in_every_skin_tone(tone: str) -> None:
    assert [reaction_meaning(name + tone) for name in ("+1", "thumbsup")] == [Thumb.UP] * 2
    assert [reaction_meaning(name + tone) for name in ("-1", "thumbsdown")] == [Thumb.DOWN] * 2


@pytest.mark.parametrize(
    "name", ["", "heart", "ten", "zero", "100", "1", "+2", "ONE", "+1::skin-tone-7", "one::skin-tone-2", "::"]
)
def test_other_reactions_are_no_rating(name: str) -> None:
    assert reaction_meaning(name) is None
    assert current_rating([added(name, 1)]) is None


def test_no_events_are_no_rating() -> None:
    assert current_rating([]) is None


def test_a_thumb_and_a_score_stand_side_by_side() -> None:
    assert current_rating([added("+1", 1), added("seven", 2)]) == RatingNow(thumb=Thumb.UP, score=7)


def test_the_last_keycap_wins_and_removing_it_brings_back_the_one_still_there() -> None:
    events = [added("three", 1), added("eight", 2)]
    assert current_rating(events) == RatingNow(score=8)
    assert current_rating([*events, removed("eight", 3)]) == RatingNow(score=3)
    assert current_rating([*events, removed("three", 3)]) == RatingNow(score=8)
    assert current_rating([*events, removed("eight", 3), removed("three", 4)]) is None


def test_a_keycap_put_back_counts_as_the_last() -> None:
    events = [added("three", 1), added("eight", 2), removed("three", 3), added("three", 4)]
    assert current_rating(events) == RatingNow(score=3)


def test_removing_under_the_other_name_of_the_emoji_counts() -> None:
    assert current_rating([added("+1", 1), removed("thumbsup", 2)]) is None


def test_skin_tones_are_reactions_of_their_own() -> None:
    events = [added("+1", 1), added("+1::skin-tone-3", 2), removed("+1", 3)]
    assert current_rating(events) == RatingNow(thumb=Thumb.UP)


def test_a_button_stands_until_the_next_and_comes_back_when_a_later_reaction_goes() -> None:
    assert current_rating([clicked(1, 1), clicked(-1, 2)]) == RatingNow(thumb=Thumb.DOWN)
    events = [clicked(1, 1), added("-1", 2)]
    assert current_rating(events) == RatingNow(thumb=Thumb.DOWN)
    assert current_rating([*events, removed("-1", 3)]) == RatingNow(thumb=Thumb.UP)


def test_a_form_replaces_the_form_before_it_with_reasons_and_correction() -> None:
    first = submitted(4, 1, "too long", correction="Shorter.")
    assert current_rating([first]) == RatingNow(score=4, reasons=("too long",), correction="Shorter.")
    assert current_rating([first, submitted(6, 2)]) == RatingNow(score=6)


def test_a_later_keycap_changes_the_score_and_leaves_the_reasons() -> None:
    events = [submitted(4, 1, "too long"), added("nine", 2)]
    assert current_rating(events) == RatingNow(score=9, reasons=("too long",))


def test_a_removal_that_overtook_its_addition_is_put_right_by_slacks_time() -> None:
    assert current_rating([removed("five", 2), added("five", 1)]) is None
    assert current_rating([added("five", 3), removed("five", 2), added("five", 1)]) == RatingNow(score=5)


REACTIONS = st.sampled_from(["+1", "thumbsup", "-1", "+1::skin-tone-4", "one", "seven", "keycap_ten", "tada"])
ACTS = st.one_of(
    REACTIONS.map(lambda name: partial(added, name)),
    REACTIONS.map(lambda name: partial(removed, name)),
    st.sampled_from([-1, 1]).map(lambda thumb: partial(clicked, thumb)),
    st.integers(1, 10).map(lambda score: partial(submitted, score)),
)
HISTORIES = st.lists(ACTS, max_size=12).map(lambda acts: [act(second) for second, act in enumerate(acts)])


@given(HISTORIES, st.randoms(use_true_random=False))
def test_the_order_of_delivery_does_not_matter(history: list[RatingEvent], shuffler: Any) -> None:
    delivered = list(history)
    shuffler.shuffle(delivered)
    assert current_rating(delivered) == current_rating(history)


@given(HISTORIES, st.integers(0, 12))
def test_a_redelivery_changes_nothing(history: list[RatingEvent], n_again: int) -> None:
    assert current_rating(history + history[:n_again]) == current_rating(history)


@given(HISTORIES, st.sampled_from(["-1", "four"]))
def test_adding_and_removing_a_new_reaction_is_nothing(history: list[RatingEvent], reaction: str) -> None:
    before = [e for e in history if e.reaction != reaction]
    after = [*before, added(reaction, 100), removed(reaction, 101)]
    assert current_rating(after) == current_rating(before)


@given(HISTORIES)
def test_the_last_act_decides_unless_it_takes_something_back(history: list[RatingEvent]) -> None:
    assert _score(history, submitted(2, 100)) == 2
    assert _score(history, added("six", 100)) == 6


@given(HISTORIES)
def test_unknown_reactions_change_nothing(history: list[RatingEvent]) -> None:
    assert current_rating([e for e in history if e.reaction != "tada"]) == current_rating(history)


def _score(history: Sequence[RatingEvent], last: RatingEvent) -> int | None:
    rating = current_rating([*history, last])
    return rating.score if rating else None
