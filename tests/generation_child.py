"""A generation server for a test, started as the bot starts it: a child that is configured on stdin."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TOKEN = "a-token-for-these-tests-only"
EXIT_SECONDS = 20


class Child:
    """A generation server started as the bot starts it."""

    def __init__(
        self, configuration: Mapping[str, Any], stderr: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        with stderr.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "generation.server"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
            )
        self._stderr = stderr
        assert self.process.stdin
        assert self.process.stdout
        self.stdin, self.stdout = self.process.stdin, self.process.stdout
        self.stdin.write(json.dumps(configuration).encode() + b"\n")
        self.stdin.flush()

    def wait_until_ready(self) -> str:
        line = self.stdout.readline()
        assert line, self.log
        ready = json.loads(line)
        assert ready["event"] == "ready"
        return str(ready["address"])

    @property
    def log(self) -> str:
        return self._stderr.read_text()

    def end(self) -> int:
        """Close stdin, as a parent does that goes away, and wait for the exit."""
        self.stdin.close()
        status = self.process.wait(EXIT_SECONDS)
        assert self.stdout.read() == b"", "nothing but the ready line may stand on stdout"
        self.stdout.close()
        return status


def configuration(models_dir: Path, models: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What is written to the child's stdin."""
    return {
        "host": "127.0.0.1",
        "port": 0,
        "token": TOKEN,
        "models_dir": str(models_dir),
        "memory_fraction": 0.85,
        "models": list(models),
    }


def declared(name: str, **more: Any) -> dict[str, Any]:
    """A model's declaration as JSON; by default one in the folder of its name."""
    where = {} if "source" in more else {"source": "folder", "folder": name}
    return {"name": name, "parameters": 30_000, "licence": "MIT", "commercial_use": True, **where, **more}


@contextmanager
def running_child(
    configuration: Mapping[str, Any], log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Child]:
    """The child, which is gone when the context ends."""
    child = Child(configuration, log, environment)
    try:
        yield child
    finally:
        child.process.kill()
        child.process.wait()
        child.stdin.close()
        child.stdout.close()
