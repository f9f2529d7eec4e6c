"""Figures for another program: numbers as they are, nothing where nothing is known."""

import csv
from io import StringIO
from typing import NamedTuple

Cell = str | float | bool | None


class Records(NamedTuple):
    """A `header` that names each column with its unit, and `rows` of as many cells each."""

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def to_csv(self) -> str:
        """Nine digits, which is more than anybody measured; no thousands separators, no currency signs."""
        lines = StringIO(newline="")
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerows([self.header, *(map(_written, row) for row in self.rows)])
        return lines.getvalue()

    def columns(self) -> dict[str, list[Cell]]:
        """The same by column; without rows every column is empty."""
        return {name: [row[place] for row in self.rows] for place, name in enumerate(self.header)}


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    return f"{cell:.9g}" if isinstance(cell, float) else str(cell)
