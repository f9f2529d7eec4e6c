"""build_evaluation: from the samples of a record to the document. Pure: same samples, same document."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from evaluation.offline.decision import REQUIRED_TEXTS, compare, decide, judge
from evaluation.offline.document import Evaluation, ModelResult, PaceRatio
from evaluation.offline.model_metrics import Metrics, ModelFacts, measure_model
from evaluation.offline.pace import compare_pace
from evaluation.offline.record import Plan, Sample
from evaluation.offline.scores import Kind, score_texts
from evaluation.offline.trials import Phase
from evaluation.statistics.requirements import THRESHOLD

CONFIDENCE = 0.95


def build_evaluation(
    plan: Plan,
    samples: Sequence[Sample],
    kinds: Mapping[str, Kind],
    facts: Mapping[str, ModelFacts],
    ended_at: datetime,
    threshold: float = THRESHOLD,
) -> Evaluation:
    """Every figure and what follows from them, in the order of the plan's models.

    `kinds` by content type, `facts` by model, each with an entry for all that the plan names.
    """
    results = [
        measure_model(model, [one for one in samples if one.model == model], kinds, facts[model])
        for model in plan.models
    ]
    alone = [one for one in samples if one.phase is Phase.ALONE]
    texts = score_texts(alone, kinds)
    differences = compare(texts, CONFIDENCE)
    overall = judge(plan.models, texts, differences, threshold, CONFIDENCE)
    by_kind = [
        line
        for kind in plan.content_types
        for own in ([text for text in texts if text.sample.topic.content_type == kind],)
        for line in judge(plan.models, own, compare(own, CONFIDENCE), threshold, CONFIDENCE, kind)
    ]
    pace = compare_pace(alone, CONFIDENCE)
    decision = decide(overall, by_kind, differences, threshold, CONFIDENCE)
    return Evaluation(
        evaluation=plan.evaluation,
        begun_at=plan.begun_at,
        ended_at=ended_at,
        backend=plan.backend,
        samples=plan.samples,
        seed=plan.seed,
        held_back=plan.held_back,
        confidence=CONFIDENCE,
        models=tuple(_result(each) for each in results),
        standings=(*overall, *by_kind),
        differences=differences,
        pace=pace,
        decision=decision,
        caveats=tuple(_caveats(plan, results, pace, _failures(samples))),
    )


def _result(metrics: Metrics) -> ModelResult:
    return ModelResult(
        model=metrics.model,
        n_texts=metrics.n_texts,
        metrics=dict(metrics.figures),
        reasons=dict(metrics.reasons),
    )


def _failures(samples: Sequence[Sample]) -> Iterator[str]:
    """How many requests of each model failed, and with which words most often."""
    words: dict[str, list[str]] = defaultdict(list)
    for sample in samples:
        if sample.error is not None:
            words[sample.model].append(sample.error)
    for model, errors in sorted(words.items()):
        often, _ = Counter(sorted(errors)).most_common(1)[0]
        yield (
            f"{model} failed in {len(errors)} of {sum(one.model == model for one in samples)} requests, most "
            f"often with: {often.rstrip('.')}. Quality is that of the texts that came."
        )


def _caveats(
    plan: Plan, results: Sequence[Metrics], pace: Sequence[PaceRatio], failures: Iterator[str]
) -> Iterator[str]:
    """What a reader has to keep in mind; only what applies."""
    yield (
        "Quality here is heuristic: it sees form, and never whether a sentence is true or worth reading. "
        "People's ratings decide."
    )
    if plan.samples < REQUIRED_TEXTS:
        yield f"{plan.samples} texts of a kind are few: a judgement needs {REQUIRED_TEXTS}."
    if not plan.held_back:
        yield "These topics are known to whoever tuned a prompt with them; judge finally with --held-back."
    too_large = [each.model for each in results if each.figures["models_that_fit"] == 0]
    if too_large:
        yield f"Too large for the memory that models may take here: {', '.join(too_large)}."
    yield from failures
    if all(not each.figures.get("energy_measured") for each in results):
        yield "No meter measured energy, so joules are unknown and costs rest on declared watts."
    if any(each.figures["cost_per_draft_usd"] is not None for each in results):
        yield (
            "Costs and savings are of energy, and of the machine while it writes. What it costs to own "
            "depends on how much is written: `copydesk costs` says it with the volume that there is."
        )
    fallen = [each.model for each in results if 0 < (each.figures.get("accelerator_used") or 0) < 1]
    if fallen:
        yield f"Not every step ran on the accelerator ({', '.join(fallen)}): some fell back to the CPU."
    if plan.backends:
        yield (
            "Servers decode alike as far as OpenAI's API can say it; a top-k or a repetition penalty that a "
            "server adds by itself is in its texts."
        )
    if len({one.a for one in pace} | {one.b for one in pace}) > 1:
        yield (
            "Models ran one after the other: what else the machine did meanwhile is in their times and in no "
            "interval."
        )
