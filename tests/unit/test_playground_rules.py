"""Small rules of the playground: emoji names, time stamps, permissions, the app's manifest."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.playground.emoji import wire_name
from bot.playground.errors import ApiError, ConfigurationError
from bot.playground.manifest import read_manifest
from bot.playground.permits import ResponseGrants, Triggers
from bot.playground.storage import Storage
from bot.playground.web_api.dispatch import METHODS
from bot.playground.workspace import Workspace
from tests.playground_app import MANIFEST, ManualClock, playground_config

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
KEYCAPS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "keycap_ten")


@pytest.mark.parametrize(
    ("given", "wire"),
    [
        ("thumbsup", "+1"),
        (":thumbsdown:", "-1"),
        ("+1", "+1"),
        ("thumbsup::skin-tone-3", "+1::skin-tone-3"),
        *((name, name) for name in KEYCAPS),
    ],
)
def test_reactions_have_one_name_on_the_wire(given: str, wire: str) -> None:
    assert wire_name(given) == wire


@pytest.mark.parametrize("name", ["", "no such", "👍", "+1::skin-tone-7", "one::skin-tone-2", "ten"])
def test_other_names_are_invalid(name: str) -> None:
    with pytest.raises(ApiError, match="invalid_name"):
        wire_name(name)


def test_time_stamps_rise_even_when_the_clock_stands() -> None:
    workspace = Workspace(Storage(None), bots=(), clock=lambda: NOON)
    stamps = [workspace.next_ts() for _ in range(3)]
    assert stamps == ["1772452800.000000", "1772452800.000001", "1772452800.000002"]


def test_a_trigger_ends_by_use_or_by_time() -> None:
    clock = ManualClock(NOON)
    triggers = Triggers(clock, 3.0)
    used, late = triggers.issue("U0ADA"), triggers.issue("U0ADA")
    assert triggers.exchange(used).user == "U0ADA"
    with pytest.raises(ApiError, match="exchanged_trigger_id"):
        triggers.exchange(used)
    clock.pass_seconds(3.1)
    with pytest.raises(ApiError, match="expired_trigger_id"):
        triggers.exchange(late)
    with pytest.raises(ApiError, match="invalid_trigger_id"):
        triggers.check("made up")


def test_a_response_address_has_five_uses() -> None:
    grants = ResponseGrants(lambda: NOON, 1800.0)
    token = grants.issue("U0ADA", "C0GENERAL")
    for _ in range(5):
        assert grants.use(token).channel == "C0GENERAL"
    with pytest.raises(ApiError, match="used_url"):
        grants.use(token)
    with pytest.raises(ApiError, match="expired_url"):
        grants.use("made up")


def test_our_manifest_has_what_copydesk_needs_and_no_more() -> None:
    manifest = read_manifest(MANIFEST)
    assert manifest.app_name == "Copydesk"
    assert [command.command for command in manifest.commands] == ["/draft"]
    assert manifest.commands[0].usage_hint
    assert set(manifest.scopes) == {
        "app_mentions:read",
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "reactions:read",
        "users:read",
    }
    assert manifest.bot_events == {"app_home_opened", "app_mention", "reaction_added", "reaction_removed"}
    assert manifest.has_home_tab
    assert manifest.is_interactive
    assert len(json.loads(MANIFEST.read_text("utf-8"))["display_information"]["long_description"]) >= 174


def test_a_manifest_without_socket_mode_is_refused(tmp_path: Path) -> None:
    body = json.loads(MANIFEST.read_text("utf-8"))
    body["settings"]["socket_mode_enabled"] = False
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(body), "utf-8")
    with pytest.raises(ConfigurationError, match="Socket Mode off"):
        read_manifest(path)


@pytest.mark.parametrize(
    "change",
    [
        {"host": "0.0.0.0"},  # noqa: S104 -- the point is that it is refused
        {"port": 70_000},
        {"secret": "short"},
        {"bot_token": "xapp-1"},
        {"redelivery_seconds": (1, 2, 3, 4)},
        {"redelivery_seconds": (0,)},
        {"unknown": 1},
    ],
)
def test_settings_that_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        playground_config(**change)


def test_settings_do_not_show_their_secrets() -> None:
    shown = repr(playground_config())
    assert "xoxb-" not in shown
    assert "xapp-" not in shown
    assert "secret" not in shown


def test_the_documentation_lists_every_method_and_no_other() -> None:
    page = (MANIFEST.parents[2] / "docs" / "playground-web-api.md").read_text("utf-8")
    table = page.partition("## Methods")[2].partition("\n## ")[0]
    listed = [
        name for row in table.splitlines() if row.startswith("|") for name in re.findall(r"`([\w.]+)`", row)
    ]
    assert sorted(listed) == sorted(METHODS)
