"""How much memory there is, and whom to unload when a model needs it. The plan is pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from generation.errors import MemoryInUse, ModelTooLarge
from generation.model_folder import count_parameters

# Room for the key-value cache and activations on top of the weights. Until it is measured for
# each model, a share of the weights stands in for it.
WORKING_SHARE = 0.25
BYTES_PER_PARAMETER = {"float32": 4, "float16": 2, "bfloat16": 2}

_GIB = 2**30
_CGROUP_LIMIT = Path("/sys/fs/cgroup/memory.max")
_RETRY_AFTER_SECONDS = 15


@dataclass(frozen=True)
class MachineMemory:
    """A machine's (or an accelerator's) memory: all of it, and what could be had right now."""

    physical_bytes: int
    available_bytes: int


@dataclass(frozen=True)
class Resident:
    """A model that holds memory. `last_used` is on any clock that only goes forward."""

    name: str
    memory_bytes: int
    last_used: float
    in_use: bool


def measure_machine(cgroup_limit: Path = _CGROUP_LIMIT) -> MachineMemory:
    """The memory of this machine, or of the container if that allows less."""
    memory = psutil.virtual_memory()
    physical_bytes = min(memory.total, _read_limit(cgroup_limit) or memory.total)
    return MachineMemory(physical_bytes, min(memory.available, physical_bytes))


def needed_bytes(folder: Path, precision: str) -> int:
    """What a model will hold once it is loaded and writing: its weights and a working share."""
    return round(count_parameters(folder) * BYTES_PER_PARAMETER[precision] * (1 + WORKING_SHARE))


def budget_bytes(memory: MachineMemory, fraction: float, held_bytes: int) -> int:
    """What all models together may hold: a share of the memory, less what others use of it.

    `held_bytes` is what our models hold already. Freshly loaded weights may not be resident yet
    (they are mapped from disk), so the others' use is never taken for less than nothing.
    """
    others_bytes = max(0, memory.physical_bytes - memory.available_bytes - held_bytes)
    return max(0, round(memory.physical_bytes * fraction) - others_bytes)


def plan_evictions(
    name: str, wanted_bytes: int, total_bytes: int, residents: Iterable[Resident]
) -> tuple[str, ...]:
    """Which models to unload so that `name` fits: idle ones, least recently used first.

    Raises ModelTooLarge if it cannot fit even alone, and MemoryInUse if it could, but models
    that are in use hold the memory now.
    """
    residents = tuple(residents)
    if wanted_bytes > total_bytes:
        raise ModelTooLarge(
            f"{name} needs about {_gib(wanted_bytes)}, but all models together may hold {_gib(total_bytes)} "
            "on this machine now. Close other programs, raise memory_fraction under [generation] in "
            "copydesk.toml, or route to a smaller model."
        )
    free_bytes = total_bytes - sum(resident.memory_bytes for resident in residents)
    evicted: list[str] = []
    for resident in sorted(residents, key=lambda resident: resident.last_used):
        if free_bytes >= wanted_bytes:
            break
        if not resident.in_use:
            evicted.append(resident.name)
            free_bytes += resident.memory_bytes
    if free_bytes < wanted_bytes:
        raise MemoryInUse(
            f"{name} needs about {_gib(wanted_bytes)} of {_gib(total_bytes)}, which models that are "
            "writing now hold. Try again in a moment.",
            _RETRY_AFTER_SECONDS,
        )
    return tuple(evicted)


def _read_limit(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None


def _gib(size_bytes: int) -> str:
    return f"{size_bytes / _GIB:.2f} GiB"
