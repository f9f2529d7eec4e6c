"""All metrics of one model, from its samples and what else is known of it.

Each group is a function from the samples to named figures. A figure that nobody measured is None, and
`Metrics.reasons` says why; it is never 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from evaluation.offline.figures import Figures
from evaluation.offline.measures import MEASURES
from evaluation.offline.record import Sample
from evaluation.offline.running_metrics import (
    Price,
    cost_figures,
    energy_figures,
    reliability_figures,
    speed_figures,
)
from evaluation.offline.scores import Kind, score_texts
from evaluation.offline.text_metrics import (
    consistency,
    heuristic_figures,
    structured_figures,
    wording_figures,
)
from evaluation.offline.trials import Phase


@dataclass(frozen=True)
class HumanFigures:
    """What people's ratings say of a model: figures with the bounds of their intervals. None: too few.

    `quality` is that of the joint scale, with its anytime interval; `blended` the mean over all drafts by
    way of the heuristics.
    """

    n_ratings: int
    quality: tuple[float, float, float] | None = None
    blended: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class ModelFacts:
    """What is known of a model beside its texts. None: not measured.

    `cost` prices a text's own energy, `busy_cost` that and the machine for its busy seconds, `cloud` what
    each cloud model would have charged for its tokens; `mid_cloud` names the one that returns are counted
    against.
    """

    cost: Price
    busy_cost: Price
    cloud: Mapping[str, Price] = field(default_factory=dict)
    mid_cloud: str | None = None
    load_seconds: float | None = None
    memory_estimate_bytes: int | None = None
    memory_process_bytes: int | None = None
    memory_driver_bytes: int | None = None
    models_that_fit: int | None = None
    uptime: float | None = None
    human: HumanFigures | None = None


@dataclass(frozen=True)
class Metrics:
    """One model's figures by name, and for each that is None the reason."""

    model: str
    n_texts: int
    figures: Figures
    reasons: Mapping[str, str]


def measure_model(
    model: str, samples: Sequence[Sample], kinds: Mapping[str, Kind], facts: ModelFacts
) -> Metrics:
    """Every metric of `evaluation.offline.measures` for one model.

    `samples` are this model's, of all phases. Quality and texts are measured on those written alone, one
    a topic; the others serve consistency and throughput. Linear in the samples but for the overlap of
    texts, which is quadratic in the texts of one kind.
    """
    alone = [sample for sample in samples if sample.phase is Phase.ALONE]
    again = [sample for sample in samples if sample.phase is Phase.AGAIN]
    together = [sample for sample in samples if sample.phase is Phase.TOGETHER]
    texts = score_texts(alone, kinds)
    figures: Figures = {
        **heuristic_figures(texts),
        "consistency_sd": consistency(score_texts(again, kinds)),
        **_human(facts.human),
        **wording_figures(alone, texts),
        **structured_figures(alone, kinds),
        **speed_figures(alone, together),
        **_machine(facts),
        **energy_figures(alone),
        **cost_figures(alone, facts.cost, facts.busy_cost, facts.cloud, facts.mid_cloud),
        **reliability_figures(samples),
    }
    missing = {name: _reason(name, alone, kinds) for name, value in figures.items() if value is None}
    return Metrics(model, len(texts), figures, missing)


def _human(human: HumanFigures | None) -> Figures:
    unknown = (None, None, None)
    figures: Figures = {"human_ratings": float(human.n_ratings) if human else None}
    for name, known in (
        ("human_quality", human.quality if human else None),
        ("blended_quality", human.blended if human else None),
    ):
        figures[name], figures[f"{name}_low"], figures[f"{name}_high"] = known or unknown
    return figures


def _machine(facts: ModelFacts) -> Figures:
    return {
        "load_seconds": facts.load_seconds,
        "memory_estimate_bytes": facts.memory_estimate_bytes,
        "memory_process_bytes": facts.memory_process_bytes,
        "memory_driver_bytes": facts.memory_driver_bytes,
        "models_that_fit": facts.models_that_fit,
        "uptime": facts.uptime,
    }


def _reason(name: str, alone: Sequence[Sample], kinds: Mapping[str, Kind]) -> str:
    if not any(sample.succeeded for sample in alone):
        return "no text came"
    group = next((measure.group for measure in MEASURES if measure.name == name), "Cost")
    if group == "Structured" and not any(kinds[one.topic.content_type].json_schema for one in alone):
        return "no JSON kind was asked for"
    return {
        "Human quality": "nobody has rated this model enough",
        "Heuristic quality": "too few texts for an interval",
        "Text": "no prose was asked for",
        "Structured": "no feature of the compliance set was asked about",
        "Memory": "the server does not tell, or there is no such meter",
        "Energy": "no meter ran",
        "Cost": "no price is known",
    }.get(group, "the server does not tell")
