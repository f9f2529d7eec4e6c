"""A child that keeps the contract of bot/child_process.py, except where its configuration says not to.

Configuration: {"port": 0, "behaviour": "good" | "silent" | "deaf" | "crash" | "refuse" | "babble",
"lives": path?}. "lives" is a file that gets one line a start, with the process id and the port.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

REFUSAL = "Port 8321 is in use. Set playground.port in copydesk.toml to another port, or to 0."


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    configuration = json.loads(sys.stdin.readline())
    behaviour = configuration["behaviour"]
    port = configuration["port"] or 4321
    if behaviour == "refuse":
        say(sys.stderr, {"level": "error", "event": REFUSAL, "timestamp": "2026-11-16T09:00:00Z"})
        sys.exit(1)
    if behaviour == "silent":
        time.sleep(600)
    if behaviour == "babble":
        sys.stderr.write("x" * (3 << 20) + "\nTraceback, not JSON\n")
    if behaviour == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    note_life(configuration.get("lives"), port)
    say(sys.stdout, {"event": "ready", "address": f"http://127.0.0.1:{port}/secret"})
    if behaviour == "crash":
        sys.exit(3)
    sys.stdin.read()
    if behaviour == "deaf":
        time.sleep(600)


def say(stream: object, entry: dict[str, str]) -> None:
    print(json.dumps(entry), file=stream, flush=True)  # type: ignore[call-overload]


def note_life(path: str | None, port: int) -> None:
    if path:
        with Path(path).open("a") as lives:
            lives.write(f"{os.getpid()} {port}\n")


main()
