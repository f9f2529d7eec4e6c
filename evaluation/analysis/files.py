"""Observations from plain files: ratings, drafts and votes as CSV. No database.

    ratings   draft_id, rater, score[, thumb, at, assigned, propensity, model_guess, drawn_from,
              others_visible]
    drafts    draft_id, model[, content_type, heuristic, and any other column of numbers: a dimension]
    votes     left_draft, right_draft, choice, rater[, at, others_visible]
              or left_model, right_model[, content_type]
    tasks     model, drawn_from[, at]: every draw of an audit, rated or not

Without a drafts file, ratings may name the `model` and `content_type` themselves. A row that cannot be
used is set aside, with its line, column and reason; nothing is guessed.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.analysis.arms import model_of
from evaluation.analysis.assigned import shares_of_draws
from evaluation.analysis.cells import (
    ANY_MODEL,
    ANY_TYPE,
    NO_IDEA,
    NO_IDEA_CODE,
    NOT_ASKED_CODE,
    Cached,
    KnownNames,
    Names,
    is_number,
    parse_choice,
    parse_flag,
    parse_number,
    parse_propensity,
    parse_score,
    parse_thumb,
    parse_time,
    shown,
    split_models,
)
from evaluation.analysis.document import SetAsideRow, Source
from evaluation.analysis.latest import latest
from evaluation.analysis.recoding import recode
from evaluation.analysis.rows import Column, FaultLog, Header, Progress, RowFault, Table, read_table
from evaluation.statistics.observations import (
    AssignedShares,
    Codes,
    Drafts,
    Flags,
    Labels,
    Observations,
    PairVotes,
    Ratings,
)

DIMENSION_SUFFIX = "_quality"

_DRAFT_COLUMNS = frozenset({"draft_id", "model", "content_type", "heuristic"})
_BY_DRAFT, _BY_MODEL = ("left_draft", "right_draft"), ("left_model", "right_model")


@dataclass(frozen=True)
class FilesRead:
    """What files hold. `faults` are the first 1,000 rows set aside, `n_set_aside` counts all.

    `n_superseded` judgements were given anew by the same rater, `n_later` come after `until`. Of
    `n_others_visible` ratings the file says that another's reaction could be seen before; with
    `private_only` these are left out, and votes like them, `n_after_others` in all. `notes` are sentences on
    what was read in an unusual way.
    """

    observations: Observations
    faults: tuple[RowFault, ...] = ()
    n_set_aside: int = 0
    n_superseded: int = 0
    n_later: int = 0
    notes: tuple[str, ...] = ()
    n_others_visible: int = 0
    n_after_others: int = 0

    @property
    def source(self) -> Source:
        """The same for the analysis' document."""
        return Source(
            n_set_aside=self.n_set_aside,
            set_aside=tuple(SetAsideRow(**vars(fault)) for fault in self.faults),
            n_superseded=self.n_superseded,
            n_later=self.n_later,
            left_out={"after_others": self.n_after_others} if self.n_after_others else {},
            n_others_visible=self.n_others_visible,
            notes=self.notes,
        )


def read_files(
    ratings: Path,
    drafts: Path | None = None,
    votes: Path | None = None,
    until: datetime | None = None,
    strict: bool = False,
    progress: Progress | None = None,
    *,
    tasks: Path | None = None,
    private_only: bool = False,
) -> FilesRead:
    """Read what there is. The order of rows does not matter where they have times.

    Of a rater's ratings of a draft, or votes on a pair of drafts, the latest counts: by `at`, and by
    row among equal or missing times. With `until` (aware), judgements at or after it are left out, and
    rows without a time set aside. With `private_only` without those given where another's reaction could be
    seen before. `progress` is told a file's name and the rows read so far.

    n log n in the rows. Raises InvalidFile for a file that cannot be read or lacks a column and, where
    `strict`, at the first row that cannot be used.
    """
    return _Reading(until, FaultLog(strict), progress, private_only).read(ratings, drafts, votes, tasks)


class _Reading:
    """One call of `read_files`: the names met so far, and what is set aside."""

    def __init__(
        self, until: datetime | None, faults: FaultLog, progress: Progress | None, private_only: bool
    ) -> None:
        self._until = None if until is None else until.timestamp()
        self._private_only = private_only
        self._faults = faults
        self._read_table = partial(read_table, faults=faults, progress=progress)
        self._models, self._types, self._raters, self._guesses = Names(), Names(), Names(), Names()
        self._draws: dict[tuple[str, ...], int] = {(): 0}
        self._draft_names: dict[str, int] = {}
        self._where = ""
        self._notes: list[str] = []
        self._n_superseded = self._n_later = self._n_others_visible = self._n_after_others = 0

    def read(self, ratings: Path, drafts: Path | None, votes: Path | None, tasks: Path | None) -> FilesRead:
        if drafts is not None:
            known = self._drafts(drafts)
            rating_rows = self._rating_rows(ratings, KnownNames(self._draft_names, self._where))
        else:
            names = Names()
            rating_rows, known = self._drafts_in_ratings(self._rating_rows(ratings, names), names)
        rated, drawn_from = self._ratings(rating_rows, known.model)
        voted = self._votes(votes, known) if votes is not None else no_votes()
        drawn = self._task_rows(tasks) if tasks is not None else None
        labels = Labels(
            tuple(self._models), tuple(self._types), tuple(self._raters), tuple(self._draft_names)
        )
        assigned = self._shares(known.model[rated.draft], drawn_from)
        return FilesRead(
            observations=recode(
                Observations(labels, known, rated, voted, assigned, drawn and self._shares(*drawn))
            ),
            faults=self._faults.in_order,
            n_set_aside=self._faults.n,
            n_superseded=self._n_superseded,
            n_later=self._n_later,
            notes=tuple(self._notes),
            n_others_visible=self._n_others_visible,
            n_after_others=self._n_after_others,
        )

    def _table(self, path: Path, choose: Any) -> Table:
        table = self._read_table(path, choose)
        if table.encoding == "cp1252":
            self._notes.append(
                f"{path.name} is not in UTF-8 and was read as Windows-1252: check names with accents."
            )
        return table

    def _drafts(self, path: Path) -> Drafts:
        names, dimensions = Names(), list[str]()

        def choose(header: Header) -> list[Column]:
            header.require("draft_id", "model")
            dimensions.extend(self._dimensions(header))
            columns = [
                Column("draft_id", names.__getitem__, np.int64),
                Column("model", self._models.__getitem__, np.int64),
                Column("content_type", self._type, np.int64),
                *(Column(name, parse_number) for name in ("heuristic", *dimensions)),
            ]
            return [column for column in columns if column.name in header.names]

        table = self._table(path, choose)
        first = np.zeros(len(table), dtype=bool)
        first[np.unique(table["draft_id"], return_index=True)[1]] = True
        listed = tuple(names)
        codes = table["draft_id"]
        table = table.set_aside(
            ~first,
            "draft_id",
            lambda place: f"{shown(listed[codes[place]])} is listed on an earlier line.",
            self._faults,
        )
        self._draft_names = {listed[code]: place for place, code in enumerate(table["draft_id"].tolist())}
        self._where = path.name
        return Drafts(
            model=table["model"],
            content_type=self._types_of(table),
            heuristic=table["heuristic"] if "heuristic" in table else np.full(len(table), nan),
            dimensions={name.removesuffix(DIMENSION_SUFFIX): table[name] for name in dimensions},
        )

    def _dimensions(self, header: Header) -> list[str]:
        """Other columns that hold numbers, by the first rows; the rest is named and ignored."""
        others = [name for name in header.names if name and name not in _DRAFT_COLUMNS]
        found = [
            name
            for name in others
            if any(map(is_number, cells := header.cells(name))) or not any(map(str.strip, cells))
        ]
        if ignored := [name for name in others if name not in found]:
            self._notes.append(f"{header.file}: ignored, because they hold no numbers: {', '.join(ignored)}.")
        return found

    def _type(self, cell: str) -> int:
        return self._types[cell or ANY_TYPE]

    def _types_of(self, table: Table) -> Codes:
        if "content_type" in table:
            return np.asarray(table["content_type"], dtype=np.int64)
        return np.full(len(table), self._types[ANY_TYPE], dtype=np.int64)

    def _rating_rows(self, path: Path, drafts: dict[str, int]) -> Table:
        alone = not isinstance(drafts, KnownNames)

        def choose(header: Header) -> list[Column]:
            header.require("draft_id", "rater")
            if "thumb" not in header.names:
                header.require("score")
            header.require(*self._required())
            columns = [
                Column("draft_id", drafts.__getitem__, np.int64),
                Column("rater", self._raters.__getitem__, np.int64),
                Column("score", Cached(parse_score).__getitem__),
                Column("thumb", Cached(parse_thumb).__getitem__),
                Column("at", parse_time),
                Column("assigned", Cached(parse_flag).__getitem__, np.bool_),
                Column("propensity", Cached(parse_propensity).__getitem__),
                Column("model_guess", Cached(self._guess).__getitem__, np.int64),
                Column("drawn_from", Cached(self._draw).__getitem__, np.int64),
                Column("others_visible", Cached(parse_flag).__getitem__, np.bool_),
            ]
            if alone:
                columns += [
                    Column("model", self._models.__getitem__, np.int64),
                    Column("content_type", self._type, np.int64),
                ]
            return [column for column in columns if column.name in header.names]

        return self._table(path, choose)

    def _required(self) -> tuple[str, ...]:
        """What ratings and votes must say to be chosen by time, or by what could be seen."""
        by_time = ("at",) if self._until is not None else ()
        return (*by_time, "others_visible") if self._private_only else by_time

    def _draw(self, cell: str) -> int:
        return self._draws.setdefault(split_models(cell), len(self._draws))

    def _task_rows(self, path: Path) -> tuple[Codes, Codes]:
        """The model and the draw of each task."""

        def choose(header: Header) -> list[Column]:
            header.require("model", "drawn_from", *(["at"] if self._until is not None else []))
            columns = [
                Column("model", self._models.__getitem__, np.int64),
                Column("drawn_from", Cached(self._draw).__getitem__, np.int64),
                Column("at", parse_time),
            ]
            return [column for column in columns if column.name in header.names]

        table = self._table(path, choose)
        if self._until is not None:
            table = table.where(table["at"] < self._until)
        return table["model"], table["drawn_from"]

    def _shares(self, author: Codes, drawn_from: Codes) -> AssignedShares | None:
        """What chance drew, beside what it could have drawn. A draw is of models, which arms belong to."""
        draws, labels = tuple(self._draws), tuple(self._models)
        known = {*labels, *(model for draw in draws for model in draw)}
        models = [model_of(label, known) for label in labels]
        noted = np.flatnonzero(drawn_from)
        return shares_of_draws((models[author[row]], draws[drawn_from[row]]) for row in noted.tolist())

    def _guess(self, cell: str) -> int:
        if not cell:
            return NOT_ASKED_CODE
        return NO_IDEA_CODE if cell == NO_IDEA else self._guesses[cell]

    def _drafts_in_ratings(self, table: Table, names: Names) -> tuple[Table, Drafts]:
        """Drafts that only ratings tell of: each has the model and type of its first row."""
        if "model" in table:
            model = table["model"]
        else:
            model = np.full(len(table), self._models[ANY_MODEL], dtype=np.int64)
            self._notes.append(
                "Without a drafts file, or a column `model` in the ratings, all drafts count as one model's."
            )
        listed = tuple(names)
        codes, first, place = np.unique(table["draft_id"], return_index=True, return_inverse=True)
        known = Drafts(model[first], self._types_of(table)[first], np.full(len(codes), nan))
        self._draft_names = {listed[code]: number for number, code in enumerate(codes.tolist())}
        self._where = table.file
        moved = Table(table.file, table.columns | {"draft_id": place}, table.encoding)
        kept = moved.set_aside(
            model != model[first][place],
            "model",
            lambda row: f"an earlier line says that draft {shown(listed[codes[place[row]]])} is another's.",
            self._faults,
        )
        return kept, known

    def _ratings(self, table: Table, author: Codes) -> tuple[Ratings, Codes]:
        """Ratings, and the draw of each."""
        score, thumb = (_floats(table, name) for name in ("score", "thumb"))
        silent = np.isnan(score) & np.isnan(thumb)
        table = table.set_aside(silent, "score", "there is neither a score nor a thumb.", self._faults)
        guess, table = self._guessed(table, author)
        table = Table(table.file, table.columns | {"model_guess": guess}, table.encoding)
        table = self._timely(table)
        at = _floats(table, "at")
        table = self._latest(table, table["draft_id"] * len(self._raters) + table["rater"], at)
        table, seen = self._private(table)
        self._n_others_visible = int(seen.sum())
        assigned = table["assigned"] if "assigned" in table else np.zeros(len(table), dtype=bool)
        drawn_from = table["drawn_from"] if "drawn_from" in table else np.zeros(len(table), dtype=np.int64)
        ratings = Ratings(
            draft=table["draft_id"],
            rater=table["rater"],
            score=_floats(table, "score"),
            thumb=_floats(table, "thumb"),
            at=_floats(table, "at"),
            assigned=assigned,
            propensity=_floats(table, "propensity"),
            model_guess=table["model_guess"],
        )
        return ratings, np.where(assigned, drawn_from, 0)

    def _private(self, table: Table) -> tuple[Table, Flags]:
        """What counts, and whether another's reaction could be seen before."""
        if "others_visible" not in table:
            return table, np.zeros(len(table), dtype=bool)
        seen = table["others_visible"]
        if not self._private_only:
            return table, seen
        self._n_after_others += int(seen.sum())
        return table.where(~seen), seen[~seen]

    def _guessed(self, table: Table, author: Codes) -> tuple[Codes, Table]:
        """Guesses as codes of models; a row that guesses what nobody is called is set aside."""
        if "model_guess" not in table:
            return np.full(len(table), NOT_ASKED_CODE, dtype=np.int64), table
        unknown = NOT_ASKED_CODE - 1
        authors = set(np.unique(author).tolist())
        codes = [self._models.get(name, unknown) for name in self._guesses]
        by_guess = np.array([code if code in authors else unknown for code in codes], dtype=np.int64)
        given = table["model_guess"]
        guess = np.where(given >= 0, np.append(by_guess, unknown)[np.maximum(given, 0)], given)
        bad, listed = guess == unknown, tuple(self._guesses)
        kept = table.set_aside(
            bad,
            "model_guess",
            lambda place: f"{shown(listed[given[place]])} wrote none of the drafts. Write ? for no idea.",
            self._faults,
        )
        return guess[~bad], kept

    def _votes(self, path: Path, drafts: Drafts) -> PairVotes:
        known = KnownNames(self._draft_names, self._where)
        sides = list[str]()

        def choose(header: Header) -> list[Column]:
            by_draft = all(name in header.names for name in _BY_DRAFT)
            sides.extend(_BY_DRAFT if by_draft or _BY_MODEL[0] not in header.names else _BY_MODEL)
            header.require(*sides, "choice", "rater", *self._required())
            names = known if sides[0] == _BY_DRAFT[0] else self._models
            columns = [
                *(Column(side, names.__getitem__, np.int64) for side in sides),
                Column("choice", Cached(parse_choice).__getitem__, np.int64),
                Column("rater", self._raters.__getitem__, np.int64),
                Column("at", parse_time),
                Column("others_visible", Cached(parse_flag).__getitem__, np.bool_),
            ]
            if names is self._models:
                columns.append(Column("content_type", self._type, np.int64))
            return [column for column in columns if column.name in header.names]

        table = self._table(path, choose)
        return self._paired(table, sides, drafts)

    def _paired(self, table: Table, sides: list[str], drafts: Drafts) -> PairVotes:
        by_draft = sides[0] == _BY_DRAFT[0]

        def models(rows: Table) -> tuple[Codes, Codes]:
            left, right = (rows[side] for side in sides)
            return (drafts.model[left], drafts.model[right]) if by_draft else (left, right)

        left, right = models(table)
        reason = "both texts are by one model, so that the vote says nothing about models."
        table = self._timely(table.set_aside(left == right, sides[1], reason, self._faults))
        if by_draft:
            low, high = (np.sort([table[side] for side in sides], axis=0)).reshape(2, -1)
            key = (low * len(drafts) + high) * max(1, len(self._raters)) + table["rater"]
            table = self._latest(table, key, _floats(table, "at"))
        table, _ = self._private(table)
        left, right = models(table)
        unknown = np.full(len(table), -1, dtype=np.int64)
        return PairVotes(
            left_model=left,
            right_model=right,
            left_draft=table[sides[0]] if by_draft else unknown,
            right_draft=table[sides[1]] if by_draft else unknown,
            content_type=drafts.content_type[table[sides[0]]] if by_draft else self._types_of(table),
            choice=table["choice"],
            rater=table["rater"],
            at=_floats(table, "at"),
        )

    def _timely(self, table: Table) -> Table:
        """Only what was said before `until`."""
        if self._until is None:
            return table
        reason = "there is no time, so that nobody can tell whether this was said before the date asked for."
        table = table.set_aside(np.isnan(table["at"]), "at", reason, self._faults)
        early = table["at"] < self._until
        self._n_later += int((~early).sum())
        return table.where(early)

    def _latest(self, table: Table, key: Codes, at: NDArray[np.float64]) -> Table:
        kept = latest(key, at)
        self._n_superseded += int((~kept).sum())
        return table.where(kept)


def no_votes() -> PairVotes:
    """No votes at all."""
    codes = np.empty(0, dtype=np.int64)
    return PairVotes(codes, codes, codes, codes, codes, codes, codes, np.empty(0))


def _floats(table: Table, name: str) -> NDArray[np.float64]:
    return table[name] if name in table else np.full(len(table), nan)
