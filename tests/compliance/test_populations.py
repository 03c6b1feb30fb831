"""What of a window is taken off its population, each second for one reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance.exclusions import Applied, Effect, Once, Rule
from sla_monitor.compliance.populations import Taken, Why, added, taken_of
from sla_monitor.compliance.schedules import ALWAYS, Schedule
from sla_monitor.compliance.spans import FOREVER, Span, Spans

WINDOW = Span(0, 1000)
TERM = Span(0, FOREVER)


def dropping(*spans: Span, effect: Effect = Effect.DROP) -> tuple[Applied, ...]:
    return tuple(Applied(Rule("r", "other", Once(span), effect), span, Spans((span,))) for span in spans)


@pytest.mark.parametrize(
    ("said", "at", "term", "schedule", "left", "taken"),
    [
        ("all of it", 1000, TERM, ALWAYS, 1000, ()),
        ("half has passed", 500, TERM, ALWAYS, 500, ((Why.TO_COME, 500),)),
        ("the term begins inside", 1000, Span(300, FOREVER), ALWAYS, 700, ((Why.TERM, 300),)),
        ("the term ended before", 1000, Span(-10, -5), ALWAYS, 0, ((Why.TERM, 1000),)),
        ("hours", 1000, TERM, Schedule(Spans((Span(0, 100), Span(900, 2000)))), 200, ((Why.HOURS, 800),)),
        ("excluded", 1000, TERM, Schedule(None, dropping(Span(10, 20), Span(15, 40))), 970, ((Why.EXCLUDED, 30),)),
        ("counts as up", 1000, TERM, Schedule(None, dropping(Span(10, 20), effect=Effect.GOOD)), 1000, ()),
        ("cut slices", 1000, TERM, Schedule(None, dropping(Span(70, 130))), 820, ((Why.EXCLUDED, 60), (Why.CUT, 120))),
        (
            "each of what the ones before left",
            800,
            Span(100, FOREVER),
            Schedule(Spans((Span(0, 500), Span(700, 900))), dropping(Span(450, 600), Span(750, 760))),
            430,
            ((Why.TO_COME, 200), (Why.TERM, 100), (Why.HOURS, 200), (Why.EXCLUDED, 60), (Why.CUT, 10)),
        ),
    ],
)  # fmt: skip
def test_reasons(
    said: str, at: int, term: Span, schedule: Schedule, *, left: int, taken: tuple[tuple[Why, int], ...]
) -> None:
    found = taken_of(WINDOW, at, term, schedule, left)
    assert found == tuple(Taken(why, seconds) for why, seconds in taken), said
    assert left + sum(one.seconds for one in found) == WINDOW.seconds, said


def test_parts_add_up() -> None:
    parts = [(Taken(Why.TERM, 5), Taken(Why.CUT, 1)), (), (Taken(Why.TO_COME, 7), Taken(Why.CUT, 2))]
    assert added(parts) == (Taken(Why.TO_COME, 7), Taken(Why.TERM, 5), Taken(Why.CUT, 3))


spans_ = st.lists(st.tuples(st.integers(0, 900), st.integers(1, 300)), max_size=4).map(
    lambda found: [Span(start, start + length) for start, length in found]
)


@given(st.integers(0, 1200), st.integers(0, 600), spans_, spans_)
def test_a_window_cut_anywhere_is_taken_off_as_one(at: int, border: int, hours: list[Span], out: list[Span]) -> None:
    schedule = Schedule(Spans.of(hours), dropping(*out))

    def of(window: Span) -> tuple[Taken, ...]:
        promised = schedule.promised([window.before(at)]).minus(schedule.dropped)
        return taken_of(window, at, TERM, schedule, promised.seconds)

    assert added([of(WINDOW.before(border)), of(WINDOW.after(border))]) == of(WINDOW)
