"""The doctor's checks, each with the value it looks at passed in."""

import socket
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bot.checks import (
    Finding,
    SlackAnswer,
    Status,
    check_data_dir,
    check_database,
    check_disk,
    check_memory,
    check_mlflow,
    check_port,
    check_python,
    check_routes,
    check_slack,
    check_suspended,
)
from bot.doctor import examine, examine_slack, find_accelerator, needed_scopes, print_findings
from bot.manifest import manifest_path
from bot.settings import load_settings
from evaluation.revisions import newest_revision, upgrade
from generation.errors import ModelSuspended
from generation.memory import MachineMemory
from generation.registry import Presence, PresenceStatus
from generation.routing import RouteRule

GB = 1_000_000_000
HERE = Presence(PresenceStatus.PRESENT, "on this machine")
GONE = Presence(PresenceStatus.MISSING, "m has not been downloaded.", "Run `copydesk models pull m`.")


class FakeSlack:
    def __init__(self, bot: SlackAnswer, app: SlackAnswer | None = None) -> None:
        self._bot = bot
        self._app = app or SlackAnswer(error=None)

    def ask_bot_token(self) -> SlackAnswer:
        return self._bot

    def ask_app_token(self) -> SlackAnswer:
        return self._app


def test_python() -> None:
    assert check_python((3, 11), None).status is Status.OK
    assert check_python((3, 10), None).status is Status.FAILED
    assert "the Apple GPU" in check_python((3, 13), "the Apple GPU").detail


def test_an_accelerator_is_found_without_torch(tmp_path: Path) -> None:
    assert find_accelerator("darwin", tmp_path / "none") == "the Apple GPU"
    assert find_accelerator("linux", tmp_path) == "the NVIDIA GPU"
    assert find_accelerator("linux", tmp_path / "none") is None


def test_the_data_folder_must_be_writable(tmp_path: Path) -> None:
    assert check_data_dir(tmp_path / "not" / "yet").status is Status.OK
    (tmp_path / "file").touch()
    assert check_data_dir(tmp_path / "file" / "data").status is Status.FAILED


def test_the_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'copydesk.db'}"
    assert "will be made" in check_database(url).detail
    upgrade(url)
    assert newest_revision() in check_database(url).detail
    (tmp_path / "broken.db").write_text("this is no database, and it is long enough to be taken for one")
    broken = check_database(f"sqlite:///{tmp_path / 'broken.db'}")
    assert broken.status is Status.FAILED
    assert broken.remedy


def test_no_tokens_are_no_fault() -> None:
    [finding] = check_slack(None, {"chat:write"})
    assert finding.status is Status.OK


def test_missing_scopes_are_named() -> None:
    answer = SlackAnswer(error=None, team="Acme", scopes=frozenset({"chat:write"}))
    *tokens, scopes = check_slack(FakeSlack(answer), {"chat:write", "files:write"})
    assert [token.status for token in tokens] == [Status.OK, Status.OK]
    assert scopes.status is Status.FAILED
    assert scopes.detail == "missing: files:write"


def test_a_refused_token_is_a_failure_with_slack_s_word() -> None:
    bot, app = check_slack(
        FakeSlack(SlackAnswer("invalid_auth"), SlackAnswer("not_allowed_token_type")), set()
    )
    assert (bot.status, app.status) == (Status.FAILED, Status.FAILED)
    assert "invalid_auth" in bot.detail


def test_the_manifest_names_the_scopes() -> None:
    assert "chat:write" in needed_scopes(manifest_path())


def test_a_missing_manifest_is_a_finding_that_says_where_copydesk_runs(tmp_path: Path) -> None:
    [finding] = examine_slack(load_settings(None, {}, tmp_path), checkout=tmp_path)
    assert (finding.subject, finding.status) == ("App manifest", Status.FAILED)
    assert f"{tmp_path}/deploy/slack/manifest.json is missing" in finding.remedy
    assert "git restore" in finding.remedy


@pytest.mark.parametrize(
    ("presence", "status"),
    [
        ({"m": HERE, "s": GONE}, Status.OK),
        ({"m": GONE, "s": HERE}, Status.WARNING),
        ({"m": GONE, "s": GONE}, Status.FAILED),
    ],
)
def test_a_route_needs_a_model(presence: dict[str, Presence], status: Status) -> None:
    rules = {"default": RouteRule(models=("m",), substitutes=("s",), reason="small")}
    [finding] = check_routes(rules, presence)
    assert finding.status is status
    assert ("copydesk models pull m" in finding.remedy) is (status is not Status.OK)


def test_routes_of_which_the_same_is_to_be_said_share_a_finding() -> None:
    rule = RouteRule(models=("m", "n"), substitutes=("s",), reason="small")
    rules = {"default": rule, "marketing": rule, "compliance": RouteRule(models=("s",), reason="other")}
    shared, other = check_routes(rules, {"m": GONE, "n": GONE, "s": HERE})
    assert (shared.subject, shared.status) == ("Route default, marketing", Status.WARNING)
    assert shared.remedy.count("copydesk models pull") == 1
    assert (other.subject, other.status) == ("Route compliance", Status.OK)


def test_a_model_must_fit_into_its_share_of_memory() -> None:
    memory = MachineMemory(physical_bytes=16 * GB, available_bytes=8 * GB)
    assert [each.status for each in check_memory({"small": 8 * GB}, memory, 0.5)] == [Status.OK]
    [finding] = check_memory({"small": 8 * GB, "large": 9 * GB}, memory, 0.5)
    assert finding.status is Status.FAILED
    assert "large needs about 9.0 GB; 8.0 GB of 16.0 GB" in finding.detail


def refuse(url: str) -> None:
    raise ConnectionRefusedError(f"{url} refused")


def test_a_suspended_model_is_named_with_its_reason() -> None:
    assert check_suspended({}) == ()
    [finding] = check_suspended({"m": ModelSuspended("m", "A step took longer than 120 s.", 30)})
    assert finding.status is Status.WARNING
    assert "A step took longer" in finding.detail


def test_mlflow(tmp_path: Path) -> None:
    asked: list[str] = []
    assert check_mlflow(f"sqlite:///{tmp_path / 'mlflow.db'}").status is Status.OK
    (tmp_path / "file").touch()
    assert check_mlflow(f"sqlite:///{tmp_path / 'file' / 'mlflow.db'}").status is Status.FAILED
    assert check_mlflow("http://mlflow.example/", asked.append).status is Status.OK
    assert asked == ["http://mlflow.example/health"]
    assert check_mlflow("http://mlflow.example", refuse).status is Status.FAILED
    assert "pw" not in check_mlflow("https://me:pw@mlflow.example:5000", asked.append).detail
    assert asked[1:] == ["https://mlflow.example:5000/health"]


@pytest.mark.parametrize(
    ("free_bytes", "status"), [(9 * GB, Status.OK), (2 * GB, Status.WARNING), (GB // 2, Status.FAILED)]
)
def test_disk(tmp_path: Path, free_bytes: int, status: Status) -> None:
    assert check_disk(tmp_path / "not" / "yet", free_bytes).status is status


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_taken_port_names_its_setting(taken_port: int) -> None:
    finding = check_port("playground.port", taken_port, copydesk_runs=False)
    assert finding.status is Status.FAILED
    assert "set playground.port in copydesk.toml" in finding.remedy
    assert check_port("playground.port", taken_port, copydesk_runs=True).status is Status.OK
    assert check_port("playground.port", 0, copydesk_runs=False).status is Status.OK


def test_everything_is_examined(tmp_path: Path) -> None:
    environ = {"COPYDESK_DATA_DIR": str(tmp_path / "data"), "COPYDESK_PLAYGROUND_PORT": "0"}
    subjects = {finding.subject for finding in examine(None, environ, tmp_path)}
    assert {"Python", "Configuration", "Data folder", "Disk", "Database", "MLflow"} <= subjects
    assert {"Slack", "Memory", "Port (playground.port)"} <= subjects
    assert any(subject.startswith("Route default, linkedin_post") for subject in subjects)
    assert not (tmp_path / "data").exists()


def test_a_wrong_configuration_ends_the_examination(tmp_path: Path) -> None:
    (tmp_path / "copydesk.toml").write_text("[report]\nhour = 25")
    _, finding = examine(None, {}, tmp_path)
    assert finding.status is Status.FAILED
    assert "report.hour = 25" in finding.remedy


def test_findings_are_shown_as_they_are() -> None:
    shown = StringIO()
    console = Console(file=shown, width=120)
    fine = Finding("Disk", Status.OK, "[bold]9 GB[/bold]")
    assert print_findings([fine], console)
    assert not print_findings([fine, Finding("Port", Status.FAILED, "taken", "Free it.")], console)
    assert "[bold]9 GB[/bold]" in shown.getvalue()
    assert "1 of 2 checks failed." in shown.getvalue()
