"""The straight line of an offline evaluation: model by model, each on a server of its own.

    start a server ─▶ warm up ─▶ one text after the other ─▶ eight at once ─▶ look at the server ─▶ end it

Every text is in the record before the next one is asked for, so a stop at any point costs at most the
texts under way; what is in the record is not asked for again.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import fmean
from typing import Final

import psutil

from bot.children import generation_child
from bot.offline.arms import OfflineArm
from bot.offline.asking import Asker, Question
from bot.settings import Settings
from bot.supervisor import Supervisor
from evaluation.offline.record import Observed, Record, Sample
from evaluation.offline.trials import Phase, Trial
from generation.fit import FitReport

AT_ONCE: Final = 8
LOOK_SECONDS: Final = 1.0

Tell = Callable[[Sample], None]
"""Hears every text as it is recorded."""


@dataclass(frozen=True)
class _Server:
    """A server under evaluation; `pid` of our own one, None of another's."""

    asker: Asker
    pid: int | None


class OfflineRun:
    """Asks for every text of a plan that its record lacks.

    `fit` says what our own models take and may hold. With `plain` all servers decode in the same plain
    way; `api_key` is for other servers.
    """

    def __init__(
        self,
        settings: Settings,
        record: Record,
        fit: FitReport,
        *,
        plain: bool,
        api_key: str,
        clock: Callable[[], datetime],
    ) -> None:
        self._settings = settings
        self._record = record
        self._fit = fit
        self._plain = plain
        self._api_key = api_key
        self._clock = clock

    async def run(self, arms: Sequence[OfflineArm], trials: Sequence[Trial], tell: Tell) -> None:
        """Arm by arm in the order of the trials. Raises ChildFailed when our server cannot start."""
        by_label = {arm.label: arm for arm in arms}
        wanted = self._wanted(trials)
        for label in dict.fromkeys(trial.model for trial in wanted):
            own = [trial for trial in wanted if trial.model == label]
            await self._evaluate(by_label[label], own, tell)

    def _wanted(self, trials: Sequence[Trial]) -> list[Trial]:
        """What is missing; of texts written together all, if one is: throughput is measured whole.

        They are written again too where all texts came and the server was not looked at any more.
        """
        missing = self._record.missing(trials)
        halves = {trial.model for trial in missing if trial.phase is Phase.TOGETHER}
        halves |= {trial.model for trial in trials} - self._record.observed.keys()
        keys = {trial.key for trial in missing}
        return [
            trial
            for trial in trials
            if trial.key in keys or (trial.phase is Phase.TOGETHER and trial.model in halves)
        ]

    async def _evaluate(self, arm: OfflineArm, trials: Sequence[Trial], tell: Tell) -> None:
        async with self._server(arm) as server, _watched(server.asker) as looks:
            load_seconds = await self._warm_up(arm, trials[0], server.asker)
            for trial in trials:
                if trial.phase is not Phase.TOGETHER:
                    await self._ask(arm, trial, server.asker, tell)
            await self._ask_together(arm, trials, server.asker, tell)
            driver_bytes = await server.asker.accelerator_bytes()
            seen = self._observe(arm, server.pid, load_seconds, driver_bytes, looks)
            self._record.add(seen)

    async def _warm_up(self, arm: OfflineArm, like: Trial, asker: Asker) -> float | None:
        """How long loading took: what the first text waited beyond a second one of the same kind."""
        asked = [await asker.ask(self._question(arm, like), self._clock()) for _ in range(2)]
        if not all(sample.succeeded for sample in asked):
            return None
        first, second = (sample.time_to_first_token_seconds or 0.0 for sample in asked)
        return max(0.0, first - second)

    async def _ask(self, arm: OfflineArm, trial: Trial, asker: Asker, tell: Tell) -> None:
        sample = await asker.ask(self._question(arm, trial), self._clock())
        self._record.add(sample)
        tell(sample)

    async def _ask_together(self, arm: OfflineArm, trials: Sequence[Trial], asker: Asker, tell: Tell) -> None:
        waiting = iter([trial for trial in trials if trial.phase is Phase.TOGETHER])

        async def ask_one_after_the_other() -> None:
            for trial in waiting:
                await self._ask(arm, trial, asker, tell)

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(ask_one_after_the_other())

    def _question(self, arm: OfflineArm, trial: Trial) -> Question:
        kind = self._settings.content_types[trial.topic.content_type]
        return Question(trial, arm.spec, kind, arm.remote_name or arm.spec.name, self._plain)

    def _observe(
        self,
        arm: OfflineArm,
        pid: int | None,
        load_seconds: float | None,
        driver_bytes: int | None,
        looks: Sequence[bool],
    ) -> Observed:
        fit = next((model for model in self._fit.models if model.name == arm.spec.name), None)
        if arm.address is not None or fit is None:
            return Observed(observed=arm.label, load_seconds=load_seconds, uptime=_share(looks))
        return Observed(
            observed=arm.label,
            load_seconds=load_seconds,
            memory_estimate_bytes=fit.needed_bytes,
            memory_process_bytes=_resident_bytes(pid),
            memory_driver_bytes=driver_bytes,
            models_that_fit=self._fit.budget_bytes // fit.needed_bytes,
            uptime=_share(looks),
        )

    @asynccontextmanager
    async def _server(self, arm: OfflineArm) -> AsyncIterator[_Server]:
        """Another's server as it is, or one of our own that knows this model only."""
        timeout_seconds = self._settings.generation.request_timeout_seconds
        if arm.address is not None:
            async with Asker(arm.address, self._api_key, timeout_seconds=timeout_seconds) as asker:
                yield _Server(asker, None)
            return
        token = secrets.token_urlsafe(32)
        spec = generation_child(self._settings, token)
        alone = {**spec.configuration, "port": 0, "warm": [], "models": [arm.spec.model_dump(mode="json")]}
        async with Supervisor() as supervisor:
            child = supervisor.watch(replace(spec, configuration=alone))
            address = await child.address()
            async with Asker(address, token, timeout_seconds=timeout_seconds) as asker:
                yield _Server(asker, child.pid)


@asynccontextmanager
async def _watched(asker: Asker) -> AsyncIterator[Sequence[bool]]:
    """Whether the server answered, looked at every second."""
    looks: list[bool] = []

    async def look() -> None:
        while True:
            looks.append(await asker.answers())
            await asyncio.sleep(LOOK_SECONDS)

    task = asyncio.create_task(look())
    try:
        yield looks
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def _share(looks: Sequence[bool]) -> float | None:
    return fmean(looks) if looks else None


def _resident_bytes(pid: int | None) -> int | None:
    """What a process holds in memory, weights that it mapped and read included."""
    if pid is None:
        return None
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return None
