"""`copydesk playground --manifest …`: the local Slack alone, for whatever apps the manifests describe."""

import asyncio
import json
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.commands import COPYDESK, line_with, started
from tests.playground_app import MANIFEST


@pytest.fixture
def lunch(tmp_path: Path) -> Path:
    """The manifest of another app."""
    manifest = json.loads(MANIFEST.read_text("utf-8"))
    manifest["display_information"]["name"] = "Lunch"
    manifest["features"]["bot_user"]["display_name"] = "lunchbot"
    path = tmp_path / "lunch.json"
    path.write_text(json.dumps(manifest), "utf-8")
    return path


async def environment(process: asyncio.subprocess.Process, name: str) -> dict[str, str]:
    """What is printed for the app of this name."""
    await line_with(process, f"  {name}:")
    variables = ("SLACK_API_URL", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN")
    lines = [(await line_with(process, variable)).strip() for variable in variables]
    return dict(line.partition("=")[::2] for line in lines)


async def test_it_prints_for_each_app_what_that_app_needs(tmp_path: Path, lunch: Path) -> None:
    command = (*COPYDESK, "playground", "--manifest", str(MANIFEST), "--manifest", str(lunch))
    environ = {"COPYDESK_DATA_DIR": str(tmp_path / "data"), "COPYDESK_PLAYGROUND_PORT": "0"}
    async with started(*command, **environ) as process:
        await line_with(process, "ready: open")
        names = {}
        for name in ("Copydesk", "Lunch"):
            given = await environment(process, name)
            client = AsyncWebClient(given["SLACK_BOT_TOKEN"], base_url=given["SLACK_API_URL"])
            names[name] = (await client.auth_test())["user"]
            opened = await client.apps_connections_open(app_token=given["SLACK_APP_TOKEN"])
            assert opened["url"].startswith("ws://127.0.0.1:")
        await line_with(process, "docs/playground.md")
        process.terminate()
        assert await process.wait() == 0
    assert names == {"Copydesk": "copydesk", "Lunch": "lunchbot"}
    assert not (tmp_path / "data").exists(), "other apps' workspaces are not kept"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read"),
        ("{}", "is no app manifest"),
        ("display_information:", "is no app manifest"),
    ],
)
async def test_a_manifest_that_cannot_be_used_is_a_sentence(
    tmp_path: Path, content: str | None, words: str
) -> None:
    path = tmp_path / "manifest.json"
    if content is not None:
        path.write_text(content, "utf-8")
    command = (*COPYDESK, "playground", "--manifest", str(path))
    async with started(*command, COPYDESK_DATA_DIR=str(tmp_path / "data")) as process:
        _, errors = await process.communicate()
    assert process.returncode == 1
    assert str(path) in errors.decode()
    assert words in errors.decode()


async def test_a_manifest_that_the_playground_refuses_says_why(tmp_path: Path, lunch: Path) -> None:
    manifest = json.loads(lunch.read_text("utf-8"))
    manifest["settings"]["socket_mode_enabled"] = False
    lunch.write_text(json.dumps(manifest), "utf-8")
    command = (*COPYDESK, "playground", "--manifest", str(lunch))
    environ = {"COPYDESK_DATA_DIR": str(tmp_path / "data"), "COPYDESK_PLAYGROUND_PORT": "0"}
    async with started(*command, **environ) as process:
        _, errors = await process.communicate()
    assert process.returncode == 1
    assert "Socket Mode off" in errors.decode()
