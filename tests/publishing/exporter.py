"""Standings as prometheus_client itself tells them, and a registry behind a real HTTP server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from sla_monitor.compliance.boards import Board
from sla_monitor.publishing.pictures import pictures
from sla_monitor.publishing.series import Family
from tests.rig.children import HOST, free_port


class Families(Collector):
    """What ours writes at once, sample by sample: the bytes must be the same."""

    def __init__(self, families: Callable[[], Iterable[Family]]) -> None:
        self._families = families

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        return [metric(family) for family in self._families()]


def metric(family: Family) -> Metric:
    made = Metric(family.name, family.help, family.kind)
    for column in family.columns:
        extra = () if column.extra is None else (column.extra,)
        for labels, value in zip(column.labels, column.values, strict=True):
            made.add_sample(family.series, {**labels.pairs, **dict(extra)}, value)
    return made


def registry_of(board: Callable[[], Board]) -> CollectorRegistry:
    made = CollectorRegistry()
    made.register(Families(lambda: pictures(board())))
    return made


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
