"""Tables from CSV files: typed columns, and every row that cannot be used with its place and reason.

Whoever keeps ratings in a spreadsheet sends files with a byte order mark, semicolons, Windows'
encoding, blank lines and half-filled rows. What is unmistakable is read; what is not is named.
"""

import codecs
import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from evaluation.errors import InvalidFile

LINE = "line"
FAULTS_KEPT = 1000

_ROWS_AT_A_TIME = 65_536
_BYTES_AT_A_TIME = 1 << 20
_DELIMITERS = ",;\t"
_WINDOWS = "cp1252"

Parse = Callable[[str], float | int | bool]
Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class RowFault:
    """A row that was set aside: the line on which it ends (from 1), the column, and why."""

    file: str
    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}, {self.column}: {self.reason}"


@dataclass
class FaultLog:
    """Counts all faults, keeps the first `FAULTS_KEPT`, and stops at the first where `strict`."""

    strict: bool = False
    n: int = 0
    kept: list[RowFault] = field(default_factory=list)

    @property
    def in_order(self) -> tuple[RowFault, ...]:
        """Those kept, file by file as these were read, by line."""
        files = list(dict.fromkeys(fault.file for fault in self.kept))
        return tuple(sorted(self.kept, key=lambda fault: (files.index(fault.file), fault.line)))

    def add(self, fault: RowFault) -> None:
        """Raises InvalidFile where strict."""
        if self.strict:
            raise InvalidFile(
                f"{fault} Nothing was analysed. Correct the row or, to set such rows aside, drop --strict."
            )
        self.n += 1
        if len(self.kept) < FAULTS_KEPT:
            self.kept.append(fault)


@dataclass(frozen=True)
class Column:
    """A column to read: `parse` takes a cell, stripped, and raises ValueError with a sentence."""

    name: str
    parse: Parse
    dtype: type = np.float64


@dataclass(frozen=True)
class Header:
    """The first row. `first_rows` are a few that follow, for whoever must guess what a column holds."""

    file: str
    names: tuple[str, ...]
    first_rows: tuple[tuple[str, ...], ...]

    def require(self, *names: str) -> None:
        """Raises InvalidFile, naming what is missing."""
        missing = [name for name in names if name not in self.names]
        if missing:
            raise InvalidFile(
                f"{self.file} lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}. "
                f"Its first line must name the columns; it names: {', '.join(self.names) or 'nothing'}."
            )

    def cells(self, name: str) -> list[str]:
        """The first cells of a column."""
        place = self.names.index(name)
        return [row[place] for row in self.first_rows if place < len(row)]


@dataclass(frozen=True)
class Table:
    """Columns of one length, by name, and the line of each row. `encoding` is that of the file."""

    file: str
    columns: dict[str, NDArray[Any]]
    encoding: str

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.columns[name]

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def __len__(self) -> int:
        return len(self.columns[LINE])

    def where(self, chosen: NDArray[np.bool_]) -> "Table":
        """The chosen rows."""
        return Table(
            self.file, {name: values[chosen] for name, values in self.columns.items()}, self.encoding
        )

    def set_aside(
        self, bad: NDArray[np.bool_], column: str, reason: str | Callable[[int], str], faults: FaultLog
    ) -> "Table":
        """The other rows; a fault for each bad one. Its reason may depend on its place."""
        if not bad.any():
            return self
        for place in np.flatnonzero(bad).tolist():
            words = reason if isinstance(reason, str) else reason(place)
            faults.add(RowFault(self.file, int(self[LINE][place]), column, words))
        return self.where(~bad)


def read_table(
    path: Path,
    choose: Callable[[Header], Sequence[Column]],
    faults: FaultLog,
    progress: Progress | None = None,
) -> Table:
    """The columns that `choose` picks by the header; rows that do not parse become faults.

    UTF-8 with or without a byte order mark, UTF-16 with one, or Windows-1252; separated by commas,
    semicolons or tabs. Cells are stripped, header names also lower-cased, blank lines skipped. Linear,
    65,536 rows in memory at a time. Raises InvalidFile for a file that is missing, empty, binary, has a
    column twice or a quotation mark that never closes.
    """
    encoding = _find_encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=_find_delimiter(file), strict=True)
        rows = _numbered(reader, path.name)
        names = _read_names(rows, path.name)
        first = list(islice(rows, _ROWS_AT_A_TIME))
        header = Header(path.name, names, tuple(tuple(row) for _, row in first[:100]))
        columns = choose(header)
        places = [names.index(column.name) for column in columns]
        chunks, n = [], 0
        while first:
            chunks.append(_parse_rows(path.name, first, names, columns, places, faults))
            n += len(first)
            if progress is not None:
                progress(path.name, n)
            first = list(islice(rows, _ROWS_AT_A_TIME))
    return Table(path.name, _joined(chunks, columns), encoding)


def _find_encoding(path: Path) -> str:
    """Which of the encodings decodes the whole file."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        for encoding in ("utf-8-sig", _WINDOWS):
            if _decodes(path, encoding):
                return encoding
    except OSError as error:
        reason = error.strerror or str(error)
        raise InvalidFile(
            f"{path} cannot be read: {reason}. Check the name, and that it is a file."
        ) from error
    raise InvalidFile(f"{path.name} is not text in UTF-8 or Windows-1252. Save it as CSV in UTF-8.")


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with path.open("rb") as file:
        try:
            while block := file.read(_BYTES_AT_A_TIME):
                if b"\0" in block:
                    return False
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _find_delimiter(file: TextIO) -> str:
    """The separator that the first line has most of."""
    line = file.readline()
    file.seek(0)
    return max(_DELIMITERS, key=line.count)


def _numbered(reader: Any, name: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, each with the line on which it ends."""
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
    except csv.Error as error:
        raise InvalidFile(
            f"{name}, line {reader.line_num}: {error}. Often a quotation mark was opened and not closed; "
            'inside a quoted cell it is written twice (""). Nothing was analysed.'
        ) from error
    except UnicodeError as error:
        raise InvalidFile(f"{name} ends in the middle of a character. Save it anew, in UTF-8.") from error


def _read_names(rows: Iterator[tuple[int, list[str]]], file: str) -> tuple[str, ...]:
    _, cells = next(rows, (0, []))
    names = tuple(cell.strip().lower() for cell in cells)
    if not any(names):
        raise InvalidFile(f"{file} is empty. Its first line must name the columns.")
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise InvalidFile(
            f"{file} has the column {', '.join(twice)} twice. Rename or delete one, so that it is clear "
            "which is meant."
        )
    return names


def _parse_rows(
    file: str,
    rows: list[tuple[int, list[str]]],
    names: tuple[str, ...],
    columns: Sequence[Column],
    places: Sequence[int],
    faults: FaultLog,
) -> dict[str, NDArray[Any]]:
    full = [row for row in rows if len(row[1]) == len(names)]
    if len(full) < len(rows):
        for line, row in rows:
            if len(row) != len(names) and any(cell.strip() for cell in row):
                reason = f"there are {len(row)} cells where the header has {len(names)}."
                faults.add(RowFault(file, line, names[min(len(row), len(names) - 1)], reason))
    lines = np.fromiter((line for line, _ in full), dtype=np.int64, count=len(full))
    cells = list(zip(*(row for _, row in full), strict=True)) or [()] * len(names)
    good = np.ones(len(full), dtype=bool)
    parsed: dict[str, NDArray[Any]] = {}
    for column, place in zip(columns, places, strict=True):
        parsed[column.name] = _parse_column(file, cells[place], column, lines, good, faults)
    parsed[LINE] = lines
    return parsed if good.all() else {name: values[good] for name, values in parsed.items()}


def _parse_column(
    file: str,
    cells: Iterable[str],
    column: Column,
    lines: NDArray[np.int64],
    good: NDArray[np.bool_],
    faults: FaultLog,
) -> NDArray[Any]:
    """Parses at full speed and, only if that fails, cell by cell; a bad row loses its place in `good`."""
    stripped = [cell.strip() for cell in cells]
    try:
        return np.fromiter(map(column.parse, stripped), dtype=column.dtype, count=len(stripped))
    except ValueError:
        values: NDArray[Any] = np.zeros(len(stripped), dtype=column.dtype)
    for place, cell in enumerate(stripped):
        try:
            values[place] = column.parse(cell)
        except ValueError as error:
            if good[place]:
                faults.add(RowFault(file, int(lines[place]), column.name, str(error)))
            good[place] = False
    return values


def _joined(chunks: list[dict[str, NDArray[Any]]], columns: Sequence[Column]) -> dict[str, NDArray[Any]]:
    kinds: dict[str, type] = {column.name: column.dtype for column in columns} | {LINE: np.int64}
    return {
        name: np.concatenate([chunk[name] for chunk in chunks]) if chunks else np.empty(0, dtype=dtype)
        for name, dtype in kinds.items()
    }
