"""What only the requester hears: by the address that came with the wish, else by a message of our own."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from slack_sdk.web.async_client import AsyncWebClient

from bot.whispers import whisper, write
from evaluation import store
from evaluation.database import Database
from evaluation.tables import DraftRequest

Tell = Callable[[str], Awaitable[bool]]
"""Says something, in Slack's markup, to the requester alone; False where it did not arrive."""


async def no_address(_: str) -> bool:
    """For a request taken up after a restart: the address that came with it is forgotten."""
    return False


def privately_in(slack: AsyncWebClient, channel_id: str, user_id: str, thread_ts: str | None = None) -> Tell:
    """In the channel or the thread, for this person alone; by direct message where that does not arrive."""

    async def tell(text: str) -> bool:
        if await whisper(slack, channel_id, user_id, text, thread_ts=thread_ts):
            return True
        return await write(slack, user_id, text)

    return tell


class Teller:
    """Says things to requesters, in Slack's markup; what is to be said once is noted when it has arrived."""

    def __init__(self, database: Database, slack: AsyncWebClient, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._slack = slack
        self._clock = clock

    async def tell(self, request: DraftRequest, text: str, address: Tell) -> bool:
        """By `address`; where that is gone, in the channel, to be seen by the requester alone."""
        return await address(text) or await whisper(
            self._slack, request.channel_id, request.requester_id, text
        )

    async def tell_once(self, request: DraftRequest, subject: str, text: str, address: Tell) -> None:
        """As `tell`, but of each subject a person hears once."""
        if await self._database.read(store.was_told, request.requester_id, subject):
            return
        if await self.tell(request, text, address):
            await self._database.run(store.tell_once, request.requester_id, subject, self._clock())

    async def write_once(self, request: DraftRequest, subject: str, text: str) -> None:
        """By direct message, which also reaches a person who has left; in the channel where Slack refuses."""

        async def direct_message(text: str) -> bool:
            return await write(self._slack, request.requester_id, text)

        await self.tell_once(request, subject, text, direct_message)
