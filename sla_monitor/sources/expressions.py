"""The expressions a slice is measured by (measurement.md 1), and nothing else.

s: slice length, r: resolution of the source, both in seconds, r divides s. Ranges are one millisecond
shorter than they read, so that a sample on the left border is outside on Prometheus 2 (closed
ranges) as it is on 3 (left-open ones). by: labels whose values are told apart in the answer, a row each.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from fractions import Fraction

from sla_monitor.compliance.ratios import plain
from sla_monitor.sources.flavours import Increase
from sla_monitor.sources.promql import TARGET, Matcher, Selector

FINITE = "> -Inf < +Inf"
"""Drops NaN and both infinities."""


class Native(Enum):
    """How far a server carries native histograms.

    lasting: through last_over_time, as counters. bare: through subqueries alone (Prometheus 2.42), which end
    at a stale marker.
    """

    LASTING = "lasting"
    BARE = "bare"


By = tuple[str, ...]


def increase(series: Selector, s: int, r: int, by: By = (), form: Increase = Increase.EXTRAPOLATED) -> str:
    """Events of `(end-s, end]`, anchored at both borders, so that consecutive slices telescope."""
    return _over("sum", by, _increase(series, s, r, form=form))


def observations(
    histogram: Selector,
    s: int,
    r: int,
    *,
    native: Native | None,
    by: By = (),
    form: Increase = Increase.EXTRAPOLATED,
) -> str:
    """All events of a histogram: of each series the classic count, or else the native one."""
    classic = _increase(histogram.renamed("_count"), s, r, form=form)
    if native is None:
        return _over("sum", by, classic)
    return _over("sum", by, f"{classic} or histogram_count({_increase(histogram, s, r, native)})")


def observations_within(
    histogram: Selector,
    bounds: tuple[str, ...],
    threshold: Fraction,
    s: int,
    r: int,
    *,
    native: Native | None,
    by: By = (),
    form: Increase = Increase.EXTRAPOLATED,
) -> str:
    """Events at or under the threshold: of each series its bucket, or else the share of the native histogram.

    The share of no events is NaN, which the comparison drops: nothing of nothing. Each series is taken for itself:
    added up, the one with the coarsest buckets would blur the others.
    """
    classic = _increase(bucket(histogram, bounds), s, r, form=form)
    if native is None:
        return _over("sum", by, classic)
    grown = _increase(histogram, s, r, native)
    share = f"histogram_fraction(-Inf, {plain(threshold)}, {grown}) * histogram_count({grown}) >= 0"
    return _over("sum", by, f"sum without (le) ({classic}) or ({share})")


def target_up(series: Selector, s: int, borne: Collection[str] = TARGET, by: By = ()) -> str:
    """1 where some target of the series was scraped in the slice, 0 where all scrapes failed.

    `borne`: the labels that `up` bears. A job often scrapes more targets than the series has.
    """
    seen = f"max_over_time({{}}[{_within(s)}])"
    if matchers := series.of_target(borne):
        return _over("max", told_apart(series, borne, by), seen.format(Selector("up", matchers)))
    held = f"last_over_time({series}[{max(300, s)}s])"
    if not by:
        return f"max({seen.format('up')} and on (job, instance) {held})"
    targets = _over("group", (*TARGET, *by), held)
    return _over(
        "max", by, f"{targets} * on (job, instance) group_left () max by (job, instance) ({seen.format('up')})"
    )


def told_apart(series: Selector, borne: Collection[str], by: By) -> By:
    """The labels by which `up` of the series' targets is told apart: what `up` does not bear is one for all."""
    matchers = series.of_target(borne)
    bound = {matcher.label for matcher in matchers}
    return tuple(label for label in by if label in bound) if matchers else by


def raw_samples(series: Selector, s: int, by: By = ()) -> str:
    """How many series have a raw sample in the slice."""
    return _over("count", by, f"count_over_time({series}[{_within(s)}])")


def present(series: Selector, r: int, by: By = ()) -> str:
    """How many series have a raw sample in the last r."""
    return _over("count", by, f"last_over_time({series}[{_within(r)}])")


def merged(aggregation: str, series: Selector, r: int, by: By = ()) -> str:
    """0/1 gauges merged instant by instant, over the series that have a raw sample in the last r."""
    return _over(aggregation, by, f"last_over_time({series}[{_within(r)}]) {FINITE}")


def bucket(histogram: Selector, bounds: tuple[str, ...]) -> Selector:
    """The bucket whose bound is spelled in one of these ways (`5` and `5.0`)."""
    pattern = "|".join(bound.replace(".", "\\.").replace("+", "\\+") for bound in bounds)
    return histogram.renamed("_bucket").narrowed(Matcher("le", "=~", pattern))


def spellings(threshold: Fraction) -> tuple[str, ...]:
    """How the client libraries write a bound: a change of library must not lose the bucket."""
    number, text = float(threshold), plain(threshold)
    said = {text, repr(number), f"{number:g}", text if "." in text else f"{text}.0"}
    return tuple(sorted(one for one in said if float(one) == number))


def _over(aggregation: str, by: By, inner: str) -> str:
    return f"{aggregation} by ({', '.join(by)}) ({inner})" if by else f"{aggregation}({inner})"


def _increase(
    series: Selector, s: int, r: int, native: Native | None = None, form: Increase = Increase.EXTRAPOLATED
) -> str:
    lasting = str(series) if native is Native.BARE else f"last_over_time({series}[{s + r}s])"
    return f"{form.value}({lasting}[{s * 1000 + 1}ms:{r}s])"


def _within(seconds: int) -> str:
    return f"{seconds * 1000 - 1}ms"
