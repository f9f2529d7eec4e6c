"""Bounds for a schema, so that every answer ends within a number of tokens. Pure.

Two prices make the promise provable. `least` is what a value costs at most when it is written as
short as closing.py writes it; `worst` is what it costs at most to finish one that has been begun
anywhere. Once no more than `worst` of the whole answer is left, only the short way is allowed
(structured.GrammarState), so an answer is always finished. Everything is counted in tokens, and
no token writes less than one byte.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from generation.errors import InvalidRequest
from generation.schema_tree import Array, Choice, Literals, Node, Number, Object, Text

# Integers beyond this are not exact in most JSON readers (RFC 8259, section 6).
_LARGEST_INTEGER = 2**53 - 1
# A number takes one token as the model likes, then digits until it may end: as many as its limits have,
# and a sign, a point, an exponent and the digits after them.
_NUMBER_MARGIN = 6
_SMALLEST, _SMALLEST_SHARE = 1e-9, 1e-12
_CHARACTERS_PER_TOKEN = 4
# A patterned string may be this much longer than its shortest match: it ends only where its pattern lets it.
_PATTERN_MARGIN = 24
_ESCAPED_BYTES = 6
_MOST_ITEMS = 64
_FEWEST_CHARACTERS = 16


class Prices:
    """What values cost at most, in tokens. `tokens_in` counts those of a given piece of JSON."""

    def __init__(self, tokens_in: Callable[[str], int] = lambda text: len(text.encode())) -> None:
        self._tokens_in = tokens_in
        self._least: dict[Node, int] = {}
        self._worst: dict[Node, int] = {}

    def least(self, node: Node) -> int:
        """What a value costs at most when it is written in the shortest way."""
        if node not in self._least:
            self._least[node] = self._find_least(node)
        return self._least[node]

    def worst(self, node: Node) -> int:
        """What is left at most, from anywhere inside a value, when it is finished in the shortest way."""
        if node not in self._worst:
            self._worst[node] = self._find_worst(node)
        return self._worst[node]

    def label(self, name: str) -> int:
        """A property's name with what stands before and after it."""
        return max(self._tokens_in(label_of(name, first)) for first in (True, False))

    def _find_least(self, node: Node) -> int:
        match node:
            case Array():
                items = (node.item(index) for index in range(node.min_items))
                return 2 + sum(2 + self.least(item) for item in items if item is not None)
            case Object():
                return 2 + sum(
                    self.label(name) + self.least(value)
                    for name, value in node.properties.items()
                    if name in node.required
                )
            case Choice():
                return self._least_choice(node)
        return self._leaf(node)

    def _least_choice(self, node: Choice) -> int:
        """The cheapest beginning decides; after it, the dearest option that begins alike may follow."""
        by_opening: dict[str, int] = {}
        for option in flat_options(node):
            for opening in openings(option):
                by_opening[opening] = max(by_opening.get(opening, 0), self.least(option))
        return min(by_opening.values())

    def _find_worst(self, node: Node) -> int:
        match node:
            case Array():
                items = [item for item in (*node.prefix, node.items) if item is not None]
                return self.least(node) + max((2 + self.worst(item) for item in items), default=0)
            case Object():
                inner = [
                    len(label_of(name, False).encode()) + self.worst(value)
                    for name, value in node.properties.items()
                ]
                if node.additional is not None:
                    inner.append(_ESCAPED_BYTES + 6 + self.worst(node.additional))
                return self.least(node) + max(inner, default=0)
            case Choice():
                return max(self.worst(option) for option in node.options)
        return self._leaf(node)

    def _leaf(self, node: Node) -> int:
        match node:
            case Literals(texts):
                return max(len(text.encode()) for text in texts)
            case Text():
                if node.plain:
                    return 2 + _ESCAPED_BYTES + node.min_length
                return 2 + _ESCAPED_BYTES + (node.max_length or 0) * _bytes_per_character(node)
            case Number(limits=limits):
                own = (limit for limit in limits.values() if abs(limit) != _LARGEST_INTEGER)
                return _NUMBER_MARGIN + max((len(str(limit)) for limit in own), default=0)
        raise TypeError(node)


def bound_tree(tree: Node, max_tokens: int, prices: Prices, shortest_match: Callable[[Text], int]) -> Node:
    """The tree with a length for every string and array that has none; the user's own are never loosened.

    What `max_tokens` leaves beside the shortest answer is shared out evenly among them.
    `shortest_match` tells the fewest characters that a patterned string can have. Raises
    InvalidRequest when not even the shortest answer is sure to fit.
    """
    bounded = _Bounding(None, shortest_match).apply(tree)
    needed = prices.least(bounded) + 1
    if needed > max_tokens:
        raise InvalidRequest(
            f"Even the shortest answer to this JSON schema may need {needed} tokens, but max_tokens "
            f"allows {max_tokens}. Ask for more max_tokens, or require less in the schema.",
            parameter="response_format",
        )
    open_ended = sum(_is_open_ended(node) for node in all_nodes(tree))
    share = (max_tokens - needed) // max(1, open_ended)
    return _Bounding(share, shortest_match).apply(tree)


def as_schema(tree: Node) -> dict[str, Any]:
    """The tree as a JSON Schema again; what stands in several places is defined once."""
    uses: dict[Node, int] = {}
    for node in all_nodes(tree):
        for child in children(node):
            uses[child] = uses.get(child, 0) + 1
    names = {node: f"n{index}" for index, node in enumerate(uses) if uses[node] > 1 and children(node)}
    definitions = {name: _written(node, names) for node, name in names.items()}
    schema = _written(tree, names)
    return {**schema, "$defs": definitions} if definitions else schema


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below."""
    match node:
        case Array():
            return (*node.prefix, node.items) if node.items is not None else node.prefix
        case Object():
            return (*node.properties.values(), *([node.additional] if node.additional is not None else ()))
        case Choice():
            return node.options
    return ()


def all_nodes(tree: Node) -> Iterable[Node]:
    """Every node once, the tree itself first."""
    seen: dict[Node, None] = {tree: None}
    waiting = [tree]
    while waiting:
        for child in children(waiting.pop()):
            if child not in seen:
                seen[child] = None
                waiting.append(child)
    return seen


def label_of(name: str, first: bool) -> str:
    """How a property begins in our one way of writing JSON: `"name": `, after `, ` unless it is the first."""
    return ("" if first else ", ") + json.dumps(name, ensure_ascii=False) + ": "


def flat_options(node: Node) -> Iterable[Node]:
    """The options of a choice, and of the choices among them."""
    if not isinstance(node, Choice):
        return [node]
    return [inner for option in node.options for inner in flat_options(option)]


def openings(node: Node) -> frozenset[str]:
    """What a value can begin with: `"`, `{`, `[`, or "0" for everything that stands without quotes."""
    match node:
        case Literals(texts):
            return frozenset(text[0] if text[0] in '"{[' else "0" for text in texts)
        case Text():
            return frozenset('"')
        case Number():
            return frozenset("0")
        case Array():
            return frozenset("[")
        case Object():
            return frozenset("{")
    return frozenset().union(*map(openings, node.options))


class _Bounding:
    """Bounds a tree. `share` is the tokens for each thing without a length; None: only what must be."""

    def __init__(self, share: int | None, shortest_match: Callable[[Text], int]) -> None:
        self._share = share
        self._shortest_match = shortest_match
        self._done: dict[Node, Node] = {}

    def apply(self, node: Node) -> Node:
        if node not in self._done:
            self._done[node] = self._bounded(node)
        return self._done[node]

    def _bounded(self, node: Node) -> Node:
        match node:
            case Text():
                return self._bounded_text(node)
            case Number(integer=True):
                return _bounded_integer(node)
            case Array():
                prefix = tuple(self.apply(item) for item in node.prefix)
                items = None if node.items is None else self.apply(node.items)
                return replace(node, prefix=prefix, items=items, max_items=self._max_items(node))
            case Object():
                properties = {name: self.apply(value) for name, value in node.properties.items()}
                additional = None if node.additional is None else self.apply(node.additional)
                return replace(node, properties=properties, additional=additional)
            case Choice():
                return replace(node, options=tuple(map(self.apply, node.options)))
        return node

    def _bounded_text(self, node: Text) -> Text:
        if not node.plain:
            longest = max(node.min_length, self._shortest_match(node)) + _PATTERN_MARGIN
            return replace(node, max_length=min(longest, node.max_length or longest))
        if node.max_length is not None or self._share is None:
            return node
        characters = max(_FEWEST_CHARACTERS, self._share * _CHARACTERS_PER_TOKEN)
        return replace(node, max_length=node.min_length + characters)

    def _max_items(self, node: Array) -> int | None:
        if node.max_items is not None or self._share is None:
            return node.max_items
        return node.min_items + len(node.prefix) + max(1, min(_MOST_ITEMS, self._share // 4))


def _is_open_ended(node: Node) -> bool:
    return (isinstance(node, Text) and node.max_length is None) or (
        isinstance(node, Array) and node.max_items is None
    )


def _bounded_integer(node: Number) -> Number:
    limits = dict(node.limits)
    lowest = limits.get("minimum", limits.get("exclusiveMinimum"))
    highest = limits.get("maximum", limits.get("exclusiveMaximum"))
    if highest is None:
        limits["maximum"] = max(_LARGEST_INTEGER, 10 * int(lowest or 0))
    if lowest is None:
        limits["minimum"] = min(-_LARGEST_INTEGER, 10 * int(highest or 0))
    return replace(node, limits=limits)


def _without_whole_limits(limits: Mapping[str, Any]) -> dict[str, Any]:
    """The limits of a number, a little tighter where they exclude a whole one.

    llguidance 1.9 lets 1 through for an exclusive minimum of 1 and a maximum below 2, and its like.
    """
    moved = dict(limits)
    for keyword, direction in (("exclusiveMinimum", 1), ("exclusiveMaximum", -1)):
        if keyword in moved and moved[keyword] == int(moved[keyword]):
            moved[keyword] += direction * max(_SMALLEST, abs(moved[keyword]) * _SMALLEST_SHARE)
    return moved


def _bytes_per_character(node: Text) -> int:
    """One, if the string can be finished in plain ASCII (as far as its pattern tells), else the most."""
    pattern = node.pattern or ""
    unusual = not pattern.isascii() or any(
        mark in pattern for mark in ('"', "\\\\", "\\x", "\\u", "\\p", "\\P")
    )
    return _ESCAPED_BYTES if unusual else 1


def _written(node: Node, names: dict[Node, str]) -> dict[str, Any]:
    def inner(child: Node) -> dict[str, Any]:
        return {"$ref": f"#/$defs/{names[child]}"} if child in names else _written(child, names)

    match node:
        case Literals(texts):
            return {"enum": [json.loads(text) for text in texts]}
        case Text():
            keywords: dict[str, Any] = {"minLength": node.min_length or None, "maxLength": node.max_length}
            keywords |= {"pattern": node.pattern, "format": node.format}
            return {"type": "string", **{key: value for key, value in keywords.items() if value is not None}}
        case Number(integer, limits):
            if integer:
                return {"type": "integer", **limits}
            return {"type": "number", **_without_whole_limits(limits)}
        case Array():
            rest = {"maxItems": node.max_items} if node.max_items is not None else {}
            return {
                "type": "array",
                "prefixItems": [inner(item) for item in node.prefix],
                "items": False if node.items is None else inner(node.items),
                "minItems": node.min_items,
                **rest,
            }
        case Object():
            rest = {"maxProperties": node.max_properties} if node.max_properties is not None else {}
            return {
                "type": "object",
                "properties": {name: inner(value) for name, value in node.properties.items()},
                "required": [name for name in node.properties if name in node.required],
                "additionalProperties": False if node.additional is None else inner(node.additional),
                **rest,
            }
    return {"oneOf" if node.exclusive else "anyOf": [inner(option) for option in node.options]}
