"""Explanations to the last word, and the forms they are printed in."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from sla_monitor.compliance.methods import (
    Anchor,
    Condition,
    Edge,
    Intervals,
    Method,
    Quantum,
    QuantumMode,
    Spells,
    SpellStatistic,
    Stat,
    Statistic,
    Time,
    Traffic,
    Weight,
)
from sla_monitor.compliance.ratios import Comparison
from sla_monitor.compliance.terms import Measurement, SourceName, Value
from sla_monitor.publishing.explanations import lines, promises, rendering, steps
from tests.compliance.specimens import objective
from tests.publishing.tellings import RATIO, TOLD, daily, hourly, promising

HERE = Path(__file__).parent / "explained"


@pytest.mark.parametrize("name", TOLD)
def test_to_the_last_word(name: str) -> None:
    told = rendering.text(TOLD[name].explained(), rendering.WIDEST)
    assert f"{told}\n" == (HERE / f"{name}.txt").read_text()


def test_every_text_is_compared() -> None:
    assert {path.stem for path in HERE.iterdir()} == set(TOLD)


def test_the_example_of_the_page_is_a_real_one() -> None:
    page = Path(__file__).parents[2] / "docs" / "explaining.md"
    assert f"```text\n{(HERE / 'events.txt').read_text()}```" in page.read_text()


def test_every_step_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "explaining.md").read_text()
    titles = {step.title for told in TOLD.values() for step in steps(told.explained())}
    assert [title for title in sorted(titles) if title.lower() not in page.lower()] == []


@pytest.mark.parametrize("name", TOLD)
@pytest.mark.parametrize("width", [60, 80])
def test_text_fits(name: str, width: int) -> None:
    """Only queries are never folded."""
    lines = rendering.text(TOLD[name].explained(), width).splitlines()
    assert [line for line in lines if len(line) > width and not line.startswith("     ")] == []


@pytest.mark.parametrize("name", TOLD)
def test_sums_add_up(name: str) -> None:
    """What is printed can be reckoned after: each sum of a step comes to what stands beside its `=`."""
    for step in steps(TOLD[name].explained()):
        total = Fraction(0)
        for line in step.lines:
            if line.amount is None or step.name == "worst":
                continue
            if line.sign == "=":
                assert total == line.amount, f"{step.title}: {line.text}"
            total = {"−": total - line.amount, "+": total + line.amount}.get(line.sign, line.amount)


def test_markdown() -> None:
    told = rendering.markdown(TOLD["events"].explained())
    head, *_ = told.split("\n\n")
    assert head == "# Shop API for Acme: availability, 2026-10"
    assert "## 3. The time that counts\n\n- Service hours: 24/7.\n\n| | | |\n|---|--:|---|\n" in told
    assert "| − | 18,000 s | excluded |\n| = | 2,664,000 s | counts: 30 d 20 h |" in told
    assert '```promql\nsum(increase(http_requests_total{code=~"5.."}[1h]))\n```' in told


def test_markdown_takes_no_text_for_its_own() -> None:
    text = promising("99%", RATIO, spec=("title: '<b>*A_B* | [x](y)'",))
    told = rendering.markdown(daily(text, hourly({})).explained())
    assert told.startswith("# \\<b>\\*A\\_B\\* \\| \\[x](y): promise, 2026-06-01")


def test_records_and_rows_say_the_same() -> None:
    explanation = TOLD["events"].explained()
    record, rows = rendering.record(explanation), rendering.rows(explanation)
    assert list(record) == ["agreement", "objective", "title", "standing", "steps"]
    assert [step["name"] for step in record["steps"]] == [
        "promise", "window", "population", "exclusions", "coverage", "measurement", "amendments", "number", "verdict",
        "budget", "credit", "worst",
    ]  # fmt: skip
    lines = [(step["name"], line) for step in record["steps"] for line in step["lines"]]
    named = {"agreement": "shop", "objective": "availability", "window": "2026-10"}
    assert rows == [{**named, "step": name, **line} for name, line in lines]
    assert {"text": "excluded", "sign": "−", "amount": 18000.0, "unit": "s"} in record["steps"][2]["lines"]
    assert record["standing"]["attainment_percent"] == "99.74"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("0", "0"),
        ("1234567.5", "1,234,567.5"),
        ("-0.25", "−0.25"),
        ("1/3", "0.333333333…"),
        ("-2/3", "−0.666666666…"),
        ("1000000000000001/1000000", "1,000,000,000.000001"),
        ("1/10000000000", "0…"),
    ],
)
def test_numbers_are_whole_or_marked_as_cut(value: str, shown: str) -> None:
    assert lines.number(Fraction(value)) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [("0", "0 s"), ("59", "59 s"), ("3600", "1 h"), ("90061", "1 d 1 h 1 min 1 s"), ("60.5", "1 min 0.5 s")],
)
def test_lengths(seconds: str, shown: str) -> None:
    assert lines.length(Fraction(seconds)) == shown


EVERY_OPTION = (
    Intervals(300, Condition(Comparison.GE, Fraction(1, 2)), 600, Edge.CLIP, 3, Traffic.BAD, Traffic.UNKNOWN),
    Intervals(300, None, weight=Weight.INTERVAL, anchor=Anchor.EPOCH),
    Time(quantum=Quantum(60, QuantumMode.FLOOR)),
    Time(quantum=Quantum(60, QuantumMode.WHOLE_CLOCK), at_least=60, edge=Edge.SPAN),
    Time(quantum=Quantum(60, QuantumMode.TOUCHED_CLOCK)),
    Stat(Statistic.MIN),
    Spells(SpellStatistic.MEAN),
)


@pytest.mark.parametrize("method", EVERY_OPTION)
def test_every_option_is_told(method: Method) -> None:
    promise = objective(method=method)
    said = " ".join((promises.promise(promise), *promises.method(promise)))
    path = HERE.parent / "methods.txt"
    assert said in path.read_text().splitlines()


def test_a_condition_on_values_is_in_their_unit() -> None:
    method = Intervals(60, Condition(Comparison.GT, Fraction(3, 10)))
    promise = objective(method=method, measurement=Measurement(SourceName("default"), Value("queue"), 60))
    assert "An interval is bad when its mean is > 0.3." in list(promises.method(promise))
