"""Supervisor with real child processes: no process may be left, whatever a child does."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import structlog
from structlog.typing import EventDict, FilteringBoundLogger

from bot.errors import ChildFailed
from bot.supervisor import ChildSpec, RestartPolicy, Supervisor

HERE = Path(__file__).parent
CHILD = HERE / "scripted_child.py"
SWIFT = RestartPolicy(first_delay_seconds=0.01, longest_delay_seconds=0.04, alarm_after=3)


def spec(behaviour: str, lives: Path | None = None, **changes: Any) -> ChildSpec:
    configuration = {"port": 0, "behaviour": behaviour, "lives": str(lives) if lives else None}
    return ChildSpec("scripted child", (sys.executable, str(CHILD)), configuration, **changes)


@pytest.fixture
def lives(tmp_path: Path) -> Path:
    return tmp_path / "lives"


def noted(lives: Path) -> list[tuple[int, int]]:
    """(process id, port) of every start so far."""
    lines = lives.read_text().splitlines() if lives.exists() else []
    return [(int(pid), int(port)) for pid, port in (line.split() for line in lines)]


class Journal:
    """A log that can be waited for: `seen(event, count)` returns once it has been logged so often."""

    def __init__(self) -> None:
        self.entries: list[EventDict] = []
        self._grew = asyncio.Event()

    def __call__(self, _logger: object, _method: str, entry: EventDict) -> EventDict:
        self.entries.append(entry)
        self._grew.set()
        raise structlog.DropEvent

    async def seen(self, event: str, count: int = 1) -> list[EventDict]:
        async with asyncio.timeout(20):
            while len(found := [each for each in self.entries if each["event"] == event]) < count:
                self._grew.clear()
                await self._grew.wait()
        return found


@pytest.fixture
def journal() -> Journal:
    return Journal()


@pytest.fixture
async def supervisor(journal: Journal) -> AsyncIterator[Supervisor]:
    async with Supervisor(SWIFT, stop_timeout_seconds=1, log=log_to(journal)) as supervisor:
        yield supervisor


def log_to(journal: Journal) -> FilteringBoundLogger:
    everything = structlog.make_filtering_bound_logger(0)
    log: FilteringBoundLogger = structlog.wrap_logger(None, [journal], wrapper_class=everything)
    return log


async def ended(pid: int) -> None:
    """Returns when the process is gone; fails after 20 s."""
    if psutil.pid_exists(pid):
        await asyncio.to_thread(psutil.wait_procs, [psutil.Process(pid)], 20)
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def scripted_children() -> list[psutil.Process]:
    family = psutil.Process().children(recursive=True)
    return [each for each in family if CHILD.name in " ".join(each.cmdline())]


async def test_gives_the_address_of_a_ready_child_and_ends_it(supervisor: Supervisor, lives: Path) -> None:
    child = supervisor.watch(spec("good", lives))
    assert await child.address() == "http://127.0.0.1:4321/secret"
    await supervisor.stop()
    [(pid, _)] = noted(lives)
    assert not psutil.pid_exists(pid)
    with pytest.raises(ChildFailed, match="has been stopped"):
        await child.address()


async def test_starts_a_killed_child_again_on_the_same_port(
    supervisor: Supervisor, journal: Journal, lives: Path
) -> None:
    child = supervisor.watch(spec("good", lives))
    await child.address()
    os.kill(noted(lives)[0][0], signal.SIGKILL)
    await journal.seen("child ready", 2)
    assert await child.address() == "http://127.0.0.1:4321/secret"
    (first, _), (second, port) = noted(lives)
    assert first != second
    assert port == 4321


async def test_logs_what_to_do_when_a_child_keeps_ending(supervisor: Supervisor, journal: Journal) -> None:
    supervisor.watch(spec("crash"))
    first, second = await journal.seen("child keeps ending", 2)
    assert [first["failures_in_a_row"], second["failures_in_a_row"]] == [3, 4]
    assert "copydesk doctor" in first["remedy"]


async def test_a_first_start_that_fails_is_final_and_says_why(supervisor: Supervisor) -> None:
    child = supervisor.watch(spec("refuse"))
    with pytest.raises(ChildFailed, match=r"did not start \(status 1\)\. Port 8321 is in use"):
        await child.address()


async def test_a_child_that_is_never_ready_is_killed(supervisor: Supervisor) -> None:
    child = supervisor.watch(spec("silent", ready_timeout_seconds=0.5))
    with pytest.raises(ChildFailed, match=r"not ready within 0.5 s"):
        await child.address()
    assert not [
        each for each in psutil.Process().children(recursive=True) if CHILD.name in str(each.cmdline())
    ]


async def test_a_command_that_does_not_exist_is_a_failed_start(supervisor: Supervisor) -> None:
    child = supervisor.watch(ChildSpec("scripted child", ("/nowhere/python",), {}))
    with pytest.raises(ChildFailed, match="cannot be started"):
        await child.address()


async def test_kills_the_whole_group_of_a_child_that_ignores_being_asked(lives: Path) -> None:
    async with Supervisor(SWIFT, stop_timeout_seconds=0.3) as supervisor:
        await supervisor.watch(spec("deaf", lives)).address()
        [(pid, _)] = noted(lives)
        family = [pid, *(each.pid for each in psutil.Process(pid).children())]
        assert len(family) == 2
    for member in family:
        await ended(member)


async def test_an_endless_line_neither_blocks_the_child_nor_ends_the_log(
    supervisor: Supervisor, journal: Journal
) -> None:
    assert await supervisor.watch(spec("babble")).address()
    await journal.seen("Traceback, not JSON")


async def test_stopping_while_a_child_starts_leaves_none_behind() -> None:
    supervisor = Supervisor(SWIFT, stop_timeout_seconds=1)
    supervisor.watch(spec("silent"))
    await supervisor.stop()
    assert not [
        each for each in psutil.Process().children(recursive=True) if CHILD.name in str(each.cmdline())
    ]


async def test_a_child_ends_when_its_parent_is_killed(lives: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable,
        str(HERE / "parent_of_child.py"),
        str(CHILD),
        str(lives),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=HERE.parent.parent,
    )
    assert parent.stdout is not None
    await parent.stdout.read()
    parent.kill()
    await parent.wait()
    [(pid, _)] = noted(lives)
    await ended(pid)


@pytest.mark.parametrize(
    ("failures", "delay_seconds"), [(1, 0.5), (2, 1.0), (4, 4.0), (7, 30.0), (10_000, 30.0)]
)
def test_the_wait_before_a_restart_doubles_up_to_a_bound(failures: int, delay_seconds: float) -> None:
    assert RestartPolicy().delay_seconds(failures) == delay_seconds
