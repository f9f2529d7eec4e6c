"""Permissions an interaction gives the app for a while: trigger ids and response addresses."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from bot.playground.entities import Clock
from bot.playground.errors import ApiError

RESPONSE_USES = 5
KEPT_AFTER_END = timedelta(minutes=10)


@dataclass
class Permit:
    """For one person, until a moment."""

    user: str
    expires_at: datetime


AnyPermit = TypeVar("AnyPermit", bound=Permit)


@dataclass
class Trigger(Permit):
    """Lets the app open one modal in front of one person.

    `view_id`: the modal it was clicked in; `channel`: the conversation the person was in.
    """

    view_id: str | None = None
    channel: str | None = None
    is_exchanged: bool = False


class Triggers:
    """Trigger ids: short-lived and good for one modal."""

    def __init__(self, clock: Clock, lifetime_seconds: float) -> None:
        self._clock = clock
        self._lifetime = timedelta(seconds=lifetime_seconds)
        self._issued: dict[str, Trigger] = {}

    def issue(self, user: str, *, view_id: str | None = None, channel: str | None = None) -> str:
        number = 10**12 + secrets.randbelow(10**12)
        trigger_id = f"{number}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        _forget_old(self._issued, self._clock())
        self._issued[trigger_id] = Trigger(user, self._clock() + self._lifetime, view_id, channel)
        return trigger_id

    def check(self, trigger_id: str) -> Trigger:
        """The trigger if it still works; raises ApiError with the reason otherwise."""
        trigger = self._issued.get(trigger_id)
        if trigger is None:
            raise ApiError("invalid_trigger_id")
        if trigger.is_exchanged:
            raise ApiError("exchanged_trigger_id")
        if self._clock() > trigger.expires_at:
            raise ApiError("expired_trigger_id")
        return trigger

    def expire_all(self) -> int:
        """Ends every trigger given out so far; returns how many still worked."""
        now = self._clock()
        working = [each for each in self._issued.values() if not each.is_exchanged and each.expires_at > now]
        for trigger in working:
            trigger.expires_at = now - timedelta(seconds=1)
        return len(working)

    def exchange(self, trigger_id: str) -> Trigger:
        """Uses a trigger up."""
        trigger = self.check(trigger_id)
        trigger.is_exchanged = True
        return trigger


@dataclass
class ResponseGrant(Permit):
    """Where an interaction came from, and how often its response address may still be used."""

    channel: str
    message_ts: str | None = None
    thread_ts: str | None = None
    uses_left: int = RESPONSE_USES


class ResponseGrants:
    """Response addresses: half an hour, five uses."""

    def __init__(self, clock: Clock, lifetime_seconds: float) -> None:
        self._clock = clock
        self._lifetime = timedelta(seconds=lifetime_seconds)
        self._issued: dict[str, ResponseGrant] = {}

    def issue(
        self, user: str, channel: str, *, message_ts: str | None = None, thread_ts: str | None = None
    ) -> str:
        """A token for the address."""
        token = secrets.token_urlsafe(24)
        _forget_old(self._issued, self._clock())
        self._issued[token] = ResponseGrant(
            user, self._clock() + self._lifetime, channel, message_ts, thread_ts
        )
        return token

    def use(self, token: str) -> ResponseGrant:
        """Counts one use; raises ApiError("expired_url" or "used_url")."""
        grant = self._issued.get(token)
        if grant is None or self._clock() > grant.expires_at:
            raise ApiError("expired_url")
        if grant.uses_left == 0:
            raise ApiError("used_url")
        grant.uses_left -= 1
        return grant


def _forget_old(issued: dict[str, AnyPermit], now: datetime) -> None:
    """Drops what ended long ago, oldest first; until then an app hears why it does not work."""
    while issued:
        oldest = next(iter(issued))
        if now - issued[oldest].expires_at < KEPT_AFTER_END:
            return
        del issued[oldest]
