"""Being a child process: configuration on stdin, one ready line on stdout, log lines on stderr.

The parent's end of stdin doubles as a sign of life: when it closes, the parent is gone.
"""

import asyncio
import json
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar

import structlog
from pydantic import BaseModel, ValidationError

Configuration = TypeVar("Configuration", bound=BaseModel)

NICENESS: Final = 5
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class CannotStart(Exception):
    """Why this process cannot start, and what to do about it."""


def ignore_interrupts() -> None:
    """Ctrl-C reaches a child too, but its parent decides what happens then."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def let_others_go_first() -> None:
    """Whatever a person waits for gets the processor first; without others, nothing changes.

    Linux weighs whole sessions against each other, and a child leads one of its own, so its session's
    weight counts as well (sched(7), "The autogroup feature").
    """
    os.nice(NICENESS)
    with suppress(OSError):  # another system, or one that does not group
        Path("/proc/self/autogroup").write_text(str(NICENESS))


def read_configuration(model: type[Configuration]) -> Configuration:
    """The first line of stdin. Raises CannotStart, naming fields but never values: one is a secret."""
    line = sys.stdin.buffer.readline()
    try:
        return model.model_validate_json(line)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc']) or 'the line'}: {fault['msg']}"
            for fault in error.errors(include_input=False, include_url=False)
        )
        raise CannotStart(
            f"The first line of standard input is not a valid configuration ({faults}). This process is "
            "started by `copydesk run`."
        ) from None


def listen(host: str, port: int) -> socket.socket:
    """A listening socket on loopback; port 0 takes any free one. Raises CannotStart."""
    if host not in LOOPBACK:
        raise CannotStart(f"The address {host} is not a loopback address. Use 127.0.0.1.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's algorithm off only where the protocol is spelled out; with it, every
    # answer of two writes would wait 40 ms for an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise CannotStart(
            f"Port {port} on {host} cannot be used ({error.strerror}). Stop the program that holds it, or "
            "set another port in copydesk.toml; 0 takes any free one."
        ) from None
    return listener


def announce(address: str) -> None:
    """Tell the parent, once, that the address answers."""
    sys.stdout.write(json.dumps({"event": "ready", "address": address}) + "\n")
    sys.stdout.flush()


def call_when_told_to_stop(stop: Callable[[], None]) -> None:
    """Call `stop` in the running event loop on SIGTERM or when the parent is gone."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop)

    def watch_stdin() -> None:
        while sys.stdin.buffer.readline():
            pass
        loop.call_soon_threadsafe(stop)

    threading.Thread(target=watch_stdin, name="parent-watch", daemon=True).start()


def log_to_stderr() -> None:
    """One JSON object a line on stderr, for structlog and for libraries that use logging."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(True)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
