"""What does not fit together is told with its name first."""

from __future__ import annotations

from sla_monitor.compliance.flaws import Flaw, Subject


def test_a_flaw_is_told_with_its_name_first() -> None:
    assert str(Flaw(Subject.STATEMENTS, "acme/7", "cannot be read")) == "acme/7: cannot be read"
