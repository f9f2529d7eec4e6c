"""Circuit breakers: when a model is left alone, for how long, and that a new process knows."""

from datetime import timedelta
from pathlib import Path

import pytest

from generation.breaker import BreakerPolicy, Breakers
from generation.errors import ModelSuspended
from tests.playground_app import ManualClock
from tests.rows import NOON

POLICY = BreakerPolicy(3, timedelta(seconds=60), timedelta(seconds=200))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def breakers(clock: ManualClock) -> Breakers:
    return Breakers(policy=POLICY, clock=clock)


def _fail(breakers: Breakers, times: int = 3) -> None:
    for _ in range(times):
        breakers.failed("zebra", "It kept failing.")


def _remaining_seconds(breakers: Breakers) -> float:
    with pytest.raises(ModelSuspended) as suspended:
        breakers.check("zebra")
    return suspended.value.remaining_seconds


def test_a_model_may_fail_twice_in_a_row(breakers: Breakers) -> None:
    _fail(breakers, 2)
    breakers.check("zebra")


def test_the_third_failure_suspends_it_and_no_other(breakers: Breakers, clock: ManualClock) -> None:
    _fail(breakers)
    clock.pass_seconds(20)
    assert _remaining_seconds(breakers) == 40
    breakers.check("gnu")


def test_whoever_waits_learns_of_the_suspension_from_the_failure_that_caused_it(breakers: Breakers) -> None:
    assert breakers.failed("zebra", "It failed.") is None
    assert breakers.failed("zebra", "It failed.") is None
    suspended = breakers.failed("zebra", "It failed.")
    assert suspended is not None
    assert str(suspended) == (
        "zebra is suspended for another 60 s. Reason: It failed. Wait until then, or use another model."
    )


def test_a_success_in_between_starts_the_count_anew(breakers: Breakers) -> None:
    _fail(breakers, 2)
    breakers.succeeded("zebra")
    _fail(breakers, 2)
    breakers.check("zebra")


def test_one_hang_is_enough(breakers: Breakers) -> None:
    breakers.hung("zebra", "A step took longer than 2 s.")
    assert _remaining_seconds(breakers) == 60


def test_after_the_pause_there_is_one_trial(breakers: Breakers, clock: ManualClock) -> None:
    _fail(breakers)
    clock.pass_seconds(60)
    breakers.check("zebra")
    assert _remaining_seconds(breakers) == 60


def test_a_trial_that_succeeds_closes_it(breakers: Breakers, clock: ManualClock) -> None:
    _fail(breakers)
    clock.pass_seconds(60)
    breakers.check("zebra")
    breakers.succeeded("zebra")
    breakers.check("zebra")
    breakers.check("zebra")


def test_a_trial_that_nobody_waited_for_makes_room_for_another(
    breakers: Breakers, clock: ManualClock
) -> None:
    _fail(breakers)
    clock.pass_seconds(60)
    breakers.check("zebra")
    clock.pass_seconds(60)
    breakers.check("zebra")


def test_each_trial_that_fails_doubles_the_pause_up_to_a_bound(
    breakers: Breakers, clock: ManualClock
) -> None:
    _fail(breakers)
    pauses = []
    for _ in range(4):
        pauses.append(_remaining_seconds(breakers))
        clock.pass_seconds(pauses[-1])
        breakers.check("zebra")
        breakers.failed("zebra", "It failed again.")
    assert pauses == [60, 120, 200, 200]


def test_a_new_process_knows_what_the_last_one_noted(clock: ManualClock, tmp_path: Path) -> None:
    file = tmp_path / "new" / "models.json"
    Breakers(file, POLICY, clock).hung("zebra", "A step took longer than 2 s.")
    clock.pass_seconds(10)
    later = Breakers(file, POLICY, clock)
    assert _remaining_seconds(later) == 50
    clock.pass_seconds(60)
    later.check("zebra")
    later.succeeded("zebra")
    Breakers(file, POLICY, clock).check("zebra")
    assert [path.name for path in file.parent.iterdir()] == ["models.json"]


@pytest.mark.parametrize("content", ["", "{", '{"zebra": {"failures": "many"}}', '["zebra"]'])
def test_a_damaged_file_is_an_empty_one(content: str, clock: ManualClock, tmp_path: Path) -> None:
    file = tmp_path / "models.json"
    file.write_text(content)
    breakers = Breakers(file, POLICY, clock)
    breakers.check("zebra")
    breakers.hung("zebra", "A load took longer than 2 s.")
    assert _remaining_seconds(Breakers(file, POLICY, clock)) == 60


def test_a_file_that_cannot_be_written_does_not_stop_anything(clock: ManualClock, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    breakers = Breakers(tmp_path / "file" / "models.json", POLICY, clock)
    breakers.hung("zebra", "A step took longer than 2 s.")
    assert _remaining_seconds(breakers) == 60
