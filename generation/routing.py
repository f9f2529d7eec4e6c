"""Choosing a model for a request. Pure: no I/O, and all chance comes from the generator passed in."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from generation.content_types import ContentType, Sampling
from generation.errors import NoModelAvailable
from generation.registry import ModelSource, ModelSpec, Presence, PresenceStatus

DEFAULT_RULE = "default"


class RouteRule(BaseModel):
    """Which models serve a kind of text, and why. Equal chances among those that are present.

    Starter models stand in only where no other substitute is present.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    models: tuple[str, ...] = Field(min_length=1)
    substitutes: tuple[str, ...] = ()
    reason: str = Field(min_length=1)


@dataclass(frozen=True)
class Route:
    """A decision: who writes, how it is sampled, how likely this choice was, and why.

    `propensity` is the probability in (0, 1] with which `model` was drawn, given what is on the
    machine; of a pair, with which it was one of the two. `substitute_for` names the routed model that
    was absent. `why_substituted` names no model, so that a requester, who may rate the draft, can be told.
    """

    model: ModelSpec
    sampling: Sampling
    propensity: float
    reason: str
    substitute_for: str | None = None
    why_substituted: str | None = None


def choose_route(
    content_type: ContentType,
    routes: Mapping[str, RouteRule],
    models: Mapping[str, ModelSpec],
    presence: Mapping[str, Presence],
    rng: random.Random,
) -> Route:
    """Draw a model for this kind of text: from the routed ones present, else from the substitutes.

    The rule is the one named like the content type, else `default`. Raises NoModelAvailable
    when there is no rule or none of its models is present.
    """
    rule = _rule(content_type, routes)
    if candidates := _present(rule.models, models, presence):
        return _draw(content_type, rule, candidates, 1, rng)[0]
    if candidates := _better_than_starters(_present(rule.substitutes, models, presence)):
        return _draw(content_type, rule, candidates, 1, rng, _why_absent(presence.get(rule.models[0])))[0]
    raise NoModelAvailable(_nobody(content_type, rule, presence))


def choose_pair(
    content_type: ContentType,
    routes: Mapping[str, RouteRule],
    models: Mapping[str, ModelSpec],
    presence: Mapping[str, Presence],
    rng: random.Random,
) -> tuple[Route, ...]:
    """Draw two different models for one request: routed ones, and substitutes where those are too few.

    One route alone where only one model is present. Raises as `choose_route` does.
    """
    rule = _rule(content_type, routes)
    routed = _draw(content_type, rule, _present(rule.models, models, presence), 2, rng)
    missing = 2 - len(routed)
    others = [each for each in _present(rule.substitutes, models, presence) if each.name not in rule.models]
    better = _better_than_starters(others)
    candidates = better if len(better) >= missing else others
    why = _why_absent(presence.get(rule.models[0]))
    chosen = [*routed, *_draw(content_type, rule, candidates, missing, rng, why)]
    if not chosen:
        raise NoModelAvailable(_nobody(content_type, rule, presence))
    return tuple(rng.sample(chosen, len(chosen)))


def find_rule(content_type: str, routes: Mapping[str, RouteRule]) -> RouteRule | None:
    """The rule that serves a kind of text: the one of its name, else `default`."""
    return routes.get(content_type) or routes.get(DEFAULT_RULE)


def _present(
    names: tuple[str, ...], models: Mapping[str, ModelSpec], presence: Mapping[str, Presence]
) -> list[ModelSpec]:
    unique = dict.fromkeys(names)
    return [
        models[name]
        for name in unique
        if name in models and name in presence and presence[name].status is PresenceStatus.PRESENT
    ]


def _better_than_starters(candidates: list[ModelSpec]) -> list[ModelSpec]:
    return [each for each in candidates if each.source is not ModelSource.STARTER] or candidates


def _sampling(content_type: ContentType, model: ModelSpec) -> Sampling:
    """As the kind asks, with the repetition penalty that the model needs."""
    penalty = max(content_type.sampling.repetition_penalty, model.repetition_penalty)
    return content_type.sampling.model_copy(update={"repetition_penalty": penalty})


def _rule(content_type: ContentType, routes: Mapping[str, RouteRule]) -> RouteRule:
    rule = find_rule(content_type.name, routes)
    if rule is None:
        raise NoModelAvailable(
            f"No route serves {content_type.name!r}. Add [routes.{content_type.name}] or "
            f"[routes.{DEFAULT_RULE}] to copydesk.toml."
        )
    return rule


def _draw(
    content_type: ContentType,
    rule: RouteRule,
    candidates: list[ModelSpec],
    wanted: int,
    rng: random.Random,
    why_substituted: str | None = None,
) -> list[Route]:
    """As many of `wanted` as there are, without replacement and with equal chances."""
    n = min(wanted, len(candidates))
    return [
        Route(
            model,
            _sampling(content_type, model),
            n / len(candidates),
            rule.reason,
            substitute_for=rule.models[0] if why_substituted else None,
            why_substituted=why_substituted,
        )
        for model in rng.sample(candidates, n)
    ]


def _why_absent(absent: Presence | None) -> str:
    if absent is not None and absent.status is PresenceStatus.DAMAGED:
        return "the model meant for this kind of text is damaged on this machine"
    return "the model meant for this kind of text is not on this machine"


def _nobody(content_type: ContentType, rule: RouteRule, presence: Mapping[str, Presence]) -> str:
    reasons = [
        f"{presence[name].reason} {presence[name].remedy}".strip()
        if name in presence
        else f"{name} is not declared under [models] in copydesk.toml."
        for name in dict.fromkeys((*rule.models, *rule.substitutes))
    ]
    return f"No model on this machine can write {content_type.name!r}. " + " ".join(reasons)
