"""How soon Copydesk acknowledges while a model writes: `python -m tests.benchmarks.slack [--json]`.

The real bot runs as `copydesk run` does, with its generation server and the starter models, and is
given more drafts to write than it can. A playground in this process then offers commands, clicks
and reactions at a steady rate over Socket Mode. Measured are the time to each ack, the time until
the database has the row, what was lost or came twice, and how the bot's memory grew. What the bot
answered with "try again" is refused, not lost. `own_lag_p99_ms` says how late this process itself was:
an ack cannot be seen sooner. `cpu_ms_per_event` is what the bot computed for an event, and for the
drafts that came of a third of them. Exits with 1 when a bar is missed.
"""

import argparse
import asyncio
import json
import os
import random
import sqlite3
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import time
from typing import Any

import psutil

from bot import texts
from bot.manifest import manifest_path
from bot.messages import THUMB_ACTION
from bot.playground.block_kit.state import elements
from bot.playground.entities import Message
from bot.playground.inspector import Entry, Filter
from bot.playground.testing import LocalSlack, Person, Refused, local_slack

PEOPLE = ("U0ADA", "U0BEN", "U0CLEO")
RATED_DRAFTS = 6
FIRST_REQUESTS = 24
START_SECONDS = 300.0
SETTLE_SECONDS = 15.0
LOOK_SECONDS = 0.02
WARM_UP_SHARE = 0.25
ACK_P99_BAR_MS = 100.0
ACK_MAX_BAR_MS = 1_000.0
GROWTH_BAR_MIB = 5.0
_MIB = 2**20
_ROWS = ("draft_request", "rating_event")
_REFUSALS = (texts.BUSY, texts.TROUBLE.partition("{")[0])
_SAME_ACT = {
    "draft_request": "topic",  # each is asked for once
    "rating_event": "draft_id || rater_id || kind || occurred_at",
}
_ENVELOPES = ("/draft", "block_actions", "reaction_added", "reaction_removed")


@dataclass
class Offered:
    """One envelope by Slack's own key: when it left, when its ack came, whether it was refused in words."""

    at: float
    ack_seconds: float | None = None
    deliveries: int = 0
    was_refused: bool = False


@dataclass
class Watch:
    """What is seen from outside: envelopes in the inspector, rows in the database, the bot's memory."""

    slack: LocalSlack
    database: sqlite3.Connection
    bot: psutil.Process
    offered: dict[str, Offered] = field(default_factory=dict)
    stored_at: dict[str, float] = field(default_factory=dict)
    rss_mib: list[float] = field(default_factory=list)
    late_seconds: list[float] = field(default_factory=list)
    revision: int = 0
    last_rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_ROWS, 0))

    async def look_until(self, stop: asyncio.Event) -> None:
        """Rows every few milliseconds, the rest more rarely."""
        looks = 0
        while not stop.is_set():
            self._look_at_rows()
            if looks % 10 == 0:
                self._look_at_envelopes()
                self.rss_mib.append(self.bot.memory_info().rss / _MIB)
            looks += 1
            due = time() + LOOK_SECONDS
            await asyncio.sleep(LOOK_SECONDS)
            self.late_seconds.append(time() - due)
        self._look_at_rows()
        self._look_at_envelopes()

    def _look_at_rows(self) -> None:
        for table in _ROWS:
            found = self.database.execute(
                f"SELECT rowid, delivery_key FROM {table} WHERE rowid > ?",  # noqa: S608 -- our own two names
                (self.last_rows[table],),
            )
            for rowid, key in found:
                self.last_rows[table] = rowid
                self.stored_at[key] = time()

    def _look_at_envelopes(self) -> None:
        inspector = self.slack.slack.inspector
        for entry in inspector.find(Filter(kind="envelope"), since=self.revision):
            if entry.name in _ENVELOPES and entry.outcome != "waiting":
                self._note(entry)
        self.revision = inspector.revision

    def _note(self, entry: Entry) -> None:
        payload = json.loads(entry.request)["payload"]
        key = payload.get("trigger_id") or payload["event_id"]
        offered = self.offered.setdefault(key, Offered(at=entry.at.timestamp()))
        offered.deliveries += 1
        if entry.outcome == "ok" and offered.ack_seconds is None and entry.latency_seconds is not None:
            offered.ack_seconds = entry.at.timestamp() + entry.latency_seconds - offered.at
            offered.was_refused = "text" in (json.loads(entry.answer or "{}").get("payload") or {})


@dataclass
class Crowd:
    """People who ask, click and react in turn, each at the moment it is due."""

    people: Sequence[Person]
    drafts: Sequence[Message]
    rng: random.Random
    reacted: set[tuple[str, str]] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)

    async def offer(self, events: int, per_second: float) -> None:
        """Does not wait for answers: what is due is sent, however busy the bot is."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        async with asyncio.TaskGroup() as group:
            for number in range(events):
                await asyncio.sleep(max(0.0, started + number / per_second - loop.time()))
                group.create_task(self._act(number))

    async def _act(self, number: int) -> None:
        person, draft = self.rng.choice(self.people), self.rng.choice(self.drafts)
        try:
            match number % 3:
                case 0:
                    await person.slash("/draft", f"quick_social topic number {number}", channel="general")
                case 1:
                    await person.click(draft, THUMB_ACTION, _thumb(draft, up=self.rng.random() < 0.5))
                case _:
                    await self._toggle(person, draft)
        except Refused as refused:
            self.refused.append(str(refused))

    async def _toggle(self, person: Person, draft: Message) -> None:
        mark = (person.id, draft.ts)
        if mark in self.reacted:
            self.reacted.discard(mark)
            await person.unreact(draft, "+1")
        else:
            self.reacted.add(mark)
            await person.react(draft, "+1")


def _thumb(draft: Message, *, up: bool) -> str:
    [element] = [each for _, each in elements(draft.blocks or []) if each["action_id"] == THUMB_ACTION]
    return str(element["positive_button" if up else "negative_button"]["value"])


@asynccontextmanager
async def running_bot(slack: LocalSlack, folder: Path) -> AsyncIterator[psutil.Process]:
    """`copydesk run` as a process of its own, connected."""
    environment = {
        **os.environ,
        **slack.access().environment,
        "COPYDESK_DATA_DIR": str(folder),
        "COPYDESK_DATABASE_URL": f"sqlite:///{folder / 'bench.db'}",
    }
    with (folder / "output.log").open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "from bot.cli import main; main()",
            "run",
            env=environment,
            stdout=output,
            stderr=output,
        )
        try:
            await slack.connected(timeout_seconds=START_SECONDS)
            yield psutil.Process(process.pid)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def drafts_to_rate(slack: LocalSlack, ada: Person) -> list[Message]:
    """More requests than can be written at once; returns the first drafts that came of them."""
    for number in range(FIRST_REQUESTS):
        await ada.slash("/draft", f"quick_social first topic {number}", channel="drafts")

    def look() -> list[Message] | None:
        found = [message for message in ada.messages("drafts") if _is_rateable(message)]
        return found if len(found) >= RATED_DRAFTS else None

    return (await slack.wait_for(look, timeout_seconds=START_SECONDS))[:RATED_DRAFTS]


def _is_rateable(message: Message) -> bool:
    return any(element["action_id"] == THUMB_ACTION for _, element in elements(message.blocks or []))


async def measure(events: int, per_second: float, seed: int, folder: Path) -> dict[str, Any]:
    """Offers so many events; returns the figures."""
    async with local_slack(manifest_path()) as slack, running_bot(slack, folder) as bot:
        people = [slack.as_user(user) for user in PEOPLE]
        crowd = Crowd(people, await drafts_to_rate(slack, people[0]), random.Random(seed))
        database = sqlite3.connect(f"file:{folder / 'bench.db'}?mode=ro", uri=True)
        watch = Watch(slack, database, bot, revision=slack.slack.inspector.revision)
        watch.last_rows = {
            table: database.execute(f"SELECT coalesce(max(rowid), 0) FROM {table}").fetchone()[0]  # noqa: S608
            for table in _ROWS
        }
        before_seconds = sum(bot.cpu_times()[:2])
        stop = asyncio.Event()
        watching = asyncio.create_task(watch.look_until(stop))
        await crowd.offer(events, per_second)
        await asyncio.sleep(SETTLE_SECONDS)
        stop.set()
        await watching
        cpu_seconds = sum(bot.cpu_times()[:2]) - before_seconds
        figures = _figures(watch, crowd, events)
        written, waiting = _drafts(database)
        database.close()
        load = round(os.getloadavg()[0], 1)
        return {
            **figures,
            "cpu_ms_per_event": round(cpu_seconds * 1000 / events, 1),
            "drafts_written": written,
            "drafts_waiting": waiting,
            "per_second": per_second,
            "load_average": load,
        }


def _drafts(database: sqlite3.Connection) -> tuple[int, int]:
    """How many were written, and how many requests still wait: none waiting would mean an idle model."""
    [[written]] = database.execute("SELECT count(*) FROM draft")
    [[requests]] = database.execute("SELECT count(*) FROM draft_request")
    return written, requests - written


def _figures(watch: Watch, crowd: Crowd, events: int) -> dict[str, Any]:
    acks = [each.ack_seconds * 1000 for each in watch.offered.values() if each.ack_seconds is not None]
    effects = [
        (watch.stored_at[key] - each.at) * 1000
        for key, each in watch.offered.items()
        if key in watch.stored_at
    ]
    missing = [each for key, each in watch.offered.items() if key not in watch.stored_at]
    refused = min(len(missing), sum(each.was_refused for each in missing) + _told_to_try_again(crowd))
    strangers = set(watch.stored_at) - set(watch.offered)
    return {
        "events": events,
        "ack_p50_ms": round(median(acks), 1),
        "ack_p99_ms": round(quantiles(acks, n=100)[-1], 1),
        "ack_max_ms": round(max(acks), 1),
        "effect_p99_ms": round(quantiles(effects, n=100)[-1], 1),
        "lost": len(missing) - refused + events - len(watch.offered),
        "doubled": len(strangers) + _second_rows(watch.database),
        "refused": refused,
        "unacknowledged": len(crowd.refused),
        "delivered_again": sum(each.deliveries > 1 for each in watch.offered.values()),
        "rss_growth_mib": round(_growth_mib(watch.rss_mib), 2),
        "own_lag_p99_ms": round(quantiles(watch.late_seconds, n=100)[-1] * 1000, 1),
        "bot_cpu_seconds": round(sum(watch.bot.cpu_times()[:2]), 1),
    }


def _told_to_try_again(crowd: Crowd) -> int:
    """How often somebody was told in private that something was not kept."""
    return sum(
        message.ephemeral_to == person.id and message.text.startswith(_REFUSALS)
        for person in crowd.people
        for channel in ("general", "drafts")
        for message in person.messages(channel)
    )


def _second_rows(database: sqlite3.Connection) -> int:
    """Rows beyond the first for one and the same act, under whatever keys they were delivered."""
    counts = (
        database.execute(f"SELECT count(*) - count(DISTINCT {act}) FROM {table}").fetchone()[0]  # noqa: S608
        for table, act in _SAME_ACT.items()
    )
    return sum(counts)


def _growth_mib(samples: Sequence[float]) -> float:
    """The last fifth after the warm-up against the first, by their medians."""
    warm = samples[int(len(samples) * WARM_UP_SHARE) :]
    fifth = max(1, len(warm) // 5)
    return median(warm[-fifth:]) - median(warm[:fifth])


def missed_bars(figures: dict[str, Any]) -> list[str]:
    """The bars that were missed, by key."""
    return [
        *(["ack_p99_ms"] if figures["ack_p99_ms"] >= ACK_P99_BAR_MS else []),
        *(["ack_max_ms"] if figures["ack_max_ms"] >= ACK_MAX_BAR_MS else []),
        *(key for key in ("lost", "doubled") if figures[key]),
        *(["rss_growth_mib"] if figures["rss_growth_mib"] >= GROWTH_BAR_MIB else []),
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--events", type=int, default=2_000, help="how many to offer (default 2000)")
    parser.add_argument("--rate", type=float, default=50.0, help="how many a second (default 50)")
    parser.add_argument("--seed", type=int, default=1, help="what they are drawn from")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    options = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        figures = asyncio.run(measure(options.events, options.rate, options.seed, Path(folder)))
    missed = missed_bars(figures)
    shown = {**figures, "missed": missed}
    lines = "\n".join(f"{key:16} {value}" for key, value in shown.items())
    print(json.dumps(shown) if options.json else lines)  # noqa: T201
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
