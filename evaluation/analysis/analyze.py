"""analyze: every statistic once, in the order in which a reader asks.

    Observations ─▶ one joint scale ─▶ ranking ─▶ models, comparisons ─▶ checks ─▶ Analysis

The statistics are in evaluation/statistics, one a file; here they are only asked.
"""

import numpy as np

from evaluation.analysis.checks import agreement_figures, check, heuristic_figures
from evaluation.analysis.compare import compare_pairs
from evaluation.analysis.document import Analysis, ModelFigures, Pairwise, RatingsNeeded, Source
from evaluation.analysis.options import Options
from evaluation.analysis.questions import against_incumbent, at_horizon, guarantees
from evaluation.analysis.scale import interval_on_scale, on_scale
from evaluation.analysis.warnings import write_warnings
from evaluation.statistics.davidson import DavidsonFit, fit_davidson
from evaluation.statistics.joint import JointFit, fit_joint
from evaluation.statistics.mean_interval import MeanInterval, mean_interval
from evaluation.statistics.observations import Choice, Codes, Flags, Observations
from evaluation.statistics.prediction_powered import BlendedMean, blended_mean
from evaluation.statistics.ranking import Evidence, Ranking, rank_models

AUDITED_RATINGS = 20


def analyze(
    observations: Observations, options: Options | None = None, source: Source | None = None
) -> Analysis:
    """Analyse all judgements. The same judgements and options give the same document.

    `source` says where they come from; it is passed on as it is.

    However few there are, there is an answer: figures without enough behind them are null, and
    `warnings` says what is missing. Cost: a few passes over the judgements, and what depends on
    raters and models only. Raises ValueError for options that do not fit the judgements (`questions`).
    """
    options = options or Options()
    rng = np.random.default_rng(options.seed)
    labels = observations.labels
    fit = _known(fit_joint(observations, confidence=options.confidence))
    ranking = _rank(observations, fit, options, rng) if fit else None
    models = _model_figures(observations, fit, ranking, options)
    pairwise = _pairwise(observations, options)
    checks = check(observations)
    analysis = Analysis(
        confidence=options.confidence,
        threshold=options.threshold,
        margin=options.margin,
        n_drafts=len(observations.drafts),
        n_ratings=len(observations.ratings),
        n_votes=len(observations.votes),
        n_raters=len(labels.raters),
        population=fit.population if fit else "these raters",
        models=models,
        comparisons=compare_pairs(
            observations,
            fit,
            ranking,
            options.margin,
            options.confidence,
            rng if options.permutations else None,
        ),
        pairwise=pairwise,
        agreement=agreement_figures(observations, rng),
        heuristics=heuristic_figures(observations),
        checks=checks,
        leader=labels.models[ranking.leader] if ranking and ranking.leader is not None else None,
        incumbent=against_incumbent(observations, options),
        horizon=at_horizon(observations, options),
        guarantees=guarantees(observations, options),
        warnings=(),
        source=source,
    )
    return analysis.model_copy(update={"warnings": write_warnings(analysis)})


def _known(fit: JointFit | object) -> JointFit | None:
    return fit if isinstance(fit, JointFit) else None


def _rank(observations: Observations, fit: JointFit, options: Options, rng: np.random.Generator) -> Ranking:
    n_ratings, n_raters = _counts(observations, None)
    evidence = Evidence(
        quality=fit.quality,
        covariance=fit.covariance,
        covariance_these_raters=fit.covariance_these_raters,
        n_ratings=n_ratings,
        n_raters=n_raters,
        df_level=fit.df_level,
        df_difference=fit.df_difference,
    )
    return rank_models(evidence, rng, threshold=options.threshold, alpha=1 - options.confidence)


def _counts(observations: Observations, content_type: int | None) -> tuple[Codes, Codes]:
    """Ratings and raters of each model, over all types or in one."""
    drafts, ratings = observations.drafts, observations.ratings
    chosen = _in_type(observations, content_type)
    model = drafts.model[ratings.draft[chosen]]
    n_models, n_raters = len(observations.labels.models), max(1, len(observations.labels.raters))
    seen = np.zeros((n_models, n_raters), dtype=bool)
    seen[model, ratings.rater[chosen]] = True
    return np.bincount(model, minlength=n_models), seen.sum(axis=1)


def _in_type(observations: Observations, content_type: int | None) -> Flags:
    """Which ratings are of drafts of this content type; all for None."""
    if content_type is None:
        return np.ones(len(observations.ratings), dtype=bool)
    return np.asarray(observations.drafts.content_type[observations.ratings.draft] == content_type)


def _model_figures(
    observations: Observations, fit: JointFit | None, ranking: Ranking | None, options: Options
) -> tuple[ModelFigures, ...]:
    """Every model overall, best quality first, and then in each content type where it has drafts."""
    labels = observations.labels
    n_types = len(labels.content_types)
    order = np.argsort(-fit.quality, kind="stable") if fit else np.arange(len(labels.models))
    lines = []
    for content_type in (None, *(range(n_types) if n_types > 1 else ())):
        counts = _counts(observations, content_type)
        for model in order:
            line = _plain_figures(observations, int(model), content_type, counts, options)
            if fit is not None:
                line = line.model_copy(
                    update=_quality_figures(observations, fit, ranking, int(model), content_type)
                )
            if content_type is None or line.n_drafts or line.n_ratings:
                lines.append(line)
    return tuple(lines)


def _plain_figures(
    observations: Observations,
    model: int,
    content_type: int | None,
    counts: tuple[Codes, Codes],
    options: Options,
) -> ModelFigures:
    """What does not take the joint scale: counts, the plain mean, the blended mean."""
    drafts, ratings, labels = observations.drafts, observations.ratings, observations.labels
    own_drafts = drafts.model == model
    if content_type is not None:
        own_drafts &= drafts.content_type == content_type
    own = own_drafts[ratings.draft]
    scored = own & ~np.isnan(ratings.score)
    human = mean_interval(ratings.score[scored], options.confidence)
    known = human if isinstance(human, MeanInterval) else None
    blend = _blend(observations, own_drafts, scored, options.confidence)
    n_assigned = int((own & ratings.assigned).sum())
    return ModelFigures(
        model=labels.models[model],
        content_type=None if content_type is None else labels.content_types[content_type],
        n_drafts=int(own_drafts.sum()),
        n_ratings=int(counts[0][model]),
        n_assigned=n_assigned,
        n_raters=int(counts[1][model]),
        human_mean=known.mean if known else None,
        human_ci=interval_on_scale(known.low, known.high) if known else None,
        blended_mean=on_scale(blend.mean) if blend else None,
        blended_ci=interval_on_scale(blend.low, blend.high) if blend else None,
        blend_method=blend.method.value if blend else None,
        blend_reason=blend.reason if blend else None,
        evidence="audited" if n_assigned >= AUDITED_RATINGS else "descriptive",
    )


def _blend(
    observations: Observations, own_drafts: Flags, scored: Flags, confidence: float
) -> BlendedMean | None:
    """The blended mean over drafts whose heuristic is known; a draft's scores are averaged first."""
    drafts, ratings = observations.drafts, observations.ratings
    usable = own_drafts & ~np.isnan(drafts.heuristic)
    draft = ratings.draft[scored & usable[ratings.draft]]
    total = np.bincount(draft, ratings.score[scored & usable[ratings.draft]], len(drafts))
    n = np.bincount(draft, minlength=len(drafts))
    rated = n > 0
    blend = blended_mean(
        total[rated] / n[rated],
        drafts.heuristic[rated],
        drafts.heuristic[usable],
        stratum_rated=drafts.content_type[rated],
        stratum_all=drafts.content_type[usable],
        confidence=confidence,
    )
    return blend if isinstance(blend, BlendedMean) else None


def _quality_figures(
    observations: Observations, fit: JointFit, ranking: Ranking | None, model: int, content_type: int | None
) -> dict[str, object]:
    if content_type is not None:
        return {
            "quality": on_scale(float(fit.type_quality[model, content_type])),
            "quality_ci": interval_on_scale(
                float(fit.type_low[model, content_type]),
                float(fit.type_high[model, content_type]),
            ),
            "borrows": bool(fit.borrows[model, content_type]),
        }
    figures: dict[str, object] = {
        "quality": on_scale(float(fit.quality[model])),
        "quality_ci": interval_on_scale(float(fit.low[model]), float(fit.high[model])),
    }
    if ranking is None:
        return figures
    line = ranking.lines[model]
    missing = line.missing
    return figures | {
        "anytime_ci": interval_on_scale(line.low, line.high),
        "rank_set": None if line.rank_low is None else (line.rank_low, line.rank_high),
        "p_best": line.p_best,
        "qualified": line.standing.value == "qualified",
        "status": line.standing.value,
        "ratings_needed": missing
        and RatingsNeeded(rival=observations.labels.models[missing.model], ratings=missing.ratings),
    }


def _pairwise(observations: Observations, options: Options) -> Pairwise:
    votes, names = observations.votes, observations.labels.models
    fit = (
        fit_davidson(
            votes.left_model,
            votes.right_model,
            votes.choice,
            votes.rater,
            len(names),
            confidence=options.confidence,
        )
        if len(votes)
        else None
    )
    if not isinstance(fit, DavidsonFit):
        return Pairwise(n_votes=len(votes), n_both_bad=int((votes.choice == Choice.BOTH_BAD).sum()))
    return Pairwise(
        n_votes=fit.n_votes,
        n_both_bad=fit.n_both_bad,
        abilities=dict(zip(names, fit.abilities.tolist(), strict=True)),
        ability_ci={name: (float(fit.low[i]), float(fit.high[i])) for i, name in enumerate(names)},
        tie=fit.tie,
        position=fit.position,
        taste_sd=fit.taste_sd,
    )
