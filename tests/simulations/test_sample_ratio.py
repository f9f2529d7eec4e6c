"""Does an alarm about shares mean a fault, although somebody looks every week for half a year?

Each week 20 units are assigned to arms; the counts are looked at after each week. Without a
fault, χ² at .001 is right for one look only; the anytime test keeps .001 for all of them. With
a fault, one arm loses a third of its units.
"""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.special import chdtrc

from evaluation.statistics.sample_ratio import ALPHA, log_mixture
from tests.simulations.study import FULL, Share

WEEKS, WEEKLY = 26, 20
SMALL = 10_000


@dataclass(frozen=True)
class Case:
    shares: tuple[float, ...]
    lost: float = 0.0

    def drawn(self) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        kept = np.array(self.shares)
        kept[0] *= 1 - self.lost
        return np.asarray(kept / kept.sum())


SOUND = (Case((0.5, 0.5)), Case((0.2,) * 5), Case((0.6, 0.3, 0.1)))
FAULTY = (Case((0.5, 0.5), 1 / 3), Case((0.2,) * 5, 1 / 3))


def alarms(case: Case, replicates: int, *, weeks: int = WEEKS) -> tuple[Share, Share, Share]:
    """Alarms of χ² at the last look, of χ² at any look, and of the anytime test at any look."""
    rng = np.random.default_rng(7)
    counts = rng.multinomial(WEEKLY, case.drawn(), size=(replicates, weeks)).cumsum(axis=1)
    shares = np.array(case.shares)
    expected = counts.sum(axis=2, keepdims=True) * shares
    chi_square = ((counts - expected) ** 2 / expected).sum(axis=2)
    usable = expected.min(axis=2) >= 5
    by_chi = usable & (chdtrc(len(shares) - 1, chi_square) < ALPHA)
    by_mixture = usable & (log_mixture(counts, shares) >= np.log(1 / ALPHA))
    return (
        Share(int(by_chi[:, -1].sum()), replicates),
        Share(int(by_chi.any(axis=1).sum()), replicates),
        Share(int(by_mixture.any(axis=1).sum()), replicates),
    )


@pytest.mark.parametrize("case", SOUND, ids=str)
def test_the_anytime_test_keeps_its_promise_at_all_looks(case: Case) -> None:
    once, ever, anytime = alarms(case, SMALL)
    assert anytime.at_most(ALPHA)
    assert once.at_most(2 * ALPHA)
    assert ever.value > 3 * ALPHA


def test_a_third_lost_is_found() -> None:
    _, _, anytime = alarms(FAULTY[0], SMALL // 10)
    assert anytime.value > 0.5


def study(replicates: int = 10 * FULL) -> str:
    """The table of docs/statistics.md."""
    lines = [
        "| shares | lost of the first arm | χ², one look at n = 520 | χ², 26 looks | anytime, 26 looks |",
        "|---|---|---|---|---|",
    ]
    for case in (*SOUND, *FAULTY):
        found = [_precise(one) for one in alarms(case, replicates)]
        lines.append(f"| {' : '.join(map(str, case.shares))} | {case.lost:.2f} | {' | '.join(found)} |")
    return "\n".join(lines)


def _precise(found: Share) -> str:
    return f"{found.value:.4f} ± {1.96 * np.sqrt(found.value * (1 - found.value) / found.n):.4f}"
