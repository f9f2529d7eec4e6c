"""The Slack app manifest: what the app is called, may do and subscribes to."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.playground.errors import ConfigurationError

# What a bot token may be given and may subscribe to (docs.slack.dev, scopes and events).
_ALL_SCOPES = (
    "app_mentions:read",
    "assistant:write",
    "channels:history",
    "channels:join",
    "channels:manage",
    "channels:read",
    "channels:write.invites",
    "channels:write.topic",
    "chat:write",
    "chat:write.customize",
    "chat:write.public",
    "commands",
    "emoji:read",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "groups:write",
    "groups:write.invites",
    "groups:write.topic",
    "im:history",
    "im:read",
    "im:write",
    "im:write.topic",
    "mpim:history",
    "mpim:read",
    "mpim:write",
    "mpim:write.topic",
    "pins:read",
    "pins:write",
    "reactions:read",
    "reactions:write",
    "team:read",
    "users.profile:read",
    "users:read",
    "users:read.email",
    "users:write",
)
_ALL_EVENTS = (
    "app_home_opened",
    "app_mention",
    "channel_created",
    "file_shared",
    "link_shared",
    "member_joined_channel",
    "member_left_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "reaction_added",
    "reaction_removed",
    "team_join",
)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class SlashCommand(_Part):
    command: str = Field(pattern=r"^/[a-z0-9_-]{1,31}$")
    description: str
    usage_hint: str = ""
    should_escape: bool = False


class Shortcut(_Part):
    """Something an app offers in a message's menu ("message") or beside the composer ("global")."""

    name: str = Field(min_length=1, max_length=24)
    type: Literal["message", "global"]
    callback_id: str = Field(min_length=1, max_length=255)
    description: str = Field(default="", max_length=150)


class _DisplayInformation(_Part):
    name: str = Field(min_length=1, max_length=35)


class _BotUser(_Part):
    display_name: str = Field(min_length=1, max_length=80)


class _AppHome(_Part):
    home_tab_enabled: bool = False
    messages_tab_enabled: bool = True
    messages_tab_read_only_enabled: bool = False


class _Features(_Part):
    app_home: _AppHome = _AppHome()
    bot_user: _BotUser
    slash_commands: tuple[SlashCommand, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()


class _Scopes(_Part):
    bot: tuple[str, ...] = ()


class _OauthConfig(_Part):
    scopes: _Scopes


class _EventSubscriptions(_Part):
    bot_events: tuple[str, ...] = ()


class _Interactivity(_Part):
    is_enabled: bool = False


class _Settings(_Part):
    event_subscriptions: _EventSubscriptions = _EventSubscriptions()
    interactivity: _Interactivity = _Interactivity()
    socket_mode_enabled: bool = False


class Manifest(_Part):
    """The parts of a manifest that the playground obeys; the rest is left to the real Slack.

    `is_open`: an app without a manifest of its own, which may have any command and any shortcut.
    """

    display_information: _DisplayInformation
    features: _Features
    oauth_config: _OauthConfig
    settings: _Settings = _Settings()
    is_open: bool = False

    @property
    def app_name(self) -> str:
        return self.display_information.name

    @property
    def bot_name(self) -> str:
        return self.features.bot_user.display_name

    @property
    def scopes(self) -> tuple[str, ...]:
        return self.oauth_config.scopes.bot

    @property
    def commands(self) -> tuple[SlashCommand, ...]:
        return self.features.slash_commands if "commands" in self.scopes else ()

    @property
    def shortcuts(self) -> tuple[Shortcut, ...]:
        """What the manifest declares; without the scope "commands" and interactivity there is none."""
        usable = "commands" in self.scopes and self.is_interactive
        return self.features.shortcuts if usable else ()

    def takes_command(self, command: str) -> bool:
        return self.is_open or command in {known.command for known in self.commands}

    def takes_shortcut(self, kind: Literal["message", "global"], callback_id: str) -> bool:
        known = {shortcut.callback_id for shortcut in self.shortcuts if shortcut.type == kind}
        return self.is_open or callback_id in known

    @property
    def bot_events(self) -> frozenset[str]:
        return frozenset(self.settings.event_subscriptions.bot_events)

    @property
    def has_home_tab(self) -> bool:
        return self.features.app_home.home_tab_enabled

    @property
    def has_messages_tab(self) -> bool:
        """Whether the app and a person can have a conversation at all."""
        return self.features.app_home.messages_tab_enabled

    @property
    def takes_direct_messages(self) -> bool:
        home = self.features.app_home
        return home.messages_tab_enabled and not home.messages_tab_read_only_enabled

    @property
    def is_interactive(self) -> bool:
        return self.settings.interactivity.is_enabled


def open_manifest() -> Manifest:
    """For an app that brings no manifest: every scope and event, any command and any shortcut."""
    return Manifest(
        display_information=_DisplayInformation(name="App"),
        features=_Features(app_home=_AppHome(home_tab_enabled=True), bot_user=_BotUser(display_name="App")),
        oauth_config=_OauthConfig(scopes=_Scopes(bot=_ALL_SCOPES)),
        settings=_Settings(
            event_subscriptions=_EventSubscriptions(bot_events=_ALL_EVENTS),
            interactivity=_Interactivity(is_enabled=True),
            socket_mode_enabled=True,
        ),
        is_open=True,
    )


def read_manifest(path: Path) -> Manifest:
    """The manifest at `path`; raises ConfigurationError naming the file and what is wrong in it."""
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ConfigurationError(
            f"The app manifest {path} cannot be read: {error.strerror}. Name one that exists."
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ConfigurationError(
            f"The app manifest {path} is not usable: {place}: {first['msg']}. Correct it."
        ) from None
    if not manifest.settings.socket_mode_enabled:
        raise ConfigurationError(
            f"The app manifest {path} has Socket Mode off. Set settings.socket_mode_enabled to true."
        )
    return manifest
