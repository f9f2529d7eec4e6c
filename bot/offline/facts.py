"""What is known of a model beside its texts: prices, what was seen of its server, people's ratings."""

from collections.abc import Mapping
from dataclasses import replace

from sqlmodel import Session

from bot.settings import Settings
from evaluation.analysis.analyze import analyze
from evaluation.analysis.database import read_observations
from evaluation.costs.assumptions import CloudModel
from evaluation.costs.cloud_prices import price_usd
from evaluation.costs.draft_energy import price_draft
from evaluation.costs.lines import machine_usd
from evaluation.heuristics import LengthRule
from evaluation.offline.model_metrics import HumanFigures, ModelFacts
from evaluation.offline.record import Observed, Record, Sample
from evaluation.offline.running_metrics import Price
from evaluation.offline.scores import Kind
from generation.content_types import ContentType


def gather_facts(
    settings: Settings, record: Record, human: Mapping[str, HumanFigures]
) -> dict[str, ModelFacts]:
    """By arm. Of the cloud models to compare with, the middle one is what returns are counted against."""
    assumptions = settings.cost_assumptions
    cloud = {each.name: _cloud_price(each) for each in assumptions.cloud_models}
    names = list(cloud)

    def cost(sample: Sample) -> float | None:
        """Of another's server nothing is known of the energy."""
        if sample.busy_seconds is None:
            return None
        lines = price_draft(
            sample.busy_seconds, sample.energy_joules, sample.energy_scope, assumptions, sample.asked_at
        )
        return sum(line.amount_usd for line in lines) if lines else None

    def busy_cost(sample: Sample) -> float | None:
        energy_usd = cost(sample)
        if energy_usd is None or sample.busy_seconds is None:
            return None
        idle_watts = assumptions.machine.idle_watts
        return energy_usd + machine_usd(assumptions, sample.busy_seconds, idle_watts)

    prices = ModelFacts(cost, busy_cost, cloud, names[len(names) // 2] if names else None)
    return {
        arm: _seen(prices, record.observed.get(arm) or Observed(observed=arm), human.get(arm))
        for arm in record.plan.models
    }


def human_figures(session: Session) -> dict[str, HumanFigures]:
    """What people's ratings say of each model over all kinds, where there are any."""
    analysis = analyze(read_observations(session).observations)
    return {
        line.model: HumanFigures(
            line.n_ratings,
            _with(line.quality, line.anytime_ci),
            _with(line.blended_mean, line.blended_ci),
        )
        for line in analysis.models
        if line.content_type is None and line.n_ratings
    }


def kind_of(content_type: ContentType) -> Kind:
    rule = LengthRule(
        min_words=content_type.min_words,
        max_words=content_type.max_words,
        platform_limit_characters=content_type.platform_limit_characters,
    )
    return Kind(rule, content_type.json_schema)


def _seen(prices: ModelFacts, seen: Observed, human: HumanFigures | None) -> ModelFacts:
    return replace(
        prices,
        load_seconds=seen.load_seconds,
        memory_estimate_bytes=seen.memory_estimate_bytes,
        memory_process_bytes=seen.memory_process_bytes,
        memory_driver_bytes=seen.memory_driver_bytes,
        models_that_fit=seen.models_that_fit,
        uptime=seen.uptime,
        human=human,
    )


def _with(value: float | None, bounds: tuple[float, float] | None) -> tuple[float, float, float] | None:
    return None if value is None or bounds is None else (value, *bounds)


def _cloud_price(model: CloudModel) -> Price:
    return lambda sample: price_usd(model, sample.prompt_tokens, sample.completion_tokens, sample.asked_at)
