"""Runs of time that was worse than promised: exact at the border, and whatever the amounts come to."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import slices
from sla_monitor.compliance.incidents import Incident, incidents_of
from sla_monitor.compliance.spans import Span, Spans
from tests.compliance.specimens import measured

ROWS = ((0, 90), (1, 100), (2, 100), (5, 100), (0, 0), (3, 100))
"""Bad and total of a minute each."""


@pytest.mark.parametrize("scale", [0.25, 1, 10**6, 10**9, 2**46])
def test_the_same_runs_however_much_there_is(scale: float) -> None:
    """Of the largest a sum in billionths is no integer of a processor; none of them is rounded."""
    rows = [(60 * i, (total - bad) * scale, total * scale, 60) for i, (bad, total) in enumerate(ROWS)]
    found = incidents_of(slices.cells_of(measured(rows)), Spans.of([Span(0, 330)]), Fraction(1, 100))
    exact = Fraction(scale)
    # The last minute counts by half, and none is worse that is just as bad as allowed.
    assert found == (
        Incident(Span(120, 240), 7 * exact, Fraction(5, 100)),
        Incident(Span(300, 360), Fraction(3, 2) * exact, Fraction(3, 100)),
    )


@given(
    st.lists(st.tuples(st.integers(0, 2**53), st.floats(0, 1)), min_size=1, max_size=20),
    st.fractions(0, 1, max_denominator=10**6),
)
def test_a_cell_alone_is_one_exactly_where_its_share_is_above_the_allowed(
    drawn: list[tuple[int, float]], allowed: Fraction
) -> None:
    """Apart from each other, so that each is a run of its own."""
    rows = [(120 * i, total - int(total * share), total, 60) for i, (total, share) in enumerate(drawn)]
    found = incidents_of(slices.cells_of(measured(rows)), Spans.of([Span(0, 120 * len(rows))]), allowed)
    worse = [row for row in rows if row[2] and Fraction(row[2] - row[1], row[2]) > allowed]
    assert [(one.span.start, one.bad) for one in found] == [(row[0], row[2] - row[1]) for row in worse]
    assert [one.worst for one in found] == [Fraction(row[2] - row[1], row[2]) for row in worse]
