"""The topics that models are evaluated on: those that ship, or a user's own.

A file is TOML: tables [[topics]] with `topic`, and optionally `industry`, `difficulty` and `held_back`.
`content_type` stands in each table, or once at the top for all of them.
"""

import tomllib
from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from importlib.resources import files
from itertools import zip_longest
from pathlib import Path
from random import Random
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evaluation.compliance_score import read_compliance_set
from evaluation.errors import InvalidFile

COMPLIANCE = "compliance"


class Difficulty(StrEnum):
    """easy: a familiar subject; medium: with a circumstance; hard: figures to keep, or a delicate matter."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


class Topic(BaseModel):
    """One thing to write about. Held-back topics are for a final evaluation only.

    `feature` is the id in the compliance set, for topics whose right answer is known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    content_type: str = Field(min_length=1)
    topic: str = Field(min_length=1, max_length=500)
    industry: str = Field(default="any", min_length=1)
    difficulty: Difficulty = Difficulty.MEDIUM
    held_back: bool = False
    feature: str | None = None


@cache
def shipped_topics() -> tuple[Topic, ...]:
    """All topics that ship: 36 for each kind of prose, and the features of the compliance set."""
    folder = files("evaluation.offline").joinpath("topics")
    prose = [
        topic
        for file in sorted(folder.iterdir(), key=lambda each: each.name)
        if file.name.endswith(".toml")
        for topic in parse_topics(file.read_text("utf-8"), file.name, file.name.removesuffix(".toml"))
    ]
    return (*prose, *_compliance_topics())


def read_topics(path: Path) -> tuple[Topic, ...]:
    """A user's own topics. Raises InvalidFile, one line for each wrong table."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidFile(f"{path} cannot be read: {error}. It must be a UTF-8 text file.") from error
    return parse_topics(text, str(path))


def parse_topics(text: str, label: str, content_type: str | None = None) -> tuple[Topic, ...]:
    """The topics of one file, named `label` in messages. Raises InvalidFile."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidFile(f"{label} is not valid TOML: {error}. Correct that line.") from error
    tables = document.get("topics")
    if not isinstance(tables, list) or not tables:
        raise InvalidFile(f"{label} holds no [[topics]]. Give each topic a table of its own.")
    common = document.get("content_type", content_type)
    topics, faults = [], []
    for place, table in enumerate(tables, start=1):
        try:
            topics.append(_topic(table, common))
        except ValidationError as error:
            fault = error.errors()[0]
            where = ".".join(str(part) for part in fault["loc"]) or "the table"
            faults.append(f"{label}: topic {place}, {where}: {fault['msg']}.")
    seen: dict[tuple[str, str], int] = {}
    for place, topic in enumerate(topics, start=1):
        first = seen.setdefault((topic.content_type, topic.topic), place)
        if first != place:
            faults.append(f"{label}: topic {place} repeats topic {first}. Leave one of them out.")
    if faults:
        raise InvalidFile("\n".join(faults))
    return tuple(topics)


def draw_topics(topics: Sequence[Topic], n: int, rng: Random) -> tuple[Topic, ...]:
    """`n` topics of one kind, as even as possible over industries and difficulties, in random order.

    Where there are fewer than `n`, they come again in the same proportions: another seed writes another
    text. No topics give none.
    """
    if not topics:
        return ()
    strata: dict[tuple[str, str], list[Topic]] = defaultdict(list)
    for topic in topics:
        strata[topic.industry, topic.difficulty].append(topic)
    shuffled = [rng.sample(strata[key], len(strata[key])) for key in sorted(strata)]
    rng.shuffle(shuffled)
    dealt = [topic for layer in zip_longest(*shuffled) for topic in layer if topic is not None]
    drawn = [dealt[place % len(dealt)] for place in range(n)]
    rng.shuffle(drawn)
    return tuple(drawn)


def _topic(table: Any, content_type: str | None) -> Topic:
    if isinstance(table, dict) and content_type is not None:
        table = {"content_type": content_type, **table}
    return Topic.model_validate(table)


def _compliance_topics() -> tuple[Topic, ...]:
    """Every second feature is held back; the more laws a description touches, the harder it is."""
    return tuple(
        Topic(
            content_type=COMPLIANCE,
            topic=feature.description,
            industry="law",
            difficulty=_by_laws(len(feature.laws)),
            held_back=place % 2 == 1,
            feature=feature.id,
        )
        for place, feature in enumerate(read_compliance_set().features)
    )


def _by_laws(n: int) -> Difficulty:
    return Difficulty.EASY if n < 2 else Difficulty.MEDIUM if n == 2 else Difficulty.HARD
