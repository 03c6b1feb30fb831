"""The listener and the server behind it."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from sla_monitor.daemon.addresses import host_and_port
from sla_monitor.errors import ConfigError


@contextmanager
def listening(address: str) -> Iterator[socket.socket]:
    """Taken first, so that an address in use ends the start before anything else is touched."""
    host, port = host_and_port(address)
    try:
        listener = _listener(host, port)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise ConfigError(f"cannot listen on {address}: {why}; set web.listen (--listen) to a free address") from error
    with contextlib.closing(listener):
        yield listener


def _listener(host: str, port: int) -> socket.socket:
    """It listens at once: of two sockets that are merely bound to an address, the kernel would let both be."""
    if not host and socket.has_dualstack_ipv6():
        return socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def server(app: FastAPI) -> uvicorn.Server:
    return _Server(uvicorn.Config(app, log_config=None, access_log=False, server_header=False))


class _Server(uvicorn.Server):
    """Leaves the signals to the daemon."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
