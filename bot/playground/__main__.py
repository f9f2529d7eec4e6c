"""`python -m bot.playground`: the playground as a child process.

The first line of standard input is the configuration; one line on standard output says where it
listens; the end of standard input, or SIGTERM, ends it.
"""

import asyncio
import json
import logging
import signal
import sys

import structlog
from pydantic import ValidationError

from bot.playground.config import PlaygroundConfig
from bot.playground.errors import ConfigurationError
from bot.playground.server import run_playground

CONFIG_LIMIT_BYTES = 1024 * 1024


def main() -> int:
    """The exit status: 0 after a stop that was asked for, 2 when it could not start."""
    _log_to_stderr()
    try:
        asyncio.run(_serve())
    except ConfigurationError as error:
        structlog.get_logger("bot.playground").error("playground_not_started", remedy=str(error))
        return 2
    return 0


async def _serve() -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    # Ctrl-C reaches the whole group; the parent stops its children in its own order.
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    parent = await _open_stdin()
    config = _read_config(await parent.readline())
    async with run_playground(config) as playground:
        ready = {"event": "ready", "address": playground.page_url, "slack_api_url": playground.slack_api_url}
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        watch = loop.create_task(_until_end(parent, stopped))
        await stopped.wait()
        watch.cancel()


async def _open_stdin() -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=CONFIG_LIMIT_BYTES)
    try:
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
        )
    except ValueError:
        raise ConfigurationError(
            "Standard input must be a pipe that stays open: its end stops the playground. Start it with "
            "`copydesk playground` instead."
        ) from None
    return reader


def _read_config(line: bytes) -> PlaygroundConfig:
    """Raises ConfigurationError naming the first wrong key, never its value: it may be a token."""
    try:
        return PlaygroundConfig.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        key = ".".join(map(str, first["loc"])) or "the whole line"
        raise ConfigurationError(
            "The first line of standard input is not a usable configuration: "
            f"{key}: {first['msg']}. Correct it."
        ) from None


async def _until_end(parent: asyncio.StreamReader, stopped: asyncio.Event) -> None:
    """Whatever the parent still writes is ignored; that it stops writing is not."""
    while await parent.read(4096):
        pass
    stopped.set()


def _log_to_stderr() -> None:
    """One JSON object a line, for our own records and for those of the libraries."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processor=structlog.processors.JSONRenderer(), foreign_pre_chain=shared
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


if __name__ == "__main__":
    sys.exit(main())
