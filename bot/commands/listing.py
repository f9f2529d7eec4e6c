"""`copydesk models list`: which models are declared, under what licence, and what they write."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.settings import Settings
from generation.registry import ModelSource, ModelSpec, Presence, PresenceStatus, find_presence
from generation.routing import RouteRule, find_rule

HEADER: Final = ("Model", "Kind", "Parameters", "On this machine", "Licence", "Commercial use", "Writes")
EVERYTHING: Final = "everything"
NOTHING: Final = "nothing"


@dataclass(frozen=True)
class ListedModel:
    """A declared model, whether it is here, and the kinds of text that are routed to it.

    `writes` are those it is meant for, `stands_in_for` those it substitutes for. `size_bytes` is
    what it takes on disk; of a model that is not here, what its parameters take in 16 bit.
    """

    spec: ModelSpec
    presence: Presence
    size_bytes: int
    writes: tuple[str, ...]
    stands_in_for: tuple[str, ...]


def print_models(settings: Settings, console: Console, *, as_json: bool = False) -> None:
    listed = list_models(settings)
    if as_json:
        console.print_json(json.dumps([_figures(model) for model in listed]))
        return
    table = Table(*HEADER, title="Models")
    for model in listed:
        table.add_row(*(Text(cell) for cell in _row(model, len(settings.content_types))))
    console.print(table)
    for sentence in _sentences(listed):
        console.print(Text(sentence), soft_wrap=True)


def list_models(settings: Settings) -> list[ListedModel]:
    """Every declared model, those that write first."""
    found = {name: find_rule(name, settings.routes) for name in settings.content_types}
    rules = {name: rule for name, rule in found.items() if rule is not None}
    listed = [_listed(spec, settings.models_dir, rules) for spec in settings.models.values()]
    return sorted(listed, key=lambda model: (not model.writes, not model.stands_in_for))


def format_bytes(size_bytes: float) -> str:
    """Decimal units, as disks and the hub count: 4.3 MB, 8.0 GB."""
    for unit in ("B", "kB", "MB"):
        if size_bytes < 1000:
            return f"{size_bytes:.0f} {unit}" if unit == "B" else f"{size_bytes:.1f} {unit}"
        size_bytes /= 1000
    return f"{size_bytes:.1f} GB"


def format_parameters(parameters: int) -> str:
    """As models are called: 2.4 M, 559 M, 4.0 B."""
    millions = parameters / 1e6
    if millions >= 1000:
        return f"{millions / 1000:.1f} B"
    return f"{millions:.0f} M" if millions >= 10 else f"{millions:.1f} M"


def _listed(spec: ModelSpec, models_dir: Path, rules: Mapping[str, RouteRule]) -> ListedModel:
    presence = find_presence(spec, models_dir)
    return ListedModel(
        spec=spec,
        presence=presence,
        size_bytes=_size_bytes(spec, presence.folder),
        writes=tuple(kind for kind, rule in rules.items() if spec.name in rule.models),
        stands_in_for=tuple(kind for kind, rule in rules.items() if spec.name in rule.substitutes),
    )


def _size_bytes(spec: ModelSpec, folder: Path | None) -> int:
    if folder is None:
        return 2 * spec.parameters
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _row(model: ListedModel, kinds: int) -> tuple[str, ...]:
    spec = model.spec
    return (
        spec.name,
        spec.kind.value,
        format_parameters(spec.parameters),
        _whereabouts(model),
        f"{spec.licence} (accept it first)" if spec.gated else spec.licence,
        "yes" if spec.commercial_use else "NO",
        _uses(model, kinds),
    )


def _whereabouts(model: ListedModel) -> str:
    if model.spec.source is ModelSource.REMOTE:
        return f"at {model.spec.address}"
    if model.presence.status is PresenceStatus.PRESENT:
        return f"yes, {format_bytes(model.size_bytes)}"
    if model.presence.status is PresenceStatus.DAMAGED:
        return "damaged"
    return f"no, about {format_bytes(model.size_bytes)}"


def _uses(model: ListedModel, kinds: int) -> str:
    if model.writes:
        return _kinds(model.writes, kinds)
    if model.stands_in_for:
        return f"{_kinds(model.stands_in_for, kinds)}, as a substitute"
    return NOTHING


def _kinds(names: tuple[str, ...], kinds: int) -> str:
    return EVERYTHING if len(names) == kinds else ", ".join(names)


def _sentences(listed: list[ListedModel]) -> list[str]:
    """What to know and to do: about whoever is routed to and absent, and about licences and starters."""
    sentences = [
        f"{model.presence.reason} {model.presence.remedy}"
        for model in listed
        if model.presence.status is PresenceStatus.DAMAGED
        or (model.presence.status is PresenceStatus.MISSING and model.writes)
    ]
    if private := [model.spec.name for model in listed if not model.spec.commercial_use]:
        sentences.append(f"Not licensed for commercial use: {', '.join(private)}.")
    if any(model.spec.source is ModelSource.STARTER for model in listed):
        sentences.append("Starter models are for trying Copydesk out; they know nothing of the topic.")
    return sentences


def _figures(model: ListedModel) -> dict[str, Any]:
    return {
        **model.spec.model_dump(mode="json"),
        "status": model.presence.status.value,
        "reason": model.presence.reason,
        "remedy": model.presence.remedy,
        "found_revision": model.presence.revision,
        "size_bytes": model.size_bytes,
        "writes": model.writes,
        "stands_in_for": model.stands_in_for,
    }
