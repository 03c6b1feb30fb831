"""PromQL that is printed reads as the same tree, and narrowed queries answer for their customer alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.agreements import library
from sla_monitor.agreements.reading import read
from sla_monitor.sources import promql
from sla_monitor.sources.printing import printed
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import push
from tests.sources.asking import START, every, fresh

ROOT = Path(__file__).parents[2]
ODD = (
    "-1 ^ 2", "(-1) ^ 2", "-x ^ 2", "a - -b", "+x", "0x1f", "1e-7", "1e300", "-Inf", "NaN", "1y", "2 ^ -1",
    "sum(x) by (a)", "sum without () (x)", 'count_values("v", x)', "topk by (a) (5, x)", "quantile(0.5, x)",
    "a + on (x) group_left (y, z) b", "a / ignoring () group_right b", "a > bool 1", "a and on () b or c unless d",
    "a + fill(0) b", "a atan2 b", "x[1500ms:1s] offset -5m", "x[5m:]", "x[300y]", "rate(x[5m] @ start() offset 1d2h)",
    "sum(x)[5m:1m] @ end() offset 60001ms", "x @ 5.123 offset 1w", "(x)[1h30m:1ms]", "x{}", '{__name__=~"a|b"}',
    '{"foo.bar","a.b"="c"}', 'x{or="1",by!="2"}', 'x{a="b" or c!~"d.*"}', "x{a=`b\\n`}", 'x{a="q\\"u\\\\o\\nte"}',
    'label_replace(x, "a", "$1", "b", "(.*)\\\\d")', "time()", "offset", 'sum by ("a.b") (x)', "vector(scalar(x))",
    "histogram_quantile(0.95, sum by (le) (rate(x_bucket[5m])))", "absent_over_time(x[1m])", "1 - 2 * 3 ^ 4 % 5",
)  # fmt: skip


class _Heard:
    """Passes on what the reading of agreements asks, and remembers the texts."""

    def __init__(self) -> None:
        self.texts: set[str] = set()

    def selector_fault(self, text: str) -> str | None:
        self.texts.add(text)
        return promql.selector_fault(text)

    def query_fault(self, text: str, *, slice_variable: bool) -> str | None:
        self.texts.add(promql.with_slice(text, 60))
        return promql.query_fault(text, slice_variable=slice_variable)

    def condition_fault(self, text: str) -> str | None:
        self.texts.add(text)
        return promql.condition_fault(text)

    def narrowed_query(self, text: str, matchers: Mapping[str, str]) -> str:
        return promql.narrowed_query(text, matchers)


def _same(text: str) -> bool:
    tree = promql_parser.parse(text)
    return repr(promql_parser.parse(printed(tree))) == repr(tree)


@pytest.mark.parametrize("text", ODD)
def test_what_is_printed_reads_the_same(text: str):
    assert _same(text)


def test_every_query_of_the_library_and_the_examples_reads_the_same(tmp_path: Path):
    heard = _Heard()
    for entry in library.entries():
        (tmp_path / f"{entry.name}.yaml").write_text(library.text_of(entry.name))
    read([tmp_path, ROOT / "config/agreements", ROOT / "deploy/demo/agreements"], heard)
    read([ROOT / "tests/agreements/everything.yaml"], heard)

    sound = {text for text in heard.texts if promql.query_fault(text, slice_variable=False) is None}
    assert len(sound) > 100
    assert [text for text in sorted(sound) if not _same(text)] == []


LABEL = st.sampled_from(["job", "tenant", "by", "le", "a.b"])
LABELS = st.lists(st.sampled_from(["job", "tenant", "le"]), max_size=2, unique=True).map(", ".join)
VALUE = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
MATCHER = st.builds(lambda *said: str(promql.Matcher(*said)), LABEL, st.sampled_from(["=", "!="]), VALUE)
LENGTH = st.sampled_from(["5m", "60001ms", "1h30m", "1d", "15s", "2w", "1y"])
AT = st.sampled_from(["", " @ 1780272000", " @ 1780272000.125", " @ start()", " @ end()"])
MOVED = st.builds(
    "{}{}".format, AT, st.one_of(st.just(""), LENGTH.map(" offset {}".format), LENGTH.map(" offset -{}".format))
)
PLAIN = st.builds(
    "{}{{{}}}".format, st.sampled_from(["x", "up", "a:b"]), st.lists(MATCHER, max_size=3).map(",".join)
)  # fmt: skip
NUMBER = st.one_of(st.floats(0, 1e12).map(repr), st.integers(0, 10**6).map(str), st.sampled_from(["Inf", "NaN"]))
COMPARED = st.sampled_from(["==", "!=", ">", "<=", "> bool", "== bool"])
SUMMED = st.sampled_from(["+", "-", "*", "/", "%", "^", "atan2"])
SIDE = st.builds("{} ({}) {}".format, st.sampled_from(["on", "ignoring"]), LABELS, st.just(""))
GROUPED = st.builds(
    "on ({}) {} ({})".format, LABELS, st.sampled_from(["group_left", "group_right"]), st.just("region")
)  # fmt: skip


def _wider(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        inner.map("({})".format),
        inner.map("-{}".format),
        inner.map("abs({})".format),
        st.builds("rate({}[{}]{})".format, PLAIN, LENGTH, MOVED),
        st.builds("max_over_time(({})[{}:{}]{})".format, inner, LENGTH, st.one_of(st.just(""), LENGTH), MOVED),
        st.builds("sum {} ({}) ({})".format, st.sampled_from(["by", "without"]), LABELS, inner),
        st.builds("topk({}, {})".format, st.integers(1, 9), inner),
        st.builds("{} {} {}".format, inner, SUMMED, st.one_of(inner, NUMBER)),
        st.builds("{} {} {} {}".format, inner, COMPARED, st.one_of(st.just(""), SIDE), inner),
        st.builds("{} {} {} {}".format, inner, SUMMED, GROUPED, inner),
        st.builds("{} {} {}".format, inner, st.sampled_from(["and", "or", "unless", "and on (job)"]), inner),
    )


QUERY = st.recursive(st.one_of(PLAIN, st.builds("{}{}".format, PLAIN, MOVED)), _wider, max_leaves=5)


@given(QUERY)
def test_any_query_that_is_printed_reads_the_same(text: str):
    assert _same(text)


@given(QUERY, VALUE)
def test_a_query_that_is_narrowed_names_the_customer_in_every_selector(text: str, value: str):
    narrowed = promql.narrowed_query(text, {"customer": value})
    found = []

    def visit(node: object) -> bool:
        inner = node.vector_selector if isinstance(node, promql_parser.MatrixSelector) else node
        if isinstance(inner, promql_parser.VectorSelector):
            found.append(("customer", value) in [(m.name, m.value) for m in inner.matchers.matchers])
        return True

    promql_parser.walk(promql_parser.parse(narrowed), visit)
    assert found
    assert all(found)


@pytest.mark.parametrize(
    ("text", "narrowed"),
    [
        ("increase(x[$slice])", 'increase(x{tenant="a"}[$slice])'),
        ('x{a="$slice"}[$slice:15s] offset $slice', 'x{a="$slice",tenant="a"}[$slice:15s] offset $slice'),
        ('sum(x{tenant="a"}) # of a', 'sum(x{tenant="a"})'),
        ("a / on (job) b @ end()", 'a{tenant="a"} / on (job) b{tenant="a"} @ end()'),
        ('{__name__="x"} offset 5m', '{__name__="x",tenant="a"} offset 5m'),
        ("vector(1)", "vector(1)"),
    ],
)
def test_a_query_is_narrowed(text: str, narrowed: str):
    assert promql.narrowed_query(text, {"tenant": "a"}) == narrowed


def test_an_instant_before_1970_is_told():
    assert promql.query_fault("x @ # when\n -3", slice_variable=False) == (
        "not PromQL that can be answered: an @ before 1970"
    )
    assert promql.query_fault('x{a="@ -3"}', slice_variable=False) is None


@pytest.mark.parametrize("text", ['sum(x{a="b" or c="d"})', 'rate(x{a="b" or c="d"}[5m]) + y'])
def test_alternatives_in_a_selector_are_told_before_they_are_asked_for(text: str):
    told = "matchers joined by `or` are not taken: write two selectors"
    assert promql.query_fault(text, slice_variable=False) == told


@pytest.mark.parametrize(
    "text",
    [
        'sum(rate(x_total{job="JOB"}[60001ms:15s])) - -1 ^ 2',
        'topk(1, x_total{job="JOB"}) / on (tenant) group_left (path) x_total{job="JOB"}',
        'label_replace(x_total{job="JOB"}, "b", "$1-\\"q\\"", "path", "(.*)\\"u\\"") > bool 3.5',
        'max_over_time(x_total{job="JOB"}[1m15s] @ 1780272060 offset -30s)',
        'count without (path) (x_total{job="JOB"} @ end())',
    ],
)
def test_what_is_printed_is_answered_the_same(prometheus_server: Prometheus, text: str):
    server = prometheus_server

    job = fresh("printed")
    ramp = [2.0 * k for k in range(12)]
    push(server.url, [every(ramp, name="x_total", job=job, tenant=t, path='o"u"') for t in ("a", "b")])
    query = text.replace("JOB", job)
    again = printed(promql_parser.parse(query))

    assert server.ask(again, START + 120) == server.ask(query, START + 120) != []
    both = server.ask(f'sum(x_total{{job="{job}"}})', START + 120)[0]["value"][1]
    narrowed = promql.narrowed_query(f'sum(x_total{{job="{job}"}})', {"tenant": "b"})
    assert 2 * float(server.ask(narrowed, START + 120)[0]["value"][1]) == float(both)
