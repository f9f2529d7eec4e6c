"""Whom to unload, and how much there is."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.errors import MemoryInUse, ModelTooLarge
from generation.measurements import Measurements
from generation.memory import (
    MachineMemory,
    Measured,
    MemoryNeed,
    Resident,
    budget_bytes,
    estimate_need,
    halved,
    measure_machine,
    plan_evictions,
)
from generation.text_model import BatchLimits
from tests.unit.model_files import write_model

residents = st.lists(
    st.builds(
        Resident,
        name=st.uuids().map(str),
        memory_bytes=st.integers(1, 100),
        last_used=st.floats(0, 1000),
        in_use=st.booleans(),
        pinned=st.booleans(),
        reload_seconds=st.floats(0, 100),
    ),
    max_size=6,
)


def test_nothing_is_unloaded_where_there_is_room() -> None:
    assert plan_evictions("new", 4, 10, [Resident("old", 6, 1.0, in_use=False)]) == ()


def test_the_least_recently_used_idle_model_goes_first() -> None:
    loaded = [
        Resident("newest", 4, 9.0, in_use=False),
        Resident("oldest", 4, 1.0, in_use=False),
        Resident("busy", 2, 0.5, in_use=True),
    ]
    assert plan_evictions("new", 3, 10, loaded) == ("oldest",)
    assert plan_evictions("new", 5, 10, loaded) == ("oldest", "newest")


def test_models_in_use_are_waited_for() -> None:
    with pytest.raises(MemoryInUse, match="Try again"):
        plan_evictions("new", 5, 10, [Resident("busy", 6, 1.0, in_use=True)])


def test_a_model_that_can_never_fit_is_refused_with_the_figures() -> None:
    with pytest.raises(ModelTooLarge, match=r"about 3\.00 GiB.*2\.00 GiB.*memory_fraction"):
        plan_evictions("big", 3 * 2**30, 2 * 2**30, [])


@given(loaded=residents, wanted=st.integers(1, 100), total=st.integers(1, 300))
def test_a_plan_fits_and_touches_nothing_pinned_or_in_use(
    loaded: list[Resident], wanted: int, total: int
) -> None:
    stay_bytes = sum(each.memory_bytes for each in loaded if each.in_use or each.pinned)
    try:
        evicted = set(plan_evictions("new", wanted, total, loaded))
    except (ModelTooLarge, MemoryInUse):
        assert stay_bytes + wanted > total
        return
    kept = [each for each in loaded if each.name not in evicted]
    free_bytes = total - sum(each.memory_bytes for each in kept) - wanted
    assert free_bytes >= 0
    assert not any(each.in_use or each.pinned for each in loaded if each.name in evicted)
    assert all(each.memory_bytes > free_bytes for each in loaded if each.name in evicted)


@given(ages=st.lists(st.integers(0, 1000), min_size=1, max_size=8, unique=True), places=st.integers(1, 8))
def test_of_models_alike_the_least_recently_used_go(ages: list[int], places: int) -> None:
    loaded = [Resident(str(age), 10, float(age), in_use=False) for age in ages]
    wanted = min(places, len(ages))
    oldest_first = tuple(str(age) for age in sorted(ages))
    assert plan_evictions("new", 10 * wanted, 10 * len(ages), loaded, 1001.0) == oldest_first[:wanted]


def test_the_budget_leaves_alone_what_others_use() -> None:
    assert budget_bytes(MachineMemory(100, 100), 0.85, held_bytes=0) == 85
    assert budget_bytes(MachineMemory(100, 60), 0.85, held_bytes=0) == 45
    assert budget_bytes(MachineMemory(100, 60), 0.85, held_bytes=30) == 75
    assert budget_bytes(MachineMemory(100, 60), 0.85, held_bytes=90) == 85
    assert budget_bytes(MachineMemory(100, 5), 0.85, held_bytes=0) == 0


def test_of_models_alike_in_use_the_costlier_to_keep_goes_first() -> None:
    small = Resident("small", 2, 1.0, in_use=False)
    large = Resident("large", 8, 2.0, in_use=False)
    slow = Resident("slow", 8, 2.0, in_use=False, reload_seconds=30.0)
    assert plan_evictions("new", 2, 10, [small, large], now=5.0) == ("large",)
    assert plan_evictions("new", 2, 10, [small, slow], now=5.0) == ("small",)


def test_a_victim_that_turns_out_not_to_be_needed_is_spared() -> None:
    loaded = [Resident("small", 2, 0.0, in_use=False), Resident("large", 8, 9.0, in_use=False)]
    assert plan_evictions("new", 8, 10, loaded, now=10.0) == ("large",)


def test_pinned_models_count_and_stay() -> None:
    pinned = Resident("pinned", 6, 0.0, in_use=False, pinned=True)
    assert plan_evictions("new", 4, 10, [pinned]) == ()
    with pytest.raises(ModelTooLarge, match="held by pinned models"):
        plan_evictions("new", 5, 10, [pinned])


def test_a_need_is_weights_cache_activations_and_casting(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    config = {"model_type": "llama", "num_hidden_layers": 2, "num_attention_heads": 4, "hidden_size": 8}
    (folder / "config.json").write_text(json.dumps(config | {"vocab_size": 10}))
    limits = BatchLimits(rows=2, cache_tokens=100)
    stored = estimate_need(folder, "float16", limits)
    scores, step = 2 * 10 * 12, 512 * (4 * 8 + 3 * 32) * 2
    assert stored == MemoryNeed(6 * 2, 100 * 2 * 2 * 8 * 2, scores + step, casting_bytes=12)
    cast = estimate_need(folder, "float32", limits)
    assert cast.weights_bytes == 6 * 4
    assert cast.peak_bytes == cast.held_bytes + cast.casting_bytes
    assert estimate_need(folder, "int8", limits).casting_bytes == 6 + 6 * 2
    (folder / "config.json").write_text(
        json.dumps(config | {"max_position_embeddings": 40, "vocab_size": 10})
    )
    assert estimate_need(folder, "float16", limits).cache_bytes == 80 * 2 * 2 * 8 * 2
    measured = estimate_need(folder, "float16", limits, Measured(weights_bytes=99, step_token_bytes=3))
    assert (measured.weights_bytes, measured.activation_bytes) == (99, scores + 512 * 3)


def test_a_shape_that_is_not_stated_is_replaced_by_a_share_of_the_weights(tmp_path: Path) -> None:
    assert estimate_need(write_model(tmp_path / "model"), "float16") == MemoryNeed(12, 0, 3, 12)


def test_batches_are_halved_down_to_one_text() -> None:
    assert halved(BatchLimits(8, 8192)) == BatchLimits(4, 4096)
    assert halved(BatchLimits(3, 3000)) == BatchLimits(1, 1000)
    assert halved(BatchLimits(1, 1000)) is None


def _cgroup(folder: Path, limit: str, used: int = 0, of_files: int = 0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.current").write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon 1\ninactive_file {of_files}\nactive_file 0\n")


def test_the_narrowest_control_group_counts_as_the_machine(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.write_text("0::/service/copydesk\n")
    groups = tmp_path / "groups"
    _cgroup(groups, "max")
    _cgroup(groups / "service", str(2**20), used=2**19, of_files=2**18)
    _cgroup(groups / "service" / "copydesk", "max")
    assert measure_machine(groups, own) == MachineMemory(2**20, 2**20 - 2**18)
    absent = measure_machine(tmp_path / "absent", tmp_path / "absent")
    assert absent.physical_bytes > 2**20


def test_memory_under_pressure_is_less_than_it_seems(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.write_text("0::/\n")
    _cgroup(tmp_path / "groups", str(2**20))
    available = [measure_machine(tmp_path / "groups", own, level).available_bytes for level in (1, 2, 4)]
    assert available == [2**20, 2**19, 0]


def test_measurements_outlive_the_process(tmp_path: Path) -> None:
    path = tmp_path / "new" / "measured.json"
    Measurements(path).record("a", "r1", "float32", "cpu", Measured(10, 2))
    Measurements(path).record("a", "r2", "float32", "cpu", Measured(11, 2))
    assert Measurements(path).find("a", "r1", "float32", "cpu") == Measured(10, 2)
    assert Measurements(path).find("a", "r1", "float16", "cpu") is None
    assert [file.name for file in path.parent.iterdir()] == ["measured.json"]


@pytest.mark.parametrize("content", ["", "[]", '{"a r1 float32 cpu": {"weights_bytes": null}}'])
def test_unreadable_measurements_are_made_again(tmp_path: Path, content: str) -> None:
    path = tmp_path / "measured.json"
    path.write_text(content)
    kept = Measurements(path)
    assert kept.find("a", "r1", "float32", "cpu") is None
    kept.record("a", "r1", "float32", "cpu", Measured(10, 2))
    assert kept.find("a", "r1", "float32", "cpu") == Measured(10, 2)


def test_measurements_that_cannot_be_kept_are_no_failure(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    Measurements(in_the_way / "measured.json").record("a", "r", "float32", "cpu", Measured(1, 1))
