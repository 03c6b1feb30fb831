"""An amended agreement on a real Prometheus, held against what truly happened."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from sla_monitor.compliance.periods import rfc3339
from tests.cli.commands import DAY, file, printed, records
from tests.faults.facts import clock
from tests.rig.processes import Prometheus
from tests.rig.remotewrite import push
from tests.rig.stories import Aligned, Traffic, requests

AGREEMENT = """\
apiVersion: sla-monitor/v1
kind: Agreement
metadata: {{name: amended}}
spec:
  customer: Acme
  credits: {{schedule: [{{atOrBelow: 99.9%, above: 50%, credit: 1 day}}], claimWithin: 2 weeks}}
  objectives:
    - name: availability
      target: 99%
      window: day
      indicator: {{ratio: {{bad: 'http_requests_total{{job="amended-old",code="500"}}', total: 'http_requests_total{{job="amended-old"}}'}}}}
  amendments:
    - effective: {noon}
      policy: {policy}
      reason: Moved to the new gateway
      agreedBy: [Acme, Gateway team]
      objectives:
        - name: availability
          target: 99.9%
          indicator: {{ratio: {{bad: 'http_requests_total{{job="amended-new",code="500"}}', total: 'http_requests_total{{job="amended-new"}}'}}}}
"""  # noqa: E501 - as people write them
START = clock() // DAY * DAY - 3 * DAY
NOON = START + DAY // 2


@pytest.fixture(scope="module")
def stories(prometheus: Prometheus) -> tuple[Aligned, Aligned]:
    """Both gateways all day long; only the agreement knows which of them counts."""
    old = requests(START - 900, START + DAY, Traffic("amended-old", restarts=1), seed=5)
    new = requests(START - 900, START + DAY, Traffic("amended-new", per_second=9.0, restarts=1), seed=6)
    push(prometheus.url, [*old.series, *new.series])
    return old, new


def agreement(folder: Path, policy: str) -> str:
    return file(folder, AGREEMENT.format(noon=rfc3339(NOON), policy=policy))


def bad_and_total(story: Aligned, start: int, end: int) -> tuple[int, int]:
    good, total = story.between(start, end)
    return total - good, total


@pytest.mark.parametrize("policy", ["weighted", "split", "at-start", "at-end"])
def test_evaluate_counts_each_part_by_its_own_terms(
    policy: str, stories: tuple[Aligned, Aligned], prometheus: Prometheus, tmp_path: Path
) -> None:
    old, new = stories
    cut = {"at-start": START + DAY, "at-end": START}.get(policy, NOON)
    (old_bad, old_total), (new_bad, new_total) = bad_and_total(old, START, cut), bad_and_total(new, cut, START + DAY)
    day = rfc3339(START)[:10]
    (told,) = records("evaluate", agreement(tmp_path, policy), "--prometheus", prometheus.url, "--period", day)
    assert (told["bad"], told["total"]) == (old_bad + new_bad, old_total + new_total)
    allowed = Fraction(old_total, 100) + Fraction(new_total, 1000)
    assert told["budget"]["allowed"] == float(allowed)
    assert told["target"] == float(1 - allowed / (old_total + new_total))
    parts = [old_bad * 100 <= old_total, new_bad * 1000 <= new_total]
    kept = all(parts) if policy == "split" else old_bad + new_bad <= allowed
    assert told["status"] == ("met" if kept else "breached")
    assert told["amendments"][0] | {"policy": policy} == {
        "effective": rfc3339(NOON),
        "reason": "Moved to the new gateway",
        "agreed_by": ["Acme", "Gateway team"],
        "policy": policy,
        "target_before": 0.99,
        "target_after": 0.999,
    }
    assert told["credit"]["days"] == 1.0
    assert told["credit"]["claim_until"] == rfc3339(START + 15 * DAY)


def test_the_ledger_holds_both_measurements_and_the_plan_names_them(
    stories: tuple[Aligned, Aligned], prometheus: Prometheus, tmp_path: Path
) -> None:
    assert stories
    made, where = agreement(tmp_path, "weighted"), f"sqlite:///{tmp_path}/ledger.db"
    days = ("--from", rfc3339(START), "--until", rfc3339(START + DAY))
    printed("backfill", made, "--prometheus", prometheus.url, "--ledger", where, *days)
    planned = printed("plan", made, "--prometheus", prometheus.url, "--resolution", "15s", "-o", "json")
    assert all(f"amended-{one}" in planned for one in ("old", "new"))
    printed("check", made)
