"""The record survives whatever stops an evaluation, and is continued only as what it began."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from evaluation.errors import InvalidFile
from evaluation.offline.record import Observed, Plan, Record, Sample, plan_digest
from evaluation.offline.topics import Topic
from evaluation.offline.trials import Trial, plan_trials

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
TOPICS = {"marketing": [Topic(content_type="marketing", topic=f"topic {n}") for n in range(3)]}
TRIALS = plan_trials(["one", "two"], TOPICS, samples=3, seed=1)
PLAN = Plan(
    evaluation="first",
    begun_at=NOON,
    backend="http://127.0.0.1:9/v1",
    models=("one", "two"),
    content_types=("marketing",),
    samples=3,
    seed=1,
    held_back=False,
    digest=plan_digest(TRIALS),
)


def sample_of(trial: Trial, text: str = "A text.\nOf two lines – and “quotes”.") -> Sample:
    return Sample(
        key=trial.key,
        model=trial.model,
        phase=trial.phase,
        topic=trial.topic,
        seed=trial.seed,
        asked_at=NOON,
        waited_seconds=0.5,
        text=text,
    )


def test_what_was_added_is_read_back_and_only_the_rest_is_missing(tmp_path: Path) -> None:
    with Record.begin(tmp_path / "first.jsonl", PLAN) as record:
        for trial in TRIALS[:4]:
            record.add(sample_of(trial))
    with Record.resume(tmp_path / "first.jsonl", PLAN.digest) as resumed:
        assert resumed.missing(TRIALS) == list(TRIALS[4:])
        resumed.add(sample_of(TRIALS[4]))
    with Record.resume(tmp_path / "first.jsonl") as record:
        assert record.plan == PLAN
        assert list(record.samples.values()) == [sample_of(trial) for trial in TRIALS[:5]]


def test_what_was_seen_of_a_server_is_kept_and_the_last_look_holds(tmp_path: Path) -> None:
    with Record.begin(tmp_path / "first.jsonl", PLAN) as record:
        record.add(Observed(observed="one", load_seconds=2.0))
        record.add(Observed(observed="one", load_seconds=3.0, uptime=1.0))
    with Record.resume(tmp_path / "first.jsonl") as resumed:
        assert resumed.observed == {"one": Observed(observed="one", load_seconds=3.0, uptime=1.0)}


@pytest.mark.parametrize("lost_bytes", [1, 20, 200])
def test_a_line_that_a_crash_cut_short_is_asked_for_again(tmp_path: Path, lost_bytes: int) -> None:
    path = tmp_path / "first.jsonl"
    with Record.begin(path, PLAN) as record:
        record.add(sample_of(TRIALS[0]))
        record.add(sample_of(TRIALS[1]))
    path.write_bytes(path.read_bytes()[:-lost_bytes])
    with Record.resume(path) as resumed:
        assert resumed.missing(TRIALS) == list(TRIALS[1:])
        resumed.add(sample_of(TRIALS[1]))
    with Record.resume(path) as again:
        assert list(again.samples) == [TRIALS[0].key, TRIALS[1].key]


def test_another_plan_is_not_mixed_in(tmp_path: Path) -> None:
    Record.begin(tmp_path / "first.jsonl", PLAN).close()
    other = plan_digest(plan_trials(["one", "two"], TOPICS, samples=3, seed=2))
    with pytest.raises(InvalidFile, match="was planned otherwise"):
        Record.resume(tmp_path / "first.jsonl", other)


def test_a_record_is_never_begun_over_another(tmp_path: Path) -> None:
    Record.begin(tmp_path / "first.jsonl", PLAN).close()
    with pytest.raises(InvalidFile, match="exists"):
        Record.begin(tmp_path / "first.jsonl", PLAN)


@pytest.mark.parametrize("content", ["", "no json\n", '{"key": "x"}\n'])
def test_what_is_no_record_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "other.jsonl").write_text(content)
    with pytest.raises(InvalidFile, match="no record of an evaluation"):
        Record.resume(tmp_path / "other.jsonl")


def test_a_record_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match=r"none\.jsonl cannot be read"):
        Record.resume(tmp_path / "none.jsonl")


def test_a_text_of_spaces_is_no_success() -> None:
    assert sample_of(TRIALS[0]).succeeded
    assert not sample_of(TRIALS[0], text=" \n").succeeded
    assert not sample_of(TRIALS[0]).model_copy(update={"error": "refused"}).succeeded
