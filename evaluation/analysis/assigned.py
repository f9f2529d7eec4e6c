"""Assigned ratings beside what chance could have drawn: by the noted draws, or by who was in use when."""

from collections import Counter
from collections.abc import Iterable

import numpy as np

from evaluation.analysis.arms import model_of
from evaluation.analysis.circumstances import Draw
from evaluation.statistics.observations import AssignedShares, Codes, Flags, Observations


def shares_of_draws(draws: Iterable[Draw]) -> AssignedShares | None:
    """From what was drawn, and from which models: of all tasks, or of those that were rated.

    A draw that did not note what it was from does not count; None without any that did. Their order does
    not matter, not even to the last digit.
    """
    observed, could_be = Counter[str](), Counter[tuple[str, int]]()
    for drawn, drawn_from in draws:
        if drawn_from:
            observed[drawn] += 1
            could_be.update((model, len(drawn_from)) for model in drawn_from)
    models = tuple(sorted({model for model, _ in could_be}))
    if not models:
        return None
    expected = dict.fromkeys(models, 0.0)
    for (model, n), times in sorted(could_be.items()):
        expected[model] += times / n
    return AssignedShares(
        models,
        np.array([observed[model] for model in models], dtype=np.int64),
        np.array(list(expected.values()), dtype=np.float64),
    )


def shares_by_time(observations: Observations) -> AssignedShares:
    """What was to be expected where nobody noted what could be drawn: even shares among models in use.

    A model counts as in use between its first and its last rating of any kind, and those two do not count:
    given that a draw fell between them it is as likely to be of one model as of another, also where
    models come and go. Without times all models count as in use all the time. Arms of one model count
    together, as in the draw.
    """
    ratings, models, arm = observations.ratings, *_models_of_arms(observations.labels.models)
    model = arm[observations.drafts.model[ratings.draft]]
    if np.isnan(ratings.at).any():
        observed = np.bincount(model[ratings.assigned], minlength=len(models))
        return AssignedShares(models, observed, np.full(len(models), observed.sum() / max(1, len(models))))
    order = np.argsort(ratings.at, kind="stable")
    return _between_first_and_last(model[order], ratings.assigned[order], models)


def _models_of_arms(labels: tuple[str, ...]) -> tuple[tuple[str, ...], Codes]:
    """The models that arms belong to, and the place of each arm's among them."""
    names = [model_of(label, labels) for label in labels]
    models = tuple(dict.fromkeys(names))
    return models, np.array([models.index(name) for name in names], dtype=np.int64)


def _between_first_and_last(model: Codes, assigned: Flags, models: tuple[str, ...]) -> AssignedShares:
    place = np.arange(len(model))
    first, last = np.full(len(models), len(model)), np.full(len(models), -1)
    np.minimum.at(first, model, place)
    np.maximum.at(last, model, place)
    counted = assigned & (first[model] < place) & (place < last[model])
    in_use = (first[None, :] < place[counted, None]) & (place[counted, None] < last[None, :])
    expected = (in_use / np.maximum(1, in_use.sum(axis=1, keepdims=True))).sum(axis=0)
    return AssignedShares(models, np.bincount(model[counted], minlength=len(models)), expected)
