"""Is an honest rater left alone for half a year, and is one who turns everything round found?

Five raters, each draft scored by three of them, judged anew each week for 26 weeks. The first
rater is honest; or gives scores that have nothing to do with the text; or votes always for one
side; or holds the good ones for bad. Scores have severities with SD 1, drafts a spread of SD 1.
"""

from dataclasses import dataclass, fields, replace
from typing import TypeVar

import numpy as np
import pytest

from evaluation.statistics.observations import Choice, Codes, Floats, PairVotes, Ratings
from evaluation.statistics.rater_test import contrarian_evidence
from tests.simulations.study import FULL, SMALL, Share, generators, share

T = TypeVar("T", Ratings, PairVotes)

N_RATERS, PER_DRAFT, WEEKS = 5, 3, 26


@dataclass(frozen=True)
class Case:
    """`sign` is how the first rater's opinion depends on the text: 1 honest, 0 not at all, −1 reversed."""

    sign: float
    noise_sd: float
    n_drafts: int = 104
    n_pairs: int = 0


INNOCENT = (Case(1, 1.5), Case(0, 1.5), Case(0, 0.7), Case(0, 1.5, 0, 104), Case(0, 1.5, 52, 52))
GUILTY = (Case(-1, 0.7), Case(-1, 1.5), Case(-1, 0.7, 52), Case(-1, 1.5, 208), Case(-1, 1.5, 0, 104))


def ever_flagged(case: Case, replicates: int) -> tuple[Share, Share]:
    """Over all looks: the first rater, and each of the other four."""
    flags = [_looks(case, rng) for rng in generators(21, replicates)]
    return share([first for first, _ in flags]), share([one for _, others in flags for one in others])


def _looks(case: Case, rng: np.random.Generator) -> tuple[bool, list[bool]]:
    ratings, votes = _draw_ratings(case, rng), _draw_votes(case, rng)
    flagged = np.zeros(N_RATERS, dtype=bool)
    for week in range(1, WEEKS + 1):
        lines = contrarian_evidence(
            _until(ratings, case.n_drafts * week / WEEKS),
            _until(votes, case.n_pairs * week / WEEKS),
            N_RATERS,
        )
        flagged |= [line.flagged for line in lines]
    return bool(flagged[0]), flagged[1:].tolist()


def _until(rows: T, time: float) -> T:
    seen = rows.at < time
    return replace(rows, **{column.name: getattr(rows, column.name)[seen] for column in fields(rows)})


def _draw_ratings(case: Case, rng: np.random.Generator) -> Ratings:
    draft, rater, merit = _draw_opinions(case, case.n_drafts, rng)
    level = 6 + merit + rng.normal(0, 1, N_RATERS)[rater]
    unknown = np.full(len(draft), np.nan)
    return Ratings(
        draft=draft,
        rater=rater,
        score=np.clip(np.round(level), 1, 10),
        thumb=unknown,
        at=_times(draft, rng),
        assigned=np.zeros(len(draft), dtype=bool),
        propensity=unknown,
        model_guess=np.full(len(draft), -2),
    )


def _draw_votes(case: Case, rng: np.random.Generator) -> PairVotes:
    """Everybody likes the left side a little; a first rater who does not read, always the right."""
    pair, rater, gap = _draw_opinions(case, case.n_pairs, rng)
    turned = (rng.random(case.n_pairs) < 0.5)[pair]
    for_left = np.where(turned, -gap, gap) + 0.2
    if case.sign == 0:
        for_left = np.where(rater == 0, rng.normal(-2, 1, len(pair)), for_left)
    left = np.where(turned, 2 * pair + 1, 2 * pair)
    nothing = np.zeros(len(pair), dtype=np.int64)
    return PairVotes(
        left_model=nothing,
        right_model=nothing + 1,
        left_draft=left,
        right_draft=4 * pair + 1 - left,
        content_type=nothing,
        choice=np.where(for_left > 0, Choice.LEFT, Choice.RIGHT),
        rater=rater,
        at=_times(pair, rng),
    )


def _draw_opinions(case: Case, n: int, rng: np.random.Generator) -> tuple[Codes, Codes, Floats]:
    """Units, raters and opinions."""
    unit: Codes = np.repeat(np.arange(n), PER_DRAFT)
    rater: Codes = rng.permuted(np.tile(np.arange(N_RATERS), (n, 1)), axis=1)[:, :PER_DRAFT].ravel()
    merit = rng.normal(0, 1, n)[unit]
    opinion = np.where(rater == 0, case.sign * merit, merit) + rng.normal(0, case.noise_sd, len(unit))
    return unit, rater, opinion


def _times(unit: Codes, rng: np.random.Generator) -> Floats:
    """A week's units are judged within that week and the next two."""
    weekly = max(1.0, (unit.max(initial=0) + 1) / WEEKS)
    return np.asarray(unit + rng.random(len(unit)) * 2 * weekly)


@pytest.mark.parametrize("case", [INNOCENT[1], INNOCENT[4]], ids=str)
def test_a_rater_who_does_not_look_is_rarely_flagged(case: Case) -> None:
    first, others = ever_flagged(case, SMALL // 10)
    assert first.at_most(0.05)
    assert others.at_most(0.05)


def test_a_rater_who_turns_the_scale_round_is_found() -> None:
    first, _ = ever_flagged(GUILTY[0], SMALL // 10)
    assert first.value > 0.7


def study(replicates: int = FULL // 10) -> str:
    """The table of docs/statistics.md."""
    names = {1.0: "honest", 0.0: "does not look", -1.0: "reversed"}
    lines = [
        "| first rater | noise SD | drafts | pairs | flagged at one of 26 looks | each other rater |",
        "|---|---|---|---|---|---|",
    ]
    for case in (*INNOCENT, *GUILTY):
        first, others = ever_flagged(case, replicates)
        lines.append(
            f"| {names[float(case.sign)]} | {case.noise_sd} | {case.n_drafts} | {case.n_pairs} "
            f"| {first} | {others} |"
        )
    return "\n".join(lines)
