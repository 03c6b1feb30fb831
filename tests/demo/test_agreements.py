"""The agreements that newcomers read first are sound, show what agreements can say, and no advice is left to give."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.demo.play import AGREEMENTS, AMENDED, STATED
from sla_monitor.agreements import advice, reading
from sla_monitor.compliance import methods
from sla_monitor.sources import promql
from tests.faults import monitors

EXAMPLES = Path(__file__).parents[2] / "config" / "agreements"


@pytest.mark.parametrize("folder", [AGREEMENTS, EXAMPLES], ids=["demo", "config"])
def test_check_has_nothing_to_say(folder: Path) -> None:
    done = monitors.run("check", str(folder))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "4 agreements sound, 0 faults\n")


@pytest.mark.parametrize("folder", [AGREEMENTS, EXAMPLES], ids=["demo", "config"])
def test_they_show_what_agreements_can_say(folder: Path) -> None:
    found = reading.read([folder], promql, {"default": 15}).agreements
    promises = [objective for agreement in found for objective in agreement.objectives]
    assert {type(one.method) for one in promises} >= {methods.Events, methods.Time, methods.Intervals, methods.Spells}
    assert any(one.hours for one in promises)
    assert any(one.remedy for one in promises)
    assert any(rule.allowance for agreement in found for rule in agreement.exclusions)
    assert any(agreement.amendments for agreement in found)
    assert all(len(agreement.objectives) <= advice.MOST_OBJECTIVES for agreement in found)


def test_the_demo_finds_what_it_puts_another_day_for() -> None:
    (amended,) = [path for path in AGREEMENTS.glob("*.yaml") if AMENDED in path.read_text()]
    assert f"name: {STATED}\n" in amended.read_text()
