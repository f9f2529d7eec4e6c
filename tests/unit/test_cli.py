"""The command line: every command helps, and shows our errors as sentences."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.commands.listing import format_bytes
from bot.configuration import default_text

COMMANDS = [
    ["run"],
    ["serve"],
    ["playground"],
    ["init"],
    ["doctor"],
    ["report"],
    ["analyze"],
    ["costs"],
    ["export"],
    ["models"],
    ["models", "list"],
    ["models", "fit"],
    ["models", "discover"],
    ["models", "remove"],
    ["models", "verify"],
    ["models", "pull"],
    ["version"],
]


@pytest.fixture
def cwd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def copydesk(*arguments: str, cwd: Path | None = None) -> Result:
    data_dir = str(cwd / "data") if cwd else ""
    return CliRunner(env={"COPYDESK_DATA_DIR": data_dir}).invoke(app, list(arguments))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_helps_with_examples(command: list[str]) -> None:
    result = copydesk(*command, "--help")
    assert result.exit_code == 0
    assert "Examples:" in result.output
    assert f"copydesk {' '.join(command)}" in result.output


def test_help_names_every_command_and_shows_how_to_begin() -> None:
    output = copydesk("--help").output
    assert "Examples:\n    copydesk run\n" in output
    assert all(command[0] in output for command in COMMANDS)
    assert "..." not in output.partition("Commands:")[2], "a summary is too long for its line"


def test_init_writes_the_commented_default_once(cwd: Path) -> None:
    assert copydesk("init").exit_code == 0
    assert (cwd / "copydesk.toml").read_text(encoding="utf-8") == default_text()
    (cwd / "copydesk.toml").write_text("mine")
    again = copydesk("init")
    assert again.exit_code == 1
    assert "copydesk.toml exists and was left as it is" in again.output
    assert (cwd / "copydesk.toml").read_text() == "mine"


def test_a_wrong_configuration_is_a_sentence_without_a_traceback(cwd: Path) -> None:
    (cwd / "copydesk.toml").write_text("[report]\nhour = 25")
    for command in (["run"], ["report"], ["models", "list"]):
        result = copydesk(*command)
        assert result.exit_code == 1
        assert result.output == "copydesk.toml: report.hour = 25 is not allowed: it must be at most 23.\n"


def test_a_report_without_a_database_says_how_to_begin(cwd: Path) -> None:
    result = copydesk("report", cwd=cwd)
    assert result.exit_code == 1
    assert "There are no drafts yet" in result.output
    assert "copydesk run" in result.output
    assert not (cwd / "data").exists()


def test_a_report_of_an_empty_week(cwd: Path) -> None:
    from evaluation.revisions import upgrade

    upgrade(f"sqlite:///{cwd / 'data' / 'copydesk.db'}")
    figures = json.loads(copydesk("report", "--week", "2025-W07", "--json", cwd=cwd).output)
    assert (figures["period"], figures["closed"], figures["models"]) == ("2025-W07", True, [])
    assert json.loads(copydesk("report", "--json", cwd=cwd).output)["closed"] is False
    assert "2025-W07" in copydesk("report", "--week", "2025-W07", cwd=cwd).output


def test_a_week_that_does_not_exist_is_a_sentence(cwd: Path) -> None:
    from evaluation.revisions import upgrade

    upgrade(f"sqlite:///{cwd / 'data' / 'copydesk.db'}")
    result = copydesk("report", "--week", "2025-W54", cwd=cwd)
    assert result.exit_code == 1
    assert "e.g. 2026-W47" in result.output


def test_models_are_listed_with_licence_routes_and_what_starters_are_for(cwd: Path) -> None:
    output = copydesk("models", "list", cwd=cwd).output
    assert "Llama 3.2 Community License" in output
    assert "everything, as a substitute" in output
    assert "Not licensed for commercial use: opt-1-3b, opt-2-7b, qwen1-5-1-8b-chat" in output
    assert "copydesk models pull qwen3-4b-instruct" in output
    assert "for trying Copydesk out" in output
    assert copydesk("models", cwd=cwd).output == output


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("qwen3-4b-instrukt", "Did you mean qwen3-4b-instruct?"),
        ("starter-rich", "does not come from the hub"),
    ],
)
def test_only_declared_hub_models_can_be_pulled(cwd: Path, name: str, sentence: str) -> None:
    result = copydesk("models", "pull", name, cwd=cwd)
    assert result.exit_code == 1
    assert sentence in result.output


def test_version() -> None:
    assert copydesk("version").output.startswith("copydesk 0.")


@pytest.mark.parametrize(
    ("size_bytes", "shown"), [(999, "999 B"), (4_300_000, "4.3 MB"), (8_040_000_000, "8.0 GB")]
)
def test_sizes_are_shown_in_decimal_units(size_bytes: int, shown: str) -> None:
    assert format_bytes(size_bytes) == shown
