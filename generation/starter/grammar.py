"""Grammar: writes the texts that a starter model learns from.

A grammar is data (`grammar_rich.toml`, `grammar_plain.toml`; the notation is explained there).
Texts come back with `TOPIC_MARK` where the topic belongs, so that training knows which tokens
are copies; `place_topic` puts the topic in.
"""

import json
import random
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

CONTENT_TYPES = (
    "linkedin_post",
    "client_email",
    "technical_article",
    "quick_social",
    "marketing",
    "compliance",
)
TOPIC_MARK = "\x01"

_SLOT = re.compile(r"\{(\w+)\}")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Scenario:
    """What one compliance answer says, apart from its reasoning.

    `cues` are beginnings of words of the topics that it fits; without any it fits all the others.
    """

    cues: tuple[str, ...]
    jurisdictions: tuple[str, ...]
    laws: tuple[Mapping[str, str], ...]
    needs_geo_logic: bool
    confidence: tuple[float, ...]
    reason: tuple[str, ...]

    def fits(self, topic: str) -> bool:
        found = _WORD.findall(topic)
        return any(
            word.startswith(cue) or word.lower().startswith(cue) for word in found for cue in self.cues
        )


@dataclass(frozen=True)
class Grammar:
    """Layouts and slot alternatives by content type, and the scenarios of the compliance type."""

    layouts: Mapping[str, Sequence[str]]
    slots: Mapping[str, Mapping[str, Sequence[str]]]
    scenarios: Sequence[Scenario]

    def write(self, content_type: str, topic: str, rng: random.Random) -> str:
        """Write one text of a content type, with `TOPIC_MARK` in the topic's places."""
        if content_type == "compliance":
            return self._assess(topic, rng)
        return _expand(rng.choice(self.layouts[content_type]), self.slots[content_type], rng)

    def vocabulary(self) -> frozenset[str]:
        """Every word that a text of this grammar can hold apart from its topic, in lower case."""
        texts = [text for layouts in self.layouts.values() for text in layouts]
        texts += [text for slots in self.slots.values() for choices in slots.values() for text in choices]
        texts += [
            json.dumps(_answer(scenario, reasoning=" ".join(scenario.reason), confidence=confidence))
            for scenario in self.scenarios
            for confidence in scenario.confidence
        ]
        return frozenset(words(_SLOT.sub(" ", text) for text in texts))

    def _assess(self, topic: str, rng: random.Random) -> str:
        fitting = [scenario for scenario in self.scenarios if scenario.fits(topic)]
        scenario = rng.choice(fitting or [scenario for scenario in self.scenarios if not scenario.cues])
        slots = {**self.slots["compliance"], "reason": scenario.reason}
        reasoning = _expand(rng.choice(self.layouts["compliance"]), slots, rng)
        answer = _answer(scenario, reasoning=TOPIC_MARK, confidence=rng.choice(scenario.confidence))
        return json.dumps(answer).replace(json.dumps(TOPIC_MARK), f'"{reasoning}"')


def load_grammar(name: str) -> Grammar:
    """Read the grammar of a starter model: "starter-rich" or "starter-plain"."""
    tier = name.removeprefix("starter-")
    table: dict[str, Any] = tomllib.loads(
        files(__package__).joinpath(f"grammar_{tier}.toml").read_text("utf-8")
    )
    shared = table.pop("shared")
    scenarios = table["compliance"].pop("scenarios")
    layouts = {name: slots.pop("layouts") for name, slots in table.items()}
    return Grammar(
        layouts=layouts,
        slots={name: {**shared, **slots} for name, slots in table.items()},
        scenarios=tuple(Scenario(**_frozen(scenario)) for scenario in scenarios),
    )


def place_topic(text: str, topic: str) -> tuple[str, list[tuple[int, int]]]:
    """Put the topic into a written text; return the text and where each copy stands in it.

    A topic that ends a sentence itself ("Why do cats purr?") swallows the full stop after it.
    """
    if topic.endswith((".", "?", "!", "…")):
        text = re.sub(f"{TOPIC_MARK}[.?!]", TOPIC_MARK, text)
    head, *rest = text.split(TOPIC_MARK)
    spans = []
    for part in rest:
        spans.append((len(head), len(head) + len(topic)))
        head += topic + part
    return head, spans


def words(texts: Iterable[str]) -> Iterable[str]:
    """The words of texts, letters and digits only, in lower case."""
    return (word.lower() for text in texts for word in _WORD.findall(text))


def _expand(text: str, slots: Mapping[str, Sequence[str]], rng: random.Random) -> str:
    unused: dict[str, list[str]] = {}

    def fill(match: re.Match[str]) -> str:
        name = match[1]
        if name == "topic":
            return TOPIC_MARK
        key = name.lower()
        if not unused.get(key):
            unused[key] = _deal(slots[key], rng)
        choice = _SLOT.sub(fill, unused[key].pop())
        return choice if name == key else choice[0].upper() + choice[1:]

    return _SLOT.sub(fill, text)


def _deal(alternatives: Sequence[str], rng: random.Random) -> list[str]:
    """All alternatives in random order, but neighbours always come from different groups of three.

    A small model learns which group follows which, but not what it said two sentences ago: so it
    does not write the same list item twice.
    """
    count = max(1, len(alternatives) // 3)
    first = rng.randrange(count)
    groups = [alternatives[(first + place) % count :: count] for place in range(count)]
    shuffled = [rng.sample(group, len(group)) for group in groups]
    turns = range(max(len(group) for group in shuffled))
    return [group[turn] for turn in turns for group in shuffled if turn < len(group)][::-1]


def _answer(scenario: Scenario, *, reasoning: str, confidence: float) -> dict[str, object]:
    return {
        "jurisdictions": list(scenario.jurisdictions),
        "laws": [dict(law) for law in scenario.laws],
        "needs_geo_logic": scenario.needs_geo_logic,
        "reasoning": reasoning,
        "confidence": confidence,
    }


def _frozen(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
