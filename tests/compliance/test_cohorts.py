"""Who is judged together with others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sla_monitor.compliance import cohorts, methods
from sla_monitor.compliance.methods import TIME
from sla_monitor.compliance.periods import Unit
from sla_monitor.compliance.remedies import (
    Basis,
    Exceedance,
    Flat,
    LongCap,
    Remedy,
    Tiered,
)
from sla_monitor.compliance.terms import Agreement, Amendment, Policy
from tests.compliance.specimens import agreement, objective
from tests.compliance.test_columns import FIFTH, MIDDLE


def amended(made: Agreement) -> Agreement:
    return replace(made, amendments=(Amendment(MIDDLE, "", (), Policy.WEIGHTED, made.objectives),))


@pytest.mark.parametrize(
    ("made", "suited"),
    [
        (agreement(objective()), True),
        (agreement(objective(method=TIME)), True),
        (amended(agreement(objective())), False),
        (agreement(objective(remedy=Remedy(Flat(FIFTH)))), True),
        (agreement(objective(remedy=Remedy(Flat(FIFTH), long_cap=LongCap(FIFTH, Unit.YEAR)))), False),
        (agreement(objective(remedy=Remedy(Tiered((), Basis.VALUE)))), False),
        (agreement(objective(remedy=Remedy(Exceedance(())))), False),
        (agreement(objective(method=methods.Time(at_least=300))), False),
        (agreement(objective(method=methods.TOTAL)), False),
    ],
)
def test_whom_columns_suit(made: Agreement, suited: bool) -> None:
    assert cohorts.suits(made, made.objectives[0]) == suited
