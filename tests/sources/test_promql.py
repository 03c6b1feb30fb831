"""PromQL is read with a parser and written from parts, so that nothing a user writes can break out of it."""

from __future__ import annotations

from fractions import Fraction

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla_monitor.sources import expressions, promql
from sla_monitor.sources.expressions import Native
from sla_monitor.sources.promql import Matcher, Selector
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import push
from tests.sources.asking import START, every, fresh, ratio, slices, told

LABEL = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True).filter(lambda name: name not in ("by", "on", "bool"))
MATCHER = st.builds(Matcher, LABEL, st.sampled_from(["=", "!="]), st.text(max_size=12))


@given(st.from_regex(r"[a-z_:][a-z0-9_:]{3,12}", fullmatch=True), st.lists(MATCHER, max_size=3))
def test_a_selector_that_is_written_reads_the_same(name: str, matchers: list[Matcher]) -> None:
    made = Selector("x" + name, tuple(matchers))
    assert promql.selector(str(made)) == made


@given(st.lists(MATCHER, max_size=2))
def test_expressions_parse_whatever_the_labels_say(matchers: list[Matcher]) -> None:
    series = Selector("requests_total", tuple(matchers))
    for expr in (
        expressions.increase(series, 60, 15),
        expressions.target_up(series, 60),
        expressions.raw_samples(series, 60),
        expressions.present(series, 15),
        expressions.merged("avg", series, 15),
        expressions.increase(expressions.bucket(series, ("5", "1e+06")), 60, 15),
        *(expressions.observations(series, 60, 15, native=native) for native in (None, *Native)),
        *(
            expressions.observations_within(series, ("5", "5.0"), Fraction(5), 60, 15, native=native)
            for native in (None, *Native)
        ),
    ):
        assert promql_parser.parse(expr)


@pytest.mark.parametrize("value", ['quo"te', "back\\slash", "new\nline", "{brace}", "$slice", "é", "a,b=~c", "'`#"])
async def test_a_label_of_any_text_finds_its_series(server: Prometheus, value: str) -> None:
    job = fresh("odd")
    push(server.url, [every([2.0 * k for k in range(9)], name="all_total", job=job, path=value)])
    push(server.url, [every([1.0] * 9, name="up", job=job)])
    series = str(Selector("all_total", (Matcher("job", "=", job), Matcher("path", "=", value))))
    assert told(await slices(server.url, ratio(series, "none"), START, START + 120)) == [(8, 8, 60)] * 2


@pytest.mark.parametrize(
    ("text", "told_"),
    [
        ("rate(x[5m])", "wants a plain selector"),
        ("x[5m]", "wants a plain selector"),
        ("x offset 5m", "takes no offset"),
        ("x @ 5", "takes no offset and no @"),
        ("x{", "not PromQL"),
        ("", "not PromQL"),
        ('x{a="b" or c="d"}', "joined by `or` are not taken"),
    ],
)
def test_what_is_no_selector_is_told(text: str, told_: str) -> None:
    assert told_ in str(promql.selector_fault(text))


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("increase(x[$slice])", "increase(x[60s])"),
        ('x{a="$slice"} + y[$slice]', 'x{a="$slice"} + y[60s]'),
        ("x{a='$slice \\' $slice'}[$slice]", "x{a='$slice \\' $slice'}[60s]"),
        ("x{a=`$slice`}[$slice] # $slice\n+ y[$slice]", "x{a=`$slice`}[60s] # $slice\n+ y[60s]"),
        ("x[$slices]", "x[$slices]"),
    ],
)
def test_the_slice_is_put_in_outside_of_texts(text: str, filled: str) -> None:
    assert promql.with_slice(text, 60) == filled


def test_all_selectors_of_a_query_are_found() -> None:
    text = "sum(a{x='1'}) / b offset 5m + max_over_time(c[5m:1m]) + (d and on () e) + rate(f[$slice]) + a{x='1'}"
    assert [str(one) for one in promql.selectors_in(text)] == ['a{x="1"}', "c", "d", "e", "f"]


@pytest.mark.parametrize(
    ("selector", "borne", "matchers"),
    [
        ('x{job="a",code="5"}', ("job", "instance"), ['job="a"']),
        ('x{job="a",region="eu",code="5"}', ("job", "region"), ['job="a"', 'region="eu"']),
        ('x{instance=~"a.*"}', (), ['instance=~"a.*"']),
        ('x{region="eu"}', ("region",), []),
    ],
)
def test_a_target_is_told_by_the_labels_that_up_bears(
    selector: str, borne: tuple[str, ...], matchers: list[str]
) -> None:
    assert [str(m) for m in promql.selector(selector).of_target(borne)] == matchers


@pytest.mark.parametrize(
    ("threshold", "spelled"),
    [("5", {"5", "5.0"}), ("0.3", {"0.3"}), ("1000000", {"1000000", "1000000.0", "1e+06"}), ("0.25", {"0.25"})],
)
def test_a_bound_is_looked_for_as_libraries_write_it(threshold: str, spelled: set[str]) -> None:
    assert set(expressions.spellings(Fraction(threshold))) == spelled


@pytest.mark.parametrize(
    "text",
    [
        'max(maintenance_mode{service="payments"}) == 1',
        "maintenance_mode == 1",
        "(queue > 5)",
        "-(queue > 5)",
        "count(up == 0) > 2",
        "sum by (service) (flag != 0)",
        "(flag == 1) + 1",
        "(flag == 1) > bool 0",
        "flag == 1 and on (service) other",
        "other and on (service) flag == 1",
        "flag == 1 unless on (service) other",
        "flag == 1 or other > 2",
        "absent(up)",
        "absent_over_time(up[5m])",
        "max_over_time((flag == 1)[10m:1m])",
        'label_replace(flag == 1, "a", "b", "c", "d")',
    ],
)
def test_a_condition_answers_while_it_holds(text: str) -> None:
    assert promql.condition_fault(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "max(maintenance_mode)",
        "maintenance_mode == bool 1",
        "flag == 1 or vector(0)",
        "other unless flag == 1",
        "flag and other",
        "vector(1)",
        "1",
        "rate(errors_total[5m])",
    ],
)
def test_what_answers_whether_it_holds_or_not_is_no_condition(text: str) -> None:
    assert promql.condition_fault(text) == "answers whether it holds or not: it compares nothing"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("flag == ", "not PromQL"),
        ("rate(flag[$slice]) == 1", "$slice has no meaning here"),
        ("flag == 1 # yes", "a condition takes no comment"),
    ],
)
def test_what_is_no_query_is_no_condition(text: str, told: str) -> None:
    assert (promql.condition_fault(text) or "").startswith(told)
