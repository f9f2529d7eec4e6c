"""A stand-in for Ollama: its OpenAI-compatible API and its names for models; a server behind it writes.

It streams, and it knows nothing of Copydesk: no figures of its own in an answer, no metrics, no token.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2

KNOWN = {"model", "messages", "prompt", "temperature", "top_p", "max_tokens", "seed", "stop", "stream",
         "stream_options", "response_format"}  # fmt: skip
"""What Ollama reads of a request; it passes over anything else."""
SECONDS = 60


@contextmanager
def ollama_before(address: str, token: str, models: Mapping[str, str]) -> Iterator[str]:
    """The address of a stand-in that has the server at `address` write; `models`: its names for that's."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/v1/models":
                self._answer(404, b"404 page not found", "text/plain")
                return
            listed = [{"id": name, "object": "model", "owned_by": "library"} for name in models]
            self._answer(200, json.dumps({"object": "list", "data": listed}).encode(), "application/json")

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name = asked["model"]
            if name not in models:
                error = {"error": {"message": f"model {name!r} not found", "type": "api_error"}}
                self._answer(404, json.dumps(error).encode(), "application/json")
                return
            body = {key: value for key, value in asked.items() if key in KNOWN} | {"model": models[name]}
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            headers = {"Authorization": f"Bearer {token}"}
            with httpx2.stream(
                "POST", f"{address}{self.path}", json=body, headers=headers, timeout=SECONDS
            ) as answer:
                for line in answer.iter_lines():
                    self.wfile.write(_as_ollama_says(line, name).encode())

        def log_message(self, *args: Any) -> None:
            pass

        def _answer(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _as_ollama_says(line: str, name: str) -> str:
    if not line.startswith("data: {"):
        return f"{line}\n"
    chunk = json.loads(line.removeprefix("data: "))
    chunk.pop("copydesk", None)
    return f"data: {json.dumps({**chunk, 'model': name, 'system_fingerprint': 'fp_ollama'})}\n"
