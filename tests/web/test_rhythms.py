"""Recurrence rules as people say them; what takes more than a few words stays as it is written."""

from __future__ import annotations

from datetime import datetime

import pytest

from sla_monitor.publishing.web import rhythms

ANCHOR = datetime(2026, 1, 1, 2, 30)  # noqa: DTZ001 - a wall clock knows no zone


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("FREQ=DAILY", "every day at 02:30"),
        ("FREQ=DAILY;BYHOUR=4;BYMINUTE=0;BYSECOND=0", "every day at 04:00"),
        ("FREQ=WEEKLY;BYDAY=SU;BYHOUR=3;BYMINUTE=5", "every Sunday at 03:05"),
        ("freq=weekly;byday=mo,we,fr", "every Monday, Wednesday and Friday at 02:30"),
        ("FREQ=DAILY;BYDAY=SA,SU", "every Saturday and Sunday at 02:30"),
        ("FREQ=MONTHLY;BYDAY=1SU;BYHOUR=22", "the first Sunday of a month at 22:30"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "the last Friday of a month at 02:30"),
        ("FREQ=MONTHLY;BYDAY=TU", "every Tuesday at 02:30"),
    ],
)
def test_in_words(rule: str, said: str) -> None:
    assert rhythms.words(rule, ANCHOR) == said


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=WEEKLY",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU",
        "FREQ=WEEKLY;BYDAY=SU;UNTIL=20261231",
        "FREQ=DAILY;COUNT=3",
        "FREQ=DAILY;BYHOUR=2,14",
        "FREQ=DAILY;BYMINUTE=0,30",
        "FREQ=DAILY;BYSECOND=30",
        "FREQ=HOURLY",
        "FREQ=MONTHLY;BYMONTHDAY=1",
        "FREQ=MONTHLY;BYDAY=5SU",
        "FREQ=MONTHLY;BYDAY=1SU,3SU",
        "FREQ=YEARLY;BYDAY=SU",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;BYDAY=MO,12TU",
    ],
)
def test_as_it_is_written(rule: str) -> None:
    assert rhythms.words(rule, ANCHOR) == rule
