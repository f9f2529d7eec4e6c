"""Supervisor: starts the children, watches them, starts them again when they die, ends them all."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

import structlog
from structlog.typing import FilteringBoundLogger

from bot.child_process import ChildProcess, ChildSpec
from bot.errors import ChildFailed

__all__ = ["ChildProcess", "ChildSpec", "RestartPolicy", "Supervisor", "WatchedChild"]


@dataclass(frozen=True)
class RestartPolicy:
    """How long to wait before a child that died is started again.

    The wait doubles from `first_delay_seconds` up to `longest_delay_seconds` with each failure
    in a row; a child that stayed up for `healthy_seconds` starts the count anew. From
    `alarm_after` failures on, each one is logged as an error with what to do.
    """

    first_delay_seconds: float = 0.5
    longest_delay_seconds: float = 30.0
    healthy_seconds: float = 60.0
    alarm_after: int = 5

    def delay_seconds(self, failures: int) -> float:
        doublings = min(failures - 1, 32)  # enough for any limit, and no overflow after a month
        return min(self.first_delay_seconds * 2.0**doublings, self.longest_delay_seconds)


class WatchedChild:
    """A child that is kept running. Made by `Supervisor.watch`."""

    def __init__(self, spec: ChildSpec, policy: RestartPolicy, log: FilteringBoundLogger) -> None:
        self._spec = spec
        self._policy = policy
        self._log = log.bind(child=spec.name)
        self._process: ChildProcess | None = None
        self._address: str | None = None
        self._failure: ChildFailed | None = None
        self._has_run = False
        self._settled = asyncio.Event()
        self._stopping = asyncio.Event()
        self._watching = asyncio.create_task(self._watch(), name=f"watch {spec.name}")

    @property
    def name(self) -> str:
        return self._spec.name

    @property
    def running(self) -> bool:
        return self._address is not None

    @property
    def pid(self) -> int | None:
        """Of the process that runs now; None while there is none."""
        return self._process.pid if self._process is not None and self.running else None

    async def address(self) -> str:
        """Where the child listens; while it is being started again, waits until it does.

        Raises ChildFailed when its first start failed or it has been stopped. Put a timeout
        around it where waiting has an end.
        """
        await self._settled.wait()
        if self._address is None:
            raise self._failure or ChildFailed(f"The {self.name} has been stopped.")
        return self._address

    async def stop(self, timeout_seconds: float) -> None:
        """Ends the child for good; what has not ended after `timeout_seconds` is killed."""
        self._stopping.set()
        if self._process is not None:
            await self._process.stop(timeout_seconds)
        await self._watching

    def kill(self) -> None:
        """Ends it without waiting, for a person who presses Ctrl-C twice."""
        self._stopping.set()
        if self._process is not None:
            self._process.kill()

    async def _watch(self) -> None:
        failures = 0
        loop = asyncio.get_running_loop()
        try:
            while not self._stopping.is_set():
                started = loop.time()
                was_ready = await self._live_once()
                if self._stopping.is_set() or self._failure is not None:
                    return
                lasted = was_ready and loop.time() - started >= self._policy.healthy_seconds
                failures = 1 if lasted else failures + 1
                await self._wait_before_restart(failures)
        finally:
            self._settled.set()

    async def _live_once(self) -> bool:
        """One life of the child; True if it became ready. A failed first start is final."""
        try:
            process = await ChildProcess.spawn(self._spec, self._log)
        except ChildFailed as failure:
            self._note(failure)
            return False
        self._process = process
        try:
            return not self._stopping.is_set() and await self._see_through(process)
        finally:
            self._address = None
            self._settled.clear()
            process.kill()
            await process.wait()

    async def _see_through(self, process: ChildProcess) -> bool:
        try:
            address = await process.ready()
        except ChildFailed as failure:
            self._note(failure)
            return False
        self._spec, self._has_run = self._spec.at(address), True
        self._address = address
        self._settled.set()
        self._log.info("child ready", child_pid=process.pid)
        status = await process.wait()
        if not self._stopping.is_set():
            self._log.warning("child ended", status=status)
        return True

    def _note(self, failure: ChildFailed) -> None:
        if self._stopping.is_set():
            return
        self._log.warning("child failed to start", reason=str(failure))
        if not self._has_run:
            self._failure = failure

    async def _wait_before_restart(self, failures: int) -> None:
        delay_seconds = self._policy.delay_seconds(failures)
        if failures >= self._policy.alarm_after:
            self._log.error(
                "child keeps ending",
                failures_in_a_row=failures,
                next_start_in_seconds=delay_seconds,
                remedy="Read the child's lines above; `copydesk doctor` checks memory, models and ports.",
            )
        else:
            self._log.info("child restarts", failures_in_a_row=failures, next_start_in_seconds=delay_seconds)
        with suppress(TimeoutError):
            async with asyncio.timeout(delay_seconds):
                await self._stopping.wait()


class Supervisor:
    """All children of one Copydesk. Use it as an asynchronous context manager, or call `stop`."""

    def __init__(
        self,
        policy: RestartPolicy | None = None,
        stop_timeout_seconds: float = 8.0,
        log: FilteringBoundLogger | None = None,
    ) -> None:
        self._policy = policy or RestartPolicy()
        self._stop_timeout_seconds = stop_timeout_seconds
        self._log: FilteringBoundLogger = log or structlog.get_logger("copydesk")
        self._children: list[WatchedChild] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.stop()

    def watch(self, spec: ChildSpec) -> WatchedChild:
        """Starts a child and keeps it running; returns at once. `await child.address()` for the rest."""
        child = WatchedChild(spec, self._policy, self._log)
        self._children.append(child)
        return child

    async def stop(self) -> None:
        """Ends all children at the same time; after `stop_timeout_seconds` none is left."""
        await asyncio.gather(*(child.stop(self._stop_timeout_seconds) for child in self._children))

    def kill(self) -> None:
        for child in self._children:
            child.kill()
