"""Functions that numba compiles, and keeps for the next process. Imports numba.

numba keeps them beside the sources or, where nobody may write there, in the user's cache folder. To tell
whether they are out of date it looks at the file of a function, and not at those of what the function calls.
So they are named after the state of all sources here.
"""

# mypy: ignore-errors
# numba infers the types of what it compiles.

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from numba import njit
from numba.core import config
from numba.core.codegen import get_host_cpu_features

_OPTIONS: dict[str, Any] = {
    "nogil": True,
    "cache": True,
    "boundscheck": False,
    "error_model": "numpy",
    # Sums may be taken in any order, but what is no number stays no number.
    "fastmath": {"reassoc", "contract", "nsz", "arcp"},
}
_SOURCES = ("compiled_code.py", "layer_walk.py", "row_products.py", "shared_walk.py")


def _use_wide_vectors() -> None:
    """LLVM keeps to vectors of 256 bits where wider ones once slowed the whole processor down.

    Products of eight rows gained 4 to 30 % from 512 bits (docs/lab-notes.md). What numba was told from
    outside stays.
    """
    features = get_host_cpu_features()
    if config.CPU_FEATURES is None and "+avx512f" in features:
        config.CPU_FEATURES = f"{features},-prefer-256-bit"


def state_of(folder: Path) -> str:
    """Another one whenever one of the sources in this folder changes."""
    return sha256(b"".join((folder / name).read_bytes() for name in _SOURCES)).hexdigest()[:12]


_use_wide_vectors()
_STATE = state_of(Path(__file__).parent)


def compiled(function: Callable[..., Any]) -> Any:
    """Decorate a function: numba compiles it when it is first called with arguments of such types."""
    function.__qualname__ = f"{function.__qualname__}_{_STATE}"
    return njit(**_OPTIONS)(function)
