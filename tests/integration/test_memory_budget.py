"""Three real tiny models, memory for two, and 200 mixed requests through the real writer."""

import asyncio
import random
import time
import weakref
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from generation.errors import ModelDamaged, ModelTooLarge, ModelUnsupported
from generation.measurements import MEASUREMENTS_FILE
from generation.pool import ModelPool
from generation.registry import ModelSpec
from generation.shelf import LocalShelf
from generation.text_model import BatchLimits, TextModel, WritingOrder
from generation.writing import Writer
from tests.integration.tiny_models import build_gpt2, build_llama
from tests.unit.model_files import spec

NAMES = ("a", "b", "c")
LIMITS = BatchLimits(rows=4, cache_tokens=256)


class SmallMachine(LocalShelf):
    """The real shelf on a machine that has just enough memory for some of the models."""

    def __init__(self, models_dir: Path) -> None:
        super().__init__(models_dir, memory_fraction=1.0)
        self.total_bytes = 2**40

    def budget_bytes(self, held_bytes: int) -> int:
        return self.total_bytes


@pytest.fixture
def shelf(tmp_path: Path) -> SmallMachine:
    for name in NAMES:
        build_llama(tmp_path / name, ends=False)
    return SmallMachine(tmp_path)


def _pool(shelf: SmallMachine, specs: tuple[ModelSpec, ...]) -> ModelPool[TextModel]:
    ticks: Iterator[int] = count()
    return ModelPool(specs, shelf, patience_seconds=1e6, clock=lambda: float(next(ticks)), limits=LIMITS)


async def _allow_two(shelf: SmallMachine, pool: ModelPool[TextModel]) -> None:
    """Measure one model, and allow two such and what loading the second takes: too little for three."""
    await pool.warm(["a"])
    folder, revision = pool_folder(shelf)
    need = await asyncio.to_thread(shelf.need, spec("a"), folder, revision, LIMITS)
    shelf.total_bytes = 2 * need.held_bytes + need.casting_bytes
    assert shelf.total_bytes < 3 * need.held_bytes


def pool_folder(shelf: SmallMachine) -> tuple[Path, str]:
    presence = shelf.find(spec("a"))
    assert presence.folder is not None
    assert presence.revision is not None
    return presence.folder, presence.revision


async def test_memory_for_two_of_three_serves_200_mixed_requests(shelf: SmallMachine) -> None:
    pool = _pool(shelf, tuple(spec(name) for name in NAMES))
    await _allow_two(shelf, pool)
    writer = Writer(pool, max_writings=200)
    dice = random.Random(11)

    async def request(number: int) -> bool:
        name = dice.choice(NAMES)
        order = WritingOrder(name, f"text {number}", 1.0, 1.0, max_tokens=dice.randrange(1, 8), seed=number)
        writing = writer.start(order)
        async for _ in writing:
            assert pool.usage().held_bytes <= shelf.total_bytes
        assert writing.account.memory_bytes > 0
        assert writing.account.finish_reason == "length"
        return writing.account.completion_tokens == order.max_tokens

    async def client(numbers: range) -> list[bool]:
        return [await request(number) for number in numbers]

    try:
        whole = await asyncio.gather(*(client(range(first, 200, 20)) for first in range(20)))
    finally:
        writer.close()
    assert whole == [[True] * 10] * 20
    assert set(pool.usage().loads) == set(NAMES)
    assert sum(pool.usage().evictions.values()) > 5


async def test_real_models_go_in_the_order_of_last_use(shelf: SmallMachine) -> None:
    pool = _pool(shelf, tuple(spec(name) for name in NAMES))
    await _allow_two(shelf, pool)
    gone = []
    for name in ("b", "a", "c", "a", "b", "c"):
        before = pool.loaded
        async with pool.lease(name) as model:
            assert model.device
        gone += [each for each in before if each not in pool.loaded]
    assert gone == ["b", "c", "a"]


async def test_an_unloaded_model_is_really_gone_before_the_next_is_loaded(shelf: SmallMachine) -> None:
    pool = _pool(shelf, tuple(spec(name) for name in NAMES))
    await _allow_two(shelf, pool)
    writer = Writer(pool)
    order = WritingOrder("a", "text", 1.0, 1.0, max_tokens=5, seed=1)
    try:
        await writer.start(order).whole_text()
        async with pool.lease("a") as model:
            first = weakref.ref(model)
        del model
        for name in ("b", "c"):
            async with pool.lease(name):
                pass
        assert "a" not in pool.loaded
        assert first() is None
    finally:
        writer.close()


async def test_what_was_measured_is_kept_for_the_next_start(shelf: SmallMachine, tmp_path: Path) -> None:
    folder, revision = pool_folder(shelf)
    estimated = shelf.need(spec("a"), folder, revision, LIMITS)
    await _pool(shelf, (spec("a"),)).warm(["a"])
    assert (tmp_path / MEASUREMENTS_FILE).is_file()
    measured = SmallMachine(tmp_path).need(spec("a"), folder, revision, LIMITS)
    assert measured != estimated
    assert measured.cache_bytes == estimated.cache_bytes
    assert 0.5 < measured.weights_bytes / estimated.weights_bytes < 2
    assert 0.2 < measured.activation_bytes / estimated.activation_bytes < 5


async def test_changing_between_resident_models_takes_no_time(shelf: SmallMachine) -> None:
    pool = _pool(shelf, tuple(spec(name) for name in NAMES))
    await pool.warm(["a", "b"])
    started = time.perf_counter()
    for name in ("a", "b") * 50:
        async with pool.lease(name):
            pass
    assert (time.perf_counter() - started) / 100 < 0.050


async def test_each_bad_folder_says_what_is_wrong_and_leaves_the_others(tmp_path: Path) -> None:
    build_llama(tmp_path / "good")
    cut = build_llama(tmp_path / "cut") / "model.safetensors"
    cut.write_bytes(cut.read_bytes()[:-100])
    _edit(build_llama(tmp_path / "unknown"), '"llama"', '"mystery"')
    _edit(build_llama(tmp_path / "code"), '"model_type": "llama"', '"model_type": "own", "auto_map": {}')
    _edit(build_llama(tmp_path / "shape"), '"intermediate_size": 64', '"intermediate_size": 80')
    build_gpt2(tmp_path / "large")
    specs = ("good", "cut", "unknown", "code", "shape", "large")
    machine = SmallMachine(tmp_path)
    pool = _pool(machine, (*(spec(name) for name in specs), spec("writer", folder="good", kind="seq2seq")))
    for name, error, words in (
        ("cut", ModelDamaged, "bytes where its header promises"),
        ("unknown", ModelUnsupported, "'mystery', which transformers"),
        ("code", ModelUnsupported, "wants to run code"),
        ("shape", ModelDamaged, "another shape than its config.json says"),
        ("writer", ModelUnsupported, 'Set kind = "chat"'),
    ):
        with pytest.raises(error, match=words):
            async with pool.lease(name):
                pass
    machine.total_bytes = 1000
    with pytest.raises(ModelTooLarge, match=r"needs about 0\.00 GiB"):
        async with pool.lease("large"):
            pass
    machine.total_bytes = 2**40
    async with pool.lease("good") as model:
        assert model.device
    assert pool.loaded == ("good",)


def _edit(folder: Path, old: str, new: str) -> None:
    config = folder / "config.json"
    assert old in config.read_text()
    config.write_text(config.read_text().replace(old, new))
