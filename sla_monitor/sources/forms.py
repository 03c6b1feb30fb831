"""In which form a measurement is asked for, in words."""

from __future__ import annotations

from sla_monitor.compliance.ratios import plain
from sla_monitor.compliance.readings import Want
from sla_monitor.compliance.terms import Amount, Composite, Down, Latency, Query, Ratio
from sla_monitor.sources.discovery import Discovery
from sla_monitor.sources.expressions import Native
from sla_monitor.sources.flavours import Increase

_CLASSIC = {
    Increase.EXTRAPOLATED: "anchored increases at {}",
    Increase.EXACT: "anchored increases without extrapolation at {}",
}
_NATIVE = {
    Native.LASTING: "anchored increases of native histograms at {}",
    Native.BARE: "increases of native histograms at {}, anchored save where a scrape failed at a border, as this "
    "server's last_over_time loses them",
}


async def told(discovery: Discovery, want: Want) -> str:
    """What was found out is told, and where it stands in the way of an exact number."""
    every = f"{discovery.spacing_of(want.measurement)} s"
    match want.measurement.indicator:
        case Latency() as latency:
            return await _latency(discovery, want, latency)
        case Ratio(total=Query()) | Amount(of=Query()):
            return "your query at the end of each slice"
        case Ratio() | Amount():
            return _CLASSIC[await discovery.increase()].format(every)
        case Composite(down, parts):
            verb = "are" if down is Down.ALL else "is"
            return f"down while {down.value} of {len(parts)} parts {verb}, at {every} or finer"
        case _:
            return f"sampled every {every}"


async def _latency(discovery: Discovery, want: Want, latency: Latency) -> str:
    r = discovery.spacing_of(want.measurement)
    native = await discovery.native(want.measurement, want.span, r)
    form = (_CLASSIC[await discovery.increase()] if native is None else _NATIVE[native]).format(f"{r} s")
    if native is None or not await discovery.is_interpolated(latency, want.span.end):
        return form
    return f"{form}; {plain(latency.threshold)} s lies inside a bucket, so the server estimates how many are under it"
