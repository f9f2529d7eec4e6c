"""One change of a channel's messages a second; progress in steps that are the same for every model."""

from bot.drafting.pacing import Pacer
from bot.drafting.progress import step_of


async def test_progress_takes_a_turn_only_when_it_is_free() -> None:
    now = [100.0]
    pacer = Pacer(1.0, clock=lambda: now[0])
    assert pacer.try_turn("C1")
    assert not pacer.try_turn("C1")
    assert pacer.try_turn("C2")
    now[0] += 1.0
    assert pacer.try_turn("C1")


async def test_a_result_that_has_to_wait_keeps_progress_out() -> None:
    now = [100.0]
    pacer = Pacer(0.01, clock=lambda: now[0])
    await pacer.turn("C1")
    await pacer.turn("C1")
    now[0] += 0.01
    assert not pacer.try_turn("C1")
    now[0] += 0.01
    assert pacer.try_turn("C1")


def test_time_goes_up_in_steps() -> None:
    waited = (0, 4.9, 5, 12, 29, 30, 59, 60, 100, 119, 120, 200, 3599)
    assert [step_of(seconds) for seconds in waited] == [0, 0, 5, 10, 20, 30, 45, 60, 90, 90, 120, 180, 3540]
