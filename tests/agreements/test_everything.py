"""The document that says everything the schema knows: sound, served, and told of with exactly these notices."""

from __future__ import annotations

from pathlib import Path

from sla_monitor.agreements.reading import read
from sla_monitor.sources import promql

EVERYTHING = Path(__file__).parent / "everything.yaml"
NOT_FOR_IT = "the agreement's credits are not for this promise"
OF_ITS_OWN = "(give the objective credits of its own)"


def test_everything_it_may_say_is_served():
    reading = read([EVERYTHING], promql)

    assert reading.faults == ()
    assert [one.name for one in reading.agreements] == ["acme-payments"]
    assert [str(notice).removeprefix(f"{EVERYTHING}:") for notice in reading.notices] == [
        "19:13: no service hours speak of public holidays (such as Mo-Fr 08:00-18:00; PH off)",
        "36:15: a credit is due below 99.9%, though the target 99% is kept there",
        "47:15: a credit is due below 99.9%, though the target 99% is kept there",
        f"49:7: {NOT_FOR_IT}: below: the target is a duration, and so must be the bounds {OF_ITS_OWN}",
        "68:18: this version shows claim deadlines and reminds nobody of them",
        "69:3: this version shows the escalation steps and carries none of them out",
        "73:3: this version does not send reports (the agreement is served without them)",
    ]
