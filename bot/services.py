"""The composition root: everything the bot is made of, built once from the settings."""

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import aiohttp
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.afterwards import Afterwards
from bot.audits import Audits
from bot.delivery import ReportDelivery
from bot.drafting import Drafting, Pace
from bot.effective_settings import EffectiveSettings, SettingChanges
from bot.home import Home
from bot.modules import RunModule, run_module
from bot.people import People
from bot.rating import Ratings
from bot.revealing import Revealing
from bot.revising import Revising
from bot.settings import Settings
from bot.voting import Votes
from bot.writing import Writer
from evaluation.database import Database

Clock = Callable[[], datetime]

SLACK_TIMEOUT_SECONDS: Final = 30.0
SLACKS_PACE: Final = Pace()


@dataclass(frozen=True)
class Services:
    """What listeners and schedules may call. Built by `build_services`, replaced part by part in tests."""

    settings: EffectiveSettings
    changes: SettingChanges
    database: Database
    slack: AsyncWebClient
    clock: Clock
    afterwards: Afterwards
    people: People
    drafting: Drafting
    revising: Revising
    ratings: Ratings
    votes: Votes
    audits: Audits
    revealing: Revealing
    reports: ReportDelivery
    home: Home


def build_services(
    settings: Settings,
    *,
    database: Database,
    slack: AsyncWebClient,
    writer: Writer,
    clock: Clock,
    rng: random.Random,
    pace: Pace = SLACKS_PACE,
    run_module: RunModule = run_module,
) -> Services:
    """Wires the parts together; opens nothing and connects to nothing by itself."""
    people, declared = People(slack), settings
    settings = EffectiveSettings.over(declared)
    drafting = Drafting(settings, database, slack, writer, clock=clock, rng=rng, pace=pace)
    audits = Audits(settings, database, slack, people, clock=clock, rng=rng)
    return Services(
        settings=settings,
        changes=SettingChanges(settings, database, clock=clock),
        database=database,
        slack=slack,
        clock=clock,
        afterwards=Afterwards(),
        people=people,
        drafting=drafting,
        revising=Revising(settings, database, slack, drafting, clock=clock),
        ratings=Ratings(database, slack, clock=clock),
        votes=Votes(database, clock=clock),
        audits=audits,
        revealing=Revealing(settings, database, clock=clock, rng=rng),
        reports=ReportDelivery(settings, database, slack, clock=clock, run_module=run_module),
        home=Home(settings, database, slack, audits, drafting, clock=clock),
    )


@asynccontextmanager
async def slack_connection(token: str, base_url: str) -> AsyncIterator[AsyncWebClient]:
    """A Web API client that keeps its connections open between calls, until the context ends."""
    limit = aiohttp.ClientTimeout(total=SLACK_TIMEOUT_SECONDS)
    async with aiohttp.ClientSession(timeout=limit, cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield slack_client(token, base_url, session)


def slack_client(token: str, base_url: str, session: aiohttp.ClientSession | None = None) -> AsyncWebClient:
    """A Web API client that waits when Slack says so instead of failing.

    Without a `session` every call opens a connection of its own.
    """
    client = AsyncWebClient(token=token, base_url=base_url, session=session)
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=3))
    return client
