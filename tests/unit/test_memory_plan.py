"""Whom to unload, and how much there is."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.errors import MemoryInUse, ModelTooLarge
from generation.memory import (
    MachineMemory,
    Resident,
    budget_bytes,
    measure_machine,
    needed_bytes,
    plan_evictions,
)
from tests.unit.model_files import write_model

residents = st.lists(
    st.builds(
        Resident,
        name=st.uuids().map(str),
        memory_bytes=st.integers(1, 100),
        last_used=st.floats(0, 1000),
        in_use=st.booleans(),
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
def test_a_plan_fits_and_touches_nothing_in_use(loaded: list[Resident], wanted: int, total: int) -> None:
    try:
        evicted = set(plan_evictions("new", wanted, total, loaded))
    except (ModelTooLarge, MemoryInUse):
        busy_bytes = sum(resident.memory_bytes for resident in loaded if resident.in_use)
        assert busy_bytes + wanted > total
        return
    kept = [resident for resident in loaded if resident.name not in evicted]
    assert sum(resident.memory_bytes for resident in kept) + wanted <= total or not evicted
    assert not any(resident.in_use for resident in loaded if resident.name in evicted)


def test_the_budget_leaves_alone_what_others_use() -> None:
    assert budget_bytes(MachineMemory(100, 100), 0.85, held_bytes=0) == 85
    assert budget_bytes(MachineMemory(100, 60), 0.85, held_bytes=0) == 45
    assert budget_bytes(MachineMemory(100, 60), 0.85, held_bytes=30) == 75
    assert budget_bytes(MachineMemory(100, 60), 0.85, held_bytes=90) == 85
    assert budget_bytes(MachineMemory(100, 5), 0.85, held_bytes=0) == 0


def test_a_model_needs_its_weights_and_a_working_share(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    assert needed_bytes(folder, "float32") == round(6 * 4 * 1.25)
    assert needed_bytes(folder, "bfloat16") == round(6 * 2 * 1.25)


def test_a_containers_limit_counts_as_its_memory(tmp_path: Path) -> None:
    limit = tmp_path / "memory.max"
    limit.write_text("1048576\n")
    assert measure_machine(limit) == MachineMemory(1048576, 1048576)
    limit.write_text("max\n")
    assert measure_machine(limit).physical_bytes == measure_machine(tmp_path / "absent").physical_bytes
