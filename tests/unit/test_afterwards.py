"""What is said in the background: bounded, never the end of anything, with a moment at the end."""

import asyncio

from bot.afterwards import Afterwards


class TestAfterwards:
    async def test_it_does_not_hold_up_whoever_begins_it(self) -> None:
        go_on, said = asyncio.Event(), list[str]()

        async def say() -> None:
            await go_on.wait()
            said.append("thanks")

        afterwards = Afterwards()
        afterwards.say(say())
        assert said == []
        go_on.set()
        await afterwards.idle()
        assert said == ["thanks"]

    async def test_many_wait_in_line_and_hold_up_nobody(self) -> None:
        go_on, said = asyncio.Event(), list[int]()

        async def say(number: int) -> None:
            await go_on.wait()
            said.append(number)

        afterwards = Afterwards(most_at_once=2)
        for number in range(1000):
            afterwards.say(say(number))
        go_on.set()
        await afterwards.idle()
        assert said == list(range(1000))

    async def test_no_more_are_said_at_once_than_allowed(self) -> None:
        at_once, most = 0, 0

        async def say() -> None:
            nonlocal at_once, most
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0)
            at_once -= 1

        afterwards = Afterwards(most_at_once=3)
        for _ in range(20):
            afterwards.say(say())
        await afterwards.idle()
        assert most == 3

    async def test_at_the_end_what_has_no_turn_yet_is_left_out(self) -> None:
        said = list[str]()

        async def never() -> None:
            await asyncio.Event().wait()

        async def say() -> None:
            said.append("thanks")

        afterwards = Afterwards(most_at_once=1, drain_seconds=0)
        afterwards.say(never())
        afterwards.say(say())
        await asyncio.sleep(0)
        await afterwards.stop()
        assert said == []

    async def test_a_failure_is_logged_and_no_more(self) -> None:
        async def fail() -> None:
            raise RuntimeError("Slack is away")

        afterwards = Afterwards()
        afterwards.say(fail())
        await afterwards.idle()
        afterwards.say(asyncio.sleep(0))
        await afterwards.stop()
