"""The local Slack put together from its parts, and the record of what the apps said to it."""

import hmac
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.playground.app import App
from bot.playground.changes import AppsChanged, FaultsChanged
from bot.playground.config import PlaygroundConfig
from bot.playground.entities import Channel, Clock, Json
from bot.playground.errors import ApiError
from bot.playground.faults import Faults
from bot.playground.inspector import Entry, Inspector, Kind
from bot.playground.manifest import Manifest
from bot.playground.modals import Modals
from bot.playground.permits import ResponseGrants, Triggers
from bot.playground.socket_mode import SocketMode
from bot.playground.workspace import Workspace

CALLS_KEPT = 2_000
# Web API calls and envelopes are entered where they begin.
_ENTERED: Mapping[str, Kind] = {"response_url": "response_url", "files.upload": "upload"}


@dataclass(frozen=True)
class ApiCall:
    """Something an app sent: a Web API method, or "response_url", "socket_mode.ack", "files.upload"."""

    method: str
    arguments: Json
    response: Json
    at: datetime
    app_id: str


@dataclass
class Installation:
    """What all apps share besides the workspace. `origin` is known once the port is: no slash at the end."""

    inspector: Inspector
    faults: Faults
    origin: str = ""
    apps: list["Slack"] = field(default_factory=list)
    calls: deque[ApiCall] = field(default_factory=lambda: deque(maxlen=CALLS_KEPT))


@dataclass
class Slack:
    """The local Slack as one of its apps has it: its sockets and permits, and the workspace of all.

    Everything the Web API, the page and the tests work on.
    """

    config: PlaygroundConfig
    app: App
    workspace: Workspace
    socket_mode: SocketMode
    modals: Modals
    triggers: Triggers
    response_grants: ResponseGrants
    clock: Clock
    installation: Installation

    @property
    def manifest(self) -> Manifest:
        return self.app.manifest

    @property
    def origin(self) -> str:
        """Where apps and the page reach this server."""
        return self.installation.origin

    @property
    def inspector(self) -> Inspector:
        return self.installation.inspector

    @property
    def faults(self) -> Faults:
        return self.installation.faults

    @property
    def calls(self) -> Sequence[ApiCall]:
        """What the apps sent, oldest first."""
        return self.installation.calls

    @property
    def apps(self) -> Sequence["Slack"]:
        """The local Slack of every app, this one's included."""
        return self.installation.apps

    def of_app(self, app_id: str) -> "Slack":
        """As this app has it; raises ApiError("app_not_found")."""
        for other in self.apps:
            if other.app.id == app_id:
                return other
        raise ApiError("app_not_found")

    def of_bot(self, user_or_bot_id: str | None) -> "Slack":
        """As the app of this bot has it; what no bot wrote belongs to the first app."""
        for other in self.apps:
            if user_or_bot_id in (other.app.bot_user, other.app.bot_id):
                return other
        return self.apps[0]

    def of_command(self, command: str) -> "Slack":
        """As the app with this slash command has it; the last one installed wins, as in Slack."""
        for other in reversed(self.apps):
            if other.manifest.takes_command(command):
                return other
        return self.apps[0]

    def of_shortcut(self, kind: Literal["message", "global"], callback_id: str) -> "Slack":
        """As the app with this shortcut has it."""
        for other in self.apps:
            if other.manifest.takes_shortcut(kind, callback_id):
                return other
        return self.apps[0]

    def of_token(self, token: str) -> "Slack":
        """As the app with this token has it; a stranger's is left for the method to refuse."""
        for other in self.apps:
            if other.owns(token):
                return other
        return self.apps[0]

    def owns(self, token: str) -> bool:
        """Whether a token is one of this app's two."""
        own = (self.app.bot_token, self.app.app_token)
        return any(hmac.compare_digest(token.encode(), each.encode()) for each in own)

    def find_channel(self, name_or_id: str) -> Channel:
        """By id or name; a person's id means their direct message with this app."""
        return self.workspace.find_channel(name_or_id, bot_user=self.app.bot_user)

    def record(
        self, method: str, arguments: Json, response: Json, *, entry: Entry | None = None, status: int = 200
    ) -> None:
        """Keeps what the app sent, in order; the oldest are forgotten.

        `entry`: where the inspector has it already, waiting for its end.
        """
        self.installation.calls.append(ApiCall(method, arguments, response, self.clock(), self.app.id))
        if entry is None and method in _ENTERED:
            entry = self.inspector.begin(self.app.id, _ENTERED[method], method, arguments)
        if entry is not None:
            self.inspector.end(entry, response, error=response.get("error"), status=status)


def build_slack(config: PlaygroundConfig, apps: Sequence[App], workspace: Workspace, clock: Clock) -> Slack:
    """Wires the parts together; returns the first app's, which knows the others."""
    tokens = [token for app in apps for token in (app.bot_token, app.app_token)]
    installation = Installation(
        Inspector(clock, [config.secret, *tokens]),
        Faults(clock, on_change=lambda: workspace.feed.publish(FaultsChanged())),
    )
    modals = Modals(workspace.feed)
    for app in apps:
        installation.apps.append(_build_one(config, app, workspace, clock, modals, installation))
    return installation.apps[0]


def _build_one(
    config: PlaygroundConfig,
    app: App,
    workspace: Workspace,
    clock: Clock,
    modals: Modals,
    installation: Installation,
) -> Slack:
    socket_mode = SocketMode(
        app_id=app.id,
        ack_timeout_seconds=config.ack_timeout_seconds,
        redelivery_seconds=config.redelivery_seconds,
        refresh_seconds=config.refresh_seconds,
        inspector=installation.inspector,
        faults=installation.faults,
        on_connection_change=lambda: workspace.feed.publish(AppsChanged()),
        on_ack=lambda payload: slack.record("socket_mode.ack", payload, {}),
    )
    slack = Slack(
        config=config,
        app=app,
        workspace=workspace,
        socket_mode=socket_mode,
        modals=modals,
        triggers=Triggers(clock, config.trigger_lifetime_seconds),
        response_grants=ResponseGrants(clock, config.response_url_lifetime_seconds),
        clock=clock,
        installation=installation,
    )
    return slack
