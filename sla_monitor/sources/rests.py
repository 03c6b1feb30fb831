"""What a source says of time beside its answers: when, by its clock, and how long it wants to be left alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

LONGEST = 900.0
"""Seconds; whoever asks for more is asked again all the same."""


def wanted(headers: Mapping[str, str]) -> float:
    """Seconds, 0 where it asks for none. A date is reckoned from the source's own clock."""
    told = headers.get("retry-after", "").strip()
    try:
        seconds = float(told)
    except ValueError:
        until, now = _date(told), _date(headers.get("date", ""))
        seconds = (until - now).total_seconds() if until and now else 0.0
    return min(LONGEST, max(0.0, seconds)) if math.isfinite(seconds) else 0.0


def told_at(headers: Mapping[str, str]) -> int | None:
    """When the source answered, by its own clock; None where it does not say."""
    told = _date(headers.get("date", ""))
    return None if told is None else int(told.timestamp())


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
