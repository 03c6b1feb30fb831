"""A standing in words and figures, ready for a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sla_monitor.compliance.budgets import Budget
from sla_monitor.compliance.periods import rfc3339
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.standings import Standing, Status
from sla_monitor.publishing.web import texts

WORDS = {
    Status.BREACHED: "Breached",
    Status.AT_RISK: "At risk",
    Status.UNKNOWN: "Unknown",
    Status.PENDING: "Pending",
    Status.MET: "Met",
    Status.ENDED: "Ended",
}
"""In order of how much they ask for attention."""
SEVERITY = {status: rank for rank, status in enumerate(WORDS)}
NOTHING = "–"
FULL = 100
"""Width of a bar, in percent."""


@dataclass(frozen=True, slots=True)
class Badge:
    value: str
    word: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, and what is said of it in small print; `when` is its instant for machines."""

    text: str
    note: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """`bar` is the width of the budget left, 0 to 100; None: no budget to picture."""

    agreement: str
    name: str
    description: str
    badge: Badge
    attainment: Figure
    budget: Figure
    bar: str | None
    overdrawn: bool
    exhaustion: Figure
    window: Figure
    coverage: Figure
    poorly_covered: bool
    late: str
    reason: str


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old the picture is; `behind` is empty while it is as fresh as it should be."""

    as_of: Figure | None
    behind: str


def badge(status: Status) -> Badge:
    return Badge(status.value, WORDS[status])


def worst(standings: Sequence[Standing]) -> Badge | None:
    """The status that asks for most attention; None where nothing was measured."""
    statuses = (standing.status for standing in standings)
    found = min(statuses, key=SEVERITY.__getitem__, default=None)
    return None if found is None else badge(found)


def panel(standing: Standing, board_at: int, stale_after: int) -> Panel:
    left = _left(standing)
    return Panel(
        agreement=standing.agreement.name,
        name=standing.objective.name,
        description=standing.objective.description,
        badge=badge(standing.status),
        attainment=attainment(standing),
        budget=budget(standing),
        bar=None if left is None else _bar(left),
        overdrawn=left is not None and left.remaining < 0,
        exhaustion=exhaustion(standing),
        window=window(standing),
        coverage=coverage(standing),
        poorly_covered=_poorly_covered(standing),
        late=_late(standing, board_at, stale_after),
        reason=standing.reason,
    )


def freshness(at: int | None, now: int, stale_after: int) -> Freshness:
    if at is None:
        return Freshness(None, "Nothing has been measured yet.")
    as_of = Figure(texts.moment(at, ZoneInfo("UTC")), f"{texts.ago(max(0, now - at))} ago", rfc3339(at))
    old = now - at > stale_after
    return Freshness(as_of, f"This picture is {texts.ago(now - at)} old" if old else "")


def target(standing: Standing) -> str:
    sign = standing.objective.comparison.value.replace(">=", "≥").replace("<=", "≤")
    return f"{sign}{texts.THIN}{texts.value(standing.objective, standing.objective.target)}"


def attainment(standing: Standing) -> Figure:
    share = standing.value if standing.percent is None else standing.percent / 100
    less = standing.objective.comparison in (Comparison.LE, Comparison.LT)
    return Figure(texts.value(standing.objective, share, up=less), f"target {target(standing)}")


def budget(standing: Standing) -> Figure:
    left, objective = _left(standing), standing.objective
    if left is None:
        return Figure(NOTHING)
    allowed = texts.amount(objective, left.allowed)
    if left.remaining < 0:
        note = f"{allowed} allowed" if left.allowed else "nothing may be bad"
        return Figure(f"−{texts.amount(objective, -left.remaining, up=True)}", note)
    if left.allowed == 0:
        return Figure(NOTHING, "nothing may be bad" if objective.target == 1 else "no events yet")
    share = texts.percent(left.remaining_ratio, 1)
    known = ", as far as known" if _poorly_covered(standing) else ""
    return Figure(texts.amount(objective, left.remaining), f"{share} of {allowed}{known}")


def exhaustion(standing: Standing) -> Figure:
    """When the budget runs out if the pace of the last six hours goes on."""
    left, projected, zone = _left(standing), standing.projection, standing.agreement.zone
    if standing.complete and left is not None:
        return Figure(NOTHING, "the window is closed")
    if left is None or (left.allowed == 0 and left.remaining >= 0):
        return Figure(NOTHING)
    if left.remaining < 0:
        return Figure("used up", "cannot be regained" if standing.breach_certain else "can still be regained")
    if projected.exhaustion is not None:
        wait = texts.ago(max(0, projected.exhaustion - standing.at))
        return Figure(texts.moment(projected.exhaustion, zone), f"in {wait}", rfc3339(projected.exhaustion))
    if projected.attainment_at_end is None:
        return Figure("not known", "no data of the last 6 h")
    return Figure("not at this pace")


def _left(standing: Standing) -> Budget | None:
    """Without data there is no budget to speak of, nor of what is no share."""
    return standing.budget if standing.is_known else None


def window(standing: Standing) -> Figure:
    zone, shown = standing.agreement.zone, standing.window
    if shown.kind == "rolling":
        return Figure(texts.window(shown, zone), f"since {texts.moment(shown.span.start, zone)}")
    return Figure(texts.window(shown, zone), f"{shown.kind}, closed" if standing.complete else shown.kind)


def coverage(standing: Standing) -> Figure:
    wanted = f"under the agreed {texts.percent(standing.objective.min_coverage)}"
    return Figure(texts.percent(standing.coverage, 2), wanted if _poorly_covered(standing) else "")


def _late(standing: Standing, board_at: int, stale_after: int) -> str:
    """Of an objective that lags behind the rest of the board: its source does not answer."""
    if standing.complete or board_at - standing.at <= stale_after:
        return ""
    return f"Measured only until {texts.moment(standing.at, standing.agreement.zone)}"


def _poorly_covered(standing: Standing) -> bool:
    return standing.coverage is not None and standing.coverage < standing.objective.min_coverage


def _bar(left: Budget) -> str | None:
    if left.allowed == 0:
        return None
    return f"{max(0.0, min(1.0, float(left.remaining_ratio))) * FULL:.1f}"
