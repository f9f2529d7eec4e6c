"""Who writes: routed models first, substitutes if none of them is there."""

import random
from collections import Counter
from pathlib import Path

import pytest

from generation.content_types import ContentType, Sampling
from generation.errors import NoModelAvailable
from generation.registry import Presence, PresenceStatus
from generation.routing import Route, RouteRule, choose_pair, choose_route
from tests.unit.model_files import spec

KIND = ContentType(name="quick_social", title="Quick", prompt="Write.", example_topic="tea")
MODELS = {name: spec(name) for name in ("a", "b", "c", "d")}
HERE = Presence(PresenceStatus.PRESENT, "on this machine", folder=Path("x"), revision="1")
GONE = Presence(PresenceStatus.MISSING, "not downloaded.", "Pull it.")
BROKEN = Presence(PresenceStatus.DAMAGED, "cut off.", "Pull it again.")
RULE = RouteRule(models=("a", "b"), substitutes=("c", "d"), reason="they write best")


def _choose(presence: dict[str, Presence], rule: RouteRule = RULE, seed: int = 1) -> Route:
    return choose_route(KIND, {"default": rule}, MODELS, presence, random.Random(seed))


def test_routed_models_are_drawn_with_equal_chance() -> None:
    rng = random.Random(5)
    presence = dict.fromkeys(MODELS, HERE)
    routes = [choose_route(KIND, {"default": RULE}, MODELS, presence, rng) for _ in range(1000)]
    counts = Counter(route.model.name for route in routes)
    assert set(counts) == {"a", "b"}
    assert 430 < counts["a"] < 570
    assert {route.propensity for route in routes} == {0.5}
    assert routes[0].reason == "they write best"
    assert routes[0].substitute_for is None
    assert routes[0].sampling == KIND.sampling


def test_a_partly_present_route_needs_no_substitute() -> None:
    route = _choose({"a": GONE, "b": HERE, "c": HERE})
    assert (route.model.name, route.propensity, route.substitute_for) == ("b", 1.0, None)


@pytest.mark.parametrize(("absent", "why"), [(GONE, "not on this machine"), (BROKEN, "damaged")])
def test_a_substitute_says_why_without_naming_a_model(absent: Presence, why: str) -> None:
    route = _choose({"a": absent, "b": absent, "c": HERE})
    assert (route.model.name, route.propensity, route.substitute_for) == ("c", 1.0, "a")
    assert route.why_substituted is not None
    assert why in route.why_substituted
    assert not any(f" {name} " in f" {route.why_substituted} " for name in ("b", "c", "d"))


def test_starters_stand_in_only_where_no_other_substitute_is_here() -> None:
    models = {**MODELS, "d": spec("d", "starter")}
    for present, writers in (({"c", "d"}, {"c"}), ({"d"}, {"d"})):
        presence = {name: HERE if name in present else GONE for name in models}
        routes = [
            choose_route(KIND, {"default": RULE}, models, presence, random.Random(seed)) for seed in range(20)
        ]
        assert {route.model.name for route in routes} == writers
        assert {route.propensity for route in routes} == {1.0}


@pytest.mark.parametrize(("asked", "needed", "drawn"), [(1.0, 1.2, 1.2), (1.3, 1.2, 1.3), (1.0, 1.0, 1.0)])
def test_a_model_gets_the_repetition_penalty_it_needs(asked: float, needed: float, drawn: float) -> None:
    kind = KIND.model_copy(update={"sampling": Sampling(repetition_penalty=asked)})
    models = {"a": spec("a", repetition_penalty=needed)}
    route = choose_route(kind, {"default": RULE}, models, {"a": HERE}, random.Random(1))
    assert route.sampling == Sampling(repetition_penalty=drawn)


def test_the_rule_named_like_the_kind_comes_first() -> None:
    rules = {"default": RULE, "quick_social": RouteRule(models=("d",), reason="short")}
    route = choose_route(KIND, rules, MODELS, dict.fromkeys(MODELS, HERE), random.Random(1))
    assert (route.model.name, route.reason) == ("d", "short")


def test_a_name_given_twice_counts_once() -> None:
    rule = RouteRule(models=("a", "a", "b"), reason="x")
    assert _choose(dict.fromkeys(MODELS, HERE), rule).propensity == 0.5


def test_nobody_there_names_every_remedy() -> None:
    with pytest.raises(NoModelAvailable, match=r"not downloaded\. Pull it\..*cut off.*z is not declared"):
        _choose({"a": GONE, "c": BROKEN}, RouteRule(models=("a",), substitutes=("c", "z"), reason="x"))


def test_no_rule_says_which_to_add() -> None:
    with pytest.raises(NoModelAvailable, match=r"\[routes.quick_social\] or \[routes.default\]"):
        choose_route(KIND, {}, MODELS, {}, random.Random(1))


def _pair(presence: dict[str, Presence], rule: RouteRule = RULE, seed: int = 1) -> tuple[Route, ...]:
    return choose_pair(KIND, {"default": rule}, MODELS, presence, random.Random(seed))


def test_a_pair_is_two_routed_models_with_the_probability_that_each_was_among_them() -> None:
    rule = RouteRule(models=("a", "b", "c"), substitutes=("d",), reason="r")
    routes = [_pair(dict.fromkeys(MODELS, HERE), rule, seed) for seed in range(60)]
    assert all(left.model != right.model for left, right in routes)
    assert {route.model.name for pair in routes for route in pair} == {"a", "b", "c"}
    assert {route.propensity for pair in routes for route in pair} == {2 / 3}


def test_a_substitute_makes_up_a_pair_in_either_place() -> None:
    pairs = [_pair({"a": HERE, "b": GONE, "c": HERE, "d": HERE}, seed=seed) for seed in range(40)]
    for pair in pairs:
        by_name = {route.model.name: route for route in pair}
        assert by_name.pop("a").propensity == 1
        (substitute,) = by_name.values()
        assert (substitute.substitute_for, substitute.propensity) == ("a", 0.5)
    assert {pair[0].model.name == "a" for pair in pairs} == {True, False}


def test_where_one_model_is_alone_there_is_no_pair() -> None:
    (route,) = _pair({"a": HERE})
    assert (route.model.name, route.propensity) == ("a", 1.0)
    with pytest.raises(NoModelAvailable):
        _pair({})
