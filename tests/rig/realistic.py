"""Traffic as a cluster makes it and Prometheus scrapes it, and the events that really happened.

Pods come and go in mid-slice, containers restart, errors come in bursts, scrapes have a phase and
jitter, get lost (Prometheus away: no sample) or fail (`up` is 0 and the pod's series get stale markers).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tests.rig.remotewrite import STALE, Series

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
DAY = 86_400.0
AFTERWARDS = 900.0


@dataclass(frozen=True)
class Incidents:
    """What people are called for, and what they do at night; rates per month of thirty days.

    Failures. GitHub's availability reports tell of 2 to 6 a month over all its services (June 2022, March and October
    2023, January and July 2024); companies in FireHydrant's benchmark (53,034 incidents) had 10 to 49, of which 27 %
    were severe: one service has its share of them. Lengths are lognormal (Davidovič, "Incident Metrics in SRE"). Of ten
    in those reports the middle is two and a half hours, from 48 minutes to 19 hours; GitLab aims at half an hour. From
    "0.5 % of requests" and "5 % on average" over 63 and 75 % to "a hard outage" all occurs. Four in five begin in
    working hours, when people change things (a talk at SREcon; the hours of FireHydrant's incidents agree).

    Work. Contracts put it between 0 and 6 o'clock, often once a month, for one hour up to four; told afterwards were 7
    minutes (Statuspage, Fortrabbit), half an hour to an hour, and 140 minutes (Winbooks). Everything fails meanwhile.

    By these some 80 minutes a month are bad. The example that Google's reliability engineers give of a service's risks
    comes to 185, without its daily overload.
    """

    failures: float = 2.0
    failure_length: float = 60 * 60.0  # the middle; one in six is 2.7 times as long
    failure_share: tuple[float, float] = (0.01, 1.0)  # of the requests, from and to: each order as often
    in_working_hours: float = 0.8  # share of the failures
    work: float = 1.0
    work_length: float = 30 * 60.0  # the middle; one in six is 2.2 times as long


@dataclass(frozen=True)
class Story:
    """How a service lives; times in seconds, rates per day where not said otherwise."""

    job: str
    seed: int = 0
    slots: int = 3  # pods at one time
    resolution: int = 15
    per_second: float = 1.5  # requests a pod at the mean of the day
    pod_life: float = 1.5 * DAY
    restarts: float = 0.3  # a pod
    bursts: float = 4.0  # at any instant
    timed_bursts: float = 20.0  # on a whole minute, as scheduled jobs bring them: right on the slice border
    crashes: float = 0.5  # share of the restarts before which the process fails its requests for a while
    background: float = 0.0005  # share of requests that fail out of bursts
    failed_scrapes: float = 0.005
    lost_scrapes: float = 0.002
    outages: float = 0.2  # Prometheus itself away for one to ten minutes
    lazy_errors: bool = True  # as client libraries do it, a process has no error counter before its first error
    incidents: Incidents | None = None  # with them it is the same month otherwise, to the last request


@dataclass(frozen=True)
class Happened:
    """Every event at its instant, and the series Prometheus kept of them."""

    series: list[Series]
    instants: Floats  # ascending
    bad: Bools

    def between(self, start: float, end: float) -> tuple[int, int]:
        """Good and total events of [start, end)."""
        first, last = np.searchsorted(self.instants, (start, end))
        failed = int(self.bad[first:last].sum())
        return int(last - first) - failed, int(last - first)


class Life(NamedTuple):
    """One pod: when it serves (a run each, counters begin at nothing), when its target is known."""

    pod: str
    runs: list[tuple[float, float]]
    known: tuple[float, float]


def happen(start: float, end: float, story: Story) -> Happened:
    """The story over [start, end), deterministic by its seed."""
    rng = np.random.default_rng([story.seed, 7])
    weather, incidents = _weather(rng, start, end, story), _incidents(start, end, story)
    away = _outages(rng, start, end, story)
    series: list[Series] = []
    instants: list[Floats] = []
    bad: list[Bools] = []
    for slot in range(story.slots):
        for life in _lives(rng, start, end, slot, story):
            runs = life.runs
            events = [_events(rng, run, weather, incidents, story, restarted=run is not runs[-1]) for run in runs]
            series += _scraped(rng, life, events, away, story)
            instants += [at for at, _ in events]
            bad += [failed for _, failed in events]
    everything = np.concatenate(instants)
    order = np.argsort(everything, kind="stable")
    return Happened(series, everything[order], np.concatenate(bad)[order])


class Bursts(NamedTuple):
    begin: Floats
    end: Floats
    share: Floats  # of the requests that fail


def _weather(rng: np.random.Generator, start: float, end: float, story: Story) -> Bursts:
    days = (end - start) / DAY
    loose, timed = rng.poisson(story.bursts * days), rng.poisson(story.timed_bursts * days)
    begin = rng.uniform(start, end, loose + timed)
    # Scheduled work is put where traffic is low, and begins on the minute.
    begin[loose:] = start + DAY * rng.integers(0, max(int(days), 1), timed) + 60 * rng.integers(0, 600, timed)
    # From seconds to minutes, shorter and longer than a slice; a scheduled job is over sooner.
    length = np.minimum(rng.lognormal(np.log(30), 1.0, loose + timed), 1800)
    length[loose:] = rng.uniform(2, 20, timed)
    return Bursts(begin, begin + length, rng.uniform(0.1, 0.9, loose + timed))


def _incidents(start: float, end: float, story: Story) -> Bursts:
    kind = story.incidents
    if kind is None:
        return Bursts(*np.zeros((3, 0)))
    rng, days = np.random.default_rng([story.seed, 8]), (end - start) / DAY
    failures, work = rng.poisson(kind.failures * days / 30), int(kind.work * days / 30 + rng.random())
    by_day = rng.random(failures) < kind.in_working_hours
    hour = np.where(by_day, rng.uniform(9, 17, failures), rng.uniform(0, 24, failures))
    hour = np.append(hour, rng.integers(0, 5, work))
    length = np.append(
        rng.lognormal(np.log(kind.failure_length), 1.0, failures),
        np.minimum(rng.lognormal(np.log(kind.work_length), 0.8, work), 4 * 3600),
    )
    share = np.append(np.exp(rng.uniform(*np.log(kind.failure_share), failures)), np.ones(work))
    begin = start + DAY * rng.integers(0, max(int(days), 1), failures + work) + 3600 * hour
    return Bursts(begin, begin + length, share)


def _outages(rng: np.random.Generator, start: float, end: float, story: Story) -> list[tuple[float, float]]:
    count = rng.poisson(story.outages * (end - start) / DAY)
    begin = rng.uniform(start, end, count)
    return [(float(at), float(at + length)) for at, length in zip(begin, rng.uniform(60, 600, count), strict=True)]


def _lives(rng: np.random.Generator, start: float, end: float, slot: int, story: Story) -> list[Life]:
    lives: list[Life] = []
    # The first pod was there before the story: its counters do not begin inside.
    born = start - rng.uniform(0.05, 0.5) * DAY
    while born < end:
        died = born + max(300.0, rng.exponential(story.pod_life))
        # Whoever is left serves on for a while: the last slice has samples after it.
        died = min(max(died, start + 60), end + AFTERWARDS)
        # A pod serves some seconds before it is discovered, and is known some seconds after its end.
        known = (born + rng.uniform(0, 10), died + rng.uniform(0, 10))
        pod = f"{story.job}-{slot}-{len(lives)}"
        lives.append(Life(pod, _runs(rng, born, died, story), known))
        born = died + rng.uniform(1, 40)
    return lives


def _runs(rng: np.random.Generator, born: float, died: float, story: Story) -> list[tuple[float, float]]:
    runs = []
    begin = born
    for stop in np.sort(rng.uniform(born, died, rng.poisson(story.restarts * (died - born) / DAY))):
        if stop > begin:
            runs.append((begin, float(stop)))
            begin = float(stop) + rng.uniform(2, 25)
    return [*runs, (begin, died)] if begin < died else runs


def _events(
    rng: np.random.Generator,
    run: tuple[float, float],
    weather: Bursts,
    incidents: Bursts,
    story: Story,
    *,
    restarted: bool,
) -> tuple[Floats, Bools]:
    begin, end = run
    peak = 2 * story.per_second
    at = np.sort(rng.uniform(begin, end, rng.poisson(peak * (end - begin))))
    # By day twice the mean, by night almost nothing: a mean of ratios goes wrong there.
    at = at[rng.random(len(at)) < 0.5 - 0.45 * np.cos(2 * np.pi * at / DAY)]
    share = np.full(len(at), story.background)
    for part, failing in _parts(at, weather):
        share[part] = failing
    for part, failing in _parts(at, incidents):
        share[part] = np.maximum(share[part], failing)
    if restarted and rng.random() < story.crashes:
        share[at > end - rng.uniform(1, 60)] = 0.9
    return at, rng.random(len(at)) < share


def _parts(at: Floats, bursts: Bursts) -> Iterator[tuple[slice, float]]:
    """Of the instants those that are in each of them."""
    first, last = np.searchsorted(at, bursts.begin), np.searchsorted(at, bursts.end)
    return ((slice(*part), share) for *part, share in zip(first, last, bursts.share, strict=True))


def _scraped(
    rng: np.random.Generator,
    life: Life,
    events: list[tuple[Floats, Bools]],
    away: list[tuple[float, float]],
    story: Story,
) -> list[Series]:
    at, until = _scrapes(rng, life, away, story)
    run = np.searchsorted([begin for begin, _ in life.runs], at, side="right") - 1
    serving = (run >= 0) & (at < np.array([end for _, end in life.runs])[np.maximum(run, 0)])
    answered = serving & (rng.random(len(at)) >= story.failed_scrapes)
    labels = {"job": story.job, "instance": f"{life.pod}:8080", "pod": life.pod}
    series = [_with_end({"__name__": "up", **labels}, at, answered.astype(np.float64), until)]
    for code, failed in (("200", False), ("500", True)):
        values = np.full(len(at), STALE)
        for number, (instants, bad) in enumerate(events):
            mine = answered & (run == number)
            values[mine] = np.searchsorted(instants[bad == failed], at[mine], side="right")
        if failed and story.lazy_errors:
            values[values == 0] = STALE
        named = {"__name__": "http_requests_total", "code": code, **labels}
        series.append(_with_end(named, at, values, until))
    return series


def _scrapes(
    rng: np.random.Generator, life: Life, away: list[tuple[float, float]], story: Story
) -> tuple[Floats, float | None]:
    """The instants of the scrapes, and of the stale markers at the target's end where they are written."""
    begin, end = life.known
    phase = rng.uniform(0, story.resolution)
    first = np.ceil((begin - phase) / story.resolution)
    planned = phase + story.resolution * np.arange(first, np.ceil((end - phase) / story.resolution) + 1)
    # Prometheus holds its grid to some milliseconds; under load a scrape begins late, now and then by a lot.
    late = rng.exponential(0.004, len(planned)) + (rng.random(len(planned)) < 0.01) * rng.uniform(0, 2, len(planned))
    at = np.round(planned + late, 3)
    kept = rng.random(len(at)) >= story.lost_scrapes
    for gone, back in away:
        kept &= (at < gone) | (at >= back)
    # The last planned instant is the first after the target vanished: there Prometheus ends its series.
    return at[:-1][kept[:-1]], float(at[-1]) if kept[-1] else None


def _with_end(labels: dict[str, str], at: Floats, values: Floats, until: float | None) -> Series:
    instants = at if until is None else np.append(at, until)
    ended = values if until is None else np.append(values, STALE)
    stale = ended.view(np.uint64) == np.array(STALE).view(np.uint64)
    # A marker ends a series that was there; there is none before its first value, nor after another one.
    kept = ~stale | np.concatenate([[False], ~stale[:-1]]) if len(stale) else stale
    return Series(labels, np.round(instants[kept] * 1000).astype(np.int64), ended[kept])
