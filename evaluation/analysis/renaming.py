"""An analysis under other names, wherever names of models and raters stand in it."""

from collections.abc import Mapping
from typing import TypeVar

from evaluation.analysis.document import (
    AgreementFigures,
    Analysis,
    Blinding,
    Challenger,
    Checks,
    Comparison,
    GuaranteedDifference,
    GuaranteedMean,
    Guarantees,
    Horizon,
    HorizonPair,
    Incumbent,
    ModelFigures,
    Pairwise,
)
from evaluation.analysis.warnings import write_warnings

_Pair = TypeVar("_Pair", Comparison, HorizonPair, GuaranteedDifference)
_Line = TypeVar("_Line", Incumbent, Challenger, GuaranteedMean)


def renamed(
    analysis: Analysis, models: Mapping[str, str] | None = None, raters: Mapping[str, str] | None = None
) -> Analysis:
    """The same figures; a name without a new one stays. Warnings are written anew.

    With `models`, what the arms are made of is left out: revisions tell a model's name.
    """
    new = dict(models or {})
    by_rater = dict(raters or {})
    source = analysis.source
    with_names = analysis.model_copy(
        update={
            "models": tuple(rename_figures(line, new) for line in analysis.models),
            "comparisons": tuple(_pair(pair, new) for pair in analysis.comparisons),
            "pairwise": _votes(analysis.pairwise, new),
            "agreement": _agreement(analysis.agreement, by_rater),
            "checks": _checks(analysis.checks, new, by_rater),
            "leader": None if analysis.leader is None else new.get(analysis.leader, analysis.leader),
            "incumbent": analysis.incumbent and _incumbent(analysis.incumbent, new),
            "horizon": analysis.horizon and _horizon(analysis.horizon, new),
            "guarantees": analysis.guarantees and _guarantees(analysis.guarantees, new),
            "source": source.model_copy(update={"arms": ()}) if source and models is not None else source,
        }
    )
    return with_names.model_copy(update={"warnings": write_warnings(with_names)})


def rename_figures(line: ModelFigures, models: Mapping[str, str]) -> ModelFigures:
    """One model's figures under its new name, its rival's too."""
    needed = line.ratings_needed
    if needed is not None:
        needed = needed.model_copy(update={"rival": models.get(needed.rival, needed.rival)})
    return line.model_copy(update={"model": models.get(line.model, line.model), "ratings_needed": needed})


def _pair(pair: _Pair, models: Mapping[str, str]) -> _Pair:
    return pair.model_copy(update={"a": models.get(pair.a, pair.a), "b": models.get(pair.b, pair.b)})


def _one(line: _Line, models: Mapping[str, str]) -> _Line:
    return line.model_copy(update={"model": models.get(line.model, line.model)})


def _incumbent(incumbent: Incumbent, models: Mapping[str, str]) -> Incumbent:
    challengers = tuple(_one(line, models) for line in incumbent.challengers)
    return _one(incumbent, models).model_copy(update={"challengers": challengers})


def _horizon(horizon: Horizon, models: Mapping[str, str]) -> Horizon:
    return horizon.model_copy(update={"pairs": tuple(_pair(pair, models) for pair in horizon.pairs)})


def _guarantees(found: Guarantees, models: Mapping[str, str]) -> Guarantees:
    return Guarantees(
        means=tuple(_one(line, models) for line in found.means),
        differences=tuple(_pair(line, models) for line in found.differences),
    )


def _votes(votes: Pairwise, models: Mapping[str, str]) -> Pairwise:
    return votes.model_copy(
        update={
            "abilities": {models.get(name, name): value for name, value in votes.abilities.items()},
            "ability_ci": {models.get(name, name): value for name, value in votes.ability_ci.items()},
        }
    )


def _agreement(agreement: AgreementFigures, raters: Mapping[str, str]) -> AgreementFigures:
    lines = (
        line.model_copy(update={"rater": raters.get(line.rater, line.rater)}) for line in agreement.raters
    )
    return agreement.model_copy(update={"raters": tuple(sorted(lines, key=lambda line: line.rater))})


def _checks(checks: Checks, models: Mapping[str, str], raters: Mapping[str, str]) -> Checks:
    flagged = (
        line.model_copy(update={"rater": raters.get(line.rater, line.rater)})
        for line in checks.flagged_raters
    )
    blinding = None if checks.blinding is None else _blinding(checks.blinding, models)
    return checks.model_copy(update={"blinding": blinding, "flagged_raters": tuple(flagged)})


def _blinding(blinding: Blinding, models: Mapping[str, str]) -> Blinding:
    return blinding.model_copy(
        update={
            "bang": {models.get(name, name): value for name, value in blinding.bang.items()},
            "bang_ci": {models.get(name, name): value for name, value in blinding.bang_ci.items()},
        }
    )
