"""Another module of ours in a process of its own, for what loads libraries that no command waits for."""

import subprocess
import sys

from bot.errors import BadInput


def run_module(module: str, *arguments: str, document: str) -> str:
    """What `python -m module` prints for `document` on its standard input.

    Raises BadInput with its own sentence where it says that something is not as it should be.
    """
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        input=document,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        raise BadInput(done.stderr.strip().rsplit("\n", 1)[-1] or f"{module} ended without a word.")
    return done.stdout
