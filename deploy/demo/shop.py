"""The services of the demo and what befell them; the past and the live service are both made of this."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RESOLUTION = 30
HOUR = 3600
DAY = 24 * HOUR
WEEK = 7 * DAY
SUNDAY = 3 * DAY  # the first there was, counted from 1970
HISTORY_DAYS = 63  # so that all of the last month is there, also on the last of August

PROBES = ("fra", "nyc")
BACKBONE, MAIL = "backbone", "mail-relay"


@dataclass(frozen=True)
class Service:
    job: str
    pods: int
    per_second: float  # requests a pod, mean of the day
    within: tuple[tuple[str, float], ...]  # share of requests at or under a bound, bounds ascending
    failing: float  # share of requests that fail on a good day
    seconds: float  # mean time of a request

    def instances(self) -> list[str]:
        return [f"{self.job}-{pod}:8080" for pod in range(self.pods)]


CHECKOUT = Service("shop-checkout", 3, 6.0, (("0.1", 0.82), ("0.3", 0.996), ("1.0", 0.9995)), 0.0002, 0.09)
SEARCH = Service("shop-search", 2, 9.0, (("0.1", 0.55), ("0.5", 0.985), ("2.0", 0.9995)), 0.0008, 0.14)
SERVICES = (CHECKOUT, SEARCH)


class Trouble(Enum):
    FAILING = "requests fail"
    SLOW = "requests are slow"
    DOWN = "probes fail, a minute in two"
    BACKLOG = "mail waits"
    RESTART = "the pod starts anew"
    AWAY = "Prometheus itself is away"


@dataclass(frozen=True)
class Incident:
    name: str
    trouble: Trouble
    whom: str  # job, instance or probe; empty means everybody
    begin: float  # seconds before the present
    length: float
    share: float = 1.0  # of the requests it touches

    def touches(self, at: Floats, now: float) -> NDArray[np.bool_]:
        begin = now - self.begin
        return (at > begin) & (at <= begin + self.length)


@dataclass(frozen=True)
class Weekly(Incident):
    """`begin` counts from the beginning of each Sunday, UTC."""

    def touches(self, at: Floats, now: float) -> NDArray[np.bool_]:  # noqa: ARG002 - it comes whenever it is told
        return (at - SUNDAY - self.begin) % WEEK < self.length


# Set against rolling windows of 30 days, so that the demo says the same on every day of a month.
INCIDENTS = (
    Incident("slow night", Trouble.SLOW, "", 24 * DAY, 5 * HOUR, 0.4),
    Incident("mail backlog", Trouble.BACKLOG, MAIL, 18 * DAY, 1.5 * HOUR),
    Incident("Prometheus away", Trouble.AWAY, "", 12 * DAY, 1 * HOUR),
    # A minute in two: 40 of the 43 minutes that 99.9 % of 30 days allow.
    Incident("flapping probe", Trouble.DOWN, "fra", 9 * DAY, 80 * 60),
    Incident("pod restart", Trouble.RESTART, CHECKOUT.instances()[1], 6 * DAY, 45),
    Incident("index built anew", Trouble.FAILING, SEARCH.job, 3 * DAY, 17 * 60, 0.08),
    # From 3 or 4 in the morning, by the clocks of Berlin.
    Weekly("maintenance", Trouble.FAILING, CHECKOUT.job, 2 * HOUR, 40 * 60, 0.3),
    Incident("bad deploy", Trouble.FAILING, CHECKOUT.job, 4 * HOUR, 2.5 * HOUR, 0.7),
)


def concerning(trouble: Trouble, *whom: str) -> list[Incident]:
    return [one for one in INCIDENTS if one.trouble is trouble and one.whom in {"", *whom}]


def traffic(service: Service, at: Floats) -> Floats:
    """Requests a second of one pod: by day three times as many as by night."""
    return service.per_second * (1 - 0.5 * np.cos(2 * np.pi * (at - 2 * HOUR) / DAY))


def share(trouble: Trouble, service: Service, at: Floats, now: float, usual: float) -> Floats:
    """The share of requests in trouble at each instant."""
    shares = np.full(len(at), usual)
    for incident in concerning(trouble, service.job):
        shares[incident.touches(at, now)] = incident.share
    return shares


def requests(
    service: Service, at: Floats, step: float, *, failing: Floats, slow: Floats, rng: np.random.Generator
) -> dict[str, Ints | Floats]:
    """What the steps that end at `at` add to each counter of one pod; buckets are cumulative."""
    counts = rng.poisson(traffic(service, at) * step)
    failed = rng.binomial(counts, failing)
    late = rng.binomial(counts, slow)
    added: dict[str, Ints | Floats] = {"code=200": counts - failed, "code=500": failed}
    within = counts
    for bound, kept in reversed(_kept(service)):
        # Slow requests pass all bounds but the last: from the widest bucket to the narrowest, never growing.
        last = bound == service.within[-1][0]
        within = rng.binomial(within if last else np.minimum(within, counts - late), kept)
        added[f"le={bound}"] = within
    added |= {"le=+Inf": counts, "count": counts, "sum": (counts + 6.0 * late) * service.seconds}
    return added


def _kept(service: Service) -> list[tuple[str, float]]:
    """Each bound with the share of the next wider bucket that lies in it."""
    wider = [kept for _, kept in service.within[1:]] + [1.0]
    return [(bound, kept / next_) for (bound, kept), next_ in zip(service.within, wider, strict=True)]


def labels(job: str, instance: str, counter: str) -> dict[str, str]:
    """The series a counter of `requests` is kept as."""
    kind, _, value = counter.partition("=")
    name = "http_requests_total" if kind == "code" else f"http_request_duration_seconds_{'bucket' if value else kind}"
    return {"__name__": name, "job": job, "instance": instance, **({kind: value} if value else {})}
