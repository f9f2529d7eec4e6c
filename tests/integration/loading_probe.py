"""Run as a child: loads a model and tells, in one line of JSON, what that did to the process's memory.

Arguments: a tiny model's folder (to import everything beforehand), the model's folder, a precision.
All figures are shares of the model's weights, in the precision it is loaded in.
"""

import gc
import json
import sys
from pathlib import Path

import torch

from generation.devices import limit_threads, release_memory
from generation.kernels import quicken, weights_bytes
from generation.loading import read_model
from generation.registry import ModelSpec
from generation.step_choice import StepTrial
from tests.unit.model_files import spec

_CPU = torch.device("cpu")
_RESET_PEAK = "5"


def _status_bytes(key: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(key)).split()[1]) * 1024


def _read_and_use(declared: ModelSpec, folder: Path) -> None:
    """What is imported and compiled once in a process is not what a model takes."""
    model, _ = read_model(declared, folder, _CPU)
    quicken(model, declared.precision, _CPU, trial=StepTrial(least_bytes=0))
    _use(model)


def _use(model: torch.nn.Module) -> None:
    with torch.inference_mode():
        model(input_ids=torch.arange(16)[None])


def main(tiny: Path, folder: Path, precision: str) -> None:
    limit_threads()
    declared = spec(precision=precision)
    _read_and_use(declared, tiny)
    release_memory()
    Path("/proc/self/clear_refs").write_text(_RESET_PEAK)
    before = _status_bytes("VmRSS")
    model, _ = read_model(declared, folder, _CPU)
    loaded = _status_bytes("VmRSS") - before
    weights = weights_bytes(model)
    _use(model)
    peak = _status_bytes("VmHWM") - before
    quicken(model, declared.precision, _CPU)
    _use(model)
    quickened = _status_bytes("VmHWM") - before
    del model
    gc.collect()
    release_memory()
    left = _status_bytes("VmRSS") - before
    seen = {"loaded": loaded, "peak": peak, "quickened": quickened, "left": left}
    shares = {name: value / weights for name, value in seen.items()}
    sys.stdout.write(json.dumps({"weights_mib": weights / 2**20} | shares) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
