"""What apps and the local Slack said to each other, in order, for people who look for a fault.

Envelopes with their acks, Web API calls with their answers, response addresses, uploads, sockets
that come and go, and injected faults. The last ones are kept, within a number and a size, as JSON
text from which secrets were taken before it was stored.
"""

import asyncio
import json
import re
import shlex
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Literal

from bot.playground.entities import Clock, Json

Kind = Literal["envelope", "call", "response_url", "upload", "socket", "fault"]
Outcome = Literal["waiting", "ok", "failed"]

ENTRIES_KEPT = 2_000
CHARACTERS_KEPT = 16 * 1024 * 1024
TEXT_CHARACTERS = 256 * 1024
HIDDEN = "[hidden]"
_TOKENS = r"xox[a-z]-[\w.%-]+|xapp-[\w.%-]+"
_TICKETS = r"(?<=ticket=)[\w-]+"
_RESPONSE_ADDRESSES = r"(?<=/response/)[\w/-]+"


@dataclass
class Entry:
    """One exchange. An envelope is entered when it is sent and completed by its ack.

    `request` and `answer` are JSON text; `revision` rises with every change of any entry.
    """

    number: int
    revision: int
    at: datetime
    app_id: str
    kind: Kind
    name: str
    request: str
    summary: str = ""
    answer: str | None = None
    outcome: Outcome = "waiting"
    error: str | None = None
    status: int | None = None
    attempt: int = 0
    latency_seconds: float | None = None

    @property
    def characters(self) -> int:
        return len(self.request) + len(self.answer or "")


@dataclass(frozen=True)
class Filter:
    """Which entries to show; what is None or empty lets everything through.

    `name` may hold `*`, as in `chat.*`; `text` is looked for everywhere, in any case.
    """

    text: str = ""
    kind: str | None = None
    name: str | None = None
    app_id: str | None = None
    only_failures: bool = False

    def fits(self, entry: Entry) -> bool:
        return (
            (not self.kind or entry.kind == self.kind)
            and (not self.app_id or entry.app_id == self.app_id)
            and (not self.name or fnmatchcase(entry.name.lower(), self.name.lower()))
            and (not self.only_failures or entry.outcome == "failed")
            and (not self.text or self._is_in(entry))
        )

    def _is_in(self, entry: Entry) -> bool:
        wanted = self.text.lower()
        places = (entry.name, entry.summary, entry.error or "", entry.request, entry.answer or "")
        return any(wanted in place.lower() for place in places)


@dataclass
class Inspector:
    """The record. `secrets` are never stored, wherever they stand."""

    clock: Clock
    secrets: Sequence[str] = ()
    entries: deque[Entry] = field(default_factory=deque)
    revision: int = 0

    def __post_init__(self) -> None:
        known = [re.escape(json.dumps(secret)[1:-1]) for secret in self.secrets if secret]
        self._hidden = re.compile("|".join([*known, _TOKENS, _TICKETS, _RESPONSE_ADDRESSES]))
        self._count = 0
        self._characters = 0
        self._waiting: set[asyncio.Future[None]] = set()

    def begin(
        self, app_id: str, kind: Kind, name: str, request: Json, *, summary: str = "", attempt: int = 0
    ) -> Entry:
        """Enters something whose end is not known yet."""
        self._count += 1
        entry = Entry(
            number=self._count,
            revision=0,
            at=self.clock(),
            app_id=app_id,
            kind=kind,
            name=name,
            summary=self._hidden.sub(HIDDEN, summary)[:200],
            request=self._text(request),
            attempt=attempt,
        )
        self.entries.append(entry)
        self._characters += entry.characters
        self._note(entry)
        return entry

    def end(
        self, entry: Entry, answer: Json | None = None, *, error: str | None = None, status: int | None = None
    ) -> None:
        """Completes an entry: with an answer, or with what went wrong."""
        before = entry.characters
        entry.answer = None if answer is None else self._text(answer)
        entry.error = error
        entry.status = status
        entry.outcome = "failed" if error else "ok"
        entry.latency_seconds = (self.clock() - entry.at).total_seconds()
        self._characters += entry.characters - before
        self._note(entry)

    def find(self, wanted: Filter, *, since: int = 0) -> list[Entry]:
        """What fits, oldest first; with `since` only what changed after that revision."""
        return [entry for entry in self.entries if entry.revision > since and wanted.fits(entry)]

    def clear(self) -> None:
        """Forgets everything so far."""
        self.entries.clear()
        self._characters = 0
        self.revision += 1
        self._wake()

    async def changed_since(self, revision: int, timeout_seconds: float) -> None:
        """Returns as soon as something changed after `revision`, or after a while."""
        if self.revision > revision:
            return
        change = asyncio.get_running_loop().create_future()
        self._waiting.add(change)
        await asyncio.wait({change}, timeout=timeout_seconds)
        self._waiting.discard(change)

    def close(self) -> None:
        """Lets go of everybody who waits."""
        self._wake()

    def _note(self, entry: Entry) -> None:
        self.revision += 1
        entry.revision = self.revision
        while self.entries and (len(self.entries) > ENTRIES_KEPT or self._characters > CHARACTERS_KEPT):
            self._characters -= self.entries.popleft().characters
        self._wake()

    def _wake(self) -> None:
        for change in self._waiting:
            if not change.done():
                change.set_result(None)
        self._waiting.clear()

    def _text(self, body: Json) -> str:
        text = self._hidden.sub(HIDDEN, json.dumps(body, ensure_ascii=False, default=str))
        return text if len(text) <= TEXT_CHARACTERS else f"{text[:TEXT_CHARACTERS]}… (cut)"


def entry_payload(entry: Entry, origin: str) -> Json:
    """An entry as the inspector's page and other programs read it."""
    latency = entry.latency_seconds
    return {
        "number": entry.number,
        "at": entry.at.isoformat(),
        "app": entry.app_id,
        "kind": entry.kind,
        "name": entry.name,
        "summary": entry.summary,
        "outcome": entry.outcome,
        "error": entry.error,
        "status": entry.status,
        "attempt": entry.attempt,
        "latency_ms": None if latency is None else round(latency * 1000, 2),
        "request": _parsed(entry.request),
        "answer": None if entry.answer is None else _parsed(entry.answer),
        "curl": curl_of(entry, origin) if entry.kind == "call" else None,
    }


def curl_of(entry: Entry, origin: str) -> str:
    """The command that makes a Web API call again; the token comes from the environment."""
    token = "$SLACK_APP_TOKEN" if entry.name == "apps.connections.open" else "$SLACK_BOT_TOKEN"
    return " \\\n  ".join(
        [
            f"curl -X POST {shlex.quote(f'{origin}/api/{entry.name}')}",
            f'-H "Authorization: Bearer {token}"',
            "-H 'Content-Type: application/json; charset=utf-8'",
            f"--data {shlex.quote(entry.request)}",
        ]
    )


def _parsed(text: str) -> object:
    """What was cut is no JSON any more and stays text."""
    try:
        return json.loads(text)
    except ValueError:
        return text
