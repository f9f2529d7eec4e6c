"""Removing takes exactly what a pull brought, all of it, and never from under a process that uses it."""

import mmap
import os
from pathlib import Path

import pytest

from bot.commands.removing import is_mapped_by
from generation.downloads import sole_use
from generation.errors import DownloadFailed, NotRemovable
from generation.removal import plan_removal, remove
from tests.unit.model_files import spec, write_model

TINY = spec("tiny", "hub")


def test_what_is_freed_is_said_before_it_is_gone(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "tiny")
    (folder / "model.safetensors.incomplete").write_bytes(bytes(1000))
    removal = plan_removal(TINY, tmp_path)
    assert (removal.folder, removal.file_count) == (folder, 4)
    assert removal.freed_bytes == sum(path.stat().st_size for path in folder.iterdir())
    remove(removal)
    assert not folder.exists()
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def test_a_removal_that_was_stopped_is_finished_by_the_next(tmp_path: Path) -> None:
    write_model(tmp_path / ".tiny.removed")
    write_model(tmp_path / "tiny")
    remove(plan_removal(TINY, tmp_path))
    assert not [path for path in tmp_path.iterdir() if path.is_dir()]


def test_a_model_that_is_being_pulled_stays(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "tiny")
    removal = plan_removal(TINY, tmp_path)
    with sole_use("tiny", folder), pytest.raises(DownloadFailed, match="A pull of tiny is running"):
        remove(removal)
    assert folder.exists()


@pytest.mark.parametrize(
    ("source", "sentence"),
    [("starter", "ships with Copydesk"), ("folder", "a folder of yours"), ("hub", "is not on this machine")],
)
def test_what_is_not_ours_or_not_here_is_refused(tmp_path: Path, source: str, sentence: str) -> None:
    with pytest.raises(NotRemovable, match=sentence):
        plan_removal(spec("tiny", source), tmp_path)


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="this system does not tell what is mapped")
def test_weights_that_a_process_has_loaded_are_seen(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "tiny")
    assert not is_mapped_by(os.getpid(), folder)
    with (folder / "model.safetensors").open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        assert is_mapped_by(os.getpid(), folder)
        mapped.close()
