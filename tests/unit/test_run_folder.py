"""The data folder while Copydesk runs: one process at a time, and addresses for its owner only."""

import os
import stat
from pathlib import Path

import pytest

from bot.errors import AlreadyRunning, SettingsError
from bot.run_folder import RUN_FILE, claimed, read_addresses, write_addresses


def test_the_folder_and_its_addresses_are_the_owner_s_alone(tmp_path: Path) -> None:
    with claimed(tmp_path / "data"):
        write_addresses(tmp_path / "data", {"page_url": "http://127.0.0.1:1/s/"})
        run_file = tmp_path / "data" / RUN_FILE
        assert stat.S_IMODE(run_file.stat().st_mode) == 0o600
        assert stat.S_IMODE(run_file.parent.stat().st_mode) == 0o700
        assert read_addresses(tmp_path / "data") == {"page_url": "http://127.0.0.1:1/s/", "pid": os.getpid()}
    assert not run_file.exists()


def test_a_second_one_is_refused_and_told_where_the_first_is(tmp_path: Path) -> None:
    with claimed(tmp_path):
        write_addresses(tmp_path, {"page_url": "http://127.0.0.1:1/s/"})
        with (
            pytest.raises(AlreadyRunning, match=r"process \d+\). It answers at http://127.0.0.1:1/s/"),
            claimed(tmp_path),
        ):
            pass
        assert (tmp_path / RUN_FILE).exists()
    with claimed(tmp_path):
        pass


def test_what_a_killed_one_left_is_cleared_away(tmp_path: Path) -> None:
    write_addresses(tmp_path, {"page_url": "http://127.0.0.1:1/stale/"})
    with claimed(tmp_path):
        assert read_addresses(tmp_path) == {}


def test_damaged_addresses_count_as_none(tmp_path: Path) -> None:
    (tmp_path / RUN_FILE).write_text("{")
    assert read_addresses(tmp_path) == {}


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(SettingsError, match=r"cannot be made: Not a directory\. .*COPYDESK_DATA_DIR"),
        claimed(tmp_path / "file" / "data"),
    ):
        pass
