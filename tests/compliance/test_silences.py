"""Which silences a rule means, and what is left of one that was changed."""

from __future__ import annotations

import re
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
    announced=1,
    seen_at=10,
)


@pytest.mark.parametrize(
    ("sentence", "wanted", "expected"),
    [
        ("one of its matchers", [Matcher("service", EQ, "payments")], True),
        ("several of them, in any order", [Matcher("zone", RE, "a|b"), Matcher("service", EQ, "payments")], True),
        ("a negation as well", [Matcher("team", NE, "web"), Matcher("tier", NRE, "gold")], True),
        ("one that it has and one that it has not", [Matcher("service", EQ, "payments"), Matcher("a", EQ, "b")], False),
        ("another value", [Matcher("service", EQ, "pay")], False),
        ("what it spares is not what it silences", [Matcher("team", EQ, "web")], False),
        ("an expression is compared by its text", [Matcher("service", RE, "payments")], False),
        ("and not by what it would match", [Matcher("zone", EQ, "a")], False),
        ("no matchers mean every silence", [], True),
    ],
)
def test_which_silences_are_meant(sentence: str, wanted: list[Matcher], expected: bool) -> None:
    assert silences.meant(wanted, SILENCE) is expected, sentence


def test_a_silence_counts_as_it_was_changed_last() -> None:
    ended, longer = (replace(SILENCE, updated_ms=n, span=Span(10, end)) for n, end in ((2, 12), (3, 30)))
    other = replace(SILENCE, id="b", span=Span(5, 6))
    assert silences.newest([longer, SILENCE, other, ended]) == (other, longer)


def test_a_silence_was_announced_when_it_was_first_to_begin_when_it_does() -> None:
    """Ended early it is no news; put off it is."""
    ended, put_off = (
        replace(SILENCE, updated_ms=2, announced=2, span=Span(10, 12)),
        replace(SILENCE, updated_ms=3, announced=3, span=Span(11, 12)),
    )
    later = replace(put_off, updated_ms=4, announced=4, span=Span(11, 20))
    assert [one.announced for one in silences.newest([SILENCE, ended])] == [1]
    assert [one.announced for one in silences.newest([later, put_off, ended, SILENCE])] == [3]


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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('service="payments"', Matcher("service", EQ, "payments")),
        ("service=payments", Matcher("service", EQ, "payments")),
        (' service != "pay ments" ', Matcher("service", NE, "pay ments")),
        ('service=~"pay.*|a\\\\.b"', Matcher("service", RE, "pay.*|a\\.b")),
        ("service!~pay.*", Matcher("service", NRE, "pay.*")),
        ('a="say \\"hi\\"\\n"', Matcher("a", EQ, 'say "hi"\n')),
        ('a=""', Matcher("a", EQ, "")),
    ],
)
def test_a_matcher_is_read_as_alertmanager_reads_it(text: str, expected: Matcher) -> None:
    assert silences.matcher_of(text) == expected
    assert silences.matcher_of(str(expected)) == expected


@pytest.mark.parametrize(
    "text", ["x" * 61, "", "payments", "=x", '9a="b"', 'a=="b"', 'a="b', "a=b c", 'a="b" c', "{a=b}"]
)
def test_what_is_no_matcher(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(repr(text[:60]))} is no matcher$"):
        silences.matcher_of(text)
