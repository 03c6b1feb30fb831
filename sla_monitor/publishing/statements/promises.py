"""One promise of a statement in words and figures: read off its account alone, so that it always reads the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from zoneinfo import ZoneInfo

from sla_monitor.compliance import periods
from sla_monitor.compliance.notations import Record, parsed
from sla_monitor.compliance.standings import Status
from sla_monitor.publishing.web import panels, texts
from sla_monitor.publishing.web.panels import Badge

NOTHING = panels.NOTHING
UTC = periods.zone_of("UTC")
MOST = 12
"""So many rows of a table are printed; the JSON has them all."""

Fact = tuple[str, str]
Rows = tuple[tuple[str, ...], ...]

_SIGNS = {">=": "≥", ">": ">", "<=": "≤", "<": "<"}
_LIMITS = {">=": "at least", ">": "more than", "<=": "at most", "<": "less than"}
_SHARES = {
    "events": "of all events are good",
    "seconds": "of the time is good",
    "intervals": "of all intervals are good",
}
_STATISTICS = {
    "mean": "the mean",
    "max": "the highest value",
    "min": "the lowest value",
    "total": "the total",
    "longest": "the longest outage",
    "count": "the number of outages",
    "between": "the mean time between outages",
}
_POLICIES = {
    "weighted": "the window weighs both",
    "at-start": "counts from the next window on",
    "at-end": "counts for the whole window",
    "split": "the window is judged in parts",
}


@dataclass(frozen=True, slots=True)
class Unit:
    """What the terms say of the numbers."""

    unit: str
    is_share: bool
    shown_in: str


@dataclass(frozen=True, slots=True)
class Table:
    """`more`: how many rows were left out."""

    head: tuple[str, ...]
    rows: Rows
    more: int = 0


@dataclass(frozen=True, slots=True)
class Promise:
    """Empty tables are left out. `incidents` None: it was not looked for."""

    name: str
    description: str
    sentence: str
    badge: Badge
    reason: str
    target: str
    result: str
    credit: str
    claim: str
    figures: tuple[Fact, ...]
    terms: tuple[Fact, ...]
    incidents: Table | None
    exclusions: Table
    amendments: Table


def promise(account: Record, window: Record, zone: ZoneInfo) -> Promise:
    return Promise(
        name=account["objective"],
        description=account["description"],
        sentence=sentence(account["terms"], window["kind"]),
        badge=panels.badge(Status(account["status"])),
        reason=account["reason"],
        target=target(account["terms"]),
        result=result(account),
        credit=credit(account),
        claim=_claim(account["credit"], zone),
        figures=_figures(account),
        terms=_terms(account["terms"]),
        incidents=None if account["incidents"] is None else _incidents(account, zone),
        exclusions=_exclusions(account, zone),
        amendments=_amendments(account, zone),
    )


def unit_of(terms: Record) -> Unit:
    return Unit(terms["unit"], terms["is_share"], terms["shown_in"])


def target(terms: Record) -> str:
    """`≥ 99.9 %`."""
    return f"{_SIGNS[terms['comparison']]}{texts.THIN}{_limit(terms)}"


def _limit(terms: Record) -> str:
    return texts.value(unit_of(terms), parsed(terms["target"]))


def sentence(terms: Record, kind: str) -> str:
    """`At least 99.9 % of all events are good, in every month.`"""
    limit = f"{_LIMITS[terms['comparison']]} {_limit(terms)}"
    said = f"{limit} {_SHARES[terms['unit']]}" if terms["is_share"] else f"{_statistic(terms)} is {limit}"
    over = f"over {terms['rolling']}, stated by the month" if terms["rolling"] else f"in every {kind}"
    return f"{said[0].upper()}{said[1:]}, {over}."


def _statistic(terms: Record) -> str:
    if terms["method"] == "percentile":
        return f"the percentile {terms['statistic']}"
    if terms["method"] == "spells" and terms["statistic"] == "mean":
        return "the mean length of outages"
    return _STATISTICS[terms["statistic"] or terms["method"]]


def result(account: Record) -> str:
    """What was compared with the target."""
    percent = parsed(account["percent"])
    number = parsed(account["value"]) if percent is None else percent / 100
    return texts.value(unit_of(account["terms"]), number, up=account["terms"]["comparison"].startswith("<"))


def credit(account: Record) -> str:
    """What is owed; a dash where none was agreed."""
    told = account["credit"]
    if told is None:
        return NOTHING
    if told["ratio"] is None:
        return "no verdict, so no credit"
    share = texts.percent(parsed(told["ratio"]))
    days = parsed(told["days"])
    owed = share if days is None else f"{texts.count(days)} {'day' if days == 1 else 'days'} of service ({share})"
    base = f" of the {told['of']}" if told["of"] and parsed(told["ratio"]) else ""
    least = f", if that is {_least(told['condition'])}" if told["condition"] else ""
    leave = "; a right to terminate" if told["termination"] else ""
    return f"{owed}{base}{least}{leave}"


def _least(condition: Record) -> str:
    return f"{_LIMITS[condition['comparison']]} {condition['money']} {condition['currency']}"


def _claim(told: Record | None, zone: ZoneInfo) -> str:
    """By when it is to be claimed; empty where nothing is."""
    return "" if told is None or told["claim_until"] is None else moment(told["claim_until"], zone)


def moment(text: str, zone: ZoneInfo) -> str:
    """An RFC 3339 instant in the agreement's zone."""
    return texts.moment(periods.parse_instant(text, UTC), zone)


def _figures(account: Record) -> tuple[Fact, ...]:
    unit, budget = unit_of(account["terms"]), account["budget"] or {}
    known = (
        ("Bounds, all unknown time bad or good", _bounds(account)),
        ("Good", texts.amount(unit, parsed(account["good"]))),
        ("Bad", texts.amount(unit, parsed(account["bad"]), up=True)),
        ("All", texts.amount(unit, parsed(account["total"]))),
        ("Allowed bad", texts.amount(unit, parsed(budget.get("allowed")))),
        ("Coverage", texts.percent(parsed(account["coverage"]), 4)),
        ("Unknown time", texts.duration(account["unknown_seconds"], up=True)),
        ("of that never asked for", texts.duration(account["unmeasured_seconds"], up=True)),
        ("Excluded time", texts.duration(account["excluded_seconds"])),
    )
    return tuple((name, text) for name, text in known if text not in (NOTHING, "0s"))


def _bounds(account: Record) -> str:
    """Only where something is unknown."""
    if account["bounds"] is None:
        return NOTHING
    unit = unit_of(account["terms"])
    lower, upper = (texts.value(unit, parsed(bound)) for bound in account["bounds"])
    return NOTHING if lower == upper else f"{lower} to {upper}"


def _terms(terms: Record) -> tuple[Fact, ...]:
    rounding, hours = terms["rounding"], terms["service_hours"]
    holidays = f", public holidays of {terms['holidays']}" if terms["holidays"] else ""
    return (
        ("Method", terms["method"]),
        ("Service hours", f"{hours}{holidays}"),
        ("Rounding", "none" if rounding is None else f"{rounding['mode']}, {rounding['digits']} digits"),
        ("Missing data counts as", terms["no_data"]),
        ("Least coverage", texts.percent(parsed(terms["min_coverage"]))),
        ("Partial windows", terms["partial_window"]),
    )


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Table:
    return Table(head, tuple(rows[:MOST]), max(0, len(rows) - MOST))


def _incidents(account: Record, zone: ZoneInfo) -> Table:
    """The gravest first."""
    unit = unit_of(account["terms"])
    told = account["incidents"]
    found = sorted(told["gravest"], key=lambda one: (-Fraction(one["bad"]), one["from"]))[:MOST]
    rows = [
        (
            moment(one["from"], zone),
            texts.duration(one["seconds"], up=True),
            texts.amount(unit, parsed(one["bad"]), up=True),
            texts.percent(parsed(one["worst"]), 2),
            texts.percent(parsed(one["budget_share"]), 2),
        )
        for one in found
    ]
    head = ("Began", "Lasted", "Bad", "Worst share", "Share of the budget")
    return Table(head, tuple(rows), told["count"] - len(rows))


def _exclusions(account: Record, zone: ZoneInfo) -> Table:
    rows = [
        (
            _declared(one),
            one["category"].replace("-", " "),
            f"{moment(one['from'], zone)} – {moment(one['until'], zone)}",
            _what(one),
            "; ".join(_refused(refused) for refused in one["refused"]) or NOTHING,
        )
        for one in account["exclusions"]
    ]
    return _table(("Exclusion", "Category", "When", "Outcome", "Refused"), rows)


def _what(told: Record) -> str:
    amount = texts.duration(told["counted_seconds"]) if told["counted_seconds"] else "nothing"
    return f"{amount} {'left out' if told['effect'] == 'drop' else 'counts as up'}"


def _declared(told: Record) -> str:
    """Who declared it and why, where the agreement itself does not say it."""
    said = ": ".join(text for text in (told["author"], told["reason"]) if text)
    return f"{told['name']} ({said})" if said else str(told["name"])


def _refused(told: Record) -> str:
    start, end = (periods.parse_instant(told[name], UTC) for name in ("from", "until"))
    return f"{texts.duration(end - start)}: {told['reason']}"


def _amendments(account: Record, zone: ZoneInfo) -> Table:
    unit = unit_of(account["terms"])
    rows = [
        (
            moment(one["effective"], zone),
            f"{texts.value(unit, parsed(one['target_before']))} → {texts.value(unit, parsed(one['target_after']))}",
            _POLICIES[one["policy"]],
            one["reason"] or NOTHING,
            ", ".join(one["agreed_by"]) or NOTHING,
        )
        for one in account["amendments"]
    ]
    return _table(("Effective", "Target", "How it counts", "Reason", "Agreed by"), rows)
