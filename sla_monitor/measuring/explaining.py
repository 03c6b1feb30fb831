"""How a number came about: the standing beside the slices it was made of."""

from __future__ import annotations

from collections.abc import Sequence

from sla_monitor.compliance import explanations
from sla_monitor.compliance.explanations import Explanation, Known
from sla_monitor.measuring.evaluation import Question, judged, scheduled
from sla_monitor.measuring.ports import Timetable


def explain(wanted: Sequence[Question], known: Known, timetable: Timetable) -> list[Explanation]:
    """What is known must reach over all that the questions need."""
    standings = zip(wanted, judged(wanted, known.slices, timetable), strict=True)
    return [
        explanations.explained(standing, scheduled(question, known.slices, timetable), known)
        for question, standing in standings
    ]
