"""The shortest way to finish a JSON text that has been begun. Pure.

Our grammars allow one way of writing JSON only (`{"a": 1, "b": [2, 3]}`), so a text can be read
against its schema's tree with plain comparisons. Texts are bytes decoded as Latin-1: one
character a byte, whatever was cut in the middle.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TypeAlias

from generation.schema_bounds import Prices, label_of
from generation.schema_tree import Array, Choice, Literals, Node, Number, Object, Text

_WHOLE_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NUMBER = re.compile(r"-?[0-9][0-9.eE+-]*")
_NUMBER_BEGUN = re.compile(r"[0-9.eE+-]*")


class Kind(Enum):
    """What is to be written next."""

    LITERAL = auto()  # exactly `Way.text`, which may take several tokens
    STRING = auto()  # the end of this string, as soon as its grammar lets it end
    NUMBER = auto()  # the end of this number, likewise
    WORD = auto()  # true, false, null or a given number: whichever the grammar allows


@dataclass(frozen=True)
class Way:
    """One way to go on; `cost` is what finishing everything this way takes at most, in tokens."""

    kind: Kind
    cost: int
    text: str = ""


@dataclass(frozen=True)
class Done:
    """The value has been read; `rest` comes after it."""

    rest: str


End: TypeAlias = Done | Way


def find_ways(tree: Node, written: bytes, prices: Prices) -> list[Way]:
    """How the answer can be finished from here, cheapest first; empty if it is finished."""
    ways = [end for end in _Reading(prices).ends(tree, written.decode("latin-1")) if isinstance(end, Way)]
    return sorted(ways, key=lambda way: way.cost)


class _Reading:
    def __init__(self, prices: Prices) -> None:
        self._prices = prices

    def ends(self, node: Node, text: str) -> Iterator[End]:
        """Every way in which `text` can begin with this value, or be the beginning of it."""
        match node:
            case Literals():
                yield from self._literals(node, text)
            case Text():
                yield from self._string(text, self._prices.least(node))
            case Number():
                yield from self._number(text, self._prices.least(node))
            case Array() | Object() if not text:
                opening = "[" if isinstance(node, Array) else "{"
                yield Way(Kind.LITERAL, self._prices.least(node), opening)
            case Array() if text[0] == "[":
                yield from self._items(node, 0, text[1:])
            case Object() if text[0] == "{":
                yield from self._members(node, tuple(node.properties), text[1:], first=True)
            case Choice():
                for option in node.options:
                    yield from self.ends(option, text)

    def _literals(self, node: Literals, text: str) -> Iterator[End]:
        for value in map(_latin, node.texts):
            if text.startswith(value):
                yield Done(text[len(value) :])
            elif value.startswith(text):
                kind = {'"': Kind.STRING, "{": Kind.LITERAL, "[": Kind.LITERAL}.get(value[0], Kind.WORD)
                yield Way(kind, self._prices.least(node), value[len(text) :])

    def _string(self, text: str, cost: int) -> Iterator[End]:
        if whole := _WHOLE_STRING.match(text):
            yield Done(text[whole.end() :])
        elif not text or text[0] == '"':
            yield Way(Kind.STRING, cost)

    def _number(self, text: str, cost: int) -> Iterator[End]:
        if whole := _NUMBER.match(text):
            yield Done(text[whole.end() :])
        if _NUMBER_BEGUN.fullmatch(text):
            yield Way(Kind.NUMBER, cost)

    def _items(self, node: Array, index: int, text: str) -> Iterator[End]:
        """What follows `[` or an item: the end, or a comma and the item at `index`."""
        if index >= node.min_items:
            if text.startswith("]"):
                yield Done(text[1:])
                return
            if not text:
                yield Way(Kind.LITERAL, 1, "]")
                return
        item = node.item(index)
        separator = ", " if index else ""
        if item is None:
            return
        missing = (node.item(later) for later in range(index + 1, node.min_items))
        after = 1 + sum(2 + self._prices.least(later) for later in missing if later is not None)
        if not text.startswith(separator):
            if separator.startswith(text):
                cost = 2 + self._prices.least(item) + after
                yield Way(Kind.LITERAL, cost, separator[len(text) :])
            return
        for end in self.ends(item, text[len(separator) :]):
            if isinstance(end, Done):
                yield from self._items(node, index + 1, end.rest)
            else:
                yield replace(end, cost=end.cost + after)

    def _members(self, node: Object, names: tuple[str, ...], text: str, first: bool) -> Iterator[End]:
        """What follows `{` or a property: the end, or one of the properties `names`, in this order."""
        required = [name for name in names if name in node.required]
        if not required and text.startswith("}"):
            yield Done(text[1:])
        elif not required and not text:
            yield Way(Kind.LITERAL, 1, "}")
        else:
            for index, name in enumerate(names):
                yield from self._member(node, names[index:], text, first)
                if name in node.required:
                    return
            yield from self._additional(node, text, first)

    def _member(self, node: Object, names: tuple[str, ...], text: str, first: bool) -> Iterator[End]:
        """The property names[0], and then the others."""
        name, later = names[0], names[1:]
        value, label = node.properties[name], _latin(label_of(name, first))
        after = 1 + sum(
            self._prices.label(other) + self._prices.least(node.properties[other])
            for other in later
            if other in node.required
        )
        if text.startswith(label):
            for end in self.ends(value, text[len(label) :]):
                if isinstance(end, Done):
                    yield from self._members(node, later, end.rest, first=False)
                else:
                    yield replace(end, cost=end.cost + after)
        elif label.startswith(text):
            cost = len(label) - len(text) if text else self._prices.label(name)
            yield Way(Kind.LITERAL, cost + self._prices.least(value) + after, label[len(text) :])

    def _additional(self, node: Object, text: str, first: bool) -> Iterator[End]:
        """A property of a name that the schema leaves open, and then more of them."""
        if node.additional is None:
            return
        cost = self._prices.least(node.additional) + 6
        separator = "" if first else ", "
        if not text.startswith(separator):
            if separator.startswith(text):
                yield Way(Kind.LITERAL, cost + 4, separator[len(text) :])
            return
        for end in self._string(text[len(separator) :], cost + 6):
            if isinstance(end, Way):
                yield end
            elif end.rest.startswith(": "):
                for inner in self.ends(node.additional, end.rest[2:]):
                    if isinstance(inner, Done):
                        yield from self._members(node, (), inner.rest, first=False)
                    else:
                        yield replace(inner, cost=inner.cost + 1)
            elif ": ".startswith(end.rest):
                yield Way(Kind.LITERAL, cost, ": "[len(end.rest) :])


def _latin(text: str) -> str:
    return text.encode().decode("latin-1")
