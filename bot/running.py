"""Running Copydesk: start the children, connect to Slack, serve until told to stop, drain.

bot (this process) ──stdin/stdout──▶ generation server     writes the texts
                   └─stdin/stdout──▶ playground             only without Slack tokens
"""

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urljoin

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

from bot.app import build_app
from bot.children import generation_child, playground_child
from bot.connecting import check_tokens
from bot.process import settle_memory, share_heap, share_interpreter
from bot.schedule import Rounds
from bot.services import Services, build_services, slack_connection
from bot.settings import Settings
from bot.supervisor import Supervisor
from bot.writing import OpenAIWriter
from evaluation.database import Database, open_database
from evaluation.revisions import upgrade

log = structlog.get_logger(__name__)

BUSY_TIMEOUT_SECONDS = 2.0
"""Slack waits three seconds for an answer; within them a person can still be told to try again."""
CHILD_STOP_SECONDS = 4.0
"""With as long for drafts and reports under way, all has ended within ten seconds of Ctrl-C."""


@dataclass(frozen=True)
class Addresses:
    """Where the parts listen; `page_url` is None on real Slack."""

    page_url: str | None
    generation_url: str


@dataclass(frozen=True)
class Connection:
    """Where Slack is and with which tokens; `page_url` is the playground's page, None on real Slack."""

    api_url: str
    bot_token: str
    app_token: str
    page_url: str | None = None


async def run_bot(
    settings: Settings, stop: asyncio.Event, on_ready: Callable[[Addresses], None] = lambda _: None
) -> None:
    """Serves until `stop` is set; `on_ready` hears where everything is once Slack is connected.

    Told to stop while it is still starting, it gives up at once. Raises BotError or DatabaseError
    when it cannot start.
    """
    share_heap()
    serving = asyncio.Event()
    running = asyncio.create_task(_run(settings, stop, serving, on_ready))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not serving.is_set():
        running.cancel()  # without effect on one that has failed
    with suppress(asyncio.CancelledError):
        await running


async def _run(
    settings: Settings, stop: asyncio.Event, serving: asyncio.Event, on_ready: Callable[[Addresses], None]
) -> None:
    token = secrets.token_urlsafe(32)
    async with (
        _database(settings) as database,
        Supervisor(stop_timeout_seconds=CHILD_STOP_SECONDS) as supervisor,
    ):
        # In a thread: it looks into the folders of all models.
        writing = supervisor.watch(await asyncio.to_thread(generation_child, settings, token))
        connection = await _connection(settings, supervisor)
        timeout_seconds = settings.generation.request_timeout_seconds
        async with (
            slack_connection(connection.bot_token, connection.api_url) as slack,
            OpenAIWriter(writing.address, token, timeout_seconds=timeout_seconds) as writer,
        ):
            await check_tokens(slack, connection.app_token)
            services = build_services(
                settings,
                database=database,
                slack=slack,
                writer=writer,
                clock=lambda: datetime.now(UTC),
                rng=random.Random(secrets.randbits(64)),
            )
            async with _serving(services, connection.app_token):
                on_ready(Addresses(page_url=connection.page_url, generation_url=await writing.address()))
                serving.set()
                settle_memory()
                share_interpreter()
                await stop.wait()


async def _connection(settings: Settings, supervisor: Supervisor) -> Connection:
    if settings.slack_bot_token and settings.slack_app_token:
        return Connection(
            api_url=settings.slack_api_url,
            bot_token=settings.slack_bot_token.get_secret_value(),
            app_token=settings.slack_app_token.get_secret_value(),
        )
    bot_token, app_token = (f"{kind}-{secrets.token_urlsafe(24)}" for kind in ("xoxb", "xapp"))
    page_url = await supervisor.watch(playground_child(settings, bot_token, app_token)).address()
    return Connection(urljoin(page_url, "/api/"), bot_token, app_token, page_url)


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Database]:
    await asyncio.to_thread(upgrade, settings.database_url)
    database = open_database(settings.database_url, busy_timeout_seconds=BUSY_TIMEOUT_SECONDS)
    try:
        yield database
    finally:
        database.dispose()


@asynccontextmanager
async def _serving(services: Services, app_token: str) -> AsyncIterator[None]:
    """Connected to Slack, with unfinished work resumed; at the end what is under way may finish."""
    handler = AsyncSocketModeHandler(build_app(services), app_token)
    rounds = Rounds(services)
    try:
        await services.changes.load()
        await handler.connect_async()
        rounds.start()
        yield
    finally:
        await handler.close_async()
        await asyncio.gather(
            rounds.stop(),
            services.afterwards.stop(),
            services.drafting.stop(),
            services.revising.stop(),
            services.reports.stop(),
        )
