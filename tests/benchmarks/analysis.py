"""How long an analysis takes: `python -m tests.benchmarks.analysis --ratings 100000 --json`.

Prints `seconds` for reading the CSV files and analysing them, imports apart, and `peak_mib`, the most
memory that the process held. Judgements are generated: 8 models, 6 content types and 200 raters, or 5
models, one type and 8 raters for fewer than 1,000 ratings; two ratings a draft, a vote for every ten.
The bars: 200 ratings under 1 s, 100,000 under 5 s, 1,000,000 under 30 s and 1.5 GiB.
"""

import argparse
import json
import resource
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np

from evaluation.analysis.analyze import analyze
from evaluation.analysis.export import FILES, write_files
from evaluation.analysis.files import read_files
from evaluation.statistics.observations import Observations
from tests.simulations.judgements import Team, draw_judgements

SMALL_BELOW = 1000


@dataclass(frozen=True)
class Measured:
    """`seconds` is the sum of reading and analysing."""

    ratings: int
    models: int
    raters: int
    seconds: float
    read_seconds: float
    analyze_seconds: float
    peak_mib: float


def generate(n_ratings: int, seed: int = 0) -> Observations:
    """Judgements with everything that files can hold: times, assignments and guesses."""
    n_models, n_types, n_raters = (5, 1, 8) if n_ratings < SMALL_BELOW else (8, 6, 200)
    team = Team(
        n_models=n_models,
        n_raters=n_raters,
        n_types=n_types,
        scores_per_model=n_ratings // n_models,
        n_votes=n_ratings // 10,
        raters_per_draft=2,
    )
    rng = np.random.default_rng(seed)
    _, observations = draw_judgements(team, rng)
    drafts, ratings = observations.drafts, observations.ratings
    n = len(ratings)
    return replace(
        observations,
        labels=replace(observations.labels, drafts=tuple(f"{code:032x}" for code in range(len(drafts)))),
        drafts=replace(drafts, dimensions={"length": drafts.heuristic + rng.normal(0, 1, len(drafts))}),
        ratings=replace(
            ratings,
            at=1.76e9 + np.arange(n, dtype=np.float64),
            assigned=rng.random(n) < 0.2,
            propensity=np.full(n, 0.125),
            model_guess=np.where(rng.random(n) < 0.1, rng.integers(-1, n_models, n), -2),
        ),
    )


def measure(folder: Path) -> Measured:
    """Reads and analyses the files in a folder; for a process that has done nothing else."""
    drafts, ratings, votes = (folder / name for name in FILES)
    started = perf_counter()
    observations = read_files(ratings, drafts, votes, strict=True).observations
    read = perf_counter()
    analysis = analyze(observations)
    done = perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Measured(
        ratings=analysis.n_ratings,
        models=len(observations.labels.models),
        raters=analysis.n_raters,
        seconds=round(done - started, 3),
        read_seconds=round(read - started, 3),
        analyze_seconds=round(done - read, 3),
        peak_mib=round(peak / (1024 if sys.platform != "darwin" else 1024**2), 1),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--ratings", type=int, default=200, help="how many ratings (200)")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.folder is not None:
        print(json.dumps(asdict(measure(options.folder))))  # noqa: T201
        return
    with TemporaryDirectory() as folder:
        write_files(generate(options.ratings), Path(folder))
        command = [sys.executable, "-m", "tests.benchmarks.analysis", "--folder", folder]
        found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    if options.json:
        print(json.dumps(found))  # noqa: T201
    else:
        print("{ratings:,} ratings: {seconds} s, {peak_mib} MiB".format(**found))  # noqa: T201


if __name__ == "__main__":
    main()
