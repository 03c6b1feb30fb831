"""Which windows lie in the time looked back over."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from sla_monitor.compliance.periods import Calendar, Lapse, Rolling, Unit, WindowSpec, rfc3339
from sla_monitor.compliance.spans import Span
from sla_monitor.measuring.past import since, whole
from tests.compliance.specimens import instant

DAY = 86_400
BERLIN = ZoneInfo("Europe/Berlin")
NOW = instant("2026-04-10T15:00:00+00:00")
LATELY = Span(instant("2026-01-15T00:00:00+00:00"), NOW)
WEEK = Rolling(7 * DAY, "7d")


@pytest.mark.parametrize(
    ("over", "start"),
    [
        (Lapse("90d", seconds=90 * DAY), "2026-01-10T15:00:00Z"),
        (Lapse("12 months", months=12), "2025-04-10T15:00:00Z"),
        (Lapse("1 month", months=1), "2026-03-10T16:00:00Z"),  # summer time began in between
        (Lapse("100 years", months=1200), "1970-01-01T00:00:00Z"),
    ],
)
def test_so_much_time_until_now(over: Lapse, start: str) -> None:
    span = since(NOW, BERLIN, over)
    assert (rfc3339(span.start), span.end) == (start, NOW)


@pytest.mark.parametrize(
    ("spec", "labels"),
    [
        (Calendar(Unit.MONTH), ["2026-02", "2026-03"]),
        (Calendar(Unit.MONTH, start_day=20), ["2026-01-20", "2026-02-20"]),
        (Calendar(Unit.QUARTER), []),
    ],
)
def test_whole_windows_only(spec: WindowSpec, labels: list[str]) -> None:
    assert [window.label for window in whole(spec, BERLIN, LATELY)] == labels


def test_a_window_that_ends_right_now_has_ended() -> None:
    end = instant("2026-03-31T22:00:00+00:00")  # midnight in Berlin
    assert [window.label for window in whole(Calendar(Unit.MONTH), BERLIN, Span(LATELY.start, end))][-1] == "2026-03"
    assert [window.label for window in whole(Calendar(Unit.MONTH), BERLIN, Span(LATELY.start, end - 1))] == ["2026-02"]


def test_a_rolling_window_stood_somewhere_at_each_midnight() -> None:
    found = list(whole(WEEK, BERLIN, LATELY))
    assert [window.label for window in (found[0], found[-1])] == ["2026-01-23", "2026-04-10"]
    assert {window.span.seconds for window in found} == {7 * DAY}
    assert len(found) == 78, "9 days of January, 28, 31, and 10 of April"
    assert found[0].span.start >= LATELY.start
