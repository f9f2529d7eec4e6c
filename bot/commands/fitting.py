"""`copydesk models fit`: what each model takes on this machine, and whether that fits."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.commands.choosing import chosen_here
from bot.errors import BadInput
from bot.settings import Settings
from generation.fit import (
    FitOrder,
    FitReport,
    ModelFit,
    ModelToFit,
    Origin,
    ask_for_fit,
    find_config,
)
from generation.memory import DEFAULT_LIMITS
from generation.registry import ModelSpec, Precision

HEADER: Final = (
    "Model",
    "Parameters",
    "Weights",
    "KV a token",
    "KV cache",
    "Working",
    "Loading",
    "Together",
    "Guides' ×1.4",
    "Fits",
)
CONTEXT_TOKENS: Final = DEFAULT_LIMITS.cache_tokens // DEFAULT_LIMITS.rows
UNKNOWN: Final = "?"
_AT_ONCE: Final = 32


def print_fit(
    settings: Settings,
    console: Console,
    names: Sequence[str],
    context_tokens: int | None,
    rows: int | None,
    beside: Sequence[str],
    precision: str | None,
    as_json: bool,
) -> bool:
    """Whether all that were named fit. Raises BadInput for a wrong name, ErrandFailed without figures."""
    specs = [_at_precision(spec, precision) for spec in chosen_here(settings, names)]
    models = _with_configs(settings, specs)
    residents = _with_configs(settings, chosen_here(settings, beside)) if beside else []
    order = FitOrder(
        models=tuple(models),
        residents=tuple(residents),
        memory_fraction=settings.generation.memory_fraction,
        rows=rows or _rows(settings),
        context_tokens=context_tokens or CONTEXT_TOKENS,
    )
    report = ask_for_fit(order)
    if as_json:
        console.print_json(report.model_dump_json())
    else:
        _print_table(report, order, console)
    return not names or all(model.fits for model in report.models)


def fit_by_hub(settings: Settings, specs: Sequence[ModelSpec]) -> tuple[ModelFit, ...]:
    """The figures of models that may not be declared, each alone, with the server's usual reserves."""
    return fit_here(settings, specs).models


def fit_here(settings: Settings, specs: Sequence[ModelSpec]) -> FitReport:
    """The same, with the machine's figures."""
    order = FitOrder(
        models=tuple(_with_configs(settings, specs)),
        memory_fraction=settings.generation.memory_fraction,
        rows=_rows(settings),
        context_tokens=CONTEXT_TOKENS,
    )
    return ask_for_fit(order)


def mebi(size_bytes: float | None) -> str:
    """Binary units, as memory is counted: 96 KiB, 1.04 GiB; "?" for what is not known."""
    if size_bytes is None:
        return UNKNOWN
    for unit in ("B", "KiB", "MiB"):
        if size_bytes < 1024:
            return f"{size_bytes:.0f} {unit}"
        size_bytes /= 1024
    return f"{size_bytes:.2f} GiB"


def _with_configs(settings: Settings, specs: Iterable[ModelSpec]) -> list[ModelToFit]:
    """Side by side: a hub that does not answer is waited for once, not once a model."""
    token = settings.hf_token.get_secret_value() if settings.hf_token else None
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return list(threads.map(lambda spec: find_config(spec, settings.models_dir, token=token), specs))


def _at_precision(spec: ModelSpec, precision: str | None) -> ModelSpec:
    if precision is None:
        return spec
    if precision not in set(Precision):
        raise BadInput(f"{precision} is not a precision. Allowed: {', '.join(Precision)}.")
    return spec.model_copy(update={"precision": Precision(precision)})


def _rows(settings: Settings) -> int:
    return settings.generation.batch_rows


def _print_table(report: FitReport, order: FitOrder, console: Console) -> None:
    title = (
        f"{report.device}: {mebi(report.physical_bytes)} of memory, of which models may hold "
        f"{mebi(report.budget_bytes)} now ({order.memory_fraction:.0%}, less what other programs use)"
    )
    table = Table(*HEADER, title=Text(title))
    for model in report.models:
        table.add_row(*(Text(cell) for cell in _row(model)))
    console.print(table)
    console.print(
        Text(
            f"KV cache: {order.rows} texts at once, each of {order.context_tokens:,} tokens or as far as the "
            "model's context goes; --rows and --context change that. Working space is an estimate until a "
            "model has been loaded; what loading takes besides is given back."
        ),
        soft_wrap=True,
    )
    if declared := [model for model in report.models if model.origin is Origin.DECLARED]:
        console.print(
            Text(
                f"Counted with what the configuration declares, without the cache: {_names(declared)}. "
                f"{declared[0].problem}"
            ),
            soft_wrap=True,
        )
    for model in report.models:
        if model.problem and model.origin is not Origin.DECLARED:
            console.print(Text(f"{model.name}: {model.problem}"), soft_wrap=True)


def _names(models: Iterable[ModelFit]) -> str:
    return ", ".join(model.name for model in models)


def _row(model: ModelFit) -> tuple[str, ...]:
    return (
        model.name,
        f"{'about ' if model.origin is Origin.DECLARED else ''}{model.parameters:,}",
        f"{mebi(model.weights_bytes)} ({model.precision})",
        mebi(model.kv_bytes_per_token),
        mebi(model.cache_bytes),
        mebi(model.working_bytes),
        mebi(model.loading_bytes),
        f"{'at least ' if model.cache_bytes is None else ''}{mebi(model.needed_bytes)}",
        mebi(model.guide_bytes),
        _verdict(model),
    )


def _verdict(model: ModelFit) -> str:
    if not model.fits:
        return "no"
    return f"yes, without {', '.join(model.evicts)}" if model.evicts else "yes"
