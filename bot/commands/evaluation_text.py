"""An offline evaluation on the screen: who stands where, what it takes to run, what follows."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from bot.commands.listing import format_bytes
from bot.offline.arms import AT
from evaluation.costs.words import format_usd
from evaluation.offline.document import Evaluation, ModelResult, PaceName, Standing
from evaluation.offline.replay import GB, Replay

UNKNOWN: Final = "–"
MOST_COMPARED: Final = 3
_RANK_WORDS: Final = {
    "qualified": "qualified",
    "undecided": "undecided",
    "below": "below",
    "insufficient": "too few texts",
}
_RUNNING: Final = (
    ("First token, median", "first_token_p50_seconds", "{:.2f} s".format),
    ("Whole text, median", "latency_p50_seconds", "{:.1f} s".format),
    ("Whole text, 95th percentile", "latency_p95_seconds", "{:.1f} s".format),
    ("Tokens a second, one text", "tokens_per_second_alone", "{:,.0f}".format),
    ("Tokens a second, eight texts", "tokens_per_second_together", "{:,.0f}".format),
    ("Texts an hour, eight at once", "texts_per_hour", "{:,.0f}".format),
    ("Memory, as planned", "memory_estimate_bytes", format_bytes),
    ("Memory of the process", "memory_process_bytes", format_bytes),
    ("Such models that fit here", "models_that_fit", "{:,.0f}".format),
    ("Texts written on an accelerator", "accelerator_used", "{:.0%}".format),
    ("Energy of a draft", "joules_per_draft", "{:.1f} J".format),
    ("Energy cost of a draft", "cost_per_draft_usd", format_usd),
    ("… and of the machine meanwhile", "busy_cost_per_draft_usd", format_usd),
    ("Requests that brought a text", "success", "{:.0%}".format),
    ("Texts cut short", "truncated", "{:.0%}".format),
    ("Answers that satisfy the schema", "schema_valid", "{:.0%}".format),
)
_PACE: Final[dict[PaceName, str]] = {
    "latency_seconds": "Time to a whole text",
    "first_token_seconds": "Time to the first token",
    "tokens_per_second": "Tokens a second",
}


def show_evaluation(evaluation: Evaluation) -> Group:
    """Everything a reader decides by; all metrics are in the JSON document."""
    decision = evaluation.decision
    parts: list[RenderableType] = [
        _standings(evaluation),
        _running(evaluation.models),
        *_pace(evaluation),
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
    title = f"Heuristic quality on the same topics, 0–10; intervals hold together at {percent} within a kind"
    table = Table(
        Column("Model", no_wrap=True),
        Column("Kind", overflow="fold"),
        Column("Texts", justify="right"),
        "Quality",
        "Rank",
        "Standing",
        title=Text(title),
    )
    for line in evaluation.standings:
        table.add_row(*(Text(cell) for cell in _row(line)))
    return table


def _row(line: Standing) -> tuple[str, ...]:
    known = line.quality is not None and line.low is not None and line.high is not None
    return (
        line.model,
        line.content_type or "all kinds",
        str(line.n_texts),
        f"{line.quality:.2f} ({line.low:.2f} to {line.high:.2f})" if known else UNKNOWN,
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


def _pace(evaluation: Evaluation) -> Iterator[Table]:
    """Of many models only those that two servers hold: that is the question which needs intervals."""
    few = len(evaluation.models) <= MOST_COMPARED
    pairs = [one for one in evaluation.pace if few or _served(one.a) == _served(one.b)]
    if not pairs:
        return
    title = f"How fast, on the same topics, with intervals that hold together at {evaluation.confidence:.0%}"
    for (a, b), own in groupby(sorted(pairs, key=lambda one: (one.a, one.b)), lambda one: (one.a, one.b)):
        table = Table("", Column("Texts", justify="right"), f"{a} : {b}", title=Text(title))
        for one in own:
            ratio = f"{one.ratio:.2f} ({one.low:.2f} to {one.high:.2f})"
            table.add_row(*map(Text, (_PACE[one.figure], str(one.n_pairs), ratio)))
        yield table


def _served(label: str) -> str:
    """The model of an arm, whoever serves it."""
    return label.partition(AT)[0]


def _cell(value: float | None, form: Callable[[float], str]) -> str:
    return UNKNOWN if value is None else form(value)


def _leader(evaluation: Evaluation) -> str:
    decision = evaluation.decision
    if decision.leader is not None:
        return (
            f"{decision.leader} leads: it reaches {decision.threshold:g} and is surely better than the rest."
        )
    if decision.qualified:
        return f"Nobody leads. Surely at {decision.threshold:g} or above: {', '.join(decision.qualified)}."
    return f"Nobody leads: no model is surely at {decision.threshold:g} or above."
