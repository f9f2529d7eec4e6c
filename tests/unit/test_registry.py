"""Declared models, and where their files are found."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from generation.registry import (
    LOCK_FILE,
    Backend,
    LockedFile,
    ModelSource,
    ModelSpec,
    Presence,
    PresenceStatus,
    PullLock,
    find_presence,
)
from tests.unit.model_files import spec, write_model

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def _find(model: ModelSpec, tmp_path: Path) -> Presence:
    return find_presence(
        model, tmp_path / "models", hub_cache=tmp_path / "cache", starter_weights=tmp_path / "starters"
    )


def _lock(folder: Path, hub_id: str = "org/tiny", revision: str = "main") -> PullLock:
    files = {
        path.name: LockedFile(size_bytes=path.stat().st_size, digest="")
        for path in folder.iterdir()
        if path.name != LOCK_FILE
    }
    lock = PullLock(hub_id=hub_id, revision=revision, commit=COMMIT, files=files)
    (folder / LOCK_FILE).write_text(lock.model_dump_json())
    return lock


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "../escape"},
        {"name": "Upper"},
        {"source": "hub"},
        {"source": "starter"},
        {"folder": None},
        {"parameters": 0},
        {"licence": ""},
        {"precision": "int4"},
        {"unheard_of": 1},
        {"kind": "poem"},
        {"kind": "base", "prompt_format": "tagged"},
        {"source": "remote", "folder": None},
        {"source": "remote", "folder": None, "backend": "openai"},
        {"backend": "openai", "address": "http://127.0.0.1:1/v1"},
        {"remote_name": "tiny"},
        {"api_key_env": "KEY"},
        {"context_tokens": 0},
        {"repetition_penalty": 3},
    ],
)
def test_a_wrong_declaration_is_refused(wrong: dict[str, Any]) -> None:
    right = json.loads(spec().model_dump_json())
    with pytest.raises(ValidationError):
        ModelSpec.model_validate(right | wrong)


def test_a_declaration_survives_the_way_to_the_server() -> None:
    model = spec("tiny", "hub", revision=COMMIT, precision="float16", prompt_format="tagged")
    assert ModelSpec.model_validate_json(model.model_dump_json()) == model


def test_a_remote_model_counts_as_present_and_has_no_files(tmp_path: Path) -> None:
    model = ModelSpec(
        name="tiny",
        source=ModelSource.REMOTE,
        backend=Backend.OPENAI,
        address="http://127.0.0.1:1/v1",
        parameters=6,
        licence="MIT",
        commercial_use=True,
    )
    presence = _find(model, tmp_path)
    assert presence.status is PresenceStatus.PRESENT
    assert "http://127.0.0.1:1/v1" in presence.reason
    assert (presence.folder, presence.revision) == (None, None)


def test_a_starter_is_found_and_named_by_its_content(tmp_path: Path) -> None:
    write_model(tmp_path / "starters" / "tiny")
    presence = _find(spec("tiny", "starter"), tmp_path)
    assert presence.status is PresenceStatus.PRESENT
    assert presence.revision is not None
    assert presence.revision.startswith("starter-")


@pytest.mark.parametrize(
    ("source", "remedy"),
    [("starter", "make starter"), ("folder", "copydesk.toml"), ("hub", "copydesk models pull tiny")],
)
def test_an_absent_model_says_what_to_do(tmp_path: Path, source: str, remedy: str) -> None:
    presence = _find(spec("tiny", source), tmp_path)
    assert presence.status is PresenceStatus.MISSING
    assert remedy in presence.remedy
    assert presence.folder is None
    assert presence.revision is None


@pytest.mark.parametrize("source", ["starter", "folder", "hub"])
def test_a_damaged_model_says_why(tmp_path: Path, source: str) -> None:
    parent = tmp_path / ("starters" if source == "starter" else "models")
    (write_model(parent / "tiny") / "model.safetensors").write_bytes(b"\1")
    presence = _find(spec("tiny", source), tmp_path)
    assert presence.status is PresenceStatus.DAMAGED
    assert "model.safetensors" in presence.reason


def test_an_absolute_folder_may_lie_anywhere(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "elsewhere")
    assert _find(spec(folder=str(folder)), tmp_path).folder == folder


def test_a_pulled_model_has_the_commit_as_its_revision(tmp_path: Path) -> None:
    _lock(write_model(tmp_path / "models" / "tiny"))
    for revision in (None, "main", COMMIT):
        presence = _find(spec("tiny", "hub", revision=revision), tmp_path)
        assert (presence.status, presence.revision) == (PresenceStatus.PRESENT, COMMIT)


def test_a_pull_that_stopped_is_seen(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "models" / "tiny")
    (folder / "merges.txt").write_text("a b")
    _lock(folder)
    (folder / "merges.txt").unlink()
    presence = _find(spec("tiny", "hub"), tmp_path)
    assert presence.status is PresenceStatus.DAMAGED
    assert "merges.txt" in presence.reason
    assert "pull tiny" in presence.remedy


@pytest.mark.parametrize("declared", [{"hub_id": "org/other"}, {"revision": "v2"}])
def test_a_pull_of_something_else_does_not_count(tmp_path: Path, declared: dict[str, str]) -> None:
    _lock(write_model(tmp_path / "models" / "tiny"))
    presence = _find(spec("tiny", "hub", **declared), tmp_path)
    assert presence.status is PresenceStatus.DAMAGED
    assert "is declared" in presence.reason


def test_the_hubs_own_cache_is_looked_into(tmp_path: Path) -> None:
    repository = tmp_path / "cache" / "models--org--tiny"
    folder = write_model(repository / "snapshots" / COMMIT)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT)
    presence = _find(spec("tiny", "hub"), tmp_path)
    assert presence.status is PresenceStatus.PRESENT
    assert presence.folder is not None
    assert presence.folder.samefile(folder)
    assert presence.revision == COMMIT
