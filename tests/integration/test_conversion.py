"""Pickled weights become safetensors that load to the same model, or are refused without being run."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from generation.conversion import ConversionOrder, Converted, convert, convert_here
from generation.errors import ConversionRefused, ErrandFailed
from generation.model_folder import count_parameters, find_damage
from tests.integration.tiny_models import build_bloom, build_llama


@pytest.fixture(scope="module")
def whole_bloom(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tied model, as it was before anyone pickled it."""
    return build_bloom(tmp_path_factory.mktemp("bloom"))


def pickled_copy(original: Path, folder: Path, shards: int = 1, **options: Any) -> tuple[str, ...]:
    """The same model in a folder with .bin weights only; both ends of a tied vocabulary are in them."""
    shutil.copytree(original, folder)
    weights = AutoModelForCausalLM.from_pretrained(folder).state_dict()
    (folder / "model.safetensors").unlink()
    names = sorted(weights)
    files = ["pytorch_model.bin"]
    if shards > 1:
        files = [f"pytorch_model-{number:05}-of-{shards:05}.bin" for number in range(1, shards + 1)]
    for number, file in enumerate(files):
        torch.save({name: weights[name] for name in names[number::shards]}, folder / file, **options)
    return tuple(files)


def convert_quietly(folder: Path, pickled: tuple[str, ...]) -> Converted:
    return convert_here(ConversionOrder(folder=folder, pickled=pickled), lambda **_: None)


def weights_of(folder: Path) -> dict[str, torch.Tensor]:
    return dict(AutoModelForCausalLM.from_pretrained(folder).state_dict())


def assert_same_model(folder: Path, original: Path) -> None:
    found, expected = weights_of(folder), weights_of(original)
    assert set(found) == set(expected)
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_a_converted_model_is_whole_and_loads_to_the_same_weights(whole_bloom: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bloom"
    files = pickled_copy(whole_bloom, folder)
    begun: list[str] = []
    done = convert(folder, files, begun.append)
    assert (done.written, begun) == (("model.safetensors",), ["pytorch_model.bin"])
    assert find_damage(folder) is None
    assert_same_model(folder, whole_bloom)


def test_of_tied_weights_the_one_that_loading_needs_is_kept(whole_bloom: Path, tmp_path: Path) -> None:
    files = pickled_copy(whole_bloom, tmp_path / "bloom")
    assert convert_quietly(tmp_path / "bloom", files).dropped == ("lm_head.weight",)
    assert count_parameters(tmp_path / "bloom") == count_parameters(whole_bloom)


def test_several_files_become_several_with_an_index(tmp_path: Path) -> None:
    original = build_llama(tmp_path / "original", tie_word_embeddings=False)
    files = pickled_copy(original, tmp_path / "llama", shards=3)
    done = convert_quietly(tmp_path / "llama", files)
    assert done.written[-1] == "model.safetensors.index.json"
    index = json.loads((tmp_path / "llama" / "model.safetensors.index.json").read_text())
    assert set(index["weight_map"].values()) == set(done.written[:-1])
    assert find_damage(tmp_path / "llama") is None
    assert_same_model(tmp_path / "llama", original)


def test_files_from_before_torch_1_6_are_read_too(whole_bloom: Path, tmp_path: Path) -> None:
    files = pickled_copy(whole_bloom, tmp_path / "bloom", _use_new_zipfile_serialization=False)
    convert_quietly(tmp_path / "bloom", files)
    assert_same_model(tmp_path / "bloom", whole_bloom)


def test_odd_tensors_come_through_bit_for_bit(whole_bloom: Path, tmp_path: Path) -> None:
    base = torch.arange(12, dtype=torch.bfloat16)
    odd = {
        "halves.first": base[:8],
        "halves.second": base[4:],
        "transposed": torch.randn(3, 5).T,
        "scalar": torch.tensor(float("nan")),
        "empty": torch.empty(0, 4),
        "mask": torch.tensor([True, False]),
    }
    (tmp_path / "config.json").write_bytes((whole_bloom / "config.json").read_bytes())
    torch.save(odd, tmp_path / "pytorch_model.bin")
    convert_quietly(tmp_path, ("pytorch_model.bin",))
    found = load_file(tmp_path / "model.safetensors")
    assert set(found) == set(odd)
    assert all(torch.equal(found[name].nan_to_num(), odd[name].nan_to_num()) for name in odd)
    assert found["transposed"].shape == (5, 3)


class Intruder:
    """What a hostile pickle holds: opening it calls a function of the attacker's choice."""

    def __init__(self, trace: Path) -> None:
        self._trace = trace

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self._trace),)


def test_a_pickle_that_would_run_code_is_refused_and_not_run(whole_bloom: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes((whole_bloom / "config.json").read_bytes())
    trace = tmp_path / "trace"
    torch.save({"weight": torch.zeros(2), "more": Intruder(trace)}, tmp_path / "pytorch_model.bin")
    with pytest.raises(ErrandFailed, match=r"could run code.*was not run"):
        convert(tmp_path, ("pytorch_model.bin",), lambda _: None)
    assert not trace.exists()
    assert not list(tmp_path.glob("*.safetensors*"))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ({"weight": torch.zeros(2), "epoch": 3}, "holds 'epoch', which safetensors cannot keep"),
        ([torch.zeros(2)], "holds no table of weights"),
        ({"weight": torch.zeros(2, dtype=torch.complex64)}, "cannot keep"),
    ],
)
def test_what_safetensors_cannot_keep_is_refused(
    whole_bloom: Path, tmp_path: Path, content: Any, sentence: str
) -> None:
    (tmp_path / "config.json").write_bytes((whole_bloom / "config.json").read_bytes())
    torch.save(content, tmp_path / "pytorch_model.bin")
    with pytest.raises(ConversionRefused, match=sentence):
        convert_quietly(tmp_path, ("pytorch_model.bin",))


@pytest.mark.parametrize("content", [b"", b"not a pickle", b"PK\x03\x04 cut off"])
def test_files_that_are_no_weights_are_refused_in_a_sentence(
    whole_bloom: Path, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "config.json").write_bytes((whole_bloom / "config.json").read_bytes())
    (tmp_path / "pytorch_model.bin").write_bytes(content)
    with pytest.raises(ConversionRefused, match=r"pytorch_model\.bin"):
        convert_quietly(tmp_path, ("pytorch_model.bin",))
