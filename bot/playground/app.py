"""An installed app: its manifest, its tokens, and who its bot is in the workspace."""

from dataclasses import dataclass, field

from bot.playground.config import PlaygroundConfig
from bot.playground.entities import APP_ID, BOT_ID, BOT_USER_ID, User
from bot.playground.manifest import Manifest, open_manifest, read_manifest

_COLORS = ("4a7c59", "8f4a2b", "3c5fa8", "7a3b8f", "2b7a78", "a8323c")


@dataclass(frozen=True)
class App:
    """One of the workspace's apps. Tokens are compared, never shown."""

    manifest: Manifest
    bot_token: str = field(repr=False)
    app_token: str = field(repr=False)
    id: str = APP_ID
    bot_id: str = BOT_ID
    bot_user: str = BOT_USER_ID
    color: str = _COLORS[0]

    def bot(self) -> User:
        """The app as a member of channels."""
        name = self.manifest.bot_name
        return User(id=self.bot_user, name=name.lower(), real_name=name, color=self.color, is_bot=True)


def install_apps(config: PlaygroundConfig) -> tuple[App, ...]:
    """The configured apps in their order; the first keeps the plain identifiers, the others are numbered.

    Raises ConfigurationError when a manifest is unusable.
    """
    apps = []
    for position, given in enumerate(config.apps):
        number = "" if position == 0 else str(position + 1)
        apps.append(
            App(
                manifest=open_manifest() if given.manifest is None else read_manifest(given.manifest),
                bot_token=given.bot_token,
                app_token=given.app_token,
                id=APP_ID + number,
                bot_id=BOT_ID + number,
                bot_user=BOT_USER_ID + number,
                color=_COLORS[position % len(_COLORS)],
            )
        )
    return tuple(apps)
