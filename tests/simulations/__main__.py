"""Every study at its full size: `python -m tests.simulations`, or some: `… davidson joint`.

Studies run side by side, one a core. Prints Markdown: for each method its table, the replicates and the
seconds. With `--share 0.01` each study makes do with a hundredth of them, to see that all of them run.
Every module test_<method>.py here has a `study(replicates=…) -> str`.
"""

import argparse
import inspect
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from pathlib import Path
from time import perf_counter

Study = Callable[[int], str]


def find_studies(names: Sequence[str] = ()) -> dict[str, Study]:
    """The studies by method, all or those named. Raises KeyError for a name without a study."""
    folder = Path(__file__).parent
    found = {
        path.stem.removeprefix("test_"): import_module(f"tests.simulations.{path.stem}")
        for path in sorted(folder.glob("test_*.py"))
    }
    studies = {name: module.study for name, module in found.items() if hasattr(module, "study")}
    return {name: studies[name] for name in names} if names else studies


def full_size(study: Study) -> int:
    """The replicates that a study takes unless told otherwise."""
    return int(inspect.signature(study).parameters["replicates"].default)


def run_study(name: str, share: float = 1.0) -> str:
    """A section of Markdown: the study's table, its replicates, the seconds it took."""
    study = find_studies([name])[name]
    replicates = max(1, round(full_size(study) * share))
    started = perf_counter()
    table = study(replicates)
    seconds = perf_counter() - started
    title = name.replace("_", " ").capitalize()
    return f"## {title}\n\n{table.strip()}\n\n{replicates:,} replicates, {seconds:.0f} s.\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("methods", nargs="*", help="davidson, joint, … (all)")
    parser.add_argument("--share", type=float, default=1.0, help="of the full size (1)")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="studies at once (one a core)")
    options = parser.parse_args()
    started = perf_counter()
    names = list(find_studies(options.methods))
    with ProcessPoolExecutor(options.workers) as pool:
        for section in pool.map(run_study, names, [options.share] * len(names)):
            print(section, flush=True)  # noqa: T201
    print(f"All studies: {perf_counter() - started:.0f} s.")  # noqa: T201


if __name__ == "__main__":
    main()
