"""Who is evaluated: a declared model on our own generation server, or as another server serves it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from bot.commands.choosing import chosen
from bot.errors import BadInput
from bot.settings import Settings
from generation.registry import ModelSpec, PresenceStatus, find_presence
from generation.routing import find_rule

AT: Final = " @ "
"""Between a model and another server's address in the label of an arm."""


@dataclass(frozen=True)
class OfflineArm:
    """One line of the result. `address` None: our own server, started for it; else an OpenAI-compatible one.

    `remote_name` is what that server calls the model. `spec` says how the model is spoken to.
    """

    label: str
    spec: ModelSpec
    address: str | None = None
    remote_name: str | None = None


def find_arms(settings: Settings, names: Sequence[str], backends: Sequence[str]) -> tuple[OfflineArm, ...]:
    """The arms for what was named, or for all routed models on this machine.

    A name may say what other servers call the model: `qwen3-4b-instruct=qwen3:4b`. Each of `backends` adds
    an arm for each model. Raises BadInput for unknown names and addresses, and for models that are not here.
    """
    wanted = [_split(name) for name in names] or [(name, name) for name in _routed_here(settings)]
    if not wanted:
        raise BadInput(
            "No model that a route names is on this machine. Pull one with `copydesk models pull <name>`, "
            "or name models with --models."
        )
    own = [OfflineArm(name, chosen(settings, name)) for name, _ in wanted]
    missing = [arm.label for arm in own if not _is_here(settings, arm.spec)]
    if missing:
        raise BadInput(
            f"Not on this machine: {', '.join(missing)}. Pull them with `copydesk models pull <name>`, "
            "or leave them out."
        )
    elsewhere = [
        OfflineArm(f"{name}{AT}{urlsplit(address).netloc}", chosen(settings, name), address, remote)
        for address in map(_checked, backends)
        for name, remote in wanted
    ]
    return (*own, *elsewhere)


def _split(name: str) -> tuple[str, str]:
    own, equals, remote = name.partition("=")
    return own, remote if equals else own


def _checked(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadInput(
            f"{address} is no address of a server with OpenAI's API. Give one like http://127.0.0.1:11434/v1."
        )
    return address.rstrip("/").removesuffix("/v1")


def _routed_here(settings: Settings) -> list[str]:
    rules = [find_rule(kind, settings.routes) for kind in settings.content_types]
    names = dict.fromkeys(
        name for rule in rules if rule is not None for name in (*rule.models, *rule.substitutes)
    )
    return [name for name in names if _is_here(settings, settings.models[name])]


def _is_here(settings: Settings, spec: ModelSpec) -> bool:
    return find_presence(spec, settings.models_dir).status is PresenceStatus.PRESENT
