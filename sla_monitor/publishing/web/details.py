"""An agreement and its promises in words, for its own page."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from sla_monitor.compliance import ratios
from sla_monitor.compliance.boards import Entry
from sla_monitor.compliance.explanations import outlined
from sla_monitor.compliance.lifetimes import Lifetime
from sla_monitor.compliance.periods import Rolling
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.terms import (
    Agreement,
    AgreementType,
    Amount,
    Combine,
    Composite,
    Indicator,
    Latency,
    Objective,
    Probe,
    Query,
    Ratio,
    Selection,
    Threshold,
    Value,
)
from sla_monitor.publishing import explanations
from sla_monitor.publishing.explanations import promises
from sla_monitor.publishing.explanations.lines import Step
from sla_monitor.publishing.web import amended, charts, contracts, crediting, dates, exclusions, panels, texts
from sla_monitor.publishing.web.charts import Chart
from sla_monitor.publishing.web.panels import Badge, Figure, Panel

KINDS = {
    AgreementType.CUSTOMER: "Service level agreement with a customer",
    AgreementType.INTERNAL: "Operational level agreement, internal",
    AgreementType.SUPPLIER: "Underpinning contract with a supplier",
}
COMBINED = {
    Combine.ANY: "up while any is up",
    Combine.ALL: "up while all are up",
    Combine.MEAN: "up by the share that is up",
    Combine.QUORUM: "up while most are up",
    Combine.POOLED: "the seconds of each are added up",
}
SHOWN_DIGITS = 3
MOST_EXCLUSIONS = 200
"""A condition may come and go all day."""
Fact = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Burn:
    """A burn rate over a lookback; `fast`: over 1, faster than the budget lasts."""

    lookback: str
    text: str
    fast: bool


@dataclass(frozen=True, slots=True)
class Previous:
    label: str
    dates: str
    badge: Badge
    attainment: Figure
    reason: str
    credit: str


@dataclass(frozen=True, slots=True)
class Detail:
    """`credit` is None where none was agreed; the three after it are empty where nothing more can come."""

    panel: Panel
    promise: str
    chart: Chart | None
    burns: tuple[Burn, ...]
    previous: Previous | None
    without_previous: str
    credit: str | None
    next_credit: str
    most_credit: str
    before_tiers: tuple[crediting.Ahead, ...]
    numbers: tuple[Fact, ...]
    terms: tuple[Fact, ...]
    queries: tuple[Fact, ...]
    excluded: tuple[exclusions.Excluded, ...]
    untold: int
    amendments: tuple[Fact, ...]
    steps: tuple[Step, ...]


def detail(entry: Entry, board_at: int, stale_after: int) -> Detail:
    standing = entry.current
    rolling = isinstance(standing.objective.window, Rolling)
    promised = amended.current(standing.agreement, standing.objective, standing.at)
    return Detail(
        panel=panels.panel(standing, board_at, stale_after),
        promise=promises.promise(promised).replace(" %", f"{texts.THIN}%"),
        chart=charts.burndown(entry),
        burns=_burns(standing),
        previous=None if entry.previous is None else _previous(entry.previous),
        without_previous="a rolling window never closes: it is stated by calendar month"
        if rolling
        else "none has closed yet",
        credit=crediting.due(standing),
        next_credit=crediting.following(standing),
        most_credit=crediting.at_most(standing),
        before_tiers=crediting.left(standing),
        numbers=_numbers(standing),
        terms=_terms(promised),
        queries=_queries(promised.measurement.indicator),
        excluded=exclusions.excluded(standing)[-MOST_EXCLUSIONS:],
        untold=max(0, len(standing.exclusions) - MOST_EXCLUSIONS),
        amendments=amended.of_objective(standing.agreement, standing.objective),
        steps=explanations.steps(outlined(standing)),
    )


def facts(agreement: Agreement, lifetime: Lifetime | None, at: int) -> tuple[Fact, ...]:
    """What the agreement says of itself; what it leaves out is left out."""
    told = (
        ("Provider", agreement.provider),
        ("Customer", _customer(agreement)),
        ("Service", agreement.service),
        ("Scope", agreement.scope),
        *dates.facts(agreement, lifetime, at),
        ("Time zone", agreement.zone.key),
        ("Service hours", _service_hours(agreement)),
        ("Reference", agreement.reference),
        ("Credits of", agreement.credit_of if any(one.remedy for one in agreement.objectives) else ""),
        ("Labels", ", ".join(f"{name}: {value}" for name, value in agreement.labels)),
    )
    return tuple((name, text) for name, text in told if text)


def _service_hours(agreement: Agreement) -> str:
    """Where all objectives share them; else each tells its own."""
    told = {exclusions.hours(objective) for objective in agreement.objectives}
    return "" if told == {"24/7"} else told.pop() if len(told) == 1 else "differ between the objectives"


def _customer(agreement: Agreement) -> str:
    kind = f" ({agreement.customer_kind})" if agreement.customer and agreement.customer_kind else ""
    return f"{agreement.customer}{kind}"


def web_link(text: str) -> str | None:
    """The address, if it is one that may be linked to: no `javascript:`, no `data:`."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme in ("http", "https") and parts.netloc else None


def _burns(standing: Standing) -> tuple[Burn, ...]:
    """None where there is no budget to burn."""
    rates = standing.burn_rates if standing.objective.is_share else {}
    return tuple(_burn(lookback, rate) for lookback, rate in rates.items())


def _burn(lookback: str, rate: float | None) -> Burn:
    if rate is None:
        return Burn(lookback, panels.NOTHING, fast=False)
    return Burn(lookback, _times(rate), fast=rate > 1)


def _times(rate: float) -> str:
    """Short, for seven stand in a row on a phone."""
    if rate == float("inf"):
        return "∞"
    text = f"{rate:,.{max(0, SHOWN_DIGITS - len(str(int(rate))))}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "×"


def _previous(standing: Standing) -> Previous:
    return Previous(
        label=standing.window.label,
        dates=texts.window(standing.window, standing.agreement.zone),
        badge=panels.badge(standing.status),
        attainment=panels.attainment(standing),
        reason=standing.reason,
        credit=crediting.due(standing) or "",
    )


def _numbers(standing: Standing) -> tuple[Fact, ...]:
    objective, projected = standing.objective, standing.projection
    down = projected.max_further_downtime
    return (
        ("Good", texts.amount(objective, standing.good)),
        ("Bad", texts.amount(objective, standing.bad, up=True)),
        ("All", texts.amount(objective, standing.total)),
        ("Allowed bad", texts.amount(objective, None if standing.budget is None else standing.budget.allowed)),
        ("Attainment bounds", _bounds(standing)),
        ("Expected at the end", texts.percent(projected.attainment_at_end)),
        ("Longest outage still allowed", panels.NOTHING if down is None else texts.duration(down)),
        ("Known time", texts.duration(standing.known_seconds)),
        ("Unknown time", texts.duration(standing.unknown_seconds, up=True)),
        ("Excluded time", texts.duration(standing.excluded_seconds)),
    )


def _bounds(standing: Standing) -> str:
    if standing.bounds is None:
        return panels.NOTHING
    lower, upper = (texts.percent(bound) for bound in standing.bounds)
    return lower if lower == upper else f"{lower} to {upper}"


def _terms(objective: Objective) -> tuple[Fact, ...]:
    rounding = objective.rounding
    return (
        ("Warning level", panels.NOTHING if objective.warn_at is None else texts.percent(objective.warn_at)),
        ("Window", contracts.window_text(objective.window)),
        ("Service hours", exclusions.hours(objective)),
        ("Partial windows", objective.partial_window.value),
        ("Method", objective.method.name),
        ("Rounding", "none" if rounding is None else f"{rounding.mode.value}, {rounding.digits} digits"),
        ("Missing data counts as", objective.no_data.value),
        ("Least coverage", texts.percent(objective.min_coverage)),
        ("Slice", texts.duration(objective.measurement.slice_seconds)),
        ("Source", objective.measurement.source),
        *_counted(objective),
    )


def _counted(objective: Objective) -> tuple[Fact, ...]:
    """What of the indicator is not a query."""
    match objective.measurement.indicator:
        case Latency(threshold=threshold):
            return (("Fast enough", f"up to {ratios.plain(threshold)} s"),)
        case Probe(combine=combine):
            return (("Several series", COMBINED[combine]),)
        case Threshold(comparison=comparison, limit=limit):
            return (("Good while the query is", f"{comparison.value} {ratios.plain(limit)}"),)
        case Composite(down=down, of=parts):
            return (("Down while", f"{down.value} of its {len(parts)} parts are"),)
        case Ratio() | Value() | Amount():
            return ()


def _queries(indicator: Indicator) -> tuple[Fact, ...]:
    match indicator:
        case Ratio(total=total, good=good, bad=bad):
            told = (("Good events", good), ("Bad events", bad), ("All events", total))
            return tuple((name, _selection(chosen)) for name, chosen in told if chosen is not None)
        case Latency(histogram=histogram):
            return (("Histogram", histogram),)
        case Probe(series=series):
            return (("Series", series),)
        case Threshold(query=query) | Value(query=query):
            return (("Query", query),)
        case Amount(of=of):
            return (("Amount", _selection(of)),)
        case Composite(of=parts):
            return tuple((f"Part {n}: {name}", text) for n, one in enumerate(parts, 1) for name, text in _queries(one))


def _selection(chosen: Selection) -> str:
    return chosen.expr if isinstance(chosen, Query) else "\n+ ".join(chosen)
