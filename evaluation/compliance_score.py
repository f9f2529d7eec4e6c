"""How well compliance answers name the laws: `python -m evaluation.compliance_score --answers FILE --json`.

The reference is `compliance_set.toml`. FILE holds one JSON object a line: {"id": …, "answer": …},
the answer as the text that the model wrote. A missing or invalid answer counts as one that names
no law and is wrong about geography, so that silence does not pay.
"""

import argparse
import json
import random
import re
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

_RESAMPLES = 2000
_Z95 = 1.959964
_BRACKETS = re.compile(r"\([^)]*\)")
_PLACE_IN_LAW = re.compile(r"\b(article|articles|art|section|sections|sec|chapter|recital)\b.*$|§.*$")
_NO_WORD = re.compile(r"[^\w]+")

_LAW = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "article"],
    "properties": {
        "name": {"type": "string", "maxLength": 80},
        "article": {"type": "string", "maxLength": 40},
    },
}
# The shipped content type's schema: a test keeps them equal.
ANSWER_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["jurisdictions", "laws", "needs_geo_logic", "reasoning", "confidence"],
    "properties": {
        "jurisdictions": {"type": "array", "maxItems": 8, "items": {"type": "string", "maxLength": 60}},
        "laws": {"type": "array", "maxItems": 8, "items": _LAW},
        "needs_geo_logic": {"type": "boolean"},
        "reasoning": {"type": "string", "maxLength": 600},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
    },
}


@dataclass(frozen=True)
class Feature:
    """A description, and the names (ids) of the laws it touches."""

    id: str
    description: str
    laws: frozenset[str]
    needs_geo_logic: bool


@dataclass(frozen=True)
class ComplianceSet:
    """The reference. `law_names` maps every normalised name and alias of a law to its id."""

    features: tuple[Feature, ...]
    law_names: Mapping[str, str]


@dataclass(frozen=True)
class Share:
    """A share in [0, 1] with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class ComplianceScore:
    """How well a model's answers agree with the reference; every figure is in [0, 1].

    F1 is that of naming a law for a feature: micro over all pairs of feature and law, macro as the
    mean over the laws of the reference. A name that the reference does not know counts as wrong.
    Intervals: percentile bootstrap over features for micro F1, Wilson (1927) for shares. They say
    how far chance in the choice of features reaches, not whether the reference is right.
    """

    features: int
    answered: int
    micro_f1: Share
    precision: float
    recall: float
    macro_f1: float
    needs_geo_logic: Share
    schema_valid: Share


@dataclass(frozen=True)
class _Judged:
    """One feature: laws rightly named, wrongly named, missed."""

    right: frozenset[str]
    wrong: frozenset[str]
    missed: frozenset[str]
    geo_right: bool
    valid: bool


def read_compliance_set() -> ComplianceSet:
    """The reference that ships with this package."""
    table = tomllib.loads(files(__package__).joinpath("compliance_set.toml").read_text("utf-8"))
    names = {
        normalise(name): law
        for law, entry in table["laws"].items()
        for name in (entry["name"], *entry["aliases"])
    }
    features = tuple(
        Feature(
            entry["id"],
            entry["description"],
            frozenset(law["law"] for law in entry["laws"]),
            entry["needs_geo_logic"],
        )
        for entry in table["features"]
    )
    return ComplianceSet(features, names)


def normalise(name: str) -> str:
    """A law's name without case, punctuation, brackets, and articles or sections named with it."""
    folded = _BRACKETS.sub(" ", name.casefold()).replace("'", "").replace("’", "").replace(".", "")
    # "California Business and Professions Code Section 17941" is a name: only cut what leaves a name behind.
    short = _PLACE_IN_LAW.sub("", folded)
    plain = _NO_WORD.sub(" ", short if short.strip() else folded)
    return plain.strip().removeprefix("the ")


def score(
    reference: ComplianceSet, answers: Mapping[str, str], rng: random.Random | None = None
) -> ComplianceScore:
    """Score answers, given as texts by feature id. `rng` drives the bootstrap; by default it is seeded.

    Raises ValueError for ids that the reference does not know, and for a reference without features.
    """
    known = {feature.id for feature in reference.features}
    if strangers := sorted(answers.keys() - known):
        raise ValueError(f"The compliance set has no feature {strangers[0]!r}. Use the ids of this version.")
    if not known:
        raise ValueError("The compliance set is empty. Give one with at least one feature.")
    judged = [_judge(feature, answers.get(feature.id), reference.law_names) for feature in reference.features]
    right, wrong, missed = _counts(judged)
    return ComplianceScore(
        features=len(judged),
        answered=len(answers),
        micro_f1=_bootstrap(judged, _micro_f1, rng or random.Random(2026)),
        precision=right / (right + wrong) if right + wrong else 0.0,
        recall=right / (right + missed) if right + missed else 0.0,
        macro_f1=_macro_f1(judged),
        needs_geo_logic=wilson(sum(one.geo_right for one in judged), len(judged)),
        schema_valid=wilson(sum(one.valid for one in judged), len(judged)),
    )


def wilson(successes: int, trials: int) -> Share:
    """A share with Wilson's score interval (Wilson 1927) at 95 %. `trials` is at least 1."""
    share, spread = successes / trials, _Z95**2 / trials
    centre = (share + spread / 2) / (1 + spread)
    half = _Z95 / (1 + spread) * (share * (1 - share) / trials + spread / (4 * trials)) ** 0.5
    return Share(share, max(0.0, centre - half), min(1.0, centre + half))


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--answers", type=Path, required=True, help='lines of {"id": …, "answer": …}')
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    lines = [json.loads(line) for line in options.answers.read_text("utf-8").splitlines() if line.strip()]
    result = score(read_compliance_set(), {line["id"]: line["answer"] for line in lines})
    sys.stdout.write(
        json.dumps(asdict(result), indent=2) + "\n" if options.json else f"{_sentence(result)}\n"
    )


def _judge(feature: Feature, text: str | None, law_names: Mapping[str, str]) -> _Judged:
    answer = _read(text)
    if answer is None:
        return _Judged(frozenset(), frozenset(), feature.laws, geo_right=False, valid=False)
    named = frozenset(_identified(law["name"], law_names) for law in answer["laws"])
    return _Judged(
        right=named & feature.laws,
        wrong=named - feature.laws,
        missed=feature.laws - named,
        geo_right=answer["needs_geo_logic"] == feature.needs_geo_logic,
        valid=True,
    )


def _read(text: str | None) -> Any:
    try:
        answer = json.loads(text or "")
    except ValueError:
        return None
    return answer if Draft202012Validator(ANSWER_SCHEMA).is_valid(answer) else None


def _identified(name: str, law_names: Mapping[str, str]) -> str:
    """The id of a law, or its normalised name, marked so that it equals no id."""
    return law_names.get(normalise(name), f"unknown: {normalise(name)}")


def _counts(judged: Sequence[_Judged]) -> tuple[int, int, int]:
    return (
        sum(len(one.right) for one in judged),
        sum(len(one.wrong) for one in judged),
        sum(len(one.missed) for one in judged),
    )


def _micro_f1(judged: Sequence[_Judged]) -> float:
    return _f1(*_counts(judged))


def _macro_f1(judged: Sequence[_Judged]) -> float:
    laws = {law for one in judged for law in one.right | one.missed}
    scores = [
        _f1(
            sum(law in one.right for one in judged),
            sum(law in one.wrong for one in judged),
            sum(law in one.missed for one in judged),
        )
        for law in laws
    ]
    return sum(scores) / len(scores) if scores else 1.0


def _f1(right: int, wrong: int, missed: int) -> float:
    """Nothing to name and nothing named is perfect."""
    return 2 * right / (2 * right + wrong + missed) if right + wrong + missed else 1.0


def _bootstrap(
    judged: Sequence[_Judged], statistic: Callable[[Sequence[_Judged]], float], rng: random.Random
) -> Share:
    drawn = sorted(statistic(rng.choices(judged, k=len(judged))) for _ in range(_RESAMPLES))
    return Share(
        statistic(judged), drawn[round(0.025 * (_RESAMPLES - 1))], drawn[round(0.975 * (_RESAMPLES - 1))]
    )


def _sentence(result: ComplianceScore) -> str:
    f1, geo = result.micro_f1, result.needs_geo_logic
    return (
        f"{result.answered} of {result.features} features answered, {result.schema_valid.value:.1%} valid. "
        f"Laws: micro F1 {f1.value:.3f} ({f1.low:.3f} to {f1.high:.3f}), macro {result.macro_f1:.3f}. "
        f"Geography right: {geo.value:.1%} ({geo.low:.1%} to {geo.high:.1%})."
    )


if __name__ == "__main__":
    main()
