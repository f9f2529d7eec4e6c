"""A Node app with Slack's own packages against the playground. Skipped where there is no Node."""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.playground.entities import Json
from bot.playground.faults import FailMethod
from bot.playground.testing import LocalSlack, Refused, slack

__all__ = ["slack"]

PACKAGES = ("@slack/bolt@4.7.3", "@slack/web-api@7.19.0")  # the last majors that run on Node 18
INSTALL = (
    "Install Node.js 18 or newer with npm (Debian: apt-get install nodejs npm; macOS: brew install node)"
)
APP = Path(__file__).with_name("slack_app.mjs")
NPM_SECONDS, START_SECONDS = 110, 30


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of its own, in which Slack's packages are installed once for the whole run."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip(f"There is no Node.js here. {INSTALL}, then run this test again.")
    folder = tmp_path_factory.mktemp("slack-node")
    (folder / "package.json").write_text('{"private": true, "type": "module"}')
    names = " ".join(PACKAGES)
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES]
    try:
        result = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=NPM_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"`npm install {names}` took too long. See to the network, then run this test again.")
    if result.returncode:
        last_line = (result.stderr.strip() or "npm said nothing").splitlines()[-1]
        pytest.skip(f"`npm install {names}` failed ({last_line}). See to the network or npm's registry.")
    shutil.copyfile(APP, folder / APP.name)
    return folder


class NodeApp:
    """The running app, and what it says."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def said(self) -> Json:
        """Its next word; fails with its complaints when it ended instead."""
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        async with asyncio.timeout(START_SECONDS):
            line = await self._process.stdout.readline()
            if not line:
                raise AssertionError((await self._process.stderr.read()).decode())
        word: Json = json.loads(line)
        return word


@pytest.fixture
async def app(slack: LocalSlack, folder: Path) -> AsyncIterator[NodeApp]:
    """Connected; it is asked to stop at the end and has to end well."""
    process = await asyncio.create_subprocess_exec(
        str(shutil.which("node")),
        APP.name,
        cwd=folder,
        env={"PATH": os.environ["PATH"], **slack.access().environment},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    running = NodeApp(process)
    try:
        assert await running.said() == {"ready": "U0LOCALBOT", "refused": "channel_not_found"}
        await slack.connected()
        yield running
        assert process.stdin is not None
        process.stdin.close()
        async with asyncio.timeout(START_SECONDS):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_command_a_button_and_a_modal(slack: LocalSlack, app: NodeApp) -> None:
    ada = slack.as_user("U0ADA")
    await ada.slash("/greet", "Ada")
    message = await ada.wait_for_message()
    assert message.text == "Hello Ada"
    await ada.click(message, "ask")
    assert await app.said() == {"clicked": "v1"}
    view = await ada.wait_for_modal()
    with pytest.raises(Refused) as refused:
        await ada.submit_view(view, {"text": "no"})
    assert refused.value.answer["errors"] == {"why": "Say why."}
    await ada.submit_view(view, {"text": "because"})
    assert await app.said() == {"submitted": "because"}
    assert ada.modal() is None


async def test_a_reaction_is_answered_by_a_stream(slack: LocalSlack, app: NodeApp) -> None:
    ada = slack.as_user("U0ADA")
    await ada.post("Tell me more")
    await ada.react(ada.messages()[-1], "eyes")
    assert await app.said() == {"streamed": "eyes"}
    answer = ada.messages()[-1]
    assert answer.text == "One piece after another"
    assert answer.thread_ts == ada.messages()[0].ts
    called = [call.method for call in slack.calls if call.method.startswith("chat.")]
    assert called[-1] == "chat.stopStream"
    assert called.count("chat.startStream") == 1


async def test_a_form_is_pushed_updated_refused_and_cleared(slack: LocalSlack, app: NodeApp) -> None:
    ada = slack.as_user("U0ADA")
    await ada.post("The spring meeting")
    await ada.shortcut("book", ada.messages()[-1])
    view = await ada.wait_for_modal()
    assert [each["value"] for each in await ada.suggestions(view, "room", "at")] == ["attic", "atrium"]

    await ada.choose(view, "more", "help")
    pushed = await ada.wait_for(lambda: top if (top := ada.modal()) and top.id != view.id else None)
    assert pushed.previous_view_id == view.id
    await ada.close_view(pushed)
    await ada.choose(view, "more", "again")
    assert await app.said() == {"late": "hash_conflict"}

    attic = {"text": {"type": "plain_text", "text": "Attic"}, "value": "attic"}
    filled = {"room": attic, "length": "short", "extras": ["tea"]}
    with pytest.raises(Refused) as refused:
        await ada.submit_view(view, {**filled, "day": "2029-12-31"})
    assert refused.value.answer["errors"] == {"day": "Too early."}
    await ada.submit_view(view, {**filled, "day": "2030-01-01"})
    sure = ada.modal()
    assert sure is not None
    assert sure.blocks[0]["text"]["text"] == "attic, short, tea"
    await ada.submit_view(sure, {})
    assert await app.said() == {"waiting": ["Soon"], "reacted": 0}
    assert ada.modal() is None
    assert ada.messages("booked") == []


async def test_a_file_is_uploaded(slack: LocalSlack, app: NodeApp) -> None:
    ada = slack.as_user("U0ADA")
    await ada.slash("/file")
    assert await app.said() == {"uploaded": True}
    message = await ada.wait_for_message(fits=lambda found: bool(found.files))
    file = slack.slack.workspace.file(message.files[0])
    assert (message.text, file.title) == ("Here it is", "A report")
    assert slack.slack.workspace.file_content(file.id) == b"model,mean\nrich,7.4\n"


async def test_a_429_is_waited_out(slack: LocalSlack, app: NodeApp) -> None:
    ada = slack.as_user("U0ADA")
    await slack.inject(
        FailMethod(kind="fail_method", method="chat.postMessage", retry_after_seconds=1, for_seconds=0.5)
    )
    await ada.slash("/greet", "Ada")
    assert (await ada.wait_for_message()).text == "Hello Ada"
    statuses = [entry.status for entry in slack.exchanges() if entry.name == "chat.postMessage"]
    assert statuses[-2:] == [429, 200]
