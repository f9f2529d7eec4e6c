"""An offline evaluation on the screen: who stands where, what it takes to run, what follows."""

from collections.abc import Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from evaluation.offline.document import Evaluation, ModelResult, Standing
from evaluation.offline.replay import GB, Replay

UNKNOWN: Final = "–"
_RANK_WORDS: Final = {
    "qualified": "qualified",
    "undecided": "undecided",
    "below": "below the threshold",
    "insufficient": "too few texts",
}
_RUNNING: Final = (
    ("First token, median", "first_token_p50_seconds", "{:.2f} s"),
    ("Whole text, median", "latency_p50_seconds", "{:.1f} s"),
    ("Whole text, 95th percentile", "latency_p95_seconds", "{:.1f} s"),
    ("Tokens a second, one text", "tokens_per_second_alone", "{:.0f}"),
    ("Tokens a second, eight texts", "tokens_per_second_together", "{:.0f}"),
    ("Texts an hour, eight at once", "texts_per_hour", "{:,.0f}"),
    ("Energy of a draft", "joules_per_draft", "{:.1f} J"),
    ("Energy cost of a draft", "cost_per_draft_usd", "${:.7f}"),
    ("Requests that brought a text", "success", "{:.0%}"),
    ("Texts cut short", "truncated", "{:.0%}"),
    ("Answers that satisfy the schema", "schema_valid", "{:.0%}"),
)


def show_evaluation(evaluation: Evaluation) -> Group:
    """Everything a reader decides by; all 80-odd metrics are in the JSON document."""
    decision = evaluation.decision
    parts: list[RenderableType] = [
        _standings(evaluation),
        _running(evaluation.models),
        Text("\nDecision", style="bold"),
        Text(f"  {_leader(evaluation)}"),
        *(
            Text(f"  {route.content_type}: {', '.join(route.models)} ({route.reason}).")
            for route in decision.routes
        ),
    ]
    for title, sentences in (
        ("What would change this decision", decision.would_change),
        ("Keep in mind", evaluation.caveats),
    ):
        if sentences:
            parts += [Text(f"\n{title}", style="bold"), *(Text(f"  {each}") for each in sentences)]
    return Group(*parts)


def show_replay(replay: Replay) -> Group:
    """The field guides' figures with the intervals that they allow, and what follows."""
    quality = Table(
        "Model", "Stated", "Texts", "Interval at 95%", title=Text("Quality, as the guides state it")
    )
    for line in replay.quality:
        crown = " (crowned)" if line.crowned else ""
        stated = f"{line.mean:.2f} ± {line.spread:.2f}{crown}"
        quality.add_row(line.model, stated, str(line.texts), f"{line.low:.2f} to {line.high:.2f}")
    memory = Table("Model", "Stated", "Weights at 16 bits", title=Text("Memory, as the guides state it"))
    for each in replay.memory:
        memory.add_row(each.model, f"{each.stated_bytes / GB:.1f} GB", f"{each.weights_bytes / GB:.1f} GB")
    return Group(
        quality,
        memory,
        Text("What can be concluded", style="bold"),
        *(Text(f"  {finding}") for finding in replay.findings),
        Text(f"  Figures of {', '.join(replay.without_figures)} are not known to us."),
    )


def _standings(evaluation: Evaluation) -> Table:
    percent = f"{evaluation.confidence:.0%}"
    title = f"Heuristic quality on the same topics, 0–10, with intervals that hold together at {percent}"
    table = Table("Model", "Kind", "Texts", "Quality", "Interval", "Rank", "Standing", title=Text(title))
    for line in evaluation.standings:
        table.add_row(*(Text(cell) for cell in _row(line)))
    return table


def _row(line: Standing) -> tuple[str, ...]:
    known = line.quality is not None and line.low is not None and line.high is not None
    return (
        line.model,
        line.content_type or "all kinds",
        str(line.n_texts),
        f"{line.quality:.2f}" if known else UNKNOWN,
        f"{line.low:.2f} to {line.high:.2f}" if known else UNKNOWN,
        _rank(line.rank_set),
        _RANK_WORDS[line.standing],
    )


def _rank(ranks: tuple[int, int] | None) -> str:
    if ranks is None:
        return UNKNOWN
    return str(ranks[0]) if ranks[0] == ranks[1] else f"{ranks[0]} to {ranks[1]}"


def _running(models: Sequence[ModelResult]) -> Table:
    table = Table("", title=Text("How they run here"))
    for model in models:
        table.add_column(Text(model.model), justify="right")
    for header, name, form in _RUNNING:
        table.add_row(header, *(Text(_cell(model.metrics.get(name), form)) for model in models))
    return table


def _cell(value: float | None, form: str) -> str:
    return UNKNOWN if value is None else form.format(value)


def _leader(evaluation: Evaluation) -> str:
    decision = evaluation.decision
    if decision.leader is not None:
        return (
            f"{decision.leader} leads: it reaches {decision.threshold:g} and is surely better than the rest."
        )
    if decision.qualified:
        return f"Nobody leads. Surely at {decision.threshold:g} or above: {', '.join(decision.qualified)}."
    return f"Nobody leads: no model is surely at {decision.threshold:g} or above."
