"""Exported files: what is written is what is read again, without names and without formulas."""

import csv
from dataclasses import fields, replace
from pathlib import Path
from random import Random

import numpy as np
import pytest

from evaluation.analysis.export import FILES, with_pseudonyms, write_files
from evaluation.analysis.files import read_files
from evaluation.analysis.recoding import recode
from evaluation.statistics.observations import Observations
from tests.simulations.judgements import Team, draw_judgements

TEAM = Team(n_types=2, n_votes=20, thumbs_share=0.3, raters_per_draft=3)


def judgements() -> Observations:
    _, observations = draw_judgements(TEAM, np.random.default_rng(3))
    n_drafts, n_ratings = len(observations.drafts), len(observations.ratings)
    rng = np.random.default_rng(4)
    labels = replace(
        observations.labels,
        models=("=HYPERLINK(1)", "@b", "-c", "d", "e"),
        raters=("Ada", "Ben", "Cleo", "Dag", "Eva"),
        drafts=tuple(f"draft-{n}" for n in range(n_drafts)),
    )
    return recode(
        replace(
            observations,
            labels=labels,
            drafts=replace(observations.drafts, dimensions={"length": rng.random(n_drafts)}),
            ratings=replace(
                observations.ratings,
                at=1.7e9 + np.arange(n_ratings) / 4,
                assigned=rng.random(n_ratings) < 0.5,
                propensity=np.full(n_ratings, 1 / 3),
                model_guess=rng.integers(-2, 5, n_ratings),
            ),
        )
    )


def written_and_read(observations: Observations, folder: Path) -> Observations:
    drafts, ratings, votes = write_files(observations, folder)
    found = read_files(ratings, drafts, votes, strict=True)
    assert (found.n_superseded, found.notes) == (0, ())
    return found.observations


def test_what_was_written_is_read(tmp_path: Path) -> None:
    observations = judgements()
    again = written_and_read(observations, tmp_path)
    assert again.labels == observations.labels
    for part in ("drafts", "ratings", "votes"):
        for column in fields(getattr(observations, part)):
            before = getattr(getattr(observations, part), column.name)
            after = getattr(getattr(again, part), column.name)
            if column.name == "dimensions":
                before, after = before["length"], after["length"]
            np.testing.assert_allclose(after, before, rtol=1e-11, err_msg=f"{part}.{column.name}")


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    write_files(judgements(), tmp_path)
    for name in FILES:
        for row in csv.reader((tmp_path / name).read_text().splitlines()):
            for cell in row:
                assert not cell.startswith(("=", "+", "@", "\t", "\r"))
                assert not cell.startswith("-") or cell == "-1"


def test_pseudonyms_are_drawn_anew_and_change_nothing_else(tmp_path: Path) -> None:
    observations = judgements()
    first, second = (with_pseudonyms(observations, Random(seed)) for seed in (1, 2))
    assert set(first.labels.raters) == {"rater-01", "rater-02", "rater-03", "rater-04", "rater-05"}
    assert first.labels.raters != second.labels.raters
    assert first.ratings is observations.ratings
    write_files(first, tmp_path)
    written = (tmp_path / "ratings.csv").read_text()
    assert not any(name in written for name in observations.labels.raters)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "votes.csv").write_text("mine")
    with pytest.raises(FileExistsError):
        write_files(judgements(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["votes.csv"]


def test_an_interrupted_export_leaves_nothing(tmp_path: Path) -> None:
    broken = replace(judgements(), labels=replace(judgements().labels, raters=()))
    with pytest.raises(IndexError):
        write_files(broken, tmp_path)
    assert list(tmp_path.iterdir()) == []
