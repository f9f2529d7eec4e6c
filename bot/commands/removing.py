"""`copydesk models remove`: asks, and says what is freed; never from under a server that uses the model."""

from contextlib import suppress
from pathlib import Path

import psutil
import typer
from rich.console import Console
from rich.text import Text

from bot.commands.choosing import chosen
from bot.commands.listing import format_bytes
from bot.errors import BadInput
from bot.run_folder import read_addresses
from bot.settings import Settings
from generation.removal import Removal, plan_removal, remove


def remove_after_question(settings: Settings, name: str, yes: bool, console: Console) -> bool:
    """Whether it was removed. Raises BadInput or NotRemovable with the reason why it cannot be."""
    removal = plan_removal(chosen(settings, name), settings.models_dir)
    pid = read_addresses(settings.data_dir).get("pid")
    running = isinstance(pid, int) and psutil.pid_exists(pid)
    if isinstance(pid, int) and is_mapped_by(pid, removal.folder):
        raise BadInput(
            f"{name} is loaded by the Copydesk that runs now (process {pid}). Stop it with Ctrl-C where it "
            "runs, then remove the model."
        )
    console.print(Text(_announcement(removal, running, _routes(settings, name))), soft_wrap=True)
    if not yes and not typer.confirm("Remove it?"):
        console.print(Text("Nothing was removed."))
        return False
    remove(removal)
    console.print(
        Text(f"{format_bytes(removal.freed_bytes)} were freed. `copydesk models pull {name}` fetches it.")
    )
    return True


def is_mapped_by(pid: int, folder: Path) -> bool:
    """Whether this process or one it started has files of the folder mapped, as loaded weights are.

    False where the system does not tell (macOS), or tells only another user.
    """
    if not hasattr(psutil.Process, "memory_maps"):
        return False
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        for each in [process, *process.children(recursive=True)]:
            if any(Path(mapped.path).is_relative_to(folder) for mapped in each.memory_maps()):
                return True
    return False


def _routes(settings: Settings, name: str) -> list[str]:
    return [route for route, rule in settings.routes.items() if name in (*rule.models, *rule.substitutes)]


def _announcement(removal: Removal, running: bool, routes: list[str]) -> str:
    lines = [
        f"{removal.name}: {removal.file_count} files, {format_bytes(removal.freed_bytes)}, {removal.folder}"
    ]
    if routes:
        lines.append(f"It is routed to by {', '.join(routes)}; substitutes write in its place.")
    if running:
        lines.append("Copydesk is running: if it uses this model, its next load of it fails.")
    return "\n".join(lines)
