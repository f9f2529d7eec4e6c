"""What a cell says: scores, thumbs, times, yes or no, choices, and names as codes.

Every parser takes a stripped cell and raises ValueError with a sentence for whoever must correct it.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from math import isfinite, nan

from evaluation.statistics.observations import Choice

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
NO_IDEA = "?"
NOT_ASKED_CODE, NO_IDEA_CODE = -2, -1

BETWEEN_MODELS = "|"

ANY_TYPE = "unspecified"
ANY_MODEL = "unspecified model"

_YES = frozenset({"true", "yes", "1", "y", "t"})
_NO = frozenset({"false", "no", "0", "n", "f", ""})
_THUMBS = {"": nan, "1": 1.0, "+1": 1.0, "up": 1.0, "-1": -1.0, "down": -1.0}
_POSIX_DIGITS = 9
_YEAR_1, _YEAR_10_000 = -62_135_596_800, 253_402_300_800
_LONGEST_SHOWN = 40


class Cached(dict[str, float]):
    """A parser that sees few different cells and parses each once: ten scores, two thumbs."""

    def __init__(self, parse: Callable[[str], float]) -> None:
        self._parse = parse

    def __missing__(self, cell: str) -> float:
        value = self[cell] = self._parse(cell)
        return value


class Names(dict[str, int]):
    """Codes for names, in order of first appearance. A name cannot be empty."""

    def __missing__(self, cell: str) -> int:
        if not cell:
            raise ValueError("it is empty.")
        return self.setdefault(unescape(cell), len(self))


class KnownNames(dict[str, int]):
    """Codes of names that must be known already; `where` says where they were looked for."""

    def __init__(self, codes: dict[str, int], where: str) -> None:
        super().__init__(codes)
        self._where = where

    def __missing__(self, cell: str) -> int:
        name = unescape(cell)
        if name != cell and name in self:
            return self[name]
        raise ValueError(f"{shown(cell)} is not in {self._where}." if cell else "it is empty.")


def parse_score(cell: str) -> float:
    """1–10, also in halves; NaN for an empty cell."""
    if not cell:
        return nan
    value = _number(cell)
    if not 1 <= value <= 10:
        raise ValueError(f"{shown(cell)} is not from 1 to 10.")
    return value


def parse_thumb(cell: str) -> float:
    value = _THUMBS.get(cell.lower())
    if value is None:
        raise ValueError(f"{shown(cell)} is no thumb. Write 1, -1 or nothing.")
    return value


def split_models(cell: str) -> tuple[str, ...]:
    """The models that `join_models` was given."""
    return tuple(name for part in unescape(cell).split(BETWEEN_MODELS) if (name := part.strip()))


def join_models(models: Iterable[str]) -> str:
    """Names of models in one cell."""
    return escape(BETWEEN_MODELS.join(models))


def parse_number(cell: str) -> float:
    """Any finite number; NaN for an empty cell."""
    return _number(cell) if cell else nan


def parse_propensity(cell: str) -> float:
    value = parse_number(cell)
    if value <= 0 or value > 1:
        raise ValueError(f"{shown(cell)} is no probability above 0 and up to 1.")
    return value


def parse_flag(cell: str) -> bool:
    lowered = cell.lower()
    if lowered not in _YES and lowered not in _NO:
        raise ValueError(f"{shown(cell)} is neither true nor false.")
    return lowered in _YES


def parse_choice(cell: str) -> int:
    name = cell.upper().replace(" ", "_")
    if name not in Choice.__members__:
        raise ValueError(f"{shown(cell)} is none of left, right, tie and both_bad.")
    return int(Choice[name])


def parse_time(cell: str) -> float:
    """POSIX seconds from ISO 8601 (UTC where it names no zone) or from themselves; NaN for an empty cell.

    Years 1 to 9999 (UTC), so that milliseconds are no time.
    """
    if not cell:
        return nan
    try:
        if cell.replace(".", "", 1).isdecimal() and len(cell) >= _POSIX_DIGITS:
            seconds = float(cell)
        else:
            moment = datetime.fromisoformat(cell)
            seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except ValueError:
        seconds = nan
    if not _YEAR_1 <= seconds < _YEAR_10_000:
        raise ValueError(f"{shown(cell)} is no time. Write it like 2026-11-20T14:30:00+01:00.")
    return seconds


def is_number(cell: str) -> bool:
    """Whether a cell holds a finite number."""
    try:
        _number(cell.strip())
    except ValueError:
        return False
    return True


def escape(text: str) -> str:
    """Text that a spreadsheet shows and does not compute: a formula gets an apostrophe in front."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def unescape(text: str) -> str:
    """What `escape` was given."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text


def shown(cell: str) -> str:
    """A cell as it may stand in a message: quoted, without control characters, not too long."""
    short = cell if len(cell) <= _LONGEST_SHOWN else f"{cell[: _LONGEST_SHOWN - 1]}…"
    return repr(short)


def _number(cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = nan
    if isfinite(value):
        return value
    if "," in cell:
        raise ValueError(f"{shown(cell)} is no number. Write a point for the comma: 7.5.")
    raise ValueError(f"{shown(cell)} is no number.")
