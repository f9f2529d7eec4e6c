"""From samples to decision, on samples whose figures can be counted by hand."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from evaluation.heuristics import LengthRule
from evaluation.offline.decision import compare, decide, judge
from evaluation.offline.document import Evaluation
from evaluation.offline.evaluate import build_evaluation
from evaluation.offline.measures import NAMES
from evaluation.offline.model_metrics import HumanFigures, Metrics, ModelFacts, measure_model
from evaluation.offline.pace import compare_pace
from evaluation.offline.record import Plan, Sample
from evaluation.offline.scores import Kind, ScoredText, score_texts
from evaluation.offline.topics import Topic
from evaluation.offline.trials import Phase
from evaluation.tables import Dimension

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
SCHEMA = {"type": "object", "required": ["laws"], "properties": {"laws": {"type": "array"}}}
KINDS = {"marketing": Kind(LengthRule(3, 60)), "answer": Kind(LengthRule(1, 60), SCHEMA)}
FREE = ModelFacts(cost=lambda _: 0.001, busy_cost=lambda _: 0.003)
TEXT = "Our kite flies in the lightest wind. It folds into a bag. Order your kite today."


def sample(
    number: int = 0,
    *,
    model: str = "one",
    phase: Phase = Phase.ALONE,
    content_type: str = "marketing",
    text: str = TEXT,
    **measured: Any,
) -> Sample:
    topic = Topic(content_type=content_type, topic=f"kite number {number}")
    return Sample.model_validate(
        {
            "key": f"{model}/{phase}/{number}",
            "model": model,
            "phase": phase,
            "topic": topic,
            "seed": number,
            "asked_at": NOON + timedelta(seconds=number),
            "waited_seconds": 2.0,
            "text": text,
            "finish_reason": "stop",
            "prompt_tokens": 10,
            "completion_tokens": 20,
            **measured,
        }
    )


def metrics_of(*samples: Sample, facts: ModelFacts = FREE) -> Metrics:
    return measure_model("one", samples, KINDS, facts)


def test_every_declared_metric_is_there_and_at_least_fifty() -> None:
    figures = metrics_of(sample()).figures
    assert figures.keys() == NAMES
    assert len(figures) >= 50


def test_what_was_not_measured_has_a_reason_and_is_never_zero() -> None:
    metrics = metrics_of(sample())
    unknown = {name for name, value in metrics.figures.items() if value is None}
    assert unknown == metrics.reasons.keys()
    assert {"joules_per_draft", "load_seconds", "memory_driver_bytes", "human_quality", "law_f1"} <= unknown
    assert all(metrics.reasons.values())


def test_speed_is_that_of_one_text_at_a_time_and_throughput_that_of_eight() -> None:
    timed: dict[str, Any] = {"latency_seconds": 1.9, "time_to_first_token_seconds": 0.0}
    alone = [sample(n, **timed) for n in range(4)]
    together = [sample(n, phase=Phase.TOGETHER, asked_at=NOON, waited_seconds=5.0) for n in range(10, 18)]
    figures = metrics_of(*alone, *together).figures
    assert figures["latency_p50_seconds"] == 2.0
    assert figures["inter_token_p99_seconds"] == pytest.approx(0.1)
    assert figures["tokens_per_second_alone"] == pytest.approx(4 * 20 / 8)
    assert figures["tokens_per_second_together"] == pytest.approx(8 * 20 / 5)
    assert figures["texts_per_hour"] == pytest.approx(8 * 3600 / 5)


def test_energy_is_taken_over_the_texts_that_a_meter_saw() -> None:
    measured = [sample(n, energy_joules=joules, energy_scope="soc") for n, joules in enumerate((50.0, 30.0))]
    declared = sample(2, energy_joules=99.0, energy_scope="declared")
    figures = metrics_of(*measured, declared, sample(3)).figures
    assert figures["joules_per_draft"] == 40
    assert figures["joules_per_1000_tokens"] == pytest.approx(1000 * 80 / 40)
    assert figures["energy_measured"] == 0.5


def test_without_a_meter_joules_are_unknown_and_the_reason_says_so() -> None:
    metrics = metrics_of(sample(0, energy_joules=99.0, energy_scope="declared"))
    assert metrics.figures["joules_per_draft"] is None
    assert metrics.reasons["joules_per_draft"] == "no meter ran"
    assert metrics.figures["energy_measured"] == 0


def test_savings_and_returns_count_only_texts_with_both_prices() -> None:
    facts = ModelFacts(
        cost=lambda _: 0.001,
        busy_cost=lambda _: 0.003,
        cloud={"mid": lambda one: 0.004 if one.seed == 0 else None, "new": lambda _: None},
        mid_cloud="mid",
    )
    metrics = metrics_of(sample(0), sample(1), facts=facts)
    assert metrics.figures["energy_savings_against_mid"] == pytest.approx(0.75)
    assert metrics.figures["busy_savings_against_mid"] == pytest.approx(0.25)
    assert metrics.figures["return_per_draft_usd"] == pytest.approx(0.001)
    assert metrics.figures["energy_savings_against_new"] is None
    assert metrics.reasons["energy_savings_against_new"] == "no price is known"


def test_people_s_figures_stand_beside_the_heuristics_each_with_its_interval() -> None:
    human = HumanFigures(12, quality=None, blended=(6.5, 6.0, 7.0))
    metrics = metrics_of(sample(), facts=replace(FREE, human=human))
    assert metrics.figures["human_ratings"] == 12
    assert metrics.figures["blended_quality_low"] == 6.0
    assert metrics.figures["human_quality"] is None
    assert metrics.reasons["human_quality"] == "nobody has rated this model enough"


def test_failures_are_counted_apart_from_empty_texts() -> None:
    failed = sample(1, text="", error="out of memory")
    figures = metrics_of(sample(0), failed, sample(2, text=" "), sample(3)).figures
    assert figures["success"] == 0.5
    assert figures["errors"] == 0.25
    assert figures["empty"] == pytest.approx(1 / 3)


def test_structured_answers_that_parse_and_those_that_satisfy_the_schema() -> None:
    texts = ['{"laws": []}', '{"laws": 1}', '{"laws": [', '{"laws": ["a"]}']
    answers = [sample(n, content_type="answer", text=text) for n, text in enumerate(texts)]
    figures = metrics_of(*answers).figures
    assert figures["json_valid"] == 0.75
    assert figures["schema_valid"] == 0.5


def test_an_accelerator_counts_only_where_no_step_fell_back_to_the_cpu() -> None:
    figures = metrics_of(
        sample(0, device="mps"), sample(1, device="mps", fallback_ops=["aten::sort"]), sample(2, device="cpu")
    ).figures
    assert figures["accelerator_used"] == pytest.approx(1 / 3)


def test_consistency_pools_the_spread_over_seeds_of_one_topic() -> None:
    same = [sample(n, phase=Phase.AGAIN, topic=Topic(content_type="marketing", topic="a")) for n in range(3)]
    assert metrics_of(*same).figures["consistency_sd"] == 0
    varied = [*same[:2], same[2].model_copy(update={"text": "Kites."})]
    assert (metrics_of(*varied).figures["consistency_sd"] or 0) > 0


def scored(model: str, qualities: list[float]) -> list[ScoredText]:
    """Texts with these composites, on topics 0, 1, 2 …"""
    texts = score_texts([sample(n, model=model) for n in range(len(qualities))], KINDS)
    return [
        ScoredText(text.sample, text.kind, text.text, dict.fromkeys(Dimension, quality))
        for text, quality in zip(texts, qualities, strict=True)
    ]


def qualities_around(mean: float, n: int = 20, seed: int = 1) -> list[float]:
    rng = Random(seed)
    return [mean + rng.uniform(-1, 1) for _ in range(n)]


def test_topics_that_are_hard_for_both_do_not_hide_a_difference() -> None:
    """Spread over topics is large, the gap on each topic small and steady: only pairs show it."""
    hard = [2.0 + 0.35 * n for n in range(20)]
    noise = Random(3)
    texts = [*scored("one", hard), *scored("two", [each + 0.3 + noise.uniform(-0.1, 0.1) for each in hard])]
    [difference] = compare(texts, 0.95)
    assert difference.verdict == "b_better"
    assert difference.high < 0
    assert difference.difference == pytest.approx(-0.3, abs=0.05)


def test_equal_models_share_all_ranks_and_nobody_leads() -> None:
    texts = [*scored("one", qualities_around(7.5, seed=1)), *scored("two", qualities_around(7.5, seed=2))]
    differences = compare(texts, 0.95)
    standings = judge(["one", "two"], texts, differences, 7.0, 0.95)
    decision = decide(standings, [], differences, 7.0, 0.95)
    assert {line.rank_set for line in standings} == {(1, 2)}
    assert decision.leader is None
    assert any("is not surely better than" in sentence for sentence in decision.would_change)


def test_a_better_and_qualified_model_leads() -> None:
    texts = [*scored("one", qualities_around(8.5, seed=1)), *scored("two", qualities_around(6.0, seed=2))]
    differences = compare(texts, 0.95)
    standings = judge(["one", "two"], texts, differences, 7.0, 0.95)
    decision = decide(standings, [], differences, 7.0, 0.95)
    assert [(line.model, line.standing, line.rank_set) for line in standings] == [
        ("one", "qualified", (1, 1)),
        ("two", "below", (2, 2)),
    ]
    assert decision.leader == "one"
    assert decision.qualified == ("one",)


def test_five_brilliant_texts_crown_nobody() -> None:
    """The field guide's mistake: the best mean of five texts."""
    few, many = scored("few", qualities_around(9.5, n=5)), scored("many", qualities_around(7.5))
    differences = compare([*few, *many], 0.95)
    standings = judge(["few", "many"], [*few, *many], differences, 7.0, 0.95)
    assert {line.model: line.standing for line in standings} == {"few": "insufficient", "many": "qualified"}
    assert decide(standings, [], differences, 7.0, 0.95).leader == "many"


def test_many_texts_on_few_topics_are_no_judgement() -> None:
    """Drawn anew, other topics would say something else: texts on these say how they differ, no more."""
    texts = [
        ScoredText(
            text.sample.model_copy(update={"topic": Topic(content_type="marketing", topic=f"{number % 4}")}),
            text.kind,
            text.text,
            text.scores,
        )
        for number, text in enumerate(scored("one", qualities_around(9.0)))
    ]
    [line] = judge(["one"], texts, compare(texts, 0.95), 7.0, 0.95)
    assert (line.standing, line.rank_set, line.n_texts, line.n_topics) == ("insufficient", None, 20, 4)
    assert decide([line], [], [], 7.0, 0.95).would_change == (
        "one wrote about 4 of the 5 topics that a judgement needs: more texts on the same ones say little.",
    )


def timed(model: str, seconds: float, **measured: Any) -> list[Sample]:
    """Twenty texts around so many seconds, their spread the same for every model."""
    rng = Random(5)
    return [
        sample(n, model=model, waited_seconds=seconds * rng.lognormvariate(0, 0.3), **measured)
        for n in range(20)
    ]


def test_of_two_servers_the_slower_one_takes_so_many_times_as_long_with_an_interval() -> None:
    noise = Random(6)
    slower = [
        one.model_copy(update={"waited_seconds": one.waited_seconds * noise.lognormvariate(0, 0.1)})
        for one in timed("two", 3.0)
    ]
    latency, tokens = compare_pace([*timed("one", 2.0), *slower], 0.95)
    assert (latency.figure, latency.a, latency.b, latency.n_pairs) == ("latency_seconds", "one", "two", 20)
    assert latency.low < 2 / 3 < latency.high < 1
    assert tokens.figure == "tokens_per_second"
    assert tokens.ratio == pytest.approx(1 / latency.ratio)


def test_a_server_that_counts_no_tokens_says_nothing_of_its_pace_in_tokens() -> None:
    texts = [*timed("one", 2.0), *timed("two", 2.0, completion_tokens=0)]
    assert [one.figure for one in compare_pace(texts, 0.95)] == ["latency_seconds"]


def plan(models: tuple[str, ...]) -> Plan:
    return Plan(
        evaluation="first",
        begun_at=NOON,
        backend="here",
        models=models,
        content_types=("marketing",),
        samples=16,
        seed=1,
        held_back=False,
        digest="0" * 16,
    )


@pytest.fixture
def evaluation() -> Evaluation:
    samples = [sample(n, model=model) for model in ("one", "two") for n in range(16)]
    facts = {"one": FREE, "two": FREE}
    return build_evaluation(plan(("one", "two")), samples, KINDS, facts, NOON + timedelta(hours=1))


def test_the_document_is_the_same_after_a_way_through_json(evaluation: Evaluation) -> None:
    assert Evaluation.model_validate_json(evaluation.model_dump_json()) == evaluation


def test_a_kind_that_nobody_wins_is_routed_to_all_who_may_reach_the_threshold(evaluation: Evaluation) -> None:
    [route] = evaluation.decision.routes
    assert route.models == ("one", "two")


def test_a_reader_is_told_that_heuristics_see_form_only(evaluation: Evaluation) -> None:
    assert any("heuristic" in caveat for caveat in evaluation.caveats)


def test_a_reader_is_told_what_requests_failed_with_and_of_a_model_that_is_too_large() -> None:
    failed = [sample(n, text="", error=f"{each}.") for n, each in enumerate(["no memory", "no", "no memory"])]
    facts = {"one": replace(FREE, models_that_fit=0)}
    caveats = build_evaluation(plan(("one",)), failed, KINDS, facts, NOON).caveats
    assert "Too large for the memory that models may take here: one." in caveats
    assert any("one failed in 3 of 3 requests, most often with: no memory." in each for each in caveats)


def test_the_order_of_the_samples_means_nothing(rng_shuffled: Callable[[list[Sample]], list[Sample]]) -> None:
    samples = [sample(n, model=model) for model in ("one", "two") for n in range(16)]
    facts = {"one": FREE, "two": FREE}
    built = [
        build_evaluation(plan(("one", "two")), each, KINDS, facts, NOON)
        for each in (samples, rng_shuffled(samples))
    ]
    assert built[0] == built[1]


@pytest.fixture
def rng_shuffled() -> Callable[[list[Sample]], list[Sample]]:
    return lambda samples: Random(1).sample(samples, len(samples))
