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
from tests.sources.broken import Answer

JSON = "application/json"


def _error(status: int, text: str, **headers: str) -> Answer:
    body = {"status": "error", "errorType": "execution", "error": text}
    return Answer(status, json.dumps(body).encode(), headers=headers)


def _remarked(body: bytes) -> bytes:
    return json.dumps({**json.loads(body), "warnings": ["a store did not answer"]}).encode()


BROKEN: dict[str, Callable[[bytes], Answer]] = {
    "html": lambda _: Answer(body=b"<html><body>Please log in</body></html>"),
    "garbage": lambda _: Answer(body=bytes(range(256))),
    "cut off": lambda body: Answer(body=body[: len(body) // 2]),
    "torn": lambda body: Answer(body=body[: len(body) // 2], cut=len(body) - len(body) // 2),
    "unavailable": lambda _: Answer(503, b"no healthy upstream"),
    "too many requests": lambda _: Answer(429, b"slow down"),
    "wants a rest": lambda _: _error(429, "too many outstanding requests", **{"Retry-After": "600"}),
    "refused": lambda _: _error(422, "the store is being compacted"),
    "too much": lambda _: _error(422, "query would load too many samples into memory"),
    "warnings": lambda body: Answer(body=_remarked(body)),
    "no data": lambda _: Answer(body=b'{"status": "success"}'),
    "strange numbers": lambda body: Answer(body=re.sub(rb'(\d,")(\d)', rb"\1x\2", body)),
    "sound, but called HTML": lambda body: Answer(body=body, kind="text/html"),
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
        fault = self.server.fault
        if self.server.only not in urlsplit(self.path).path:
            fault = ""
        if isinstance(fault, str):
            sound = Answer(answer.status_code, answer.content)
            fault = BROKEN[fault](answer.content) if fault in BROKEN else sound
        self._send(fault)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in {"Content-Type": answer.kind, **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body) + answer.cut))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        """Tests read the monitor's log."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, behind: str) -> None:
        super().__init__((HOST, 0), _Handler)
        self.behind, self.only = behind, ""
        self.fault: str | Answer = ""
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

    def break_(self, fault: str | Answer, only: str = "") -> None:
        """By its name, or what is answered instead. `only`: paths that have this in them."""
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
