"""What fails is left alone for twice as long each time, and never for more than five minutes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.daemon.pauses import LONGEST, Lacking, Pauses


def test_twice_as_long_each_time() -> None:
    pauses = Pauses[str](10)
    assert [pauses.failed("a", now) for now in range(8)] == [10, 20, 40, 80, 160, 300, 300, 300]


def test_one_rests_and_the_other_does_not() -> None:
    pauses = Pauses[str](10)
    pauses.failed("a", 100)
    assert pauses.resting("a", 109)
    assert not pauses.resting("a", 110)
    assert not pauses.resting("b", 109)


def test_a_success_forgets() -> None:
    pauses = Pauses[str](10)
    assert not pauses.healed("a")
    pauses.failed("a", 100)
    pauses.failed("a", 200)
    assert pauses.healed("a")
    assert pauses.failing_since("a") is None
    assert pauses.failed("a", 300) == 10


def test_a_reload_ends_the_waiting_but_not_the_failing() -> None:
    pauses = Pauses[str](10)
    pauses.failed("a", 100)
    pauses.clear_waiting()
    assert not pauses.resting("a", 101)
    assert pauses.failing_since("a") == 100
    assert pauses.failed("a", 101) == 10


@given(first=st.integers(1, 10_000), failures=st.integers(1, 300))
def test_never_longer_than_the_longest(first: int, failures: int) -> None:
    pauses = Pauses[str](first)
    assert all(0 < pauses.failed("a", 0) <= LONGEST for _ in range(failures))
    assert pauses.failing_since("a") == 0


def test_as_long_as_the_source_wants_at_least() -> None:
    pauses = Pauses[str](10)
    assert [pauses.failed("a", now, wanted) for now, wanted in enumerate((30.2, 5.0, 600.0, 0.0))] == [31, 20, 600, 80]


def test_what_others_are_to_bring_is_lacking_since_it_was_first_asked_after() -> None:
    """(when, for how long by then): what nobody asked after for five minutes had come, and is lacking anew."""
    lacking = Lacking[str]()
    story = [(100, 0), (160, 60), (160 + LONGEST, 60 + LONGEST), (161 + 2 * LONGEST, 0), (50, 0), (60, 10)]
    assert [(at, lacking.seconds("a", at)) for at, _ in story] == story
    assert lacking.seconds("b", 60) == 0
