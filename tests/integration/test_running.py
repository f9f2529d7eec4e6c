"""Starting and stopping the bot as a whole, against a Slack that may refuse it."""

import asyncio
from pathlib import Path

import pytest

from bot.errors import SlackRefused
from bot.playground.server import run_playground
from bot.running import run_bot
from bot.settings import Settings, load_settings
from tests.playground_app import APP_TOKEN, BOT_TOKEN, playground_config


def settings_for(slack_api_url: str, data_dir: Path, **changes: str) -> Settings:
    environment = {
        "COPYDESK_DATA_DIR": str(data_dir),
        "SLACK_API_URL": slack_api_url,
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
    }
    return load_settings(None, environment | changes, data_dir)


@pytest.mark.parametrize(
    ("variable", "wrong"), [("SLACK_BOT_TOKEN", "xoxb-wrong"), ("SLACK_APP_TOKEN", "xapp-wrong")]
)
async def test_a_token_that_slack_refuses_ends_the_start_and_is_named(
    variable: str, wrong: str, tmp_path: Path
) -> None:
    async with run_playground(playground_config()) as playground:
        settings = settings_for(playground.slack_api_url, tmp_path, **{variable: wrong})
        with pytest.raises(SlackRefused, match=rf"{variable} \(invalid_auth\).*copydesk doctor"):
            await run_bot(settings, asyncio.Event())


async def test_stopping_a_start_that_never_connects_ends_it(tmp_path: Path) -> None:
    """Nothing listens at this address, so the socket client tries again and again."""
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    stop = asyncio.Event()
    bot = asyncio.create_task(run_bot(settings_for(f"http://127.0.0.1:{port}/api/", tmp_path), stop))
    await asyncio.wait({bot}, timeout=1.5)
    assert not bot.done()
    stop.set()
    async with asyncio.timeout(10):
        await bot
