"""The field guides' tables, read again."""

import pytest

from evaluation.offline.replay import Replay, replay_field_guide

GPT_NEO = 1_315_575_808


@pytest.fixture
def replay() -> Replay:
    return replay_field_guide({"gpt-neo-1-3b": GPT_NEO})


def test_the_crowned_model_is_not_separable_from_the_one_with_three_times_as_many_texts(
    replay: Replay,
) -> None:
    """By hand: 0.70 ± t(5.6) · √(0.78²/5 + 0.59²/15) = 0.70 ± 2.49 · 0.381."""
    [finding] = [each for each in replay.findings if "opt-2-7b" in each]
    assert "opt-2-7b and bloom-560m are not separable: +0.70 (-0.25 to +1.65" in finding
    assert "crowned opt-2-7b all the same" in finding


def test_intervals_are_those_of_so_few_texts(replay: Replay) -> None:
    opt = next(line for line in replay.quality if line.model == "opt-2-7b")
    assert opt.low == pytest.approx(8.40 - 2.776 * 0.78 / 5**0.5, abs=1e-3)


def test_stated_memory_stands_beside_what_the_weights_take(replay: Replay) -> None:
    [line] = replay.memory
    assert line.stated_bytes == pytest.approx(0.3e9)
    assert line.weights_bytes == 2 * GPT_NEO
    assert any("0.3 GB were stated" in each and "2.6 GB" in each for each in replay.findings)


def test_models_without_known_figures_are_named_and_have_none(replay: Replay) -> None:
    assert replay.without_figures
    assert {line.model for line in replay.quality}.isdisjoint(replay.without_figures)
