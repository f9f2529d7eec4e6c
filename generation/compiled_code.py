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

_OPTIONS: dict[str, Any] = {
    "nogil": True,
    "cache": True,
    "boundscheck": False,
    "error_model": "numpy",
    # Sums may be taken in any order, but what is no number stays no number.
    "fastmath": {"reassoc", "contract", "nsz", "arcp"},
}
_SOURCES = ("compiled_code.py", "layer_walk.py", "row_products.py", "shared_walk.py")


def state_of(folder: Path) -> str:
    """Another one whenever one of the sources in this folder changes."""
    return sha256(b"".join((folder / name).read_bytes() for name in _SOURCES)).hexdigest()[:12]


_STATE = state_of(Path(__file__).parent)


def compiled(function: Callable[..., Any]) -> Any:
    """Decorate a function: numba compiles it when it is first called with arguments of such types."""
    function.__qualname__ = f"{function.__qualname__}_{_STATE}"
    return njit(**_OPTIONS)(function)
