"""Which silences a rule means, and what is left of one that was changed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.compliance import silences
from sla_monitor.compliance.silences import Matcher, Operator, Silence
from sla_monitor.compliance.spans import Span

EQ, NE, RE, NRE = Operator.EQUAL, Operator.NOT_EQUAL, Operator.MATCHES, Operator.MATCHES_NOT
SILENCE = Silence(
    "a",
    1,
    "http://am",
    (
        Matcher("service", EQ, "payments"),
        Matcher("zone", RE, "a|b"),
        Matcher("team", NE, "web"),
        Matcher("tier", NRE, "gold"),
    ),
    Span(10, 20),
    "ann",
    "patching",
    10,
)


@pytest.mark.parametrize(
    ("sentence", "wanted", "expected"),
    [
        ("a label is compared as a whole", [Matcher("service", EQ, "payments")], True),
        ("a part of it is not enough", [Matcher("service", EQ, "pay")], False),
        ("all matchers must hold", [Matcher("service", EQ, "payments"), Matcher("zone", EQ, "c")], False),
        ("a regular expression matches the whole", [Matcher("service", RE, "pay.*")], True),
        ("a regular expression of a part does not", [Matcher("service", RE, "pay")], False),
        ("a silence's own expression is its text", [Matcher("zone", EQ, "a|b")], True),
        ("and not what it would match", [Matcher("zone", EQ, "a")], False),
        ("another value is taken by a negation", [Matcher("service", NE, "search")], True),
        ("the same value is not", [Matcher("service", NE, "payments")], False),
        ("nor by an expression", [Matcher("service", NRE, "pay.*")], False),
        ("a label it does not speak of is no value", [Matcher("sla_exclude", EQ, "true")], False),
        ("and it is empty", [Matcher("sla_exclude", EQ, "")], True),
        ("what a silence spares it does not silence", [Matcher("team", EQ, "web")], False),
        ("nor by an expression", [Matcher("tier", EQ, "gold")], False),
        ("no matchers mean every silence", [], True),
    ],
)
def test_which_silences_are_meant(sentence: str, wanted: list[Matcher], expected: bool) -> None:
    assert silences.meant(wanted, SILENCE) is expected, sentence


def test_a_silence_counts_as_it_was_changed_last() -> None:
    ended, longer = (replace(SILENCE, updated_ms=n, span=Span(10, end)) for n, end in ((2, 12), (3, 30)))
    other = replace(SILENCE, id="b", span=Span(5, 6))
    assert silences.newest([longer, SILENCE, other, ended]) == (other, longer)


@given(st.permutations([replace(SILENCE, id=name, updated_ms=n) for name in "ab" for n in range(3)]))
def test_the_order_in_which_states_were_seen_does_not_matter(states: list[Silence]) -> None:
    assert [(one.id, one.updated_ms) for one in silences.newest(states)] == [("a", 2), ("b", 2)]


@pytest.mark.parametrize(
    ("matcher", "text"),
    [
        (Matcher("a", EQ, "b"), 'a="b"'),
        (Matcher("a", NRE, 'b"\\\n'), 'a!~"b\\"\\\\\\n"'),
    ],
)
def test_a_matcher_is_written_as_one_would_write_it(matcher: Matcher, text: str) -> None:
    assert str(matcher) == text
