"""Codes in alphabetical order of what is used, so that the same judgements always look the same."""

from dataclasses import replace

import numpy as np

from evaluation.statistics.observations import Codes, Observations


def recode(observations: Observations) -> Observations:
    """The same observations without names that nothing uses, models, types and raters sorted by name.

    A model is used that wrote a draft or stood in a vote, a rater who gave a judgement. Drafts keep
    their order.
    """
    labels, drafts, ratings, votes = (
        observations.labels,
        observations.drafts,
        observations.ratings,
        observations.votes,
    )
    models, model = _sorted(labels.models, drafts.model, votes.left_model, votes.right_model)
    types, content_type = _sorted(labels.content_types, drafts.content_type, votes.content_type)
    raters, rater = _sorted(labels.raters, ratings.rater, votes.rater)
    guess = ratings.model_guess
    return replace(
        observations,
        labels=replace(labels, models=models, content_types=types, raters=raters),
        drafts=replace(drafts, model=model[drafts.model], content_type=content_type[drafts.content_type]),
        ratings=replace(
            ratings,
            rater=rater[ratings.rater],
            model_guess=np.where(guess >= 0, model[np.maximum(guess, 0)], guess),
        ),
        votes=replace(
            votes,
            left_model=model[votes.left_model],
            right_model=model[votes.right_model],
            content_type=content_type[votes.content_type],
            rater=rater[votes.rater],
        ),
    )


def _sorted(names: tuple[str, ...], *uses: Codes) -> tuple[tuple[str, ...], Codes]:
    """The names in use, sorted, and the new code of each old one; an unused name has −1."""
    used = np.zeros(len(names), dtype=bool)
    for codes in uses:
        used[codes] = True
    order = sorted(np.flatnonzero(used).tolist(), key=lambda code: names[code])
    new = np.full(max(1, len(names)), -1, dtype=np.int64)
    new[order] = np.arange(len(order))
    return tuple(names[code] for code in order), new
