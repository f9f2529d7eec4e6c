"""The playground for tests of any Slack app: `from bot.playground.testing import slack`.

``slack`` is a pytest fixture (pytest-asyncio is needed): a workspace of the test's own, empty at the
start, with an app installed that may do everything. A fixture named ``slack_manifests`` in the same
module or conftest.py, returning paths, installs the apps of those manifests instead::

    from bot.playground.testing import LocalSlack, slack

    async def test_a_draft_is_posted(slack: LocalSlack) -> None:
        async with my_app(**slack.access().environment):
            await slack.connected()
            ada = slack.as_user("U0ADA")
            await ada.slash("/draft", "linkedin remote work")
            assert (await ada.wait_for_message()).text.startswith("Remote work")

``local_slack`` is the same without pytest.
"""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.playground.config import AppConfig, PlaygroundConfig, utc_now
from bot.playground.entities import Clock
from bot.playground.local_slack import Access, LocalSlack
from bot.playground.person import Person, Refused
from bot.playground.server import run_playground

__all__ = ["Access", "LocalSlack", "Person", "Refused", "local_slack", "slack"]


@pytest_asyncio.fixture
async def slack(request: pytest.FixtureRequest) -> AsyncIterator[LocalSlack]:
    """A workspace for one test; see this module."""
    async with local_slack(*_manifests(request)) as running:
        yield running


@asynccontextmanager
async def local_slack(*manifests: Path, clock: Clock = utc_now, **settings: Any) -> AsyncIterator[LocalSlack]:
    """A workspace with an app for each manifest, or one that may do everything, until the block ends.

    `settings` are PlaygroundConfig's, such as `ack_timeout_seconds` or `redelivery_seconds`.
    """
    first, *more = [_new_app(manifest) for manifest in manifests or (None,)]
    config = PlaygroundConfig(
        **{"secret": secrets.token_urlsafe(16), **first.model_dump(), "more_apps": tuple(more), **settings}
    )
    async with run_playground(config, clock=clock) as playground:
        yield LocalSlack(playground)


def _new_app(manifest: Path | None) -> AppConfig:
    bot_token, app_token = (f"{kind}-{secrets.token_urlsafe(24)}" for kind in ("xoxb", "xapp"))
    return AppConfig(manifest=manifest, bot_token=bot_token, app_token=app_token)


def _manifests(request: pytest.FixtureRequest) -> Sequence[Path]:
    try:
        manifests: Sequence[Path] = request.getfixturevalue("slack_manifests")
    except pytest.FixtureLookupError:
        return ()
    return manifests
