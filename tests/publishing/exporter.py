"""A registry behind a real HTTP server, as Prometheus scrapes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server

from tests.rig.children import HOST, free_port


@contextmanager
def serving(registry: CollectorRegistry) -> Iterator[str]:
    """The address, `host:port`, under which the registry's metrics are to be had."""
    port = free_port()
    server, thread = start_http_server(port, addr=HOST, registry=registry)
    try:
        yield f"{HOST}:{port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
