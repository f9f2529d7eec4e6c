"""What numba compiles is kept for the next process and these sources; without it models step plainly."""

import asyncio
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import torch
from filelock import FileLock, Timeout

import generation
from generation.compile_ahead import LOCK, CompiledWalk, WalkOrder, alone_in, compile_walk
from generation.compiled_code import state_of
from generation.compiled_step import CompiledStep
from generation.errand import run_errand
from generation.errors import ErrandFailed
from generation.kernels import quicken
from generation.layer_walk import walk_layers
from generation.pool import ModelPool
from generation.registry import ModelSpec, Precision
from generation.row_products import multiply
from generation.step_choice import StepTrial, may_be_compiled
from generation.text_model import BatchLimits, TextModel
from generation.writing import Writer
from tests.integration.test_compiled_step import in_steps, random_tokens
from tests.integration.tiny_models import build_architecture
from tests.one_model_shelf import OneModelShelf
from tests.scripted_model import ScriptedModel, order
from tests.unit.model_files import spec

CPU = torch.device("cpu")
VOCABULARY = 300
IN_32_BIT = WalkOrder(weights="float32", cache="float32")


def trial(**changes: Any) -> StepTrial:
    settings: dict[str, Any] = {"least_bytes": 0, "is_fast": lambda compiled, plain: True} | changes
    return StepTrial(**settings)


def test_what_is_compiled_ahead_is_what_a_model_needs() -> None:
    model = build_architecture("Llama", VOCABULARY)
    compile_walk(IN_32_BIT)
    known = set(walk_layers.signatures)
    with torch.inference_mode():
        in_steps(CompiledStep(model), model, random_tokens(3))
    assert set(walk_layers.signatures) == known


def test_another_process_leaves_it_where_this_one_finds_it() -> None:
    walk = run_errand("generation.compile_ahead", IN_32_BIT, CompiledWalk)
    assert walk.folder == Path(walk_layers.stats.cache_path)


@pytest.mark.parametrize("name", ["compiled_code.py", "layer_walk.py", "row_products.py", "shared_walk.py"])
def test_a_change_to_any_source_is_another_state(tmp_path: Path, name: str) -> None:
    for source in Path(generation.__file__).parent.glob("*.py"):
        shutil.copy(source, tmp_path)
    before = state_of(tmp_path)
    with (tmp_path / name).open("a") as file:
        file.write("\n")
    assert state_of(tmp_path) != before


def test_what_is_kept_is_named_after_the_state_of_all_sources() -> None:
    """numba by itself looks at layer_walk only, though what that calls may have changed."""
    state = state_of(Path(generation.__file__).parent)
    assert all(str(each.py_func.__qualname__).endswith(state) for each in (walk_layers, multiply))


def test_only_one_process_compiles_at_a_time(tmp_path: Path) -> None:
    """numba names a file before it writes it, so two at once may take one name for different code."""
    other = FileLock(tmp_path / LOCK)
    with alone_in(tmp_path), pytest.raises(Timeout):
        other.acquire(blocking=False)
    with other:
        pass


def test_without_numba_models_are_stepped_layer_by_layer() -> None:
    script = (
        "import sys, torch; sys.modules['numba'] = sys.modules['llvmlite'] = None;"
        "from generation.kernels import quicken; from generation.registry import Precision;"
        "from generation.step_choice import StepTrial;"
        "from tests.integration.tiny_models import build_architecture;"
        "model = build_architecture('Llama', 300);"
        "always = lambda *_: True;"
        "print(quicken(model, Precision.FLOAT32, torch.device('cpu'), always, trial=StepTrial(0, always)))"
    )
    assert _python(script, Path.cwd()) == "fp32 onednn"


def test_where_nothing_can_be_kept_models_are_stepped_layer_by_layer() -> None:
    def nowhere(_: WalkOrder) -> None:
        raise ErrandFailed("cannot cache function: no locator available")

    model = build_architecture("Llama", VOCABULARY)
    plain = trial(compile_ahead=nowhere)
    assert quicken(model, Precision.INT8, CPU, lambda *_: True, trial=plain) == "int8 onednn"
    assert not hasattr(model, "compiled_step")


def test_an_unwritable_folder_ends_the_compiling_process_with_its_reason(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    nowhere = "NUMBA_CACHE_LOCATOR_CLASSES=UserProvidedCacheLocator"
    with pytest.raises(ErrandFailed, match="no locator available"):
        run_errand(
            "generation.compile_ahead",
            IN_32_BIT,
            CompiledWalk,
            command=("env", *f"{nowhere} NUMBA_CACHE_DIR={blocked}".split(), sys.executable, "-m"),
        )


def test_kept_code_that_cannot_be_read_is_not_used() -> None:
    def unreadable(compiled: Any, plain: Any) -> bool:
        raise EOFError("Ran out of input")

    model = build_architecture("Llama", VOCABULARY)
    assert may_be_compiled(model, trial())
    quicken(model, Precision.FLOAT32, CPU, trial=trial(is_fast=unreadable))
    assert not hasattr(model, "compiled_step")


async def test_compiling_is_no_hang_and_holds_up_no_resident_model() -> None:
    """Compiling takes as long as this test lets it, and the limit for a hang is far shorter."""
    compiling, compiled = threading.Event(), threading.Event()

    def compile_for_long(_: WalkOrder) -> None:
        compiling.set()
        assert compiled.wait(60)

    class Shelf(OneModelShelf[TextModel]):
        def budget_bytes(self, held_bytes: int) -> int:
            return 2  # both fit

        def load(self, spec: ModelSpec, folder: Path, revision: str, limits: BatchLimits) -> TextModel:
            if spec.name == "cold":
                model = build_architecture("Llama", VOCABULARY)
                quicken(model, Precision.FLOAT32, CPU, trial=trial(compile_ahead=compile_for_long))
            return ScriptedModel()

    writer = Writer(ModelPool([spec("tiny"), spec("cold")], Shelf(ScriptedModel())), hang_seconds=0.2)
    try:
        await writer.start(order("tiny")).whole()  # resident from here on
        cold = asyncio.create_task(writer.start(order("cold")).whole())
        assert await asyncio.to_thread(compiling.wait, 60)
        for _ in range(3):
            written = await writer.start(order("tiny")).whole()
            assert "".join(piece.text for piece in written).split() == ["1", "2", "3"]
        compiled.set()
        assert (await cold)[-1].finish_reason
    finally:
        compiled.set()
        writer.close()


def _start(script: str, folder: Path, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
    )


def _python(script: str, folder: Path) -> str:
    said, _ = _start(script, folder).communicate(timeout=120)
    return said.strip()
