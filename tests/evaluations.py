"""An offline evaluation without models: texts and times drawn from a fixed seed."""

from collections.abc import Mapping
from datetime import timedelta
from random import Random

from evaluation.heuristics import LengthRule
from evaluation.offline.document import Evaluation
from evaluation.offline.evaluate import build_evaluation
from evaluation.offline.model_metrics import ModelFacts
from evaluation.offline.record import Plan, Sample
from evaluation.offline.scores import Kind
from evaluation.offline.topics import Topic
from evaluation.offline.trials import Phase
from tests.rows import NOON

SENTENCES = (
    "Our kite flies in the lightest wind.",
    "It folds into a bag that fits under a seat.",
    "Teams that measured it saved two hours a week.",
    "Order your kite today.",
    "What would you build with it?",
)
KINDS = ("linkedin_post", "marketing")
WRITERS = {"starter-rich": (5, 4.0), "starter-plain": (2, 1.2)}
"""How many sentences a model writes, and in how many seconds."""


def evaluation_of(writers: Mapping[str, tuple[int, float]] = WRITERS, texts: int = 16) -> Evaluation:
    """What `copydesk evaluate` would have found of these models, each text with its own time."""
    rng = Random(20261121)
    samples = [
        _sample(rng, model, phase, kind, number, *writers[model])
        for model in writers
        for phase in Phase
        for kind in KINDS
        for number in range(texts)
    ]
    plan = Plan(
        evaluation="20261120-120000",
        begun_at=NOON,
        backend="here",
        models=tuple(writers),
        content_types=KINDS,
        samples=texts,
        seed=1,
        held_back=False,
        digest="0" * 16,
    )
    facts = {model: _facts(place) for place, model in enumerate(writers)}
    kind = Kind(LengthRule(20, 60))
    return build_evaluation(plan, samples, dict.fromkeys(KINDS, kind), facts, NOON + timedelta(hours=1))


def _facts(place: int) -> ModelFacts:
    cost_usd = 1e-6 * (1 + 3 * place)
    return ModelFacts(cost=lambda _: cost_usd, busy_cost=lambda _: 100 * cost_usd)


def _sample(
    rng: Random, model: str, phase: Phase, kind: str, number: int, sentences: int, seconds: float
) -> Sample:
    waited_seconds = seconds * rng.lognormvariate(0, 0.3)
    return Sample.model_validate(
        {
            "key": f"{model}/{phase}/{kind}/{number}",
            "model": model,
            "phase": phase,
            "topic": Topic(content_type=kind, topic=f"kite number {number}"),
            "seed": number,
            "asked_at": NOON + timedelta(seconds=number),
            "waited_seconds": waited_seconds,
            "time_to_first_token_seconds": waited_seconds / 10,
            "latency_seconds": waited_seconds,
            "text": " ".join(rng.choice(SENTENCES) for _ in range(sentences + number % 3)),
            "finish_reason": "stop",
            "prompt_tokens": 10,
            "completion_tokens": 20 * sentences,
        }
    )
