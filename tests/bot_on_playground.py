"""The real bot on a real playground, with a scripted writer in the place of a model."""

import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

from bot.app import build_app
from bot.drafting import Pace
from bot.modules import RunModule, run_module
from bot.playground.testing import LocalSlack, local_slack
from bot.services import Services, build_services, slack_client
from bot.settings import Settings, load_settings
from bot.writing import Hear, Place, TextOrder, Writer, WrittenText
from evaluation.database import Database
from tests.blinding import watched
from tests.playground_app import MANIFEST

TEXT = WrittenText(
    text="A first line about the topic.\n\nA second paragraph that ends with a question?",
    finish_reason="stop",
    prompt_tokens=12,
    completion_tokens=34,
    model_revision="r3v1510n",
    precision="float32",
    device="cpu",
    latency_seconds=2.031,
    time_to_first_token_seconds=0.125,
    energy_joules=None,
    energy_scope=None,
)


HURRIED = Pace(update_seconds=0.01, look_seconds=0.1, show_seconds=0.1)
"""The same order of things as at Slack's pace, without the waiting."""


@dataclass
class ScriptedWriter:
    """A Writer that answers from a script: a text each, or an error. Remembers what it was asked."""

    script: Sequence[WrittenText | str | Exception] = (TEXT,)
    asked: list[TextOrder] = field(default_factory=list)

    async def write(self, order: TextOrder, hear: Hear | None = None) -> WrittenText:
        answer = self.script[min(len(self.asked), len(self.script) - 1)]
        self.asked.append(order)
        if isinstance(answer, Exception):
            raise answer
        return replace(TEXT, text=answer) if isinstance(answer, str) else answer

    async def places(self) -> Mapping[str, Place]:
        return {}


@dataclass(frozen=True)
class LocalSlackAndServices:
    """What a test drives (`slack`) and what it may look into (`services`)."""

    slack: LocalSlack
    services: Services


@asynccontextmanager
async def bot_on_playground(
    database: Database,
    data_dir: Path,
    *,
    writer: Writer | None = None,
    config: str = "",
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    connected: bool = True,
    redelivery_seconds: tuple[float, ...] = (0.05, 0.05, 0.05),
    pace: Pace = HURRIED,
    run_module: RunModule = run_module,
) -> AsyncIterator[LocalSlackAndServices]:
    """The bot's services on a playground of their own; with `connected`, its listeners as well.

    Ends with a look at all that was sent to Slack: raters must have stayed blind.
    """
    async with local_slack(MANIFEST, redelivery_seconds=redelivery_seconds) as slack:
        services = build_services(
            _settings(data_dir, config),
            database=database,
            slack=slack_client(slack.bot_token, slack.api_url),
            writer=writer or ScriptedWriter(),
            clock=clock,
            rng=random.Random(7),
            pace=pace,
            run_module=run_module,
        )
        handler = AsyncSocketModeHandler(build_app(services), slack.app_token)
        try:
            if connected:
                await handler.connect_async()
                await slack.connected()
            with watched(slack, database, services.settings):
                yield LocalSlackAndServices(slack, services)
        finally:
            await handler.close_async()
            await services.afterwards.stop()
            await services.drafting.stop()
            await services.revising.stop()
            await services.reports.stop()


def _settings(data_dir: Path, config: str) -> Settings:
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "copydesk.toml").write_text(config)
    return load_settings(None, {"COPYDESK_DATA_DIR": str(data_dir)}, data_dir)
