"""Who qualifies and who leads, by the heuristic quality of texts on the same topics.

The texts of two models on one topic with one seed are a pair, so differences are taken within pairs:
hard topics then do not count against whoever happened to get them. Texts on one topic belong together,
so a topic that came twice does not count for two. All intervals hold together (Bonferroni), which is
what rank sets need.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import ceil, inf

import numpy as np
from scipy.special import stdtrit

from evaluation.offline.document import Decision, Difference, Recommendation, Standing
from evaluation.offline.grouped_mean import REQUIRED_GROUPS, grouped_mean
from evaluation.offline.pairing import Place, Topic, by_model, paired
from evaluation.offline.scores import ScoredText
from evaluation.statistics.multiplicity import holm

REQUIRED_TEXTS = 15
"""Below it a model is insufficient: the same bar as for people's ratings."""


def compare(texts: Iterable[ScoredText], confidence: float) -> tuple[Difference, ...]:
    """Every pair of models with texts on at least five topics in common.

    A paired t interval at 1 − α/k for k pairs of models, and p values adjusted by Holm (1979).
    """
    gaps = paired(_qualities(texts), lambda own, other: own - other)
    level = 1 - (1 - confidence) / max(1, len(gaps))
    adjusted = holm(np.array([gap.p for gap in gaps.values()]))
    differences = []
    for ((a, b), gap), p in zip(gaps.items(), adjusted, strict=True):
        low, high = gap.interval(level)
        differences.append(
            Difference(
                a=a,
                b=b,
                n_pairs=gap.n,
                n_topics=gap.groups,
                difference=gap.mean,
                low=low,
                high=high,
                p_holm=float(p),
                verdict="a_better" if low > 0 else "b_better" if high < 0 else "undecided",
            )
        )
    return tuple(differences)


def judge(
    models: Sequence[str],
    texts: Iterable[ScoredText],
    differences: Iterable[Difference],
    threshold: float,
    confidence: float,
    content_type: str | None = None,
) -> tuple[Standing, ...]:
    """Each model's standing, best first: its interval against the threshold, and its rank set.

    With fewer than 15 texts, or on fewer than 5 topics, a model is insufficient: it has no rank, and
    nobody has to beat it.
    """
    values = _qualities(texts)
    means = {model: grouped_mean(_of_topics(values.get(model, {}))) for model in models}
    enough = [
        model for model, mean in means.items() if mean is not None and len(values[model]) >= REQUIRED_TEXTS
    ]
    wins = _wins(differences, enough)
    level = 1 - (1 - confidence) / max(1, len(enough))
    lines = []
    for model in models:
        own, mean = values.get(model, {}), means[model]
        n_topics = len({topic for topic, _ in own})
        line = Standing(model=model, content_type=content_type, n_texts=len(own), n_topics=n_topics)
        if mean is not None:
            low, high = mean.interval(level)
            line = line.model_copy(update={"quality": mean.mean, "low": low, "high": high})
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


def _qualities(texts: Iterable[ScoredText]) -> Mapping[str, Mapping[Place, float]]:
    return by_model((text.sample, text.composite) for text in texts)


def _of_topics(values: Mapping[Place, float]) -> Iterator[tuple[Topic, float]]:
    return ((topic, value) for (topic, _), value in values.items())


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
        if line.n_texts < REQUIRED_TEXTS:
            yield f"{line.model} has {line.n_texts} of the {REQUIRED_TEXTS} texts that a judgement needs."
        elif line.standing == "insufficient":
            yield (
                f"{line.model} wrote about {line.n_topics} of the {REQUIRED_GROUPS} topics that a judgement "
                "needs: more texts on the same ones say little."
            )
        elif line.standing == "undecided" and line.quality is not None and line.high is not None:
            margin, gap = line.high - line.quality, abs(line.quality - threshold)
            need = _more(margin, gap, line.n_texts, line.n_topics, (1 - confidence) / len(overall))
            yield f"{line.model} is not yet surely above or below {threshold:g}: {need}."
    open_ones = [one for one in differences if one.verdict == "undecided"]
    alpha = (1 - confidence) / max(1, len(differences))
    for one in open_ones:
        margin = (one.high - one.low) / 2
        better, worse = (one.a, one.b) if one.difference >= 0 else (one.b, one.a)
        need = _more(margin, abs(one.difference), one.n_pairs, one.n_topics, alpha)
        yield f"{better} is not surely better than {worse}: {need}."


def _more(margin: float, gap: float, n: int, topics: int, alpha: float) -> str:
    """The half width shrinks with the root of the number of texts; the t quantile is corrected for."""
    if gap == 0 or (margin / gap) ** 2 > 100:
        return "not even a hundred times as many texts would tell"
    shrink = float(stdtrit(1e6, 1 - alpha / 2) / stdtrit(topics - 1, 1 - alpha / 2))
    more = ceil(n * (margin * shrink / gap) ** 2) - n
    return f"about {max(more, 1)} more texts, on other topics like these, would tell"
