"""A broken HTTP proxy in front of a real Prometheus."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import httpx

from tests.rig.children import HOST

JSON = "application/json"


BROKEN: dict[str, Callable[[bytes], tuple[int, bytes]]] = {
    "html": lambda _: (200, b"<html><body>Please log in</body></html>"),
    "garbage": lambda _: (200, bytes(range(256))),
    "cut off": lambda body: (200, body[: len(body) // 2]),
    "unavailable": lambda _: (503, b"no healthy upstream"),
    "warnings": lambda body: (200, json.dumps({**json.loads(body), "warnings": ["a store did not answer"]}).encode()),
    "no data": lambda _: (200, b'{"status": "success"}'),
    "strange numbers": lambda body: (200, re.sub(rb'(\d,")(\d)', rb"\1x\2", body)),
}


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._pass_on(b"")

    def do_POST(self) -> None:
        self._pass_on(self.rfile.read(int(self.headers["Content-Length"])))

    def _pass_on(self, body: bytes) -> None:
        self.server.seen.append((self.path, dict(self.headers)))
        if self.server.fault == "hang":
            self.server.released.wait(30)
            return
        time.sleep(self.server.delay)
        answer = httpx.request(
            self.command,
            self.server.behind + self.path,
            content=body,
            headers={"Content-Type": self.headers.get("Content-Type", JSON)},
            timeout=30,
            trust_env=False,
        )
        self._answer(answer)

    def _answer(self, answer: httpx.Response) -> None:
        fault, body = self.server.fault, answer.content
        if self.server.only not in urlsplit(self.path).path:
            fault = ""
        if fault == "torn":
            self._send(200, body[: len(body) // 2], length=len(body))
        elif fault in BROKEN:
            self._send(*BROKEN[fault](body))
        else:
            self._send(answer.status_code, body)

    def _send(self, status: int, body: bytes, *, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", JSON)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Tests read the monitor's log."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, behind: str) -> None:
        super().__init__((HOST, 0), _Handler)
        self.behind, self.fault, self.only = behind, "", ""
        self.delay = 0.0
        self.released = threading.Event()
        self.seen: list[tuple[str, dict[str, str]]] = []

    def handle_error(self, *_: object) -> None:
        """The monitor may hang up, for one when it is told to leave."""


class Proxy:
    """Sound until told otherwise."""

    def __init__(self, server: _Server) -> None:
        self._server = server
        self.url, self.behind = f"http://{HOST}:{server.server_port}", server.behind

    def break_(self, fault: str, only: str = "") -> None:
        """`only`: paths that have this in them."""
        self._server.only, self._server.fault = only, fault

    def heal(self) -> None:
        self._server.fault = ""
        self._server.released.set()

    def slow_down(self, seconds: float) -> None:
        """Before each answer."""
        self._server.delay = seconds

    @property
    def paths(self) -> list[str]:
        """With what was asked there by GET."""
        return [path for path, _ in self._server.seen]

    @property
    def headers(self) -> list[dict[str, str]]:
        return [headers for _, headers in self._server.seen]


@contextmanager
def proxied(url: str) -> Iterator[Proxy]:
    server = _Server(url)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    proxy = Proxy(server)
    try:
        yield proxy
    finally:
        proxy.heal()
        server.shutdown()
        server.server_close()
        thread.join()
