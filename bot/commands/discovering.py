"""`copydesk models discover`: what the hub has that meets the criteria, and whether it fits here."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.commands.fitting import fit_by_hub, mebi
from bot.settings import Settings
from generation.discovery import Criteria, Found, discover
from generation.fit import ModelFit

HEADER: Final = ("Model", "Parameters", "Downloads", "Updated", "Licence", "Together", "Fits")
_LEFT_OUT: Final = ("name", "backend", "prompt_format", "pinned", "precision", "note")


def print_discovered(
    settings: Settings, console: Console, criteria: Criteria, now: datetime, style: str
) -> None:
    """`style` is "table", "json" or "toml". Raises HubUnreachable or DownloadFailed."""
    token = settings.hf_token.get_secret_value() if settings.hf_token else None
    found = discover(criteria, now, token=token)
    sizes = fit_by_hub(settings, [model.declare() for model in found]) if found else []
    pairs = sorted(zip(found, sizes, strict=True), key=lambda pair: not pair[1].fits)
    if style == "json":
        console.print_json(json.dumps([_entry(model, size) for model, size in pairs]))
    elif style == "toml":
        for model, size in pairs:
            if size.fits:
                typer.echo(_declaration(model))
    elif pairs:
        _print_table(pairs, console)
    else:
        console.print(
            Text(
                "The hub has no model that meets the criteria. Allow more: --at-most, --downloads, --months, "
                "--any-licence."
            ),
            soft_wrap=True,
        )


def _print_table(pairs: Iterable[tuple[Found, ModelFit]], console: Console) -> None:
    table = Table(*HEADER, title="Models on the hub that meet the criteria")
    problems: list[str] = []
    for model, size in pairs:
        table.add_row(*(Text(cell) for cell in _row(model, size)))
        if size.cache_bytes is None and size.problem:
            problems.append(f"{model.hub_id}: {size.problem}")
    console.print(table)
    for problem in problems:
        console.print(Text(problem), soft_wrap=True)
    console.print(
        Text("To use one, declare it: with --toml, this command prints what to put into copydesk.toml."),
        soft_wrap=True,
    )


def _row(model: Found, size: ModelFit) -> tuple[str, ...]:
    return (
        model.hub_id,
        f"{model.parameters / 1e9:.2f} B",
        f"{model.downloads:,}",
        f"{model.updated_at:%Y-%m-%d}",
        model.licence
        + (" (gated)" if model.gated else "")
        + ("" if model.commercial_use else " (commercial use not known to be allowed)"),
        f"{'at least ' if size.cache_bytes is None else ''}{mebi(size.needed_bytes)}",
        "yes" if size.fits else "no",
    )


def _entry(model: Found, size: ModelFit) -> dict[str, Any]:
    return {
        "hub_id": model.hub_id,
        "commit": model.commit,
        "downloads": model.downloads,
        "updated_at": model.updated_at.isoformat(),
        "licence": model.licence,
        "commercial_use": model.commercial_use,
        "gated": model.gated,
        "kind": model.kind,
        "fit": size.model_dump(mode="json"),
    }


def _declaration(model: Found) -> str:
    """A table for copydesk.toml. JSON's strings, numbers and booleans are TOML's too."""
    spec = model.declare()
    fields = spec.model_dump(mode="json", exclude_defaults=True, exclude=set(_LEFT_OUT))
    lines = [f"{key} = {json.dumps(value)}" for key, value in fields.items()]
    return "\n".join([f"[models.{spec.name}]", *lines, ""])
