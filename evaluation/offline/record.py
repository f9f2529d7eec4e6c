"""The record of an evaluation: one line for each text, written as it comes, so that a stop loses nothing.

    {"evaluation": …}            first line: what was planned, with a digest of it
    {"key": …, "text": …, …}     one text, or why there is none
    {"observed": model, …}       what was seen of a model's server

A file whose last line was cut short by a crash is read up to that line and continued from there.
"""

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from evaluation.errors import InvalidFile
from evaluation.offline.topics import Topic
from evaluation.offline.trials import Phase, Trial


class Sample(BaseModel):
    """What came of one trial. Durations in seconds, energy in joules; None: not measured.

    Without a text `error` says why. Durations are the asker's, the network and the queue included:
    `waited_seconds` until the answer ended, `latency_seconds` until its last text came, `busy_seconds` the
    server's own figure for the text.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    model: str
    phase: Phase
    topic: Topic
    seed: int
    asked_at: datetime
    waited_seconds: float
    error: str | None = None
    text: str = ""
    finish_reason: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    time_to_first_token_seconds: float | None = None
    latency_seconds: float | None = None
    busy_seconds: float | None = None
    energy_joules: float | None = None
    energy_scope: str | None = None
    memory_bytes: int | None = None
    model_revision: str | None = None
    precision: str | None = None
    device: str | None = None
    method: str | None = None
    fallback_ops: tuple[str, ...] | None = None

    @property
    def succeeded(self) -> bool:
        return self.error is None and bool(self.text.strip())


class Observed(BaseModel):
    """What was seen of the server while one model wrote. None: it does not tell, or there is no meter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    observed: str
    load_seconds: float | None = None
    memory_estimate_bytes: int | None = None
    memory_process_bytes: int | None = None
    memory_driver_bytes: int | None = None
    models_that_fit: int | None = None
    uptime: float | None = None


class Plan(BaseModel):
    """What an evaluation is: which texts, of which models, by which server. `digest` tells two apart.

    `named`, `backends` and `prompts` are what it was begun with, so that it can be gone on with.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    evaluation: str
    begun_at: datetime
    backend: str
    models: tuple[str, ...]
    content_types: tuple[str, ...]
    samples: int
    seed: int
    held_back: bool
    digest: str
    named: tuple[str, ...] = ()
    backends: tuple[str, ...] = ()
    prompts: Path | None = None


_LINE: TypeAdapter[Sample | Observed] = TypeAdapter(Sample | Observed)


def read_plan(path: Path) -> Plan:
    """What a record was planned as. Raises InvalidFile where it is none."""
    return _read(path)[0]


def plan_digest(trials: Sequence[Trial]) -> str:
    """Sixteen hexadecimal digits that change when a text of the plan does."""
    told = [(trial.key, trial.topic.topic) for trial in trials]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


class Record:
    """An open record. Every sample is on the disk before the next text is asked for."""

    def __init__(self, path: Path, plan: Plan, lines: Iterable[Sample | Observed] = ()) -> None:
        self.path = path
        self.plan = plan
        self.samples: dict[str, Sample] = {}
        self.observed: dict[str, Observed] = {}
        for line in lines:
            self._keep(line)
        self._file = path.open("a", encoding="utf-8")

    @classmethod
    def begin(cls, path: Path, plan: Plan) -> Self:
        """A new record. Raises InvalidFile where one stands already."""
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.open("x").close()
        except FileExistsError as error:
            raise InvalidFile(f"{path} exists. Resume it, or begin an evaluation of another name.") from error
        record = cls(path, plan)
        record._write(plan)
        return record

    @classmethod
    def resume(cls, path: Path, digest: str | None = None) -> Self:
        """A record to go on with. Raises InvalidFile where it is none, or was planned otherwise."""
        plan, lines, whole_bytes = _read(path)
        if digest is not None and plan.digest != digest:
            raise InvalidFile(
                f"{path} was planned otherwise: its models, kinds, topics or seeds are not those asked for "
                "now. Nothing was changed. Resume it with the options it began with, or begin a new one."
            )
        os.truncate(path, whole_bytes)
        return cls(path, plan, lines)

    def add(self, line: Sample | Observed) -> None:
        """Of one trial, and of one model's server, the last line holds."""
        self._write(line)
        self._keep(line)

    def missing(self, trials: Iterable[Trial]) -> list[Trial]:
        """What is still to be asked for, in the order of the plan."""
        return [trial for trial in trials if trial.key not in self.samples]

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _keep(self, line: Sample | Observed) -> None:
        if isinstance(line, Sample):
            self.samples[line.key] = line
        else:
            self.observed[line.observed] = line

    def _write(self, line: BaseModel) -> None:
        self._file.write(line.model_dump_json() + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def _read(path: Path) -> tuple[Plan, list[Sample | Observed], int]:
    """With the number of bytes up to the end of the last whole line."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidFile(
            f"{path} cannot be read: {error.strerror}. Name the record of an evaluation."
        ) from error
    whole = content[: content.rfind(b"\n") + 1]
    first, *lines = whole.splitlines() or [b""]
    try:
        return Plan.model_validate_json(first), [_LINE.validate_json(line) for line in lines], len(whole)
    except ValidationError as error:
        raise InvalidFile(f"{path} is no record of an evaluation that this version can read.") from error
