"""The watchdog with a clock that only the test moves, and an end of the process that is only noted."""

from collections.abc import Iterator
from contextvars import copy_context
from threading import Thread

import pytest

from generation.breaker import Breakers
from generation.errors import ModelSuspended
from generation.watchdog import EXIT_STATUS, Watchdog, not_counted


class Stage:
    """A watchdog with a limit of 1000 seconds, far from what its own thread could reach."""

    def __init__(self) -> None:
        self.now = 0.0
        self.ends: list[int] = []
        self.breakers = Breakers()
        self.watchdog = Watchdog(self.breakers, 1000, lambda: self.now, self.ends.append)


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.watchdog.close()


def test_work_within_the_limit_is_left_alone(stage: Stage) -> None:
    with stage.watchdog.watching("zebra", "A step"):
        stage.now = 1000
        stage.watchdog.look()
    assert stage.ends == []


def test_work_beyond_the_limit_ends_the_process_and_suspends_its_model(stage: Stage) -> None:
    with stage.watchdog.watching("gnu", "A step"), stage.watchdog.watching("zebra", "Loading it"):
        stage.now = 900
        with stage.watchdog.watching("lion", "A step"):
            stage.now = 1001
            stage.watchdog.look()
    assert stage.ends == [EXIT_STATUS]
    assert list(stage.breakers.suspended()) == ["gnu", "zebra"]
    with pytest.raises(ModelSuspended, match=r"Reason: Loading it took longer than 1000 s\."):
        stage.breakers.check("zebra")


def test_work_that_is_over_is_forgotten_also_when_it_failed(stage: Stage) -> None:
    with pytest.raises(ValueError, match="broken"), stage.watchdog.watching("zebra", "A step"):
        raise ValueError("broken")
    stage.now = 5000
    stage.watchdog.look()
    assert stage.ends == []


def test_what_is_not_counted_is_nobodys_fault(stage: Stage) -> None:
    def compile_for_long() -> None:
        with not_counted():
            stage.now = 5000
            stage.watchdog.look()

    with stage.watchdog.watching("zebra", "Loading it"):
        thread = Thread(target=copy_context().run, args=(compile_for_long,))
        thread.start()
        thread.join()
        assert stage.ends == []
        stage.now += 1000
        stage.watchdog.look()
        assert stage.ends == [], "it has all of its seconds again"
        stage.now += 1
        stage.watchdog.look()
    assert stage.ends == [EXIT_STATUS]


def test_work_that_ends_while_it_is_not_counted_is_forgotten(stage: Stage) -> None:
    watching = stage.watchdog.watching("zebra", "Loading it")
    watching.__enter__()
    with not_counted():
        watching.__exit__(None, None, None)
    stage.now = 5000
    stage.watchdog.look()
    assert stage.ends == []


def test_without_a_watchdog_nothing_is_paused() -> None:
    with not_counted():
        pass
