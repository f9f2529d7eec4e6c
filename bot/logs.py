"""Logs: to the terminal for people, and as JSON lines to `<data>/logs/copydesk.log`.

Everything that logs goes through here, structlog's loggers and the standard library's, so that
one redaction step sees every finished line.
"""

import json
import logging
import re
import sys
from collections.abc import Iterable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LOG_FILE: Final = "copydesk.log"
LARGEST_FILE_BYTES: Final = 5_000_000
KEPT_FILES: Final = 5
OUR_PACKAGES: Final = ("bot", "generation", "evaluation", "copydesk")
REDACTED: Final = "[redacted]"

# Tokens made while running, and those of others that an error message may quote.
TOKEN_SHAPES: Final = re.compile(
    r"\b(?:xox[a-z]|xapp)-[\w-]+"  # Slack
    r"|\bhf_\w{8,}"  # Hugging Face
    r"|(?<=Bearer )[\w.~+/-]+=*"
    r"|(?<=://)[^\s:/@]+:[^\s/@]+(?=@)"  # user:password in an address
)


class Redaction:
    """Replaces the given secrets, and whatever has a token's shape, in a finished line."""

    def __init__(self, secrets: Iterable[str]) -> None:
        spellings = {spelling for secret in secrets for spelling in (secret, json.dumps(secret)[1:-1])}
        # The longest first, so that a secret which contains another leaves no rest behind.
        self._secrets = sorted((each for each in spellings if each), key=len, reverse=True)

    def __call__(self, line: str) -> str:
        for secret in self._secrets:
            line = line.replace(secret, REDACTED)
        return TOKEN_SHAPES.sub(REDACTED, line)


class RedactedLines(logging.Formatter):
    """Formats with `inner` and redacts what comes out, tracebacks included."""

    def __init__(self, inner: logging.Formatter, redaction: Redaction) -> None:
        super().__init__()
        self._inner = inner
        self._redaction = redaction

    def format(self, record: logging.LogRecord) -> str:
        return self._redaction(self._inner.format(record))


def configure_logging(
    level: str, secrets: Iterable[str], logs_dir: Path | None = None, stream: TextIO | None = None
) -> None:
    """Sends all logs to `stream` (stderr) and, with `logs_dir`, to a file that is rotated.

    Ours from `level` on, those of libraries from WARNING on; both from DEBUG on at "debug". A
    person at a terminal sees warnings only, as the file has the rest.
    """
    redaction = Redaction(secrets)
    stream = stream or sys.stderr
    terminal = logging.StreamHandler(stream)
    if stream.isatty() and logs_dir is not None and level != "debug":
        terminal.setLevel(logging.WARNING)
    renderer = _console_renderer() if stream.isatty() else _json_renderer()
    terminal.setFormatter(_formatter(renderer, redaction))
    handlers: list[logging.Handler] = [terminal]
    if logs_dir is not None:
        handlers.append(_file_handler(logs_dir, redaction))
    _install(handlers, logging.getLevelNamesMapping()[level.upper()])


def _install(handlers: list[logging.Handler], level: int) -> None:
    root = logging.getLogger()
    for previous in root.handlers[:]:
        root.removeHandler(previous)
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level if level == logging.DEBUG else logging.WARNING)
    for package in OUR_PACKAGES:
        logging.getLogger(package).setLevel(level)
    structlog.configure(
        processors=[*_shared_steps(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )


def _shared_steps() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        _add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _add_logger_name(logger: WrappedLogger, _method: str, entry: EventDict) -> EventDict:
    entry.setdefault("logger", getattr(logger, "name", None) or "copydesk")
    return entry


def _formatter(renderer: Processor, redaction: Redaction) -> logging.Formatter:
    steps: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
    if not isinstance(renderer, structlog.dev.ConsoleRenderer):
        steps.insert(0, structlog.processors.format_exc_info)
    formatter = structlog.stdlib.ProcessorFormatter(processors=steps, foreign_pre_chain=_shared_steps())
    return RedactedLines(formatter, redaction)


def _json_renderer() -> Processor:
    return structlog.processors.JSONRenderer(sort_keys=False, default=str)


def _console_renderer() -> Processor:
    """Plain tracebacks: pretty ones take seconds, in which Slack would wait, and show local values."""
    return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)


def _file_handler(logs_dir: Path, redaction: Redaction) -> logging.Handler:
    logs_dir.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(
        logs_dir / LOG_FILE, maxBytes=LARGEST_FILE_BYTES, backupCount=KEPT_FILES, encoding="utf-8"
    )
    handler.setFormatter(_formatter(_json_renderer(), redaction))
    return handler
