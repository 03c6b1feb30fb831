"""Boards made by the real core from invented traffic, one objective for each way of standing.

`board()` gives all of `CONTRACTS`; a test that needs a story of its own passes its own contracts:

    board(Contract(name="acme", stories=(Story(troubles=(Trouble(ago="2h", lasts="30m"),)),)))
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache, lru_cache, partial
from itertools import chain
from zoneinfo import ZoneInfo

import numpy as np

from sla_monitor.agreements.timetables import Timetable, schedule_of
from sla_monitor.compliance import burndowns, lifetimes, methods, slices, standings, verdicts
from sla_monitor.compliance.boards import Board, Entry
from sla_monitor.compliance.exclusions import Rule
from sla_monitor.compliance.methods import Method
from sla_monitor.compliance.periods import (
    Calendar,
    Lapse,
    Rolling,
    Unit,
    Window,
    WindowSpec,
    previous_window,
    rolling_window,
    window_at,
)
from sla_monitor.compliance.ratios import Comparison, Rounding, RoundingMode, parse_duration, parse_ratio
from sla_monitor.compliance.remedies import CreditTier, Remedy, Tiered
from sla_monitor.compliance.slices import Cells
from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.compliance.standings import Standing, Status
from sla_monitor.compliance.terms import (
    Agreement,
    AgreementName,
    AgreementType,
    Contact,
    EscalationStep,
    Hours,
    Indicator,
    Measurement,
    NoData,
    Objective,
    ObjectiveName,
    PartialWindow,
    Probe,
    Ratio,
    Renewal,
    Reviews,
    SourceName,
)

AT = int(datetime(2026, 10, 21, 12, tzinfo=UTC).timestamp())
"""A Wednesday noon in a month of 31 days; in Berlin the month is an hour longer for DST."""

BEGIN = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
MONTH = Calendar(Unit.MONTH)
BERLIN = ZoneInfo("Europe/Berlin")
TIERS = tuple(
    CreditTier(parse_ratio(below), parse_ratio(credit))
    for below, credit in (("99.9%", "10%"), ("99%", "25%"), ("95%", "100%"))
)
REMEDY = Remedy(Tiered(TIERS), of="monthly fee")


@dataclass(frozen=True)
class Trouble:
    """A stretch that began `ago`, counted back from the board's instant; `bad` None: nobody measured."""

    ago: str
    lasts: str
    bad: float | None = 1.0


@dataclass(frozen=True, kw_only=True)
class Story:
    """One objective and what its service went through. `background`: the bad share of all other time."""

    name: str = "availability"
    target: str = "99.9%"
    warn_at: str | None = None
    method: Method = methods.EVENTS
    window: WindowSpec = MONTH
    troubles: tuple[Trouble, ...] = ()
    background: float = 0.0
    per_minute: int = 1000
    remedy: Remedy | None = None
    rounding: Rounding | None = None
    no_data: NoData = NoData.UNKNOWN
    partial_window: PartialWindow = PartialWindow.PRORATE
    description: str = ""
    hours: Hours | None = None


@dataclass(frozen=True, kw_only=True)
class Contract:
    """An agreement and the stories of its objectives."""

    name: str
    stories: tuple[Story, ...] = (Story(),)
    customer: str = "Acme GmbH"
    service: str = "payments-api"
    title: str = ""
    zone: ZoneInfo = ZoneInfo("UTC")  # noqa: RUF009 - zones are immutable and cached
    term: Span = Span(BEGIN, FOREVER)  # noqa: RUF009 - frozen
    until: int | None = None
    renewal: Renewal | None = None
    terminated: int | None = None
    reviews: Reviews | None = None
    type: AgreementType = AgreementType.CUSTOMER
    labels: tuple[tuple[str, str], ...] = ()
    reference: str = ""
    exclusions: tuple[Rule, ...] = ()


CONTRACTS = (
    Contract(
        name="acme-payments",
        title="Payments API for Acme",
        zone=BERLIN,
        term=Span(BEGIN - 3600, FOREVER),
        until=int(datetime(2027, 1, 1, tzinfo=BERLIN).timestamp()),
        renewal=Renewal(Lapse("12 months", months=12), Lapse("60 days", days=60)),
        reviews=Reviews(Lapse("3 months", months=3), ("Payments service owner", "Acme GmbH")),
        labels=(("tier", "gold"), ("cost-center", "4711")),
        reference="MSA-2026-014",
        stories=(
            Story(
                name="availability",
                description="Share of API requests answered without a server error.",
                background=0.0004,
                remedy=REMEDY,
                warn_at="99.95%",
                rounding=Rounding(2, RoundingMode.DOWN),
            ),
            Story(
                name="latency",
                target="99%",
                troubles=(Trouble("35d", "12h"), Trouble("4d", "3h", 0.6), Trouble("40m", "40m", 0.9)),
            ),
            Story(
                name="reachable",
                target="99.95%",
                method=methods.TIME,
                troubles=(Trouble("9d", "47m"), Trouble("26h", "11m")),
                remedy=REMEDY,
            ),
        ),
    ),
    Contract(
        name="globex-search",
        title="Search <for> Globex & partners",
        customer='Globex "EU" & Söhne',
        service="search",
        stories=(
            Story(name="availability", target="99.5%", troubles=(Trouble("14d", "9d", None),)),
            Story(
                name="uptime",
                method=methods.TIME,
                window=Rolling(30 * 86400, "30d"),
                troubles=(Trouble("12d", "41m"), Trouble("3h", "20m", None)),
            ),
        ),
    ),
    Contract(
        name="initech-batch",
        customer="Initech",
        service="batch",
        type=AgreementType.INTERNAL,
        zone=ZoneInfo("America/New_York"),
        stories=(
            Story(name="weekly", target="99%", window=Calendar(Unit.WEEK), per_minute=3),
            Story(name="daily", target="95%", window=Calendar(Unit.DAY), troubles=(Trouble("5h", "25m"),)),
            Story(name="perfect", target="100%", method=methods.TIME, window=Calendar(Unit.QUARTER)),
            Story(name="idle", target="99.9%", per_minute=0),
        ),
    ),
    Contract(
        name="umbrella-cdn",
        customer="Umbrella",
        service="cdn",
        type=AgreementType.SUPPLIER,
        term=Span(AT + 12 * 86400, FOREVER),
    ),
    Contract(
        name="vandelay-import",
        customer="Vandelay",
        service="import",
        term=Span(BEGIN, AT - 4 * 86400),
        until=AT - 4 * 86400,
    ),
)
"""Every status, with and without a closed window, zones, methods, windows and credits."""


def board(
    *contracts: Contract, at: int = AT, faults: tuple[str, ...] = (), timetable: Timetable = schedule_of
) -> Board:
    """The board of these contracts, or of all of `CONTRACTS`."""
    shown = _plain if timetable is schedule_of else partial(_shown, timetable=timetable)
    agreements, found = zip(*(shown(contract, at) for contract in contracts or CONTRACTS), strict=True)
    entries = tuple(chain.from_iterable(found))
    breaches = {entry.current.key: _breaches(entry) for entry in entries}
    dates = {made.name: lifetimes.lifetime(made, at) for made in agreements}
    return Board(
        entries=entries,
        agreements=agreements,
        faults=faults,
        at=at,
        breaches=breaches,
        lifetimes=dates,
        declared=timetable.declared,
    )


def _shown(contract: Contract, at: int, timetable: Timetable = schedule_of) -> tuple[Agreement, tuple[Entry, ...]]:
    made = agreement(contract)
    told = zip(made.objectives, contract.stories, strict=True)
    return made, tuple(_entry(made, promised, story, at, timetable) for promised, story in told)


_plain = lru_cache(_shown)
"""Nobody changes them, and judging a quarter minute by minute takes longer than most tests that look at it."""


def agreement(contract: Contract) -> Agreement:
    return Agreement(
        name=AgreementName(contract.name),
        labels=contract.labels,
        title=contract.title,
        type=contract.type,
        provider="Payments team",
        customer=contract.customer,
        customer_kind="external",
        service=contract.service,
        scope="Public API, production only.",
        restrictions=("At most 500 requests a second per key.",),
        reference=contract.reference,
        zone=contract.zone,
        term=contract.term,
        until=contract.until,
        renewal=contract.renewal,
        terminated=contract.terminated,
        reviews=contract.reviews,
        objectives=tuple(objective(story) for story in contract.stories),
        contacts=(Contact("SRE on call", "escalation", url="https://example.com/oncall"),),
        escalation=(EscalationStep(Fraction(0), "SRE on call", "Acknowledge and open an incident"),),
        credit_of="monthly fee",
        exclusions=contract.exclusions,
    )


def objective(story: Story) -> Objective:
    indicator: Indicator = Ratio(total=("requests_total",), bad=("errors_total",))
    if story.method is methods.TIME:
        indicator = Probe("probe_success")
    return Objective(
        name=ObjectiveName(story.name),
        description=story.description,
        target=parse_ratio(story.target),
        comparison=Comparison.GE,
        warn_at=None if story.warn_at is None else parse_ratio(story.warn_at),
        measurement=Measurement(SourceName("default"), indicator, 60),
        method=story.method,
        window=story.window,
        partial_window=story.partial_window,
        no_data=story.no_data,
        min_coverage=Fraction(9, 10),
        rounding=story.rounding,
        remedy=story.remedy,
        hours=story.hours,
    )


def cells(story: Story, span: Span, at: int) -> Cells:
    """A cell a minute over the span, as the troubles left it."""
    starts = np.arange(span.start // 60 * 60, span.end, 60)
    bad = np.full(len(starts), story.background)
    known = np.full(len(starts), 60)
    for trouble in story.troubles:
        begin = at - int(parse_duration(trouble.ago))
        inside = (starts >= begin) & (starts < begin + int(parse_duration(trouble.lasts)))
        known[inside] = 0 if trouble.bad is None else 60
        bad[inside] = 0 if trouble.bad is None else trouble.bad
    total = np.where(known > 0, story.per_minute if story.method is methods.EVENTS else 60, 0).astype(np.float64)
    # Whole events only, spread evenly, so that sums are as exact as those of real counters.
    good = total - np.diff(np.floor(np.cumsum(total * bad) + 1e-6), prepend=0.0)
    return slices.cells_of(slices.Slices(60, starts, good, total, known))


def _entry(made: Agreement, promised: Objective, story: Story, at: int, timetable: Timetable) -> Entry:
    window = _current(promised.window, made.zone, at)
    standing = _judged(made, promised, story, window, at, timetable=timetable)
    past = None if isinstance(promised.window, Rolling) else previous_window(promised.window, made.zone, window)
    has_past = past is not None and made.term.start < past.span.end
    return Entry(
        current=standing,
        previous=_judged(made, promised, story, past, at, timetable=timetable)
        if past is not None and has_past
        else None,
        drawn=cache(
            lambda: burndowns.burndown(
                made, standing, cells(story, window.span.before(at), at), timetable(made, promised, window.span)
            )
        ),
    )


def _current(spec: WindowSpec, zone: ZoneInfo, at: int) -> Window:
    return rolling_window(spec, at) if isinstance(spec, Rolling) else window_at(spec, zone, at)


def _judged(
    made: Agreement, promised: Objective, story: Story, window: Window, at: int, *, timetable: Timetable
) -> Standing:
    reach = standings.reach(window, at)
    schedule = timetable(made, promised, Span(reach.start, max(reach.end, window.span.end)))
    facts = standings.facts_of(made, promised, window, at, cells(story, reach, at), schedule=schedule)
    return verdicts.judge(made, promised, facts)


def _breaches(entry: Entry) -> int:
    windows = (entry.current, entry.previous)
    return sum(standing is not None and standing.status is Status.BREACHED for standing in windows)


def only(contract: Contract, **changes: object) -> Contract:
    """The contract with a single story, its fields changed."""
    return replace(contract, stories=(replace(contract.stories[0], **changes),))  # type: ignore[arg-type]
