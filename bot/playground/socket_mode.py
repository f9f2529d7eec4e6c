"""Socket Mode: the app's sockets, and what is sent down them.

An envelope goes to one socket. A command or an interaction has one chance to be acknowledged; an
event is delivered again, up to three times, until it is.
"""

import asyncio
import contextlib
import json
import secrets
from collections.abc import Callable, Coroutine
from itertools import count
from typing import Any

import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from bot.playground.entities import Json
from bot.playground.errors import NotAcknowledged

_log = structlog.get_logger(__name__)


class SocketMode:
    """Sockets of one app, addressed in turn."""

    def __init__(
        self,
        *,
        app_id: str,
        ack_timeout_seconds: float,
        redelivery_seconds: tuple[float, ...],
        on_connection_change: Callable[[], None],
        on_ack: Callable[[Json], None],
    ) -> None:
        self._app_id = app_id
        self._ack_timeout_seconds = ack_timeout_seconds
        self._redelivery_seconds = redelivery_seconds
        self._on_connection_change = on_connection_change
        self._on_ack = on_ack
        self._tickets: set[str] = set()
        self._sockets: list[web.WebSocketResponse] = []
        self._turns = count()
        self._waiting: dict[str, asyncio.Future[Json]] = {}
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
        socket = web.WebSocketResponse(max_msg_size=4 * 1024 * 1024)
        await socket.prepare(request)
        self._sockets.append(socket)
        try:
            await socket.send_json(self._hello())
            self._on_connection_change()
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    self._receive(frame.data)
        except ConnectionError:
            _log.info("socket_lost")
        finally:
            self._sockets.remove(socket)
            self._on_connection_change()
        return socket

    async def request(self, kind: str, payload: Json) -> Json | None:
        """Sends a command or interaction once; returns the payload of its ack.

        Raises NotAcknowledged when no socket is open or none answered in time.
        """
        envelope: Json = {"type": kind, "payload": payload, "accepts_response_payload": True}
        answer: Json = await self._send(envelope, self._ack_timeout_seconds)
        return answer.get("payload")

    def send_event(self, payload: Json) -> None:
        """Delivers an event in the background, again and again until it is acknowledged or given up."""
        self._in_background(self._deliver(payload))

    async def delivered(self) -> None:
        """Returns when every event so far is acknowledged or given up."""
        while self._deliveries:
            await asyncio.wait(tuple(self._deliveries))

    async def close(self) -> None:
        """Stops redelivering and closes every socket."""
        for task in tuple(self._deliveries):
            task.cancel()
        await asyncio.gather(*self._deliveries, return_exceptions=True)
        for socket in tuple(self._sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY)

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
        envelope_id = secrets.token_hex(16)
        acked: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[envelope_id] = acked
        try:
            await self._next_socket().send_json({"envelope_id": envelope_id, **envelope})
            return await asyncio.wait_for(acked, timeout_seconds)
        except TimeoutError:
            raise NotAcknowledged("operation_timeout") from None
        except ConnectionError:
            raise NotAcknowledged("dispatch_failed") from None
        finally:
            del self._waiting[envelope_id]

    def _next_socket(self) -> web.WebSocketResponse:
        sockets = [socket for socket in self._sockets if not socket.closed]
        if not sockets:
            raise NotAcknowledged("dispatch_failed")
        return sockets[next(self._turns) % len(sockets)]

    def _receive(self, text: str) -> None:
        with contextlib.suppress(ValueError):
            answer = json.loads(text)
            if not isinstance(answer, dict):
                return
            if answer.get("payload"):
                self._on_ack(answer["payload"])
            acked = self._waiting.get(str(answer.get("envelope_id")))
            if acked is not None and not acked.done():
                acked.set_result(answer)

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._sockets),
            "debug_info": {"host": "playground", "approximate_connection_time": 18060},
            "connection_info": {"app_id": self._app_id},
        }

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._deliveries.add(task)
        task.add_done_callback(self._deliveries.discard)
