"""`copydesk playground`: the local Slack alone, for Copydesk started by hand or for any other app."""

import asyncio
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urljoin

import typer

from bot.children import playground_child
from bot.commands.interruption import serve_until_interrupted
from bot.errors import SettingsError
from bot.logs import configure_logging
from bot.manifest import manifest_path
from bot.run_folder import make_data_dir
from bot.settings import Settings
from bot.supervisor import ChildSpec, Supervisor

APPS_LIMIT = 10


@dataclass(frozen=True)
class NewApp:
    """An app of this start, with the tokens it is to use."""

    name: str
    manifest: Path
    bot_token: str = field(repr=False)
    app_token: str = field(repr=False)


def serve_playground(settings: Settings, manifests: Sequence[Path]) -> None:
    """Serves until Ctrl-C; without manifests it knows Copydesk and keeps its state.

    Raises SettingsError when a manifest is unusable, BotError when the playground cannot start.
    """
    apps = _new_apps(manifests or [manifest_path()])
    tokens = [token for app in apps for token in (app.bot_token, app.app_token)]
    configure_logging(settings.log_level, [*settings.secrets, *tokens])
    if not manifests:
        make_data_dir(settings.data_dir)
    child = _child(settings, apps, keeps_state=not manifests)

    async def serve(stop: asyncio.Event) -> None:
        async with Supervisor() as supervisor:
            page_url = await supervisor.watch(child).address()
            typer.echo(how_to_connect(page_url, apps))
            await stop.wait()

    serve_until_interrupted(serve)


def how_to_connect(page_url: str, apps: Sequence[NewApp]) -> str:
    """What is printed: the page's address, and the environment that each app needs."""
    api_url = urljoin(page_url, "/api/")
    environments = "\n\n".join(
        f"  {app.name}:\n\n"
        f"    SLACK_API_URL={api_url}\n"
        f"    SLACK_BOT_TOKEN={app.bot_token}\n"
        f"    SLACK_APP_TOKEN={app.app_token}"
        for app in apps
    )
    return f"""
The playground is ready: open {page_url}

An app connects to it, over Socket Mode, with these in its environment:

{environments}

Copydesk reads all three. Another app reads its tokens as ever, and the address where it makes its client:

    Python   AsyncWebClient(token, base_url=os.environ["SLACK_API_URL"])
    Node     new App({{ ..., clientOptions: {{ slackApiUrl: process.env.SLACK_API_URL }} }})

docs/playground.md says more. Ctrl-C stops it.
"""


def _new_apps(manifests: Sequence[Path]) -> list[NewApp]:
    if len(manifests) > APPS_LIMIT:
        raise SettingsError(
            f"A playground holds {APPS_LIMIT} apps; give --manifest {APPS_LIMIT} times at most."
        )
    return [
        NewApp(
            name=_app_name(manifest),
            manifest=manifest.resolve(),
            bot_token=f"xoxb-{secrets.token_urlsafe(24)}",
            app_token=f"xapp-{secrets.token_urlsafe(24)}",
        )
        for manifest in manifests
    ]


def _app_name(manifest: Path) -> str:
    """What the manifest calls the app; all else in it is for the playground to judge."""
    try:
        name = json.loads(manifest.read_text("utf-8"))["display_information"]["name"]
    except OSError as error:
        raise SettingsError(
            f"The app manifest {manifest} cannot be read: {error.strerror}. Name one that exists."
        ) from None
    except (ValueError, LookupError, TypeError):
        raise SettingsError(
            f"{manifest} is no app manifest: JSON with display_information.name is wanted. Slack shows an "
            "app's manifest, in JSON too, at https://api.slack.com/apps under App Manifest."
        ) from None
    return str(name)


def _child(settings: Settings, apps: Sequence[NewApp], *, keeps_state: bool) -> ChildSpec:
    """Copydesk's workspace is kept in its data folder; other apps' begins empty at every start."""
    first, *more = apps
    child = playground_child(settings, first.bot_token, first.app_token)
    changes = {
        "manifest": str(first.manifest),
        "more_apps": [
            {"manifest": str(app.manifest), "bot_token": app.bot_token, "app_token": app.app_token}
            for app in more
        ],
    }
    state = {} if keeps_state else {"state_path": None}
    return replace(child, configuration={**child.configuration, **changes, **state})
