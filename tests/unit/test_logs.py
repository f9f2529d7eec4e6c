"""Logs: that no secret gets into them, by whatever way it came."""

import json
import logging
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
import structlog

from bot.logs import LOG_FILE, REDACTED, Redaction, configure_logging

SECRET = 'serve-"token"-é'


@pytest.fixture
def logs_dir(tmp_path: Path) -> Iterator[Path]:
    """A folder for logs, with logging left afterwards as it was before."""
    root = logging.getLogger()
    handlers, level, configured = root.handlers[:], root.level, structlog.get_config()
    yield tmp_path / "logs"
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers[:], root.level = handlers, level
    structlog.configure(**configured)


@pytest.fixture
def stream(logs_dir: Path) -> StringIO:
    stream = StringIO()
    configure_logging("info", [SECRET], logs_dir, stream)
    return stream


def entries(logs_dir: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (logs_dir / LOG_FILE).read_text(encoding="utf-8").splitlines()]


def test_a_line_goes_to_the_stream_and_as_json_to_the_file(stream: StringIO, logs_dir: Path) -> None:
    structlog.get_logger("bot.drafting").info("draft written", draft_id="d1")
    [entry] = entries(logs_dir)
    assert (entry["event"], entry["draft_id"], entry["level"]) == ("draft written", "d1", "info")
    assert entry["logger"] == "bot.drafting"
    assert entry["timestamp"].endswith("Z")
    assert json.loads(stream.getvalue()) == entry


def test_libraries_are_heard_from_warnings_on(stream: StringIO, logs_dir: Path) -> None:
    logging.getLogger("slack_bolt").info("chatter")
    logging.getLogger("slack_bolt").warning("trouble in %s", "paradise")
    assert [entry["event"] for entry in entries(logs_dir)] == ["trouble in paradise"]


def test_secrets_are_redacted_wherever_they_stand(stream: StringIO, logs_dir: Path) -> None:
    log = structlog.get_logger("bot")
    event = f"in the event {SECRET}"
    log.info(event, field=SECRET, nested={"deep": [SECRET]})
    try:
        raise ValueError(f"in a traceback {SECRET}")
    except ValueError:
        log.exception("failed")
    logging.getLogger("aiohttp").error("from a library %s", SECRET)
    written = stream.getvalue() + (logs_dir / LOG_FILE).read_text(encoding="utf-8")
    assert "in a traceback" in written
    assert "token" not in written
    assert written.count(REDACTED) == 2 * 5


@pytest.mark.parametrize(
    "line",
    [
        "xoxb-123-abc",
        "xapp-1-A0-9f",
        "xoxe-refresh",
        "hf_abcdefghijk",
        "Authorization: Bearer q.w-e_r~t/y+u=",
        "postgresql://me:pw@localhost/db",
    ],
)
def test_whatever_looks_like_a_token_is_redacted(line: str) -> None:
    redacted = Redaction([])(f"before {line} after")
    assert REDACTED in redacted
    assert not any(part in redacted for part in ("123", "9f", "refresh", "abcdef", "q.w", "pw"))
    assert redacted.startswith("before")
    assert redacted.endswith("after")


def test_a_secret_within_another_leaves_no_rest() -> None:
    assert Redaction(["abc", "abcdef"])("abcdef abc") == f"{REDACTED} {REDACTED}"
