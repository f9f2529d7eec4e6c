"""JSON Schema, read into a small tree of nodes that can be bounded, priced and closed. Pure.

The tree may allow less than the schema, never more: an object that names its properties gets no
others unless the schema says `additionalProperties`, a value of any kind nests three deep, and a
schema that refers to itself is unrolled four deep.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from generation.errors import InvalidRequest

_ANY_DEPTH = 3
_REFERENCE_DEPTH = 4
_MOST_SCHEMAS = 5000
_MOST_CHARACTERS = 100_000
_TOO_LARGE = "it is too large, or refers to itself in too many places"
# Answers are read and checked as deep as this again, by functions that call themselves.
_MOST_DEPTH = 50
_TOO_DEEP = "it is nested too deeply"
_UNSUPPORTED = (
    "not", "if", "then", "else", "contains", "minContains", "maxContains", "dependentRequired",
    "dependentSchemas", "dependencies", "propertyNames", "patternProperties", "unevaluatedProperties",
    "unevaluatedItems", "$dynamicRef", "$recursiveRef",
)  # fmt: skip
_FORMATS = frozenset(
    ("date", "time", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "uuid", "uri")
)
_NUMBER_KEYWORDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_KEYWORDS_OF_TYPE = {
    "object": ("properties", "required", "additionalProperties", "minProperties", "maxProperties"),
    "array": ("items", "prefixItems", "minItems", "maxItems"),
    "string": ("minLength", "maxLength", "pattern"),
    "number": _NUMBER_KEYWORDS,
}


@dataclass(frozen=True, eq=False)
class Literals:
    """One of a few given values, each as JSON text."""

    texts: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Text:
    """A string; lengths in characters. `pattern` and `format` as JSON Schema means them."""

    min_length: int = 0
    max_length: int | None = None
    pattern: str | None = None
    format: str | None = None

    @property
    def plain(self) -> bool:
        return self.pattern is None and self.format is None


@dataclass(frozen=True, eq=False)
class Number:
    """A number; `limits` are JSON Schema's keywords for its range and step."""

    integer: bool
    limits: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Array:
    """`prefix` gives the first items their own kinds; `items` None: no more than those."""

    prefix: tuple["Node", ...] = ()
    items: "Node | None" = None
    min_items: int = 0
    max_items: int | None = None

    def item(self, index: int) -> "Node | None":
        """The kind of the item at `index`, or None where the array ends at the latest."""
        if self.max_items is not None and index >= self.max_items:
            return None
        return self.prefix[index] if index < len(self.prefix) else self.items


@dataclass(frozen=True, eq=False)
class Object:
    """Properties in the order they are written in; `additional` None: no others."""

    properties: Mapping[str, "Node"]
    required: frozenset[str]
    additional: "Node | None" = None
    max_properties: int | None = None


@dataclass(frozen=True, eq=False)
class Choice:
    """One of several kinds; `exclusive` if the schema says oneOf."""

    options: tuple["Node", ...]
    exclusive: bool = False


Node: TypeAlias = Literals | Text | Number | Array | Object | Choice


def read_schema(json_schema: str) -> Node:
    """The tree of a JSON Schema (2020-12) given as text; "{}" means any JSON object.

    Raises InvalidRequest(parameter="response_format") that names what cannot be served.
    """
    if len(json_schema) > _MOST_CHARACTERS:
        raise refused(_TOO_LARGE)
    try:
        schema = json.loads(json_schema, parse_float=_number, parse_constant=_no_number)
        Draft202012Validator.check_schema(schema)
        tree = _Reader(schema).read({"type": "object"} if schema in ({}, True) else schema, {})
    except ValueError as error:
        raise refused(f"it is no JSON ({error})") from error
    except SchemaError as error:
        raise refused(f"{error.message} (at {error.json_path})") from error
    except RecursionError as error:
        raise refused(_TOO_DEEP) from error
    if tree is None:
        raise refused("nothing can satisfy it")
    return tree


def refused(reason: str) -> InvalidRequest:
    """The error for a schema that cannot be served, with the remedy."""
    return InvalidRequest(
        f"This JSON schema cannot be used to write with: {reason}. Change the schema, or leave "
        "response_format out.",
        parameter="response_format",
    )


def any_value(depth: int = _ANY_DEPTH) -> Choice:
    """Any JSON value that nests at most `depth` deep."""
    scalars: tuple[Node, ...] = (Text(), Number(False, {}), Literals(("true", "false", "null")))
    if depth == 0:
        return Choice(scalars)
    inner = any_value(depth - 1)
    return Choice((*scalars, Array(items=inner), Object({}, frozenset(), inner)))


class _Reader:
    """Reads schemas of one document. None stands for a schema that nothing satisfies."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._read_schemas = self._depth = 0
        self._resolved: dict[str, Any] = {}
        self._read_references: dict[tuple[str, tuple[tuple[str, int], ...]], Node | None] = {}

    def read(self, schema: Any, within: dict[str, int]) -> Node | None:
        """`within` counts the references that this schema stands in."""
        self._read_schemas += 1
        if self._read_schemas > _MOST_SCHEMAS:
            raise refused(_TOO_LARGE)
        if self._depth >= _MOST_DEPTH:
            raise refused(_TOO_DEEP)
        self._depth += 1
        try:
            return self._read(schema, within)
        finally:
            self._depth -= 1

    def _read(self, schema: Any, within: dict[str, int]) -> Node | None:
        if isinstance(schema, bool):
            return any_value() if schema else None
        _refuse_unsupported(schema)
        if "enum" in schema or "const" in schema:
            return self._literals(schema)
        if "allOf" in schema:
            return self.read(self._merged(schema), within)
        if "$ref" in schema:
            return self._reference(schema, within)
        for keyword in ("anyOf", "oneOf"):
            if keyword in schema:
                return self._choice(schema, keyword, within)
        return self._of_types(schema, within)

    def _reference(self, schema: dict[str, Any], within: dict[str, int]) -> Node | None:
        name = schema["$ref"]
        rest = {key: value for key, value in schema.items() if key != "$ref" and key in _all_keywords()}
        depth = within.get(name, 0)
        if depth >= _REFERENCE_DEPTH:
            return None
        within = {**within, name: depth + 1}
        if rest:
            return self.read({"allOf": [self._resolve(name), rest]}, within)
        key = (name, tuple(sorted(within.items())))
        if key not in self._read_references:
            self._read_references[key] = self.read(self._resolve(name), within)
        return self._read_references[key]

    def _resolve(self, reference: str) -> Any:
        if not reference.startswith("#"):
            raise refused(f'"$ref" to {reference!r} lies outside of it')
        if reference in self._resolved:
            return self._resolved[reference]
        if not reference.startswith("#/") and reference != "#":
            raise refused(f'"$ref" to {reference!r} leads nowhere')
        found = self._document
        for escaped in reference[1:].split("/")[1:]:
            part = escaped.replace("~1", "/").replace("~0", "~")
            try:
                found = found[int(part)] if isinstance(found, list) else found[part]
            except (KeyError, IndexError, ValueError, TypeError) as error:
                raise refused(f'"$ref" to {reference!r} leads nowhere') from error
        Draft202012Validator.check_schema(found)  # it may stand where nobody took it for a schema
        self._resolved[reference] = found
        return found

    def _literals(self, schema: dict[str, Any]) -> Node | None:
        values = schema["enum"] if "enum" in schema else [schema["const"]]
        rest = {key: value for key, value in schema.items() if key != "enum"}
        validator = Draft202012Validator(self._document).evolve(schema=rest)
        texts = tuple(json.dumps(value, ensure_ascii=False) for value in values if validator.is_valid(value))
        return Literals(texts) if texts else None

    def _merged(self, schema: dict[str, Any]) -> dict[str, Any]:
        merged = {key: value for key, value in schema.items() if key != "allOf"}
        for part in schema["allOf"]:
            merged = _merge(merged, self._flat(part))
        return merged

    def _flat(self, part: Any) -> dict[str, Any]:
        """A part of an allOf without references and further allOf on its top level."""
        if not isinstance(part, dict):
            raise refused('"allOf" holds true or false')
        if "$ref" in part:
            rest = {key: value for key, value in part.items() if key != "$ref"}
            return self._merged({"allOf": [self._resolve(part["$ref"]), rest]})
        return self._merged(part) if "allOf" in part else part

    def _choice(self, schema: dict[str, Any], keyword: str, within: dict[str, int]) -> Node | None:
        rest = {key: value for key, value in schema.items() if key != keyword and key in _all_keywords()}
        parts = [{"allOf": [part, rest]} if rest else part for part in schema[keyword]]
        options = tuple(node for part in parts if (node := self.read(part, within)) is not None)
        if len(options) < 2:
            return options[0] if options else None
        return Choice(options, exclusive=keyword == "oneOf")

    def _of_types(self, schema: dict[str, Any], within: dict[str, int]) -> Node | None:
        types = schema.get("type", _implied_type(schema))
        if types is None:
            return any_value()
        names = [types] if isinstance(types, str) else types
        options = tuple(node for name in names if (node := self._of_type(name, schema, within)) is not None)
        if len(options) < 2:
            return options[0] if options else None
        return Choice(options)

    def _of_type(self, name: str, schema: dict[str, Any], within: dict[str, int]) -> Node | None:
        if name == "object":
            return self._object(schema, within)
        if name == "array":
            return self._array(schema, within)
        if name == "string":
            known = schema.get("format") in _FORMATS
            return Text(
                schema.get("minLength", 0),
                schema.get("maxLength"),
                schema.get("pattern"),
                schema["format"] if known else None,
            )
        if name in ("number", "integer"):
            limits = {key: schema[key] for key in _NUMBER_KEYWORDS if key in schema}
            return Number(name == "integer", limits)
        return Literals(("null",) if name == "null" else ("true", "false"))

    def _array(self, schema: dict[str, Any], within: dict[str, int]) -> Node | None:
        if schema.get("uniqueItems"):
            raise refused('"uniqueItems" is not supported')
        if schema.get("minItems", 0) > _MOST_SCHEMAS:
            raise refused(_TOO_LARGE)
        prefix = []
        for part in schema.get("prefixItems", ()):
            if (node := self.read(part, within)) is None:
                break
            prefix.append(node)
        cut = len(prefix) < len(schema.get("prefixItems", ()))
        items = None if cut else self.read(schema.get("items", True), within)
        bounds = [
            bound for bound in (schema.get("maxItems"), None if items else len(prefix)) if bound is not None
        ]
        array = Array(tuple(prefix), items, schema.get("minItems", 0), min(bounds, default=None))
        return None if array.max_items is not None and array.min_items > array.max_items else array

    def _object(self, schema: dict[str, Any], within: dict[str, int]) -> Node | None:
        required = frozenset(schema.get("required", ()))
        named = schema.get("properties", {})
        missing = {name: schema.get("additionalProperties", True) for name in sorted(required - named.keys())}
        properties = {}
        for name, part in {**named, **missing}.items():
            if (node := self.read(part, within)) is not None:
                properties[name] = node
            elif name in required:
                return None
        others = schema.get("additionalProperties", not named)
        if schema.get("minProperties", 0) > len(required):
            raise refused('"minProperties" above the number of required properties is not supported')
        most = schema.get("maxProperties")
        if most is not None and others is False and most >= len(properties):
            most = None
        return Object(properties, required, self.read(others, within), most)


def _number(text: str) -> float:
    """2.0 is an integer in JSON Schema, as in `minItems`."""
    value = float(text)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number there")


def _all_keywords() -> frozenset[str]:
    """Keywords that say what is valid, not merely what a value means."""
    of_types = (keyword for keywords in _KEYWORDS_OF_TYPE.values() for keyword in keywords)
    combining = ("$ref", "allOf", "anyOf", "oneOf", "enum", "const", "type", "format", "uniqueItems")
    return frozenset((*of_types, *combining, *_UNSUPPORTED))


def _refuse_unsupported(schema: dict[str, Any]) -> None:
    for keyword in _UNSUPPORTED:
        if keyword in schema:
            raise refused(f'"{keyword}" is not supported')


def _implied_type(schema: dict[str, Any]) -> str | None:
    """Keywords of objects mean an object, and so on: less than the schema allows, and what it means."""
    for name, keywords in _KEYWORDS_OF_TYPE.items():
        if any(keyword in schema for keyword in keywords):
            return name
    return "string" if schema.get("format") in _FORMATS else None


def _merge(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """A schema that asks for what both ask for. Raises InvalidRequest where that takes more than merging."""
    for one, other in ((first, second), (second, first)):
        # It closes its own object to names that only the other one knows.
        closes = one.get("additionalProperties", True) is not True
        if closes and not other.get("properties", {}).keys() <= one.get("properties", {}).keys():
            raise refused('"allOf" combines "additionalProperties" with other "properties"')
    merged = dict(first)
    for key, value in second.items():
        if key not in _all_keywords():
            continue
        if key not in merged or merged[key] == value:
            merged[key] = value
        else:
            merged[key] = _merged_keyword(key, merged[key], value)
    return merged


def _merged_keyword(key: str, first: Any, second: Any) -> Any:
    if key == "properties":
        shared = {name: {"allOf": [first[name], second[name]]} for name in first.keys() & second.keys()}
        return {**first, **second, **shared}
    if key == "required":
        return list(dict.fromkeys([*first, *second]))
    if key in ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"):
        return max(first, second)
    if key in ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"):
        return min(first, second)
    if key == "type":
        one, other = ([kind] if isinstance(kind, str) else kind for kind in (first, second))
        if both := [kind for kind in one if kind in other]:
            return both
    raise refused(f'"allOf" combines different values of "{key}"')
