"""The checks of `copydesk doctor`: each looks at one thing and says what it found as a value.

None changes anything, none imports torch or MLflow, and whatever a check needs is passed in.
"""

import os
import shutil
import socket
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit
from urllib.request import urlopen

from sqlalchemy import make_url

from evaluation.database import open_database
from evaluation.errors import DatabaseError
from evaluation.revisions import current_revision, newest_revision
from generation.errors import ModelSuspended
from generation.memory import MachineMemory
from generation.registry import Presence, PresenceStatus
from generation.routing import RouteRule

LEAST_PYTHON: Final = (3, 11)
LEAST_FREE_BYTES: Final = 1_000_000_000
COMFORTABLE_FREE_BYTES: Final = 5_000_000_000
HTTP_TIMEOUT_SECONDS: Final = 3.0


class Status(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True)
class Finding:
    """What one check found; `remedy` says what to do about a warning or a failure."""

    subject: str
    status: Status
    detail: str
    remedy: str = ""


@dataclass(frozen=True)
class SlackAnswer:
    """What Slack says of a token: `error` is None where it accepts it, `scopes` what it may do."""

    error: str | None
    team: str = ""
    scopes: frozenset[str] = frozenset()


class SlackProbe(Protocol):
    """Asks Slack about tokens; the doctor's own uses slack_sdk, a test's answers by itself."""

    def ask_bot_token(self) -> SlackAnswer: ...

    def ask_app_token(self) -> SlackAnswer: ...


def check_python(version: tuple[int, int], accelerated_by: str | None) -> Finding:
    found = (
        f"Python {version[0]}.{version[1]}, {accelerated_by or 'no accelerator found: models run on the CPU'}"
    )
    if version >= LEAST_PYTHON:
        return Finding("Python", Status.OK, found)
    remedy = "Install Python 3.11 or later, remove .venv, and run `make install` again."
    return Finding("Python", Status.FAILED, found, remedy)


def check_data_dir(data_dir: Path) -> Finding:
    """Whether it can be written to, or made."""
    if _writable(data_dir):
        return Finding("Data folder", Status.OK, str(data_dir))
    remedy = "Make it writable, or set COPYDESK_DATA_DIR to a folder that is."
    return Finding("Data folder", Status.FAILED, f"{data_dir} cannot be written to", remedy)


def check_database(url: str) -> Finding:
    path = sqlite_path(url)
    if path is not None and not path.exists():
        return Finding("Database", Status.OK, f"{path} will be made at the first start")
    try:
        database = open_database(url)
        try:
            found = current_revision(database)
        finally:
            database.dispose()
    except DatabaseError as error:
        return Finding("Database", Status.FAILED, "cannot be used", str(error))
    newest = newest_revision()
    if found == newest:
        return Finding("Database", Status.OK, f"{database.name}, revision {found}")
    return Finding(
        "Database", Status.OK, f"{database.name} will be brought to revision {newest} at the next start"
    )


def check_slack(probe: SlackProbe | None, needed: Collection[str]) -> tuple[Finding, ...]:
    """Both tokens, and the bot's scopes against those of the app manifest. No probe: no tokens."""
    if probe is None:
        detail = "no tokens are set: `copydesk run` starts the playground"
        return (Finding("Slack", Status.OK, detail),)
    bot = probe.ask_bot_token()
    findings = [_token("SLACK_BOT_TOKEN", bot), _token("SLACK_APP_TOKEN", probe.ask_app_token())]
    if bot.error is None:
        findings.append(_scopes(bot.scopes, needed))
    return tuple(findings)


def check_routes(routes: Mapping[str, RouteRule], presence: Mapping[str, Presence]) -> tuple[Finding, ...]:
    """One finding for all routes of which the same is to be said."""
    alike: dict[Finding, list[str]] = {}
    for name, rule in routes.items():
        alike.setdefault(_route(rule, presence), []).append(name)
    return tuple(
        replace(finding, subject=f"{finding.subject} {', '.join(names)}") for finding, names in alike.items()
    )


def check_memory(
    needs_bytes: Mapping[str, int], memory: MachineMemory, fraction: float
) -> tuple[Finding, ...]:
    """Whether each model on this machine fits into its share of the memory, alone."""
    allowed_bytes = round(memory.physical_bytes * fraction)
    share = f"{_gigabytes(allowed_bytes)} of {_gigabytes(memory.physical_bytes)} are for models"
    too_large = {name: size for name, size in needs_bytes.items() if size > allowed_bytes}
    if not too_large:
        return (Finding("Memory", Status.OK, share),)
    remedy = "Route to a smaller model, or raise generation.memory_fraction in copydesk.toml."
    return tuple(
        Finding("Memory", Status.FAILED, f"{name} needs about {_gigabytes(size)}; {share}", remedy)
        for name, size in too_large.items()
    )


def check_suspended(suspended: Mapping[str, ModelSuspended]) -> tuple[Finding, ...]:
    """Models that failed so often, or hung, that the generation server leaves them alone for now."""
    remedy = "It is tried again by itself; if this keeps coming back, read the log or route to another model."
    return tuple(
        Finding(f"Model {name}", Status.WARNING, str(suspension), remedy)
        for name, suspension in suspended.items()
    )


def check_mlflow(tracking_uri: str, fetch: Callable[[str], None] | None = None) -> Finding:
    """A SQLite store by its folder, a server by its health page: there are no other stores."""
    shown = make_url(tracking_uri).render_as_string(hide_password=True)
    path = sqlite_path(tracking_uri)
    if path is not None:
        writable = _writable(path.parent) and (not path.exists() or os.access(path, os.W_OK))
        remedy = "" if writable else "Make its folder writable, or set MLFLOW_TRACKING_URI to another store."
        return Finding("MLflow", Status.OK if writable else Status.FAILED, shown, remedy)
    try:
        (fetch or _fetch)(_without_credentials(tracking_uri).rstrip("/") + "/health")
    except OSError as error:
        remedy = "Start it, or correct MLFLOW_TRACKING_URI. Reports wait in the database until it answers."
        return Finding("MLflow", Status.FAILED, f"{shown} does not answer: {error}", remedy)
    return Finding("MLflow", Status.OK, shown)


def check_disk(data_dir: Path, free_bytes: int | None = None) -> Finding:
    free = shutil.disk_usage(_existing(data_dir)).free if free_bytes is None else free_bytes
    detail = f"{_gigabytes(free)} free for {data_dir}"
    if free >= COMFORTABLE_FREE_BYTES:
        return Finding("Disk", Status.OK, detail)
    status = Status.WARNING if free >= LEAST_FREE_BYTES else Status.FAILED
    return Finding("Disk", status, detail, "Free some space, or set COPYDESK_DATA_DIR to another disk.")


def check_port(setting: str, port: int, copydesk_runs: bool) -> Finding:
    """`setting` is the key's name in copydesk.toml; a running Copydesk holds its port rightly."""
    subject = f"Port ({setting})"
    if port == 0:
        return Finding(subject, Status.OK, "any free one")
    if _free(port):
        return Finding(subject, Status.OK, f"{port} is free")
    if copydesk_runs:
        return Finding(subject, Status.OK, f"{port} is in use, as Copydesk runs")
    remedy = f"End the program that uses it, or set {setting} in copydesk.toml to another port, or to 0."
    return Finding(subject, Status.FAILED, f"{port} is in use by another program", remedy)


def sqlite_path(url: str) -> Path | None:
    """The file of a SQLite address; None of any other, and of one in memory."""
    address = make_url(url)
    named = address.get_backend_name() == "sqlite" and address.database not in (None, "", ":memory:")
    return Path(address.database or "") if named else None


def _token(name: str, answer: SlackAnswer) -> Finding:
    if answer.error is None:
        return Finding(name, Status.OK, f"accepted by {answer.team}" if answer.team else "accepted")
    remedy = "Copy it anew from your app's page at Slack (README, “Connecting a real Slack workspace”)."
    return Finding(name, Status.FAILED, f"Slack answered {answer.error}", remedy)


def _scopes(found: Collection[str], needed: Collection[str]) -> Finding:
    missing = sorted(set(needed) - set(found))
    if not missing:
        return Finding("Slack scopes", Status.OK, f"all {len(needed)} that are needed")
    remedy = "Put deploy/slack/manifest.json into your app's manifest at Slack and install the app again."
    return Finding("Slack scopes", Status.FAILED, f"missing: {', '.join(missing)}", remedy)


def _route(rule: RouteRule, presence: Mapping[str, Presence]) -> Finding:
    """What is to be done about a substitute is told for one model: any of the routed ones will do."""
    subject = "Route"
    if writing := _present(rule.models, presence):
        return Finding(subject, Status.OK, ", ".join(writing))
    if standing_in := _present(rule.substitutes, presence):
        detail = f"substitutes write: {', '.join(standing_in)}"
        return Finding(subject, Status.WARNING, detail, _remedies(rule.models[:1], presence))
    remedy = _remedies((*rule.models, *rule.substitutes), presence)
    return Finding(subject, Status.FAILED, "none of its models is on this machine", remedy)


def _present(names: Iterable[str], presence: Mapping[str, Presence]) -> list[str]:
    return [name for name in names if presence[name].status is PresenceStatus.PRESENT]


def _remedies(names: Iterable[str], presence: Mapping[str, Presence]) -> str:
    return " ".join(f"{presence[name].reason} {presence[name].remedy}".strip() for name in names)


def _writable(folder: Path) -> bool:
    """Whether files can be made in it, or it can be made."""
    existing = _existing(folder)
    return existing.is_dir() and os.access(existing, os.W_OK)


def _existing(path: Path) -> Path:
    """The path itself, or the nearest folder above it that exists."""
    return next(each for each in (path, *path.parents) if each.exists())


def _free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _without_credentials(url: str) -> str:
    """urllib would take them for a part of the host; the health page asks for none."""
    address = urlsplit(url)
    return address._replace(netloc=address.netloc.rpartition("@")[2]).geturl()


def _fetch(url: str) -> None:
    with urlopen(url, timeout=HTTP_TIMEOUT_SECONDS):  # noqa: S310  only called with http addresses
        pass


def _gigabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f} GB"
