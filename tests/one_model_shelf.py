"""A shelf for the generation server's pool that holds one model, loaded already."""

from pathlib import Path
from typing import Generic, TypeVar

from generation.registry import ModelSpec, Presence, PresenceStatus

Model = TypeVar("Model")


class OneModelShelf(Generic[Model]):
    """Implements pool.Shelf with one model that is there already."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def find(self, spec: ModelSpec) -> Presence:
        return Presence(PresenceStatus.PRESENT, "here", folder=Path("x"), revision="r1")

    def needed_bytes(self, spec: ModelSpec, folder: Path) -> int:
        return 1

    def budget_bytes(self, held_bytes: int) -> int:
        return 1

    def load(self, spec: ModelSpec, folder: Path, revision: str) -> Model:
        return self._model

    def release(self) -> None:
        """Nothing to give back."""
