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
    machine. `substitute_for` names the routed model that was absent. `why_substituted` names no
    model, so that a requester, who may rate the draft, can be told.
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
    rule = find_rule(content_type.name, routes)
    if rule is None:
        raise NoModelAvailable(
            f"No route serves {content_type.name!r}. Add [routes.{content_type.name}] or "
            f"[routes.{DEFAULT_RULE}] to copydesk.toml."
        )
    if candidates := _present(rule.models, models, presence):
        model, propensity = _draw(candidates, rng)
        return Route(model, _sampling(content_type, model), propensity, rule.reason)
    if candidates := _present(rule.substitutes, models, presence):
        model, propensity = _draw(_better_than_starters(candidates), rng)
        why = _why_absent(presence.get(rule.models[0]))
        return Route(model, _sampling(content_type, model), propensity, rule.reason, rule.models[0], why)
    raise NoModelAvailable(_nobody(content_type, rule, presence))


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


def _draw(candidates: list[ModelSpec], rng: random.Random) -> tuple[ModelSpec, float]:
    return rng.choice(candidates), 1 / len(candidates)


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
