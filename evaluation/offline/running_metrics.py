"""How a model runs: speed, energy, costs, reliability."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from evaluation.compliance_score import wilson
from evaluation.costs.draft_energy import DECLARED_SCOPE
from evaluation.offline.figures import Figures, mean, ratio, share
from evaluation.offline.record import Sample
from evaluation.offline.trials import Phase

Price = Callable[[Sample], float | None]
"""What one text costs in USD; None where there is no price."""


def speed_figures(alone: Sequence[Sample], together: Sequence[Sample]) -> Figures:
    texts = [sample for sample in alone if sample.succeeded]
    figures: Figures = {}
    durations: dict[str, list[float | None]] = {
        "first_token": [sample.time_to_first_token_seconds for sample in texts],
        "inter_token": [_inter_token(sample) for sample in texts],
        "latency": [sample.waited_seconds for sample in texts],
    }
    for name, values in durations.items():
        known = [value for value in values if value is not None]
        for percent in (5, 25, 50, 75, 95, 99):
            figures[f"{name}_p{percent:02}_seconds"] = float(np.percentile(known, percent)) if known else None
    written = [sample for sample in together if sample.succeeded]
    seconds = _span_seconds(together)
    figures["tokens_per_second_alone"] = ratio(
        sum(sample.completion_tokens for sample in texts), sum(sample.waited_seconds for sample in texts)
    )
    figures["tokens_per_second_together"] = ratio(
        sum(sample.completion_tokens for sample in written), seconds
    )
    figures["texts_per_hour"] = ratio(3600 * len(written), seconds)
    return figures


def energy_figures(alone: Sequence[Sample]) -> Figures:
    """Over the texts that a meter saw: watts × seconds that somebody declared are no measurement."""
    texts = [sample for sample in alone if sample.succeeded]
    seen = [sample for sample in texts if sample.energy_joules and sample.energy_scope != DECLARED_SCOPE]
    joules = sum(sample.energy_joules or 0.0 for sample in seen)
    return {
        "joules_per_draft": ratio(joules, len(seen)),
        "joules_per_1000_tokens": ratio(1000 * joules, sum(sample.completion_tokens for sample in seen)),
        "energy_measured": ratio(len(seen), len(texts)),
    }


def cost_figures(
    alone: Sequence[Sample],
    cost: Price,
    busy_cost: Price,
    cloud: Mapping[str, Price],
    mid_cloud: str | None,
) -> Figures:
    """Two of the three ways to count (`evaluation.costs`); the third takes a volume, which is not known yet.

    Savings and returns are over the texts for which both prices are known.
    """
    texts = [sample for sample in alone if sample.succeeded]
    figures: Figures = {
        "cost_per_draft_usd": mean(cost(sample) for sample in texts),
        "busy_cost_per_draft_usd": mean(busy_cost(sample) for sample in texts),
        "return_per_draft_usd": None,
    }
    for name, price in cloud.items():
        figures[f"energy_savings_against_{name}"], _ = _savings(texts, cost, price)
        figures[f"busy_savings_against_{name}"], a_draft = _savings(texts, busy_cost, price)
        if name == mid_cloud:
            figures["return_per_draft_usd"] = a_draft
    return figures


def _savings(texts: Sequence[Sample], own: Price, cloud: Price) -> tuple[float | None, float | None]:
    """As a share of the cloud's price, and in USD a text."""
    both = [(own(sample), cloud(sample)) for sample in texts]
    known = [(here, there) for here, there in both if here is not None and there is not None]
    own_usd, cloud_usd = sum(here for here, _ in known), sum(there for _, there in known)
    return (1 - own_usd / cloud_usd if cloud_usd else None), ratio(cloud_usd - own_usd, len(known))


def reliability_figures(samples: Sequence[Sample]) -> Figures:
    success = wilson(sum(sample.succeeded for sample in samples), len(samples)) if samples else None
    texts = [sample for sample in samples if sample.succeeded]
    alone = [sample for sample in texts if sample.phase is Phase.ALONE]
    busy = [sample.busy_seconds for sample in alone if sample.busy_seconds is not None]
    return {
        "success": success.value if success else None,
        "success_low": success.low if success else None,
        "success_high": success.high if success else None,
        "errors": share(sample.error is not None for sample in samples),
        "accelerator_used": share(
            sample.device.partition(":")[0] not in ("cpu", "unknown") and not sample.fallback_ops
            for sample in texts
            if sample.device
        ),
        "machine_busy": ratio(sum(busy), sum(sample.waited_seconds for sample in alone)) if busy else None,
    }


def _inter_token(sample: Sample) -> float | None:
    first, latency = sample.time_to_first_token_seconds, sample.latency_seconds
    if first is None or latency is None or sample.completion_tokens < 2:
        return None
    return (latency - first) / (sample.completion_tokens - 1)


def _span_seconds(samples: Sequence[Sample]) -> float:
    """From the first question to the last answer."""
    if not samples:
        return 0.0
    begun = min(sample.asked_at for sample in samples)
    return max((sample.asked_at - begun).total_seconds() + sample.waited_seconds for sample in samples)
