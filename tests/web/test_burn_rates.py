"""Burn rates as the pages write them: three digits, so that seven stand in a row on a phone."""

from __future__ import annotations

import math

import pytest

from sla_monitor.publishing.web import details


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (0.0, "0×"), (0.4, "0.4×"), (1.25, "1.25×"), (10.0, "10×"), (36.16, "36.2×"), (100.0, "100×"),
        (1234.5, "1,234×"), (math.inf, "∞"), (None, details.panels.NOTHING),
    ],
)  # fmt: skip
def test_a_burn_rate_has_three_digits(rate: float | None, text: str) -> None:
    assert details._burn("5m", rate).text == text


@pytest.mark.parametrize(("rate", "fast"), [(1.0, False), (1.01, True), (math.inf, True), (None, False)])
def test_over_one_is_fast(rate: float | None, *, fast: bool) -> None:
    assert details._burn("5m", rate).fast is fast
