"""What a request must pass before any of it is read: the token, and a bound on its body.

Both are plain ASGI, so that neither a stranger's body nor an endless one is ever held in memory.
"""

import hmac
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from generation.openai_errors import error_body

MOST_BODY_BYTES = 4 * 2**20
OPEN_PATH = "/healthz"


class Gate:
    """Lets only bearers of the token through, with bodies of bounded size. `/healthz` is open to all."""

    def __init__(self, app: ASGIApp, token: str, most_body_bytes: int = MOST_BODY_BYTES) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()
        self._most_body_bytes = most_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if scope["path"] != OPEN_PATH and not self._is_bearer(headers):
            await _unauthorized()(scope, receive, send)
        elif self._says_too_large(headers):
            answer = JSONResponse(too_large(_sentence(self._most_body_bytes)), 413, {"Connection": "close"})
            await answer(scope, receive, send)
        else:
            await self._app(scope, self._bounded(receive), send)

    def _is_bearer(self, headers: dict[bytes, bytes]) -> bool:
        return hmac.compare_digest(headers.get(b"authorization", b""), self._expected)

    def _says_too_large(self, headers: dict[bytes, bytes]) -> bool:
        length = headers.get(b"content-length", b"")
        return length.isdigit() and int(length) > self._most_body_bytes

    def _bounded(self, receive: Receive) -> Receive:
        """Bodies in chunks state no length: these are counted while they come."""
        received_bytes = 0

        async def bounded() -> Message:
            nonlocal received_bytes
            message = await receive()
            received_bytes += len(message.get("body", b""))
            if received_bytes > self._most_body_bytes:
                raise HTTPException(413, _sentence(self._most_body_bytes))
            return message

        return bounded


def too_large(sentence: str) -> dict[str, Any]:
    """The body of a 413 answer."""
    return error_body(sentence, "invalid_request_error", "request_too_large")


def _sentence(most_body_bytes: int) -> str:
    return (
        f"The body of the request exceeds {most_body_bytes / 2**20:g} MiB, which is as much as this server "
        "takes. Send less."
    )


def _unauthorized() -> JSONResponse:
    body = error_body(
        "The token is missing or wrong. Send the server's token as `Authorization: Bearer …`.",
        "invalid_request_error",
        "invalid_api_key",
    )
    return JSONResponse(body, 401, {"WWW-Authenticate": "Bearer"})
