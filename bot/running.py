"""Running Copydesk: start the children, connect to Slack, serve until told to stop, drain.

bot (this process) ──stdin/stdout──▶ generation server     writes the texts
                   └─stdin/stdout──▶ playground             only without Slack tokens
"""

import asyncio
import gc
import random
import secrets
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urljoin

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

from bot.app import build_app
from bot.connecting import check_tokens
from bot.manifest import manifest_path
from bot.schedule import Rounds
from bot.services import Services, build_services, slack_connection
from bot.settings import Settings
from bot.supervisor import ChildSpec, Supervisor
from bot.writing import OpenAIWriter
from evaluation.database import Database, open_database
from evaluation.revisions import upgrade
from generation.errors import NoModelAvailable
from generation.registry import ModelSource, Presence, PresenceStatus, find_presence
from generation.routing import choose_route, find_rule

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
                await stop.wait()


def generation_child(settings: Settings, token: str) -> ChildSpec:
    """How the generation server is started: it learns everything from one line on its stdin."""
    return ChildSpec(
        name="generation server",
        command=(sys.executable, "-m", "generation.server"),
        configuration={
            "host": "127.0.0.1",
            "port": settings.generation.port,
            "token": token,
            "models_dir": str(settings.models_dir),
            "memory_fraction": settings.generation.memory_fraction,
            "batch_rows": settings.generation.batch_rows,
            "hang_seconds": settings.generation.hang_seconds,
            "idle_unload_seconds": settings.generation.idle_unload_minutes * 60 or None,
            "state_file": str(settings.suspended_models_file),
            "declared_watts": settings.power.declared_watts,
            "macmon_port": settings.power.macmon_port,
            "warm": routed_models(settings) if settings.generation.warm_start else [],
            "models": [model.model_dump(mode="json") for model in settings.models.values()],
        },
    )


def routed_models(settings: Settings) -> list[str]:
    """The models of this machine that requests will be routed to, each once."""
    models, models_dir = settings.models, settings.models_dir
    presence = {name: find_presence(spec, models_dir) for name, spec in models.items()}
    names: dict[str, None] = {}
    for content_type in settings.content_types.values():
        rule = find_rule(content_type.name, settings.routes)
        present = [name for name in rule.models if _is_here(presence.get(name))] if rule else []
        if not present:
            with suppress(NoModelAvailable):
                route = choose_route(content_type, settings.routes, models, presence, random.Random(0))
                present = [route.model.name]
        names |= dict.fromkeys(present)
    return [name for name in names if models[name].source is not ModelSource.REMOTE]


def _is_here(presence: Presence | None) -> bool:
    return presence is not None and presence.status is PresenceStatus.PRESENT


def playground_child(settings: Settings, bot_token: str, app_token: str) -> ChildSpec:
    """How the local Slack is started; its state lives in a file of its own beside the database."""
    return ChildSpec(
        name="playground",
        command=(sys.executable, "-m", "bot.playground"),
        configuration={
            "host": "127.0.0.1",
            "port": settings.playground.port,
            "secret": secrets.token_urlsafe(16),
            "bot_token": bot_token,
            "app_token": app_token,
            "manifest": str(manifest_path()),
            "state_path": str(settings.data_dir / "playground.db"),
            "redelivery_seconds": list(settings.playground.redelivery_seconds),
        },
    )


def settle_memory() -> None:
    """Takes everything loaded so far out of the garbage collector's sight.

    It is there to stay, and a look through all of it holds up every acknowledgement for 0.2 s.
    """
    gc.collect()
    gc.freeze()


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
            services.drafting.stop(),
            services.revising.stop(),
            services.reports.stop(),
        )
