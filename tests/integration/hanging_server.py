"""A generation server with two scripted models, one of which hangs where its configuration says.

Configuration: {"port": 0, "token": …, "hang_seconds": …, "state_file": …,
"hangs_in": "step" | "prepare" | "load"}. The model "starter-plain" hangs, "starter-rich" writes.
"""

import asyncio
import socket
import threading
from pathlib import Path
from typing import Literal

import uvicorn
from pydantic import BaseModel

from generation import child
from generation.memory import MemoryNeed
from generation.pool import ModelPool
from generation.registry import ModelSpec, Presence, PresenceStatus
from generation.server import build_app
from generation.text_model import BatchLimits, Prepared, TextModel, WritingOrder
from generation.writing import Writer
from tests.scripted_model import ScriptedModel
from tests.unit.model_files import spec

HANGING, SOUND = "starter-plain", "starter-rich"


class Configuration(BaseModel):
    port: int
    token: str
    hang_seconds: float
    state_file: Path
    hangs_in: Literal["step", "prepare", "load"]


class HangingModel(ScriptedModel):
    """Cannot read prompts in any time."""

    def prepare(self, order: WritingOrder) -> Prepared:
        _hang()
        return super().prepare(order)


class Shelf:
    """Implements pool.Shelf for the two models."""

    def __init__(self, hangs_in: str) -> None:
        self._hangs_in = hangs_in

    def find(self, spec: ModelSpec) -> Presence:
        return Presence(PresenceStatus.PRESENT, "here", folder=Path("x"), revision="r1")

    def need(self, spec: ModelSpec, folder: Path, revision: str, limits: BatchLimits) -> MemoryNeed:
        return MemoryNeed(1, 0, 0)

    def budget_bytes(self, held_bytes: int) -> int:
        return 2

    def load(self, spec: ModelSpec, folder: Path, revision: str, limits: BatchLimits) -> TextModel:
        if spec.name != HANGING:
            return ScriptedModel()
        if self._hangs_in == "load":
            _hang()
        if self._hangs_in == "prepare":
            return HangingModel()
        return ScriptedModel(before_step=_hang)

    def release(self) -> None:
        """Nothing to give back."""


def _hang(_step: int = 0) -> None:
    threading.Event().wait()


async def serve(configuration: Configuration, listener: socket.socket) -> None:
    pool: ModelPool[TextModel] = ModelPool([spec(HANGING), spec(SOUND)], Shelf(configuration.hangs_in))
    writer = Writer(pool, hang_seconds=configuration.hang_seconds, state_file=configuration.state_file)
    app = build_app(pool, configuration.token, writer)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, log_level="warning", lifespan="off"))
    child.announce(f"http://127.0.0.1:{listener.getsockname()[1]}")
    await server.serve(sockets=[listener])


def main() -> None:
    child.log_to_stderr()
    configuration = child.read_configuration(Configuration)
    asyncio.run(serve(configuration, child.listen("127.0.0.1", configuration.port)))


main()
