"""Draws the judgements of a small team: scores, thumbs and pair votes from known qualities."""

from dataclasses import dataclass, fields, replace

import numpy as np

from evaluation.statistics.observations import (
    Choice,
    Drafts,
    Floats,
    Labels,
    Observations,
    PairVotes,
    Ratings,
)


@dataclass(frozen=True)
class Team:
    """How many judge what, and how much everything spreads, in points of the 1–10 scale."""

    n_models: int = 5
    n_raters: int = 5
    n_types: int = 1
    scores_per_model: int = 15
    n_votes: int = 60
    raters_per_draft: int = 1
    quality_sd: float = 0.6
    interaction_sd: float = 0.0
    severity_sd: float = 1.0
    taste_sd: float = 0.3
    draft_sd: float = 0.7
    noise_sd: float = 1.5
    left_bonus: float = 0.15
    tie_below: float = 0.6
    thumbs_share: float = 0.0


def draw_judgements(team: Team, rng: np.random.Generator) -> tuple[Floats, Observations]:
    """Qualities (models, types) and what a team says of drafts that have them."""
    quality = rng.normal(6.5, team.quality_sd, (team.n_models, 1))
    quality = quality + rng.normal(0, 1, (team.n_models, team.n_types)) * team.interaction_sd
    severity = rng.normal(0, team.severity_sd, team.n_raters)
    own = severity[:, None] + rng.normal(0, 1, (team.n_raters, team.n_models)) * team.taste_sd
    drafts, merit = _draw_drafts(team, rng)
    ratings = _draw_ratings(team, rng, quality, own, drafts, merit)
    labels = Labels(
        models=tuple(f"model-{code}" for code in range(team.n_models)),
        content_types=tuple(f"type-{code}" for code in range(team.n_types)),
        raters=tuple(f"rater-{code}" for code in range(team.n_raters)),
    )
    return quality, Observations(labels, drafts, ratings, _draw_votes(team, rng, quality, own))


def without_votes(observations: Observations) -> Observations:
    votes = observations.votes
    nothing = {column.name: getattr(votes, column.name)[:0] for column in fields(votes)}
    return replace(observations, votes=PairVotes(**nothing))


def without_ratings(observations: Observations) -> Observations:
    ratings = observations.ratings
    nothing = {column.name: getattr(ratings, column.name)[:0] for column in fields(ratings)}
    return replace(observations, ratings=Ratings(**nothing))


def _draw_drafts(team: Team, rng: np.random.Generator) -> tuple[Drafts, Floats]:
    """Drafts of all models in equal numbers, and by how much each is better than its model's mean."""
    n_each = max(1, team.scores_per_model // team.raters_per_draft)
    model = np.repeat(np.arange(team.n_models), n_each)
    merit = rng.normal(0, team.draft_sd, len(model))
    heuristic = 5 + 0.8 * merit + rng.normal(0, 0.8, len(model))
    return Drafts(model, np.arange(len(model)) % team.n_types, heuristic), merit


def _draw_ratings(
    team: Team, rng: np.random.Generator, quality: Floats, own: Floats, drafts: Drafts, merit: Floats
) -> Ratings:
    draft = np.repeat(np.arange(len(drafts)), team.raters_per_draft)
    first = rng.integers(0, team.n_raters, len(drafts))
    turn = np.arange(len(draft)) % team.raters_per_draft
    rater = (first[draft] + turn) % team.n_raters
    level = quality[drafts.model[draft], drafts.content_type[draft]] + merit[draft]
    level = level + own[rater, drafts.model[draft]] + rng.normal(0, team.noise_sd, len(draft))
    thumbed = rng.random(len(draft)) < team.thumbs_share
    unknown = np.full(len(draft), np.nan)
    return Ratings(
        draft=draft,
        rater=rater,
        score=np.where(thumbed, np.nan, np.clip(np.round(level), 1, 10)),
        thumb=np.where(thumbed, np.where(level > 6, 1.0, -1.0), np.nan),
        at=unknown,
        assigned=np.zeros(len(draft), dtype=bool),
        propensity=unknown,
        model_guess=np.full(len(draft), -2),
    )


def _draw_votes(team: Team, rng: np.random.Generator, quality: Floats, own: Floats) -> PairVotes:
    n = team.n_votes
    left = rng.integers(0, team.n_models, n)
    right = (left + rng.integers(1, team.n_models, n)) % team.n_models
    rater, content_type = rng.integers(0, team.n_raters, n), rng.integers(0, team.n_types, n)
    noise = np.hypot(team.noise_sd, team.draft_sd) * np.sqrt(2)
    gap = quality[left, content_type] + own[rater, left] - quality[right, content_type] - own[rater, right]
    gap = gap + team.left_bonus + rng.normal(0, noise, n)
    choice = np.where(np.abs(gap) < team.tie_below, Choice.TIE, np.where(gap > 0, Choice.LEFT, Choice.RIGHT))
    unknown = np.full(n, -1)
    return PairVotes(left, right, unknown, unknown, content_type, choice, rater, np.zeros(n))
