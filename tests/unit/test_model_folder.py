"""Whether a model folder is whole, judged by headers alone."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from generation.model_folder import count_parameters, find_damage, folder_digest, stored_precision
from tests.unit.model_files import write_model, write_safetensors


def _cut(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-3])


def _cut_in_header(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:20])


def _pointer(folder: Path) -> None:
    (folder / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:00\n")


def _shard_missing(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    weight_map = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))


def _shard_outside(folder: Path) -> None:
    (folder / "model.safetensors.index.json").write_text('{"weight_map": {"a": "../secret.safetensors"}}')


def _pickled_only(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def _wrong_digest(folder: Path) -> None:
    digest = hashlib.sha256(b"another file").hexdigest()
    (folder / "digests.json").write_text(json.dumps({"model.safetensors": digest}))


@pytest.mark.parametrize(
    ("break_it", "sentence"),
    [
        (lambda folder: (folder / "config.json").unlink(), "config.json is missing"),
        (lambda folder: (folder / "config.json").write_text("{"), "config.json is not valid JSON"),
        (lambda folder: (folder / "config.json").write_text("[]"), "config.json is not a JSON object"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "no tokenizer"),
        (lambda folder: (folder / "model.safetensors").unlink(), "no weights"),
        (lambda folder: (folder / "x.incomplete").touch(), "download is not complete"),
        (_cut, "bytes where its header promises"),
        (_cut_in_header, "cut off within its header"),
        (_pointer, "is not a safetensors file"),
        (_shard_missing, "1 of 2 weight files are missing (model-00002-of-00002.safetensors)"),
        (_shard_outside, "outside the folder"),
        (_pickled_only, "can run code when they are opened"),
        (_wrong_digest, "its sha256 differs"),
    ],
)
def test_each_damage_has_its_clause(
    tmp_path: Path, break_it: Callable[[Path], object], sentence: str
) -> None:
    folder = write_model(tmp_path / "model")
    assert find_damage(folder) is None
    break_it(folder)
    assert sentence in (find_damage(folder) or "")


def test_a_folder_that_is_gone_is_damage_and_no_error(tmp_path: Path) -> None:
    assert find_damage(tmp_path / "gone") == "config.json is missing or cannot be read"


def test_right_digests_are_no_damage(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    (folder / "digests.json").write_text(json.dumps({"model.safetensors": digest}))
    assert find_damage(folder) is None


def test_weights_are_read_again_only_when_they_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, read = write_model(tmp_path / "model"), list[str]()
    weights = folder / "model.safetensors"
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    (folder / "digests.json").write_text(json.dumps({weights.name: digest}))

    def sha256(path: Path) -> str:
        read.append(path.name)
        return hashlib.sha256(path.read_bytes()).hexdigest()

    monkeypatch.setattr("generation.model_folder.file_sha256", sha256)
    assert [find_damage(folder) for _ in range(3)] == [None] * 3
    assert read == [weights.name]
    os.utime(weights, ns=(1, 1))
    assert find_damage(folder) is None
    assert read == [weights.name] * 2


def test_parameters_are_counted_over_all_shards(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    (folder / "model.safetensors").unlink()
    write_safetensors(folder / "model-1-of-2.safetensors", {"a": [4, 5], "b": []})
    write_safetensors(folder / "model-2-of-2.safetensors", {"c": [3]})
    weight_map = {"a": "model-1-of-2.safetensors", "c": "model-2-of-2.safetensors"}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    assert count_parameters(folder) == 20 + 1 + 3


def test_digest_tells_two_trainings_of_one_architecture_apart(tmp_path: Path) -> None:
    one = write_model(tmp_path / "one")
    same = write_model(tmp_path / "same")
    other = write_model(tmp_path / "other", filling=b"\1")
    assert folder_digest(one) == folder_digest(same) != folder_digest(other)
    (same / "chat_template.jinja").write_text("{{ messages }}")
    assert folder_digest(one) != folder_digest(same)
    assert len(folder_digest(one)) == 12


def test_precision_is_the_one_that_most_weights_have(tmp_path: Path) -> None:
    assert stored_precision(write_model(tmp_path / "model")) == "float16"
