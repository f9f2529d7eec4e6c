"""Open WebUI's feedback export: thumbs and scores become ratings, siblings become votes."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from evaluation.analysis.analyze import analyze
from evaluation.analysis.files import FilesRead
from evaluation.analysis.openwebui import SIDES_UNKNOWN, read_openwebui
from evaluation.errors import InvalidFile
from evaluation.statistics.observations import Choice


def feedback(number: int, model: str, rating: object, **fields: Any) -> dict[str, Any]:
    data = {"rating": rating, "model_id": model, "sibling_model_ids": fields.pop("siblings", None)}
    if "score" in fields:
        data["details"] = {"rating": fields.pop("score")}
    return {
        "id": f"f{number}",
        "user_id": "u1",
        "version": 0,
        "type": "rating",
        "data": data,
        "meta": {"message_id": f"m{number}", "chat_id": "c1", "arena": False},
        "snapshot": {"chat": {"id": "c1"}},
        "created_at": 1_763_640_000,
        "updated_at": 1_763_640_000 + number,
        **fields,
    }


def read(folder: Path, *entries: Any, strict: bool = False, until: datetime | None = None) -> FilesRead:
    path = folder / "feedback-history-export.json"
    path.write_text(json.dumps(entries))
    return read_openwebui(path, until, strict)


def test_ratings_and_votes(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        feedback(1, "llama", 1, siblings=["qwen", "phi"], score=9),
        feedback(2, "qwen", "-1", user_id="u2", siblings=["llama"]),
        feedback(3, "phi", 1, user_id="u2"),
    )
    ratings, votes, labels = found.observations.ratings, found.observations.votes, found.observations.labels
    assert labels.models == ("llama", "phi", "qwen")
    assert labels.raters == ("u1", "u2")
    assert ratings.thumb.tolist() == [1, -1, 1]
    assert ratings.score[0] == 9
    assert ratings.at[0] == 1_763_640_001
    pairs = zip(votes.left_model.tolist(), votes.right_model.tolist(), votes.choice.tolist(), strict=True)
    assert list(pairs) == [(0, 2, Choice.LEFT), (0, 1, Choice.LEFT), (2, 0, Choice.RIGHT)]
    assert found.notes == (SIDES_UNKNOWN,)
    assert analyze(found.observations).n_votes == 3


def test_sides_that_nobody_drew_are_not_checked(tmp_path: Path) -> None:
    entries = [feedback(number, "llama", 1, siblings=["qwen"], user_id=f"u{number}") for number in range(40)]

    checks = analyze(read(tmp_path, *entries).observations).checks

    assert checks.left_right_p is None


def test_the_latest_feedback_on_a_text_counts(tmp_path: Path) -> None:
    first, second = feedback(1, "llama", 1), feedback(1, "llama", -1, id="f2", updated_at=1_763_650_000)
    found = read(tmp_path, second, first)
    assert found.n_superseded == 1
    assert found.observations.ratings.thumb.tolist() == [-1]


def test_until_and_times_in_milliseconds(tmp_path: Path) -> None:
    late = feedback(2, "llama", 1, updated_at=1_763_700_000_000)
    found = read(tmp_path, feedback(1, "qwen", 1), late, until=datetime(2025, 11, 21, tzinfo=UTC))
    assert found.n_later == 1
    assert found.observations.labels.models == ("qwen",)


@pytest.mark.parametrize(
    ("entry", "column"),
    [
        (feedback(1, "llama", 5), "data.rating"),
        (feedback(1, "llama", None), "data.rating"),
        (feedback(1, "", 1), "data.model_id"),
        (feedback(1, "llama", 1, score=11), "data.details.rating"),
        (feedback(1, "llama", 1, user_id=""), "user_id"),
        (feedback(1, "llama", 1, data=None), "data"),
        ("nonsense", "feedback"),
    ],
)
def test_a_feedback_that_cannot_be_used_is_named(tmp_path: Path, entry: Any, column: str) -> None:
    found = read(tmp_path, feedback(9, "qwen", 1), entry)
    assert [(fault.line, fault.column) for fault in found.faults] == [(2, column)]
    assert len(found.observations.ratings) == 1
    with pytest.raises(InvalidFile, match="line 2"):
        read(tmp_path, feedback(9, "qwen", 1), entry, strict=True)


def test_what_is_no_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidFile, match="no feedback export"):
        read(tmp_path, {"id": "c1", "title": "a chat", "chat": {}})
    path = tmp_path / "broken.json"
    path.write_text("[{")
    with pytest.raises(InvalidFile, match="is not JSON"):
        read_openwebui(path)
    with pytest.raises(InvalidFile, match="cannot be read"):
        read_openwebui(tmp_path / "none.json")


def test_an_empty_export_is_an_empty_analysis(tmp_path: Path) -> None:
    assert analyze(read(tmp_path).observations).n_ratings == 0
