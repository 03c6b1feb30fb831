"""One Prometheus over HTTP: every question carries its instant, every failure its kind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import httpx
import stamina

from sla_monitor.compliance.ratios import parse_duration
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.terms import SourceName
from sla_monitor.errors import IndicatorError, SourceError, SourceUnavailableError
from sla_monitor.sources import flavours, rests, wire
from sla_monitor.sources.flavours import Flavour, Identity

MAX_POINTS = 11_000
"""Prometheus refuses more points a series."""
LONG_URL = 1_800
SHORT = 500
"""Points of an answer, some 15 kB, up to which squeezing it costs the source more than all else of the question."""
_AS_IT_IS = {"Accept-Encoding": "identity"}
LONGEST_ANSWER = 48 << 20
"""Bytes; taken apart it needs twenty times as many. We ask for a million values at most, which are 33 MB."""
ATTEMPTS = 3


@dataclass(frozen=True)
class Endpoint:
    """Where a source is and how it wants to be asked.

    resolution, settle: seconds, None to find out. timeout: seconds. max_samples: that our
    queries may read at a time, None for the default of the flavour, `auto` of which is to find out. headers and auth
    may be secret and are never shown. tenant: named in a header of the flavour.
    """

    name: SourceName
    url: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    auth: httpx.Auth | None = field(default=None, repr=False)
    verify: Any = True
    resolution: int | None = None
    settle: int | None = None
    concurrency: int = 4
    max_samples: int | None = None
    timeout: float = 30.0
    tenant: str | None = None
    flavour: str = flavours.AUTO

    @cached_property
    def shown(self) -> str:
        """The URL without user, password and query, which may hold a token."""
        return str(httpx.URL(self.url).copy_with(username=None, password=None, query=None)).rstrip("/")


Observer = Callable[[SourceName, str, float], None]
"""Told (source, result, seconds) of each request."""


class PrometheusClient:
    """Use as an async context manager. clock: the source's own, as its last answer told it; None: it told none."""

    def __init__(self, endpoint: Endpoint, observe: Observer = lambda *_: None) -> None:
        self.endpoint = endpoint
        self._observe = observe
        self._room = asyncio.Semaphore(endpoint.concurrency)
        self._identity = flavours.configured(endpoint.flavour)
        self._identifying = asyncio.Lock()
        self._rests_until = 0.0
        self.clock: int | None = None
        self._http = httpx.AsyncClient(
            base_url=endpoint.url.rstrip("/") + "/",
            headers={"Accept": "application/json", **endpoint.headers},
            auth=endpoint.auth,
            verify=endpoint.verify,
            timeout=endpoint.timeout,
            follow_redirects=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    @property
    def flavour(self) -> Flavour:
        """As far as it is known."""
        return self._identity.flavour if self._identity else flavours.PROMETHEUS

    @property
    def max_samples(self) -> int:
        """What our queries may read at a time."""
        return self.endpoint.max_samples or self.flavour.max_samples

    def forget(self) -> None:
        """Another server may stand there now, that wants no rest."""
        self._rests_until = 0.0
        self._identity = flavours.configured(self.endpoint.flavour)

    async def identity(self) -> Identity:
        """Asked for once. Raises SourceUnavailableError while the source is away."""
        async with self._identifying:
            if self._identity is None:
                self._identity = await self.identified()
            return self._identity

    async def identified(self) -> Identity:
        """What it is by its own account, whatever the settings say.

        Taken for what it is not, VictoriaMetrics would miscount in silence: it is known by its language as well.
        """
        found = flavours.UNTOLD
        try:
            build, headers = await self._answered("status/buildinfo", {}, post=False)
            found = flavours.identified(build, headers)
        except SourceUnavailableError:
            raise
        except (SourceError, AttributeError):
            pass
        return flavours.FLUENT if found == flavours.UNTOLD and await self._speaks_metricsql() else found

    async def _speaks_metricsql(self) -> bool:
        try:
            return bool(await self.query(flavours.METRICSQL, 0))
        except SourceUnavailableError:
            raise
        except SourceError:
            return False

    async def query(self, expr: str, at: int) -> tuple[wire.Row, ...]:
        data = await self._ask("query", {"query": expr, "time": str(at), "timeout": self._patience}, short=True)
        return wire.rows(data, self._where("query", expr))

    async def query_range(self, expr: str, first: int, last: int, step: int) -> tuple[wire.Row, ...]:
        """Evaluated at first, first+step, … last; both ends are asked for."""
        return wire.rows(await self._range(expr, first, last, step, {}), self._where("query_range", expr))

    async def table(
        self, expr: str, points: tuple[int, int, int], by: tuple[str, ...], before: wire.Keys | None = None
    ) -> wire.Table | None:
        """The same, at (first, last, step), with rows told apart by these labels; None where histograms are in it."""
        first, last, step = points
        rows = len(before.values) if before is not None else 1
        short = (before is not None or not by) and rows * ((last - first) // step + 1) <= SHORT
        data = await self._range(expr, *points, {"stats": "true"}, short=short, flat=True)
        return wire.table(data, by, self._where("query_range", expr), before)

    async def _range(self, expr: str, first: int, last: int, step: int, more: dict[str, str], **how: bool) -> Any:
        form = {"query": expr, "start": str(first), "end": str(last), "step": str(step), "timeout": self._patience}
        return await self._ask("query_range", {**form, **more}, **how)

    async def cost(self, expr: str, at: int) -> wire.Cost | None:
        """What the server says of the cost of a query; None where it says nothing."""
        form = {"query": expr, "time": str(at), "timeout": self._patience, "stats": "all"}
        return wire.cost(await self._ask("query", form))

    async def label_values(self, label: str, match: str, span: Span | None) -> tuple[str, ...]:
        """Of all series ever kept where no span is given."""
        path, form = f"label/{label}/values", _matching(match, span)
        return wire.texts(await self._ask(path, form, post=False), self._where(path, match))

    async def label_names(self, match: str, span: Span | None) -> tuple[str, ...]:
        return wire.texts(await self._ask("labels", _matching(match, span), post=False), self._where("labels", match))

    async def retention(self) -> int | None:
        """Seconds that samples are kept; None where the server does not tell, or only minds their size."""
        try:
            told = str((await self._ask("status/runtimeinfo", {}, post=False)).get("storageRetention", ""))
            return int(parse_duration(told.partition(" or ")[0]))
        except SourceUnavailableError:
            raise
        except (SourceError, AttributeError, ValueError):
            return None

    @property
    def _patience(self) -> str:
        """The source gives up just before we do, and says so: then less can be asked for at a time."""
        return f"{self.endpoint.timeout * 0.9:.3f}"

    async def _ask(self, path: str, form: dict[str, str], **how: bool) -> Any:
        data, _ = await self._answered(path, form, **how)
        return data

    async def _answered(self, path: str, form: dict[str, str], **how: bool) -> tuple[Any, Mapping[str, str]]:
        """The data of the answer, and its headers by names in small letters."""
        where = self._where(path, form.get("query", form.get("match[]", "")))
        async with self._room:
            async for attempt in stamina.retry_context(
                on=self._is_worth_waiting, attempts=ATTEMPTS, wait_initial=0.2, wait_max=2.0, timeout=None
            ):
                with attempt:
                    await self._rest(where)
                    return await self._once(path, form, where, **how)
        raise SourceUnavailableError(f"{where} did not answer")  # pragma: no cover - the loop returns or raises

    def _is_worth_waiting(self, error: Exception) -> bool:
        return isinstance(error, SourceUnavailableError) and error.retry_after <= self.endpoint.timeout

    async def _rest(self, where: str) -> None:
        """As the source asked for; nobody waits longer than for an answer."""
        left = self._rests_until - asyncio.get_running_loop().time()
        if left > self.endpoint.timeout:
            error = SourceUnavailableError(f"{where} is not asked: it wants to be left alone for {left:.0f} s more")
            error.retry_after = left
            raise error
        await asyncio.sleep(max(0.0, left))

    async def _once(
        self, path: str, form: dict[str, str], where: str, *, flat: bool = False, **how: bool
    ) -> tuple[Any, Mapping[str, str]]:
        began, result = time.perf_counter(), "failed"
        try:
            async with self._sent(path, form, **how) as response:
                body = await _whole(response, where)
            self.clock = rests.told_at(response.headers)
            data = self._decoded(response, body, where, flat=flat)
            result = "ok"
        except httpx.HTTPError as error:
            raise SourceUnavailableError(f"{where} did not answer: {type(error).__name__} {error}".rstrip()) from error
        else:
            return data, response.headers
        finally:
            self._observe(self.endpoint.name, result, time.perf_counter() - began)

    def _decoded(self, response: httpx.Response, body: bytes, where: str, *, flat: bool) -> Any:
        try:
            return wire.decode(response.status_code, body, where, flat=flat)
        except SourceUnavailableError as error:
            error.retry_after = rests.wanted(response.headers)
            until = asyncio.get_running_loop().time() + error.retry_after
            self._rests_until = max(self._rests_until, until)
            raise

    def _sent(
        self, path: str, form: dict[str, str], *, post: bool = True, short: bool = False
    ) -> AbstractAsyncContextManager[httpx.Response]:
        """short: the answer is likely to be, and asked for as it is."""
        flavour, tenant = self.flavour, self.endpoint.tenant
        form = {**form, **flavour.parameters}
        headers = {**flavour.headers, **({flavour.tenant: tenant} if tenant else {}), **(_AS_IT_IS if short else {})}
        if post and len(form["query"]) > LONG_URL:
            return self._http.stream("POST", f"api/v1/{path}", data=form, headers=headers)
        return self._http.stream("GET", f"api/v1/{path}", params=form, headers=headers)

    def _where(self, path: str, expr: str) -> str:
        return f"source {self.endpoint.name!r} ({self.endpoint.shown}/api/v1/{path}{', ' + expr[:120] if expr else ''})"


async def _whole(response: httpx.Response, where: str) -> bytes:
    """Of an answer that is too long no more is taken in than it takes to know that."""
    parts, length = list[bytes](), 0
    async for part in response.aiter_bytes():
        parts.append(part)
        length += len(part)
        if length > LONGEST_ANSWER:
            raise IndicatorError(
                f"{where} answered with more than {LONGEST_ANSWER >> 20} MiB, far more series than are wanted: "
                "aggregate the query, as in sum(…) or max(…)"
            )
    return b"".join(parts)


def _matching(match: str, span: Span | None) -> dict[str, str]:
    within = {} if span is None else {"start": str(span.start), "end": str(span.end)}
    return {"match[]": match, **within}
