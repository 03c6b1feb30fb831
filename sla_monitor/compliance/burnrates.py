"""Burn rates over the usual lookbacks (SRE workbook, chapter 5; measurement.md 8)."""

from __future__ import annotations

import math
from fractions import Fraction

from sla_monitor.compliance.windows import Tally

LOOKBACKS = {"5m": 300, "30m": 1800, "1h": 3600, "2h": 7200, "6h": 21600, "1d": 86400, "3d": 259200}
"""Name → seconds."""

LONGEST = max(LOOKBACKS.values())
RECENT = "6h"
"""The lookback whose rate a projection carries on."""


def burn_rate(tally: Tally, share: Fraction) -> float:
    """(bad/total) / (1 − target). Silence burns nothing; a target of 100 % burns 0 or +Inf."""
    bad = tally.bad
    if bad <= 0 or tally.total == 0:
        return 0.0
    return float(bad / tally.total / share) if share else math.inf
