"""What loading does to the memory of a process: read by the system's own meters, in a child."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.integration.tiny_models import build_llama

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's /proc")

# While kernels are tried, some layers are there twice, however large the model is.
_TRIAL_MIB = 80
_SIZE: dict[str, Any] = {
    "hidden_size": 1024,
    "intermediate_size": 2816,
    "num_hidden_layers": 14,
    "num_attention_heads": 16,
}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    """A tiny Llama, and one of some 300 MB; both stored in float16."""
    folder = tmp_path_factory.mktemp("models")
    torch.set_default_dtype(torch.float16)
    try:
        small = build_llama(folder / "small")
        large = build_llama(folder / "large", num_key_value_heads=4, **_SIZE)
    finally:
        torch.set_default_dtype(torch.float32)
    yield small, large
    shutil.rmtree(folder)


def _shares(folders: tuple[Path, Path], precision: str) -> dict[str, float]:
    child = subprocess.run(
        [sys.executable, "-m", "tests.integration.loading_probe", *map(str, folders), precision],
        env=os.environ | {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    shares: dict[str, float] = json.loads(child.stdout.splitlines()[-1])
    return shares


def test_weights_stay_in_their_file_until_they_are_used(folders: tuple[Path, Path]) -> None:
    shares = _shares(folders, "float16")
    assert shares["weights_mib"] > 250
    assert shares["loaded"] <= 0.05
    assert shares["peak"] <= 1.15
    assert shares["quickened"] <= 1.15 + _TRIAL_MIB / shares["weights_mib"]
    assert shares["left"] <= 0.1


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_casting_makes_no_second_copy(folders: tuple[Path, Path], precision: str) -> None:
    shares = _shares(folders, precision)
    assert 0.9 <= shares["peak"] <= 1.15
    assert shares["quickened"] <= 1.15 + _TRIAL_MIB / shares["weights_mib"]
    assert shares["left"] <= 0.1
