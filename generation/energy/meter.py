"""The port of all energy meters, and what they may answer. Nothing here knows a make of meter."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Scope(StrEnum):
    """What a meter sees. Figures of different scopes are of different things and are never added up."""

    SOC = "soc"  # the processor with its memory: Apple silicon, or a CPU package
    SYSTEM = "system"  # all that the machine draws
    ACCELERATOR = "accelerator"  # one graphics card
    DECLARED = "declared"  # nothing was measured: watts from the configuration


@dataclass(frozen=True)
class EnergyCount:
    """What a meter has counted since some moment, in joules.

    `accelerator_joules` is the accelerator's part of it, None where the meter does not tell it apart.
    A meter that missed a while begins anew and says so by another `beginning`: counts of different
    beginnings are not to be compared.
    """

    joules: float
    accelerator_joules: float | None = None
    beginning: int = 0


class EnergyMeter(Protocol):
    """Counts joules. Power is integrated by the meter itself, so that reading it rarely loses nothing."""

    @property
    def scope(self) -> Scope: ...

    @property
    def method(self) -> str:
        """Which meter it is, as drafts record it."""

    def sees(self, device: str) -> bool:
        """Whether the work of models on this device ("cpu", "cuda", "mps") shows up here."""

    def read(self) -> EnergyCount | None:
        """The count now; None: not available. Must return within milliseconds."""

    def close(self) -> None:
        """Let go of it. No read comes after."""
