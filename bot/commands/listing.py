"""`copydesk models list`: which models are declared, and which of them are on this machine."""

from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.settings import Settings
from generation.registry import ModelSource, ModelSpec, Presence, PresenceStatus, find_presence

HEADER = ("Model", "On this machine", "Size", "Licence", "Routes", "Note")


def print_models(settings: Settings, console: Console) -> None:
    table = Table(*HEADER, title="Models")
    presences = {name: find_presence(spec, settings.models_dir) for name, spec in settings.models.items()}
    for name, spec in settings.models.items():
        table.add_row(*(Text(cell) for cell in _row(spec, presences[name], _uses(name, settings))))
    console.print(table)
    for name, presence in presences.items():
        if presence.status is not PresenceStatus.PRESENT:
            console.print(Text(f"{name}: {presence.reason} {presence.remedy}"), soft_wrap=True)
    if any(spec.source is ModelSource.STARTER for spec in settings.models.values()):
        console.print(Text("Starter models are for trying Copydesk out; they know nothing of the topic."))


def format_bytes(size_bytes: float) -> str:
    """Decimal units, as disks and the hub count: 4.3 MB, 8.0 GB."""
    for unit in ("B", "kB", "MB"):
        if size_bytes < 1000:
            return f"{size_bytes:.0f} {unit}" if unit == "B" else f"{size_bytes:.1f} {unit}"
        size_bytes /= 1000
    return f"{size_bytes:.1f} GB"


def _row(spec: ModelSpec, presence: Presence, uses: Iterable[str]) -> tuple[str, ...]:
    commercial = "" if spec.commercial_use else " (no commercial use)"
    return (
        spec.name,
        "yes" if presence.status is PresenceStatus.PRESENT else presence.status.value,
        _size(spec, presence.folder),
        spec.licence + commercial,
        ", ".join(uses) or "none",
        spec.note,
    )


def _size(spec: ModelSpec, folder: Path | None) -> str:
    """What it takes on disk; of a model that is not here, what its parameters take in 16 bit."""
    if folder is None:
        return f"about {format_bytes(2 * spec.parameters)}"
    return format_bytes(sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()))


def _uses(name: str, settings: Settings) -> list[str]:
    routed = [route for route, rule in settings.routes.items() if name in rule.models]
    standing_in = [
        f"{route} (substitute)" for route, rule in settings.routes.items() if name in rule.substitutes
    ]
    return [*routed, *standing_in]
