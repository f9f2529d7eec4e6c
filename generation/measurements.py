"""What models were measured to take on this machine, in one small file, for the next memory plan."""

import json
import os
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

import structlog

from generation.memory import Measured

MEASUREMENTS_FILE = "copydesk-measured.json"

_log = structlog.get_logger(__name__)


class Measurements:
    """The measurements in `path`. One that cannot be read counts as empty: everything is measured again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = threading.Lock()

    def find(self, name: str, revision: str, precision: str, device: str) -> Measured | None:
        entry = self._read().get(_key(name, revision, precision, device))
        try:
            return Measured(int(entry["weights_bytes"]), int(entry["step_token_bytes"])) if entry else None
        except (TypeError, KeyError, ValueError):
            return None

    def record(self, name: str, revision: str, precision: str, device: str, measured: Measured) -> None:
        """Keep a measurement. A file that cannot be written is logged; the model works without it."""
        with self._writing:
            entries = self._read() | {_key(name, revision, precision, device): asdict(measured)}
            unfinished = self._path.with_suffix(f".{os.getpid()}.tmp")
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                unfinished.write_text(json.dumps(entries, indent=1, sort_keys=True) + "\n")
                unfinished.replace(self._path)
            except OSError as error:
                _log.warning("measured memory not kept", path=str(self._path), reason=str(error))

    def _read(self) -> dict[str, Any]:
        try:
            entries = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return {}
        return entries if isinstance(entries, dict) else {}


def _key(*parts: str) -> str:
    return " ".join(parts)
