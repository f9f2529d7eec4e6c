"""How the processes beside the bot are started: each learns everything from one line on its stdin."""

import random
import secrets
import sys
from contextlib import suppress

from bot.child_process import ChildSpec
from bot.manifest import manifest_path
from bot.settings import Settings
from generation.errors import NoModelAvailable
from generation.registry import ModelSource, Presence, PresenceStatus, find_presence
from generation.routing import choose_route, find_rule


def generation_child(settings: Settings, token: str) -> ChildSpec:
    """The generation server, with every declared model; the routed ones are loaded at its start."""
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
    """The local Slack; its state lives in a file of its own beside the database."""
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
