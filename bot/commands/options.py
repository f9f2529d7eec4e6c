"""What several commands share: their options, the settings they read, the console they print on."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from bot.settings import Settings

WIDTH_WITHOUT_TERMINAL: Final = 160

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Instead of COPYDESK_CONFIG or ./copydesk.toml."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="All figures, for another program.")]

PrivateOnlyOption = Annotated[
    bool,
    typer.Option("--private-only", help="Without what was said where another's reaction could be seen."),
]
UntilOption = Annotated[
    str | None,
    typer.Option(metavar="DATE", help="As it stood at the end of this day (UTC), like 2026-11-15."),
]


def read_settings(config: Path | None) -> "Settings":
    from bot.settings import load_settings

    return load_settings(config, os.environ, Path.cwd())


def open_console(*, stderr: bool = False) -> "Console":
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    return Console(stderr=stderr, width=None if stream.isatty() else WIDTH_WITHOUT_TERMINAL)
