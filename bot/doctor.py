"""`copydesk doctor`: runs every check on this machine and shows what was found."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import psutil
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.checks import (
    Finding,
    SlackProbe,
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
from bot.errors import SettingsError
from bot.manifest import CHECKOUT, manifest_path
from bot.run_folder import read_addresses
from bot.settings import Settings, SlackMode, load_settings
from generation.breaker import Breakers
from generation.memory import estimate_need, measure_machine
from generation.registry import Precision, Presence, find_presence

COLOURS: Final = {Status.OK: "green", Status.WARNING: "yellow", Status.FAILED: "red"}
NVIDIA_DRIVER: Final = Path("/proc/driver/nvidia/version")


def examine(config: Path | None, environ: Mapping[str, str], cwd: Path) -> tuple[Finding, ...]:
    """All findings; with a configuration that cannot be read, only those that need none."""
    python = check_python(sys.version_info[:2], find_accelerator(sys.platform, NVIDIA_DRIVER))
    try:
        settings = load_settings(config, environ, cwd)
    except SettingsError as error:
        detail = "cannot be used, so nothing else was checked"
        return (python, Finding("Configuration", Status.FAILED, detail, str(error)))
    return (python, *_examine_with(settings))


def print_findings(findings: Iterable[Finding], console: Console) -> bool:
    """Shows them as a table; False if anything failed."""
    findings = tuple(findings)
    table = Table("Check", "", "Found", "What to do")
    for finding in findings:
        status = Text(finding.status.value, style=COLOURS[finding.status])
        table.add_row(Text(finding.subject), status, Text(finding.detail), Text(finding.remedy))
    console.print(table)
    failed = sum(finding.status is Status.FAILED for finding in findings)
    console.print(f"{failed} of {len(findings)} checks failed." if failed else "Copydesk can run.")
    return not failed


def find_accelerator(platform: str, nvidia_driver: Path) -> str | None:
    """Known without importing torch: by the platform, and by what the driver leaves in /proc."""
    if platform == "darwin":
        return "the Apple GPU"
    return "the NVIDIA GPU" if nvidia_driver.exists() else None


def needed_scopes(manifest: Path) -> frozenset[str]:
    """The bot scopes of the app manifest."""
    return frozenset(json.loads(manifest.read_text(encoding="utf-8"))["oauth_config"]["scopes"]["bot"])


def examine_slack(settings: Settings, checkout: Path) -> tuple[Finding, ...]:
    """The manifest of this checkout and, where tokens are set, what Slack says of them."""
    try:
        manifest = manifest_path(checkout)
    except SettingsError as error:
        return (Finding("App manifest", Status.FAILED, "is missing", str(error)),)
    return check_slack(_slack_probe(settings), needed_scopes(manifest))


def _examine_with(settings: Settings) -> Iterator[Finding]:
    file = settings.config_file
    yield Finding(
        "Configuration", Status.OK, str(file) if file else "the defaults: there is no copydesk.toml"
    )
    yield check_data_dir(settings.data_dir)
    yield check_disk(settings.data_dir)
    yield check_database(settings.database_url)
    yield check_mlflow(settings.mlflow_tracking_uri)
    yield from examine_slack(settings, CHECKOUT)
    presence = {name: find_presence(spec, settings.models_dir) for name, spec in settings.models.items()}
    yield from check_routes(settings.routes, presence)
    yield from check_suspended(Breakers(settings.suspended_models_file).suspended())
    yield from check_memory(
        _needs_bytes(settings, presence), measure_machine(), settings.generation.memory_fraction
    )
    runs = _copydesk_runs(settings.data_dir)
    if settings.slack_mode is SlackMode.PLAYGROUND:
        yield check_port("playground.port", settings.playground.port, runs)
    yield check_port("generation.port", settings.generation.port, runs)


def _needs_bytes(settings: Settings, presence: Mapping[str, Presence]) -> dict[str, int]:
    """Of each model on this machine. `auto` is 16 bit on an accelerator and 32 bit without."""
    accelerator = find_accelerator(sys.platform, NVIDIA_DRIVER)
    auto = Precision.BFLOAT16 if accelerator else Precision.FLOAT32
    return {
        name: estimate_need(
            found.folder, auto if spec.precision is Precision.AUTO else spec.precision
        ).held_bytes
        for name, spec in settings.models.items()
        if (found := presence[name]).folder is not None
    }


def _copydesk_runs(data_dir: Path) -> bool:
    pid = read_addresses(data_dir).get("pid")
    return isinstance(pid, int) and psutil.pid_exists(pid)


def _slack_probe(settings: Settings) -> SlackProbe | None:
    if settings.slack_bot_token is None or settings.slack_app_token is None:
        return None
    from bot.slack_probe import WebSlackProbe

    return WebSlackProbe(
        settings.slack_api_url,
        settings.slack_bot_token.get_secret_value(),
        settings.slack_app_token.get_secret_value(),
    )
