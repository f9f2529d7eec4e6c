"""ChildProcess: one running child, from its first line on stdin to its last breath.

A child reads one JSON line (its configuration) from stdin, writes one JSON line to stdout once
it listens, `{"event": "ready", "address": "http://127.0.0.1:PORT/…"}`, and logs JSON lines to
stderr. The end of stdin means that its parent is gone: it stops by itself.

Each child leads a session of its own. So Ctrl-C at the terminal reaches only the parent, which
decides in which order things end, and the whole group can be killed when nothing else helps.
"""

import asyncio
import json
import logging
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final, Self
from urllib.parse import urlsplit

from structlog.typing import FilteringBoundLogger

from bot.errors import ChildFailed

LONGEST_LINE_BYTES: Final = 1 << 20
KEPT_LINES: Final = 5
LEVELS: Final = {name.lower(): level for name, level in logging.getLevelNamesMapping().items()}


@dataclass(frozen=True)
class ChildSpec:
    """How a child is started. `environment` None: it inherits the parent's."""

    name: str
    command: tuple[str, ...]
    configuration: Mapping[str, Any]
    environment: Mapping[str, str] | None = None
    ready_timeout_seconds: float = 60.0

    def at(self, address: str) -> Self:
        """The same child, to be started again on the port it had: whoever knows it finds it there."""
        if self.configuration.get("port") != 0:
            return self
        return replace(self, configuration={**self.configuration, "port": urlsplit(address).port})


class ChildProcess:
    """Made by `spawn`. Whoever spawned it must end it with `stop` or `kill`."""

    def __init__(self, spec: ChildSpec, process: Process, log: FilteringBoundLogger) -> None:
        self._spec = spec
        self._process = process
        self._log = log.bind(child=spec.name, child_pid=process.pid)
        self._last_words: deque[str] = deque(maxlen=KEPT_LINES)
        self._stderr = asyncio.create_task(self._log_stderr())
        self._stdout: asyncio.Task[None] | None = None

    @classmethod
    async def spawn(cls, spec: ChildSpec, log: FilteringBoundLogger) -> Self:
        try:
            process = await asyncio.create_subprocess_exec(
                *spec.command,
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                env=spec.environment,
                start_new_session=True,
                limit=LONGEST_LINE_BYTES,
            )
        except OSError as error:
            raise ChildFailed(f"The {spec.name} cannot be started: {error}.") from error
        return cls(spec, process, log)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ready(self) -> str:
        """Hands over the configuration and waits for the address. Raises ChildFailed with the cause."""
        try:
            async with asyncio.timeout(self._spec.ready_timeout_seconds):
                await self._send_configuration()
                line = await anext(_lines(_pipe(self._process.stdout)), None)
        except TimeoutError as error:
            waited = f"{self._spec.ready_timeout_seconds:g} s"
            raise ChildFailed(
                f"The {self._spec.name} was not ready within {waited}.{self._cause()}"
            ) from error
        if line is None:
            code = await self.wait()
            raise ChildFailed(f"The {self._spec.name} did not start (status {code}).{self._cause()}")
        address = _ready_address(line)
        if address is None:
            raise ChildFailed(f"The {self._spec.name} said {line!r} instead of that it is ready.")
        self._stdout = asyncio.create_task(self._log_stdout())
        return address

    async def wait(self) -> int:
        """The exit status, once the child has ended and all it said is in the log."""
        status = await self._process.wait()
        await self._stderr
        return status

    async def stop(self, timeout_seconds: float) -> None:
        """Asks twice at once (end of stdin, SIGTERM), waits, and kills what is left of the group."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._process.wait()
        except TimeoutError:
            self._log.warning("child killed", reason=f"it had not stopped after {timeout_seconds:g} s")
        finally:
            self.kill()
        await self.wait()

    def kill(self) -> None:
        """Ends the child and everything it started, at once. Harmless when they have ended."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def _send_configuration(self) -> None:
        stdin = self._process.stdin
        assert stdin is not None  # it was opened as a pipe
        # A child that ends before it reads is reported by its exit status, which says more.
        with suppress(BrokenPipeError, ConnectionResetError):
            stdin.write(json.dumps(self._spec.configuration).encode() + b"\n")
            await stdin.drain()

    async def _log_stderr(self) -> None:
        async for line in _lines(_pipe(self._process.stderr)):
            level, event, fields = _log_entry(line)
            self._last_words.append(str(fields.get("remedy", event)))
            self._log.log(level, event, **fields)

    async def _log_stdout(self) -> None:
        async for line in _lines(_pipe(self._process.stdout)):
            self._log.debug("child output", line=line)

    def _cause(self) -> str:
        return f" {self._last_words[-1]}" if self._last_words else " It said nothing; see the log."


def _pipe(stream: asyncio.StreamReader | None) -> asyncio.StreamReader:
    assert stream is not None  # it was opened as a pipe
    return stream


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    """Lines until the end; one beyond LONGEST_LINE_BYTES is dropped rather than ending the reading."""
    while True:
        try:
            line = await stream.readline()
        except ValueError:
            continue
        if not line:
            return
        yield line.decode(errors="replace").rstrip()


def _ready_address(line: str) -> str | None:
    entry = _parsed(line)
    address = entry.get("address")
    return address if entry.get("event") == "ready" and isinstance(address, str) else None


def _log_entry(line: str) -> tuple[int, str, dict[str, Any]]:
    """Level, event and fields of a JSON log line; any other line (a traceback's) is an event itself."""
    entry = _parsed(line)
    level = str(entry.pop("level", "info")).lower()
    event = str(entry.pop("event", line))
    entry.pop("timestamp", None)
    return LEVELS.get(level, logging.INFO), event, entry


def _parsed(line: str) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if isinstance(entry, dict) else {}
