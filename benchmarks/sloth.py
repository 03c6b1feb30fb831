"""The rules that Sloth generates for an SLO of requests over 30 days, by a generator of our own.

Their shapes are those of its published examples: eight recording rules of the share of bad requests, over windows from
five minutes to thirty days (the longest as the mean of all five-minute ones), seven of metadata, two alerts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from benchmarks.shop import History, Shop
from tests.rig.remotewrite import Series

INTERVAL = 30
"""Seconds between evaluations."""
DAY = 86_400
WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
PERIOD = "30d"
BUDGET = 0.001
RECORDED = "slo:sli_error:ratio_rate"
# severity, then (short, long, factor) of the quick and of the slow condition
ALERTS = (
    ("page", (("5m", "1h", 14.4), ("30m", "6h", 6))),
    ("ticket", (("2h", "1d", 3), ("6h", "3d", 1))),
)
Rule = dict[str, Any]


def rules(shop: Shop, count: int) -> dict[str, Any]:
    """A rule file for the first `count` services."""
    return {"groups": [group for name in shop.names[:count] for group in _groups(shop, name)]}


def write(path: Path, shop: Shop, count: int) -> Path:
    path.write_text(yaml.safe_dump(rules(shop, count), sort_keys=False), encoding="utf-8")
    return path


def expressions(shop: Shop, count: int, period: str = PERIOD) -> list[str]:
    """What is evaluated each time."""
    written = (rule["expr"] for group in rules(shop, count)["groups"] for rule in group["rules"])
    return [expr.replace(f"[{PERIOD}]", f"[{period}]") for expr in written]


def recorded(history: History, first: int) -> Iterator[Series]:
    """What the rule of five minutes would have written since then."""
    for name in history.shop.names:
        at, share = history.bad_share(name, INTERVAL, 300)
        labels = {"__name__": f"{RECORDED}5m", "sloth_window": "5m", **_labels(name)}
        yield Series(labels, at[at >= first] * 1000, share[at >= first])


def _labels(name: str) -> dict[str, str]:
    return {"sloth_id": f"{name}-requests", "sloth_service": name, "sloth_slo": "requests"}


def _groups(shop: Shop, name: str) -> Iterator[Rule]:
    groups = {"sli-recordings": _recordings(shop, name), "meta-recordings": _metadata(name), "alerts": _alerts(name)}
    for kind, made in groups.items():
        yield {"name": f"sloth-slo-{kind}-{name}-requests", "rules": made}


def _mine(name: str) -> str:
    return "{" + ", ".join(f'{label}="{value}"' for label, value in _labels(name).items()) + "}"


def _recordings(shop: Shop, name: str) -> list[Rule]:
    asked, five = shop.selectors(name), f"{RECORDED}5m{_mine(name)}[{PERIOD}]"
    ratio = "(sum(rate({bad}[{w}])))\n/\n(sum(rate({total}[{w}])))"
    mean = f"sum_over_time({five})\n/ ignoring (sloth_window)\ncount_over_time({five})"
    short = [
        {"record": RECORDED + w, "expr": ratio.format(bad=asked.bad, total=asked.total, w=w),
         "labels": {**_labels(name), "sloth_window": w}}
        for w in WINDOWS
    ]  # fmt: skip
    return [*short, {"record": RECORDED + PERIOD, "expr": mean, "labels": {"sloth_window": PERIOD}}]


def _metadata(name: str) -> list[Rule]:
    mine = _mine(name)
    over = f"\n/ on(sloth_id, sloth_slo, sloth_service) group_left\nslo:error_budget:ratio{mine}"
    known: Sequence[tuple[str, str]] = (
        ("slo:objective:ratio", f"vector({1 - BUDGET})"),
        ("slo:error_budget:ratio", f"vector(1-{1 - BUDGET})"),
        ("slo:time_period:days", "vector(30)"),
        ("slo:current_burn_rate:ratio", f"{RECORDED}5m{mine}{over}"),
        ("slo:period_burn_rate:ratio", f"{RECORDED}{PERIOD}{mine}{over}"),
        ("slo:period_error_budget_remaining:ratio", f"1 - slo:period_burn_rate:ratio{mine}"),
        ("sloth_slo_info", "vector(1)"),
    )
    return [{"record": record, "expr": expr, "labels": _labels(name)} for record, expr in known]


def _alerts(name: str) -> list[Rule]:
    burning = {severity: [_burning(name, *one) for one in both] for severity, both in ALERTS}
    return [
        {
            "alert": "TooManyBadRequests",
            "expr": "\nor ignoring (sloth_window)\n".join(either),
            "labels": {"sloth_severity": severity},
        }
        for severity, either in burning.items()
    ]


def _burning(name: str, short: str, long: str, factor: float) -> str:
    over = [f"({RECORDED}{w}{_mine(name)} > ({factor} * {BUDGET}))" for w in (short, long)]
    return "(" + "\nand ignoring (sloth_window)\n".join(over) + ")"
