"""Faults on purpose: what an app must survive, switched on for a while and off again by themselves.

Slack's own failures are modelled: acks that come late or never, envelopes that come twice, methods
that answer 429 or 500, one message a second and channel (docs.slack.dev, rate limits). What happens
once, such as a dropped socket, is in `fault_injection`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.playground.entities import Clock, Json

DEFAULT_SECONDS = 60.0
MESSAGE_SECONDS = 1.0
_MESSAGE_METHODS = frozenset({"chat.postMessage", "chat.postEphemeral", "chat.update"})
_Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]


class _Given(BaseModel):
    """`app` None: every app."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    app: str | None = None


class _Lasting(_Given):
    """`for_seconds` None: until it is ended."""

    for_seconds: _Seconds | None = DEFAULT_SECONDS


class LoseAcks(_Lasting):
    """Acks are overlooked: people see a timeout, events come again."""

    kind: Literal["lose_acks"]


class DelayAcks(_Lasting):
    """Acks count only after this long."""

    kind: Literal["delay_acks"]
    seconds: _Seconds = 2.0


class DeliverTwice(_Lasting):
    """Every envelope comes a second time, under an id of its own."""

    kind: Literal["deliver_twice"]


class FailMethod(_Lasting):
    """A Web API method, such as `chat.update` or `chat.*`, answers 429 or 500."""

    kind: Literal["fail_method"]
    method: str = Field(default="*", min_length=1, max_length=100)
    status: Literal[429, 500] = 429
    retry_after_seconds: int = Field(default=2, ge=1, le=3600)


class LimitRate(_Lasting):
    """One message a second and channel; what comes too early answers 429."""

    kind: Literal["limit_rate"]
    for_seconds: _Seconds | None = None


class DropSockets(_Given):
    """The connections break, as when a network goes."""

    kind: Literal["drop_sockets"]


class AskForRefresh(_Given):
    """Slack's `disconnect` message. After `refresh_requested` the socket is closed soon."""

    kind: Literal["ask_for_refresh"]
    reason: Literal["warning", "refresh_requested"] = "refresh_requested"


class ExpireTriggers(_Given):
    """No trigger id given out so far opens a modal any more."""

    kind: Literal["expire_triggers"]


LastingFault = LoseAcks | DelayAcks | DeliverTwice | FailMethod | LimitRate
Once = DropSockets | AskForRefresh | ExpireTriggers
Fault = Annotated[LastingFault | Once, Field(discriminator="kind")]


@dataclass(frozen=True)
class Active:
    """A fault at work; `ends_at` None: until it is ended."""

    id: int
    fault: LastingFault
    started_at: datetime
    ends_at: datetime | None

    def payload(self) -> Json:
        """As the page and other programs see it."""
        return {
            "id": self.id,
            **self.fault.model_dump(exclude={"for_seconds"}),
            "started_at": self.started_at.isoformat(),
            "ends_at": None if self.ends_at is None else self.ends_at.isoformat(),
        }


@dataclass(frozen=True)
class Refusal:
    """How a method answers instead of doing its work."""

    status: Literal[429, 500]
    retry_after_seconds: int

    @property
    def error(self) -> str:
        return "ratelimited" if self.status == 429 else "internal_error"

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after_seconds)} if self.status == 429 else {}


class Faults:
    """The faults at work. One that has run out is gone with the next look."""

    def __init__(self, clock: Clock, on_change: Callable[[], None]) -> None:
        self._clock = clock
        self._on_change = on_change
        self._count = 0
        self._active: dict[int, Active] = {}
        self._last_message: dict[tuple[str, str], datetime] = {}

    def active(self) -> list[Active]:
        """Those that have not ended, oldest first."""
        now = self._clock()
        for each in list(self._active.values()):
            if each.ends_at is not None and each.ends_at <= now:
                del self._active[each.id]
        return list(self._active.values())

    def start(self, fault: LastingFault) -> Active:
        """Switches a fault on; one of the same kind and aim is replaced."""
        for each in self.active():
            if _aim(each.fault) == _aim(fault):
                del self._active[each.id]
        self._count += 1
        now = self._clock()
        seconds = fault.for_seconds
        ends_at = None if seconds is None else now + timedelta(seconds=seconds)
        started = Active(self._count, fault, now, ends_at)
        self._active[started.id] = started
        self._on_change()
        return started

    def end(self, fault_id: int) -> bool:
        """Whether there was such a fault."""
        found = self._active.pop(fault_id, None)
        if found is not None:
            self._on_change()
        return found is not None

    def end_all(self) -> None:
        self._active.clear()
        self._last_message.clear()
        self._on_change()

    def loses_acks(self, app_id: str) -> bool:
        return any(isinstance(fault, LoseAcks) for fault in self._of(app_id))

    def delivers_twice(self, app_id: str) -> bool:
        return any(isinstance(fault, DeliverTwice) for fault in self._of(app_id))

    def ack_delay_seconds(self, app_id: str) -> float:
        return max((fault.seconds for fault in self._of(app_id) if isinstance(fault, DelayAcks)), default=0.0)

    def refusal(self, app_id: str, method: str, arguments: Json) -> Refusal | None:
        """How this call is refused, if it is."""
        for fault in self._of(app_id):
            if isinstance(fault, FailMethod) and fnmatchcase(method, fault.method):
                return Refusal(fault.status, fault.retry_after_seconds)
            if isinstance(fault, LimitRate) and self._comes_too_early(app_id, method, arguments):
                return Refusal(429, int(MESSAGE_SECONDS))
        return None

    def _of(self, app_id: str) -> list[LastingFault]:
        if not self._active:
            return []
        return [each.fault for each in self.active() if each.fault.app in (None, app_id)]

    def _comes_too_early(self, app_id: str, method: str, arguments: Json) -> bool:
        if method not in _MESSAGE_METHODS:
            return False
        place, now = (app_id, str(arguments.get("channel"))), self._clock()
        last = self._last_message.get(place)
        if last is not None and (now - last).total_seconds() < MESSAGE_SECONDS:
            return True
        self._last_message[place] = now
        return False


def _aim(fault: LastingFault) -> tuple[str, str | None, str | None]:
    return fault.kind, fault.app, fault.method if isinstance(fault, FailMethod) else None
