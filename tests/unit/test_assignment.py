"""Assignment: balance in blocks, true propensities, and nobody asked about what they already know."""

from collections import Counter
from itertools import groupby
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.assignment import Assignment, Candidate, asks_for_guess, draw_assignments, eligible

ARMS = ("plain", "rich", "terse")
TYPES = ("client_email", "linkedin_post")


def candidates(per_cell: int = 10, arms: tuple[str, ...] = ARMS) -> list[Candidate]:
    """The same number of drafts of every arm and type, asked for by somebody else."""
    return [
        Candidate(f"{content_type}-{arm}-{number:02}", arm, content_type, "U9")
        for content_type in TYPES
        for arm in arms
        for number in range(per_cell)
    ]


def draw(n: int, seed: int = 1, past: tuple[Assignment, ...] = ()) -> list[Assignment]:
    return draw_assignments("U1", candidates(), past, n, Random(seed))


@settings(deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 60))
def test_every_full_block_holds_every_arm_once(seed: int, n: int) -> None:
    tasks = draw(n, seed)
    assert len({task.draft_id for task in tasks}) == n
    for content_type in TYPES:
        of_type = [task for task in tasks if task.content_type == content_type]
        blocks = [sorted(task.arm for task in block) for _, block in groupby(of_type, lambda t: t.block)]
        assert all(block == sorted(ARMS) for block in blocks[:-1])
        assert all(len(set(block)) == len(block) for block in blocks)
        assert [number for number, _ in groupby(of_type, lambda t: t.block)] == [*range(1, len(blocks) + 1)]


def test_one_by_one_is_the_same_design_as_all_at_once() -> None:
    rng, past = Random(3), list[Assignment]()
    for _ in range(12):
        past += draw_assignments("U1", candidates(), past, 1, rng)
    assert past == draw_assignments("U1", candidates(), [], 12, Random(3))


def test_propensities_are_true() -> None:
    """Each draft is drawn as often as its propensity says, whatever the number of its arm's drafts."""
    uneven = [c for c in candidates(6) if c.arm != "rich" or c.draft_id.endswith(("00", "01"))]
    replicates = 3000
    drawn = Counter[str]()
    for seed in range(replicates):
        task = draw_assignments("U1", uneven, [], 1, Random(seed))[0]
        drawn[task.draft_id] += 1
        assert task.propensity == pytest.approx(1 / (2 * 3 * (2 if task.arm == "rich" else 6)))
    for candidate in uneven:
        expected = replicates / (2 * 3 * (2 if candidate.arm == "rich" else 6))
        assert drawn[candidate.draft_id] == pytest.approx(expected, abs=5 * expected**0.5)


def test_later_propensities_are_true_given_what_the_block_holds() -> None:
    """1/propensity counts what could be drawn (Horvitz and Thompson 1952): here 3 drafts an arm.

    After one draw, its type lacks two arms and the other type all three: 15 drafts on average.
    """
    replicates, counted = 2000, 0.0
    for seed in range(replicates):
        past = draw_assignments("U1", candidates(3), [], 1, Random(seed))
        task = draw_assignments("U1", candidates(3), past, 1, Random(-seed - 1))[0]
        lacking = 3 if past[0].content_type != task.content_type else 2
        assert task.propensity == pytest.approx(1 / (2 * lacking * 3))
        counted += 1 / task.propensity
    assert counted / replicates == pytest.approx(9 + 6, rel=0.03)


def test_arms_are_first_equally_often() -> None:
    firsts = Counter(draw(1, seed)[0].arm for seed in range(1500))
    for arm in ARMS:
        assert firsts[arm] == pytest.approx(500, abs=5 * 500**0.5)


def test_nobody_is_asked_about_what_they_know() -> None:
    known = [
        Candidate("own", "plain", "linkedin_post", "U1"),
        Candidate("rated", "plain", "linkedin_post", "U9", rated_by=frozenset({"U1"})),
        Candidate("discussed", "plain", "linkedin_post", "U9", opinions_by=frozenset({"U2"})),
        Candidate("assigned", "plain", "linkedin_post", "U9"),
        Candidate("rated-privately-by-others", "plain", "linkedin_post", "U9", rated_by=frozenset({"U2"})),
    ]
    past = [Assignment("assigned", "plain", "linkedin_post", 1, 0.5)]
    found = [candidate.draft_id for candidate in eligible(known, "U1", past)]
    assert found == ["rated-privately-by-others"]


def test_nothing_to_ask_is_no_task() -> None:
    assert draw_assignments("U1", [], [], 3, Random(1)) == []
    one = [Candidate("only", "plain", "linkedin_post", "U9")]
    assert draw_assignments("U1", one, [], 3, Random(1)) == [
        Assignment("only", "plain", "linkedin_post", 1, 1.0, ("plain",))
    ]


def test_an_arm_without_drafts_does_not_hold_up_its_block() -> None:
    scarce = [c for c in candidates(4, ("plain", "rich")) if c.arm == "plain" or c.draft_id.endswith("00")]
    tasks = draw_assignments("U1", scarce, [], 10, Random(5))
    assert len(tasks) == 10
    assert Counter(task.arm for task in tasks) == {"plain": 8, "rich": 2}


def test_a_task_remembers_between_which_arms_chance_decided() -> None:
    past: list[Assignment] = []
    for _ in range(9):
        (task,) = draw_assignments("U1", candidates(), past, 1, Random(len(past)))
        same = [each for each in past if (each.content_type, each.block) == (task.content_type, task.block)]
        assert task.arm in task.drawn_from
        assert set(task.drawn_from) == set(ARMS) - {each.arm for each in same}
        past.append(task)


def test_a_new_model_joins_the_open_block() -> None:
    past = draw_assignments("U1", candidates(9, ("plain", "rich")), [], 2, Random(1))
    more = draw_assignments("U1", candidates(9), past, 30, Random(2))
    for content_type in TYPES:
        held = [task.arm for task in [*past, *more] if task.content_type == content_type and task.block == 1]
        assert sorted(held) == sorted(ARMS)


def test_the_order_of_candidates_does_not_matter() -> None:
    turned = draw_assignments("U1", candidates()[::-1], [], 9, Random(4))
    assert turned == draw_assignments("U1", candidates(), [], 9, Random(4))


def test_a_tenth_of_ratings_is_asked_for_a_guess() -> None:
    rng = Random(1)
    asked = sum(asks_for_guess(rng) for _ in range(10_000))
    assert asked == pytest.approx(1000, abs=150)
    assert not asks_for_guess(rng, 0.0)
