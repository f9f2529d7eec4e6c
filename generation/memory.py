"""How much memory there is, what a model needs of it, and whom to unload. The plan is pure.

The meter: what a model holds is the bytes of its tensors and what is reserved beside them, never the
resident size of the process. Weights that are mapped from their file are resident only once they were
used, and the system counts their pages as available even then.
"""

from collections.abc import Iterable
from ctypes import CDLL, byref, c_int, c_size_t, sizeof
from ctypes.util import find_library
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from generation.errors import MemoryInUse, ModelTooLarge, ModelUnsupported
from generation.footprint import (
    bytes_per_value,
    context_tokens,
    kv_bytes_per_token,
    weights_bytes,
    working_bytes,
)
from generation.model_folder import count_parameters, read_config, stored_precision
from generation.text_model import BatchLimits

STEP_TOKENS = 512
"""Tokens of prompts that one step reads at most, as the memory plan counts them."""

DEFAULT_LIMITS = BatchLimits(rows=8, cache_tokens=8 * 2048)

LOADING_BYTES = 96 * 2**20
"""What loading takes at most besides the weights: a piece to cast, and layers to try kernels on."""

_UNKNOWN_SHARE = 0.25

_GIB = 2**30
_CGROUPS = Path("/sys/fs/cgroup")
_OWN_CGROUP = Path("/proc/self/cgroup")
_OWN_STATUS = Path("/proc/self/status")
_RETRY_AFTER_SECONDS = 15
# Apple's levels are 1, 2 and 4: normal, warning, critical.
_PRESSURE_LEAVES = {2: 0.5, 4: 0.0}
# A reload costs a person at least this much, however fast the file is read.
_LEAST_RELOAD_SECONDS = 1.0


@dataclass(frozen=True)
class MachineMemory:
    """A machine's (or an accelerator's) memory: all of it, and what could be had right now."""

    physical_bytes: int
    available_bytes: int


@dataclass(frozen=True)
class MemoryNeed:
    """What one model takes: its weights, the cache reserved for its batch, and a step's activations.

    `casting_bytes` is what loading takes besides, and gives back.
    """

    weights_bytes: int
    cache_bytes: int
    activation_bytes: int
    casting_bytes: int = 0

    @property
    def held_bytes(self) -> int:
        """What the model holds from the end of its loading on."""
        return self.weights_bytes + self.cache_bytes + self.activation_bytes

    @property
    def peak_bytes(self) -> int:
        """What must be free before it is loaded."""
        return self.held_bytes + self.casting_bytes


@dataclass(frozen=True)
class Measured:
    """What a loaded model was seen to take: its tensors, and a step's activations for each token it reads."""

    weights_bytes: int
    step_token_bytes: int


@dataclass(frozen=True)
class Resident:
    """A model that holds memory. `last_used` is on any clock that only goes forward.

    `reload_seconds` is how long loading it took. A pinned model counts, but never goes.
    """

    name: str
    memory_bytes: int
    last_used: float
    in_use: bool
    pinned: bool = False
    reload_seconds: float = 0.0


def estimate_need(
    folder: Path,
    precision: str,
    limits: BatchLimits = DEFAULT_LIMITS,
    measured: Measured | None = None,
) -> MemoryNeed:
    """What the model in this whole folder will take, by its shape and what was measured; without torch.

    The cache is reserved for no more than every row's context. Where config.json states no shape, a
    share of the weights stands in for cache and activations.
    """
    weights = weights_bytes(count_parameters(folder), precision)
    need = MemoryNeed(
        weights_bytes=measured.weights_bytes if measured else weights,
        cache_bytes=0,
        activation_bytes=round(weights * _UNKNOWN_SHARE),
        casting_bytes=loading_bytes(weights, precision, stored_precision(folder)),
    )
    config, value_bytes = read_config(folder), bytes_per_value(precision)
    tokens = min(limits.cache_tokens, limits.rows * (context_tokens(config) or limits.cache_tokens))
    step_token_bytes = measured.step_token_bytes if measured else 0
    try:
        activations = working_bytes(config, limits.rows, 0 if measured else STEP_TOKENS, value_bytes)
        cache = tokens * kv_bytes_per_token(config, value_bytes)
    except ModelUnsupported:
        return need
    return replace(need, cache_bytes=cache, activation_bytes=activations + STEP_TOKENS * step_token_bytes)


def loading_bytes(weights: int, precision: str, stored: str = "bfloat16") -> int:
    """What loading takes for a while besides weights of this many bytes.

    A model that shall be int8 answers a probe in what it is `stored` in before it shrinks.
    """
    probed = weights * bytes_per_value(stored) if precision == "int8" else 0
    return min(LOADING_BYTES, weights) + probed


def halved(limits: BatchLimits) -> BatchLimits | None:
    """Half as many texts at once, for a model that does not fit otherwise; None if it is one already."""
    if limits.rows <= 1:
        return None
    return BatchLimits(limits.rows // 2, limits.cache_tokens * (limits.rows // 2) // limits.rows)


def measure_machine(
    cgroups: Path = _CGROUPS, own_cgroup: Path = _OWN_CGROUP, pressure_level: int | None = None
) -> MachineMemory:
    """The memory of this machine, or of the container or service if that is allowed less.

    macOS under memory pressure (level 2 and 4; asked from the system if it is not given) has less to
    give than it says.
    """
    memory = psutil.virtual_memory()
    physical_bytes, available_bytes = memory.total, memory.available
    for limit_bytes, used_bytes in _cgroup_limits(cgroups, own_cgroup):
        physical_bytes = min(physical_bytes, limit_bytes)
        available_bytes = min(available_bytes, max(0, limit_bytes - used_bytes))
    level = _macos_pressure_level() if pressure_level is None else pressure_level
    return MachineMemory(physical_bytes, round(available_bytes * _PRESSURE_LEAVES.get(level, 1.0)))


def private_bytes() -> int:
    """The memory of this process that no file stands behind: what the system could not take back."""
    if psutil.LINUX:
        line = next(line for line in _OWN_STATUS.read_text().splitlines() if line.startswith("RssAnon"))
        return int(line.split()[1]) * 1024
    return int(psutil.Process().memory_full_info().uss)


def budget_bytes(memory: MachineMemory, fraction: float, held_bytes: int) -> int:
    """What all models together may hold: a share of the memory, less what others use of it.

    `held_bytes` is what our models take of the memory that is not available: pages mapped from files are
    available to the system, so mapped weights do not count here.
    """
    others_bytes = max(0, memory.physical_bytes - memory.available_bytes - held_bytes)
    return max(0, round(memory.physical_bytes * fraction) - others_bytes)


def plan_evictions(
    name: str, wanted_bytes: int, total_bytes: int, residents: Iterable[Resident], now: float | None = None
) -> tuple[str, ...]:
    """Which models to unload so that `name` fits, worst kept first.

    The worst kept holds the most bytes for the longest time unused, per second that loading it again
    would take: for models alike, the least recently used. It is the benefit per cost of GreedyDual-Size (Cao
    and Irani 1997), with age in place of its inflation. A victim whose place turns out not to be needed is
    spared. `now` is by default the latest use.

    Raises ModelTooLarge if `name` cannot fit beside the pinned models even alone, and MemoryInUse if it
    could, but models in use hold the memory now.
    """
    residents = tuple(residents)
    pinned_bytes = sum(resident.memory_bytes for resident in residents if resident.pinned)
    if wanted_bytes > total_bytes - pinned_bytes:
        raise _too_large(name, wanted_bytes, total_bytes, pinned_bytes)
    missing_bytes = wanted_bytes + sum(resident.memory_bytes for resident in residents) - total_bytes
    latest = max((resident.last_used for resident in residents), default=0.0) if now is None else now
    evictable = [resident for resident in residents if not (resident.in_use or resident.pinned)]
    victims: list[Resident] = []
    for resident in sorted(evictable, key=lambda resident: _cost_of_keeping(resident, latest), reverse=True):
        if missing_bytes <= 0:
            break
        victims.append(resident)
        missing_bytes -= resident.memory_bytes
    if missing_bytes > 0:
        raise MemoryInUse(
            f"{name} needs about {_gib(wanted_bytes)} of {_gib(total_bytes)}, which models that are "
            "writing now hold. Try again in a moment.",
            _RETRY_AFTER_SECONDS,
        )
    for resident in reversed(victims.copy()):
        if missing_bytes + resident.memory_bytes <= 0:
            victims.remove(resident)
            missing_bytes += resident.memory_bytes
    return tuple(victim.name for victim in victims)


def _cost_of_keeping(resident: Resident, now: float) -> tuple[float, float]:
    """Byte-seconds unused per second of loading; among models used just now, the earliest used is first."""
    idle = max(0.0, now - resident.last_used)
    reload_seconds = max(_LEAST_RELOAD_SECONDS, resident.reload_seconds)
    return idle * resident.memory_bytes / reload_seconds, -resident.last_used


def _too_large(name: str, wanted_bytes: int, total_bytes: int, pinned_bytes: int) -> ModelTooLarge:
    pinned = f", {_gib(pinned_bytes)} of it held by pinned models" if pinned_bytes else ""
    return ModelTooLarge(
        f"{name} needs about {_gib(wanted_bytes)}, but all models together may hold {_gib(total_bytes)} "
        f"on this machine now{pinned}. Close other programs, raise memory_fraction under [generation] in "
        "copydesk.toml, or route to a smaller model."
    )


def _cgroup_limits(cgroups: Path, own_cgroup: Path) -> Iterable[tuple[int, int]]:
    """Limit and use in bytes of this process's control group and of those around it, where limited.

    Pages of files are given back on demand, so they are no use.
    """
    try:
        own = next(line[3:] for line in own_cgroup.read_text().splitlines() if line.startswith("0::"))
    except (OSError, StopIteration):
        own = "/"
    innermost = cgroups / own.strip("/")
    for group in (innermost, *innermost.parents):
        limit_bytes = _read_number(group / "memory.max")
        if limit_bytes is not None:
            used_bytes = _read_number(group / "memory.current") or 0
            yield limit_bytes, max(0, used_bytes - _file_bytes(group / "memory.stat"))
        if group == cgroups:
            return


def _file_bytes(path: Path) -> int:
    try:
        stated = dict(line.split() for line in path.read_text().splitlines())
    except (OSError, ValueError):
        return 0
    return int(stated.get("active_file", 0)) + int(stated.get("inactive_file", 0))


def _read_number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None


def _macos_pressure_level() -> int:
    """kern.memorystatus_vm_pressure_level; 1 (normal) wherever there is no such thing."""
    if not psutil.MACOS:
        return 1
    level, size = c_int(1), c_size_t(sizeof(c_int))
    system = CDLL(find_library("c"))
    system.sysctlbyname(b"kern.memorystatus_vm_pressure_level", byref(level), byref(size), None, c_size_t(0))
    return level.value


def _gib(size_bytes: int) -> str:
    return f"{size_bytes / _GIB:.2f} GiB"
