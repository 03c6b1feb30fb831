"""The term of an agreement and its dates, in words and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from sla_monitor.compliance import lifetimes
from sla_monitor.compliance.periods import Lapse
from sla_monitor.compliance.spans import FOREVER, Span
from sla_monitor.compliance.terms import Renewal, Reviews
from sla_monitor.publishing.web import contracts, dates, shapes
from tests.publishing import boards
from tests.publishing.boards import AT, BEGIN, Contract

DAY = 86_400
UNTIL = AT + 40 * DAY
YEARLY = Renewal(Lapse("1 year", months=12), Lapse("2 weeks", days=14))
TERM = "from 1 Jan 2026 00:00 UTC, until 30 Nov 2026 11:59 UTC"

TOLD = {
    "no end": (Contract(name="a"), 0, {"Term": "from 1 Jan 2026 00:00 UTC, without an agreed end"}),
    "an end": (Contract(name="a", until=UNTIL, term=Span(BEGIN, UNTIL)), 0, {"Term": TERM}),
    "a renewal": (
        Contract(name="a", until=UNTIL, renewal=YEARLY), 0,
        {"Term": f"{TERM}, renewed by 1 year at a time",
         "Next renewal": "30 Nov 2026 12:00 UTC, unless notice is given by 16 Nov 2026 12:00 UTC"},
    ),
    "a renewal that cannot be prevented any more": (
        Contract(name="a", until=UNTIL, renewal=YEARLY), 27,
        {"Term": f"{TERM}, renewed by 1 year at a time",
         "Next renewal": "30 Nov 2026 12:00 UTC; notice could be given until 16 Nov 2026 12:00 UTC"},
    ),
    "a renewal without notice": (
        Contract(name="a", until=UNTIL, renewal=replace(YEARLY, notice=None)), 50,
        {"Term": f"{TERM}, renewed by 1 year at a time", "Next renewal": "30 Nov 2027 12:00 UTC"},
    ),
    "a termination": (
        Contract(name="a", until=UNTIL, renewal=YEARLY, terminated=UNTIL, term=Span(BEGIN, UNTIL)), 0,
        {"Term": f"{TERM}, renewed by 1 year at a time, terminated 30 Nov 2026 12:00 UTC"},
    ),
    "reviews": (
        Contract(name="a", reviews=Reviews(Lapse("1 month", months=1))), 0,
        {"Term": "from 1 Jan 2026 00:00 UTC, without an agreed end",
         "Reviews": "every 1 month, the next on 1 Nov 2026"},
    ),
    "reviews that are over": (
        Contract(name="a", until=AT, term=Span(BEGIN, AT), reviews=Reviews(Lapse("1 month", months=1), ("Acme",))), 0,
        {"Term": "from 1 Jan 2026 00:00 UTC, until 21 Oct 2026 11:59 UTC", "Reviews": "every 1 month, with Acme"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("sentence", TOLD)
def test_the_page_tells_the_term_and_what_is_to_come(sentence: str) -> None:
    contract, days, expected = TOLD[sentence]
    agreement, now = boards.agreement(contract), AT + days * DAY
    found = dates.facts(agreement, lifetimes.lifetime(agreement, now), now)
    assert {name: text for name, text in found if text} == expected


@pytest.mark.parametrize("sentence", TOLD)
def test_the_json_of_an_agreement_keeps_its_shape(sentence: str) -> None:
    contract, days, _ = TOLD[sentence]
    agreement = boards.agreement(contract)
    told = dates.record(lifetimes.lifetime(agreement, AT + days * DAY))
    shapes.Agreement.model_validate_json(json.dumps(contracts.as_record(agreement) | {"dates": told}))


def test_without_a_begin_or_an_end_the_json_says_null() -> None:
    agreement = boards.agreement(Contract(name="a", term=Span(0, FOREVER)))
    told = dates.record(lifetimes.lifetime(agreement, AT))
    assert told == {"term": {"from": None, "until": None}, "end": None, "renewal": None, "notice": None, "review": None}
