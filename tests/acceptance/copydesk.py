"""A whole Copydesk for a test: the real bot and generation server, connected to a playground."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.playground.testing import LocalSlack, local_slack
from bot.running import run_bot
from bot.settings import Settings, load_settings
from evaluation.database import Database, open_database
from tests.blinding import watched
from tests.playground_app import MANIFEST

START_SECONDS = 60


@dataclass(frozen=True)
class Copydesk:
    """What a test may look at: the local Slack, the settings and the database."""

    slack: LocalSlack
    settings: Settings
    database: Database


@asynccontextmanager
async def running_copydesk(data_dir: Path, database_url: str, config: str = "") -> AsyncIterator[Copydesk]:
    """The bot as `copydesk run` starts it, with the playground in this process to look into.

    Ends with a look at all that was sent to Slack: raters must have stayed blind.
    """
    async with local_slack(MANIFEST, redelivery_seconds=(0.2, 0.2, 0.2)) as slack:
        settings = _settings(data_dir, database_url, config, slack.access().environment)
        async with _running(settings):
            await slack.connected()
            database = open_database(database_url)
            try:
                with watched(slack, database, settings):
                    yield Copydesk(slack, settings, database)
            finally:
                database.dispose()


def _settings(data_dir: Path, database_url: str, config: str, slack: Mapping[str, str]) -> Settings:
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "copydesk.toml").write_text(config)
    environment = {
        "COPYDESK_DATA_DIR": str(data_dir),
        "COPYDESK_DATABASE_URL": database_url,
        **slack,
    }
    return load_settings(None, environment, data_dir)


@asynccontextmanager
async def _running(settings: Settings) -> AsyncIterator[None]:
    stop, ready = asyncio.Event(), asyncio.Event()
    bot = asyncio.create_task(run_bot(settings, stop, lambda _: ready.set()))
    starting = asyncio.create_task(ready.wait())
    try:
        await asyncio.wait({bot, starting}, timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if bot.done():
            bot.result()
        assert ready.is_set(), "Copydesk did not connect in time"
        yield
    finally:
        starting.cancel()
        stop.set()
        await bot
