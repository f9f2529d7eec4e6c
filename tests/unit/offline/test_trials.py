"""The plan of an evaluation is fair: what one model is asked, every model is asked."""

import itertools
from collections import Counter

from evaluation.offline.topics import shipped_topics
from evaluation.offline.trials import Phase, Trial, plan_trials

TOPICS = {
    name: [topic for topic in shipped_topics() if topic.content_type == name and not topic.held_back]
    for name in ("marketing", "client_email")
}
MODELS = ("one", "two", "three")


def asked_of(model: str, trials: tuple[Trial, ...]) -> Counter[tuple[Phase, str, int]]:
    return Counter((trial.phase, trial.topic.topic, trial.seed) for trial in trials if trial.model == model)


def test_every_model_is_asked_for_the_same_texts_with_the_same_seeds() -> None:
    trials = plan_trials(MODELS, TOPICS, samples=15, seed=4)
    assert asked_of("one", trials) == asked_of("two", trials) == asked_of("three", trials)


def test_a_model_writes_samples_of_each_kind_one_topic_again_and_sixteen_together() -> None:
    trials = plan_trials(["one"], TOPICS, samples=15, seed=4)
    assert Counter(
        (trial.phase, trial.topic.content_type) for trial in trials if trial.phase != "together"
    ) == {
        (Phase.ALONE, "marketing"): 15,
        (Phase.ALONE, "client_email"): 15,
        (Phase.AGAIN, "marketing"): 3,
        (Phase.AGAIN, "client_email"): 3,
    }
    assert sum(trial.phase is Phase.TOGETHER for trial in trials) == 16


def test_models_come_one_after_the_other_and_texts_in_random_order() -> None:
    trials = plan_trials(MODELS, TOPICS, samples=15, seed=4)
    changes = sum(a.model != b.model for a, b in itertools.pairwise(trials))
    kinds = [trial.topic.content_type for trial in trials if trial.phase is Phase.ALONE]
    assert changes == len(MODELS) - 1
    assert sum(a != b for a, b in itertools.pairwise(kinds)) > len(MODELS)


def test_the_same_seed_makes_the_same_plan_and_every_trial_has_a_key_of_its_own() -> None:
    trials = plan_trials(MODELS, TOPICS, samples=15, seed=4)
    assert trials == plan_trials(MODELS, TOPICS, samples=15, seed=4)
    assert trials != plan_trials(MODELS, TOPICS, samples=15, seed=5)
    assert len({trial.key for trial in trials}) == len(trials)


def test_without_topics_nothing_is_asked() -> None:
    assert plan_trials(MODELS, {"marketing": []}, samples=15, seed=4) == ()
