"""Burn-down charts as the numbers an SVG is drawn with.

The plot is stretched to whatever width it gets: x is in percent of it, y in pixels, and the curve in
units of its own, so that texts and strokes keep their size on a phone.
"""

from __future__ import annotations

from dataclasses import dataclass

from sla_monitor.compliance import periods
from sla_monitor.compliance.boards import Entry
from sla_monitor.compliance.periods import Calendar, Unit
from sla_monitor.compliance.spans import Span
from sla_monitor.compliance.standings import Point, Standing
from sla_monitor.publishing.web import texts

UNITS = 1000
"""The curve's own units, in both directions."""
TOP, HEIGHT = 22, 190
"""Pixels above the plot, and of it."""
LOWEST = -1.0
"""A budget overdrawn further than once over leaves the chart."""
MARGIN = 0.14
"""Below zero there is always some room, so that the breach area can be seen."""
Place = tuple[float, float]
EDGE = 20.0
"""Percent at either side that, on a phone, the labels of the window's ends need."""
NARROW = 5.0
"""Percent at either side where a short word would leave the plot."""


@dataclass(frozen=True, slots=True)
class Label:
    at: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Chart:
    """`curve`, `area`, `even` and `ahead` are SVG paths in the curve's units; `ahead` may be empty."""

    curve: str
    area: str
    even: str
    ahead: str
    zero: float
    zero_units: float
    levels: tuple[Label, ...]
    ticks: tuple[Label, ...]
    now: Label | None
    clipped: bool
    words: str


@dataclass(frozen=True, slots=True)
class _Scale:
    span: Span
    low: float

    def x(self, instant: int) -> float:
        share = (instant - self.span.start) / max(1, self.span.seconds)
        return max(0.0, min(1.0, share)) * UNITS

    def y(self, ratio: float) -> float:
        return (1 - max(self.low, min(1.0, ratio))) / (1 - self.low) * UNITS

    def pixel(self, ratio: float) -> float:
        return TOP + self.y(ratio) * HEIGHT / UNITS


def burndown(entry: Entry) -> Chart | None:
    """None where there is no budget to burn."""
    standing, points = entry.current, entry.burndown
    if not points or standing.attainment is None:
        return None
    lowest = min(point.remaining_ratio for point in points)
    scale = _Scale(standing.window.span, max(LOWEST, min(0.0, lowest)) - MARGIN)
    curve = _path(_thinned(points, scale))
    promised = standing.window.span.intersect(standing.agreement.term)
    return Chart(
        curve=curve,
        area=f"{curve}L{scale.x(points[-1].at):.1f} {scale.y(0):.1f}L{scale.x(points[0].at):.1f} {scale.y(0):.1f}Z",
        even=_path([(scale.x(promised.start), scale.y(1)), (scale.x(promised.end), scale.y(0))]),
        ahead=_ahead(standing, scale, points[-1]),
        zero=scale.pixel(0),
        zero_units=scale.y(0),
        levels=tuple(
            Label(scale.pixel(level), _level(level)) for level in (1.0, 0.5, 0.0, -0.5, -1.0) if level > scale.low
        ),
        ticks=_ticks(standing, scale),
        now=_now(standing, scale),
        clipped=lowest < LOWEST,
        words=_words(standing),
    )


def _thinned(points: tuple[Point, ...], scale: _Scale) -> list[Place]:
    """The first and the last point of each column: what lies between cannot be seen."""
    columns: dict[int, tuple[Place, Place]] = {}
    for point in points:
        place = scale.x(point.at), scale.y(point.remaining_ratio)
        first, _ = columns.get(int(place[0]), (place, place))
        columns[int(place[0])] = first, place
    return [place for ends in columns.values() for place in dict.fromkeys(ends)]


def _path(places: list[Place]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)


def _ahead(standing: Standing, scale: _Scale, last: Point) -> str:
    exhaustion = standing.projection.exhaustion
    if exhaustion is None or standing.complete:
        return ""
    return _path([(scale.x(last.at), scale.y(last.remaining_ratio)), (scale.x(exhaustion), scale.y(0))])


def _level(level: float) -> str:
    return "used up" if level == 0 else f"{level:.0%}".replace("%", f"{texts.THIN}%").replace("-", "−")


def _now(standing: Standing, scale: _Scale) -> Label | None:
    x = scale.x(standing.at) / UNITS * 100
    return None if standing.complete else Label(x, "now", _anchor(x))


def _anchor(x: float) -> str:
    return "start" if x < NARROW else "end" if x > 100 - NARROW else "middle"


def _ticks(standing: Standing, scale: _Scale) -> tuple[Label, ...]:
    """The window's two ends, and calendar borders between them, in the agreement's zone."""
    zone, span = standing.agreement.zone, standing.window.span
    short = span.seconds <= 2 * texts.DAY
    last = texts.clock(span.end, zone) if short else _short_day(span.end - 1, standing)
    ends = (
        Label(0, texts.clock(span.start, zone) if short else _short_day(span.start, standing), "start"),
        Label(100, last, "end"),
    )
    inner = (Label(scale.x(at) / UNITS * 100, text) for at, text in _borders(standing, short=short))
    return (ends[0], *(label for label in inner if EDGE < label.at < 100 - EDGE), ends[1])


def _borders(standing: Standing, *, short: bool) -> list[tuple[int, str]]:
    zone, span = standing.agreement.zone, standing.window.span
    windows = periods.windows_beginning_in(Calendar(_spacing(span.seconds)), zone, span)
    starts = [window.span.start for window in windows]
    if not short:
        return [(start, _short_day(start, standing)) for start in starts]
    return [(start, text) for start in starts if (text := texts.clock(start, zone)) in ("06:00", "12:00", "18:00")]


def _spacing(seconds: int) -> Unit:
    limits = ((2, Unit.HOUR), (10, Unit.DAY), (62, Unit.WEEK), (200, Unit.MONTH))
    return next((unit for days, unit in limits if seconds <= days * texts.DAY), Unit.QUARTER)


def _short_day(instant: int, standing: Standing) -> str:
    return texts.day(instant, standing.agreement.zone).rsplit(" ", 1)[0]


def _words(standing: Standing) -> str:
    left = texts.percent(None if standing.budget is None else standing.budget.remaining_ratio, 1)
    when = texts.moment(standing.at, standing.agreement.zone)
    return f"Burn-down of the error budget of {standing.objective.name}: {left} left as of {when}."
