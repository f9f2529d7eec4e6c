"""Letters instead of names: Model A … Model Z, then Model A2 … Model Z2."""

from collections.abc import Sequence
from string import ascii_uppercase


def lettered(names: Sequence[str], what: str) -> dict[str, str]:
    """What each name is shown as, in the order of `names`: "Model A" where `what` is "Model"."""
    laps = (divmod(position, len(ascii_uppercase)) for position in range(len(names)))
    letters = [ascii_uppercase[place] + (str(lap + 1) if lap else "") for lap, place in laps]
    return {name: f"{what} {letter}" for name, letter in zip(names, letters, strict=True)}
