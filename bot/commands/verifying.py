"""`copydesk models verify`: reads every byte of the models on this machine and compares."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from bot.commands.choosing import chosen_here
from bot.commands.listing import format_bytes
from bot.settings import Settings
from generation.registry import ModelSpec
from generation.verification import Verdict, verify

HEADER: Final = ("Model", "Whole", "Compared", "What was found")


def print_verdicts(settings: Settings, console: Console, names: Sequence[str], as_json: bool) -> bool:
    """Whether nothing is wrong: a model that was named must be here, one that was not may be missing."""
    specs = chosen_here(settings, names)
    verdicts = _verify(settings, specs, Console(stderr=True) if as_json else console)
    shown = [verdict for verdict in verdicts if names or verdict.whole is not None]
    if as_json:
        console.print_json(json.dumps([asdict(verdict) for verdict in shown]))
    else:
        _print_table(shown, console)
    return all(verdict.whole for verdict in shown)


def _verify(settings: Settings, specs: Sequence[ModelSpec], console: Console) -> list[Verdict]:
    verdicts = []
    columns = TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=None)
        for spec in specs:

            def show(file: str, size_bytes: int, name: str = spec.name) -> None:
                progress.update(task, description=f"{name}: {file}", total=size_bytes)

            verdicts.append(verify(spec, settings.models_dir, show))
    return verdicts


def _print_table(verdicts: Sequence[Verdict], console: Console) -> None:
    table = Table(*HEADER, title="Verified models")
    for verdict in verdicts:
        whole = {True: "yes", False: "no", None: "missing"}[verdict.whole]
        compared = format_bytes(verdict.compared_bytes) if verdict.compared_bytes else "nothing"
        table.add_row(*(Text(cell) for cell in (verdict.name, whole, compared, verdict.detail)))
    console.print(table)
    for verdict in verdicts:
        if verdict.remedy:
            console.print(Text(f"{verdict.name}: {verdict.remedy}"), soft_wrap=True)
