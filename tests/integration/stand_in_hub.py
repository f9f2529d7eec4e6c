"""A stand-in for the hub: the addresses that a pull and a search ask, on loopback, with faults to order."""

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode

COMMIT = "89abcdef0123456789abcdef0123456789abcdef"


@dataclass
class StandInHub:
    """One repository, and how its hub misbehaves.

    `cut_after_bytes` breaks each download's connection after so many bytes, `cuts` times; `claims_bytes` are
    sizes it gives for files instead of the true ones. A search finds `listed`, in pages of `page_size`;
    `searches` are the queries it was asked with.
    """

    files: dict[str, bytes]
    hub_id: str = "org/tiny"
    commit: str = COMMIT
    card: dict[str, Any] = field(default_factory=lambda: {"license": "mit"})
    gated: bool = False
    token: str | None = None
    status: int = 200
    cuts: int = 0
    cut_after_bytes: int = 0
    ignores_ranges: bool = False
    spoils: str | None = None
    claims_bytes: dict[str, int] = field(default_factory=dict)
    address: str = ""
    ranges: list[tuple[str, str]] = field(default_factory=list)
    listed: list[dict[str, Any]] = field(default_factory=list)
    page_size: int = 2
    searches: list[dict[str, list[str]]] = field(default_factory=list)

    @contextmanager
    def serving(self) -> Iterator["StandInHub"]:
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                hub._answer(self)

            def log_message(self, *args: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        self.address = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        path, _, query = request.path.partition("?")
        if self.status != 200:
            self._refuse(request, self.status, "")
        elif path == "/api/models":
            self._list(request, parse_qs(query))
        elif path == f"/api/models/{self.hub_id}/revision/main":
            self._send(request, json.dumps(self._description()).encode())
        elif path.startswith(f"/api/models/{self.hub_id}/revision/"):
            self._refuse(request, 404, "RevisionNotFound")
        elif path.startswith(prefix := f"/{self.hub_id}/resolve/{self.commit}/"):
            self._send_file(request, path.removeprefix(prefix))
        elif path == f"/{self.hub_id}/resolve/main/config.json" and "config.json" in self.files:
            self._send_file(request, "config.json")
        else:
            self._refuse(request, 404, "RepoNotFound")

    def _list(self, request: BaseHTTPRequestHandler, query: dict[str, list[str]]) -> None:
        """A page of the models listed, with the fields asked for, and where the next page is."""
        self.searches.append(query)
        start = int(query.get("cursor", ["0"])[0])
        end = start + self.page_size
        wanted = {"id", *query.get("expand", [])}
        page = [
            {key: value for key, value in entry.items() if key in wanted} for entry in self.listed[start:end]
        ]
        link = {}
        if end < len(self.listed):
            following = urlencode({**query, "cursor": [str(end)]}, doseq=True)
            link = {"Link": f'<{self.address}/api/models?{following}>; rel="next"'}
        self._send(request, json.dumps(page).encode(), link)

    def _description(self) -> dict[str, Any]:
        return {
            "id": self.hub_id,
            "modelId": self.hub_id,
            "sha": self.commit,
            "gated": "manual" if self.gated else False,
            "cardData": self.card,
            "siblings": [
                _sibling(name, content, self.claims_bytes.get(name, len(content)))
                for name, content in self.files.items()
            ],
        }

    def _send_file(self, request: BaseHTTPRequestHandler, name: str) -> None:
        if self.token is not None and request.headers.get("Authorization") != f"Bearer {self.token}":
            self._refuse(request, 403, "GatedRepo")
            return
        content = self.files[name]
        if name == self.spoils:
            content = bytes(len(content))
        asked = request.headers.get("Range", "bytes=0-")
        self.ranges.append((name, asked))
        start = 0 if self.ignores_ranges else int(asked.removeprefix("bytes=").removesuffix("-"))
        request.send_response(200 if self.ignores_ranges else 206)
        request.send_header("Content-Length", str(len(content) - start))
        request.end_headers()
        if self.cuts > 0 and len(content) - start > self.cut_after_bytes:
            self.cuts -= 1
            request.wfile.write(content[start : start + self.cut_after_bytes])
            request.close_connection = True
            return
        request.wfile.write(content[start:])

    def _send(
        self,
        request: BaseHTTPRequestHandler,
        content: bytes,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        request.send_response(200)
        for name, value in (headers or {}).items():
            request.send_header(name, value)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    def _refuse(self, request: BaseHTTPRequestHandler, status: int, code: str) -> None:
        request.send_response(status)
        request.send_header("X-Error-Code", code)
        request.send_header("Content-Length", "0")
        request.end_headers()


def _sibling(name: str, content: bytes, size_bytes: int) -> dict[str, Any]:
    blob = f"blob {len(content)}\0".encode() + content
    sibling = {
        "rfilename": name,
        "size": size_bytes,
        "blobId": hashlib.sha1(blob, usedforsecurity=False).hexdigest(),
    }
    if name.endswith((".safetensors", ".bin")):
        large = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 128}
        return sibling | {"lfs": large}
    return sibling
