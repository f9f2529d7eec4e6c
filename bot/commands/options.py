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


def read_settings(config: Path | None) -> "Settings":
    from bot.settings import load_settings

    return load_settings(config, os.environ, Path.cwd())


def open_console() -> "Console":
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else WIDTH_WITHOUT_TERMINAL)
