"""The plain files that `read_files` reads, written from observations, and what people corrected."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b
from math import isnan
from pathlib import Path
from random import Random

import numpy as np

from evaluation.analysis.cells import NO_IDEA, NO_IDEA_CODE, escape, join_models
from evaluation.analysis.circumstances import Circumstances
from evaluation.analysis.files import DIMENSION_SUFFIX
from evaluation.statistics.observations import Choice, Observations
from evaluation.store.edits import Correction

FILES = ("drafts.csv", "ratings.csv", "votes.csv")
TASKS, EDITS = "tasks.csv", "edits.csv"

_DIGEST_BYTES = 6


def with_pseudonyms(observations: Observations, rng: Random) -> Observations:
    """The same with raters called rater-01, rater-02, … in an order that `rng` draws.

    Numbers and no digests: whoever knows a team's few ids could try them all. Nobody keeps the order, so
    two exports call the same person differently.
    """
    n = len(observations.labels.raters)
    width = len(str(n)) + (n < 10)
    numbers = rng.sample(range(1, n + 1), n)
    names = tuple(f"rater-{number:0{width}d}" for number in numbers)
    return replace(observations, labels=replace(observations.labels, raters=names))


def with_hashed_editors(corrections: Iterable[Correction], key: bytes) -> list[Correction]:
    """The same with editors called editor-<12 hexadecimal digits>: one person, one name under one `key`.

    Whoever does not have the key cannot try out a team's few ids; draw one for each export and forget it.
    """
    return [replace(each, editor_id=f"editor-{_keyed_digest(each.editor_id, key)}") for each in corrections]


def write_files(
    observations: Observations,
    folder: Path,
    circumstances: Circumstances | None = None,
    corrections: Sequence[Correction] | None = None,
) -> tuple[Path, ...]:
    """Writes drafts.csv, ratings.csv and votes.csv in UTF-8; the folder must exist. Linear.

    With `circumstances` these say what could be seen and drawn, and tasks.csv has every draw. With
    `corrections` also edits.csv: what a model wrote beside what a person made of it. Text that a
    spreadsheet would compute as a formula gets an apostrophe in front, which reading takes off again. All of
    them appear, or none. Raises FileExistsError rather than overwrite.
    """
    tables = [
        _drafts(observations),
        _ratings(observations, circumstances),
        _votes(observations, circumstances),
    ]
    paths = tuple(folder / name for name in FILES)
    if circumstances is not None:
        tables.append(_tasks(circumstances))
        paths = (*paths, folder / TASKS)
    if corrections is not None:
        tables.append(_edits(corrections))
        paths = (*paths, folder / EDITS)
    for path in paths:
        if path.exists():
            raise FileExistsError(path)
    parts = [path.with_suffix(".csv.part") for path in paths]
    try:
        for part, (header, rows) in zip(parts, tables, strict=True):
            with part.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(header)
                writer.writerows(rows)
        for part, path in zip(parts, paths, strict=True):
            part.rename(path)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)
    return paths


_Rows = tuple[Sequence[str], Iterable[tuple[str, ...]]]


def _drafts(observations: Observations) -> _Rows:
    drafts, labels = observations.drafts, observations.labels
    dimensions = tuple(drafts.dimensions)
    columns = (
        map(escape, labels.drafts),
        _named(labels.models, drafts.model.tolist()),
        _named(labels.content_types, drafts.content_type.tolist()),
        *(map(_number, values.tolist()) for values in (drafts.heuristic, *drafts.dimensions.values())),
    )
    header = ("draft_id", "model", "content_type", "heuristic")
    return (*header, *(name + DIMENSION_SUFFIX for name in dimensions)), zip(*columns, strict=True)


def _ratings(observations: Observations, circumstances: Circumstances | None) -> _Rows:
    ratings, labels = observations.ratings, observations.labels
    guesses = np.where(ratings.model_guess < NO_IDEA_CODE, len(labels.models) + 1, ratings.model_guess)
    guesses = np.where(guesses == NO_IDEA_CODE, len(labels.models), guesses)
    columns = (
        _named(labels.drafts, ratings.draft.tolist()),
        _named(labels.raters, ratings.rater.tolist()),
        map(_number, ratings.score.tolist()),
        map(_number, ratings.thumb.tolist()),
        map(_time, ratings.at.tolist()),
        map(_flag, ratings.assigned.tolist()),
        map(_number, ratings.propensity.tolist()),
        _named((*labels.models, NO_IDEA, ""), guesses.tolist()),
    )
    header = ("draft_id", "rater", "score", "thumb", "at", "assigned", "propensity", "model_guess")
    if circumstances is None:
        return header, zip(*columns, strict=True)
    seen, drawn_from = circumstances.others_visible.tolist(), circumstances.drawn_from
    return (*header, "drawn_from", "others_visible"), zip(
        *columns, map(join_models, drawn_from), map(_flag, seen), strict=True
    )


def _votes(observations: Observations, circumstances: Circumstances | None) -> _Rows:
    """By drafts where they are known for all votes, else by models and content types."""
    votes, labels = observations.votes, observations.labels
    by_draft = bool((votes.left_draft >= 0).all() and (votes.right_draft >= 0).all())
    if by_draft:
        header: tuple[str, ...] = ("left_draft", "right_draft")
        sides = [(labels.drafts, votes.left_draft), (labels.drafts, votes.right_draft)]
    else:
        header = ("left_model", "right_model", "content_type")
        sides = [
            (labels.models, votes.left_model),
            (labels.models, votes.right_model),
            (labels.content_types, votes.content_type),
        ]
    columns = (
        *(_named(names, codes.tolist()) for names, codes in sides),
        (Choice(code).name.lower() for code in votes.choice.tolist()),
        _named(labels.raters, votes.rater.tolist()),
        map(_time, votes.at.tolist()),
    )
    header = (*header, "choice", "rater", "at")
    if circumstances is None:
        return header, zip(*columns, strict=True)
    seen = map(_flag, circumstances.votes_others_visible.tolist())
    return (*header, "others_visible"), zip(*columns, seen, strict=True)


def _tasks(circumstances: Circumstances) -> _Rows:
    rows = (
        (escape(model), join_models(drawn_from), _time(at))
        for (model, drawn_from), at in zip(circumstances.tasks, circumstances.tasks_at.tolist(), strict=True)
    )
    return ("model", "drawn_from", "at"), rows


def _edits(corrections: Sequence[Correction]) -> _Rows:
    rows = (
        (escape(each.draft_id), escape(each.original), escape(each.corrected), escape(each.editor_id),
         each.at.isoformat())
        for each in corrections
    )  # fmt: skip
    return ("draft_id", "original", "corrected", "editor", "at"), rows


def _keyed_digest(text: str, key: bytes) -> str:
    return blake2b(text.encode(), key=key, digest_size=_DIGEST_BYTES).hexdigest()


def _named(names: Sequence[str], codes: Iterable[int]) -> Iterable[str]:
    escaped = tuple(map(escape, names))
    return (escaped[code] for code in codes)


def _number(value: float) -> str:
    """To the last digit, so that reading gives the same number; whole numbers without a point."""
    if isnan(value):
        return ""
    return str(int(value)) if value.is_integer() else repr(value)


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _time(at: float) -> str:
    return "" if isnan(at) else datetime.fromtimestamp(at, UTC).isoformat()
