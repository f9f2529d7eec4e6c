"""What a device can do, found by trying; and models of every kind and precision loaded on it."""

import warnings
from pathlib import Path

import pytest
import torch

from generation.devices import (
    bounded,
    choose_dtype,
    computes_in,
    fallback_operator,
    fallback_operators,
    measure_memory,
    own_bytes,
    report_fallbacks,
)
from generation.errors import ModelUnsupported
from generation.loading import load_model, read_model
from generation.memory import MachineMemory, budget_bytes
from generation.registry import Precision
from generation.step_memory import LivingBytes, measure_model
from tests.integration.tiny_models import ARCHITECTURES, build_architecture, build_llama, build_tokenizer
from tests.unit.model_files import spec

CPU = torch.device("cpu")
FALLBACK = (
    "The operator 'aten::_linalg_solve_ex.result' is not currently supported on the MPS backend and will "
    "fall back to run on the CPU. This may have performance implications."
)


def _t5(folder: Path) -> Path:
    tokenizer = build_tokenizer(chat_template=None)
    model = build_architecture("T5", len(tokenizer))
    model.config.eos_token_id = model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_a_precision_is_chosen_by_what_the_device_can_do() -> None:
    assert choose_dtype(Precision.AUTO, CPU) is torch.float32
    assert choose_dtype(Precision.INT8, CPU) is torch.float32
    assert choose_dtype(Precision.INT8, CPU, stored="float16") is torch.bfloat16
    assert computes_in(torch.bfloat16, CPU)
    assert not computes_in(torch.float32, torch.device("meta"))
    with pytest.raises(ModelUnsupported, match='precision = "auto"'):
        choose_dtype(Precision.FLOAT32, torch.device("meta"))


def test_operators_that_mps_hands_to_the_cpu_are_named_and_other_warnings_shown() -> None:
    assert fallback_operator(FALLBACK) == "aten::_linalg_solve_ex.result"
    assert fallback_operator("something else") is None
    told: list[str] = []
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter("always")
        report_fallbacks(told.append)
        warnings.warn(FALLBACK, UserWarning, stacklevel=1)
        warnings.warn("something else", UserWarning, stacklevel=1)
    assert told == ["aten::_linalg_solve_ex.result"]
    assert fallback_operators("mps") == ("aten::_linalg_solve_ex.result",)
    assert fallback_operators("cpu") == ()
    assert [str(warning.message) for warning in shown] == ["something else"]


def test_memory_is_the_machines() -> None:
    memory = measure_memory(CPU)
    assert 0 < memory.available_bytes <= memory.physical_bytes
    assert 0 < own_bytes(CPU) < memory.physical_bytes


def test_a_gpu_that_shares_the_memory_has_what_its_driver_recommends_and_has_not_given_out() -> None:
    idle = MachineMemory(physical_bytes=36, available_bytes=30)
    assert bounded(idle, limit_bytes=27, allocated_bytes=0) == MachineMemory(27, 27)
    assert bounded(idle, limit_bytes=27, allocated_bytes=10) == MachineMemory(27, 17)
    assert bounded(MachineMemory(36, 5), limit_bytes=27, allocated_bytes=10) == MachineMemory(27, 5)
    assert bounded(idle, limit_bytes=27, allocated_bytes=30) == MachineMemory(27, 0)


def test_what_a_driver_gave_out_beyond_the_ledger_is_not_there_for_models() -> None:
    memory = bounded(MachineMemory(36, 36), limit_bytes=20, allocated_bytes=12)
    assert budget_bytes(memory, 1.0, held_bytes=12) == 20
    assert budget_bytes(memory, 1.0, held_bytes=7) == 15


@pytest.mark.parametrize("precision", ["float32", "float16", "bfloat16"])
def test_an_encoder_decoder_is_loaded_as_one(tmp_path: Path, precision: str) -> None:
    declared = spec(kind="seq2seq", precision=precision)
    model, _ = read_model(declared, _t5(tmp_path / "t5"), CPU)
    dtypes = {parameter.dtype for parameter in model.parameters()}
    kept = {torch.float32} if precision == "float16" else set()  # its `wo` overflows in float16
    assert dtypes == {getattr(torch, precision)} | kept
    with pytest.raises(ModelUnsupported, match='Set kind = "seq2seq"'):
        load_model(spec(), tmp_path / "t5", "r1", CPU)


def test_int8_weights_are_made_at_loading(tmp_path: Path) -> None:
    folder = build_llama(tmp_path / "llama")
    model = load_model(spec(precision="int8"), folder, "r1", CPU)
    assert "cpu" in model.method or "int8" in model.method


def test_living_bytes_are_the_most_that_lived_at_once() -> None:
    given = torch.zeros(1000)
    with LivingBytes() as living:
        first = given + 1
        second = first * 2
        del first
        second.add_(1)
        third = second.view(10, 100) + 1
    assert third.shape == (10, 100)
    assert living.peak_bytes == 2 * 4000


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_step_of_every_architecture_can_be_measured(name: str) -> None:
    measured = measure_model(build_architecture(name, vocabulary_size=300))
    assert measured.weights_bytes > 10_000
    assert 100 < measured.step_token_bytes < 100_000
