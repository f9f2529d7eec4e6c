"""Watchdog: notices work that never ends, and ends the process, which is all that helps then.

A thread that hangs in a model's code cannot be stopped from outside. So the model is noted as
suspended where the next process finds it, and this process exits; whoever started it starts it
again, and everybody else's requests are asked anew.
"""

import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, replace

import structlog

from generation.breaker import Breakers

EXIT_STATUS = 70
"""EX_SOFTWARE of sysexits.h: an internal fault was noticed."""

_LOOKS_PER_LIMIT = 10
_REMEDY = (
    "The server starts again and leaves this model alone for a while. If it is only slow, raise "
    "hang_seconds under [generation] in copydesk.toml."
)

_log = structlog.get_logger(__name__)

_watched: ContextVar["tuple[Watchdog, int] | None"] = ContextVar("watched", default=None)


@dataclass(frozen=True)
class Work:
    """Something that must end: a step, a prepared prompt, a loaded model. `started` is on the clock."""

    model: str
    kind: str
    started: float


@contextmanager
def not_counted() -> Iterator[None]:
    """What runs in this context takes its time, ends for sure, and is no fault of the model's.

    The watched work around it, if there is any, has all of its seconds again afterwards.
    """
    watched = _watched.get()
    with nullcontext() if watched is None else watched[0].paused(watched[1]):
        yield


class Watchdog:
    """Watches whatever is done inside of `watching`. Its thread starts with the first work."""

    def __init__(
        self,
        breakers: Breakers,
        hang_seconds: float,
        clock: Callable[[], float] = time.monotonic,
        end_process: Callable[[int], object] = os._exit,
    ) -> None:
        self._breakers = breakers
        self._hang_seconds = hang_seconds
        self._clock = clock
        self._end_process = end_process
        self._works: dict[int, Work] = {}
        self._numbers = iter(range(2**63))
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    @contextmanager
    def watching(self, model: str, kind: str) -> Iterator[None]:
        """What runs in this context, in whichever thread, may take `hang_seconds` and no longer."""
        work = Work(model, kind, self._clock())
        with self._lock:
            number = next(self._numbers)
            self._works[number] = work
            self._start_thread()
        outer = _watched.set((self, number))
        try:
            yield
        finally:
            _watched.reset(outer)
            with self._lock:
                del self._works[number]

    @contextmanager
    def paused(self, number: int) -> Iterator[None]:
        """This work is not watched in this context, and has all of its seconds again afterwards."""
        self._restart(number, math.inf)
        try:
            yield
        finally:
            self._restart(number, self._clock())

    def look(self) -> None:
        """End the process if something hangs, after noting every model that does."""
        now = self._clock()
        with self._lock:
            works = tuple(self._works.values())
        hanging = [work for work in works if now - work.started > self._hang_seconds]
        for work in hanging:
            reason = f"{work.kind} took longer than {self._hang_seconds:g} s."
            _log.error("model hangs", model=work.model, reason=reason, remedy=_REMEDY)
            self._breakers.hung(work.model, reason)
        if hanging:
            self._end_process(EXIT_STATUS)

    def close(self) -> None:
        """Watch no longer."""
        self._closed.set()

    def _restart(self, number: int, started: float) -> None:
        with self._lock:
            if number in self._works:  # whoever waited for it may have gone
                self._works[number] = replace(self._works[number], started=started)

    def _start_thread(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="watchdog", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while not self._closed.wait(self._hang_seconds / _LOOKS_PER_LIMIT):
            self.look()
