"""The playground as a test drives it: apps' access, faults, waiting for what happens."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from bot.playground.entities import Json
from bot.playground.fault_injection import inject
from bot.playground.faults import LastingFault, Once
from bot.playground.inspector import Entry, Filter
from bot.playground.person import WAIT_SECONDS, Person
from bot.playground.server import Playground
from bot.playground.slack import ApiCall, Slack

EVERYTHING = Filter()
T = TypeVar("T")


@dataclass(frozen=True)
class Access:
    """What an app needs to connect."""

    api_url: str
    bot_token: str = field(repr=False)
    app_token: str = field(repr=False)

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that apps read, Copydesk among them."""
        return {
            "SLACK_API_URL": self.api_url,
            "SLACK_BOT_TOKEN": self.bot_token,
            "SLACK_APP_TOKEN": self.app_token,
        }


class LocalSlack:
    """The playground as a test sees it.

    ``slack = LocalSlack(playground); ada = slack.as_user("U0ADA"); await ada.slash("/draft", "linkedin x",
    channel="drafts")``
    """

    def __init__(self, playground: Playground) -> None:
        self.playground = playground
        self.slack: Slack = playground.slack

    # ------------------------------------------------------------------ for the app

    @property
    def api_url(self) -> str:
        """What a Slack client takes as its base address."""
        return self.playground.slack_api_url

    @property
    def bot_token(self) -> str:
        """The first app's."""
        return self.access().bot_token

    @property
    def app_token(self) -> str:
        """The first app's, for Socket Mode."""
        return self.access().app_token

    def access(self, app: str | None = None) -> Access:
        """What the app of this name needs, the first one without a name; raises AssertionError."""
        found = self.of_app(app).app
        return Access(self.api_url, found.bot_token, found.app_token)

    @property
    def page_url(self) -> str:
        """Where a browser shows this workspace, for a look while a test waits."""
        return self.playground.page_url

    # ------------------------------------------------------------------ people, and what happened

    @property
    def calls(self) -> list[ApiCall]:
        """What the apps sent, oldest first."""
        return self.playground.calls

    def exchanges(self, wanted: Filter = EVERYTHING) -> list[Entry]:
        """What the inspector has: envelopes with their acks, calls with their answers, in order."""
        return self.slack.inspector.find(wanted)

    async def inject(self, fault: LastingFault | Once) -> Json:
        """Starts a fault, or lets one happen at once; returns what came of it."""
        return await inject(self.slack, fault)

    def end_faults(self) -> None:
        """Ends every fault that was started."""
        self.slack.faults.end_all()

    def as_user(self, user_id: str) -> Person:
        """One of the people; raises ApiError("user_not_found")."""
        return Person(self, self.slack.workspace.user(user_id).id)

    # ------------------------------------------------------------------ waiting

    async def connected(self, app: str | None = None, *, timeout_seconds: float = WAIT_SECONDS) -> None:
        """Waits until the app of this name has a socket open, the first one without a name."""
        socket_mode = self.of_app(app).socket_mode
        await self.wait_for(lambda: socket_mode.is_connected, timeout_seconds=timeout_seconds)

    async def delivered(self, *, timeout_seconds: float = WAIT_SECONDS) -> None:
        """Waits until the apps have acknowledged every event so far, or were given up on."""
        async with asyncio.timeout(timeout_seconds):
            for each in self.slack.apps:
                await each.socket_mode.delivered()

    async def wait_for(self, look: Callable[[], T | None], *, timeout_seconds: float = WAIT_SECONDS) -> T:
        """Calls `look` now and after every change until what it returns is truthy; returns that.

        Raises TimeoutError.
        """
        changed = asyncio.Event()
        unsubscribe = self.slack.workspace.feed.subscribe(lambda _: changed.set())
        try:
            async with asyncio.timeout(timeout_seconds):
                while not (found := look()):
                    await changed.wait()
                    changed.clear()
                return found
        finally:
            unsubscribe()

    def of_app(self, name: str | None = None) -> Slack:
        """The local Slack as the app of this name has it, the first one without a name."""
        names = [each.manifest.app_name for each in self.slack.apps]
        if name is None:
            return self.slack.apps[0]
        assert name in names, f"There is no app {name!r} here; there are {names}."
        return self.slack.apps[names.index(name)]
