"""Who qualifies and who leads, by the heuristic quality of texts on the same topics.

The texts of two models on one topic with one seed are a pair, so differences are taken within pairs:
hard topics then do not count against whoever happened to get them. All intervals hold together
(Bonferroni), which is what rank sets need.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from math import ceil, inf, sqrt

import numpy as np
from scipy.special import stdtr, stdtrit

from evaluation.offline.document import Decision, Difference, Recommendation, Standing
from evaluation.offline.scores import ScoredText
from evaluation.statistics.mean_interval import MeanInterval, mean_interval
from evaluation.statistics.multiplicity import holm

REQUIRED_TEXTS = 15
"""Below it a model is insufficient: the same bar as for people's ratings."""
REQUIRED_PAIRS = 5


def compare(texts: Iterable[ScoredText], confidence: float) -> tuple[Difference, ...]:
    """Every pair of models with at least five texts on the same topic and seed.

    A paired t interval at 1 − α/k for k pairs of models, and p values adjusted by Holm (1979).
    """
    values = _by_model(texts)
    shared = {(a, b): sorted(values[a].keys() & values[b].keys()) for a, b in combinations(sorted(values), 2)}
    usable = {models: keys for models, keys in shared.items() if len(keys) >= REQUIRED_PAIRS}
    alpha = (1 - confidence) / max(1, len(usable))
    found = [
        _paired([values[a][key] for key in keys], [values[b][key] for key in keys], alpha)
        for (a, b), keys in usable.items()
    ]
    adjusted = holm(np.array([p for *_, p in found]))
    return tuple(
        Difference(
            a=a,
            b=b,
            n_pairs=len(keys),
            difference=mean,
            low=low,
            high=high,
            p_holm=float(p),
            verdict="a_better" if low > 0 else "b_better" if high < 0 else "undecided",
        )
        for ((a, b), keys), (mean, low, high, _), p in zip(usable.items(), found, adjusted, strict=True)
    )


def judge(
    models: Sequence[str],
    texts: Iterable[ScoredText],
    differences: Iterable[Difference],
    threshold: float,
    confidence: float,
    content_type: str | None = None,
) -> tuple[Standing, ...]:
    """Each model's standing, best first: its interval against the threshold, and its rank set.

    With fewer than 15 texts a model is insufficient: it has no rank, and nobody has to beat it.
    """
    values = _by_model(texts)
    enough = [model for model in models if len(values[model]) >= REQUIRED_TEXTS]
    wins = _wins(differences, enough)
    level = 1 - (1 - confidence) / max(1, len(enough))
    lines = []
    for model in models:
        line = Standing(model=model, content_type=content_type, n_texts=len(values[model]))
        interval = mean_interval(list(values[model].values()), level)
        if isinstance(interval, MeanInterval):
            bounds = {"quality": interval.mean, "low": interval.low, "high": interval.high}
            line = line.model_copy(update=bounds)
        if model in enough:
            ranks = (
                1 + sum(worse == model for _, worse in wins),
                len(enough) - sum(better == model for better, _ in wins),
            )
            line = line.model_copy(update={"rank_set": ranks, "standing": _against(threshold, line)})
        lines.append(line)
    return tuple(sorted(lines, key=lambda line: (-(line.quality or -inf), line.model)))


def decide(
    overall: Sequence[Standing],
    by_kind: Sequence[Standing],
    differences: Sequence[Difference],
    threshold: float,
    confidence: float,
) -> Decision:
    """What follows from the standings.

    The leader has qualified and is better than every other sufficient model. A kind should be routed
    to those that nobody surely beats there: chance then chooses among them, so that ratings can tell.
    """
    leader = next(
        (line for line in overall if line.standing == "qualified" and line.rank_set == (1, 1)), None
    )
    kinds = sorted({line.content_type for line in by_kind if line.content_type is not None})
    routes = (_route([line for line in by_kind if line.content_type == kind], threshold) for kind in kinds)
    return Decision(
        threshold=threshold,
        qualified=tuple(line.model for line in overall if line.standing == "qualified"),
        leader=leader.model if leader else None,
        leader_rank_set=leader.rank_set if leader else None,
        routes=tuple(route for route in routes if route is not None),
        would_change=tuple(_what_would_change(overall, differences, threshold, confidence)),
    )


def _by_model(texts: Iterable[ScoredText]) -> defaultdict[str, dict[tuple[str, int], float]]:
    values: defaultdict[str, dict[tuple[str, int], float]] = defaultdict(dict)
    for text in texts:
        values[text.sample.model][text.sample.topic.topic, text.sample.seed] = text.composite
    return values


def _paired(a: Sequence[float], b: Sequence[float], alpha: float) -> tuple[float, float, float, float]:
    """Mean difference, its t interval at 1 − alpha, and p; where no spread was seen, both are the mean's."""
    gaps = np.subtract(a, b)
    mean, error = float(gaps.mean()), float(gaps.std(ddof=1)) / sqrt(len(gaps))
    margin = error * float(stdtrit(len(gaps) - 1, 1 - alpha / 2))
    p = 2 * float(stdtr(len(gaps) - 1, -abs(mean) / error)) if error else float(mean == 0)
    return mean, mean - margin, mean + margin, p


def _wins(differences: Iterable[Difference], enough: Sequence[str]) -> set[tuple[str, str]]:
    """Pairs (better, worse) of sufficient models."""
    judged = [one for one in differences if one.a in enough and one.b in enough]
    return {(one.a, one.b) for one in judged if one.verdict == "a_better"} | {
        (one.b, one.a) for one in judged if one.verdict == "b_better"
    }


def _against(threshold: float, line: Standing) -> str:
    if line.low is None or line.high is None:
        return "insufficient"
    if line.low >= threshold:
        return "qualified"
    return "below" if line.high < threshold else "undecided"


def _route(lines: Sequence[Standing], threshold: float) -> Recommendation | None:
    """Of the models that nobody beats, those that may reach the threshold; if none may, the best there is."""
    unbeaten = [line for line in lines if line.rank_set is not None and line.rank_set[0] == 1]
    if not unbeaten:
        return None
    able = [line for line in unbeaten if line.standing != "below"]
    kind = unbeaten[0].content_type or ""
    names = tuple(line.model for line in able or unbeaten)
    if not able:
        reason = f"none reaches {threshold:g}; nobody is surely better"
    elif len(names) == 1:
        reason = "surely better than every other model here"
    else:
        reason = "nobody is surely better, so let chance choose and people rate"
    return Recommendation(content_type=kind, models=names, reason=reason)


def _what_would_change(
    overall: Sequence[Standing], differences: Sequence[Difference], threshold: float, confidence: float
) -> Iterator[str]:
    """What is still open, and about how many texts it takes if things are as they look."""
    for line in overall:
        if line.standing == "insufficient":
            yield f"{line.model} has {line.n_texts} of the {REQUIRED_TEXTS} texts that a judgement needs."
        elif line.standing == "undecided" and line.quality is not None and line.high is not None:
            margin, gap = line.high - line.quality, abs(line.quality - threshold)
            need = _more(margin, gap, line.n_texts, (1 - confidence) / len(overall))
            yield f"{line.model} is not yet surely above or below {threshold:g}: {need}."
    open_ones = [one for one in differences if one.verdict == "undecided"]
    alpha = (1 - confidence) / max(1, len(differences))
    for one in open_ones:
        margin = (one.high - one.low) / 2
        better, worse = (one.a, one.b) if one.difference >= 0 else (one.b, one.a)
        need = _more(margin, abs(one.difference), one.n_pairs, alpha)
        yield f"{better} is not surely better than {worse}: {need}."


def _more(margin: float, gap: float, n: int, alpha: float) -> str:
    """The half width shrinks with the root of the number of texts; the t quantile is corrected for."""
    if gap == 0 or (margin / gap) ** 2 > 100:
        return "they look alike, and not even a hundred times as many texts would tell"
    shrink = float(stdtrit(1e6, 1 - alpha / 2) / stdtrit(n - 1, 1 - alpha / 2))
    more = ceil(n * (margin * shrink / gap) ** 2) - n
    return f"about {max(more, 1)} more texts of each would tell"
