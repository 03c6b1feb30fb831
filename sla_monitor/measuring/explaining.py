"""How a number came about: the standing beside the slices it was made of, and beside what was stated of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sla_monitor.compliance import explanations
from sla_monitor.compliance.explanations import Explanation, Filed, Known
from sla_monitor.compliance.standings import Standing
from sla_monitor.compliance.statements import Statement
from sla_monitor.measuring.evaluation import Question, judged, scheduled
from sla_monitor.measuring.ports import Timetable
from sla_monitor.measuring.stated import as_stated


def explain(
    wanted: Sequence[Question], known: Known, timetable: Timetable, issued: Sequence[Statement] = ()
) -> list[Explanation]:
    """What is known must reach over all that the questions need. `issued`: statements in their last versions."""
    standings = zip(wanted, judged(wanted, known.slices, timetable), strict=True)
    return [
        replace(
            explanations.explained(standing, scheduled(question, known.slices, timetable), known),
            filed=_filed(standing, issued),
        )
        for question, standing in standings
    ]


def _filed(standing: Standing, issued: Iterable[Statement]) -> Filed | None:
    """One that was changed since tells nothing."""
    window = standing.window
    for one in issued:
        if one.is_sound and one.agreement == standing.agreement.name and one.window.span == window.span:
            for account in one.content["objectives"]:
                if (one.window.kind, account["objective"]) == (window.kind, standing.objective.name):
                    return Filed(one, as_stated(standing, account))
    return None
