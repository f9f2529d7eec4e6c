"""Verification reads what presence only measures."""

import shutil
from pathlib import Path

import pytest
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
)

from generation.architectures import known_architectures
from generation.downloads import pull
from generation.registry import PresenceStatus, find_presence
from generation.verification import verify
from tests.integration.stand_in_hub import StandInHub
from tests.unit.model_files import spec, write_model

TINY = spec("tiny", "hub")


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    """With a model that was pulled."""
    original = write_model(tmp_path / "original")
    with StandInHub({path.name: path.read_bytes() for path in original.iterdir()}).serving() as hub:
        pull(TINY, tmp_path / "models", lambda _: None, endpoint=hub.address)
    return tmp_path / "models"


def test_a_pulled_model_matches_its_digests_file_by_file(models_dir: Path) -> None:
    read: list[tuple[str, int]] = []
    verdict = verify(TINY, models_dir, lambda name, size_bytes: read.append((name, size_bytes)))
    assert (verdict.whole, verdict.remedy) == (True, "")
    assert verdict.compared_bytes == sum(size_bytes for _, size_bytes in read)
    assert [name for name, _ in read] == ["config.json", "model.safetensors", "tokenizer.json"]


def _flip_last_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def test_a_changed_byte_that_presence_does_not_see_is_found(models_dir: Path) -> None:
    for name in ("model.safetensors", "tokenizer.json"):
        _flip_last_byte(models_dir / "tiny" / name)
        assert find_presence(TINY, models_dir).status is PresenceStatus.PRESENT
        verdict = verify(TINY, models_dir)
        assert verdict.whole is False
        assert verdict.detail == f"{name} of tiny is not the file that was pulled: its digest differs."
        assert "copydesk models pull tiny" in verdict.remedy
        _flip_last_byte(models_dir / "tiny" / name)


def test_what_presence_finds_is_passed_on_with_its_remedy(models_dir: Path) -> None:
    (models_dir / "tiny" / "tokenizer.json").unlink()
    damaged = verify(TINY, models_dir)
    assert damaged.whole is False
    assert "tokenizer.json" in damaged.detail
    shutil.rmtree(models_dir / "tiny")
    missing = verify(TINY, models_dir)
    assert (missing.whole, missing.remedy) == (None, "Run `copydesk models pull tiny`.")


def test_a_folder_without_digests_is_judged_by_its_headers_and_says_so(tmp_path: Path) -> None:
    write_model(tmp_path / "mine")
    verdict = verify(spec("mine", "folder"), tmp_path)
    assert (verdict.whole, verdict.compared_bytes) == (True, 0)
    assert "no digests to compare with" in verdict.detail


def test_the_architectures_read_from_source_are_those_that_transformers_has() -> None:
    tables = (MODEL_FOR_CAUSAL_LM_MAPPING_NAMES, MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES)
    assert known_architectures() == set().union(*tables)
