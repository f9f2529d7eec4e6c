"""Random JSON schemas of every kind that structured answers promise to follow. Seeded."""

import random
from collections.abc import Callable
from typing import Any

_NAMES = ("name", "laws", "é", "a b", 'quoted "x"', "needs_geo_logic", "n", "long_property_name", "items")
_WORDS = ("red", "green", "", 'a "b"', "naïve", "x,y: {z}", "back\\slash", "東京")
_PATTERNS = ("^[A-Z]{2}-[0-9]+$", "^(ab|cd){1,3}$", "[0-9]x", "^[^a-z]{3,9}$", "^\\d{4}$", "")
_FORMATS = ("date", "date-time", "uuid", "ipv4", "email", "time")


def random_schema(rng: random.Random, depth: int = 3) -> dict[str, Any]:
    """One schema, at most `depth` containers deep."""
    leaves = [_string, _integer, _number, _given, _bare]
    kinds: list[Callable[[random.Random, int], dict[str, Any]]] = [*leaves]
    if depth > 0:
        kinds += [_object, _object, _object, _array, _array, _choice, _open_object, _tree]
    return rng.choice(kinds)(rng, depth)


def _string(rng: random.Random, _: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    match rng.randrange(5):
        case 0:
            return {**schema, "pattern": rng.choice(_PATTERNS)}
        case 1:
            return {**schema, "format": rng.choice(_FORMATS)}
        case 2:
            return {**schema, "minLength": rng.randrange(12), "maxLength": 12 + rng.randrange(50)}
        case 3:
            return {**schema, "minLength": rng.randrange(8)}
    return schema


def _integer(rng: random.Random, _: int) -> dict[str, Any]:
    low = rng.randint(-2000, 2000)
    return rng.choice(
        (
            {"type": "integer"},
            {"type": "integer", "minimum": low},
            {"type": "integer", "minimum": low, "maximum": low + rng.randrange(500)},
            {"type": "integer", "exclusiveMaximum": low},
            {"type": "integer", "minimum": 0, "multipleOf": rng.choice((2, 7, 50))},
        )
    )


def _number(rng: random.Random, _: int) -> dict[str, Any]:
    low = rng.choice((-5, 0, 0.25, 10))
    return rng.choice(
        (
            {"type": "number"},
            {"type": "number", "minimum": low, "maximum": low + 1},
            {"type": "number", "exclusiveMinimum": low, "exclusiveMaximum": low + 0.5},
        )
    )


def _given(rng: random.Random, _: int) -> dict[str, Any]:
    values: list[Any] = [*_WORDS, 1, 10, 100.5, None, True, {"a": [1, {"b": "c"}]}, [1, 2]]
    chosen = rng.sample(values, rng.randint(1, 5))
    return {"const": chosen[0]} if len(chosen) == 1 else {"enum": chosen}


def _bare(rng: random.Random, _: int) -> dict[str, Any]:
    return rng.choice(({"type": "boolean"}, {"type": "null"}, {"type": ["integer", "null"]}))


def _object(rng: random.Random, depth: int) -> dict[str, Any]:
    names = rng.sample(_NAMES, rng.randint(1, 5))
    schema = {
        "type": "object",
        "properties": {name: random_schema(rng, depth - 1) for name in names},
        "required": [name for name in names if rng.random() < 0.6],
    }
    return {**schema, "additionalProperties": False} if rng.random() < 0.7 else schema


def _open_object(rng: random.Random, depth: int) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": random_schema(rng, depth - 1)}


def _array(rng: random.Random, depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "array", "items": random_schema(rng, depth - 1)}
    if rng.random() < 0.5:
        schema["minItems"] = rng.randrange(3)
    if rng.random() < 0.5:
        schema["maxItems"] = 3 + rng.randrange(5)
    if rng.random() < 0.2:
        schema["prefixItems"] = [random_schema(rng, 0)]
    return schema


def _choice(rng: random.Random, depth: int) -> dict[str, Any]:
    return {"anyOf": [random_schema(rng, depth - 1) for _ in range(rng.randint(2, 3))]}


def _tree(rng: random.Random, _: int) -> dict[str, Any]:
    """Its own definitions would be out of reach inside another schema, so it refers to a fixed place."""
    return {"$ref": "#/$defs/tree"}


TREE = {
    "type": "object",
    "properties": {
        "value": {"type": "integer", "minimum": 0, "maximum": 99},
        "children": {"type": "array", "items": {"$ref": "#/$defs/tree"}},
    },
    "required": ["value", "children"],
    "additionalProperties": False,
}
