"""Modules of ours that answer at once, for tests of what becomes of their answers in Slack."""

import json
from dataclasses import dataclass, field
from typing import Any

from bot.delivery import FIGURES
from tests.playground_app import PNG


@dataclass
class ScriptedModules:
    """The smallest picture there is, and an MLflow that takes everything. Remembers what MLflow was told."""

    jobs: list[dict[str, Any]] = field(default_factory=list)

    async def __call__(self, module: str, document: bytes) -> bytes:
        if module == FIGURES:
            return PNG
        job = json.loads(document)
        self.jobs.append(job)
        traced = {"new": 1, "updated": 0, "deleted": 0, "remaining": 0}
        return json.dumps({"run_id": "a-run"} if job["job"] == "report" else traced).encode()

    def reports(self) -> list[dict[str, Any]]:
        """The reports that MLflow was told, in order."""
        return [job["report"] for job in self.jobs if job["job"] == "report"]
