"""A statement with everything that one may hold, made by the real core from invented slices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from sla_monitor.compliance import accounts, evidences, judgements, notations, statements
from sla_monitor.compliance.exclusions import Applied, Effect, Once, Origin, Refusal, Rule
from sla_monitor.compliance.methods import TIME, Stat, Statistic
from sla_monitor.compliance.periods import Calendar, Lapse, Rolling, Unit, window_at, zone_of
from sla_monitor.compliance.ratios import Comparison, Rounding, RoundingMode
from sla_monitor.compliance.readings import Asked
from sla_monitor.compliance.remedies import CreditTier, Remedy, Tiered
from sla_monitor.compliance.schedules import Schedule
from sla_monitor.compliance.slices import Slices
from sla_monitor.compliance.spans import Span, Spans
from sla_monitor.compliance.statements import Draft, Statement
from sla_monitor.compliance.terms import (
    Agreement,
    Amendment,
    Measurement,
    Objective,
    ObjectiveName,
    Policy,
    Probe,
    Ratio,
    SourceName,
    Value,
)
from tests.compliance.specimens import agreement, instant, objective

BERLIN = zone_of("Europe/Berlin")
OCTOBER = window_at(Calendar(Unit.MONTH), BERLIN, instant("2026-10-15T00:00Z"))
BEGIN, END = OCTOBER.span.start, OCTOBER.span.end
HOUR, DAY = 3600, 86_400
SOURCE = SourceName("default")
ALL = 'http_requests_total{job="payments"}'
BAD = 'http_requests_total{job="payments",code=~"5.."}'
REQUESTS = Measurement(SOURCE, Ratio((ALL,), bad=(BAD,)), 60)
PROBE = Measurement(SOURCE, Probe('probe_success{job="payments-probe"}'), 60)
DELAY = Measurement(SOURCE, Value('avg(probe_duration_seconds{job="backbone"})'), 300)
ASKED = {
    REQUESTS.key: (
        Asked("total", f"sum(increase(last_over_time({ALL}[75s])[60001ms:15s]))", 60, at_end=True),
        Asked("bad", f"sum(increase(last_over_time({BAD}[75s])[60001ms:15s]))", 60, at_end=True),
    ),
    PROBE.key: (Asked("value", 'max(last_over_time(probe_success{job="payments-probe"}[14999ms]))', 15, at_end=False),),
}
TIERS = ((999, 10), (990, 25), (950, 100))
REMEDY = Remedy(
    Tiered(tuple(CreditTier(Fraction(below, 1000), Fraction(share, 100)) for below, share in TIERS)),
    of="monthly fee",
    claim=Lapse("30 days", days=30),
)
TEXT = """\
apiVersion: sla-monitor/v1
kind: Agreement
metadata: {name: acme-payments}
spec:
  title: Payments API for Acme <GmbH> & partners
  customer: Acme GmbH
"""
BEGUN = BEGIN + 12 * DAY


def promises() -> tuple[Objective, ...]:
    return (
        objective(
            "99.9",
            measurement=REQUESTS,
            description="Share of API requests answered without a server error.",
            remedy=REMEDY,
            rounding=Rounding(2, RoundingMode.DOWN),
        ),
        objective("99.95", TIME, measurement=PROBE, name=ObjectiveName("reachable"), window=Rolling(30 * DAY, "30d")),
        replace(
            objective(measurement=DELAY, name=ObjectiveName("delay"), comparison=Comparison.LE, shown_in="ms"),
            method=Stat(Statistic.MEAN),
            target=Fraction(45),
        ),
    )


def contract() -> Agreement:
    first, *others = promises()
    amendment = Amendment(
        BEGIN + 15 * DAY, "First review", ("Acme GmbH", "Payments team"), Policy.WEIGHTED,
        (replace(first, target=Fraction(9995, 10_000)),),
    )  # fmt: skip
    return replace(
        agreement(first, *others, zone=BERLIN, term=Span(instant("2026-01-01T00:00Z"), instant("2027-01-01T00:00Z"))),
        name="acme-payments",
        title="Payments API for Acme <GmbH> & partners",
        provider="Payments team",
        customer="Acme GmbH",
        service="payments-api",
        scope="Public REST API, production only.",
        reference="MSA-2026-014",
        restrictions=("At most 500 requests a second per key.",),
        amendments=(amendment,),
    )


def held() -> dict[str, Slices]:
    """Two hours of errors, an outage of 41 minutes with 90 minutes unknown a week later, and a slow backbone."""
    starts = np.arange(BEGIN, END, 60, dtype=np.int64)
    total = np.full(len(starts), 300.0)
    bad = np.where((starts >= BEGUN) & (starts < BEGUN + 2 * HOUR), 150.0, np.where(starts // 60 % 240 == 7, 1.0, 0.0))
    whole = np.full(len(starts), 60, dtype=np.int64)
    down = (starts >= BEGUN) & (starts < BEGUN + 41 * 60)
    gap = (starts >= BEGUN + 7 * DAY) & (starts < BEGUN + 7 * DAY + 90 * 60)
    states = np.where(gap, np.nan, np.where(down, 0.0, 1.0))[:, None].repeat(4, axis=1)
    known = np.where(gap, 0, 60)
    slow = np.arange(BEGIN, END, 300, dtype=np.int64)
    samples = np.where(slow // 300 % 3 == 0, 52.25, 43.5)[:, None].repeat(2, axis=1)
    return {
        REQUESTS.key: Slices(60, starts, total - bad, total, whole),
        PROBE.key: Slices(60, starts, np.nansum(states, axis=1) * 15, known.astype(np.float64), known, states),
        DELAY.key: Slices(300, slow, samples.sum(axis=1), np.full(len(slow), 2.0), np.full(len(slow), 300), samples),
    }


def schedule() -> Schedule:
    maintenance = Rule("sunday-maintenance", "maintenance", Once(Span(BEGIN, END)))
    upgrade = Rule("upgrade", "customer-caused", Once(Span(BEGIN, END)), effect=Effect.GOOD)
    sunday = Span(BEGIN + 3 * DAY + 2 * HOUR, BEGIN + 3 * DAY + 4 * HOUR)
    late = Span(BEGUN, BEGUN + 10 * 60)
    used_up = Refusal(Span(sunday.start + HOUR, sunday.end), "the allowance of 1 h a month is used up")
    return Schedule(
        None,
        (
            Applied(maintenance, sunday, Spans.of([Span(sunday.start, sunday.start + HOUR)]), (used_up,)),
            Applied(upgrade, late, Spans.of([late]), origin=Origin("Ann", "asked for by Acme")),
        ),
    )


def draft(*, plan: Schedule | None = None, made_at: int = END + DAY, only: Sequence[str] = ()) -> Draft:
    """`plan`: what was excluded; `only`: the objectives that are stated, all where none is named."""
    made, slices = contract(), held()
    whole = Spans.of([OCTOBER.span])
    chosen = [one for one in made.objectives if not only or one.name in only]
    told = [
        accounts.account_of(
            judgements.judge(made, one, OCTOBER, END, slices, schedule=plan or schedule()),
            whole,
            [one.measurement.key],
        )
        for one in chosen
    ]
    evidence: dict[str, Any] = {
        "agreement": {"sha256": notations.digest(TEXT), "text": TEXT},
        "calendars": [{"name": "plan.ics", "sha256": notations.digest("BEGIN:VCALENDAR")}],
        "slices": [
            evidences.evidence_of(m, OCTOBER.span, slices[m.key], ASKED.get(m.key, ()))
            for m in dict.fromkeys(one.measurement for one in chosen)
        ],
    }
    return statements.drafted(made, OCTOBER, told, evidence, made_at=made_at, program="1.2.3")


def statement() -> Statement:
    return draft().issued(10, 1, "e" * 64)


def restated() -> Statement:
    """Without the exclusion that favoured the outage."""
    first = statement()
    only = Schedule(None, schedule().exclusions[:1])
    again = statements.restated(draft(plan=only, made_at=END + 9 * DAY), first, "The upgrade was not announced.", "Ann")
    assert again is not None
    return again.issued(10, 2, first.sha256)
