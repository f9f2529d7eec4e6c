"""Socket Mode: an app's sockets, and what is sent down them.

An envelope goes to one socket. A command or an interaction has one chance to be acknowledged; an
event is delivered again, up to three times, until it is.
"""

import asyncio
import contextlib
import json
import secrets
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from itertools import count
from typing import Any, Literal

import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from bot.playground.entities import Json
from bot.playground.errors import NotAcknowledged
from bot.playground.faults import Faults
from bot.playground.inspector import Entry, Inspector

_log = structlog.get_logger(__name__)


@dataclass
class _Socket:
    """`is_leaving`: Slack asked for a refresh, and envelopes go elsewhere if they can."""

    frames: web.WebSocketResponse
    transport: asyncio.BaseTransport | None
    is_leaving: bool = False


@dataclass(frozen=True)
class _Sent:
    """An envelope on its way: its place in the inspector, and where its ack is waited for."""

    entry: Entry
    acked: asyncio.Future[Json]


class SocketMode:
    """Sockets of one app, addressed in turn."""

    def __init__(
        self,
        *,
        app_id: str,
        ack_timeout_seconds: float,
        redelivery_seconds: tuple[float, ...],
        refresh_seconds: float,
        inspector: Inspector,
        faults: Faults,
        on_connection_change: Callable[[], None],
        on_ack: Callable[[Json], None],
    ) -> None:
        self._app_id = app_id
        self._ack_timeout_seconds = ack_timeout_seconds
        self._redelivery_seconds = redelivery_seconds
        self._refresh_seconds = refresh_seconds
        self._inspector = inspector
        self._faults = faults
        self._on_connection_change = on_connection_change
        self._on_ack = on_ack
        self._tickets: set[str] = set()
        self._sockets: list[_Socket] = []
        self._turns = count()
        self._waiting: dict[str, _Sent] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._deliveries: set[asyncio.Task[None]] = set()

    @property
    def is_connected(self) -> bool:
        return bool(self._sockets)

    def issue_ticket(self) -> str:
        """What `apps.connections.open` puts into the address: good for one socket."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        return ticket

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One socket from hello to goodbye. Pings are answered with their own bytes by aiohttp."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(
                status=408, text="This ticket was used or never issued. Call apps.connections.open."
            )
        self._tickets.discard(ticket)
        frames = web.WebSocketResponse(max_msg_size=4 * 1024 * 1024)
        await frames.prepare(request)
        socket = _Socket(frames, request.transport)
        self._sockets.append(socket)
        try:
            hello = self._hello()
            await frames.send_json(hello)
            self._note("hello", hello)
            self._on_connection_change()
            async for frame in frames:
                if frame.type is WSMsgType.TEXT:
                    self._receive(frame.data)
        except ConnectionError:
            _log.info("socket_lost")
        finally:
            self._sockets.remove(socket)
            self._note("closed", {"close_code": frames.close_code, "sockets_left": len(self._sockets)})
            self._on_connection_change()
        return frames

    async def request(self, kind: str, payload: Json) -> Json | None:
        """Sends a command or interaction once; returns the payload of its ack.

        Raises NotAcknowledged when no socket is open or none answered in time.
        """
        envelope: Json = {"type": kind, "payload": payload, "accepts_response_payload": True}
        answer: Json = await self._send(envelope, self._ack_timeout_seconds)
        return answer.get("payload")

    def send_event(self, payload: Json) -> None:
        """Delivers an event in the background, again and again until it is acknowledged or given up."""
        _in_background(self._deliver(payload), self._deliveries)

    async def delivered(self) -> None:
        """Returns when every event so far is acknowledged or given up."""
        while self._deliveries:
            await asyncio.wait(tuple(self._deliveries))

    def drop_sockets(self) -> int:
        """Breaks every connection without a word, as a lost network does; returns how many there were."""
        for socket in tuple(self._sockets):
            if isinstance(socket.transport, asyncio.WriteTransport):
                socket.transport.abort()
        return len(self._sockets)

    async def ask_for_refresh(self, reason: Literal["warning", "refresh_requested"]) -> int:
        """Sends Slack's `disconnect` to every socket; returns how many there are."""
        asked = tuple(self._sockets)
        message = {"type": "disconnect", "reason": reason, "debug_info": {"host": "playground"}}
        for socket in asked:
            with contextlib.suppress(ConnectionError):
                await socket.frames.send_json(message)
            self._note(f"disconnect: {reason}", message)
            if reason == "refresh_requested":
                socket.is_leaving = True
                _in_background(self._close_later(socket.frames), self._tasks)
        return len(asked)

    async def close(self) -> None:
        """Stops redelivering and closes every socket."""
        tasks = (*self._deliveries, *self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for socket in tuple(self._sockets):
            await socket.frames.close(code=WSCloseCode.GOING_AWAY)

    async def _deliver(self, payload: Json) -> None:
        """Attempt 0, then one more after each wait; the last attempt also waits its turn for an ack."""
        waits = self._redelivery_seconds
        for attempt in range(len(waits) + 1):
            retry: Json = {"retry_attempt": attempt, "retry_reason": "timeout" if attempt else ""}
            envelope: Json = {
                "type": "events_api",
                "payload": payload,
                "accepts_response_payload": False,
                **retry,
            }
            wait = waits[attempt] if attempt < len(waits) else self._ack_timeout_seconds
            started = asyncio.get_running_loop().time()
            try:
                await self._send(envelope, wait)
                return
            except NotAcknowledged:
                spent = asyncio.get_running_loop().time() - started
                await asyncio.sleep(max(0.0, wait - spent))
        _log.warning("event_given_up", event_type=payload["event"]["type"], event_id=payload["event_id"])

    async def _send(self, envelope: Json, timeout_seconds: float) -> Json:
        """Sends to the next socket and waits for the ack."""
        if self._faults.delivers_twice(self._app_id):
            _in_background(self._send_again(envelope, timeout_seconds), self._tasks)
        envelope_id = secrets.token_hex(16)
        sent = _Sent(self._enter(envelope), asyncio.get_running_loop().create_future())
        self._waiting[envelope_id] = sent
        try:
            await self._next_socket().send_json({"envelope_id": envelope_id, **envelope})
            return await asyncio.wait_for(sent.acked, timeout_seconds)
        except TimeoutError:
            raise self._not_acknowledged(sent.entry, "operation_timeout") from None
        except ConnectionError:
            raise self._not_acknowledged(sent.entry, "dispatch_failed") from None
        finally:
            del self._waiting[envelope_id]

    async def _send_again(self, envelope: Json, timeout_seconds: float) -> None:
        """The same under another id; nobody waits for this one's ack."""
        envelope_id = secrets.token_hex(16)
        sent = _Sent(
            self._enter(envelope, note="second delivery"), asyncio.get_running_loop().create_future()
        )
        self._waiting[envelope_id] = sent
        try:
            await self._next_socket().send_json({"envelope_id": envelope_id, **envelope})
            await asyncio.wait_for(sent.acked, timeout_seconds)
        except (TimeoutError, ConnectionError):
            self._inspector.end(sent.entry, error="operation_timeout")
        finally:
            del self._waiting[envelope_id]

    def _next_socket(self) -> web.WebSocketResponse:
        sockets = [socket for socket in self._sockets if not socket.frames.closed]
        staying = [socket for socket in sockets if not socket.is_leaving] or sockets
        if not staying:
            raise ConnectionError
        return staying[next(self._turns) % len(staying)].frames

    def _receive(self, text: str) -> None:
        with contextlib.suppress(ValueError):
            answer = json.loads(text)
            if not isinstance(answer, dict):
                return
            delay = self._faults.ack_delay_seconds(self._app_id)
            if self._faults.loses_acks(self._app_id):
                self._note("ack lost", answer)
            elif delay:
                asyncio.get_running_loop().call_later(delay, self._take_ack, answer)
            else:
                self._take_ack(answer)

    def _take_ack(self, answer: Json) -> None:
        if answer.get("payload"):
            self._on_ack(answer["payload"])
        sent = self._waiting.get(str(answer.get("envelope_id")))
        if sent is not None and not sent.acked.done():
            self._inspector.end(sent.entry, answer)
            sent.acked.set_result(answer)

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._sockets),
            "debug_info": {"host": "playground", "approximate_connection_time": 18060},
            "connection_info": {"app_id": self._app_id},
        }

    def _enter(self, envelope: Json, *, note: str = "") -> Entry:
        name, summary = _described(envelope)
        return self._inspector.begin(
            self._app_id,
            "envelope",
            name,
            envelope,
            summary=" · ".join(part for part in (summary, note) if part),
            attempt=envelope.get("retry_attempt", 0),
        )

    def _note(self, name: str, body: Json) -> None:
        self._inspector.end(self._inspector.begin(self._app_id, "socket", name, body))

    def _not_acknowledged(self, entry: Entry, error: str) -> NotAcknowledged:
        self._inspector.end(entry, error=error)
        return NotAcknowledged(error)

    async def _close_later(self, frames: web.WebSocketResponse) -> None:
        """Slack closes a socket some seconds after it asked for a refresh."""
        await asyncio.sleep(self._refresh_seconds)
        await frames.close(code=WSCloseCode.GOING_AWAY)


def _in_background(work: Coroutine[Any, Any, None], tasks: set[asyncio.Task[None]]) -> None:
    task = asyncio.get_running_loop().create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)


def _described(envelope: Json) -> tuple[str, str]:
    """What an envelope is about: a name to filter by, and a few words."""
    payload = envelope["payload"]
    match envelope["type"]:
        case "slash_commands":
            return payload["command"], payload["text"]
        case "events_api":
            event = payload["event"]
            return event["type"], str(
                event.get("reaction") or event.get("subtype") or event.get("text") or ""
            )
    acted = [action["action_id"] for action in payload.get("actions", [])]
    callback_id = payload.get("callback_id") or payload.get("view", {}).get("callback_id") or ""
    return payload["type"], ", ".join(acted) or payload.get("action_id") or callback_id
