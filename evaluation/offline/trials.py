"""Which texts are asked for: the same topics with the same seeds from every model, in random order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Final

from evaluation.offline.topics import Topic, draw_topics

SEEDS_FOR_CONSISTENCY: Final = 3
TEXTS_TOGETHER: Final = 16


class Phase(StrEnum):
    """alone: one text after the other. again: one topic with further seeds. together: eight at once."""

    ALONE = "alone"
    AGAIN = "again"
    TOGETHER = "together"


@dataclass(frozen=True)
class Trial:
    """One text to ask for. `key` names it within an evaluation, whatever the order."""

    model: str
    phase: Phase
    topic: Topic
    seed: int

    @property
    def key(self) -> str:
        return f"{self.model}/{self.phase}/{self.topic.content_type}/{self.seed}"


def plan_trials(
    models: Sequence[str], topics: Mapping[str, Sequence[Topic]], samples: int, seed: int
) -> tuple[Trial, ...]:
    """Every trial of an evaluation, model by model, so that one model is loaded at a time.

    `topics` by content type. Each model writes `samples` texts of each type alone, one topic of each type
    again with three further seeds, and 16 texts eight at once. The order of the models and of the
    texts within a model is random, the same for the same `seed`.
    """
    rng = Random(seed)
    tasks = [task for name in sorted(topics) for task in _tasks(name, topics[name], samples, rng)]
    alone = [task for task in tasks if task[0] is Phase.ALONE]
    together = [
        (Phase.TOGETHER, alone[place % len(alone)][1], rng.getrandbits(31))
        for place in range(TEXTS_TOGETHER if alone else 0)
    ]
    return tuple(
        Trial(model, phase, topic, text_seed)
        for model in rng.sample(list(models), len(models))
        for phase, topic, text_seed in [*rng.sample(tasks, len(tasks)), *together]
    )


def _tasks(
    content_type: str, topics: Sequence[Topic], samples: int, rng: Random
) -> list[tuple[Phase, Topic, int]]:
    drawn = draw_topics([topic for topic in topics if topic.content_type == content_type], samples, rng)
    alone = [(Phase.ALONE, topic, rng.getrandbits(31)) for topic in drawn]
    again = [(Phase.AGAIN, drawn[0], rng.getrandbits(31)) for _ in range(SEEDS_FOR_CONSISTENCY) if drawn]
    return [*alone, *again]
