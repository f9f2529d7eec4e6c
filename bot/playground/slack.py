"""The local Slack put together from its parts, and the record of what the app said to it."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from bot.playground.changes import AppsChanged
from bot.playground.config import PlaygroundConfig
from bot.playground.entities import Clock, Json
from bot.playground.manifest import Manifest
from bot.playground.modals import Modals
from bot.playground.permits import ResponseGrants, Triggers
from bot.playground.socket_mode import SocketMode
from bot.playground.workspace import Workspace

CALLS_KEPT = 2_000


@dataclass(frozen=True)
class ApiCall:
    """Something the app sent: a Web API method, or "response_url", "socket_mode.ack", "files.upload"."""

    method: str
    arguments: Json
    response: Json
    at: datetime


@dataclass
class Slack:
    """Everything the Web API, the page and the tests work on."""

    config: PlaygroundConfig
    manifest: Manifest
    workspace: Workspace
    socket_mode: SocketMode
    modals: Modals
    triggers: Triggers
    response_grants: ResponseGrants
    clock: Clock
    # Known once the port is: where the app and the page reach this server, without a slash at the end.
    origin: str = ""
    calls: deque[ApiCall] = field(default_factory=lambda: deque(maxlen=CALLS_KEPT))

    def record(self, method: str, arguments: Json, response: Json) -> None:
        """Keeps what the app sent, in order; the oldest are forgotten."""
        self.calls.append(ApiCall(method, arguments, response, self.clock()))


def build_slack(config: PlaygroundConfig, manifest: Manifest, workspace: Workspace, clock: Clock) -> Slack:
    """Wires the parts together."""
    calls: deque[ApiCall] = deque(maxlen=CALLS_KEPT)
    socket_mode = SocketMode(
        ack_timeout_seconds=config.ack_timeout_seconds,
        redelivery_seconds=config.redelivery_seconds,
        on_connection_change=lambda: workspace.feed.publish(AppsChanged()),
        on_ack=lambda payload: calls.append(ApiCall("socket_mode.ack", payload, {}, clock())),
    )
    return Slack(
        config=config,
        manifest=manifest,
        workspace=workspace,
        socket_mode=socket_mode,
        modals=Modals(workspace.feed),
        triggers=Triggers(clock, config.trigger_lifetime_seconds),
        response_grants=ResponseGrants(clock, config.response_url_lifetime_seconds),
        clock=clock,
        calls=calls,
    )
