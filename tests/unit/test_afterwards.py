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
        await afterwards.say(say())
        assert said == []
        go_on.set()
        await afterwards.idle()
        assert said == ["thanks"]

    async def test_where_too_many_are_under_way_the_next_one_waits(self) -> None:
        go_on = asyncio.Event()
        afterwards = Afterwards(most_at_once=1)
        await afterwards.say(go_on.wait())
        second = asyncio.create_task(afterwards.say(asyncio.sleep(0)))
        await asyncio.sleep(0)
        assert not second.done()
        go_on.set()
        await second
        await afterwards.idle()

    async def test_a_failure_is_logged_and_no_more(self) -> None:
        async def fail() -> None:
            raise RuntimeError("Slack is away")

        afterwards = Afterwards()
        await afterwards.say(fail())
        await afterwards.idle()
        await afterwards.say(asyncio.sleep(0))
        await afterwards.stop()
