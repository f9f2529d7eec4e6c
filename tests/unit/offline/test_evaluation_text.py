"""What a person reads of an evaluation on a screen of a hundred columns."""

from io import StringIO

import pytest
from rich.console import Console, RenderableType

from bot.commands.evaluation_progress import EvaluationProgress
from bot.commands.evaluation_text import show_evaluation, show_replay
from evaluation.heuristics import LengthRule
from evaluation.offline.replay import replay_field_guide
from evaluation.offline.scores import Kind
from tests.evaluations import evaluation_of
from tests.unit.offline.test_record import TRIALS, sample_of


def shown(renderable: RenderableType) -> str:
    stream = StringIO()
    Console(file=stream, width=100).print(renderable)
    return " ".join(stream.getvalue().split())


def test_the_decision_is_said_in_words_and_heuristics_are_called_what_they_are() -> None:
    evaluation = evaluation_of()
    text = shown(show_evaluation(evaluation))
    assert "Heuristic quality on the same topics" in text
    for sentence in (*evaluation.decision.would_change, *evaluation.caveats):
        assert " ".join(sentence.split()) in text


@pytest.mark.parametrize("model", ["starter-rich", "starter-plain"])
def test_every_model_has_a_column_that_is_not_cut(model: str) -> None:
    assert shown(show_evaluation(evaluation_of())).count(model) >= 2


def test_what_was_not_measured_is_a_dash() -> None:
    assert "Energy of a draft │ – │ –" in shown(show_evaluation(evaluation_of()))


def test_the_replay_names_what_is_not_known() -> None:
    text = shown(show_replay(replay_field_guide({"gpt-neo-1-3b": 1_300_000_000})))
    assert "not separable" in text
    assert "are not known to us" in text


def test_progress_counts_texts_and_failures_of_each_model() -> None:
    kinds = {"marketing": Kind(LengthRule(1, 100))}
    progress = EvaluationProgress(kinds, len(TRIALS), [])
    for trial in TRIALS[:3]:
        progress.add(sample_of(trial))
    progress.add(sample_of(TRIALS[3], text=""))
    text = shown(progress)
    assert f"{TRIALS[0].model} │ 4 │ 1" in text
    assert f"4/{len(TRIALS)}" in text


def test_what_came_before_a_stop_counts_and_what_is_written_again_counts_once() -> None:
    kinds = {"marketing": Kind(LengthRule(1, 100))}
    progress = EvaluationProgress(kinds, len(TRIALS), [sample_of(trial) for trial in TRIALS[:5]])
    progress.add(sample_of(TRIALS[4]))
    progress.add(sample_of(TRIALS[5]))
    assert f"6/{len(TRIALS)}" in shown(progress)
    assert f"{TRIALS[0].model} │ 6 │ 0" in shown(progress)


@pytest.mark.parametrize(("models", "tables"), [(("a", "b", "c"), 3), (("a", "b", "c", "d"), 0)])
def test_speed_is_compared_between_few_models(models: tuple[str, ...], tables: int) -> None:
    text = shown(show_evaluation(evaluation_of(dict.fromkeys(models, (3, 2.0)))))
    assert text.count("How fast") == tables


def test_of_many_models_those_that_two_servers_hold_are_compared() -> None:
    models = ("a", "b", "c", "c @ 127.0.0.1:11434")
    text = shown(show_evaluation(evaluation_of(dict.fromkeys(models, (3, 2.0)))))
    assert text.count("How fast") == 1
    assert "c : c @ 127.0.0.1:11434" in text
