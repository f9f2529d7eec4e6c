"""Does a model fit this machine: weights, key-value cache and working space against the memory budget.

    find_config(spec) ─▶ FitOrder ─▶ run_errand("generation.fit") ─▶ FitReport

The process of its own counts parameters on the meta device and measures the device's memory; whoever
asks stays free of torch. Nothing of a model but its config.json is needed.
"""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from generation.errand import run_errand, serve_errand
from generation.errors import DownloadFailed, MemoryInUse, ModelTooLarge, ModelUnsupported
from generation.footprint import (
    bytes_per_value,
    context_tokens,
    kv_bytes_per_token,
    weights_bytes,
    working_bytes,
)
from generation.hub import HubRepository
from generation.memory import (
    STEP_TOKENS,
    MachineMemory,
    Resident,
    budget_bytes,
    loading_bytes,
    plan_evictions,
)
from generation.model_folder import read_config
from generation.registry import ModelSource, ModelSpec, Precision, find_presence

GUIDE_FACTOR = 1.4
"""The field guides' rule of thumb: 16-bit weights times this, whatever the context."""


class Origin(StrEnum):
    """Where the figures of a model come from."""

    FOLDER = "its config.json on this machine"
    HUB = "its config.json on the hub"
    DECLARED = "what the configuration declares"


class ModelToFit(BaseModel):
    """A model, and its config.json's content if that could be had; else `reason` says why not."""

    model_config = ConfigDict(frozen=True)

    spec: ModelSpec
    config: Mapping[str, Any] | None = None
    origin: Origin = Origin.DECLARED
    reason: str = ""


class FitOrder(BaseModel):
    """What to compute: each of `models` for `rows` texts at once of at most `context_tokens` each.

    `residents` are assumed to be in memory already, the one last used longest ago first. `memory` None means:
    measure this machine's.
    """

    model_config = ConfigDict(frozen=True)

    models: tuple[ModelToFit, ...]
    residents: tuple[ModelToFit, ...] = ()
    memory_fraction: float = Field(gt=0, le=1)
    rows: int = Field(ge=1)
    context_tokens: int = Field(ge=1)
    memory: MachineMemory | None = None


class ModelFit(BaseModel):
    """One model's figures in bytes; None is unknown, because the config could not be had.

    `loading_bytes` is needed while it is loaded only, and `needed_bytes` is weights + cache + working space +
    that, of what is known. `evicts` names the residents to unload
    for it, in that order; `fits` says whether it fits then. `problem` says what is missing or wrong.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    origin: Origin
    parameters: int
    precision: str
    context_tokens: int
    rows: int
    weights_bytes: int
    kv_bytes_per_token: int | None = None
    cache_bytes: int | None = None
    working_bytes: int | None = None
    loading_bytes: int
    needed_bytes: int
    guide_bytes: int
    fits: bool
    evicts: tuple[str, ...] = ()
    problem: str = ""


class FitReport(BaseModel):
    """The machine, and each model on it."""

    model_config = ConfigDict(frozen=True)

    device: str
    physical_bytes: int
    budget_bytes: int
    models: tuple[ModelFit, ...]


def find_config(
    spec: ModelSpec, models_dir: Path, *, endpoint: str | None = None, token: str | None = None
) -> ModelToFit:
    """A model with its config.json: from this machine, else the hub's, else without one and the reason."""
    folder = find_presence(spec, models_dir).folder
    if folder is not None:
        return ModelToFit(spec=spec, config=read_config(folder), origin=Origin.FOLDER)
    if spec.source is not ModelSource.HUB:
        return ModelToFit(spec=spec, reason=find_presence(spec, models_dir).reason)
    try:
        config = HubRepository(spec, endpoint, token).read_config()
    except DownloadFailed as error:
        return ModelToFit(spec=spec, reason=str(error))
    return ModelToFit(spec=spec, config=config, origin=Origin.HUB)


def ask_for_fit(order: FitOrder) -> FitReport:
    """The report, computed in a process of its own. Raises ErrandFailed."""
    return run_errand("generation.fit", order, FitReport)


def compute_fit(order: FitOrder, device: str, default_precision: str, memory: MachineMemory) -> FitReport:
    """The report for a device ("cpu", "mps", "cuda") with this memory. Imports torch to count parameters.

    `default_precision` is what `auto` means on that device.
    """
    budget = budget_bytes(memory, order.memory_fraction, held_bytes=0)
    sizes = [_size(each, order, default_precision) for each in order.residents]
    residents = [
        Resident(size.name, size.needed_bytes - size.loading_bytes, float(turn), in_use=False)
        for turn, size in enumerate(sizes)
    ]
    return FitReport(
        device=device,
        physical_bytes=memory.physical_bytes,
        budget_bytes=budget,
        models=tuple(
            _placed(_size(each, order, default_precision), budget, residents) for each in order.models
        ),
    )


def _size(model: ModelToFit, order: FitOrder, default_precision: str) -> ModelFit:
    """The figures of one model alone; whether it fits is not said yet."""
    precision = default_precision if model.spec.precision is Precision.AUTO else model.spec.precision.value
    parameters, problem = _parameters(model)
    weights = weights_bytes(parameters, precision)
    guide = round(weights_bytes(parameters, "bfloat16") * GUIDE_FACTOR)
    most_tokens = model.spec.context_tokens or (context_tokens(model.config) if model.config else None)
    context = min(order.context_tokens, most_tokens or order.context_tokens)
    loading = loading_bytes(weights, precision)
    per_token = cache = working = None
    if model.config is not None:
        value_bytes = bytes_per_value(precision)
        try:
            per_token = kv_bytes_per_token(model.config, value_bytes)
            cache = per_token * context * order.rows
            working = working_bytes(model.config, order.rows, STEP_TOKENS, value_bytes)
        except ModelUnsupported as error:
            problem = problem or str(error)
    return ModelFit(
        name=model.spec.name,
        origin=model.origin,
        parameters=parameters,
        precision=precision,
        context_tokens=context,
        rows=order.rows,
        weights_bytes=weights,
        kv_bytes_per_token=per_token,
        cache_bytes=cache,
        working_bytes=working,
        loading_bytes=loading,
        needed_bytes=weights + (cache or 0) + (working or 0) + loading,
        guide_bytes=guide,
        fits=False,
        problem=problem,
    )


def _parameters(model: ModelToFit) -> tuple[int, str]:
    """Exact where there is a config that can be built, else as declared, and why."""
    if model.config is None:
        return model.spec.parameters, model.reason
    from generation.exact_parameters import count_exact_parameters

    try:
        return count_exact_parameters(model.config), ""
    except ModelUnsupported as error:
        return model.spec.parameters, str(error)


def _placed(size: ModelFit, budget: int, residents: list[Resident]) -> ModelFit:
    others = [resident for resident in residents if resident.name != size.name]
    try:
        evicts = plan_evictions(size.name, size.needed_bytes, budget, others)
    except (ModelTooLarge, MemoryInUse) as error:
        return size.model_copy(update={"problem": size.problem or str(error)})
    return size.model_copy(update={"fits": True, "evicts": evicts})


def _answer(order: FitOrder) -> FitReport:
    from generation.devices import choose_device, choose_dtype, dtype_name, measure_memory

    device = choose_device()
    precision = dtype_name(choose_dtype(Precision.AUTO, device))
    return compute_fit(order, device.type, precision, order.memory or measure_memory(device))


if __name__ == "__main__":
    serve_errand(FitOrder, lambda order, _: _answer(order))
