"""A shelf for the generation server's pool that holds one model, loaded already."""

from pathlib import Path
from typing import Generic, TypeVar

from generation.memory import MemoryNeed
from generation.registry import ModelSpec, Presence, PresenceStatus
from generation.text_model import BatchLimits

Model = TypeVar("Model")


class OneModelShelf(Generic[Model]):
    """Implements pool.Shelf with one model that is there already."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def find(self, spec: ModelSpec) -> Presence:
        return Presence(PresenceStatus.PRESENT, "here", folder=Path("x"), revision="r1")

    def need(self, spec: ModelSpec, folder: Path, revision: str, limits: BatchLimits) -> MemoryNeed:
        return MemoryNeed(1, 0, 0)

    def budget_bytes(self, held_bytes: int) -> int:
        return 1

    def load(self, spec: ModelSpec, folder: Path, revision: str, limits: BatchLimits) -> Model:
        return self._model

    def release(self) -> None:
        """Nothing to give back."""
