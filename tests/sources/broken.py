"""A proxy that is broken: a real HTTP server that answers whatever it is told to, and keeps what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import httpx


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    form: dict[str, str]
    headers: dict[str, str]


@dataclass
class Answer:
    """`cut`: bytes that are promised and never sent."""

    status: int = 200
    body: bytes = b'{"status":"success","data":{"resultType":"vector","result":[]}}'
    kind: str = "application/json"
    cut: int = 0
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Proxy:
    """`behaviour`: what it makes of a request; None lets it through to the server behind."""

    behaviour: Callable[[Asked], Answer | None]
    behind: str = ""
    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    answered: Callable[[Asked, Answer], None] = lambda _asked, _answer: None

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        if (own := self.behaviour(asked)) is not None:
            return own
        with httpx.Client(base_url=self.behind, timeout=60, trust_env=False) as client:
            sent = {"params": asked.form} if asked.method == "GET" else {"data": asked.form}
            real = client.request(asked.method, asked.path, **sent)
        answer = Answer(real.status_code, real.content)
        self.answered(asked, answer)
        return answer


@contextmanager
def proxy(behaviour: Callable[[Asked], Answer | None], behind: str = "") -> Iterator[Proxy]:
    made = Proxy(behaviour, behind)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.reply(self.path, urlsplit(self.path).query)

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            self.reply(self.path, self.rfile.read(length).decode())

        def reply(self, path: str, form: str) -> None:
            fields = {name: values[-1] for name, values in parse_qs(form).items()}
            answer = made.answer(Asked(self.command, urlsplit(path).path, fields, dict(self.headers)))
            self.send_response(answer.status)
            for name, value in {"Content-Type": answer.kind, **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body) + answer.cut))
            self.end_headers()
            self.wfile.write(answer.body)
            if answer.cut:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
