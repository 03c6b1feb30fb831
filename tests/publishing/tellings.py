"""Stories to be explained: one for each method, and for every way in which a standing can be odd."""

from __future__ import annotations

from sla_monitor.compliance.readings import Asked
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span
from tests.compliance.specimens import instant
from tests.publishing.explaining import Told, events, sampled

NAN = float("nan")
SHOP = """\
apiVersion: sla-monitor/v1
kind: Agreement
metadata: {name: shop}
spec:
  title: Shop API for Acme
  provider: Payments team
  customer: Acme GmbH
  reference: MSA-2026-014
  timezone: Europe/Berlin
  rounding: {digits: 2, mode: half-up}
  exclusions:
    - name: sunday-maintenance
      category: maintenance
      during: {rrule: 'FREQ=WEEKLY;BYDAY=SU;BYHOUR=2;BYMINUTE=0', length: 2h}
      allowance: {upTo: 5h, per: month}
  credits:
    schedule: [{below: 99.9%, credit: 10%}, {below: 99%, credit: 25%}]
    of: monthly fee
    claimWithin: 30 days
  objectives:
    - name: availability
      description: Share of requests answered without a server error.
      target: 99%
      slice: 1h
      indicator: {ratio: {bad: 'http_requests_total{code=~"5.."}', total: http_requests_total}}
  amendments:
    - effective: 2026-10-16
      reason: First review
      agreedBy: [Acme GmbH]
      objectives: [{name: availability, target: 99.5%}]
"""
QUERIES = (
    Asked("bad", 'sum(increase(http_requests_total{code=~"5.."}[1h]))', 3600, at_end=True),
    Asked("total", "sum(increase(http_requests_total[1h]))", 3600, at_end=True),
)
OCTOBER = ("2026-09-30T22:00:00+00:00", "2026-10-31T20:00:00+00:00")
REQUESTS = {
    "2026-10-03T10:00:00+00:00": (40.0, 100.0),
    "2026-10-03T11:00:00+00:00": (70.0, 100.0),
    "2026-10-20T08:00:00+00:00": (0.0, 100.0),
    "2026-10-21T03:00:00+00:00": (0.0, 0.0),
    "2026-10-21T04:00:00+00:00": None,
    "2026-10-21T05:00:00+00:00": None,
}
MIDNIGHT = "2026-06-01T00:00:00+00:00"
DAY = Span(instant(MIDNIGHT), instant(MIDNIGHT) + 86_400)
AFTER = "2026-06-03T00:00:00+00:00"


def promising(target: str, indicator: str, *lines: str, spec: tuple[str, ...] = ()) -> str:
    """One promise to Acme, by the day where nothing else is said."""
    head = ["apiVersion: sla-monitor/v1", "kind: Agreement", "metadata: {name: acme}", "spec:", "  customer: Acme"]
    window = [] if any(line.startswith("window:") for line in lines) else ["window: day"]
    body = [f"target: {target}", f"indicator: {indicator}", *window, *lines]
    return "\n".join(
        (
            *head,
            *(f"  {line}" for line in spec),
            "  objectives:",
            "    - name: promise",
            *(f"      {line}" for line in body),
        )
    )


def minutes(*down: tuple[int, int], dark: tuple[int, int] = (0, 0), of: int = 1440) -> Slices:
    """Minutes of four samples each, down from the first of each pair to before the second; none in `dark`."""
    states = [[0.0 if any(a <= index < b for a, b in down) else 1.0] * 4 for index in range(of)]
    for index in range(*dark):
        states[index] = [NAN] * 4
    return sampled(MIDNIGHT, 60, states)


def daily(text: str, slices: Slices, at: str = AFTER, asked: tuple[Span, ...] = (DAY,)) -> Told:
    return Told(text, slices, asked, "2026-06-01", at)


def hourly(changes: dict[int, tuple[float, float] | None], *, each: float = 10.0, until: int = 24) -> Slices:
    """Hours of a day, in minutes; each minute holds so many events."""
    named = {f"2026-06-01T{index // 60:02}:{index % 60:02}:00+00:00": said for index, said in changes.items()}
    end = "2026-06-02T00:00:00+00:00" if until == 24 else f"2026-06-01T{until:02}:00:00+00:00"
    return events(MIDNIGHT, end, 60, each=each, changes=named)


PROBE, RATIO = "{probe: {series: probe_success}}", "{ratio: {bad: errors_total, total: requests_total}}"
GAUGE, COUNTER = "{value: {query: probe_duration_seconds}}", "{amount: {counter: leads_total}}"
SAMPLES = sampled(MIDNIGHT, 60, [[0.03, 0.05, 0.04, 0.06], [0.02, NAN, NAN, 0.1], [NAN] * 4], values=True)
LEADS = events("2026-06-11T00:00:00+00:00", "2026-06-26T00:00:00+00:00", 3600, each=1.0, changes={})
FIVE_MINUTES = {60: (5.0, 10.0), 61: (5.0, 10.0), 120: (0.0, 0.0), 300: (9.0, 10.0)}

TOLD = {
    "events": Told(
        SHOP,
        events(*OCTOBER, 3600, each=100.0, changes=REQUESTS),
        (Span(instant(OCTOBER[0]), instant(OCTOBER[1])),),
        "2026-10",
        "2026-11-02T00:00:00+00:00",
        QUERIES,
    ),
    "outages": daily(
        promising("99.5%", PROBE, "method: {time: {atLeast: 5m}}"), minutes((60, 64), (600, 610), dark=(700, 703))
    ),
    "quanta": daily(
        promising(
            "99.5%", PROBE, "method: {time: {atLeast: 5m, count: excess, quantum: {of: 10m, mode: ceil}, edge: clip}}",
            "noData: bad",
        ),
        minutes((0, 3), (60, 64), (600, 612), dark=(700, 730)),
    ),
    "hours": daily(
        promising("99.9%", PROBE, spec=("timezone: Europe/Berlin", 'serviceHours: "Mo-Fr 08:00-18:00"')),
        minutes((420, 425), (30, 200)),
    ),
    "graded": daily(
        promising("99.9%", RATIO, "method: {intervals: {every: 5m, empty: exclude, weight: time}}"),
        hourly(FIVE_MINUTES),
    ),
    "judged": daily(
        promising(
            "99.9%",
            RATIO,
            "method: {intervals: {every: 1m, badWhen: '> 5%', atLeast: 2m, minEvents: 5, lowTraffic: good}}",
        ),
        hourly({**FIVE_MINUTES, 700: None}),
    ),
    "total": Told(
        promising("'>= 500'", COUNTER, "window: month", "slice: 1h", spec=("term: {from: 2026-06-11}",)),
        LEADS,
        (Span(instant("2026-06-11T00:00:00+00:00"), instant("2026-06-26T00:00:00+00:00")),),
        "current",
        "2026-06-26T00:00:00+00:00",
    ),
    "amended-total": Told(
        promising("'<= 500'", COUNTER, "window: month", "slice: 1h")
        + "\n  amendments: [{effective: 2026-06-16, objectives: [{name: promise, target: '<= 300'}]}]",
        LEADS,
        (Span(instant("2026-06-11T00:00:00+00:00"), instant("2026-06-26T00:00:00+00:00")),),
        "current",
        "2026-06-26T00:00:00+00:00",
    ),
    "mean": daily(promising("'<= 45ms'", GAUGE, "method: mean", "minCoverage: 0.1%"), SAMPLES),
    "slice-means": daily(
        promising("'<= 45ms'", GAUGE, "method: {mean: {weight: slice}}", "minCoverage: 0.1%"), SAMPLES
    ),
    "percentile": daily(
        promising("'<= 45ms'", GAUGE, "method: {percentile: {p: 95}}", "minCoverage: 0.1%"), SAMPLES
    ),
    "highest": daily(promising("'< 0.2'", GAUGE, "method: max", "minCoverage: 0.1%"), SAMPLES),
    "nothing-sampled": daily(
        promising("'< 0.2'", GAUGE, "method: max"), sampled(MIDNIGHT, 60, [[NAN] * 4], values=True)
    ),
    "longest-outage": daily(
        promising("'<= 5m'", PROBE, "method: {spells: {statistic: longest, atLeast: 2m}}"),
        minutes((60, 61), (600, 610), (800, 804)),
    ),
    "between-outages": daily(
        promising("'>= 4h'", PROBE, "method: {spells: {statistic: between}}"), minutes((60, 61), (600, 610), (800, 804))
    ),
    "no-outage": daily(promising("'<= 2'", PROBE, "method: {spells: {statistic: count}}"), minutes()),
    "poorly-known": daily(promising("99.9%", RATIO), hourly({}, until=10)),
    "nothing-known": daily(promising("99.9%", RATIO), hourly({}, until=0), asked=()),
    "pending": daily(
        promising("100%", RATIO, spec=("term: {from: 2027-01-01}",)), hourly({}), at="2026-06-01T12:00:00+00:00"
    ),
    "partial": daily(
        promising(
            "100%", PROBE, "partialWindow: assume-good",
            spec=('term: {from: "2026-06-01T12:00:00Z"}', "credits: {flat: 10%}"),
        ),
        minutes(),
    ),
    "cut-window": Told(
        promising("99.9%", PROBE, "window: month", "partialWindow: assume-good")
        + "\n  amendments: [{effective: 2026-06-02, objectives: [{name: promise, window: week}]}]",
        minutes((600, 602)),
        (DAY,),
        "2026-06-01",
        "2026-06-20T00:00:00+00:00",
    ),
    "silent": daily(promising("99.9%", RATIO), hourly({}, each=0.0)),
    "rolling": Told(
        promising("99.9%", RATIO, "window: {rolling: 2h}"), hourly({}), (DAY,), "current", "2026-06-01T12:00:30+00:00"
    ),
    "many": daily(
        promising("99.9%", RATIO),
        hourly(
            dict.fromkeys(range(0, 60, 4), (9.0, 10.0))
            | dict.fromkeys(range(120, 240, 8))
            | dict.fromkeys((600, 602), (999.0, 1000.0))
        ),
    ),
}  # fmt: skip
